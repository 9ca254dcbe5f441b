/// Sends HTTP requests. Connections are kept and reused, HTTP/2 is spoken where TLS agrees on it, and everything runs on
/// one thread of the client's own: no call blocks the caller's.
///
/// Cancelling the calling task closes the request's connection at once. Credentials and any other header that is not
/// known to be harmless never follow a redirect to another scheme, host or port.
package final class HTTPClient: Sendable {
    private let configuration: HTTPClientConfiguration
    private let loop: TransferLoop

    /// Throws `HTTPClientUnavailable` when libcurl lacks something, or the authorities' file cannot be read.
    package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws {
        try LibCurl.check()
        try configuration.check()
        self.configuration = configuration
        loop = try TransferLoop(configuration)
    }

    deinit { loop.stop() }

    /// Ends every request and stream that is under way, each with `.closed`, and refuses new ones.
    package func close() { loop.stop() }

    /// The whole response, of whatever status.
    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let start = ContinuousClock.now
        var hop = Hop(request, deadline: start + request.deadline.bounded)
        while true {
            let checked = try CheckedRequest(hop.request, configuration)
            var response = try await loop.whole(checked, until: hop.deadline)
            if let next = try hop.next(after: response.status, response.headers, from: checked.address) {
                hop = next
                continue
            }
            response.metrics.total = ContinuousClock.now - start
            response.metrics.redirects = hop.count
            return response
        }
    }

    /// The head of the response, with the body to follow as it arrives.
    package func stream(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPStream {
        var hop = Hop(request, deadline: ContinuousClock.now + request.deadline.bounded)
        while true {
            let checked = try CheckedRequest(hop.request, configuration)
            let (head, transfer, body) = try await loop.streamed(checked, until: hop.deadline)
            // Until the stream is handed over its owner is here, so a throw lets the connection go.
            let stream = HTTPStream(head, HTTPBody(body, client: self, loop: loop, transfer: transfer))
            guard let next = try hop.next(after: head.status, head.headers, from: checked.address) else {
                return stream
            }
            hop = next
        }
    }
}

extension Duration {
    /// At most a year, so that no sum with an instant overflows.
    var bounded: Duration { min(self, .seconds(365 * 86_400)) }
}
