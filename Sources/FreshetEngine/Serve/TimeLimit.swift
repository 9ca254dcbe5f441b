import FreshetCore
import Synchronization

/// Waits for work no longer than until a moment.
struct TimeLimit: Sendable {
    /// The moment came first.
    struct Exceeded: Error {}

    let moment: Timestamp
    let clock: any WallClock

    /// What `work` returns or throws, or `Exceeded`, whichever is first.
    ///
    /// Work that is late is cancelled and no longer waited for: it may go on for a while where it does not look for
    /// cancellation, such as a call to a model that others wait for, too. It ends by itself.
    func value<Value: Sendable>(of work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let race = Race<Value>()
        let worker = Task(executorPreference: BlockingReads.executor) {
            do { race.end(.success(try await work())) } catch { race.end(.failure(error)) }
        }
        let timer = Task {
            // Cancelled when the work was faster.
            do { try await clock.sleep(until: moment) } catch { return }
            race.end(.failure(Exceeded()))
        }
        defer {
            worker.cancel()
            timer.cancel()
        }
        return try await withTaskCancellationHandler {
            try await race.result()
        } onCancel: {
            race.end(.failure(CancellationError()))
        }
    }
}

/// The first result of several, for one who waits.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case over(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    func end(_ result: Result<Value, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .open:
                state = .over(result)
                return nil
            case .awaited(let continuation):
                state = .over(result)
                return continuation
            case .over: return nil
            }
        }
        waiter?.resume(with: result)
    }

    func result() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Value, any Error>? in
                if case .over(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
