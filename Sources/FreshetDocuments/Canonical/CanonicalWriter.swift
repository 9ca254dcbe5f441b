import FreshetCore

/// Writes the parts of canonical JSON one after the other into one buffer. Commas and the order of keys are the
/// caller's business.
struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Forgets what was written and keeps the room.
    mutating func reset() { bytes.removeAll(keepingCapacity: true) }

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func bool(_ value: Bool) { value ? raw("true" as StaticString) : raw("false" as StaticString) }

    /// Decimal digits, without a detour through a string.
    mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// A 64-bit integer that a double may not hold: its digits as a string.
    mutating func id(_ value: Int64) {
        bytes.append(UInt8(ascii: "\""))
        integer(value)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A number of something: a JSON number where a double holds it, and so everywhere but in hostile input.
    mutating func count(_ value: Int64) {
        if value.magnitude <= 1 << 53 { integer(value) } else { id(value) }
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { escape($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(orNull text: String?) {
        if let text { string(text) } else { raw("null" as StaticString) }
    }

    /// Whole runs are copied; eight bytes at a time are looked at for something to escape.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(text)
        var start = 0
        var at = 0
        while at < raw.count {
            if at + 8 <= raw.count,
                !Self.mayNeedEscape(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            {
                at += 8
                continue
            }
            let end = min(at + 8, raw.count)
            while at < end {
                let byte = raw[at]
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<at]))
                    escape(byte)
                    start = at + 1
                }
                at += 1
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    /// Whether one of eight bytes is below 0x20, a quote or a backslash; may be wrong by saying yes.
    @inline(__always)
    private static func mayNeedEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let controls = (word &- ones &* 0x20) & ~word
        return (controls | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs != 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x08: raw("\\b" as StaticString)
        case 0x09: raw("\\t" as StaticString)
        case 0x0A: raw("\\n" as StaticString)
        case 0x0C: raw("\\f" as StaticString)
        case 0x0D: raw("\\r" as StaticString)
        case UInt8(ascii: "\""): raw("\\\"" as StaticString)
        case UInt8(ascii: "\\"): raw("\\\\" as StaticString)
        default:
            raw("\\u00" as StaticString)
            for digit in [byte >> 4, byte & 0x0F] { bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }
}
