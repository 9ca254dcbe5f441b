import CCurl

/// An absolute http or https URL, read by the parser that libcurl itself connects by, so that what was checked is what
/// is contacted.
struct HTTPAddress: Sendable, Equatable {
    /// Without fragment.
    let url: String
    /// `http` or `https`.
    let scheme: String
    /// Lower case; an IPv6 address without brackets, an IPv4 address in its usual spelling.
    let host: String
    let port: Int

    /// Why a text is not such an address.
    enum Fault: Error, Equatable {
        case malformed, scheme, credentials

        var reason: String {
            switch self {
            case .malformed: "it is not a well-formed URL"
            case .scheme: "only http and https are spoken"
            case .credentials: "a user name or password does not belong into a URL: use a header"
            }
        }
    }

    init(_ url: String) throws(Fault) { try self.init([url]) }

    /// A reference as RFC 3986, section 5 resolves it against this address.
    func resolving(_ reference: String) throws(Fault) -> HTTPAddress { try HTTPAddress([url, reference]) }

    /// What credentials and connections belong to.
    struct Origin: Hashable, Sendable {
        let scheme: String
        let host: String
        let port: Int
    }

    var origin: Origin { Origin(scheme: scheme, host: host, port: port) }

    private init(_ references: [String]) throws(Fault) {
        let parser = try Parser()
        for reference in references {
            // White space and controls are refused here: versions of libcurl differ in which ones they let through.
            guard !reference.isEmpty, !reference.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
                throw .malformed
            }
            // libcurl takes `http:///a` and `http:/a` for `http://a`; whoever checks an address should not have to know.
            for scheme in ["http:", "https:"] where reference.lowercased().hasPrefix(scheme) {
                let rest = reference.utf8.dropFirst(scheme.utf8.count)
                guard rest.starts(with: "//".utf8), let next = rest.dropFirst(2).first, !"/\\".utf8.contains(next)
                else {
                    throw .malformed
                }
            }
            try parser.set(reference)
        }
        scheme = try parser.part(CURLUPART_SCHEME)
        guard scheme == "http" || scheme == "https" else { throw .scheme }
        let host = try parser.part(CURLUPART_HOST).lowercased()
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host
        guard !self.host.isEmpty, let port = Int(try parser.part(CURLUPART_PORT)), (1...65535).contains(port) else {
            throw .malformed
        }
        self.port = port
        url = try parser.whole()
    }

    private struct Parser: ~Copyable {
        private let handle: OpaquePointer

        init() throws(Fault) {
            guard let handle = curl_url() else { throw .malformed }
            self.handle = handle
        }

        deinit { curl_url_cleanup(handle) }

        func set(_ text: String) throws(Fault) {
            let flags = UInt32(CURLU_DISALLOW_USER) | UInt32(CURLU_PATH_AS_IS) | UInt32(CURLU_NON_SUPPORT_SCHEME)
            switch curl_url_set(handle, CURLUPART_URL, text, flags) {
            case CURLUE_OK: return
            case CURLUE_USER_NOT_ALLOWED: throw .credentials
            case CURLUE_UNSUPPORTED_SCHEME: throw .scheme
            default: throw .malformed
            }
        }

        func part(_ part: CURLUPart) throws(Fault) -> String {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
                throw .malformed
            }
            defer { curl_free(text) }
            return String(cString: text)
        }

        func whole() throws(Fault) -> String {
            guard curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK else { throw .malformed }
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, CURLUPART_URL, &text, 0) == CURLUE_OK, let text else { throw .malformed }
            defer { curl_free(text) }
            return String(cString: text)
        }
    }
}
