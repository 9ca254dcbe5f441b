package import FreshetCore
package import Logging
import ServiceLifecycle

/// Keeps growth bounded and the gauges honest: counts the backlog every second, prunes what is old every few minutes.
package struct Housekeeping: Service {
    private let ledger: any Ledger
    private let backlog: BacklogGauge
    private let retention: Retention
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let logger: Logger

    package struct Retention: Sendable, Equatable {
        package var deliveries: Duration
        package var decisions: Duration
        package var decisionsPerItem: Int

        package init(
            deliveries: Duration = .seconds(7 * 86_400), decisions: Duration = .seconds(90 * 86_400),
            decisionsPerItem: Int = 50
        ) {
            self.deliveries = deliveries
            self.decisions = decisions
            self.decisionsPerItem = decisionsPerItem
        }
    }

    package init(
        ledger: any Ledger, backlog: BacklogGauge, retention: Retention, clock: any WallClock, metrics: RiverMetrics,
        logger: Logger
    ) {
        self.ledger = ledger
        self.backlog = backlog
        self.retention = retention
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextPruning = clock.now + .seconds(60)
            while !Task.isCancelled {
                do {
                    let now = clock.now
                    let backlogs = try await ledger.backlog(of: nil)
                    backlog.update(backlogs.values.reduce(0) { $0 + $1.waiting })
                    metrics.observed(backlogs, at: now)
                    if now >= nextPruning {
                        nextPruning = now + .seconds(300)
                        let rows = try await ledger.prune(
                            deliveriesBefore: now - retention.deliveries, decisionsBefore: now - retention.decisions,
                            decisionsPerItem: retention.decisionsPerItem)
                        if rows > 0 { logger.info("pruned", metadata: ["rows": "\(rows)"]) }
                    }
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("housekeeping broke off", metadata: ["error": "\(error)"])
                }
                do { try await clock.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }
}
