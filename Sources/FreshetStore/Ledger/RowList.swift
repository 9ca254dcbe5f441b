/// Rows on their way into one statement, which unfolds them with `json_each`: a JSON array with one array for each row.
///
/// One statement for a whole batch, since most of what a small statement costs is its arguments and its start.
struct RowList {
    private var text: [UInt8] = [UInt8(ascii: "[")]

    /// - Parameter rows: about how many there will be.
    init(_ rows: Int) { text.reserveCapacity(2 + rows * 192) }

    /// Ends the list, which takes no more rows then.
    mutating func finish() -> String {
        text.append(UInt8(ascii: "]"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Every row ends with `endRow`.
    mutating func beginRow() {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        text.append(UInt8(ascii: "["))
    }

    mutating func endRow() { text.append(UInt8(ascii: "]")) }

    mutating func add(_ number: Int64) {
        separate()
        text += String(number).utf8
    }

    mutating func add(_ string: String?) {
        separate()
        guard var string else {
            text += "null".utf8
            return
        }
        text.append(UInt8(ascii: "\""))
        string.withUTF8 { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                text.append(contentsOf: bytes)
            } else {
                for byte in bytes { addEscaped(byte) }
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func addEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
        case 0..<0x20: text += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: text.append(byte)
        }
    }

    private mutating func separate() {
        if text.last != UInt8(ascii: "[") { text.append(UInt8(ascii: ",")) }
    }
}
