package import FreshetCore
import Synchronization

/// How many deliveries one company may bring: a token bucket each, so that one company's flood is its own.
///
/// The burst is large because a bulk change at the help desk is honest; the rate bounds what goes on for ever.
package final class IntakeLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: Timestamp
    }

    private let perSecond: Double
    private let burst: Double
    private let buckets = Mutex<[CompanyID: Bucket]>([:])

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
            var bucket = buckets[company] ?? Bucket(tokens: burst, filledAt: now)
            let elapsed = max(0, (now - bucket.filledAt).seconds)
            bucket.tokens = min(burst, bucket.tokens + elapsed * perSecond)
            bucket.filledAt = max(now, bucket.filledAt)
            defer { buckets[company] = bucket }
            if bucket.tokens >= 1 {
                bucket.tokens -= 1
                return nil
            }
            return Int(min(59, max(1, ((1 - bucket.tokens) / perSecond).rounded(.up))))
        }
    }
}
