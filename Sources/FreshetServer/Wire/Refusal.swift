/// Why a request gets no answer from anybody but the server itself.
///
/// The raw value is a word for counters and logs; it never reaches the sender. What the sender gets is the status with a
/// fixed text, so an answer cannot hold anything of the request.
package enum Refusal: String, Error, Sendable, CaseIterable {
    // Framing: the rest of the connection cannot be trusted.
    case requestLine = "request_line"
    case version
    case target
    case targetTooLong = "target_too_long"
    case controlCharacter = "control_character"
    case lineEnd = "line_end"
    case fieldLine = "field_line"
    case fieldsTooLarge = "fields_too_large"
    case host
    case contentLength = "content_length"
    case transferCoding = "transfer_coding"
    case chunk
    case truncated
    case methodNotImplemented = "method_not_implemented"

    // Routing and what is declared.
    case path
    case method
    /// Would echo what it was sent; nobody who means well sends it.
    case trace
    case contentCoding = "content_coding"
    case contentType = "content_type"
    case bodyTooLarge = "body_too_large"

    // Time.
    case headerDeadline = "header_deadline"
    case requestDeadline = "request_deadline"

    package var status: Int {
        switch self {
        case .requestLine, .target, .controlCharacter, .lineEnd, .fieldLine, .host, .contentLength, .transferCoding,
            .chunk, .truncated:
            400
        case .path: 404
        case .method, .trace: 405
        case .headerDeadline, .requestDeadline: 408
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .contentCoding, .contentType: 415
        case .fieldsTooLarge: 431
        case .methodNotImplemented: 501
        case .version: 505
        }
    }

    /// Whether the connection ends even if the sender would keep it. Others end it only where a body is left unread.
    var closes: Bool {
        switch self {
        case .path, .method, .contentCoding, .contentType: false
        default: true
        }
    }

    var detail: StaticString {
        switch self {
        case .requestLine, .target, .controlCharacter, .lineEnd, .fieldLine, .host, .truncated:
            "The request is not valid HTTP/1.1."
        case .contentLength, .transferCoding, .chunk:
            "The length of the request's body cannot be told."
        case .path: "There is nothing at this path."
        case .method, .trace: "This path does not answer this method; see the Allow header."
        case .headerDeadline, .requestDeadline: "The request took too long to arrive."
        case .bodyTooLarge: "The body is larger than this path accepts."
        case .targetTooLong: "The request target is too long."
        case .contentCoding: "The body must not be content-coded."
        case .contentType: "The body must be application/json in UTF-8."
        case .fieldsTooLarge: "The header fields are too large or too many."
        case .methodNotImplemented: "This method is not served."
        case .version: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        }
    }
}
