import NIOCore

/// A whole answer that the server gives itself, without Hummingbird: the webhooks' answers and every refusal.
struct Answer: Sendable {
    var status: Int
    /// Beside those that every answer has. Our own texts: they are not checked.
    var fields: [(name: StaticString, value: String)] = []
    var isProblem = true
    var body: [UInt8]

    /// A problem document (RFC 9457) whose texts are all fixed.
    init(problem status: Int, detail: StaticString, fields: [(name: StaticString, value: String)] = []) {
        self.status = status
        self.fields = fields
        body = Problem.body(status: status, detail: String(describing: detail))
    }

    /// 202, the only success of a webhook.
    static let accepted = Answer(
        status: 202, fields: [], isProblem: false, body: Array(#"{"status":"accepted"}"#.utf8))

    /// 204 to a browser that asks whether a page of another origin may ask. `methods` as in an Allow header.
    static func preflight(methods: String) -> Answer {
        Answer(
            status: 204,
            fields: [
                ("access-control-allow-methods", methods),
                ("access-control-allow-headers", "Authorization, Content-Type, X-Request-Id"),
                ("access-control-max-age", "600"),
            ], isProblem: false, body: [])
    }

    private init(status: Int, fields: [(name: StaticString, value: String)], isProblem: Bool, body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.isProblem = isProblem
        self.body = body
    }

    /// Writes head and body. `omitsBody` is for HEAD: the length stays as it would be.
    func write(
        into buffer: inout ByteBuffer, date: [UInt8], requestID: [UInt8], crossOrigin: CrossOrigin?, closes: Bool,
        omitsBody: Bool
    ) {
        StatusLine.write(status, into: &buffer)
        // 204 has neither content nor a length (RFC 9110, section 8.6).
        if status != 204 {
            buffer.writeStaticString(
                isProblem ? "content-type: application/problem+json\r\n" : "content-type: application/json\r\n")
            buffer.writeStaticString("content-length: ")
            buffer.writeString(String(body.count))
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("cache-control: no-store\r\nx-content-type-options: nosniff\r\n")
        for field in fields {
            buffer.writeStaticString(field.name)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        crossOrigin?.write(into: &buffer)
        Self.writeEnd(into: &buffer, date: date, requestID: requestID, closes: closes)
        if !omitsBody { buffer.writeBytes(body) }
    }

    /// The fields that every answer ends with, and the empty line.
    static func writeEnd(into buffer: inout ByteBuffer, date: [UInt8], requestID: [UInt8], closes: Bool) {
        buffer.writeStaticString("date: ")
        buffer.writeBytes(date)
        buffer.writeStaticString("\r\nx-request-id: ")
        buffer.writeBytes(requestID)
        buffer.writeStaticString(closes ? "\r\nconnection: close\r\n\r\n" : "\r\n\r\n")
    }
}

/// `HTTP/1.1 202 Accepted`.
enum StatusLine {
    static func write(_ status: Int, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(phrase(status))
        buffer.writeStaticString("\r\n")
    }

    /// RFC 9110, section 15; empty for a status that we do not use.
    static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 302: "Found"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
