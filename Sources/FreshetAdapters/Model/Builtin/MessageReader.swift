/// Reads one message of a ticket the way a person skims it: what others wrote before (quoted history), greetings,
/// thanks, signatures, disclaimers, stack frames and markup are left out, and the rest comes as sentences.
///
/// A sentence's words stand in the message in the same order: nothing is made up. Linear in the message, of which at
/// most `byteLimit` bytes and `lineLimit` lines are read.
struct MessageReader {
    struct Sentence {
        var kind: LineKind
        var text: ByteText
        /// White space collapsed.
        var string: String
        /// In Unicode scalars.
        var length: Int

        var range: Range<Int> { 0..<text.bytes.count }
    }

    static let byteLimit = 64 * 1024
    static let lineLimit = 2000
    static let sentenceLimit = 300
    /// Longer sentences are cut at a word, in scalars.
    static let sentenceLength = 400

    private let text: ByteText
    private var sentences: [Sentence] = []
    private var seen: Set<String> = []

    /// `keepsQuotes` for a first message: where nothing else is in it, a forwarded text is what the ticket is about.
    static func sentences(of message: String, keepsQuotes: Bool) -> [Sentence] {
        let text = ByteText(message, limit: byteLimit)
        let lines = text.lines(limit: lineLimit)
        var reader = MessageReader(text: text)
        reader.read(Quotation.ownLines(lines, of: text))
        if keepsQuotes, !reader.sentences.contains(where: { $0.kind == .prose || $0.kind == .error }) {
            reader = MessageReader(text: text)
            reader.read(Quotation.unquoted(lines, of: text))
        }
        return reader.sentences
    }

    private init(text: ByteText) { self.text = text }

    private mutating func read(_ lines: [Range<Int>]) {
        let lines = Courtesies.withoutSignature(Courtesies.withoutGreeting(lines, of: text), of: text)
        var isInsideCode = false
        var paragraph: [Range<Int>] = []
        for raw in lines {
            if sentences.count >= Self.sentenceLimit { return }
            if Markup.isFence(raw, in: text) {
                endParagraph(&paragraph)
                isInsideCode.toggle()
                continue
            }
            let (line, isItem) = Markup.withoutBullet(raw, in: text)
            if line.isEmpty || Markup.isRule(line, in: text) {
                endParagraph(&paragraph)
                continue
            }
            var kind = LineKind(of: line, in: text)
            if isInsideCode, kind == .prose { kind = .code }
            switch kind {
            case .frame: endParagraph(&paragraph)
            case .error, .log, .code:
                endParagraph(&paragraph)
                add(line, kind)
            case .prose:
                if isItem { endParagraph(&paragraph) }
                paragraph.append(line)
                // A short line, or one that ends like a sentence, is not one that was wrapped.
                let last = text.bytes[line.upperBound - 1]
                let isEnd =
                    last == UInt8(ascii: ".") || last == UInt8(ascii: "!") || last == UInt8(ascii: "?")
                    || last == UInt8(ascii: ":")
                if isEnd || line.count < 50 { endParagraph(&paragraph) }
            }
        }
        endParagraph(&paragraph)
    }

    /// Cuts the collected lines into sentences.
    private mutating func endParagraph(_ paragraph: inout [Range<Int>]) {
        defer { paragraph.removeAll(keepingCapacity: true) }
        guard let first = paragraph.first, let last = paragraph.last else { return }
        let range = first.lowerBound..<last.upperBound
        if Courtesies.isDisclaimer(range, of: text) { return }
        var start = range.lowerBound
        var at = start
        while at < range.upperBound {
            let length = sentenceEnd(at, in: range, from: start)
            if length > 0 {
                add(start..<at + length, .prose)
                start = at + length
                at = start
            } else {
                at += 1
            }
        }
        add(start..<range.upperBound, .prose)
    }

    /// How many bytes end a sentence at `at`; 0 when none ends there.
    private func sentenceEnd(_ at: Int, in range: Range<Int>, from start: Int) -> Int {
        let bytes = text.bytes
        switch bytes[at] {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
            let next = at + 1
            guard next < range.upperBound, isSpace(bytes[next]) else { return 0 }
            // "1. Do this" and "e.g. that" go on.
            if bytes[at] == UInt8(ascii: "."), bytes[text.trimmed(start..<at)].allSatisfy(isDigit) { return 0 }
            var after = next
            while after < range.upperBound, isSpace(bytes[after]) { after += 1 }
            if after < range.upperBound, 97...122 ~= bytes[after], bytes[at] == UInt8(ascii: ".") { return 0 }
            return 1
        case 0xE3:
            // 。
            return at + 2 < range.upperBound && bytes[at + 1] == 0x80 && bytes[at + 2] == 0x82 ? 3 : 0
        case 0xEF:
            // ！ ？
            guard at + 2 < range.upperBound, bytes[at + 1] == 0xBC else { return 0 }
            return bytes[at + 2] == 0x81 || bytes[at + 2] == 0x9F ? 3 : 0
        default: return 0
        }
    }

    private mutating func add(_ range: Range<Int>, _ kind: LineKind) {
        guard sentences.count < Self.sentenceLimit else { return }
        var range = text.trimmed(range)
        if kind == .error || kind == .log { range = Markup.withoutTimestamp(range, in: text) }
        guard !range.isEmpty, !Courtesies.isThanks(range, of: text) else { return }
        var string = Markup.plain(text.text(of: range))
        guard string.utf8.contains(where: { $0 >= 0x80 || (97...122 ~= ($0 | 0x20)) }) else { return }
        string = cut(string, to: Self.sentenceLength)
        // A log says the same thing many times.
        guard seen.insert(string).inserted else { return }
        let own = ByteText(string, limit: Self.byteLimit)
        sentences.append(Sentence(kind: kind, text: own, string: string, length: own.length(of: 0..<own.bytes.count)))
    }
}

/// At most `limit` scalars of `string`, cut after a word where there is one.
func cut(_ string: String, to limit: Int) -> String {
    let scalars = string.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
        end != scalars.endIndex
    else { return string }
    let head = scalars[..<end]
    if let space = head.lastIndex(of: " "), head.distance(from: space, to: end) < limit / 2 {
        return String(String.UnicodeScalarView(head[..<space]))
    }
    return String(String.UnicodeScalarView(head))
}
