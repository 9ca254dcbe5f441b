/// Why a request has no response. One case per thing that a caller does differently; the texts are safe to log: a host
/// and a reason, never a path, a query, a header or a body.
package enum HTTPFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The task was cancelled, or the stream was let go.
    case cancelled
    /// The deadline passed, or a stream fell silent. The peer may have acted on the request.
    case timedOut
    /// No connection, or one that broke before the response was complete. Worth another try.
    case unreachable(detail: String)
    /// TLS could not be agreed or the certificate does not hold. A person must look.
    case tls(detail: String)
    /// The body was about to exceed the limit, in bytes.
    case tooLarge(limit: Int)
    /// The request cannot be sent as it is. Nothing was sent.
    case invalidRequest(reason: String)
    /// Our own rules forbid the address: the host or its address is not allowed, or a redirect would leave https or
    /// carry a body to another host. Nothing was sent there.
    case forbidden(reason: String)
    /// The peer does not speak HTTP as it should, or redirects without end.
    case protocolError(detail: String)
    /// The client was closed.
    case closed

    package var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .timedOut: "no complete answer in time"
        case .unreachable(let detail): "unreachable: \(detail)"
        case .tls(let detail): "TLS failed: \(detail)"
        case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .invalidRequest(let reason): "the request is not valid: \(reason)"
        case .forbidden(let reason): "not allowed: \(reason)"
        case .protocolError(let detail): "the peer broke the protocol: \(detail)"
        case .closed: "the HTTP client is closed"
        }
    }

    /// Bounded, for metric labels.
    package var label: String {
        switch self {
        case .cancelled: "cancelled"
        case .timedOut: "timed_out"
        case .unreachable: "unreachable"
        case .tls: "tls"
        case .tooLarge: "too_large"
        case .invalidRequest: "invalid_request"
        case .forbidden: "forbidden"
        case .protocolError: "protocol_error"
        case .closed: "closed"
        }
    }
}
