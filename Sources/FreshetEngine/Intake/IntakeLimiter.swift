package import FreshetCore
import Synchronization

/// How many deliveries one company may bring: a token bucket each, so that one company's flood is its own.
///
/// The burst is large because a bulk change at the help desk is honest; the rate bounds what goes on for ever.
package final class IntakeLimiter: Sendable {
    private let perSecond: Double
    private let burst: Double
    private let buckets = Mutex<[CompanyID: TokenBucket]>([:])

    /// - Parameters:
    ///   - perSecond: deliveries a second in the long run; 0 switches the limit off.
    ///   - burst: deliveries at once, at least 1.
    package init(perSecond: Double, burst: Double) {
        precondition(perSecond >= 0 && burst >= 1)
        self.perSecond = perSecond
        self.burst = burst
    }

    /// `nil` when the delivery may pass, else after how many seconds to try again, 1...59. Only authentic deliveries are
    /// counted, so the table holds existing companies only.
    package func take(for company: CompanyID, now: Timestamp) -> Int? {
        guard perSecond > 0 else { return nil }
        return buckets.withLock { buckets in
            buckets[company, default: TokenBucket(burst: burst, now: now)]
                .take(perSecond: perSecond, burst: burst, now: now)
        }
    }
}
