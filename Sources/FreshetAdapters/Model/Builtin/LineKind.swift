/// What a line of a ticket is, as far as its look tells.
enum LineKind {
    case prose
    /// Names an exception or an error, whatever else it is: a line that tells tickets apart.
    case error
    /// A line of a log that tells of no error.
    case log
    /// Code, configuration, markup or a table.
    case code
    /// A frame of a stack trace: never worth a word.
    case frame

    init(of line: Range<Int>, in text: ByteText) {
        guard let first = line.first.map({ text.bytes[$0] }) else {
            self = .prose
            return
        }
        // Listings carry line numbers before each line.
        var start = line.lowerBound
        while start < line.upperBound, isDigit(text.bytes[start]) { start += 1 }
        let unnumbered =
            start > line.lowerBound && start < line.upperBound && isSpace(text.bytes[start])
            ? text.trimmed(start..<line.upperBound) : line
        if Self.isFrame(unnumbered, in: text) {
            self = .frame
        } else if Self.namesError(line, in: text), first != UInt8(ascii: "<"), !Self.isStatement(line, in: text) {
            self = .error
        } else if Self.isLog(line, in: text) {
            self = .log
        } else if Self.isCode(line, in: text) {
            self = .code
        } else {
            self = .prose
        }
    }

    private static func isFrame(_ line: Range<Int>, in text: ByteText) -> Bool {
        let bytes = text.bytes[line]
        guard let last = bytes.last else { return false }
        let bracket = bytes.firstIndex(of: UInt8(ascii: "("))
        if text.hasPrefix("at ", in: line) {
            // `at name(File:12)`, `at name (file.js:3:4)`, `at Name() in file:line 3`: one word before the bracket.
            if let bracket {
                let words = text.bytes[line.lowerBound + 3..<bracket].split(whereSeparator: isSpace).count
                if words <= 2 { return true }
            }
            return text.contains(".js:", in: line) || text.contains(":line ", in: line)
        }
        if text.hasPrefix("...", in: line), text.hasSuffix("more", in: line) { return true }
        if text.hasPrefix("file \"", in: line), text.contains("\", line ", in: line) { return true }
        if bytes.first == UInt8(ascii: "#"), bytes.count > 3, isDigit(bytes[bytes.startIndex + 1]),
            text.contains(" 0x", in: line) || text.contains(" in ", in: line)
        {
            return true
        }
        // `org.example.Name.method(Name.java:126)` without "at".
        if bracket != nil, last == UInt8(ascii: ")"), text.contains(".java:", in: line),
            bytes.split(whereSeparator: isSpace).count <= 2
        {
            return true
        }
        return false
    }

    /// `…Exception`, `…Error` as a capitalised name, `Caused by:`, `ERROR`, `error:`.
    private static func namesError(_ line: Range<Int>, in text: ByteText) -> Bool {
        if text.hasPrefix("caused by:", in: line) { return true }
        // Further on it is a sentence that speaks of one.
        let line = line.lowerBound..<min(line.upperBound, line.lowerBound + 80)
        for cue in ["exception", "error"] as [StaticString] {
            guard let at = text.firstIndex(of: cue, in: line) else { continue }
            let isName = at > line.lowerBound && text.bytes[at] < 97 && 97...122 ~= text.folded[at - 1]
            let isLoud = text.bytes[at] < 97 && at + 1 < line.upperBound && text.bytes[at + 1] < 97
            let end = at + cue.utf8CodeUnitCount
            if isName || isLoud || (end < line.upperBound && text.bytes[end] == UInt8(ascii: ":")) { return true }
        }
        return text.contains("fatal:", in: line) || text.contains("panic:", in: line)
            || text.contains("traceback", in: line)
    }

    /// A line of a program or a declaration, which may name an exception without having had one.
    private static func isStatement(_ line: Range<Int>, in text: ByteText) -> Bool {
        guard let last = line.last.map({ text.bytes[$0] }) else { return false }
        return last == UInt8(ascii: "{") || last == UInt8(ascii: "}") || last == UInt8(ascii: ";")
            || text.hasPrefix("//", in: line) || text.hasPrefix("import ", in: line)
    }

    private static func isLog(_ line: Range<Int>, in text: ByteText) -> Bool {
        let head = line.prefix(80)
        let range = head.lowerBound..<head.upperBound
        if ["info", "debug", "trace", "warn", "warning", "fatal"].contains(where: {
            isLoudWord($0, in: range, of: text)
        }) {
            return true
        }
        // A date and a time of day at the start.
        let start = line.prefix(40)
        var digits = 0
        var colons = 0
        for index in start {
            let byte = text.bytes[index]
            if isDigit(byte) { digits += 1 }
            if byte == UInt8(ascii: ":") { colons += 1 }
            if 97...122 ~= text.folded[index], digits == 0, index > line.lowerBound + 4 { return false }
        }
        return digits >= 8 && colons >= 2
    }

    private static func isLoudWord(_ word: StaticString, in range: Range<Int>, of text: ByteText) -> Bool {
        guard let at = text.firstIndex(of: word, in: range) else { return false }
        let end = at + word.utf8CodeUnitCount
        let isLoud = text.bytes[at..<end].allSatisfy { 65...90 ~= $0 }
        let opens = at == range.lowerBound || !(97...122 ~= text.folded[at - 1])
        let closes = end == range.upperBound || !(97...122 ~= text.folded[end])
        return isLoud && opens && closes
    }

    private static func isCode(_ line: Range<Int>, in text: ByteText) -> Bool {
        let bytes = text.bytes[line]
        guard let first = bytes.first, let last = bytes.last else { return false }
        if text.hasPrefix("{color", in: line) || text.hasPrefix("{{", in: line) { return false }
        switch first {
        case UInt8(ascii: "<"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: "$"),
            UInt8(ascii: "@"), UInt8(ascii: "&"):
            return true
        default: break
        }
        if last == UInt8(ascii: "{") || last == UInt8(ascii: "}") || last == UInt8(ascii: ";") { return true }
        if ["//", "/*", "import ", "public ", "private ", "protected ", "package ", "#include"]
            .contains(where: { text.hasPrefix($0, in: line) })
        {
            return true
        }
        // A row of a table.
        if bytes.reduce(0, { $0 + ($1 == UInt8(ascii: "|") ? 1 : 0) }) >= 2 { return true }
        // Prose is mostly letters.
        var symbols = 0
        for byte in bytes where byte < 0x80 && !isSpace(byte) && !isDigit(byte) {
            let folded = byte | 0x20
            if !(97...122 ~= folded) { symbols += 1 }
        }
        return symbols * 4 > bytes.count && bytes.count > 8
    }
}
