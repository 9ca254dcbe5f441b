/// An HTTP request as a caller states it. Checked when it is sent, and refused as `HTTPFailure.invalidRequest` before a
/// byte leaves.
///
/// - `method` and header names are tokens (RFC 9110, 5.6.2); header values hold no control characters but tab.
/// - `Content-Length`, `Transfer-Encoding` and `Expect` belong to the client and are refused.
/// - `url` is absolute, `http` or `https`, and holds no user name or password.
/// - Idempotent or not, a request is sent a second time without a word when a reused connection turns out to have been
///   closed by the peer before a single byte of an answer.
package struct HTTPRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// For `send`, the whole call: waiting for a free connection, redirects and the last byte of the body. For
    /// `stream`, until the head of the response has arrived; from then on `stallTimeout` rules.
    package var deadline: Duration
    /// From the start of a connection until TCP and TLS stand; then the failure is `.unreachable`.
    package var connectTimeout: Duration
    /// Of a stream whose head has arrived: the longest silence, while we are ready to read. Then it is `.timedOut`.
    package var stallTimeout: Duration
    /// In bytes of body, after decoding. One more and the failure is `.tooLarge`.
    package var responseLimit: Int
    /// 0 hands a 3xx to the caller. Beyond the limit the failure is `.protocolError`.
    package var maxRedirects: Int
    /// Offers gzip and decodes it. `Content-Encoding` and `Content-Length` then still describe the coded body.
    package var acceptsCompression: Bool

    package init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        deadline: Duration = .seconds(30), connectTimeout: Duration = .seconds(10),
        stallTimeout: Duration = .seconds(60), responseLimit: Int = 16 << 20, maxRedirects: Int = 0,
        acceptsCompression: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.responseLimit = responseLimit
        self.maxRedirects = maxRedirects
        self.acceptsCompression = acceptsCompression
    }
}
