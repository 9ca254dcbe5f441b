/// A whole response. Any status is a response: what 404 or 500 means is the caller's business.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// Of the final response: nothing of 1xx, of redirects that were followed, or of trailers.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    package var metrics: HTTPMetrics

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], metrics: HTTPMetrics = HTTPMetrics()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.metrics = metrics
    }
}

/// What a request cost. Where redirects were followed, `total` covers them all and the rest describes the last one.
package struct HTTPMetrics: Sendable, Equatable {
    /// From the call until the last byte; for a stream, until now or its end.
    package var total: Duration = .zero
    /// Name look-up, TCP and TLS; zero on a reused connection.
    package var connect: Duration = .zero
    /// Until the first byte of the response, connecting included.
    package var firstByte: Duration = .zero
    /// Of the body as it came over the wire, before decoding.
    package var bytesReceived: Int = 0
    /// Of the request's body.
    package var bytesSent: Int = 0
    package var reusedConnection = false
    /// `1.0`, `1.1`, `2`; empty where no answer came.
    package var httpVersion = ""
    package var redirects = 0

    package init() {}
}
