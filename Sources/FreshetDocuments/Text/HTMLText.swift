/// What a reader would see of a piece of HTML, as text in the form of `PlainText`.
///
/// For hostile input: never fails, never recurses, and takes time linear in the length whatever is in it. Borders of
/// blocks and `br` become line ends, cells of a table are parted by a space, images leave their `alt`, `pre` keeps its
/// lines; scripts, styles, titles and comments leave nothing. Which elements make a block does not matter, so text that
/// the help desk wraps anew (`p` into `div`, a styled `div` around it all) stays the same text.
///
/// Where it differs from a browser, it keeps text that the browser would lose: the inside of `CDATA`, and what looks
/// like a tag but is not the name of one (`<ines@harbor.example>`) or never ends. CSS is not looked at.
package enum HTMLText {
    package static func plain(_ html: String) -> String {
        var reader = HTMLReader(Array(html.utf8))
        return reader.read()
    }
}

private struct HTMLReader {
    private let bytes: [UInt8]
    private var at = 0
    private var out: TextBuilder
    /// How many `pre` are open.
    private var preserving = 0
    /// A line end right behind `<pre>` is not part of the text.
    private var isBehindPre = false

    // What keeps the whole linear: facts about the rest of the text, learned once.
    private let lastClosing: Int
    private let lastQuote: (double: Int, single: Int)
    /// A quoted value has swallowed the end of a tag once: from then on quotes mean nothing.
    private var ignoresQuotes = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        out = TextBuilder(capacity: bytes.count)
        lastClosing = bytes.lastIndex(of: UInt8(ascii: ">")) ?? -1
        lastQuote = (
            bytes.lastIndex(of: UInt8(ascii: "\"")) ?? -1, bytes.lastIndex(of: UInt8(ascii: "'")) ?? -1
        )
    }

    mutating func read() -> String {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "<"): markup()
            case UInt8(ascii: "&"):
                let (character, end) = reference(at: at, limit: bytes.count)
                text(character)
                at = end
            case 0x0D:
                at += at + 1 < bytes.count && bytes[at + 1] == 0x0A ? 2 : 1
                text(0x0A)
            case let byte where byte < 0x80:
                text(UInt32(byte))
                at += 1
            default:
                let (character, end) = scalar(at: at)
                text(character)
                at = end
            }
        }
        return out.text()
    }

    private mutating func text(_ scalar: UInt32) {
        defer { isBehindPre = false }
        if preserving > 0 {
            if isBehindPre && scalar == 0x0A { return }
            out.append(scalar, keepingLines: true)
        } else {
            out.append(scalar)
        }
    }

    // MARK: Markup

    /// At `<`: moves behind the markup, or behind the `<` when it is only text.
    private mutating func markup() {
        guard at + 1 < bytes.count else { return literal() }
        switch bytes[at + 1] {
        case UInt8(ascii: "!"): declaration()
        case UInt8(ascii: "?"): skip(past: UInt8(ascii: ">"), from: at + 2)
        case UInt8(ascii: "/"):
            guard at + 2 < bytes.count else { return literal() }
            if Self.isLetter(bytes[at + 2]) {
                tag(nameAt: at + 2, isEnd: true)
            } else {
                skip(past: UInt8(ascii: ">"), from: at + 2)
            }
        case let byte where Self.isLetter(byte): tag(nameAt: at + 1, isEnd: false)
        default: literal()
        }
    }

    private mutating func literal() {
        text(UInt32(bytes[at]))
        at += 1
    }

    private mutating func declaration() {
        if follows("<!--") {
            // `<!-->` and `<!--->` are complete comments.
            for end in ["<!-->", "<!--->"] as [StaticString] where follows(end) {
                at += end.utf8CodeUnitCount
                return
            }
            var end = at + 4
            while end < bytes.count {
                if bytes[end] == UInt8(ascii: "-"), matches("-->", at: end) || matches("--!>", at: end) {
                    at = end + (bytes[end + 2] == UInt8(ascii: ">") ? 3 : 4)
                    return
                }
                end += 1
            }
            at = bytes.count
        } else if follows("<![CDATA[") {
            at += 9
            while at < bytes.count {
                if bytes[at] == UInt8(ascii: "]"), follows("]]>") {
                    at += 3
                    return
                }
                let (character, end) = scalar(at: at)
                text(character)
                at = end
            }
        } else {
            skip(past: UInt8(ascii: ">"), from: at + 2)
        }
    }

    /// To behind the next `byte`; where there is none, the `<` was only text.
    private mutating func skip(past byte: UInt8, from start: Int) {
        guard start <= lastClosing else { return literal() }
        var end = start
        while end < bytes.count, bytes[end] != byte { end += 1 }
        at = min(end + 1, bytes.count)
    }

    private mutating func tag(nameAt start: Int, isEnd: Bool) {
        var end = start
        while end < bytes.count, end - start <= Self.longestName, !Self.endsName(bytes[end]) { end += 1 }
        let name = bytes[start..<end]
        let element = Element(name)
        guard element != nil || Self.couldBeName(name) else { return literal() }
        guard end <= lastClosing, let close = endOfTag(from: end) else {
            // Cut off. A browser drops the rest; what is not surely a tag stays text here.
            if element == nil { literal() } else { at = bytes.count }
            return
        }
        let attributes = end..<close
        at = close + 1
        if let element { apply(element, isEnd: isEnd, attributes: attributes) }
    }

    /// Where the `>` of a tag is, given a place behind its name.
    private mutating func endOfTag(from start: Int) -> Int? {
        var end = start
        var isBeforeValue = false
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: ">") { return end }
            if isBeforeValue, !ignoresQuotes, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"),
                end < (byte == UInt8(ascii: "\"") ? lastQuote.double : lastQuote.single)
            {
                end += 1
                while end < bytes.count, bytes[end] != byte { end += 1 }
                isBeforeValue = false
            } else if byte == UInt8(ascii: "=") {
                isBeforeValue = true
            } else if !Self.isBlank(byte) {
                isBeforeValue = false
            }
            end += 1
        }
        guard !ignoresQuotes else { return nil }
        ignoresQuotes = true
        return endOfTag(from: start)
    }

    private mutating func apply(_ element: Element, isEnd: Bool, attributes: Range<Int>) {
        switch element {
        case .lineBreak:
            out.lineBreak()
        case .block:
            out.border()
        case .preserved:
            out.border()
            preserving = max(0, preserving + (isEnd ? -1 : 1))
            isBehindPre = !isEnd
        case .cell:
            out.append(0x20)
        case .image:
            if let value = alternative(in: attributes) { append(attribute: value) }
        case .hidden(let name):
            if !isEnd { skipContent(of: name) }
        case .inline:
            break
        }
    }

    /// Moves behind the end tag of an element whose content is never shown.
    private mutating func skipContent(of name: [UInt8]) {
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "<"), at + 2 + name.count <= bytes.count, bytes[at + 1] == UInt8(ascii: "/"),
                bytes[at + 2..<at + 2 + name.count].elementsEqual(name, by: { Self.lowered($0) == $1 }),
                at + 2 + name.count == bytes.count || Self.endsName(bytes[at + 2 + name.count])
            {
                let start = at + 2 + name.count
                at = min((start <= lastClosing ? endOfTag(from: start) : nil) ?? bytes.count, bytes.count - 1) + 1
                return
            }
            at += 1
        }
    }

    // MARK: Attributes

    /// The value of the first `alt`.
    private func alternative(in range: Range<Int>) -> Range<Int>? {
        var at = range.lowerBound
        while at < range.upperBound {
            while at < range.upperBound, Self.isBlank(bytes[at]) || bytes[at] == UInt8(ascii: "/") { at += 1 }
            let nameStart = at
            // A `=` that begins a name belongs to it.
            if at < range.upperBound { at += 1 }
            while at < range.upperBound, !Self.endsName(bytes[at]), bytes[at] != UInt8(ascii: "=") { at += 1 }
            let name = bytes[min(nameStart, range.upperBound)..<at]
            while at < range.upperBound, Self.isBlank(bytes[at]) { at += 1 }
            guard at < range.upperBound, bytes[at] == UInt8(ascii: "=") else { continue }
            at += 1
            while at < range.upperBound, Self.isBlank(bytes[at]) { at += 1 }
            guard at < range.upperBound else { return nil }
            let quote = bytes[at]
            var value: Range<Int>
            if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let close = bytes[(at + 1)..<range.upperBound].firstIndex(of: quote)
            {
                value = at + 1..<close
                at = close + 1
            } else {
                let start = at
                while at < range.upperBound, !Self.isBlank(bytes[at]) { at += 1 }
                value = start..<at
            }
            if name.elementsEqual("alt".utf8, by: { Self.lowered($0) == $1 }) { return value }
        }
        return nil
    }

    private mutating func append(attribute range: Range<Int>) {
        var at = range.lowerBound
        while at < range.upperBound {
            if bytes[at] == UInt8(ascii: "&") {
                let (character, end) = reference(at: at, limit: range.upperBound)
                out.append(character)
                at = end
            } else {
                let (character, end) = scalar(at: at)
                out.append(character)
                at = end
            }
        }
    }

    // MARK: Characters

    private func scalar(at index: Int) -> (UInt32, end: Int) {
        let lead = bytes[index]
        if lead < 0x80 { return (UInt32(lead), index + 1) }
        let following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
        var value = UInt32(lead & (0x3F >> UInt8(following)))
        let end = min(index + 1 + following, bytes.count)
        for byte in bytes[index + 1..<end] { value = value << 6 | UInt32(byte & 0x3F) }
        return (value, end)
    }

    /// A character reference at `&`, or the `&` itself. Never looks further than one bounded name or one number.
    private func reference(at start: Int, limit: Int) -> (UInt32, end: Int) {
        let plain: (UInt32, end: Int) = (0x26, start + 1)
        var at = start + 1
        guard at < limit else { return plain }
        if bytes[at] == UInt8(ascii: "#") { return number(at: at + 1, limit: limit) ?? plain }

        let nameStart = at
        while at < limit, at - nameStart <= Entities.longestName, Self.isLetter(bytes[at]) || Self.isDigit(bytes[at]) {
            at += 1
        }
        if at < limit, bytes[at] == UInt8(ascii: ";"), let value = Entities.codePoint(of: bytes[nameStart..<at]) {
            return (value, at + 1)
        }
        for end in stride(from: at, to: nameStart + 1, by: -1) {
            if let value = Entities.legacyCodePoint(of: bytes[nameStart..<end]) { return (value, end) }
        }
        return plain
    }

    /// Behind `&#`; `nil` when no digit follows.
    private func number(at start: Int, limit: Int) -> (UInt32, end: Int)? {
        var at = start
        let isHex = at < limit && bytes[at] | 0x20 == UInt8(ascii: "x")
        if isHex { at += 1 }
        let digitsStart = at
        var value: UInt32 = 0
        while at < limit {
            let digit: UInt32
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(bytes[at] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f") where isHex: digit = UInt32(bytes[at] - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F") where isHex: digit = UInt32(bytes[at] - UInt8(ascii: "A")) + 10
            default: digit = .max
            }
            if digit == .max { break }
            value = min(value * (isHex ? 16 : 10) + digit, 0x110000)  // Saturates: nothing above is a code point.
            at += 1
        }
        guard at > digitsStart else { return nil }
        if at < limit, bytes[at] == UInt8(ascii: ";") { at += 1 }
        return (Self.meaning(of: value), at)
    }

    /// HTML Living Standard 13.2.5.80: what is no character is U+FFFD, and C1 means windows-1252.
    private static func meaning(of value: UInt32) -> UInt32 {
        switch value {
        case 0, 0xD800...0xDFFF, 0x110000...: 0xFFFD
        case 0x80...0x9F: windows1252[Int(value - 0x80)]
        default: value
        }
    }

    private static let windows1252: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]

    private func follows(_ text: StaticString) -> Bool { matches(text, at: at) }

    private func matches(_ text: StaticString, at start: Int) -> Bool {
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[start + index] != text.utf8Start[index] { return false }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func endsName(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }
    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Looking further for the end of a name would make a row of `<a<a<a…` quadratic.
    private static let longestName = 64

    /// The shape of an element's name, `o:p` and `my-element` included; not an address or the begin of a URL.
    private static func couldBeName(_ name: ArraySlice<UInt8>) -> Bool {
        name.count <= longestName && name.last != UInt8(ascii: ":")
            && name.allSatisfy {
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
                    || $0 == UInt8(ascii: "_")
            }
    }
}
