/// Bounds how often something may happen: so many at once, and so many a second in the long run.
package struct TokenBucket: Sendable, Equatable {
    private var tokens: Double
    private var filledAt: Timestamp

    /// Full.
    package init(burst: Double, now: Timestamp) {
        tokens = burst
        filledAt = now
    }

    /// `nil` when it may happen now, else after how many seconds to try again, 1...59. A clock that steps back fills
    /// nothing. `perSecond` must be above 0.
    package mutating func take(perSecond: Double, burst: Double, now: Timestamp) -> Int? {
        fill(perSecond: perSecond, burst: burst, now: now)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return Int(min(59, max(1, ((1 - tokens) / perSecond).rounded(.up))))
    }

    /// Whether it is as good as new, so that nothing is lost when it is forgotten.
    package mutating func isFull(perSecond: Double, burst: Double, now: Timestamp) -> Bool {
        fill(perSecond: perSecond, burst: burst, now: now)
        return tokens >= burst
    }

    private mutating func fill(perSecond: Double, burst: Double, now: Timestamp) {
        tokens = min(burst, tokens + max(0, (now - filledAt).seconds) * perSecond)
        filledAt = max(now, filledAt)
    }
}
