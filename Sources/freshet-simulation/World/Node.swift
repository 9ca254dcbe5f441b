import CoreMetrics
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import Logging
import ServiceLifecycle

/// One life of a Freshet process: the real engine over the real store, from its start to its end or its crash.
///
/// Confined to the machine's thread. Every statement and every call to the outside passes here, and none does once the
/// node is dead.
final class Node: @unchecked Sendable {
    /// The end that the present task writes, so that the oracle knows whose it sees.
    @TaskLocal static var ending: Ending?

    let name: String
    let slot: Int
    let world: World
    let sleepers: Sleepers
    var jobs: [UnownedJob] = []
    private var pauses: [UnsafeContinuation<Void, Never>] = []
    var isDead = false
    /// Until then, in true time, none of its jobs runs.
    var frozenUntil: Int64 = 0
    /// How much it does before it crashes.
    var lifeInJobs = Int.max
    var lifeInStatements = Int.max
    var root: Task<Void, Never>?

    private(set) var store: SQLiteStore?
    private(set) var intake: Intake?
    private(set) var recommendations: Recommendations?
    private(set) var health = Health()
    private var services: ServiceGroup?
    private var isDiskFull = false
    /// What runs of this life read at the help desk since they claimed the item.
    private(set) var reads: [Item: Reading] = [:]
    /// Names under which this life claims.
    var owners: Set<String> = []

    struct Ending: Sendable {
        var run: Run
        var retryAt: Timestamp?
    }

    struct Reading {
        /// The youngest state that was read, and the oldest: two, where a run that was overtaken reads beside the next.
        var version = -1
        var oldest = Int.max
        /// When the help desk last said that it is gone, or that there is no text in it.
        var provenGoneAt: Int64?
    }

    init(name: String, slot: Int, world: World) {
        self.name = name
        self.slot = slot
        self.world = world
        sleepers = Sleepers(world.machine)
    }

    func note(_ line: @autoclosure () -> String) { world.machine.note(line()) }

    // MARK: - Its jobs

    var jobCount: Int { jobs.count + pauses.count }
    var hasJobs: Bool { jobCount > 0 }
    var nextWake: Int64? { sleepers.next }
    func wakeNext() { sleepers.wakeNext() }
    func wakeAll() -> Bool { sleepers.cancelAll() }

    func takeJob(_ index: Int) -> UnownedJob? {
        if index < jobs.count { return jobs.remove(at: index) }
        pauses.remove(at: index - jobs.count).resume()
        return jobs.popLast()
    }

    /// Lets others go on, as many as the lot says.
    func pause() async {
        if isDead { return }
        await withUnsafeContinuation { pauses.append($0) }
    }

    /// True time passes. What waits in a dead node fails, as everything does there.
    func wait(_ milliseconds: Int64) async throws(UpstreamError) {
        do {
            try await sleepers.sleep(until: world.machine.time + milliseconds, isWall: false)
        } catch {
            throw .unreachable(detail: "cancelled")
        }
        if isDead { throw .unreachable(detail: "the process is dead") }
    }

    // MARK: - Its life

    /// Opens the store and starts the services that `serve` runs. Dies at once when the store cannot be opened.
    func start() {
        let clock = NodeClock(machine: world.machine, sleepers: sleepers)
        do {
            let store = try SQLiteStore(
                path: world.path, masterKey: world.masterKey, clock: clock,
                statements: SQLText { [unowned self] in statement($0) },
                scheduling: .callersThread(turn: { [unowned self] in
                    if !isDead { world.audit.look(self) }
                    await pause()
                }))
            self.store = store
            let group = assemble(store, clock)
            services = group
            root = Task { [self] in
                do {
                    try await world.audit.checkDurability(of: store)
                    try await group.run()
                } catch {
                    if !isDead { note("ended: \(error)") }
                }
                if !isDead { world.ended(self) }
            }
        } catch {
            note("cannot open the store: \(error)")
            isDead = true
        }
    }

    private func assemble(_ store: SQLiteStore, _ clock: NodeClock) -> ServiceGroup {
        let random = DiceSource(Dice(seed: world.dice.next()))
        let logger = Logger(label: name) { [self] _ in TraceLogHandler(node: self) }
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        let desks = NodeDesks(node: self)
        let embedder = NodeEmbedder(node: self)
        let signal = Signal()
        let ledger = NodeLedger(inner: store.ledger)
        let marks = world.marks
        let backlog = BacklogGauge(limit: 10_000)
        health = Health()
        intake = Intake(
            book: CredentialBook(companies: store.companies, clock: clock),
            readers: [.freshdesk: FreshdeskWebhookReader()], limiter: IntakeLimiter(perSecond: 50, burst: 100),
            commit: GroupCommit(
                ledger: ledger, policy: marks, clock: clock, metrics: metrics, committed: { signal.raise() }),
            backlog: backlog, clock: clock, logger: logger)
        let models = PaidModels(
            summariser: NodeSummariser(node: self), embedder: embedder,
            cache: NodeCache(node: self, inner: store.modelCache), clock: clock, metrics: metrics)
        let index = SlottedIndex(slots: store.slots, models: models, clock: clock) { [unowned self] number, embedder in
            NodeIndex(
                node: self,
                inner: BuiltinIndex(points: store.points.slot(number), embedder: embedder, clock: clock))
        }
        recommendations = Recommendations(index: index, random: random, clock: clock, metrics: metrics)
        let worker = Worker(
            ledger: ledger,
            convergence: Convergence(
                helpDesks: desks, documents: store.documents, models: models, index: index, policy: ContentPolicy(),
                verdicts: Verdicts(backoff: Backoff(), random: random), clock: clock, metrics: metrics, health: health),
            configuration: Worker.Configuration(
                lanes: 4, perCompany: world.perCompany, backfillEvery: world.backfillEvery,
                maxAttempts: world.maxAttempts, lease: .milliseconds(world.lease), pollInterval: .seconds(300)),
            clock: clock, random: random, metrics: metrics, signal: signal, health: health, logger: logger)
        let reconciler = Reconciler(
            helpDesks: desks, documents: store.documents, reconciles: store.reconciles,
            auditor: Auditor(documents: store.documents, index: index, models: models, clock: clock),
            rebuilder: Rebuilder(
                documents: store.documents, slots: store.slots, index: index, models: models, policy: ContentPolicy(),
                clock: clock),
            configuration: Reconciler.Configuration(marks: marks), clock: clock, random: random,
            metrics: ReconcileMetrics(factory: NOOPMetricsHandler.instance), marked: { signal.raise() }, logger: logger)
        let reconciling = ReconcileService(
            reconciler: reconciler, reconciles: store.reconciles, companies: store.companies,
            schedule: ReconcileSchedule(interval: world.reconcileInterval, sweepInterval: nil),
            pollInterval: .seconds(180), lanes: 2, clock: clock, random: random,
            logger: logger)
        let housekeeping = Housekeeping(
            ledger: ledger, companies: store.companies, freshness: store.freshness, health: health, backlog: backlog,
            retention: Housekeeping.Retention(), interval: .seconds(300), clock: clock, metrics: metrics, logger: logger
        )
        let all: [any Service] = [housekeeping, worker, reconciling]
        return ServiceGroup(
            configuration: ServiceGroupConfiguration(services: all.map { .init(service: $0) }, logger: logger))
    }

    /// The polite end: what a deployment does.
    func stop() {
        guard let services else { return }
        Task { await services.triggerGracefulShutdown() }
    }

    /// It crashed, in a job or between two.
    func died() {
        note("crash")
        isDead = true
        world.crashed(self)
    }

    func close() {
        do { try store?.close() } catch { world.machine.violate("store", "cannot be closed after a crash: \(error)") }
        store = nil
        services = nil
        intake = nil
        recommendations = nil
        root = nil
    }

    // MARK: - Its doors

    /// Every SQL text passes here. A dead node's is spoilt, so that its transaction comes to nothing.
    private func statement(_ sql: String) -> String {
        if !isDead {
            lifeInStatements -= 1
            if lifeInStatements <= 0 { isDead = true }
        }
        if isDead { return "the process has crashed here" }
        if sql == "PRAGMA freelist_count" {
            // Asked by `condition()` alone, which is how the disk of this node is filled and emptied.
            return isDiskFull ? "PRAGMA max_page_count = 1" : "PRAGMA max_page_count = 1073741823"
        }
        world.audit.saw(sql)
        return sql
    }

    /// SQLite itself then says that the disk is full, at whatever statement needs another page.
    func fillDisk(_ isFull: Bool) {
        guard let store else { return }
        note(isFull ? "the disk is full" : "the disk has room again")
        isDiskFull = isFull
        Task {
            do { _ = try await store.condition() } catch { note("the disk's state is not known: \(error)") }
        }
    }

    func read(_ item: Item, version: Int, provesRemoval: Bool) {
        guard !isDead else { return }
        var reading = reads[item] ?? Reading()
        reading.version = max(reading.version, version)
        reading.oldest = min(reading.oldest, version)
        if provesRemoval { reading.provenGoneAt = world.machine.time }
        reads[item] = reading
    }

    /// A run that was overtaken may still act on what it was told, for as long as calls may take.
    func hasProof(against item: Item) -> Bool {
        reads[item]?.provenGoneAt.map { world.machine.time - $0 < 1_800_000 } ?? false
    }

    /// A new claim begins: what was read before does not count for it.
    func forgetReads(of item: Item) {
        reads[item]?.version = -1
        reads[item]?.oldest = .max
    }
}

/// The engine's log goes into the trace, where it is of use beside what happened.
struct TraceLogHandler: LogHandler {
    let node: Node
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    init(node: Node) { self.node = node }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard !node.isDead else { return }
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        node.note("\(event.message)" + all.map { " \($0.key)=\($0.value)" }.joined())
    }
}
