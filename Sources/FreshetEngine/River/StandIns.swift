package import FreshetCore
package import Logging
import ServiceLifecycle

/// When a stand-in is tried again: two minutes later, then twice as long each time, at most every six hours.
///
/// Not for ever, since each try may cost. What all providers turn down for good gets three tries within some minutes; what
/// may pass gets twenty, which is about three days.
enum StandInRule {
    private static let backoff = (first: Duration.seconds(120), cap: Duration.seconds(6 * 3600))

    /// - Parameters:
    ///   - tries: of this content, this one counted.
    ///   - fraction: uniform in 0..<1: tries of many items spread over the last quarter.
    static func next(after tries: Int, _ error: UpstreamError, now: Timestamp, fraction: Double) -> StandIn {
        let isFinal =
            switch error {
            case .refused, .forbidden, .tooLarge: true
            case .throttled, .unreachable, .unauthorized, .malformed, .superseded: false
            }
        guard tries < (isFinal ? 3 : 20) else { return StandIn(tries: tries, due: nil) }
        let span = min(
            Double(backoff.cap.milliseconds), Double(backoff.first.milliseconds) * Double(1 << min(tries - 1, 20)))
        return StandIn(tries: tries, due: now + .milliseconds(Int64(span * (0.75 + fraction / 4))))
    }
}

/// Marks the items whose stand-in is due to be replaced, a bounded number at a time, as backfill: fresh changes go first.
/// While no model of a company can be asked its items stay as they are, and all that were made during an outage are due
/// when it is over.
package struct StandInService: Service {
    private let ledger: any Ledger
    private let companies: any Companies
    private let summariser: any Summariser
    private let policy: MarkPolicy
    private let clock: any WallClock
    private let marked: @Sendable () -> Void
    private let logger: Logger

    private static let interval = Duration.seconds(15)
    /// Of each company in one round: about what a few lanes do until the next.
    package static let perRound = 100

    package init(
        ledger: any Ledger, companies: any Companies, summariser: any Summariser, policy: MarkPolicy,
        clock: any WallClock, marked: @escaping @Sendable () -> Void, logger: Logger
    ) {
        self.ledger = ledger
        self.companies = companies
        self.summariser = summariser
        self.policy = policy
        self.clock = clock
        self.marked = marked
        self.logger = logger
    }

    /// One round; how many were marked.
    package func markDue() async throws -> Int {
        var count = 0
        for company in try await companies.all() where summariser.isReady(for: company.id) {
            count += try await ledger.markStandIns(
                of: company.id, limit: Self.perRound, policy: policy, now: clock.now)
        }
        return count
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let count = try await markDue()
                    if count > 0 {
                        logger.info("stand-ins are tried again", metadata: ["items": "\(count)"])
                        marked()
                    }
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("cannot mark stand-ins", metadata: ["error": "\(error)"])
                }
                do { try await clock.sleep(for: Self.interval) } catch { return }
            }
        }
    }
}
