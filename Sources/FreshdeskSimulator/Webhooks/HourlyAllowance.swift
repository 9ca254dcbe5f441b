import Synchronization

/// How many calls an account's automation rules may make in an hour; what is more waits for the next one.
final class HourlyAllowance: Sendable {
    /// What waits longer is dropped.
    static let patience: Int64 = 24 * 3600 * 1000
    private static let hour: Int64 = 3600 * 1000

    private let limit: Int
    private let state = Mutex<(opened: Int64, used: Int)>((.min / 2, 0))

    init(limit: Int) { self.limit = limit }

    /// `nil` when the call may go now; else when to ask again. Times are in milliseconds.
    func take(at now: Int64) -> Int64? {
        state.withLock { state in
            if now < state.opened || now >= state.opened + Self.hour { state = (now, 0) }
            guard state.used < limit else { return state.opened + Self.hour }
            state.used += 1
            return nil
        }
    }
}
