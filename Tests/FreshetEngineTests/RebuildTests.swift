import CoreMetrics
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

/// Another model for the index: filled beside the one that serves, changed over at one moment, and back.
@Suite struct `A rebuild` {
    private func world(_ count: Int64 = 12) async throws -> World {
        let world = try await World()
        for id in 1...count {
            world.desk.put(.sample(world.item(id), "Wombat \(id) eats cable \(id % 5)", at: world.clock.now))
        }
        world.clock.advance(by: .seconds(60))
        try await world.reconcile()
        return world
    }

    @Test func `fills a second slot from what is stored, asks the help desk nothing, and changes over`() async throws {
        let world = try await world()
        let calls = (world.desk.calls, world.summariser.calls)
        let letters = LetterEmbedder()
        let river = River(world, letters, others: [world.embedder])
        let rebuild = try await river.rebuild()
        #expect(rebuild.state == .complete && rebuild.seen == 12 && rebuild.failed == 0 && rebuild.apiCalls == 0)
        let told = try #require(rebuild.certificate.rebuild)
        #expect(told.filled == 12 && told.caughtUp == 0 && told.queries == 12)
        #expect(try #require(told.overlap) > 0.3)
        #expect(world.desk.calls == calls.0 && world.summariser.calls == calls.1 && letters.calls == 12)
        let slots = try await world.store.slots.slots(of: world.company)
        #expect(slots.map(\.number) == [2, 1] && slots.map(\.state) == [.serving, .kept])
        #expect(slots[0].makers.embedder == letters.identity.name)
        #expect(try await river.vectorLengths(slot: 2) == [letters.dimensions])
        #expect(try await river.vectorLengths(slot: 1) == [world.embedder.dimensions])
        #expect(try await river.index.search(SearchQuery(text: "wombat 3"), in: world.company).count == 10)
        // What is on record is in line with it: the next runs make nothing, and the audit finds nothing.
        #expect(try await river.converge(3).outcome == .unchanged)
        #expect(letters.calls == 12)
        #expect(try await river.carryOut(.audit).certificate.audit == AuditCounts())
    }

    @Test func `is priced beforehand, and costs only what is not made yet`() async throws {
        let world = try await world(5)
        let letters = LetterEmbedder()
        let river = River(world, letters, others: [world.embedder])
        let company = try #require(try await world.store.companies.company(world.company))
        let forecast = CostForecast(
            summariser: world.summariser.identity, embedder: letters.identity,
            prices: PriceTable(currency: "EUR", prices: ["letters/abc": Price(input: 1_000_000)]))
        let before = try await river.rebuilder.plan(for: company, forecast: forecast)
        #expect(before.mode == .rebuild && before.seen == 5 && before.unchanged == 0 && before.calls.total == 0)
        #expect(before.tokens > 0 && before.money ?? 0 > 0 && before.currency == "EUR")
        #expect(letters.calls == 0)
        try await river.rebuild()
        let after = try await river.rebuilder.plan(for: company, forecast: forecast)
        #expect(after.unchanged == 5 && after.tokens == 0 && after.money == 0)
    }

    @Test func `that nobody asked for does not happen: another configuration mixes nothing`() async throws {
        let world = try await world(4)
        let letters = LetterEmbedder()
        // The old embedder is still to be had: it goes on, for queries and for what changes.
        let river = River(world, letters, others: [world.embedder])
        world.desk.edit(world.item(2)) { $0.subject = "Numbat sleeps" }
        #expect(try await river.converge(2).outcome == .updated)
        #expect(letters.calls == 0)
        #expect(try await river.vectorLengths(slot: 1) == [world.embedder.dimensions])
        #expect(try await river.index.degradation(of: world.company) == nil)
        // It is not: words are found, meanings are not, and answers say so.
        let poorer = River(world, letters)
        world.desk.edit(world.item(3)) { $0.subject = "Quokka smiles" }
        #expect(try await poorer.converge(3).outcome == .updated)
        #expect(letters.calls == 0)
        #expect(try await poorer.vectorLengths(slot: 1) == [0, world.embedder.dimensions])
        let answer = try await poorer.recommendations.query(SearchQuery(text: "quokka"), for: world.company)
        #expect(answer.degradation == .fullTextOnly && answer.hits.map(\.item.originalID) == [3])
        // It is back: the next run makes what is missing.
        #expect(try await river.converge(3).outcome == .updated)
        #expect(try await river.vectorLengths(slot: 1) == [world.embedder.dimensions])
    }

    @Test func `goes on where a killed one was, and pays for nothing twice`() async throws {
        let world = try await world(30)
        let gate = Gate()
        let letters = LetterEmbedder(gate: gate)
        let doomed = River(world, letters, others: [world.embedder])
        let id = try await doomed.request(.rebuild)
        let life = Task { try await doomed.reconciler.carryOut(id, of: world.company, progress: { _ in }) }
        await gate.untilSomebodyWaits()
        life.cancel()
        await gate.open()
        _ = await life.result
        // Its lease runs out, and another process takes it up.
        world.clock.advance(by: .seconds(120))
        let ended = try #require(try await River(world, letters, others: [world.embedder]).reconciler.carryOutNext())
        #expect(ended.id == id && ended.state == .complete && ended.certificate.rebuild?.slot == 2)
        #expect(letters.texts.count == 30 && letters.calls == 30)
    }

    @Test func `makes up for what runs could not write meanwhile, before it changes over`() async throws {
        let world = try await world(6)
        let letters = LetterEmbedder()
        let river = River(world, letters, others: [world.embedder])
        let slot = try await world.store.slots.fill(
            river.index.makers(for: world.company), for: world.company, now: world.clock.now)
        // The models of the new slot are away: runs go on for the one that serves.
        letters.fail(.unreachable(detail: "away"))
        world.desk.edit(world.item(1)) { $0.subject = "Numbat sleeps" }
        #expect(try await river.converge(1).outcome == .updated)
        world.desk.trash(world.item(2))
        #expect(try await river.converge(2).outcome == .removed)
        world.desk.edit(world.item(3)) { $0.metadata.tags = ["late"] }
        #expect(try await river.converge(3).outcome == .relabelled)
        // A run of a process that does not know of the slot.
        let debts = { try await world.store.slots.debts(of: world.company, slot: slot.number, limit: 9) }
        #expect(try await debts().map(\.originalID) == [1, 3])
        #expect(try await !world.store.slots.serve(slot.number, of: world.company, now: world.clock.now))
        let rebuild = try await river.rebuild()
        #expect(rebuild.state == .complete && rebuild.certificate.rebuild?.caughtUp == 2)
        #expect(try await debts().isEmpty)
        #expect(try await river.found("numbat") == [1])
        #expect(try await river.index.count(of: world.company) == 5)
        #expect(try await river.carryOut(.audit).certificate.audit == AuditCounts())
    }

    @Test func `can be taken back at once, with all that has changed since, until it is discarded`() async throws {
        let world = try await world(6)
        let river = River(world, LetterEmbedder(), others: [world.embedder])
        try await river.rebuild()
        world.desk.edit(world.item(1)) { $0.subject = "Numbat sleeps" }
        #expect(try await river.converge(1).outcome == .updated)
        world.desk.trash(world.item(2))
        #expect(try await river.converge(2).outcome == .removed)
        let back = try await river.carryOut(.rollback)
        #expect(back.state == .complete && back.certificate.rebuild?.slot == 1)
        #expect(try await world.store.slots.slots(of: world.company).map(\.number) == [1, 2])
        #expect(try await river.found("numbat") == [1])
        #expect(try await river.index.count(of: world.company) == 5)
        #expect(try await river.converge(1).outcome == .unchanged)
        #expect(try await river.carryOut(.audit).certificate.audit == AuditCounts())

        #expect(try await river.keeper.discard(world.company)?.number == 2)
        #expect(try await world.store.slots.slots(of: world.company).map(\.number) == [1])
        #expect(try await world.store.slots.retired().isEmpty)
        #expect(try await world.store.points.slot(2).count(of: world.company) == 0)
        let nothing = try await river.carryOut(.rollback)
        #expect(nothing.state == .failed && nothing.reason?.contains("go back") == true)
    }

    @Test func `keeps what it replaced for so long and no longer`() async throws {
        let world = try await world(3)
        let river = River(world, LetterEmbedder(), others: [world.embedder])
        try await river.rebuild()
        world.clock.advance(by: .seconds(7 * 86_400 - 60))
        try await river.keeper.tidy()
        #expect(try await world.store.slots.slots(of: world.company).count == 2)
        world.clock.advance(by: .seconds(120))
        try await river.keeper.tidy()
        #expect(try await world.store.slots.slots(of: world.company).map(\.number) == [2])
        #expect(try await world.store.points.slot(1).count(of: world.company) == 0)
        // A late write to it comes to nothing.
        await #expect(throws: StoreError.retiredSlot) {
            try await world.store.points.upsert(try await river.point(1), terms: FullTextTerms(subject: [], body: []))
        }
    }

    @Test func `that fails for many items leaves the old slot serving`() async throws {
        let world = try await world(30)
        let letters = LetterEmbedder()
        letters.refuseAll()
        let river = River(world, letters, others: [world.embedder])
        let rebuild = try await river.rebuild()
        #expect(rebuild.state == .failed && rebuild.reason?.contains("got no vector") == true)
        #expect(try await world.store.slots.slots(of: world.company).first?.number == 1)
        #expect(try await river.index.search(SearchQuery(text: "wombat"), in: world.company).count == 10)
    }

    @Test func `makes summaries anew where the summariser is another, and keeps those that it will not make`()
        async throws
    {
        let world = try await world(4)
        let loud = LoudSummariser(refusing: "Wombat 2 ")
        let river = River(world, LetterEmbedder(), summariser: loud, others: [world.embedder])
        let rebuild = try await river.rebuild()
        #expect(rebuild.state == .complete && rebuild.failed == 1)
        let hits = try await river.index.search(SearchQuery(text: "wombat", limit: 10), in: world.company)
        #expect(hits.count == 4)
        for hit in hits { #expect(hit.summary.problem.hasPrefix("LOUD") == (hit.item.originalID != 2)) }
        for id in 1...4 as ClosedRange<Int64> {
            let record = try #require(try await world.store.documents.record(of: world.item(id)))
            #expect((record.summariser == loud.identity.name) == (id != 2))
            #expect(record.summary?.problem.hasPrefix("LOUD") == (id != 2))
        }
        #expect(loud.calls == 4)
        #expect(try await river.converge(1).outcome == .unchanged)
        #expect(loud.calls == 4)
    }

    /// There and back while many ask: every answer is of one slot alone. The slots differ in who made their summaries, so
    /// an answer of two of them shows.
    @Test(arguments: 0..<3 as Range<UInt64>)
    func `there and back under queries fails none and mixes none`(seed: UInt64) async throws {
        let world = try await world(20)
        let there = River(world, LetterEmbedder(), summariser: LoudSummariser(), others: [world.embedder])
        let back = River(world, world.embedder, others: [LetterEmbedder()])
        let asking = Asking()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    var random = SplitMix64(seed: seed &* 4 &+ UInt64(lane))
                    while !asking.isDone {
                        let text = "Wombat \(Int.random(in: 1...20, using: &random)) eats cable"
                        let hits = try await there.index.search(SearchQuery(text: text, limit: 8), in: world.company)
                        let loud = hits.count { $0.summary.problem.hasPrefix("LOUD") }
                        #expect(hits.count == 8 && (loud == 0 || loud == 8), "seed \(seed): \(loud) of \(hits.count)")
                        asking.count()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
            group.addTask {
                for river in [there, back] {
                    #expect(try await river.rebuild().state == .complete)
                    // Nothing is left to go back to: searches that began before must not notice.
                    _ = try await river.keeper.discard(world.company)
                }
                asking.end()
            }
            try await group.waitForAll()
        }
        #expect(asking.questions > 4)
    }
}

/// How many questions were asked, and whether there are to be more.
private final class Asking: Sendable {
    private let state = Mutex((questions: 0, isDone: false))

    var isDone: Bool { state.withLock { $0.isDone } }
    var questions: Int { state.withLock { $0.questions } }
    func count() { state.withLock { $0.questions += 1 } }
    func end() { state.withLock { $0.isDone = true } }
}

/// One process's models and index over the world's store.
private struct River: Sendable {
    let world: World
    let models: PaidModels
    let index: SlottedIndex
    let rebuilder: Rebuilder
    let reconciler: Reconciler
    let convergence: Convergence
    let keeper: SlotKeeper

    init(
        _ world: World, _ embedder: any Embedder, summariser: (any Summariser)? = nil, others: [any Embedder] = []
    ) {
        self.world = world
        let (store, clock) = (world.store, world.clock)
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        models = PaidModels(
            summariser: summariser ?? world.summariser, embedder: embedder, cache: store.modelCache, clock: clock,
            metrics: metrics)
        index = SlottedIndex(slots: store.slots, models: models, others: others, clock: clock) { number, embedder in
            BuiltinIndex(points: store.points.slot(number), embedder: embedder)
        }
        rebuilder = Rebuilder(
            documents: store.documents, slots: store.slots, index: index, models: models, policy: ContentPolicy(),
            clock: clock)
        reconciler = Reconciler(
            helpDesks: world.helpDesks, documents: store.documents, reconciles: store.reconciles,
            auditor: Auditor(documents: store.documents, index: index, models: models, clock: clock),
            rebuilder: rebuilder, configuration: Reconciler.Configuration(), clock: clock, random: world.random,
            metrics: ReconcileMetrics(factory: NOOPMetricsHandler.instance), marked: {}, logger: world.log.logger)
        convergence = Convergence(
            helpDesks: world.helpDesks, documents: store.documents, models: models, index: index,
            policy: ContentPolicy(), verdicts: Verdicts(backoff: Backoff(), random: world.random), clock: clock,
            metrics: metrics)
        keeper = SlotKeeper(
            slots: store.slots, index: index, companies: store.companies, reconciles: store.reconciles,
            keep: .seconds(7 * 86_400), clock: clock, logger: world.log.logger)
    }

    var recommendations: Recommendations {
        Recommendations(
            index: index, random: world.random, clock: world.clock,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance))
    }

    func request(_ mode: Reconcile.Mode) async throws -> String {
        let id = Reconcile.newID(world.random)
        try await world.store.reconciles.request(
            Reconcile(id: id, company: world.company, mode: mode, since: nil, requestedAt: world.clock.now))
        return id
    }

    func carryOut(_ mode: Reconcile.Mode) async throws -> Reconcile {
        let id = try await request(mode)
        guard let ended = try await reconciler.carryOut(id, of: world.company, progress: { _ in }) else {
            throw Missing(what: "reconcile \(id)")
        }
        return ended
    }

    @discardableResult
    func rebuild() async throws -> Reconcile { try await carryOut(.rebuild) }

    func converge(_ id: Int64) async throws -> RunReport {
        try await world.mark(id)
        world.clock.advance(by: .seconds(20))
        guard let run = try await world.claim(1).first else { throw Missing(what: "a run for \(id)") }
        let report = try await convergence.carryOut(run)
        try await world.store.ledger.finish(report, now: world.clock.now)
        return report
    }

    func found(_ text: String) async throws -> [Int64] {
        // By words alone, whatever else is near.
        try await index.search(SearchQuery(text: text), in: world.company).filter { hit in
            hit.subject.lowercased().contains(text)
        }.map(\.item.originalID)
    }

    func vectorLengths(slot: Int) async throws -> Set<Int> {
        let points = world.store.points.slot(slot)
        let items = try await points.labels(of: world.company, after: nil, limit: 100).map(\.item)
        return Set(try await points.vectors(of: items, in: world.company).values.map(\.count))
    }

    func point(_ id: Int64) async throws -> Point {
        guard let record = try await world.store.documents.record(of: world.item(id)), let document = record.document,
            let summary = record.summary, let content = record.contentHash, let facets = record.facetsHash
        else { throw Missing(what: "record \(id)") }
        return Point(
            item: record.item, subject: document.subject, summary: summary, text: "", metadata: document.metadata,
            contentHash: content, facetsHash: facets, generation: record.generation, indexedAt: world.clock.now,
            embedding: Embedding(vector: []))
    }
}

/// Another embedder: sixteen numbers, by which letters occur.
private final class LetterEmbedder: Embedder {
    let identity = ModelIdentity(provider: "letters", model: "abc", version: 1)
    let dimensions = 16
    var usesStatistics: Bool { false }
    private let gate: Gate?
    private let state = Mutex((texts: Set<String>(), calls: 0, failures: [UpstreamError](), refuses: false))

    /// - Parameter gate: where it waits once it has made something.
    init(gate: Gate? = nil) { self.gate = gate }

    var calls: Int { state.withLock { $0.calls } }
    var texts: Set<String> { state.withLock { $0.texts } }
    func fail(_ errors: UpstreamError...) { state.withLock { $0.failures += errors } }
    func refuseAll() { state.withLock { $0.refuses = true } }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        let failure: UpstreamError? = state.withLock { state in
            if state.refuses { return .refused(status: 400, code: "told_to") }
            if !state.failures.isEmpty { return state.failures.removeFirst() }
            state.texts.insert(text)
            state.calls += 1
            return nil
        }
        if let failure { throw failure }
        await gate?.pass()
        return Embedding(vector: Self.vector(text))
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        Self.vector(text)
    }

    private static func vector(_ text: String) -> [Float] {
        var vector = [Float](repeating: 0.01, count: 16)
        for byte in text.lowercased().utf8 { vector[Int(byte % 16)] += 1 }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }
}

/// Another summariser: what it makes can be told from the built-in one's.
private final class LoudSummariser: Summariser {
    let identity = ModelIdentity(provider: "loud", model: "shout", version: 1)
    private let refused: String?
    private let count = Atomic<Int>(0)

    /// - Parameter refused: contents with this in their subject are refused.
    init(refusing refused: String? = nil) { self.refused = refused }

    var calls: Int { count.load(ordering: .relaxed) }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        count.add(1, ordering: .relaxed)
        if let refused, content.subject.contains(refused) { throw .refused(status: 400, code: "told_to") }
        return Summary(
            problem: "LOUD \(content.subject)", cause: "", solution: "", result: "", tags: [], language: "en")
    }
}
