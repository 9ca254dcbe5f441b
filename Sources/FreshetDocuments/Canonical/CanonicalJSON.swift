package import FreshetCore

/// Canonical JSON (RFC 8785): equal values have equal bytes.
///
/// Keys in the order of their UTF-16 code units, numbers as ECMAScript writes them, only the escapes that JSON demands.
/// Numbers are doubles there. So an integer that no double holds cannot be written: whoever wants it (a 64-bit id in a
/// fingerprint) carries it as a string of its digits. Strings are written as they are; normalising is the caller's.
package enum CanonicalJSON {
    package enum Failure: Error, Equatable {
        /// Lies beyond 2^53 and between two doubles: RFC 8785 would round it.
        case inexactInteger(Int64)
        /// Infinite or not a number: there is no JSON for it.
        case notFinite
        /// Nested deeper than `maximumDepth`.
        case tooDeep
    }

    package static let maximumDepth = 512

    package static func bytes(of value: JSONValue) throws(Failure) -> [UInt8] {
        var writer = CanonicalWriter()
        try write(value, to: &writer, depth: 0)
        return writer.bytes
    }

    private static func write(_ value: JSONValue, to writer: inout CanonicalWriter, depth: Int) throws(Failure) {
        guard depth <= maximumDepth else { throw .tooDeep }
        switch value {
        case .null: writer.raw("null")
        case .bool(let value): writer.bool(value)
        case .integer(let value):
            guard let number = Double(exactly: value) else { throw .inexactInteger(value) }
            writer.raw(ECMAScriptNumber.text(of: number))
        case .number(let value):
            guard value.isFinite else { throw .notFinite }
            writer.raw(ECMAScriptNumber.text(of: value))
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.byte(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.byte(UInt8(ascii: ",")) }
                try write(value, to: &writer, depth: depth + 1)
            }
            writer.byte(UInt8(ascii: "]"))
        case .object(let members):
            writer.byte(UInt8(ascii: "{"))
            for (index, key) in sorted(members.keys).enumerated() {
                if index > 0 { writer.byte(UInt8(ascii: ",")) }
                writer.string(key)
                writer.byte(UInt8(ascii: ":"))
                try write(members[key] ?? .null, to: &writer, depth: depth + 1)
            }
            writer.byte(UInt8(ascii: "}"))
        }
    }

    /// By UTF-16 code units, which is not the order of code points: U+10000 and above come before U+E000.
    static func sorted(_ keys: some Sequence<String>) -> [String] {
        keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
    }
}
