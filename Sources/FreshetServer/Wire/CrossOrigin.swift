import NIOCore

/// What a browser is told about pages of other origins (WHATWG Fetch, "CORS protocol"): only those that are configured,
/// compared exactly, may read answers. No cookies are involved, so none are allowed.
struct CrossOrigin: Sendable {
    /// The page's, where it is one of the configured; else the answer only says that it depends on it.
    let allowed: String?

    init(_ head: RequestHead, allowed origins: Set<String>) {
        let lines = head.values("origin")
        // The grammar of an origin is ASCII; a set of our own texts decides.
        let text = lines.count == 1 ? String(decoding: lines[0], as: UTF8.self) : ""
        allowed = origins.contains(text) ? text : nil
    }

    /// Whether the request only asks if another one would be allowed.
    func isPreflight(_ head: RequestHead) -> Bool {
        allowed != nil && head.method == .options && head.values("access-control-request-method").count == 1
    }

    func write(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("vary: Origin\r\n")
        guard let allowed else { return }
        buffer.writeStaticString("access-control-allow-origin: ")
        buffer.writeString(allowed)
        buffer.writeStaticString("\r\naccess-control-expose-headers: Location, Retry-After, X-Request-Id\r\n")
    }
}
