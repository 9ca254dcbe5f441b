package import FreshetCore

/// Drafts replies without any model, out of sentences in which agents and articles have told others what to do: nothing is
/// made up, and the same comes out every time. Answers it writes none: the results speak for themselves.
///
/// It does not translate. Only passages in the reply's language are used, and a language whose courtesies it does not know
/// gives way to English, which the draft says.
package struct BuiltinWriter: Writer {
    package let identity = ModelIdentity(
        provider: ModelIdentity.builtinProvider, model: "extractive-reply", version: 1)

    package init() {}

    private static let mostSentences = 6
    private static let mostFromOne = 4

    package func answer(
        _ order: AnswerOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        Draft(sentences: [], language: SpokenLanguage.guess(order.text) ?? "und", maker: identity.name)
    }

    package func reply(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        let wanted = order.language ?? SpokenLanguage.guess(order.ticket.text) ?? "en"
        let phrases = ReplyPhrases(language: wanted) ?? .english
        let language = ReplyPhrases(language: wanted) == nil ? "en" : wanted
        let passages = [order.ticket] + order.passages.map { $0.withoutAimedText.withoutPeople }
        let check = SentenceCheck(
            passages, manner: .reply(wish: order.instructions), instructions: "", language: language)

        var body: [Draft.Sentence] = []
        let topic = Self.telling(order.ticket)
        for (index, passage) in passages.enumerated().dropFirst() where Self.isAbout(topic, passage) {
            let advice = Self.advice(in: passage, language).flatMap { check.sentences(in: $0, sources: [index]) }
            for (text, _) in advice.prefix(Self.mostFromOne) where body.count < Self.mostSentences {
                // One that named somebody was about that somebody.
                guard !text.contains(AimedText.gap), !body.contains(where: { $0.text == text }) else { continue }
                body.append(Draft.Sentence(text: text, sources: [passage.item]))
            }
        }
        if !body.isEmpty { body[0].opensParagraph = true }
        let opening = body.isEmpty ? phrases.gap : phrases.opening
        return Draft(
            sentences: [
                Draft.Sentence(text: phrases.greeting, sources: []),
                Draft.Sentence(text: opening, sources: [], opensParagraph: true),
            ] + body + [Draft.Sentence(text: phrases.closing, sources: [], opensParagraph: true)],
            language: language, maker: identity.name)
    }

    /// Shares enough telling words: what is found is not always near.
    private static func isAbout(_ topic: Set<String>, _ passage: Passage) -> Bool {
        let shared = topic.intersection(telling(passage)).count
        return shared >= max(2, min(topic.count, 20) / 5)
    }

    private static func telling(_ passage: Passage) -> Set<String> {
        Set(
            Evidence.words(passage.text).filter { $0.count >= 2 && !StopWords.contains(Array($0.utf8)) }
                .map(Evidence.beginning))
    }

    /// What the built-in summariser takes for the solution, a sentence each; empty where it is in another language.
    private static func advice(in passage: Passage, _ language: String) -> [String] {
        let replies = passage.parts.filter { $0.voice == .agent }
        let openings = passage.parts.filter { $0.voice != .agent }.map(\.text)
        let isArticle = passage.item.kind == .article
        // Of an article, the translation.
        let opening = isArticle ? openings.first { speaks($0, language) } : openings.first
        guard let opening, isArticle || speaks(replies.map(\.text).joined(separator: "\n"), language) else { return [] }
        let content = Content(
            kind: passage.item.kind, subject: passage.subject, description: opening,
            entries: replies.enumerated().map { index, part in
                Content.Entry(id: Int64(index), role: .agent, isPrivate: false, text: part.text)
            }, attachments: [], isResolved: false)
        return BuiltinSummariser().summarise(content).solution.split(separator: "\n").map(String.init)
    }

    private static func speaks(_ text: String, _ language: String) -> Bool {
        SpokenLanguage.guess(text) ?? language == language
    }
}
