/// A response whose body is read as it arrives. Letting go of it before the end closes the connection.
package struct HTTPStream: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: HTTPBody

    init(_ head: HTTPHead, _ body: HTTPBody) {
        status = head.status
        headers = head.headers
        self.body = body
    }

    /// As of now; final once the body has ended.
    package var metrics: HTTPMetrics { body.metrics }
}

/// The bytes of a response, in pieces of whatever size is there; never an empty piece.
///
/// For one consumer, once: pieces that were taken do not come again. A consumer who lags holds the peer back, since
/// no more than `HTTPClientConfiguration.streamBuffer` bytes wait for it. Cancelling the task that waits ends the
/// stream with `.cancelled`.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPFailure

    private let owner: Owner

    init(_ response: StreamedResponse, client: HTTPClient, loop: TransferLoop, transfer: Transfer) {
        owner = Owner(response, client: client, loop: loop, transfer: transfer)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(owner: owner) }

    var metrics: HTTPMetrics { owner.response.metrics }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let owner: Owner

        package mutating func next() async throws(HTTPFailure) -> [UInt8]? { try await owner.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPFailure) -> [UInt8]? {
            try await owner.next()
        }
    }

    /// Ends the transfer when nobody can read it any more, and keeps the client alive until then.
    fileprivate final class Owner: Sendable {
        let response: StreamedResponse
        private let client: HTTPClient
        private let loop: TransferLoop
        private let transfer: Transfer

        init(_ response: StreamedResponse, client: HTTPClient, loop: TransferLoop, transfer: Transfer) {
            self.response = response
            self.client = client
            self.loop = loop
            self.transfer = transfer
        }

        deinit { loop.cancel(transfer) }

        func next() async throws(HTTPFailure) -> [UInt8]? {
            let result = await withTaskCancellationHandler {
                await response.next { loop.resume(transfer) }
            } onCancel: {
                response.finish(.failure(.cancelled), nil)
                loop.cancel(transfer)
            }
            return try result.get()
        }
    }
}
