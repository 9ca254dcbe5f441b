/// Problem documents (RFC 9457): `application/problem+json`.
///
/// The type is always `about:blank`, so the title is the status' own phrase; what tells problems apart is the detail, a
/// fixed text. Nothing of the request gets in, except the `pointer` to a member, which must be plain.
enum Problem {
    static let contentType = "application/problem+json"

    static func body(status: Int, detail: String, pointer: String? = nil) -> [UInt8] {
        var json = JSONText()
        json.raw("{\"type\":\"about:blank\",\"title\":")
        json.string(StatusLine.phrase(status))
        json.raw(",\"status\":\(status),\"detail\":")
        json.string(detail)
        if let pointer {
            json.raw(",\"pointer\":")
            json.string(pointer)
        }
        json.raw("}")
        return json.bytes
    }
}

/// JSON written by hand: minimal, plus what keeps it harmless inside a page or a script (`<`, `>`, `&`, U+2028, U+2029).
struct JSONText: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func string(_ text: String?) {
        guard let text else { return raw("null") }
        bytes.append(UInt8(ascii: "\""))
        var previous: (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20, 0x7F, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
                raw(Self.escape(UInt16(byte)))
            case 0xA8 where previous == (0xE2, 0x80), 0xA9 where previous == (0xE2, 0x80):
                // U+2028 and U+2029 end a line in JavaScript before ES2019.
                bytes.removeLast(2)
                raw(byte == 0xA8 ? "\\u2028" : "\\u2029")
            default: bytes.append(byte)
            }
            previous = (previous.1, byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func strings(_ texts: [String]) {
        raw("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { raw(",") }
            string(text)
        }
        raw("]")
    }

    /// Not a number and infinities have no JSON: they become null.
    mutating func number(_ value: Double) { raw(value.isFinite ? "\(value)" : "null") }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
