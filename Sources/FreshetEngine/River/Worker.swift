package import FreshetCore
package import Logging
import ServiceLifecycle
import Synchronization

/// Carries out runs, `lanes` at a time, until asked to stop.
///
/// On graceful shutdown it claims nothing more and finishes what it holds; when cancelled it hands its runs back. A
/// fault of our own (a full disk) leaves the run to its lease, so nothing is lost and nothing spins.
package final class Worker: Service {
    private let ledger: any Ledger
    private let convergence: Convergence
    private let configuration: Configuration
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let owner: String
    private let signal: Signal
    private let health: Health
    private let logger: Logger
    private let state = Mutex(State())

    package struct Configuration: Sendable, Equatable {
        /// Runs at once, 1...256.
        package var lanes: Int
        package var perCompany: Int
        package var backfillEvery: Int
        package var maxAttempts: Int
        package var lease: Duration
        /// How long to wait before looking for work that another process may have brought.
        package var pollInterval: Duration

        package init(
            lanes: Int = 8, perCompany: Int = 4, backfillEvery: Int = 4, maxAttempts: Int = 8,
            lease: Duration = .seconds(60), pollInterval: Duration = .milliseconds(500)
        ) {
            self.lanes = lanes
            self.perCompany = perCompany
            self.backfillEvery = backfillEvery
            self.maxAttempts = maxAttempts
            self.lease = lease
            self.pollInterval = pollInterval
        }
    }

    private struct State {
        var held: [Item: (run: Run, task: Task<Void, Never>)] = [:]
        var lastCompany: CompanyID?
        var claims = 0
        var isStopping = false
    }

    package init(
        ledger: any Ledger, convergence: Convergence, configuration: Configuration, clock: any WallClock,
        random: any RandomSource, metrics: RiverMetrics, signal: Signal, health: Health, logger: Logger
    ) {
        precondition((1...256).contains(configuration.lanes) && configuration.perCompany > 0)
        self.ledger = ledger
        self.convergence = convergence
        self.configuration = configuration
        self.clock = clock
        self.metrics = metrics
        self.owner = "worker-" + String(random.next(), radix: 16)
        self.signal = signal
        self.health = health
        self.logger = logger
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.renewLeases() }
                while !isStopping {
                    let runs = await claim()
                    for run in runs { start(run) }
                    if runs.isEmpty { await idle() } else if isFull { await waitForWork(for: configuration.lease) }
                }
                await finishWhatIsHeld()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.signal.raise()
        }
    }

    /// Works until nothing is due or in flight for `company`; for a command line without a running service.
    package func drain(_ company: CompanyID, progress: @Sendable (Backlog) -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.renewLeases() }
            while true {
                try Task.checkCancellation()
                let runs = await claim()
                for run in runs { start(run) }
                let backlog = try await ledger.backlog(of: company)[company] ?? Backlog()
                progress(backlog)
                if backlog.waiting == 0 { break }
                if runs.isEmpty { await idle() } else if isFull { await waitForWork(for: .seconds(1)) }
            }
            await finishWhatIsHeld()
            group.cancelAll()
        }
    }

    // MARK: - Claiming

    private var isStopping: Bool { state.withLock { $0.isStopping } || Task.isCancelled }
    private var isFull: Bool { state.withLock { $0.held.count >= configuration.lanes } }

    private func claim() async -> [Run] {
        let (free, policy) = state.withLock { state in
            var inFlight: [CompanyID: Int] = [:]
            for item in state.held.keys { inFlight[item.company, default: 0] += 1 }
            // A company whose help desk does not answer is probed by one run at a time, and not before its pause is over.
            for (company, allowance) in health.allowances(now: clock.now) {
                inFlight[company] = max(inFlight[company] ?? 0, 0) + max(0, configuration.perCompany - allowance)
            }
            return (
                configuration.lanes - state.held.count,
                ClaimPolicy(
                    lease: configuration.lease, perCompany: configuration.perCompany,
                    backfillEvery: configuration.backfillEvery, maxAttempts: configuration.maxAttempts,
                    after: state.lastCompany, claimsSoFar: state.claims, inFlight: inFlight)
            )
        }
        guard free > 0 else { return [] }
        do {
            let runs = try await ledger.claim(limit: free, owner: owner, policy: policy, now: clock.now)
            health.storeAnswered()
            if let last = runs.last {
                state.withLock {
                    $0.lastCompany = last.item.company
                    $0.claims += runs.count
                }
            }
            return runs
        } catch is CancellationError {
            return []
        } catch {
            health.storeFailed()
            logger.error("cannot claim work", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Waits for the next thing to fall due, a wake-up, or the moment to look at what other processes did.
    private func idle() async {
        let now = clock.now
        var deadline = now + configuration.pollInterval
        do {
            if let due = try await ledger.nextDue(now: now) {
                deadline = min(deadline, max(due, now + .milliseconds(1)))
            }
        } catch {
            logger.debug("cannot ask for the next due time", metadata: ["error": "\(error)"])
        }
        await signal.wait(until: deadline, by: clock)
    }

    private func waitForWork(for duration: Duration) async { await signal.wait(until: clock.now + duration, by: clock) }

    // MARK: - One run

    private func start(_ run: Run) {
        // The task is owned by `held`: lost leases and shutdown cancel it, and the loop waits for it before it ends.
        state.withLock { state in
            let task = Task { await self.carry(run) }
            state.held[run.item] = (run, task)
        }
    }

    private func carry(_ run: Run) async {
        var logger = logger
        logger[metadataKey: "company"] = "\(run.item.company)"
        logger[metadataKey: "item"] = "\(run.item.name)"
        logger[metadataKey: "run"] = "\(run.fence)"
        do {
            let report = try await convergence.carryOut(run)
            if Task.isCancelled { throw CancellationError() }
            let now = clock.now
            try await ledger.finish(report, now: now)
            health.storeWrote()
            metrics.ended(report, at: now)
            health.ended(report, now: now)
            logger.log(
                level: report.outcome == .parked && report.deferral == nil ? .warning : .debug, "run ended",
                metadata: ["outcome": "\(report.outcome.rawValue)", "reason": "\(report.reason ?? "")"])
        } catch StoreError.staleFence, StoreError.unknownCompany {
            // By another run, or by the purge of its company.
            logger.info("run overtaken")
        } catch StoreError.erased {
            // Its requester, while it was under way: the next run finds it so.
            await fail(run, logger)
        } catch {
            if Task.isCancelled {
                await handBack(run, logger)
            } else {
                logger.error("run broke off", metadata: ["error": "\(error)"])
            }
        }
        health.left(run.item)
        state.withLock { $0.held[run.item] = nil }
        signal.raise()
    }

    /// Due again at once, and the attempt counts.
    private func fail(_ run: Run, _ logger: Logger) async {
        let now = clock.now
        do {
            try await ledger.finish(
                RunReport(run: run, outcome: .failed, reason: StoreError.erased.description, retryAt: now), now: now)
        } catch {
            // The item itself was erased, and is nobody's.
            logger.info("run overtaken by an erasure")
        }
    }

    /// In a task of its own, since ours is cancelled and the store would refuse it.
    private func handBack(_ run: Run, _ logger: Logger) async {
        await Task {
            do { try await ledger.release(run, now: clock.now) } catch {
                logger.info("run not handed back, its lease will", metadata: ["error": "\(error)"])
            }
        }.value
    }

    private func finishWhatIsHeld() async {
        let tasks = state.withLock { $0.held.values.map(\.task) }
        await withTaskCancellationHandler {
            for task in tasks { await task.value }
        } onCancel: {
            for task in tasks { task.cancel() }
        }
    }

    // MARK: - Leases

    private func renewLeases() async {
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: configuration.lease / 3)
                let runs = state.withLock { $0.held.values.map(\.run) }
                if runs.isEmpty { continue }
                let now = clock.now
                for item in try await ledger.renew(runs, owner: owner, until: now + configuration.lease, now: now) {
                    state.withLock { $0.held[item]?.task.cancel() }
                    logger.warning("lease lost", metadata: ["company": "\(item.company)", "item": "\(item.name)"])
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error("cannot renew leases", metadata: ["error": "\(error)"])
            }
        }
    }
}
