import Synchronization

/// Collects a response and hands it over once.
final class WholeResponse: TransferReceiver {
    typealias Outcome = Result<HTTPResponse, HTTPFailure>

    private struct State {
        var response = HTTPResponse(status: 0)
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    private let state = Mutex(State())

    func wait(_ start: () -> Void) async -> Outcome {
        await withCheckedContinuation { continuation in
            state.withLock { $0.continuation = continuation }
            start()
        }
    }

    func begin(_ head: HTTPHead, _ metrics: HTTPMetrics, _ request: CheckedRequest) -> Duration? {
        state.withLock {
            $0.response.status = head.status
            $0.response.headers = head.headers
        }
        return nil
    }

    func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { $0.response.body.append(contentsOf: bytes) }
        return true
    }

    func finish(_ result: Result<Void, HTTPFailure>, _ metrics: HTTPMetrics?) {
        let (continuation, response) = state.withLock { state in
            defer { state = State() }
            if let metrics { state.response.metrics = metrics }
            return (state.continuation, state.response)
        }
        continuation?.resume(returning: result.map { response })
    }
}
