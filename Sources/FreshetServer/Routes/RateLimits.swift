import FreshetCore
import Synchronization

/// How much whoever has proved who they are may ask: a bucket for each token, so that one's flood is its own.
final class RateLimits: Sendable {
    enum Asker: Hashable, Sendable {
        case operators
        case token(CompanyID, Int64)
        /// By a token that somebody else signed: a new one must not be a new allowance.
        case user(CompanyID, String)

        init(_ bearer: Bearer) {
            self =
                if let id = bearer.tokenID { .token(bearer.company, id) } else { .user(bearer.company, bearer.actor) }
        }
    }

    private let perSecond: Double
    private let burst: Double
    private let buckets = Mutex<[Asker: TokenBucket]>([:])
    /// From here on those that are full are forgotten; an issuer may have any number of users.
    private static let most = 20_000

    /// - Parameter perSecond: 0 switches the limit off.
    init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = Double(burst)
    }

    /// `nil` when it may pass, else after how many seconds to try again, 1...59.
    func take(_ asker: Asker, now: Timestamp) -> Int? {
        guard perSecond > 0 else { return nil }
        return buckets.withLock { buckets in
            if buckets.count >= Self.most, buckets[asker] == nil { forget(&buckets, now) }
            return buckets[asker, default: TokenBucket(burst: burst, now: now)]
                .take(perSecond: perSecond, burst: burst, now: now)
        }
    }

    /// Those that are full; where none is, all of them, which favours nobody for long.
    private func forget(_ buckets: inout [Asker: TokenBucket], _ now: Timestamp) {
        for key in Array(buckets.keys)
        where buckets[key]?.isFull(perSecond: perSecond, burst: burst, now: now) ?? true {
            buckets[key] = nil
        }
        if buckets.count >= Self.most { buckets.removeAll(keepingCapacity: true) }
    }
}
