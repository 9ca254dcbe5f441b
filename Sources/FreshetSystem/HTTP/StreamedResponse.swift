import Synchronization

/// Hands a response over piece by piece, holding a bounded number of bytes between the peer and a slower consumer.
final class StreamedResponse: TransferReceiver {
    typealias HeadOutcome = Result<HTTPHead, HTTPFailure>
    typealias Outcome = Result<[UInt8]?, HTTPFailure>

    private struct State {
        var headWaiter: CheckedContinuation<HeadOutcome, Never>?
        var waiter: CheckedContinuation<Outcome, Never>?
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, HTTPFailure>?
        var metrics = HTTPMetrics()
    }

    private let limit: Int
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var metrics: HTTPMetrics {
        let elapsed = ContinuousClock.now - start
        return state.withLock { state in
            var metrics = state.metrics
            if state.end == nil { metrics.total = elapsed }
            return metrics
        }
    }

    func head(_ start: () -> Void) async -> HeadOutcome {
        await withCheckedContinuation { continuation in
            state.withLock { $0.headWaiter = continuation }
            start()
        }
    }

    /// What has arrived, or what arrives next; `nil` at the end. Asks for `resume` when a full buffer has room again.
    func next(resume: () -> Void) async -> Outcome {
        await withCheckedContinuation { continuation in
            let (outcome, mustResume): (Outcome?, Bool) = state.withLock { state in
                precondition(state.waiter == nil, "a stream has one consumer")
                if case .failure(.cancelled)? = state.end { return (.failure(.cancelled), false) }
                if !state.buffer.isEmpty {
                    let wasPaused = state.isPaused
                    state.isPaused = false
                    defer { state.buffer = [] }
                    return (.success(state.buffer), wasPaused)
                }
                if let end = state.end { return (end.map { nil }, false) }
                state.waiter = continuation
                return (nil, false)
            }
            if mustResume { resume() }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    func begin(_ head: HTTPHead, _ metrics: HTTPMetrics, _ request: CheckedRequest) -> Duration? {
        let waiter = state.withLock { state in
            state.metrics = metrics
            return state.headWaiter.take()
        }
        waiter?.resume(returning: .success(head))
        return request.stallTimeout
    }

    func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (waiter, accepted): (CheckedContinuation<Outcome, Never>?, Bool) = state.withLock { state in
            if let waiter = state.waiter.take() { return (waiter, true) }
            guard state.buffer.count < limit else {
                state.isPaused = true
                return (nil, false)
            }
            state.buffer.append(contentsOf: bytes)
            return (nil, true)
        }
        waiter?.resume(returning: .success(Array(bytes)))
        return accepted
    }

    /// Only the first end counts: a consumer who was cancelled may end the stream before the loop does.
    func finish(_ result: Result<Void, HTTPFailure>, _ metrics: HTTPMetrics?) {
        let (headWaiter, waiter) = state.withLock { state in
            if state.end == nil { state.end = result }
            if let metrics { state.metrics = metrics }
            return (state.headWaiter.take(), state.waiter.take())
        }
        // A transfer that succeeds without a head does not exist: the loop has made a failure of it.
        headWaiter?.resume(returning: result.flatMap { .failure(.protocolError(detail: "no response head")) })
        waiter?.resume(returning: result.map { nil })
    }
}
