import CCurl
import Foundation

/// A transfer in libcurl's hands. Lives on the loop's thread and never leaves it; the callbacks below find it through
/// the pointer that libcurl gives back to them, which is good since the loop keeps a flight until its handle is reset.
final class Flight {
    let transfer: Transfer
    let handle: EasyHandle
    /// `nil` while the consumer, not the peer, is waited for.
    private(set) var deadline: ContinuousClock.Instant?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var head = HeadParser()
    /// Whether the head came over HTTP/2; for the loop, which resets it.
    var hasAnsweredOverHTTP2 = false
    private var received = 0
    /// From the head of a stream on.
    private var stallTimeout: Duration?
    /// Why a callback of ours stopped the transfer; libcurl only knows that it did.
    private var refusal: HTTPFailure?
    private var allowsAddress: (@Sendable (String) -> Bool)?
    private var isAddressRefused = false

    init(_ transfer: Transfer, _ handle: EasyHandle) {
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
        try handle.set(CURLOPT_URL, request.address.url)
        try EasyHandle.check(freshet_easy_restrict_protocols(handle.pointer))
        try handle.set(CURLOPT_PATH_AS_IS, 1)
        // Signals and threads do not mix.
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.wholeMilliseconds))
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if isTLS && LibCurl.hasHTTP2 {
            try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        } else {
            try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        }
        if let caBundle = configuration.caBundle {
            try handle.set(CURLOPT_CAINFO, caBundle)
            try handle.set(CURLOPT_PROXY_CAINFO, caBundle)
        }
        // Always set, also when empty, or libcurl would look into the process's environment.
        try handle.set(CURLOPT_PROXY, (isTLS ? configuration.proxies.https : configuration.proxies.http) ?? "")
        try handle.set(CURLOPT_NOPROXY, configuration.proxies.except ?? "")
        try handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if !request.hasUserAgent { try handle.set(CURLOPT_USERAGENT, configuration.userAgent) }
        if request.acceptsCompression { try handle.set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        try prepareMethod(request)
        try prepareHeaders(request)
        try prepareCallbacks(configuration)
    }

    private func prepareMethod(_ request: CheckedRequest) throws(HTTPFailure) {
        if request.method == "HEAD" { return try handle.set(CURLOPT_NOBODY, 1) }
        if request.body.isEmpty && !["POST", "PUT", "PATCH"].contains(request.method) {
            try handle.set(CURLOPT_HTTPGET, 1)
        } else {
            // An empty body of these methods is a body, too: it is announced as `Content-Length: 0`.
            try EasyHandle.check(
                freshet_easy_set_offset(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count))
            try EasyHandle.check(
                request.body.withUnsafeBytes { bytes in
                    bytes.baseAddress.map { freshet_easy_set_copied_body(handle.pointer, $0) }
                        ?? freshet_easy_set_copied_body(handle.pointer, "")
                })
        }
        try handle.set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func prepareHeaders(_ request: CheckedRequest) throws(HTTPFailure) {
        for line in request.headerLines {
            guard let longer = curl_slist_append(headers, line) else { throw .unreachable(detail: "out of memory") }
            headers = longer
        }
        try EasyHandle.check(freshet_easy_set_list(handle.pointer, CURLOPT_HTTPHEADER, headers))
    }

    private func prepareCallbacks(_ configuration: HTTPClientConfiguration) throws(HTTPFailure) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try EasyHandle.check(freshet_easy_set_header_callback(handle.pointer, takeHeaderLine, context))
        try EasyHandle.check(freshet_easy_set_body_callback(handle.pointer, takeBody, context))
        if let allowsAddress = configuration.allowsAddress {
            self.allowsAddress = allowsAddress
            try EasyHandle.check(freshet_easy_set_socket_callback(handle.pointer, makeSocket, context))
        }
    }

    // MARK: What libcurl brings

    /// The bytes that were taken: fewer than offered ends the transfer.
    fileprivate func take(headerLine line: UnsafeRawBufferPointer) -> Int {
        do throws(HTTPFailure) {
            guard let final = try head.take(line) else { return line.count }
            let request = transfer.request
            hasAnsweredOverHTTP2 = handle.long(CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0
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
        return curl_easy_pause(handle.pointer, CURLPAUSE_CONT)
    }

    // MARK: How it ended

    func result(_ code: CURLcode) -> Result<Void, HTTPFailure> {
        if code == CURLE_OK {
            return head.isComplete ? .success(()) : .failure(.protocolError(detail: "no response head"))
        }
        if code == CURLE_COULDNT_CONNECT && isAddressRefused {
            return .failure(.forbidden(reason: "the address of \(transfer.request.address.host) is not allowed"))
        }
        return .failure(refusal ?? HTTPFailure(code, of: handle, for: transfer.request))
    }

    var metrics: HTTPMetrics { HTTPMetrics(of: handle) }
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
