import CCurl
import Foundation

/// A transfer in libcurl's hands. Lives on the loop's thread and never leaves it; the callbacks below find it through
/// the pointer that libcurl gives back to them, which is good since the loop keeps a flight until its handle is reset.
final class Flight {
    let transfer: Transfer
    let handle: UnsafeMutableRawPointer
    /// `nil` while the consumer, not the peer, is waited for.
    private(set) var deadline: ContinuousClock.Instant?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var head = HeadParser()
    private var received = 0
    /// From the head of a stream on.
    private var stallTimeout: Duration?
    /// Why a callback of ours stopped the transfer; libcurl only knows that it did.
    private var refusal: HTTPFailure?
    private var allowsAddress: (@Sendable (String) -> Bool)?
    private var isAddressRefused = false

    init(_ transfer: Transfer, _ handle: UnsafeMutableRawPointer) {
        self.transfer = transfer
        self.handle = handle
        deadline = transfer.deadline
    }

    /// Frees what libcurl only borrowed. The handle must not be used with it any more.
    func release() {
        curl_slist_free_all(headers)
        headers = nil
    }

    /// Tells the handle everything about the request. What is not set here has libcurl's default.
    func prepare(_ configuration: HTTPClientConfiguration) throws(HTTPFailure) {
        let request = transfer.request
        let isTLS = request.address.scheme == "https"
        try set(CURLOPT_URL, request.address.url)
        try check(freshet_easy_restrict_protocols(handle))
        try set(CURLOPT_PATH_AS_IS, 1)
        // Signals and threads do not mix.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.wholeMilliseconds))
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if isTLS && LibCurl.hasHTTP2 {
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Wait for the first connection to say whether it can be shared before opening a second.
            try set(CURLOPT_PIPEWAIT, 1)
        } else {
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        }
        if let caBundle = configuration.caBundle {
            try set(CURLOPT_CAINFO, caBundle)
            try set(CURLOPT_PROXY_CAINFO, caBundle)
        }
        // Always set, also when empty, or libcurl would look into the process's environment.
        try set(CURLOPT_PROXY, (isTLS ? configuration.proxies.https : configuration.proxies.http) ?? "")
        try set(CURLOPT_NOPROXY, configuration.proxies.except ?? "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if !request.hasUserAgent { try set(CURLOPT_USERAGENT, configuration.userAgent) }
        if request.acceptsCompression { try set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        try prepareMethod(request)
        try prepareHeaders(request)
        try prepareCallbacks(configuration)
    }

    private func prepareMethod(_ request: CheckedRequest) throws(HTTPFailure) {
        if request.method == "HEAD" { return try set(CURLOPT_NOBODY, 1) }
        if request.body.isEmpty && !["POST", "PUT", "PATCH"].contains(request.method) {
            try set(CURLOPT_HTTPGET, 1)
        } else {
            // An empty body of these methods is a body, too: it is announced as `Content-Length: 0`.
            try check(freshet_easy_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count))
            try check(
                request.body.withUnsafeBytes { bytes in
                    bytes.baseAddress.map { freshet_easy_set_copied_body(handle, $0) }
                        ?? freshet_easy_set_copied_body(handle, "")
                })
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func prepareHeaders(_ request: CheckedRequest) throws(HTTPFailure) {
        for line in request.headerLines {
            guard let longer = curl_slist_append(headers, line) else { throw .unreachable(detail: "out of memory") }
            headers = longer
        }
        try check(freshet_easy_set_list(handle, CURLOPT_HTTPHEADER, headers))
    }

    private func prepareCallbacks(_ configuration: HTTPClientConfiguration) throws(HTTPFailure) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(freshet_easy_set_header_callback(handle, takeHeaderLine, context))
        try check(freshet_easy_set_body_callback(handle, takeBody, context))
        if let allowsAddress = configuration.allowsAddress {
            self.allowsAddress = allowsAddress
            try check(freshet_easy_set_socket_callback(handle, makeSocket, context))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPFailure) {
        try check(freshet_easy_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPFailure) {
        try check(freshet_easy_set_text(handle, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPFailure) {
        guard code == CURLE_OK else {
            throw .invalidRequest(reason: "libcurl refuses an option: \(String(cString: curl_easy_strerror(code)))")
        }
    }

    // MARK: What libcurl brings

    /// The bytes that were taken: fewer than offered ends the transfer.
    fileprivate func take(headerLine line: UnsafeRawBufferPointer) -> Int {
        do throws(HTTPFailure) {
            guard let final = try head.take(line) else { return line.count }
            let request = transfer.request
            if let announced = final.bodySize(answering: request), announced > request.responseLimit {
                throw .tooLarge(limit: request.responseLimit)
            }
            if let stallTimeout = transfer.receiver.begin(final, metrics, request) {
                self.stallTimeout = stallTimeout
                deadline = ContinuousClock.now + stallTimeout
            }
            return line.count
        } catch {
            refusal = error
            return 0
        }
    }

    /// As above, or `CURL_WRITEFUNC_PAUSE` to be offered the same bytes later.
    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Int {
        // What a header announced counts for nothing: the bytes that come are counted.
        guard bytes.count <= transfer.request.responseLimit - received else {
            refusal = .tooLarge(limit: transfer.request.responseLimit)
            return 0
        }
        guard transfer.receiver.accept(bytes) else {
            deadline = nil
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        received += bytes.count
        if let stallTimeout { deadline = ContinuousClock.now + stallTimeout }
        return bytes.count
    }

    fileprivate func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if let allowsAddress, !(Self.numericText(address).map(allowsAddress) ?? false) {
            isAddressRefused = true
            return -1
        }
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static func numericText(_ address: UnsafeMutablePointer<curl_sockaddr>) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = withUnsafePointer(to: &address.pointee.addr) {
            getnameinfo($0, address.pointee.addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        }
        return code == 0 ? text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } : nil
    }

    /// The receiver has room again. libcurl may call back before this returns.
    func resume() -> CURLcode {
        if let stallTimeout { deadline = ContinuousClock.now + stallTimeout }
        return curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    // MARK: How it ended

    func result(_ code: CURLcode) -> Result<Void, HTTPFailure> {
        if code == CURLE_OK {
            return head.isComplete ? .success(()) : .failure(.protocolError(detail: "\(place): no response head"))
        }
        return .failure(refusal ?? failure(code))
    }

    private func failure(_ code: CURLcode) -> HTTPFailure {
        let detail = "\(place): \(String(cString: curl_easy_strerror(code)))"
        switch code {
        case CURLE_COULDNT_CONNECT:
            return isAddressRefused
                ? .forbidden(reason: "the address of \(transfer.request.address.host) is not allowed")
                : .unreachable(detail: detail + systemError)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY, CURLE_PARTIAL_FILE,
            CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_OUT_OF_MEMORY,
            CURLE_INTERFACE_FAILED, CURLE_NO_CONNECTION_AVAILABLE, CURLE_AGAIN:
            return .unreachable(detail: detail)
        case CURLE_RECV_ERROR:
            // Also what a proxy that refuses to open a tunnel looks like.
            let answer = long(CURLINFO_HTTP_CONNECTCODE)
            return .unreachable(detail: answer >= 300 ? "\(place): the proxy answered \(answer)" : detail)
        case CURLE_OPERATION_TIMEDOUT:
            // The only timer given to libcurl is the one for connecting.
            return .unreachable(detail: "\(place): no connection within \(transfer.request.connectTimeout)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
            CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_USE_SSL_FAILED:
            return .tls(detail: detail + verificationError)
        case CURLE_URL_MALFORMAT:
            return .invalidRequest(reason: "libcurl does not accept the URL")
        case CURLE_UNSUPPORTED_PROTOCOL:
            return .protocolError(detail: "\(place): the answer is not HTTP")
        default:
            return .protocolError(detail: detail)
        }
    }

    private var place: String { "\(transfer.request.address.host):\(transfer.request.address.port)" }

    private var systemError: String {
        let number = long(CURLINFO_OS_ERRNO)
        guard number > 0, let text = strerror(Int32(truncatingIfNeeded: number)) else { return "" }
        return " (\(String(cString: text)))"
    }

    private var verificationError: String {
        let number = long(CURLINFO_SSL_VERIFYRESULT)
        return number > 0 ? " (\(CertificateFault.text(number)))" : ""
    }

    var metrics: HTTPMetrics {
        var metrics = HTTPMetrics()
        metrics.total = .microseconds(offset(CURLINFO_TOTAL_TIME_T))
        metrics.firstByte = .microseconds(offset(CURLINFO_STARTTRANSFER_TIME_T))
        metrics.reusedConnection = long(CURLINFO_NUM_CONNECTS) == 0 && offset(CURLINFO_PRETRANSFER_TIME_T) > 0
        if !metrics.reusedConnection {
            metrics.connect = .microseconds(max(offset(CURLINFO_CONNECT_TIME_T), offset(CURLINFO_APPCONNECT_TIME_T)))
        }
        metrics.bytesReceived = offset(CURLINFO_SIZE_DOWNLOAD_T)
        metrics.bytesSent = offset(CURLINFO_SIZE_UPLOAD_T)
        metrics.httpVersion =
            switch long(CURLINFO_HTTP_VERSION) {
            case CURL_HTTP_VERSION_1_0: "1.0"
            case CURL_HTTP_VERSION_1_1: "1.1"
            case CURL_HTTP_VERSION_2_0: "2"
            default: ""
            }
        return metrics
    }

    /// Zero when libcurl does not know.
    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        return freshet_easy_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    private func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return freshet_easy_get_offset(handle, info, &value) == CURLE_OK ? Int(value) : 0
    }
}

extension Duration {
    /// Rounded towards zero. Only for durations that are bounded.
    fileprivate var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

// MARK: The callbacks, as C calls them

private func flight(_ context: UnsafeMutableRawPointer?) -> Flight? {
    context.map { Unmanaged<Flight>.fromOpaque($0).takeUnretainedValue() }
}

private func takeHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    flight(context)?.take(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func takeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    flight(context)?.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func makeSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let flight = flight(context), let address else { return -1 }
    return flight.openSocket(address)
}
