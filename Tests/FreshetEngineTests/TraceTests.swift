import CoreMetrics
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Logging
import Synchronization
import Testing

/// Never paying twice, over a long trace of webhooks of which few change anything that a model reads.
/// `FRESHET_TRACE_WEBHOOKS=10000 FRESHET_TRACE_KILLS=20 swift test --filter TraceTests` is the long form.
@Suite(.serialized) struct TraceTests {
    private static func size(_ name: String, _ usual: Int) -> Int {
        Int(ProcessInfo.processInfo.environment[name] ?? "") ?? usual
    }
    private static let webhooks = size("FRESHET_TRACE_WEBHOOKS", 400)
    private static let kills = size("FRESHET_TRACE_KILLS", 4)

    @Test func `in every interleaving costs one call for each content that passed the gate`() async throws {
        for _ in 0..<2 {
            let seed = UInt64.random(in: .min ... .max)
            let trace = try await Trace(webhooks: Self.webhooks, seed: seed)
            try await trace.play(kills: 0)
            let (passed, asked) = (trace.desks.passed, trace.summariser.asked)
            #expect(Set(asked.keys) == passed, "seed \(seed)")
            #expect(trace.summariser.calls == passed.count, "seed \(seed)")
            #expect(try await trace.isConverged(), "seed \(seed)")
            print("measured: \(trace.summariser.calls) calls for \(Self.webhooks) webhooks, seed \(seed)")
        }
    }

    @Test func `over kill -9 costs at most the calls in flight at each kill besides`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        let trace = try await Trace(webhooks: Self.webhooks, seed: seed)
        try await trace.play(kills: Self.kills)
        let asked = trace.summariser.asked
        #expect(Set(asked.keys).isSubset(of: trace.desks.passed), "seed \(seed)")
        #expect(trace.lost.count == Self.kills && trace.lost.allSatisfy { $0 <= Trace.lanes }, "seed \(seed)")
        #expect(trace.summariser.calls == asked.count + trace.lost.reduce(0, +) - trace.neverKept, "seed \(seed)")
        #expect(try await trace.isConverged(), "seed \(seed)")
        print(
            "measured: \(trace.summariser.calls) calls, \(asked.count) contents, lost in kills \(trace.lost), seed \(seed)"
        )
    }
}

/// One store, one help desk and one bill, over several lives of a worker.
private final class Trace {
    static let lanes = 4
    static let gate = GateRules(leastText: 20, spamLabels: ["spam"])

    let directory: TemporaryDirectory
    let clock = ManualClock()
    let key = MasterKey.generate()
    /// Takes the webhooks in and looks on; never killed.
    let observer: SQLiteStore
    let desks: WatchedDesks
    let summariser = MeteredSummariser(meter: NoMeter())
    let embedder = MeteredEmbedder(meter: NoMeter())
    /// Calls of each life whose results were not kept.
    private(set) var lost: [Int] = []
    /// Contents that were lost and never came again.
    private(set) var neverKept = 0
    private let company: CompanyID
    private let webhooks: Int
    private let tickets: Int64
    private var random: SplitMix64

    init(webhooks: Int, seed: UInt64) async throws {
        guard let company = CompanyID("acme"), let url = URL(string: "https://acme.freshdesk.com") else {
            throw Missing(what: "a company")
        }
        self.company = company
        self.webhooks = webhooks
        tickets = Int64(max(10, webhooks / 10))
        random = SplitMix64(seed: seed)
        directory = try TemporaryDirectory()
        observer = try SQLiteStore(path: directory.path("freshet.db"), masterKey: key, clock: clock)
        desks = WatchedDesks(MemoryHelpDesk(clock: clock), gate: Self.gate)
        try await observer.companies.add(
            Company(id: company, platform: .freshdesk, url: url, scheme: .standard, createdAt: clock.now),
            apiKey: Secret("key"), webhookSecret: Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        for id in 1...tickets {
            desks.inner.put(.sample(item(id), "The exporter of ticket \(id) stops", at: clock.now))
        }
    }

    private func item(_ id: Int64) -> Item {
        Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id)
    }

    func play(kills: Int) async throws {
        var delivered = 0
        for life in 0...kills {
            let isLast = life == kills
            let share = isLast ? webhooks - delivered : webhooks / (kills + 1)
            try await live(
                webhooks: share, from: delivered,
                until: isLast ? nil : Int.random(in: 50...max(60, share * 40), using: &random))
            delivered += share
        }
        for print in summariser.asked.keys where try await !isKept(print) { neverKept += 1 }
    }

    /// - Parameter statements: dies at this SQL statement, or at the end; `nil` for a calm end.
    private func live(webhooks: Int, from number: Int, until statements: Int?) async throws {
        let (before, kept) = (summariser.calls, try await keptCount())
        let life = try Life(self, diesAfter: statements, seed: random.next())
        if let statements, statements.isMultiple(of: 2) {
            // In the midst of a call, for half of them: what it has cost is then lost for certain.
            let last = before + Int.random(in: 1...6, using: &random)
            let fuse = life.fuse
            summariser.during { if $0 == last { fuse.blow() } }
        }
        let worker = life.worker
        let task = Task { try await worker.run() }
        for offset in 0..<webhooks {
            let id = Int64.random(in: 1...tickets, using: &random)
            change(id)
            _ = try await observer.ledger.accept(
                [
                    Delivery(
                        item: item(id), id: "msg_\(number + offset)", bodyDigest: Fingerprint(of: "\(number + offset)"),
                        event: "changed", receivedAt: clock.now)
                ], policy: MarkPolicy(quietPeriod: .milliseconds(500), quietLimit: .seconds(2)), now: clock.now)
            clock.advance(by: .milliseconds(Int64.random(in: 0...200, using: &random)))
            life.signal.raise()
            for _ in 0..<Int.random(in: 0...20, using: &random) { await Task.yield() }
        }
        try await settle(life)
        life.die()
        task.cancel()
        try await task.value
        if statements != nil { lost.append(summariser.calls - before - (try await keptCount() - kept)) }
        // Leases of the dead run out.
        clock.advance(by: .seconds(120))
    }

    /// Lets it work until nothing waits or it is dead.
    private func settle(_ life: Life) async throws {
        for _ in 0..<200_000 {
            if life.isDead { return }
            if try await observer.ledger.backlog(of: company)[company]?.waiting == 0 { return }
            clock.advance(by: .milliseconds(20))
            life.signal.raise()
            await Task.yield()
        }
        throw Missing(what: "an end of the work")
    }

    /// 12 % change the content (to new text, to one that was there before, to next to nothing), a third a label.
    private func change(_ id: Int64) {
        let draw = Int.random(in: 0..<100, using: &random)
        let version = Int.random(in: 0..<6, using: &random)
        switch draw {
        case 0..<9:
            desks.inner.edit(item(id)) { $0.subject = "The exporter of ticket \(id) stops again, case \(version)" }
        case 9..<11:
            desks.inner.edit(item(id)) { ticket in
                ticket.descriptionHTML = "It is version \(version) of what customers of this kind always write."
            }
        case 11:
            desks.inner.edit(item(id)) { ticket in
                (ticket.subject, ticket.descriptionHTML, ticket.messages) = ("Hi", "?", [])
            }
        case 12..<45: desks.inner.edit(item(id)) { $0.metadata.tags = ["tag \(version)", version == 0 ? "spam" : "x"] }
        default: break
        }
    }

    private func isKept(_ fingerprint: Fingerprint) async throws -> Bool {
        try await observer.modelCache.summary(
            ModelCacheKey(company: company, model: summariser.identity.name, fingerprint: fingerprint)) != nil
    }

    private func keptCount() async throws -> Int {
        var count = 0
        for print in summariser.asked.keys where try await isKept(print) { count += 1 }
        return count
    }

    /// Every ticket's record is what its help desk says now.
    func isConverged() async throws -> Bool {
        for id in 1...tickets {
            guard let record = try await observer.documents.record(of: item(id)) else { continue }
            guard case .present(let ticket) = try await desks.inner.fetch(item(id), urgency: .backfill).state,
                record.contentHash == Fingerprints(of: Document(merging: ticket), followsResolution: true).content
            else { return false }
        }
        return true
    }

    private final class Life {
        let worker: Worker
        let signal = Signal()
        let fuse: Fuse

        init(_ trace: Trace, diesAfter statements: Int?, seed: UInt64) throws {
            let fuse = Fuse()
            self.fuse = fuse
            // A dead life's SQL is spoilt, so that its transaction comes to nothing, as in a process that is killed.
            let store = try SQLiteStore(
                path: trace.directory.path("freshet.db"), masterKey: trace.key, clock: trace.clock,
                statements: SQLText { fuse.burn() ? "SELECT killed" : $0 })
            let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
            let random = SeededRandomSource(seed: seed)
            let health = Health()
            let models = PaidModels(
                summariser: trace.summariser, embedder: trace.embedder, builtin: BuiltinSummariser(),
                cache: store.modelCache, clock: trace.clock, metrics: metrics)
            let convergence = Convergence(
                helpDesks: trace.desks, documents: store.documents, models: models,
                index: SlottedIndex(slots: store.slots, models: models, clock: trace.clock) { number, embedder in
                    BuiltinIndex(points: store.points.slot(number), embedder: embedder)
                },
                policy: ContentPolicy(gate: Trace.gate), verdicts: Verdicts(backoff: Backoff(), random: random),
                clock: trace.clock, metrics: metrics, health: health)
            worker = Worker(
                ledger: store.ledger, convergence: convergence,
                configuration: Worker.Configuration(lanes: Trace.lanes, perCompany: Trace.lanes), clock: trace.clock,
                random: random, metrics: metrics, signal: signal, health: health, logger: CostWorld.silent)
            fuse.light(statements)
        }

        var isDead: Bool { fuse.isBurnt }
        func die() { fuse.blow() }
    }
}

/// Counts statements down, and is burnt from then on.
private final class Fuse: Sendable {
    private let left: Mutex<Int?>

    init() { left = Mutex(nil) }

    /// Burns from now on for so many statements; `nil` for ever.
    func light(_ statements: Int?) { left.withLock { $0 = statements } }

    var isBurnt: Bool { left.withLock { $0 == 0 } }
    func blow() { left.withLock { $0 = 0 } }

    func burn() -> Bool {
        left.withLock { left in
            guard let count = left else { return false }
            left = max(0, count - 1)
            return left == 0
        }
    }
}

private struct NoMeter: UsageMeter {
    func record(_ usage: ModelUsage) async {}
}

/// Remembers the contents that runs have read and that pass the gate.
private final class WatchedDesks: HelpDesks, HelpDesk {
    let inner: MemoryHelpDesk
    private let gate: GateRules
    private let seen = Mutex<Set<Fingerprint>>([])

    init(_ inner: MemoryHelpDesk, gate: GateRules) {
        self.inner = inner
        self.gate = gate
    }

    var calls: Int64 { inner.calls }
    var passed: Set<Fingerprint> { seen.withLock { $0 } }

    func helpDesk(of company: CompanyID) async throws -> any HelpDesk { self }

    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        let fetched = try await inner.fetch(item, urgency: urgency)
        if case .present(let ticket) = fetched.state {
            let document = Document(merging: ticket)
            if gate.reason(against: document) == nil {
                seen.withLock { _ = $0.insert(Fingerprint(of: document.content(followsResolution: true))) }
            }
        }
        return fetched
    }

    func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage {
        try await inner.page(of: listing, at: position, urgency: urgency)
    }

    func check() async throws(UpstreamError) { try await inner.check() }
}
