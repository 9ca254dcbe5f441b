import CCurl
import Foundation

extension HTTPFailure {
    /// What libcurl's code for a transfer that failed means to a caller. The text names the host, and libcurl's and the
    /// system's constant sentences; nothing of the request or the answer.
    init(_ code: CURLcode, of handle: EasyHandle, for request: CheckedRequest) {
        let place = "\(request.address.host):\(request.address.port)"
        let detail = "\(place): \(String(cString: curl_easy_strerror(code)))"
        switch code {
        case CURLE_COULDNT_CONNECT:
            self = .unreachable(detail: detail + Self.systemError(handle))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY, CURLE_PARTIAL_FILE,
            CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_OUT_OF_MEMORY,
            CURLE_NO_CONNECTION_AVAILABLE:
            self = .unreachable(detail: detail)
        case CURLE_RECV_ERROR:
            // Also what a proxy that refuses to open a tunnel looks like.
            let answer = handle.long(CURLINFO_HTTP_CONNECTCODE)
            self = .unreachable(detail: answer >= 300 ? "\(place): the proxy answered \(answer)" : detail)
        case CURLE_OPERATION_TIMEDOUT:
            // The only timer given to libcurl is the one for connecting.
            self = .unreachable(detail: "\(place): no connection within \(request.connectTimeout)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_USE_SSL_FAILED:
            self = .tls(detail: detail + Self.verificationError(handle))
        case CURLE_URL_MALFORMAT:
            self = .invalidRequest(reason: "libcurl does not accept the URL")
        case CURLE_UNSUPPORTED_PROTOCOL:
            self = .protocolError(detail: "\(place): the answer is not HTTP")
        default:
            self = .protocolError(detail: detail)
        }
    }

    private static func systemError(_ handle: EasyHandle) -> String {
        let number = handle.long(CURLINFO_OS_ERRNO)
        guard number > 0, let text = strerror(Int32(truncatingIfNeeded: number)) else { return "" }
        return " (\(String(cString: text)))"
    }

    private static func verificationError(_ handle: EasyHandle) -> String {
        let number = handle.long(CURLINFO_SSL_VERIFYRESULT)
        return number > 0 ? " (\(CertificateFault.text(number)))" : ""
    }
}
