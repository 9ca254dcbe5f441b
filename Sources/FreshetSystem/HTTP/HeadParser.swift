/// Puts a response's head together from the lines that libcurl hands out, one at a time and with their line end.
///
/// Interim responses (1xx) are dropped, as are trailers, which come as lines after the head was complete.
struct HeadParser {
    private enum Place { case statusLine, fields, complete }

    /// libcurl bounds one line but, depending on its version, not all of them together.
    static let limit = 256 << 10

    private var place = Place.statusLine
    private var head = HTTPHead(status: 0, headers: HTTPHeaders())
    private var fields: [(name: String, value: String)] = []
    private var size = 0

    var isComplete: Bool { place == .complete }

    /// The final head once its last line was given.
    mutating func take(_ line: UnsafeRawBufferPointer) throws(HTTPFailure) -> HTTPHead? {
        size += line.count
        guard size <= Self.limit else { throw .protocolError(detail: "headers of more than \(Self.limit) bytes") }
        if place == .complete { return nil }
        if line.starts(with: "HTTP/".utf8) {
            try begin(line)
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            return try end()
        } else if place == .fields {
            add(line)
        }
        return nil
    }

    private mutating func begin(_ line: UnsafeRawBufferPointer) throws(HTTPFailure) {
        let parts = line.split(maxSplits: 2, whereSeparator: Self.isWhite)
        guard parts.count >= 2, parts[1].count == 3, let status = Int(String(decoding: parts[1], as: UTF8.self)),
            (100...999).contains(status)
        else { throw .protocolError(detail: "a status line without a status") }
        head.status = status
        fields = []
        place = .fields
    }

    private mutating func add(_ line: UnsafeRawBufferPointer) {
        if let first = line.first, Self.isWhite(first), let last = fields.indices.last {
            // Obsolete line folding: RFC 9112, 5.2 lets a reader replace it with a space.
            fields[last].value += " " + Self.trimmed(line[...])
            return
        }
        // A line without a colon is not a field; libcurl has let it pass, and it means nothing.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        fields.append((Self.trimmed(line[..<colon]), Self.trimmed(line[(colon + 1)...])))
    }

    private mutating func end() throws(HTTPFailure) -> HTTPHead? {
        guard place == .fields else { return nil }
        guard head.status >= 200 else {
            place = .statusLine
            return nil
        }
        place = .complete
        head.headers = HTTPHeaders(fields)
        // RFC 9112, 6.3: nobody can say where such a body ends. libcurl believes the last one.
        guard Set(head.headers.all("Content-Length")).count <= 1 else {
            throw .protocolError(detail: "contradictory Content-Length")
        }
        return head
    }

    private static func isWhite(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let text = bytes.drop(while: isWhite)
        guard let last = text.lastIndex(where: { !isWhite($0) }) else { return "" }
        return String(decoding: text[...last], as: UTF8.self)
    }
}

extension HTTPHead {
    /// The bytes of body that `Content-Length` announces, where there will be a body and it comes as it is.
    func bodySize(answering request: CheckedRequest) -> Int? {
        guard request.method != "HEAD", status != 204, status != 304, !request.acceptsCompression,
            headers.first("Transfer-Encoding") == nil
        else { return nil }
        return headers.first("Content-Length").flatMap { Int($0) }
    }
}
