import FreshetCore

/// What of a model's text may come out: sentence by sentence, only what the cited passages bear out.
///
/// - no markup, no order to a program, none of our own instructions; sentences of sane length;
/// - a sentence names the passages that say so, and in the passages' own language three of five of its telling words
///   occur there. In another language words cannot be compared: then its numbers, codes and names must do;
/// - numbers (also single digits, and English number words), codes, versions, paths and names occur in what the sentence
///   cites; links and addresses only where our own side wrote them;
/// - what does not costs an answer the sentence; in a reply a number, link or address gives way to a placeholder;
/// - a reply may ask, without a source, for what is missing, but for nobody's secrets.
///
/// What it cannot see: names in German, where every noun has a capital, numbers that other languages spell out, and
/// whether sentences in another language than their passages say what those say.
struct SentenceCheck: Sendable {
    enum Manner: Sendable, Equatable {
        /// To a colleague: no links at all.
        case answer
        /// To a requester: the first passage is the requester's own ticket, the others are strangers'.
        case reply(wish: String)
    }

    private struct Ground {
        /// All of it.
        var evidence: Evidence
        /// What may be repeated exactly.
        var facts: Facts
        /// Links and addresses that may be repeated.
        var links: Set<String>
        /// `nil` where it cannot be told.
        var language: String?
    }

    private let passages: [Passage]
    private let manner: Manner
    private let instructions: Set<String>
    private let language: String
    private let everything: Evidence

    private static let longest = 700
    private static let longestCourtesy = 160
    /// Of a sentence's telling words. Of sentences that agents wrote in one thread, 8 in 100 pass for what another says;
    /// with a third of its words exchanged, a thread's own sentence still passes for its own.
    private static let leastSupport = 0.6

    /// - Parameters:
    ///   - passages: as the model was shown them, in their order.
    ///   - language: that the text speaks.
    init(_ passages: [Passage], manner: Manner, instructions: String, language: String) {
        self.passages = passages
        self.manner = manner
        self.language = language
        self.instructions = Set(SummaryCheck.runs(instructions))
        everything = Evidence(passages.map(\.text).joined(separator: "\n\n"))
    }

    /// The sentences in one element of a model's list that hold, with the passages (by index) that they rest on.
    ///
    /// - Parameter sources: those that the element cites besides what is written in it.
    func sentences(in element: String, sources: [Int] = []) -> [(text: String, sources: [Int])] {
        let text = SummaryCheck.plain(element)
        let cited = Self.citations(in: text, below: passages.count)
        // A list's own numbers say nothing.
        let bare = Self.withoutCitations(text).replacing(/^\d{1,2}[.)]\s+/, with: "")
        return AimedText.sentences(of: bare[...]).compactMap { sentence in
            let sentence = String(sentence)
            guard sentence.count <= Self.longest, isClean(sentence) else { return nil }
            let sources = cited.isEmpty ? sources : cited
            if sources.isEmpty {
                guard case .reply = manner, Self.isQuestion(sentence), !Self.asksForSecrets(sentence) else {
                    return nil
                }
                return factual(sentence, on: ground(of: [0])).map { ($0, []) }
            }
            let ground = ground(of: sources)
            guard isBorneOut(sentence, by: ground), let text = factual(sentence, on: ground) else { return nil }
            return (text, sources)
        }
    }

    /// A greeting or closing that states nothing; `nil` for one that does.
    func courtesy(_ line: String) -> String? {
        let text = Self.withoutCitations(SummaryCheck.plain(line))
        let ground = ground(of: [0])
        guard !text.isEmpty, text.count <= Self.longestCourtesy, isClean(text),
            Facts.tokens(in: Self.withoutPlaceholders(text), language).isEmpty,
            !text.contains(SummaryCheck.link), !text.contains(SummaryCheck.address), holdsNames(of: text, ground)
        else { return nil }
        return text
    }

    // MARK: - Sources

    /// `[2]`, `[1, 3]`: by index, each once.
    private static func citations(in text: String, below count: Int) -> [Int] {
        var found: [Int] = []
        for match in text.matches(of: citation) {
            for number in match.output.matches(of: /\d+/).compactMap({ Int($0.output) })
            where (1...count).contains(number) && !found.contains(number - 1) { found.append(number - 1) }
        }
        return found
    }

    private static func withoutCitations(_ text: String) -> String {
        text.replacing(citation, with: "").split(separator: " ").joined(separator: " ")
            .replacing(/\x20([.,;!?])/) { $0.output.1 }
    }

    nonisolated(unsafe) private static let citation = /\s*\[\d{1,2}(?:\s*,\s*\d{1,2})*\]/

    private func ground(of sources: [Int]) -> Ground {
        let cited = sources.map { passages[$0] }
        switch manner {
        case .answer:
            let text = cited.map(\.text).joined(separator: "\n\n")
            return Ground(
                evidence: Evidence(text), facts: Facts(text), links: [],
                language: SpokenLanguage.guess(text))
        case .reply(let wish):
            // Whatever is said in a reply may be about the ticket, and that is the requester's own.
            let own = passages[0].text + "\n\n" + wish
            // Of strangers' tickets what agents said, not what their requesters would have us say.
            let ours = sources.filter { $0 != 0 }.map { passages[$0].ownText }.joined(separator: "\n\n")
            let text = own + "\n\n" + ours
            return Ground(
                evidence: Evidence(text), facts: Facts(text),
                links: Self.links(in: wish + "\n\n" + passages[0].ownText + "\n\n" + ours),
                language: SpokenLanguage.guess(cited.map(\.text).joined(separator: "\n\n")))
        }
    }

    // MARK: - Verdicts

    private func isClean(_ text: String) -> Bool {
        guard !text.contains(SummaryCheck.markup), !AimedText.isAimed(text) else { return false }
        return SummaryCheck.runs(text).allSatisfy { !instructions.contains($0) || everything.holds($0) }
    }

    private func isBorneOut(_ sentence: String, by ground: Ground) -> Bool {
        if let spoken = ground.language, language != "und", spoken != language { return true }
        // Links and numbers are looked at by themselves.
        let text = Self.withoutPlaceholders(sentence).replacing(SummaryCheck.link, with: " ")
        let words = Set(
            Evidence.words(text).filter { word in
                let isAlphabetic = (word.unicodeScalars.first?.value ?? 0) < 0x1100
                return word.contains(where: \.isLetter) && word.count >= (isAlphabetic ? 3 : 2)
                    && !StopWords.contains(Array(word.utf8))
            }.map(Evidence.beginning))
        guard !words.isEmpty else { return false }
        let held = words.count { ground.evidence.holds(beginningOf: $0) }
        return Double(held) >= Double(words.count) * Self.leastSupport
    }

    /// The sentence, with placeholders where a reply may have them; `nil` where it holds what nobody said.
    private func factual(_ sentence: String, on ground: Ground) -> String? {
        guard var text = withoutForeignLinks(sentence, ground) else { return nil }
        guard holdsNames(of: text, ground) else { return nil }
        let checked = Self.withoutPlaceholders(text)
            .replacing(SummaryCheck.link, with: " ").replacing(SummaryCheck.address, with: " ")
        for token in Facts.tokens(in: checked, language) where !ground.facts.hold(token) {
            guard case .reply = manner, token.allSatisfy({ $0.isNumber || ".,:%-".contains($0) }) else { return nil }
            text = Facts.replacing(token, in: text, with: "[\(Placeholder.number(language))]")
        }
        return text
    }

    private func withoutForeignLinks(_ sentence: String, _ ground: Ground) -> String? {
        var text = sentence
        for (pattern, name) in [
            (SummaryCheck.link, Placeholder.link(language)), (SummaryCheck.address, Placeholder.address(language)),
        ] {
            for match in text.matches(of: pattern).reversed() {
                let link = Self.trimmed(match.output)
                if ground.links.contains(link.lowercased()) { continue }
                // An answer that needs a link says less than its source, which is cited beside it.
                guard case .reply = manner else { return nil }
                text.replaceSubrange(match.range.lowerBound..<link.endIndex, with: "[\(name)]")
            }
        }
        return text
    }

    private static func links(in text: String) -> Set<String> {
        let found =
            text.matches(of: SummaryCheck.link).map(\.output) + text.matches(of: SummaryCheck.address).map(\.output)
        return Set(found.map { trimmed($0).lowercased() })
    }

    /// Without what ends the sentence around it.
    private static func trimmed(_ link: Substring) -> Substring {
        var link = link
        while let last = link.last, ".,;:!?".contains(last) { link.removeLast() }
        return link
    }

    /// Capitals inside a sentence name somebody or something.
    private func holdsNames(of sentence: String, _ ground: Ground) -> Bool {
        guard language != "de" else { return true }
        return Self.withoutPlaceholders(sentence).matches(of: /[a-z,;:]["'(]*\s+["'(]*([A-Z][a-z]{2,})/).allSatisfy {
            ground.evidence.holds(beginningOf: String($0.output.1))
        }
    }

    /// What is in brackets for somebody to fill in: a few words, no figures.
    private static func withoutPlaceholders(_ text: String) -> String {
        text.replacing(/\[(?:[\p{L}\-']{1,20} ?){1,4}\]/, with: " ")
    }

    /// No help desk asks for them, whatever a ticket may have told the model.
    private static func asksForSecrets(_ sentence: String) -> Bool {
        let text = sentence.lowercased()
        return secrets.contains { text.contains($0) }
    }

    private static let secrets = [
        "password", "passcode", "passphrase", "cvv", "cvc", "one-time code", "verification code", "card number",
        "credit card", "secret key", "private key", "passwort", "kennwort", "kartennummer", "mot de passe",
        "contraseña", "senha", "wachtwoord", "비밀번호", "패스워드", "인증번호", "카드 번호", "카드번호", "パスワード", "暗証番号", "密码",
    ]

    private static func isQuestion(_ sentence: String) -> Bool {
        ["?", "？", "까요.", "나요."].contains { sentence.hasSuffix($0) }
    }
}

/// Numbers, codes and other exact words of a text.
struct Facts: Sendable {
    private let tokens: Set<String>
    private let evidence: Evidence

    init(_ text: String) {
        tokens = Set(Self.tokens(in: text, "en").map(Self.bare))
        evidence = Evidence(text)
    }

    /// Short ones must stand there by themselves; a longer one may be part of another, a version without its `v`.
    func hold(_ token: String) -> Bool {
        let bare = Self.bare(token)
        return tokens.contains(bare) || bare.count >= 4 && evidence.holdsWord(token)
    }

    /// What must be told exactly, digits in ASCII.
    static func tokens(in text: String, _ language: String) -> [String] {
        let text = String(
            text.map { character in
                guard let digit = character.wholeNumberValue, (0...9).contains(digit) else { return character }
                return Character("\(digit)")
            })
        var tokens = Evidence.identifiers(in: text)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            if word.count == 1, word.first?.isNumber == true { tokens.append(String(word)) }
            if language == "en", numberWords[String(word)] != nil { tokens.append(String(word)) }
            // Digits that letters of another script follow: 5일, 3日.
            if let digits = word.prefixMatch(of: /[0-9]+/)?.output, digits.count < word.count,
                (word[digits.endIndex].unicodeScalars.first?.value ?? 0) >= 0x80
            {
                tokens.append(String(digits))
            }
        }
        return tokens
    }

    /// Where it stands by itself.
    static func replacing(_ token: String, in text: String, with stand: String) -> String {
        var result = text
        for range in text.ranges(of: token).reversed() {
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
            if before.isNumber || after.isNumber { continue }
            result.replaceSubrange(range, with: stand)
        }
        return result
    }

    private static func bare(_ token: String) -> String {
        let bare = token.lowercased().filter { !" ,._-'’/:#".contains($0) }
        return numberWords[bare] ?? bare
    }

    /// "One" is an article as often as a number.
    private static let numberWords = [
        "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
        "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
        "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "thousand": "1000",
    ]
}

/// What stands in the place of something that nobody said.
enum Placeholder {
    static func number(_ language: String) -> String {
        [
            "ko": "숫자", "de": "Zahl", "fr": "nombre", "es": "número", "pt": "número", "it": "numero", "nl": "getal",
            "ja": "数字", "zh": "数字",
        ][language] ?? "number"
    }

    static func link(_ language: String) -> String {
        ["ko": "링크", "de": "Link", "fr": "lien", "es": "enlace", "ja": "リンク", "zh": "链接"][language] ?? "link"
    }

    static func address(_ language: String) -> String {
        [
            "ko": "이메일 주소", "de": "E-Mail-Adresse", "fr": "adresse e-mail", "es": "correo electrónico", "ja": "メールアドレス",
            "zh": "电子邮件地址",
        ][language] ?? "e-mail address"
    }
}
