/// A request that may be put on the wire: its address is allowed and nothing in it can break out of its line.
struct CheckedRequest: Sendable {
    let address: HTTPAddress
    let method: String
    /// As libcurl takes them: `Name: value`, and `Name;` for an empty value.
    let headerLines: [String]
    let body: [UInt8]
    let connectTimeout: Duration
    let stallTimeout: Duration
    let responseLimit: Int
    let acceptsCompression: Bool
    let hasUserAgent: Bool

    init(_ request: HTTPRequest, _ configuration: HTTPClientConfiguration) throws(HTTPFailure) {
        do throws(HTTPAddress.Fault) {
            address = try HTTPAddress(request.url)
        } catch {
            throw .invalidRequest(reason: "URL refused: \(error.reason)")
        }
        if let allowsHost = configuration.allowsHost, !allowsHost(address.host, address.port) {
            throw .forbidden(reason: "the host \(address.host):\(address.port) is not allowed")
        }
        guard Self.isToken(request.method) else { throw .invalidRequest(reason: "the method is not a token") }
        guard request.method != "CONNECT" else { throw .invalidRequest(reason: "CONNECT is not a request here") }
        // libcurl's way to ask for no body is to have none.
        guard request.method != "HEAD" || request.body.isEmpty else {
            throw .invalidRequest(reason: "HEAD has no body")
        }
        guard request.responseLimit >= 0 else { throw .invalidRequest(reason: "the response limit is negative") }
        headerLines = try Self.lines(request)
        hasUserAgent = request.headers.contains { HTTPHeaders.areEqual($0.name, "User-Agent") }
        method = request.method
        body = request.body
        connectTimeout = request.connectTimeout.bounded
        stallTimeout = request.stallTimeout.bounded
        responseLimit = request.responseLimit
        acceptsCompression = request.acceptsCompression
    }

    private static func lines(_ request: HTTPRequest) throws(HTTPFailure) -> [String] {
        var lines: [String] = []
        for (name, value) in request.headers {
            guard isToken(name) else { throw .invalidRequest(reason: "a header name is not a token") }
            // From here on the name is harmless and may be named; the value never is.
            guard !["content-length", "transfer-encoding", "expect"].contains(name.lowercased()) else {
                throw .invalidRequest(reason: "\(name) is the client's own business")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidRequest(reason: "the value of \(name) holds a control character")
            }
            // libcurl leaves out a header whose value is blank, unless it is told with a semicolon.
            let isBlank = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
        }
        // libcurl would wait a second for a 100 that many servers never send.
        lines.append("Expect:")
        if !request.headers.contains(where: { HTTPHeaders.areEqual($0.name, "Content-Type") }) {
            // It would also call every body a form.
            lines.append("Content-Type:")
        }
        return lines
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }
}
