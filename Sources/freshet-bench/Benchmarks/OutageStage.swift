import FreshdeskSimulator
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetServer
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Logging
import Synchronization

/// Two companies on two simulated accounts and one river, on a clock that is turned when everybody waits for it.
final class OutageStage: Sendable {
    struct Outcome: Sendable {
        var indexed = 0
        var calls = 0
        var refusals = 0
        var minutes = 0.0
        var minimum = (calls: 0, credits: 0)
        var lagsBefore: [Double] = []
        var lagsMeanwhile: [Double] = []
    }

    /// A company with its account and what speaks to it.
    private struct Tenant: Sendable {
        var company: CompanyID
        var url: String
        var simulator: Simulator
        var governor: RateGovernor
        var helpDesk: FreshdeskHelpDesk

        func item(_ id: Int64) -> Item { Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id) }
    }

    private struct Desks: HelpDesks {
        var tenants: [Tenant]

        func helpDesk(of company: CompanyID) async throws -> any HelpDesk {
            guard let tenant = tenants.first(where: { $0.company == company }) else {
                throw StoreError.unknownCompany(company)
            }
            return tenant.helpDesk
        }
    }

    private let clock: ManualClock
    private let http: HTTPClient
    private let store: SQLiteStore
    private let index: SlottedIndex
    private let hit: Tenant
    private let neighbour: Tenant
    private let worker: Worker
    private let reconciler: Reconciler
    private let signal: FreshetEngine.Signal
    /// 1 while the reconciler is at work.
    private let reconciling = Atomic<Int>(0)
    private static let policy = MarkPolicy()
    private static let apiKey = "bench-key"

    init(in workshop: Workshop, plan: Plan, tickets: Int, neighbourTickets: Int, share: Double) async throws {
        let clock = ManualClock(SystemWallClock().now)
        let random = SeededRandomSource(seed: 7)
        var logger = Logger(label: "freshet-bench")
        logger.logLevel = .error
        let http = try HTTPClient()
        let store = try SQLiteStore(
            directory: try workshop.directory("outage"), masterKey: .generate(), clock: clock)

        func tenant(_ name: String, _ count: Int, _ seed: UInt64) async throws -> Tenant {
            guard let company = CompanyID(name) else { throw Workshop.Failure("no company \(name)") }
            var configuration = SimulatorConfiguration(
                apiKey: Self.apiKey, contents: [.generated(count)],
                clock: SimulatedClock(source: { clock.now.milliseconds }))
            configuration.plan = plan
            configuration.seed = seed
            let simulator = try Simulator(configuration: configuration)
            let url = try await simulator.start().url
            let governor = RateGovernor(share: share, clock: clock)
            let helpDesk = FreshdeskHelpDesk(
                account: FreshdeskAccount(
                    company: company, url: try .validate(url), apiKey: Secret(Self.apiKey), share: share),
                http: http, clock: clock, random: random, governor: governor, logger: logger)
            guard let address = URL(string: url) else { throw Workshop.Failure("no address \(url)") }
            try await store.companies.add(
                Company(id: company, platform: .freshdesk, url: address, scheme: .standard, createdAt: clock.now),
                apiKey: Secret(Self.apiKey), webhookSecret: Secret("whsec_" + String(repeating: "QUJD", count: 8)))
            return Tenant(company: company, url: url, simulator: simulator, governor: governor, helpDesk: helpDesk)
        }
        let hit = try await tenant("acme", tickets, 1)
        let neighbour = try await tenant("globex", neighbourTickets, 2)
        let desks = Desks(tenants: [hit, neighbour])
        let registry = PrometheusMetrics()
        let metrics = RiverMetrics(factory: registry)
        let embedder = BuiltinEmbedder()
        let signal = FreshetEngine.Signal()
        let health = Health()
        let models = PaidModels(
            summariser: BuiltinSummariser(), embedder: embedder, cache: store.modelCache, clock: clock,
            metrics: metrics)
        let index = SlottedIndex(slots: store.slots, models: models, clock: clock) { number, embedder in
            BuiltinIndex(points: store.points.slot(number), embedder: embedder, clock: clock)
        }
        worker = Worker(
            ledger: store.ledger,
            convergence: Convergence(
                helpDesks: desks, documents: store.documents,
                models: models, index: index, policy: ContentPolicy(),
                verdicts: Verdicts(backoff: Backoff(), random: random),
                clock: clock, metrics: metrics, health: health),
            configuration: Worker.Configuration(pollInterval: .seconds(5)), clock: clock, random: random,
            metrics: metrics, signal: signal, health: health, logger: logger)
        reconciler = Reconciler(
            helpDesks: desks, documents: store.documents, reconciles: store.reconciles,
            auditor: Auditor(documents: store.documents, index: index, models: models, clock: clock),
            rebuilder: Rebuilder(
                documents: store.documents, slots: store.slots, index: index, models: models, policy: ContentPolicy(),
                clock: clock),
            configuration: Reconciler.Configuration(marks: Self.policy), clock: clock, random: random,
            metrics: ReconcileMetrics(factory: registry), marked: { signal.raise() }, logger: logger)
        (self.clock, self.http, self.store, self.index, self.signal) = (clock, http, store, index, signal)
        (self.hit, self.neighbour) = (hit, neighbour)
    }

    func close() async throws {
        try await hit.simulator.stop()
        try await neighbour.simulator.stop()
        http.close()
        try store.close()
    }

    /// The neighbour's changes alone; then the same beside the company that catches up.
    func play(changes: Int) async throws -> Outcome {
        var outcome = Outcome()
        outcome.minimum = leastPossible()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.worker.run() }
            outcome.lagsBefore = try await lags(of: 1...Int64(changes)) { _ in false }

            let began = clock.now
            group.addTask { try await self.reconcile() }
            var caughtUp: Timestamp?
            outcome.lagsMeanwhile = try await lags(of: Int64(changes) + 1...Int64(2 * changes)) { backlogs in
                let isDone =
                    try await self.store.reconciles.list(of: self.hit.company, limit: 1).first?.state == .complete
                    && backlogs[self.hit.company]?.waiting == 0
                if isDone, caughtUp == nil { caughtUp = self.clock.now }
                return !isDone
            }
            outcome.minutes = ((caughtUp ?? clock.now) - began).seconds / 60
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
        outcome.calls = Int(hit.helpDesk.calls)
        outcome.indexed = try await index.count(of: hit.company)
        for tenant in [hit, neighbour] { outcome.refusals += try await refusals(of: tenant) }
        return outcome
    }

    private func reconcile() async throws {
        reconciling.store(1, ordering: .relaxed)
        defer { reconciling.store(0, ordering: .relaxed) }
        let id = "outage"
        try await store.reconciles.request(
            Reconcile(id: id, company: hit.company, mode: .incremental, since: .epoch, requestedAt: clock.now))
        _ = try await reconciler.carryOut(id, of: hit.company, progress: { _ in })
    }

    /// Changes the neighbour's tickets, one every ten seconds, and as long as `goesOn` says lets time pass; how long each
    /// took until a run had answered it.
    private func lags(
        of ids: ClosedRange<Int64>, whilePassing goesOn: ([CompanyID: Backlog]) async throws -> Bool
    ) async throws -> [Double] {
        var made: [(item: Item, at: Timestamp)] = []
        var next = clock.now + .seconds(10)
        while true {
            let backlogs = try await quiet()
            let isGoingOn = try await goesOn(backlogs)
            let isWaiting = (backlogs[neighbour.company]?.waiting ?? 0) > 0
            if made.count == ids.count, !isGoingOn, !isWaiting { break }
            if clock.now >= next, made.count < ids.count {
                next = next + .seconds(10)
                let item = neighbour.item(ids.lowerBound + Int64(made.count))
                try neighbour.simulator.withAccount { account, now in
                    _ = try account.addNote(
                        to: item.originalID, MessageDraft(body: "<p>\(MadeUpWord.number(Int(item.originalID)))</p>"),
                        now: now)
                }
                try await store.ledger.mark(
                    [Mark(item, cause: .webhook, urgency: .urgent)], policy: Self.policy, now: clock.now)
                made.append((item, clock.now))
                signal.raise()
                continue
            }
            // Nor may time jump over a moment that the worker has not set its alarm for yet.
            let dues = backlogs.values.compactMap(\.urgentDueSince).filter { $0 > clock.now }
            let moments = [clock.nextDeadline, dues.min(), made.count < ids.count ? next : nil]
            clock.advance(to: moments.compactMap(\.self).min() ?? clock.now + .seconds(1))
        }
        var lags: [Double] = []
        for (item, at) in made {
            guard let decision = try await store.ledger.decisions(about: item, limit: 1).first else { continue }
            lags.append((decision.at - at).seconds)
        }
        guard lags.count == ids.count else { throw Workshop.Failure("\(ids.count - lags.count) changes had no run") }
        return lags
    }

    /// Returns when whoever works waits for the clock: no call is out, and every run that is claimed waits for its turn, or
    /// for another's look-up that does (then nothing moves for a while). Should that be wrong once, time passes too soon,
    /// and the figures are worse than they should be.
    private func quiet() async throws -> [CompanyID: Backlog] {
        var calm = 0
        while true {
            await Task.yield()
            let isOut = hit.governor.inFlight + neighbour.governor.inFlight > 0
            // The worker and its keeper of leases, the reconciler's keeper, and one for each line at a governor.
            let lists = reconciling.load(ordering: .relaxed)
            let expected = 2 + lists + [hit, neighbour].count { $0.governor.waiting > 0 }
            guard !isOut, clock.sleepers >= expected, (clock.nextDeadline ?? .epoch) > clock.now else {
                calm = 0
                continue
            }
            calm += 1
            guard calm >= 3 else { continue }
            let backlogs = try await store.ledger.backlog(of: nil)
            let claimed = backlogs.values.reduce(0) { $0 + $1.inFlight }
            let waiting = hit.governor.waiting + neighbour.governor.waiting - lists
            // A worker that was woken a moment ago still counts as asleep: what is due and free it will claim.
            let isDue = backlogs.values.contains { $0.urgentDueSince.map { $0 <= clock.now } ?? false }
            if (claimed <= waiting && !isDue) || calm >= 1000 { return backlogs }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// What reading every ticket once must cost, whoever reads.
    private func leastPossible() -> (calls: Int, credits: Int) {
        hit.simulator.withAccount { account, _ in
            var (tickets, pages) = (0, 0)
            for ticket in account.tickets.values {
                tickets += 1
                let messages = ticket.conversations.count
                if messages > 10 { pages += (messages + 99) / 100 }
            }
            let lists = (tickets + 99) / 100
            return (tickets + pages + lists, 4 * tickets + pages + lists)
        }
    }

    private func refusals(of tenant: Tenant) async throws -> Int {
        let response = try await http.send(
            HTTPRequest(
                "GET", tenant.url + "/_simulator/stats",
                headers: [("authorization", "Basic " + Base64.encode(Array("\(Self.apiKey):X".utf8)))]))
        let stats = try JSONDecoder().decode(JSONValue.self, from: Data(response.body))
        guard case .object(let members) = stats, case .object(let answers)? = members["answers"] else {
            throw Workshop.Failure("unexpected stats")
        }
        guard case .integer(let count)? = answers["429"] else { return 0 }
        return Int(count)
    }
}
