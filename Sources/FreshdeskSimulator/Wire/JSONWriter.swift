/// Writes JSON text straight into bytes, members in the order in which they are named.
///
/// The caller keeps begin and end balanced; commas are the writer's business. Text is UTF-8, escaped as little as
/// JSON allows. A page of a hundred tickets is one buffer and no intermediate tree.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(reservingCapacity capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

    mutating func beginObject() { open(UInt8(ascii: "{")) }
    mutating func endObject() { close(UInt8(ascii: "}")) }
    mutating func beginArray() { open(UInt8(ascii: "[")) }
    mutating func endArray() { close(UInt8(ascii: "]")) }

    mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func null() { raw("null") }
    mutating func value(_ bool: Bool) { raw(bool ? "true" : "false") }
    mutating func value(_ integer: Int64) { raw(String(integer)) }

    mutating func value(_ number: Double) {
        if let whole = Int64(exactly: number) { value(whole) } else { raw(number.isFinite ? "\(number)" : "null") }
    }

    mutating func value(_ text: String) {
        separate()
        appendQuoted(text)
    }

    mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let it): value(it)
        case .integer(let it): value(it)
        case .number(let it): value(it)
        case .string(let it): value(it)
        case .array(let items):
            beginArray()
            for item in items { value(item) }
            endArray()
        case .object(let members):
            beginObject()
            for (name, member) in members.sorted(by: { $0.key < $1.key }) { field(name, member) }
            endObject()
        }
    }

    // MARK: Members

    mutating func field(_ name: String, _ it: Bool) { key(name); value(it) }
    mutating func field(_ name: String, _ it: Int64) { key(name); value(it) }
    mutating func field(_ name: String, _ it: Int) { key(name); value(Int64(it)) }
    mutating func field(_ name: String, _ it: String) { key(name); value(it) }
    mutating func field(_ name: String, _ it: JSON) { key(name); value(it) }
    mutating func field(_ name: String, _ it: Int64?) { key(name); if let it { value(it) } else { null() } }
    mutating func field(_ name: String, _ it: String?) { key(name); if let it { value(it) } else { null() } }
    mutating func field(_ name: String, time: Seconds?) {
        key(name)
        if let time { value(time.iso8601) } else { null() }
    }
    mutating func field(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
    mutating func nullField(_ name: String) { key(name); null() }

    mutating func field(_ name: String, _ write: (inout JSONWriter) -> Void) {
        key(name)
        write(&self)
    }

    // MARK: Bytes

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendQuoted(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { source in
            // Runs without anything to escape go over in one piece: most of a ticket is such a run.
            var start = 0
            for index in 0..<source.count {
                let byte = source[index]
                guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
                bytes.append(contentsOf: source[start..<index])
                start = index + 1
                appendEscape(of: byte)
            }
            bytes.append(contentsOf: source[start..<source.count])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: Array("u00".utf8))
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
