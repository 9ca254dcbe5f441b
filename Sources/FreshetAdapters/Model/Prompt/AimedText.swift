import FreshetCore

/// Sentences in an item that address a program instead of a person: "ignore your instructions", "reply with …".
///
/// They are no part of anybody's problem, so they are neither sent to a model nor good as evidence for a summary. What
/// this misses is still only data to the model, and its answer is checked all the same (`SummaryCheck`).
enum AimedText {
    /// What stands in their place, so that a reader sees that something was left out.
    static let gap = "[…]"

    static func removed(from content: Content) -> Content {
        var content = content
        content.subject = removed(from: content.subject)
        content.description = removed(from: content.description)
        for index in content.entries.indices {
            content.entries[index].text = removed(from: content.entries[index].text)
        }
        for index in content.translations.indices {
            content.translations[index].title = removed(from: content.translations[index].title)
            content.translations[index].text = removed(from: content.translations[index].text)
        }
        for index in content.attachments.indices where isAimed(spaced(content.attachments[index].fileName)) {
            content.attachments[index].fileName = gap
        }
        return content
    }

    /// File names write spaces as underscores, dashes and dots.
    private static func spaced(_ name: String) -> String { name.replacing(/[_\-.+]+/, with: " ") }

    static func removed(from text: String) -> String {
        guard mayBeAimed(text) else { return text }
        var followsAim = false
        var followsHeading = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            if followsHeading, line.contains(where: { !$0.isWhitespace }) {
                // "### Response:" and the like: what stands below is what it announces.
                followsHeading = isAimed(line)
                return gap
            }
            guard mayBeAimed(line) else {
                followsAim = false
                return String(line)
            }
            var kept: [Substring] = []
            for sentence in sentences(of: line) {
                // An order often comes in two sentences: that the rules are void, then what to say.
                let isAim = isAimed(sentence) || (followsAim && sentence.contains(continuation))
                if !isAim { kept.append(sentence) } else if kept.last != Substring(gap) { kept.append(Substring(gap)) }
                followsAim = isAim
            }
            followsHeading = followsAim && kept == [Substring(gap)] && line.contains(heading)
            return kept.joined(separator: " ")
        }
        return lines.joined(separator: "\n")
    }

    static func isAimed(_ text: some StringProtocol) -> Bool {
        let text = latin(text.prefix(2_000))
        return patterns.contains { text.contains($0) }
    }

    /// A cheap look before the dear one: most texts hold none of these.
    private static func mayBeAimed(_ text: some StringProtocol) -> Bool {
        let text = latin(text).lowercased()
        return cues.contains { text.contains($0) }
    }

    /// Cyrillic and Greek letters that look like Latin ones as those: text that is really Cyrillic stays without sense.
    private static func latin(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: { (0x370...0x4FF).contains($0.value) }) else { return String(text) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { lookalikes[$0] ?? $0 }))
    }

    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = [
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "і": "i", "ѕ": "s", "ј": "j", "ԁ": "d",
        "А": "A", "В": "B", "Е": "E", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P", "С": "C", "Т": "T", "Х": "X",
        "І": "I", "Ѕ": "S", "У": "Y", "ο": "o", "α": "a", "ι": "i", "ν": "v", "Ι": "I", "Ο": "O", "Α": "A", "Ε": "E",
    ]

    private static let cues = [
        "ignore", "disregard", "forget", "override", "overrule", "bypass", "instruction", "prompt", "you are",
        "you must", "you will",
        "assistant", "model", " ai", "ai ", "llm", "gpt", "claude", "system", "developer", "respond", "reply", "answer",
        "output",
        "say ", "print", "repeat", "write", "add ", "append", "insert", "include", "return", "set ", "mark ", "change ",
        "classify", "tag",
        "reveal", "summary", "summar", "response", "###", "inst]", "<|", "무시", "지시", "명령", "프롬프트", "시스템", "요약", "태그",
        "출력", "대답", "답변", "너는", "당신은",
        "인공지능",
    ]

    static func sentences(of line: Substring) -> [Substring] {
        var sentences: [Substring] = []
        var start = line.startIndex
        for match in line.matches(of: /[.!?。]["'”’)]*\s+/) {
            sentences.append(line[start..<match.range.upperBound])
            start = match.range.upperBound
        }
        sentences.append(line[start...])
        return sentences.map { sentence in
            var sentence = sentence
            while sentence.last?.isWhitespace == true { sentence.removeLast() }
            return sentence
        }.filter { !$0.isEmpty }
    }

    nonisolated(unsafe) private static let heading = /^\s*(?:###|\[\/?INST\]).*:?\s*$/

    nonisolated(unsafe) private static let continuation =
        /\b(instead|only|exactly|say|reply|respond|answer|output|print|write|append|include|return|repeat|tag)\b|["“'`]|대신|출력|답|적/
        .ignoresCase()

    /// Regexes are immutable; the type just does not say so.
    nonisolated(unsafe) private static let patterns: [Regex<Substring>] = [
        // The rules are void.
        /\b(?:ignore|disregard|forget|override|overrule|bypass)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules|previous|prior|above|earlier|system|guidelines|everything|context)\b/
            .ignoresCase(),
        /\b(?:new|updated|hidden|real|actual|secret)\s+(?:instructions?|task|orders|directives?)\b\s*(?::|are|is|for)/
            .ignoresCase(),
        // Somebody is cast in a role.
        /\byou\s+(?:are|must|will|should)\s+(?:now|henceforth)\b/.ignoresCase(),
        /\b(?:as|you\s+are|act\s+as|pretend\s+to\s+be)\s+(?:an?\s+|the\s+)?(?:ai|a\.i\.|assistant|language\s+model|llm|chat\s?bot|gpt|claude|summari[sz]er|system|developer)\b/
            .ignoresCase(),
        /\b(?:dear|hey|hello|attention|note\s+to|message\s+to|to)\s+(?:the\s+|any\s+|an?\s+)?(?:ai|assistant|language\s+model|llm|chat\s?bot|gpt|claude|summari[sz]er)\b/
            .ignoresCase(),
        /\bsystem\s*(?:prompt|message|override|note|instructions?)\b|\bdeveloper\s+(?:mode|message)\b|\bjailbreak\b/
            .ignoresCase(),
        /^\W*(?:system|assistant|developer|user)\s*:/.ignoresCase(),
        /<\|?\s*\/?\s*(?:im_start|im_end|system|assistant|endoftext|ticket|instructions?)\b[^>\n]{0,20}>|\[\/?INST\]|###\s*(?:system|instruction|response)/
            .ignoresCase(),
        // What to say is given.
        /\b(?:say|reply|respond|output|print|write|answer|return|include|add|append|insert|repeat)\b[^.!?\n"'“`]{0,40}["'“`][^"'”`\n]{1,400}["'”`]/
            .ignoresCase(),
        /\b(?:output|respond|reply|answer|print)\s*(?:only|with|exactly)*\s*:\s*\S/.ignoresCase(),
        /\b(?:reply|respond|answer|output)\s+(?:with\s+)?(?:only|exactly|solely|just)\b/.ignoresCase(),
        /\b(?:summary|tags?|answer|output|response)\s+(?:must|should|shall|has\s+to|have\s+to|needs?\s+to)\b/
            .ignoresCase(),
        // A field of the answer is named.
        /\b(?:set|mark|change|make|classify|put|write|add|insert|tag)\b[^.!?\n]{0,40}\b(?:tags?|summary|problem|cause|solution|result|language|priority|status|category|sentiment|severity)\b\s*(?:field)?\s*(?:to|as|=|be|into|with)\b/
            .ignoresCase(),
        /\b(?:in|into|to)\s+(?:the\s+|your\s+)?(?:summary|tags?)\b/.ignoresCase(),
        // Ours is to be told.
        /\b(?:reveal|print|show|repeat|output|leak|tell|disclose)\b[^.!?\n]{0,60}\b(?:system\s+prompt|your\s+(?:instructions|prompt|rules|configuration)|api\s+keys?|other\s+(?:tickets|customers|tenants|companies))\b/
            .ignoresCase(),
        // Korean.
        /(?:이전|위|앞|기존|모든)[^.!?\n]{0,12}(?:지시|명령|지침|프롬프트|규칙|내용)[^.!?\n]{0,10}(?:무시|잊|따르지)/,
        /(?:시스템\s*(?:프롬프트|메시지)|새로운\s*(?:지시|명령)|개발자\s*모드)/,
        /(?:너는|당신은|넌)\s*(?:이제|지금부터)/,
        /(?:인공지능|AI|어시스턴트|요약기|챗봇|언어\s*모델)(?:에게|은|는|이|가|야|아|님)?[^.!?\n]{0,30}(?:하라|해라|하세요|하십시오|해\s*줘|써라|적어라|출력|답)/,
        /["“'‘`「『][^"”'’`」』\n]{1,200}["”'’`」』]\s*(?:라고|이라고|만|을|를|로|으로)?\s*(?:만\s*)?(?:말|답|출력|적|쓰|써|대답|응답|요약|추가|반복)/,
        /(?:태그|요약|문제|원인|해결|결과|언어)(?:에|를|을|란에|필드에|필드를)\s*[^.!?\n]{0,40}(?:추가|넣|설정|바꾸|변경|적어|써|출력)/,
    ]
}
