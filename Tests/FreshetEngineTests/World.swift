import CoreMetrics
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Logging
import Synchronization

/// A whole river in one process: the real engine, the real SQLite store and index, the built-in models with their calls
/// counted, and a help desk in memory that can be edited and made to fail.
final class World: Sendable {
    let directory: TemporaryDirectory
    let clock: ManualClock
    let random: SeededRandomSource
    let store: SQLiteStore
    let desk: MemoryHelpDesk
    /// Where tickets come from: `desk`, unless the world was given others.
    let helpDesks: any HelpDesks
    let log = ErrorCount()
    let summariser = CountingSummariser()
    let embedder = CountingEmbedder()
    /// Slot 1, and all of it as the river sees it.
    let index: FaultyIndex
    let slotted: SlottedIndex
    let rebuilder: Rebuilder
    let signal = Signal()
    let health = Health()
    let convergence: Convergence
    let auditor: Auditor
    let models: PaidModels
    let seen: RecentlySeen
    let company: CompanyID

    /// Other models than the built-in ones, and what is said about when to ask them.
    struct Models {
        var paid: PaidModels
        var policy = ContentPolicy()
    }

    /// - Parameters:
    ///   - url: the account's address.
    ///   - own: takes the place of the built-in summariser.
    ///   - hasStandIns: what cannot be summarised gets a stand-in; else it waits.
    ///   - helpDesks: makes what takes the place of the help desk in memory.
    ///   - models: makes what takes the place of the built-in models.
    ///   - others: embedders of slots that were filled before.
    init(
        seed: UInt64 = 1, clock: ManualClock = ManualClock(), url: String = "https://acme.freshdesk.com",
        summariser own: (any Summariser)? = nil, hasStandIns: Bool = false,
        helpDesks: ((SQLiteStore, ManualClock, SeededRandomSource) throws -> any HelpDesks)? = nil,
        models makeModels: ((SQLiteStore, ManualClock) -> Models)? = nil, others: [any Embedder] = []
    ) async throws {
        self.clock = clock
        directory = try TemporaryDirectory()
        random = SeededRandomSource(seed: seed)
        company = CompanyID("acme")!
        store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: .generate(), clock: clock)
        desk = MemoryHelpDesk(clock: clock)
        self.helpDesks = try helpDesks?(store, clock, random) ?? desk
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        let made =
            makeModels?(store, clock)
            ?? Models(
                paid: PaidModels(
                    summariser: own ?? summariser, embedder: embedder,
                    standIn: hasStandIns ? BuiltinSummariser() : nil, cache: store.modelCache, clock: clock,
                    metrics: metrics))
        models = made.paid
        seen = RecentlySeen()
        index = FaultyIndex(BuiltinIndex(points: store.points, embedder: models.embedder))
        let (store, index) = (store, index)
        slotted = SlottedIndex(slots: store.slots, models: models, others: others, clock: clock) { number, embedder in
            if number == 1 { return index }
            return BuiltinIndex(points: store.points.slot(number), embedder: embedder)
        }
        auditor = Auditor(documents: store.documents, index: slotted, models: models, clock: clock)
        rebuilder = Rebuilder(
            documents: store.documents, slots: store.slots, index: slotted, models: models, policy: made.policy,
            clock: clock)
        convergence = Convergence(
            helpDesks: self.helpDesks, documents: store.documents, models: models,
            index: slotted, policy: made.policy, verdicts: Verdicts(backoff: Backoff(), random: random), clock: clock,
            metrics: metrics, health: health, seen: seen)
        try await store.companies.add(
            Company(
                id: company, platform: .freshdesk, url: URL(string: url)!, scheme: .standard,
                createdAt: clock.now), apiKey: Secret("key"),
            webhookSecret: Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
    }

    func item(_ id: Int64) -> Item { Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id) }

    func mark(_ id: Int64, urgency: Urgency = .urgent, cause: Cause = .webhook) async throws {
        try await mark(item(id), urgency: urgency, cause: cause)
    }

    func mark(_ item: Item, urgency: Urgency = .urgent, cause: Cause = .webhook) async throws {
        try await store.ledger.mark(
            [Mark(item, cause: cause, urgency: urgency)], policy: MarkPolicy(), now: clock.now)
    }

    /// Claims what is due, at most `limit`.
    func claim(_ limit: Int = 10) async throws -> [Run] {
        try await store.ledger.claim(limit: limit, owner: "test", policy: ClaimPolicy(perCompany: 100), now: clock.now)
    }

    @discardableResult
    func converge(_ id: Int64) async throws -> RunReport { try await converge(item(id)) }

    /// Marks the item, lets the quiet period pass and carries its run out to the end.
    @discardableResult
    func converge(_ item: Item) async throws -> RunReport {
        try await mark(item)
        clock.advance(by: .seconds(20))
        guard let run = try await claim(1).first else { throw Missing(what: "a run for \(item.name)") }
        let report = try await convergence.carryOut(run)
        try await store.ledger.finish(report, now: clock.now)
        return report
    }

    func worker(lanes: Int = 4) -> Worker {
        Worker(
            ledger: store.ledger, convergence: convergence,
            configuration: Worker.Configuration(lanes: lanes, perCompany: lanes), clock: clock, random: random,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance), signal: signal, health: health,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func reconciler(policy: MarkPolicy = MarkPolicy(), cap: RemovalCap = RemovalCap()) -> Reconciler {
        Reconciler(
            helpDesks: helpDesks, documents: store.documents, reconciles: store.reconciles, auditor: auditor,
            rebuilder: rebuilder, configuration: Reconciler.Configuration(marks: policy, cap: cap), clock: clock,
            random: random,
            metrics: ReconcileMetrics(factory: NOOPMetricsHandler.instance), marked: { [signal] in signal.raise() },
            logger: log.logger)
    }

    /// A reconcile, then every run that it marked.
    @discardableResult
    func reconcile(_ mode: Reconcile.Mode = .incremental, cap: RemovalCap = RemovalCap()) async throws -> Reconcile {
        clock.advance(by: .seconds(5))
        let id = Reconcile.newID(random)
        try await store.reconciles.request(
            Reconcile(id: id, company: company, mode: mode, since: nil, requestedAt: clock.now))
        guard let ended = try await reconciler(cap: cap).carryOut(id, of: company, progress: { _ in }) else {
            throw Missing(what: "reconcile \(id)")
        }
        try await drain()
        return ended
    }

    /// Carries out everything that is due, one after the other.
    func drain() async throws {
        while let run = try await claim(1).first {
            try await store.ledger.finish(try await convergence.carryOut(run), now: clock.now)
        }
    }

    /// Marks what is due of the stand-ins.
    func markStandIns(limit: Int = 100) async throws -> Int {
        try await store.ledger.markStandIns(of: company, limit: limit, policy: MarkPolicy(), now: clock.now)
    }

    var standIns: StandInService {
        StandInService(
            ledger: store.ledger, companies: store.companies, summariser: models.summariser, policy: MarkPolicy(),
            clock: clock, marked: {}, logger: log.logger)
    }

    func summary(_ id: Int64) async throws -> Summary? {
        try await store.documents.record(of: item(id))?.summary
    }

    func find(_ text: String, limit: Int = 10) async throws -> [Int64] {
        try await index.search(SearchQuery(text: text, limit: limit), in: company).map(\.item.originalID)
    }
}

struct Missing: Error { var what: String }

/// Counts what a person is called for.
final class ErrorCount: LogHandler {
    private let count = Atomic<Int>(0)
    var errors: Int { count.load(ordering: .relaxed) }
    var logger: Logger { Logger(label: "test") { _ in self } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .error }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        if event.level == .error { count.add(1, ordering: .relaxed) }
    }
}

/// A help desk in memory: tickets that can be edited, trashed, hidden, and calls that fail as told.
final class MemoryHelpDesk: HelpDesk, HelpDesks {
    private struct State {
        var tickets: [Item: SourceTicket] = [:]
        var articles: [Item: SourceArticle] = [:]
        var gap: String?
        var gone: [Item: Gone] = [:]
        var failures: [UpstreamError] = []
        var calls: Int64 = 0
        var hidden: Set<Item> = []
        var rowsPerPage = 100
        var duringFetch: (@Sendable () -> Void)?
        var gate: Gate?
        var pageGate: Gate?
        var isBroken = false
        var inside: [Item: Int] = [:]
        var mostInside = 0
        var sawTwoOfOne = false
    }

    private let state = Mutex(State())
    private let clock: ManualClock

    init(clock: ManualClock) { self.clock = clock }

    func helpDesk(of company: CompanyID) async throws -> any HelpDesk { self }
    var calls: Int64 { state.withLock { $0.calls } }

    /// The next calls fail with these, in order.
    func fail(_ errors: UpstreamError...) { state.withLock { $0.failures += errors } }
    /// Called once, in the middle of the next fetch: after the state was read, before it is returned.
    func duringNextFetch(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.duringFetch = work } }
    func page(rows: Int) { state.withLock { $0.rowsPerPage = rows } }
    /// Nobody answers until `recover()`.
    func breakDown() { state.withLock { $0.isBroken = true } }
    func recover() { state.withLock { $0.isBroken = false } }
    /// Fetches wait here until it opens.
    func hold(at gate: Gate) { state.withLock { $0.gate = gate } }
    /// Listings wait here until it opens.
    func holdPages(at gate: Gate) { state.withLock { $0.pageGate = gate } }
    /// How many fetches were under way at once, at most; and whether two of them were for one item.
    var concurrency: (most: Int, twoOfOne: Bool) { state.withLock { ($0.mostInside, $0.sawTwoOfOne) } }
    /// Listings leave it out, as a group-scoped key would.
    func hide(_ item: Item) { state.withLock { _ = $0.hidden.insert(item) } }

    func put(_ ticket: SourceTicket) { state.withLock { $0.tickets[ticket.item] = ticket } }
    func put(article: SourceArticle) { state.withLock { $0.articles[article.item] = article } }
    func remove(article: Item) { state.withLock { $0.articles[article] = nil } }
    /// The knowledge base cannot be listed from now on.
    func leaveGap(_ gap: String) { state.withLock { $0.gap = gap } }

    /// Leaves the time of change alone: what happens to a folder does not touch its articles.
    func edit(article item: Item, _ change: (inout SourceArticle) -> Void) {
        state.withLock { state in
            guard var article = state.articles[item] else { return }
            change(&article)
            state.articles[item] = article
        }
    }

    func edit(_ item: Item, _ change: (inout SourceTicket) -> Void) {
        let now = clock.now
        state.withLock { state in
            guard var ticket = state.tickets[item] else { return }
            change(&ticket)
            ticket.metadata.updatedAt = now
            state.tickets[item] = ticket
        }
    }

    func editAll(_ change: (inout SourceTicket) -> Void) { for item in items { edit(item, change) } }

    private var items: [Item] { state.withLock { Array($0.tickets.keys) } }

    /// All that a ticket says.
    func text(_ id: Int64) -> String {
        state.withLock { state in
            state.tickets.values.filter { $0.item.originalID == id }.flatMap { ticket in
                [ticket.subject, ticket.descriptionHTML] + ticket.messages.map(\.bodyHTML)
            }.joined(separator: "\n")
        }
    }

    func trash(_ item: Item, as gone: Gone = .deleted) { state.withLock { $0.gone[item] = gone } }
    func restore(_ item: Item) { state.withLock { $0.gone[item] = nil } }

    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        let gate = state.withLock { state in
            state.inside[item, default: 0] += 1
            state.sawTwoOfOne = state.sawTwoOfOne || state.inside[item] != 1
            state.mostInside = max(state.mostInside, state.inside.values.reduce(0, +))
            return state.gate
        }
        defer { state.withLock { $0.inside[item, default: 1] -= 1 } }
        await gate?.pass()
        await Task.yield()
        try count()
        let (found, work) = state.withLock { state -> (SourceState, (@Sendable () -> Void)?) in
            let work = state.duringFetch
            state.duringFetch = nil
            if let gone = state.gone[item] { return (.gone(gone), work) }
            let found = state.tickets[item].map(SourceState.present) ?? state.articles[item].map(SourceState.article)
            return (found ?? .gone(.purged), work)
        }
        work?()
        return Fetched(found, calls: 1)
    }

    func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage {
        await state.withLock { $0.pageGate }?.pass()
        try count()
        return state.withLock { state in
            let rows: [ListedItem] =
                switch listing {
                case .changed(let since):
                    state.tickets.values.filter {
                        $0.metadata.updatedAt >= since && state.gone[$0.item] == nil && !state.hidden.contains($0.item)
                    }.map { ListedItem(item: $0.item, updatedAt: $0.metadata.updatedAt) }
                case .deleted:
                    state.gone.filter { $0.value == .deleted }.keys.map { ListedItem(item: $0, updatedAt: .epoch) }
                case .spam: state.gone.filter { $0.value == .spam }.keys.map { ListedItem(item: $0, updatedAt: .epoch) }
                case .articles:
                    state.gap != nil
                        ? []
                        : state.articles.values.filter { !state.hidden.contains($0.item) }.map {
                            ListedItem(
                                item: $0.item, updatedAt: $0.metadata.updatedAt, place: $0.metadata.article?.place)
                        }
                }
            let sorted = rows.sorted { ($0.updatedAt, $0.item.originalID) < ($1.updatedAt, $1.item.originalID) }
            let start = position.flatMap { Int($0.text) } ?? 0
            let page = Array(sorted.dropFirst(start).prefix(state.rowsPerPage))
            let end = start + page.count
            return ListingPage(
                items: page, next: end < sorted.count ? ListingPosition(text: String(end)) : nil,
                gap: listing == .articles ? state.gap : nil)
        }
    }

    func check() async throws(UpstreamError) { try count() }

    private func count() throws(UpstreamError) {
        let failure: UpstreamError? = state.withLock { state in
            state.calls += 1
            if state.isBroken { return .unreachable(detail: "told to be down") }
            return state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if let failure { throw failure }
    }
}

/// Holds whoever comes until it is opened; tells when somebody waits.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            for watcher in watchers { watcher.resume() }
            watchers = []
        }
    }

    func untilSomebodyWaits() async {
        if !waiting.isEmpty { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// The built-in summariser, counted, and failing as told.
final class CountingSummariser: Summariser {
    private let inner = BuiltinSummariser()
    private let state = Mutex((calls: 0, failures: [UpstreamError]()))

    var identity: ModelIdentity { inner.identity }
    var calls: Int { state.withLock { $0.calls } }
    func fail(_ errors: UpstreamError...) { state.withLock { $0.failures += errors } }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let failure: UpstreamError? = state.withLock { state in
            state.calls += 1
            return state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if let failure { throw failure }
        return try await inner.summary(of: content, for: company)
    }
}

/// The built-in embedder, counted.
final class CountingEmbedder: Embedder {
    private let inner = BuiltinEmbedder()
    private let count = Atomic<Int>(0)

    var identity: ModelIdentity { inner.identity }
    var dimensions: Int { inner.dimensions }
    var calls: Int { count.load(ordering: .relaxed) }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        count.add(1, ordering: .relaxed)
        return try await inner.embed(text, for: company)
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        try await inner.query(text, among: statistics, for: company)
    }
}

/// The built-in index, with its writes counted and failing as told, before or after they took effect.
final class FaultyIndex: SearchIndex {
    enum Moment { case before, after }

    private let inner: BuiltinIndex
    private let state = Mutex(
        (
            writes: 0, failures: [Moment](), isBlind: false, added: [PointLabel](), readings: Int.max,
            mistaken: [Item: PointLabel](), searchesFail: false
        ))

    init(_ inner: BuiltinIndex) { self.inner = inner }

    var writes: Int { state.withLock { $0.writes } }
    func fail(_ moments: Moment...) { state.withLock { $0.failures += moments } }

    private func write(_ work: () async throws(UpstreamError) -> Void) async throws(UpstreamError) {
        let failure: Moment? = state.withLock { state in
            state.writes += 1
            return state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if failure == .before { throw .unreachable(detail: "told to fail") }
        try await work()
        if failure == .after { throw .unreachable(detail: "told to fail") }
    }

    func upsert(_ point: Point) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in try await inner.upsert(point) }
    }

    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in
            try await inner.relabel(
                item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
        }
    }

    func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in try await inner.remove(item, generation: generation) }
    }

    /// Searches find nobody at home until told otherwise.
    func failSearches(_ isDown: Bool = true) { state.withLock { $0.searchesFail = isDown } }

    func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        if state.withLock({ $0.searchesFail }) { throw .unreachable(detail: "told to fail") }
        return try await inner.search(query, in: company)
    }

    func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await inner.attachments(query, in: company)
    }

    /// Reads of points fail until told otherwise; what `adding` holds is there beside what really is.
    func hidePoints(_ isBroken: Bool = true, adding: [PointLabel] = []) {
        state.withLock { ($0.isBlind, $0.added) = (isBroken, adding) }
    }

    func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        try look()
        let added = state.withLock { $0.added }
        var page = try await inner.points(of: company, at: position, limit: limit)
        if page.next == nil { page.labels += added }
        return page
    }

    private func look() throws(UpstreamError) {
        let isBlind = state.withLock { state in
            if state.readings != .max { state.readings -= 1 }
            return state.isBlind || state.readings < 0
        }
        if isBlind { throw .unreachable(detail: "told to be blind") }
    }

    /// Goes blind after so many more readings; `.max` for never.
    func goBlind(after readings: Int) { state.withLock { $0.readings = readings } }

    func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        try look()
        let labels = try await inner.labels(of: items)
        return labels.merging(state.withLock { $0.mistaken }.filter { labels[$0.key] != nil }) { $1 }
    }

    /// In the place of the item's point lies one that says something else.
    func mistake(_ item: Item, for label: PointLabel) { state.withLock { $0.mistaken[item] = label } }

    func check() async throws(UpstreamError) {
        if state.withLock({ $0.isBlind }) { throw .unreachable(detail: "told to be blind") }
    }

    func count(of company: CompanyID) async throws(UpstreamError) -> Int { try await inner.count(of: company) }
    func purge(_ company: CompanyID) async throws(UpstreamError) -> Int { try await inner.purge(company) }
}

extension SourceTicket {
    /// A small ticket with one public reply of an agent.
    static func sample(_ item: Item, _ subject: String, at moment: Timestamp) -> SourceTicket {
        SourceTicket(
            item: item, subject: subject,
            descriptionHTML: "<div>\(subject): it stops with error E\(item.originalID).</div>",
            messages: [
                SourceMessage(
                    id: item.originalID * 100, author: Author(role: .agent, id: 7, name: "Ada"), isPrivate: false,
                    isIncoming: false, bodyHTML: "<div>Please restart the exporter.</div>", createdAt: moment)
            ], attachments: [],
            metadata: Metadata(
                stage: .open, status: Label(id: 2, name: "Open"), priority: Label(id: 1, name: "Low"), type: nil,
                source: Label(id: 1, name: "E-mail"), tags: ["export"], createdAt: moment, updatedAt: moment))
    }
}
