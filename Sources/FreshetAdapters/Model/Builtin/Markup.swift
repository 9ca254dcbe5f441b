/// Wiki and plain-text markup, as far as it gets in the way of reading.
enum Markup {
    /// A line that opens or closes code: `{code:java}`, `{noformat}`, three back-quotes.
    static func isFence(_ line: Range<Int>, in text: ByteText) -> Bool {
        if text.hasPrefix("```", in: line) || text.hasPrefix("~~~", in: line) { return true }
        guard line.count < 60, text.hasSuffix("}", in: line) else { return false }
        return text.hasPrefix("{code", in: line) || text.hasPrefix("{noformat", in: line)
    }

    /// A line of nothing but dashes, stars or the like.
    static func isRule(_ line: Range<Int>, in text: ByteText) -> Bool {
        line.count >= 3
            && text.bytes[line].allSatisfy { $0 < 0x80 && !isDigit($0) && !(97...122 ~= ($0 | 0x20)) }
    }

    /// The line without `*`, `-`, `#`, `•` or `h2.` at its start, and whether it had one.
    static func withoutBullet(_ line: Range<Int>, in text: ByteText) -> (Range<Int>, isItem: Bool) {
        let bytes = text.bytes
        var at = line.lowerBound
        while at < line.upperBound, at - line.lowerBound < 4,
            bytes[at] == UInt8(ascii: "*") || bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "#")
        {
            at += 1
        }
        if at > line.lowerBound, at < line.upperBound, isSpace(bytes[at]) {
            return (text.trimmed(at..<line.upperBound), true)
        }
        if text.hasPrefix("• ", in: line) { return (text.trimmed(line.lowerBound + 3..<line.upperBound), true) }
        if line.count > 4, text.hasPrefix("h", in: line), isDigit(bytes[line.lowerBound + 1]),
            bytes[line.lowerBound + 2] == UInt8(ascii: "."), isSpace(bytes[line.lowerBound + 3])
        {
            return (text.trimmed(line.lowerBound + 4..<line.upperBound), true)
        }
        return (line, false)
    }

    /// The line without the date, time and brackets that a log puts first.
    static func withoutTimestamp(_ line: Range<Int>, in text: ByteText) -> Range<Int> {
        var at = line.lowerBound
        let end = min(line.upperBound, at + 40)
        var digits = 0
        while at < end {
            let byte = text.bytes[at]
            if isDigit(byte) {
                digits += 1
            } else if 97...122 ~= text.folded[at] || byte >= 0x80 {
                break
            }
            at += 1
        }
        return digits >= 6 && at < line.upperBound ? at..<line.upperBound : line
    }

    /// Without macros (`{quote}`, `{color:red}`, `{{`) and HTML tags; a wiki link `[text|url]` stays as its text.
    static func plain(_ string: String) -> String {
        let bytes = Array(string.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "<") })
        else { return string }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "{"):
                if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "{") {
                    at += 2
                    continue
                }
                if let end = closing(UInt8(ascii: "}"), in: bytes, after: at, within: 40),
                    isMacro(bytes[at + 1..<end])
                {
                    at = end + 1
                    continue
                }
            case UInt8(ascii: "}"):
                if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "}") {
                    at += 2
                    continue
                }
            case UInt8(ascii: "<"):
                if let end = closing(UInt8(ascii: ">"), in: bytes, after: at, within: 12), isTag(bytes[at + 1..<end]) {
                    at = end + 1
                    continue
                }
            case UInt8(ascii: "["):
                if let end = closing(UInt8(ascii: "]"), in: bytes, after: at, within: 300),
                    let bar = bytes[at..<end].firstIndex(of: UInt8(ascii: "|"))
                {
                    result.append(contentsOf: bytes[at + 1..<bar])
                    at = end + 1
                    continue
                }
            default: break
            }
            result.append(bytes[at])
            at += 1
        }
        return ByteText(String(decoding: result, as: UTF8.self), limit: .max).trimmedText
    }

    private static func closing(_ byte: UInt8, in bytes: [UInt8], after start: Int, within limit: Int) -> Int? {
        let end = min(bytes.count, start + limit)
        return bytes[start + 1..<max(end, start + 1)].firstIndex(of: byte)
    }

    private static func isMacro(_ name: ArraySlice<UInt8>) -> Bool {
        ["quote", "color", "code", "noformat", "panel", "info", "note", "tip", "warning"].contains { macro in
            name.starts(with: macro.utf8) || name.starts(with: macro.uppercased().utf8)
        }
    }

    private static func isTag(_ name: ArraySlice<UInt8>) -> Bool {
        let name = String(decoding: name, as: UTF8.self).lowercased()
        return [
            "b", "/b", "i", "/i", "br", "br/", "br /", "p", "/p", "em", "/em", "strong", "/strong", "u", "/u", "code",
            "/code",
        ]
        .contains(name)
    }
}

extension ByteText {
    fileprivate var trimmedText: String { text(of: trimmed(0..<bytes.count)) }
}
