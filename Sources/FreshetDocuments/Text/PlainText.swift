import Foundation

/// Text in the one form that is stored, compared and shown.
///
/// NFC; lines end with LF; at most one blank line in a row; runs of blanks are one space, none at the ends of a line or
/// of the text; no control characters and none of the invisible ones that only steer layout (soft hyphen, zero width
/// space, byte order mark, direction marks). Applying it twice changes nothing. Linear in the length.
package enum PlainText {
    /// Text of several lines.
    package static func text(_ raw: String) -> String {
        var builder = TextBuilder(capacity: raw.utf8.count)
        var raw = raw
        raw.withUTF8 { bytes in
            var source = ScalarSource(bytes)
            while let scalar = source.next() { builder.append(scalar, keepingLines: true) }
        }
        return builder.text()
    }

    /// Text of one line: a subject, a name, a tag.
    package static func line(_ raw: String) -> String {
        var builder = TextBuilder(capacity: raw.utf8.count)
        var raw = raw
        raw.withUTF8 { bytes in
            var source = ScalarSource(bytes)
            while let scalar = source.next() { builder.append(scalar, keepingLines: false) }
        }
        return builder.text()
    }

    /// As `line(_:)`; `nil` when nothing is left to see.
    package static func line(_ raw: String?) -> String? {
        guard let raw else { return nil }
        let line: String = line(raw)
        return line.isEmpty ? nil : line
    }
}

/// The scalars of valid UTF-8, a carriage return and its line feed as one line feed.
private struct ScalarSource {
    let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func next() -> UInt32? {
        guard at < bytes.count else { return nil }
        let lead = bytes[at]
        at += 1
        if lead == 0x0D {
            if at < bytes.count, bytes[at] == 0x0A { at += 1 }
            return 0x0A
        }
        if lead < 0x80 { return UInt32(lead) }
        let following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
        var value = UInt32(lead & (0x3F >> UInt8(following)))
        for _ in 0..<following where at < bytes.count {
            value = value << 6 | UInt32(bytes[at] & 0x3F)
            at += 1
        }
        return value
    }
}

/// Collects text into the form that `PlainText` promises, a scalar or an HTML border at a time.
struct TextBuilder {
    private var bytes: [UInt8] = []
    /// Line breaks and blanks seen since the last visible character: written only when another one follows.
    private var breaks = 0
    private var hasBlank = false
    /// Something stands on this line, be it only a no-break space: the end of a block then ends the line.
    private var hasLine = false
    /// Nothing seen so far could change under NFC.
    private var isComposed = true

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// One scalar of text whose line ends are those of the source.
    mutating func append(_ scalar: UInt32, keepingLines: Bool) {
        if keepingLines && Self.endsLine(scalar) {
            lineBreak()
        } else {
            append(scalar)
        }
    }

    /// One scalar of running text: a line end is a blank like any other.
    mutating func append(_ scalar: UInt32) {
        if scalar < 0x7F {
            if scalar > 0x20 {
                visible { $0.append(UInt8(scalar)) }
            } else if scalar == 0x20 || (0x09...0x0D).contains(scalar) {
                hasBlank = true
            }
            return
        }
        switch Self.role(of: scalar) {
        case .dropped: return
        case .blank: hasBlank = true
        case .fixedBlank:
            hasBlank = true
            hasLine = true
        case .visible:
            if isComposed, !Self.isSurelyComposed(scalar) { isComposed = false }
            visible { $0.append(utf8Of: scalar) }
        }
    }

    /// Ends the line, as `<br>` does.
    mutating func lineBreak() {
        breaks = min(breaks + 1, 2)
        hasBlank = false
        hasLine = false
    }

    /// Ends the line unless it is empty, as the border of a block does.
    mutating func border() {
        hasBlank = false
        if hasLine { lineBreak() }
    }

    func text() -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return isComposed ? text : text.precomposedStringWithCanonicalMapping
    }

    private mutating func visible(_ write: (inout [UInt8]) -> Void) {
        if !bytes.isEmpty {
            if breaks > 0 {
                for _ in 0..<breaks { bytes.append(0x0A) }
            } else if hasBlank {
                bytes.append(0x20)
            }
        }
        breaks = 0
        hasBlank = false
        hasLine = true
        write(&bytes)
    }

    private enum Role { case visible, blank, fixedBlank, dropped }

    /// LF, CR, NEL, line and paragraph separator.
    private static func endsLine(_ scalar: UInt32) -> Bool {
        scalar == 0x0A || scalar == 0x0D || scalar == 0x85 || scalar == 0x2028 || scalar == 0x2029
    }

    private static func role(of scalar: UInt32) -> Role {
        switch scalar {
        case 0xA0, 0x202F: .fixedBlank
        case 0x85, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x205F, 0x3000: .blank
        case 0x00..<0x20, 0x7F...0x9F, 0xAD, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF:
            .dropped
        default: scalar & 0xFFFE == 0xFFFE ? .dropped : .visible  // The last two of each plane are noncharacters.
        }
    }

    /// Scalars that NFC leaves alone whatever stands before them: no decomposition, no combining class, never the
    /// second half of a composition (UAX 15, quick check). Not all there are: enough that most text takes the fast path.
    static func isSurelyComposed(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x300, 0xAC00...0xD7A3, 0x3190...0x9FFF, 0x3105...0x318E, 0x3001...0x3029, 0x3030...0x3098,
            0x309B...0x30FF, 0xFF01...0xFFEE, 0x2002...0x2027, 0x202A...0x20CF, 0x2190...0x2328, 0x232B...0x2ADB,
            0x0388...0x0482, 0x048A...0x052F, 0x05D0...0x05EA, 0x0620...0x064A, 0x0660...0x066F, 0x1E00...0x1EFF,
            0xFE00...0xFE0F, 0xFFFC...0xFFFD, 0x1F000...0x1FAFF, 0x20000...0x2A6DF:
            true
        default: false
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(utf8Of scalar: UInt32) {
        switch scalar {
        case 0..<0x80: append(UInt8(scalar))
        case 0x80..<0x800:
            append(UInt8(0xC0 | scalar >> 6))
            append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            append(UInt8(0xE0 | scalar >> 12))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        default:
            append(UInt8(0xF0 | scalar >> 18 & 0x07))
            append(UInt8(0x80 | scalar >> 12 & 0x3F))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
