import FreshetCore
import Synchronization

/// A wake-up call for one sleeper: fired before or after the sleep begins, it is not lost.
///
/// Waking says only "look again": whoever sleeps must check under its own lock what has changed.
final class Signal: Sendable {
    private enum State {
        case quiet, fired
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func fire() {
        let sleeper: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard case .awaited(let continuation) = state else {
                state = .fired
                return nil
            }
            state = .quiet
            return continuation
        }
        sleeper?.resume()
    }

    /// Returns when fired, or when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFired = state.withLock { state in
                    if case .fired = state {
                        state = .quiet
                        return true
                    }
                    state = .awaited(continuation)
                    return false
                }
                if isFired { continuation.resume() }
            }
        } onCancel: {
            fire()
        }
    }

    /// Returns when fired or at `deadline`, whichever comes first. Cancelling the task ends it, too, with or
    /// without an error: check.
    func wait(until deadline: Timestamp, on clock: any WallClock) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.sleep(until: deadline) }
            group.addTask { await self.wait() }
            try await group.next()
            group.cancelAll()
        }
    }
}
