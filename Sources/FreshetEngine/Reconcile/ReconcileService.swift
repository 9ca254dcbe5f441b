package import FreshetCore
package import Logging
import ServiceLifecycle

/// Carries out reconciles as they are asked for, and asks for one of every company when its schedule says so.
package struct ReconcileService: Service {
    private let reconciler: Reconciler
    private let reconciles: any Reconciles
    private let companies: any Companies
    private let schedule: ReconcileSchedule
    private let pollInterval: Duration
    /// Reconciles at once, each of another company.
    private let lanes: Int
    private let clock: any WallClock
    private let random: any RandomSource
    private let logger: Logger

    package init(
        reconciler: Reconciler, reconciles: any Reconciles, companies: any Companies, schedule: ReconcileSchedule,
        pollInterval: Duration = .milliseconds(500), lanes: Int = 4, clock: any WallClock, random: any RandomSource,
        logger: Logger
    ) {
        self.reconciler = reconciler
        self.reconciles = reconciles
        self.companies = companies
        self.schedule = schedule
        self.pollInterval = pollInterval
        self.lanes = lanes
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await repeating { try await requestWhatIsDue() } }
                // Several lanes, so that one company's long listing does not hold up the others.
                for _ in 0..<lanes {
                    group.addTask {
                        await repeating { while try await reconciler.carryOutNext() != nil {} }
                    }
                }
            }
        }
    }

    /// Until cancelled; what goes wrong once is logged and tried again.
    private func repeating(_ work: () async throws -> Void) async {
        while !Task.isCancelled {
            do {
                try await work()
            } catch is CancellationError {
                return
            } catch {
                logger.error("reconciling broke off", metadata: ["error": "\(error)"])
            }
            do { try await clock.sleep(for: pollInterval) } catch { return }
        }
    }

    /// One a company at most: after a downtime one reconcile catches up with all that were missed.
    private func requestWhatIsDue() async throws {
        guard schedule.interval != nil || schedule.sweepInterval != nil else { return }
        for company in try await companies.all() where !company.isPaused {
            // The first backfill is a person's decision: it may cost an hour of the account's quota.
            // A rebuild, which may take hours, is about our own slots and holds nobody up.
            guard
                let last = try await reconciles.latestComparison(of: company.id),
                last.hasEnded,
                let mode = schedule.due(
                    after: last, progress: try await reconciles.progress(of: company.id),
                    meter: try await reconciles.meter(of: company.id), now: clock.now)
            else { continue }
            try await reconciles.request(
                Reconcile(
                    id: Reconcile.newID(random), company: company.id, mode: mode, since: nil, requestedAt: clock.now))
        }
    }
}

extension Reconcile {
    /// Unlikely to meet another: 80 random bits.
    package static func newID(_ random: any RandomSource) -> String {
        "rec_" + String(random.next(), radix: 36) + String(random.next() & 0xffff, radix: 36)
    }
}
