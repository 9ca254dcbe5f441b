/// Finds what a message repeats from earlier ones: `>` lines, `On … wrote:`, Outlook's header block, in the languages
/// that mail programs speak most.
enum Quotation {
    /// The lines that the author wrote. After `On … wrote:` the quoted lines are left out where they carry `>`, else
    /// everything that follows is history. A rule is only believed after some text of the author's own.
    static func ownLines(_ lines: [Range<Int>], of text: ByteText) -> [Range<Int>] {
        var own: [Range<Int>] = []
        var letters = 0
        var at = 0
        var isInsideQuote = false
        while at < lines.count {
            let line = lines[at]
            if isQuoteMacro(line, in: text) {
                isInsideQuote.toggle()
                at += 1
                continue
            }
            if isInsideQuote || isQuoted(line, in: text) {
                at += 1
                continue
            }
            if let length = headerLength(at, lines, of: text) {
                let next = lines[min(at + length, lines.count)...].first { !$0.isEmpty }
                let marksLines = next.map { isQuoted($0, in: text) } ?? false
                if !marksLines, letters >= 8 { break }
                at += length
                continue
            }
            own.append(line)
            letters += line.count
            at += 1
        }
        // An opened macro that never closes quotes nothing.
        return isInsideQuote ? unquoted(lines, of: text) : own
    }

    /// All lines, without `>` before them and without the headers of forwarded mail.
    static func unquoted(_ lines: [Range<Int>], of text: ByteText) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var at = 0
        while at < lines.count {
            if let length = headerLength(at, lines, of: text) {
                at += length
                continue
            }
            var line = lines[at]
            while isQuoted(line, in: text), let first = line.first { line = text.trimmed(first + 1..<line.upperBound) }
            if !isQuoteMacro(line, in: text) { result.append(line) }
            at += 1
        }
        return result
    }

    private static func isQuoted(_ line: Range<Int>, in text: ByteText) -> Bool {
        line.first.map { text.bytes[$0] == UInt8(ascii: ">") } ?? false
    }

    private static func isQuoteMacro(_ line: Range<Int>, in text: ByteText) -> Bool { text.equals("{quote}", in: line) }

    /// How many lines at `at` announce a quotation; `nil` when they do not.
    private static func headerLength(_ at: Int, _ lines: [Range<Int>], of text: ByteText) -> Int? {
        let line = lines[at]
        guard !line.isEmpty else { return nil }
        if text.containsCue(separators, in: line), line.count <= 120 {
            return 1 + headerFields(after: at, lines, of: text)
        }
        // The attribution may be wrapped over two or three lines.
        if line.count <= 200 {
            let opens = text.startsWithCue(openings, in: line) || line.contains { isDigit(text.bytes[$0]) }
            if opens {
                for length in 1...3 where at + length <= lines.count {
                    let last = lines[at + length - 1]
                    if last.isEmpty || last.count > 200 { break }
                    if closings.contains(where: { text.hasSuffix($0, in: last) }),
                        lines[at..<at + length].contains(where: { $0.contains { isDigit(text.bytes[$0]) } })
                    {
                        return length
                    }
                }
            }
        }
        if text.startsWithCue(senders, in: line) {
            let fields = headerFields(after: at, lines, of: text)
            if fields >= 2 { return 1 + fields }
        }
        return nil
    }

    /// How many of the lines that follow are fields of a mail header.
    private static func headerFields(after at: Int, _ lines: [Range<Int>], of text: ByteText) -> Int {
        var count = 0
        for line in lines[(at + 1)...].prefix(8) {
            guard text.startsWithCue(senders + fields, in: line) else { break }
            count += 1
        }
        return count
    }

    private static let separators: [StaticString] = [
        "-----original message-----", "----- original message -----", "-------- original message --------",
        "---------- forwarded message", "begin forwarded message", "-------- forwarded message",
        "-----원본 메시지-----", "----- 원본 메시지 -----", "-----원본메시지-----", "---------- 전달된 메시지", "---------- 원본 메일",
        "-----ursprüngliche nachricht-----", "-----message d'origine-----", "-----mensaje original-----",
        "-----元のメッセージ-----", "-----邮件原件-----",
    ]
    private static let openings: [StaticString] = ["on", "am", "le", "el", "il", "em", "op"]
    private static let closings: [StaticString] = [
        "wrote:", "writes:", "schrieb:", "a écrit :", "a écrit:", "escribió:", "ha scritto:", "escreveu:", "schreef:",
        "님이 작성:", "님이 작성했습니다:", "님이 다음과 같이 썼습니다:", "のメール:", "のメッセージ:", "写道：", "写道:", "написал:", "написал(а):",
        "пишет:",
    ]
    private static let senders: [StaticString] = [
        "from:", "보낸 사람:", "보낸사람:", "von:", "de :", "de:", "差出人:", "发件人:", "от:",
    ]
    private static let fields: [StaticString] = [
        "sent:", "date:", "to:", "cc:", "subject:", "보낸 날짜:", "보낸날짜:", "날짜:", "받는 사람:", "받는사람:", "참조:", "제목:",
        "gesendet:", "an:",
        "betreff:", "datum:", "envoyé :", "à :", "objet :", "enviado:", "enviado el:", "para:", "asunto:", "送信日時:",
        "宛先:", "件名:",
        "发送时间:", "收件人:", "主题:", "抄送:", "reply-to:", "importance:",
    ]
}
