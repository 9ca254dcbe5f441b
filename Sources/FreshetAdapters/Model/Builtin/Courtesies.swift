/// Finds what people write out of politeness or because their mail program adds it.
enum Courtesies {
    /// Without greetings that stand on a line of their own at the start.
    static func withoutGreeting(_ lines: [Range<Int>], of text: ByteText) -> [Range<Int>] {
        var start = 0
        while start < lines.count, start < 6 {
            let line = lines[start]
            guard line.isEmpty || isGreeting(line, of: text) else { break }
            start += 1
        }
        return Array(lines[start...])
    }

    /// Without the signature: from a line that only says good-bye (or `--`) to the end, where little follows.
    static func withoutSignature(_ lines: [Range<Int>], of text: ByteText) -> [Range<Int>] {
        for at in lines.indices.suffix(16) {
            let line = lines[at]
            let after = lines[(at + 1)...].reduce(0) { $0 + $1.count }
            let isDelimiter = text.equals("--", in: line) || text.equals("__", in: line)
            if (isDelimiter && after <= 800) || (isGoodbye(line, of: text) && after <= 400) {
                return Array(lines[..<at])
            }
            if text.startsWithCue(devices, in: line), line.count <= 60 { return Array(lines[..<at]) }
        }
        return lines
    }

    /// A short sentence that only thanks or greets.
    static func isThanks(_ range: Range<Int>, of text: ByteText) -> Bool {
        guard range.count <= 90 else { return false }
        if isGreeting(range, of: text) || isGoodbye(range, of: text) { return true }
        return range.count <= 60 && text.startsWithCue(thanks, in: range)
            && !text.containsCue(["but", "fixed", "works"], in: range)
    }

    static func isDisclaimer(_ range: Range<Int>, of text: ByteText) -> Bool {
        range.count >= 60 && text.countCues(disclaimers, in: range) >= 2
    }

    private static func isGreeting(_ line: Range<Int>, of text: ByteText) -> Bool {
        line.count <= 45 && text.startsWithCue(greetings, in: line)
            // "Hi, the server is down" greets and tells: at most a name may follow.
            && text.bytes[line].split(whereSeparator: isSpace).count <= 3
            && !text.bytes[line].contains(UInt8(ascii: "?"))
    }

    private static func isGoodbye(_ line: Range<Int>, of text: ByteText) -> Bool {
        guard !line.isEmpty, line.count <= 45 else { return false }
        var end = line.upperBound
        while end > line.lowerBound, text.bytes[end - 1] < 0x30 { end -= 1 }
        let bare = line.lowerBound..<end
        return goodbyes.contains { text.equals($0, in: bare) }
            || koreanClosings.contains { text.hasSuffix($0, in: bare) && bare.count <= 30 }
    }

    private static let greetings: [StaticString] = [
        "hi", "hello", "hey", "dear", "good morning", "good afternoon", "good evening", "greetings", "to whom", "안녕하세요",
        "안녕하십니까", "수고하십니다", "수고하세요", "hallo", "guten tag", "sehr geehrte", "bonjour", "hola", "buenos", "olá", "ciao",
        "こんにちは", "お世話になっております", "你好", "您好", "здравствуйте", "привет", "merhaba",
    ]
    private static let goodbyes: [StaticString] = [
        "thanks", "thank you", "thanks in advance", "many thanks", "thanks a lot", "thanks and regards",
        "thanks & regards", "thank you very much", "thank you in advance", "thx", "regards", "best regards",
        "kind regards", "warm regards", "best", "best wishes", "cheers", "sincerely", "yours sincerely",
        "yours faithfully", "yours truly", "감사합니다", "고맙습니다", "수고하세요", "부탁드립니다", "잘 부탁드립니다", "mit freundlichen grüßen",
        "viele grüße", "danke", "vielen dank", "cordialement", "merci", "saludos", "gracias", "obrigado",
        "atenciosamente",
        "よろしくお願いします", "よろしくお願いいたします", "谢谢", "спасибо", "teşekkürler",
    ]
    private static let koreanClosings: [StaticString] = [" 드림", " 올림", " 배상"]
    private static let devices: [StaticString] = [
        "sent from my", "get outlook for", "나의 iphone에서 보냄", "von meinem iphone gesendet", "envoyé de mon",
        "enviado desde mi",
    ]
    private static let thanks: [StaticString] = [
        "thanks", "thank you", "thx", "many thanks", "please help", "any help", "any ideas", "looking forward",
        "let me know", "감사합니다", "감사 드립니다", "고맙습니다", "수고하세요", "잘 부탁", "확인 부탁드립니다", "답변 부탁드립니다", "답변 기다리",
    ]
    private static let disclaimers: [StaticString] = [
        "intended recipient", "confidential", "privileged", "unauthorized", "unauthorised", "disclosure",
        "disseminat", "notify the sender", "delete this e", "received this e", "in error", "본 메일", "본 이메일", "기밀", "수신인",
        "수신자가 아닌", "법적", "무단", "vertraulich", "confidentiel", "confidencial",
    ]
}
