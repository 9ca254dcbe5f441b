/// The head of a request as it stood on the wire, its framing understood.
///
/// Nothing in it is decoded: the path keeps its percent signs, values are the raw bytes between the optional white space.
package struct RequestHead: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case patch = "PATCH"
        case options = "OPTIONS"
        case trace = "TRACE"
        case connect = "CONNECT"
        /// Any other token.
        case other
    }

    /// How the end of the body is found (RFC 9112, section 6).
    package enum Framing: Sendable, Equatable {
        case none
        /// As declared; may be larger than anybody is willing to read.
        case length(Int)
        case chunked
    }

    package var method: Method
    /// From the first slash of the target up to the query.
    package var path: [UInt8]
    /// Behind the question mark, without it.
    package var query: [UInt8]?
    /// HTTP/1.1, else HTTP/1.0.
    package var isVersion11: Bool
    /// Every field line in order, names in lower case.
    package var fields: [(name: String, value: [UInt8])]
    package var framing: Framing
    /// The sender will close, or may not be able to keep the connection.
    package var wantsClose: Bool
    /// `Expect: 100-continue`, which only HTTP/1.1 knows.
    package var expectsContinue: Bool

    /// The values of a field in order.
    func values(_ name: String) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for field in fields where field.name == name { result.append(field.value) }
        return result
    }

    var hasBody: Bool {
        switch framing {
        case .none, .length(0): false
        case .length, .chunked: true
        }
    }
}

/// Bytes as the grammars of RFC 9110 and 9112 see them.
enum Grammar {
    /// `tchar` of RFC 9110, section 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Without the optional white space at both ends.
    static func trimmed<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        var rest = bytes[...]
        while let first = rest.first, isSpace(first) { rest = rest.dropFirst() }
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return rest
    }

    /// ASCII letters compare without case; `word` is in lower case.
    static func equals(_ bytes: some Collection<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        var index = 0
        for byte in bytes {
            if lowered(byte) != word.utf8Start[index] { return false }
            index += 1
        }
        return true
    }

    /// Whether a comma-separated list, over all its lines, holds `word` (lower case).
    static func list(_ lines: [[UInt8]], holds word: StaticString) -> Bool {
        for line in lines {
            for member in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true)
            where equals(trimmed(member), word) {
                return true
            }
        }
        return false
    }
}
