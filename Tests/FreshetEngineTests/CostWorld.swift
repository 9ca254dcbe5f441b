import CoreMetrics
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Logging
import Synchronization

/// A world whose models cost: a thousand tokens a summary, a hundred a vector, at a price of one for a thousand tokens.
final class CostWorld: Sendable {
    let world: World
    let summariser: MeteredSummariser
    let embedder: MeteredEmbedder
    let book: UsageBook

    static let prices = PriceTable(
        currency: "EUR",
        prices: [
            "paid/chat-1": Price(input: 1_000_000_000, output: 1_000_000_000),
            "paid/vectors-1": Price(input: 1_000_000_000),
        ])

    init(
        _ budget: Budget = Budget(), gate: GateRules = GateRules(), prices: PriceTable = prices, seed: UInt64 = 1
    ) async throws {
        let parts = Mutex<(UsageBook, MeteredSummariser, MeteredEmbedder)?>(nil)
        world = try await World(
            seed: seed,
            models: { store, clock in
                let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
                let book = UsageBook(
                    records: store.usage, prices: prices, clock: clock, metrics: metrics, logger: Self.silent)
                let (summariser, embedder) = (MeteredSummariser(meter: book), MeteredEmbedder(meter: book))
                parts.withLock { $0 = (book, summariser, embedder) }
                return World.Models(
                    paid: PaidModels(
                        summariser: summariser, embedder: embedder, builtin: BuiltinSummariser(),
                        cache: store.modelCache, clock: clock, metrics: metrics,
                        keeper: BudgetKeeper(
                            records: store.usage, budgets: BudgetTable(usual: budget), currency: prices.currency,
                            clock: clock), book: book), policy: ContentPolicy(gate: gate))
            })
        guard let made = parts.withLock({ $0 }) else { throw Missing(what: "models") }
        (book, summariser, embedder) = made
    }

    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    var clock: ManualClock { world.clock }
    var records: any UsageRecords { world.store.usage }
    var recommendations: Recommendations {
        Recommendations(
            index: world.index, documents: world.store.documents, seen: world.seen, random: world.random,
            clock: clock, metrics: RiverMetrics(factory: NOOPMetricsHandler.instance))
    }

    func keeper(_ budget: Budget) -> BudgetKeeper {
        BudgetKeeper(
            records: records, budgets: BudgetTable(usual: budget), currency: Self.prices.currency, clock: clock)
    }

    func put(_ id: Int64, _ subject: String = "Printer", stage: Metadata.Stage = .open) {
        var ticket = SourceTicket.sample(world.item(id), "\(subject) \(id)", at: clock.now)
        ticket.metadata.stage = stage
        world.desk.put(ticket)
    }

    func edit(_ id: Int64, _ change: (inout SourceTicket) -> Void) { world.desk.edit(world.item(id), change) }

    func entry(_ id: Int64) async throws -> LedgerEntry {
        guard let entry = try await world.store.ledger.entry(world.item(id)) else { throw Missing(what: "entry \(id)") }
        return entry
    }

    func backlog() async throws -> Backlog {
        try await world.store.ledger.backlog(of: world.company)[world.company] ?? Backlog()
    }

    func hit(_ id: Int64) async throws -> Hit? {
        try await recommendations.query(SearchQuery(text: "printer stops error", limit: 50), for: world.company).hits
            .first { $0.item.originalID == id }
    }

    /// Carries out what is due, one after the other, and says how it ended by ticket.
    func drain() async throws -> [Int64: RunReport] {
        var reports: [Int64: RunReport] = [:]
        while let run = try await world.claim(1).first {
            let report = try await world.convergence.carryOut(run)
            try await world.store.ledger.finish(report, now: clock.now)
            reports[run.item.originalID] = report
        }
        return reports
    }

    func saved() async throws -> [String: Int] {
        await book.flush()
        let day = UTCDay(clock.now)
        let entries = try await records.saved(of: world.company, from: day, through: day)
        return Dictionary(
            uniqueKeysWithValues: entries.map { ("\($0.purpose.rawValue) \($0.reason.rawValue)", $0.calls) })
    }
}

/// A summariser that is paid by the call and counts what it was asked.
final class MeteredSummariser: Summariser {
    private struct State {
        var calls = 0
        var inFlight = 0
        var asked: [Fingerprint: Int] = [:]
        var gate: Gate?
        var says: (@Sendable (Content) -> String)?
        var during: (@Sendable (Int) -> Void)?
    }

    let identity = ModelIdentity(provider: "paid", model: "chat-1", version: 1)
    private let meter: any UsageMeter
    private let state = Mutex(State())

    init(meter: any UsageMeter) { self.meter = meter }

    var calls: Int { state.withLock { $0.calls } }
    var inFlight: Int { state.withLock { $0.inFlight } }
    /// How often it was asked for each content.
    var asked: [Fingerprint: Int] { state.withLock { $0.asked } }
    /// Calls wait here until it opens.
    func hold(at gate: Gate) { state.withLock { $0.gate = gate } }
    /// Called in the midst of each call with its number.
    func during(_ work: @escaping @Sendable (Int) -> Void) { state.withLock { $0.during = work } }
    func says(_ problem: @escaping @Sendable (Content) -> String) { state.withLock { $0.says = problem } }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let (gate, says, during, number) = state.withLock { state in
            state.calls += 1
            state.inFlight += 1
            state.asked[Fingerprint(of: content), default: 0] += 1
            return (state.gate, state.says, state.during, state.calls)
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        await gate?.pass()
        // Others get their turn meanwhile, as they would during a call over a network.
        for _ in 0..<10 { await Task.yield() }
        during?(number)
        await meter.record(
            ModelUsage(
                company: company, provider: "paid", model: "chat-1", purpose: .summary,
                tokens: TokenUsage(input: 900, output: 100)))
        return Summary(
            problem: says?(content) ?? String(content.description.prefix(400)), cause: "", solution: "", result: "",
            tags: [], language: "en")
    }
}

/// An embedder that is paid by the call.
final class MeteredEmbedder: Embedder {
    let identity = ModelIdentity(provider: "paid", model: "vectors-1", version: 1)
    let dimensions = 8
    var usesStatistics: Bool { false }
    private let meter: any UsageMeter
    private let count = Atomic<Int>(0)

    init(meter: any UsageMeter) { self.meter = meter }

    var calls: Int { count.load(ordering: .relaxed) }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        count.add(1, ordering: .relaxed)
        await meter.record(
            ModelUsage(
                company: company, provider: "paid", model: "vectors-1", purpose: .embedding,
                tokens: TokenUsage(input: 100)))
        return Embedding(vector: Self.vector(text))
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        Self.vector(text)
    }

    private static func vector(_ text: String) -> [Float] {
        var vector = [Float](repeating: 0.01, count: 8)
        for byte in text.utf8 { vector[Int(byte % 8)] += 1 }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }
}
