package import FreshetCore
import Synchronization

/// Wakes one waiting loop. A signal given while nobody waits is kept; several count as one.
package final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func raise() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { state.isRaised = true }
            return waiter
        }
        waiter?.resume()
    }

    /// Returns when raised, at `deadline`, or when the task is cancelled. One waiter at a time.
    package func wait(until deadline: Timestamp, by clock: any WallClock) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                // Cancelled when the signal came first; either way the wait is over.
                do { try await clock.sleep(until: deadline) } catch {}
                self.raise()
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isRaised = state.withLock { state in
                        precondition(state.waiter == nil, "a signal has one waiter")
                        if state.isRaised { return true }
                        state.waiter = continuation
                        return false
                    }
                    if isRaised { continuation.resume() }
                }
            } onCancel: {
                self.raise()
            }
            group.cancelAll()
        }
        state.withLock { $0.isRaised = false }
    }
}
