package import FreshetCore
import Metrics

/// Writes by asking a model: whatever vendor, the same question, the same check of every sentence, one attempt to mend an
/// answer that has no usable shape. What is only unsupported is left out and not asked for again.
package struct PromptedWriter: Sendable {
    package struct Configuration: Sendable, Equatable {
        /// Tokens that one question may hold, 500...1,000,000.
        package var budget: Int
        /// Of one call.
        package var deadline: Duration

        package init(budget: Int = 24_000, deadline: Duration = .seconds(60)) {
            self.budget = budget
            self.deadline = deadline
        }
    }

    package let identity: ModelIdentity
    private let chat: any ChatModel
    private let configuration: Configuration
    private let clock: any WallClock
    private let meter: any UsageMeter

    /// Tokens of one item among several; of the ticket that is replied to; of a question or wish.
    private static let passageTokens = 1_500
    private static let ticketTokens = 4_000
    private static let questionTokens = 2_000
    /// All items that an answer rests on are looked up while somebody waits.
    static let mostSources = 3
    /// A call that has less time than this would hardly succeed, and still cost.
    private static let leastTime = Duration.milliseconds(500)

    package init(
        chat: any ChatModel, configuration: Configuration = Configuration(), clock: any WallClock, meter: any UsageMeter
    ) {
        precondition((500...1_000_000).contains(configuration.budget))
        self.chat = chat
        self.configuration = configuration
        self.clock = clock
        self.meter = meter
        identity = ModelIdentity(
            provider: chat.identity.provider, model: chat.identity.model, version: WritingPrompt.version)
    }

    func answer(_ order: AnswerOrder, _ errand: WritingErrand) async throws(ModelFault) -> Draft {
        let text = String(TokenEstimate.prefix(of: order.text[...], tokens: Self.questionTokens))
        let words = Set(Evidence.words(text).map(Evidence.beginning))
        let share = max(50, min(Self.passageTokens, configuration.budget / max(1, order.passages.count)))
        let passages = order.passages.map { $0.withoutAimedText.cut(to: share, about: words) }
        let language = SpokenLanguage.guess(text)
        let instructions = WritingPrompt.answerInstructions(language: language)
        let chatQuestion = ChatQuestion(
            instructions: instructions, material: WritingPrompt.material(passages, question: text),
            schema: WritingPrompt.answerSchema, answerLimit: WritingPrompt.answerLimit)
        return try await ask(chatQuestion, errand) { value throws(ModelFault) in
            let elements = try Self.elements(value, "sentences")
            let spoken = try Self.language(of: elements, language)
            let check = SentenceCheck(passages, manner: .answer, instructions: instructions, language: spoken)
            let held = Self.restingOnFew(elements.flatMap { check.sentences(in: $0) })
            return Draft(
                sentences: held.map { text, sources in
                    Draft.Sentence(text: text, sources: sources.map { passages[$0].item })
                }, language: spoken, maker: identity.name)
        }
    }

    func reply(_ order: ReplyOrder, _ errand: WritingErrand) async throws(ModelFault) -> Draft {
        let wish = String(TokenEstimate.prefix(of: order.instructions[...], tokens: Self.questionTokens))
        let ticket = order.ticket.withoutAimedText
        let words = Set(Evidence.words(ticket.text + " " + wish).map(Evidence.beginning))
        let share = max(50, min(Self.passageTokens, configuration.budget / (2 * max(1, order.passages.count))))
        let passages =
            [ticket.cut(to: max(50, min(Self.ticketTokens, configuration.budget / 2)), about: words)]
            + order.passages.map { $0.withoutAimedText.withoutPeople.cut(to: share, about: words) }
        let language = order.language ?? SpokenLanguage.guess(ticket.text)
        let instructions = WritingPrompt.replyInstructions(language: language, tone: order.tone)
        let question = ChatQuestion(
            instructions: instructions, material: WritingPrompt.material(passages, wish: wish),
            schema: WritingPrompt.replySchema, answerLimit: WritingPrompt.answerLimit)
        return try await ask(question, errand) { value throws(ModelFault) in
            let elements = try Self.elements(value, "sentences")
            guard let greeting = value.at("greeting")?.text, let closing = value.at("closing")?.text else {
                throw .broken(rule: "greeting and closing must be texts")
            }
            let spoken = try Self.language(of: elements, language)
            let check = SentenceCheck(
                passages, manner: .reply(wish: wish), instructions: instructions, language: spoken)
            var body = elements.flatMap { check.sentences(in: $0) }.map { text, sources in
                // Its own ticket is no citation.
                Draft.Sentence(text: text, sources: sources.filter { $0 != 0 }.map { passages[$0].item })
            }
            if !body.isEmpty { body[0].opensParagraph = true }
            let phrases = ReplyPhrases(language: spoken)
            let frame = (
                check.courtesy(greeting) ?? phrases?.greeting, check.courtesy(closing) ?? phrases?.closing
            )
            return Draft(
                sentences: [frame.0].compactMap(\.self).map { Draft.Sentence(text: $0, sources: []) } + body
                    + [frame.1].compactMap(\.self).map {
                        Draft.Sentence(text: $0, sources: [], opensParagraph: true)
                    }, language: spoken, maker: identity.name)
        }
    }

    // MARK: - One question

    private func ask(
        _ question: ChatQuestion, _ errand: WritingErrand,
        _ read: (JSONValue) throws(ModelFault) -> Draft
    ) async throws(ModelFault) -> Draft {
        var question = question
        do throws(ModelFault) {
            return try await call(question, errand, read)
        } catch {
            guard error.isRepairable else { throw error }
            question.correction = SummaryPrompt.correction(error)
            return try await call(question, errand, read)
        }
    }

    private func call(
        _ question: ChatQuestion, _ errand: WritingErrand, _ read: (JSONValue) throws(ModelFault) -> Draft
    ) async throws(ModelFault) -> Draft {
        let left = errand.end - clock.now
        guard left >= Self.leastTime else { throw .timedOut }
        let reply = await chat.answer(question, deadline: min(configuration.deadline, left))
        if reply.usage != TokenUsage() {
            await meter.record(
                ModelUsage(
                    company: errand.company, provider: identity.provider, model: identity.model, purpose: .answer,
                    tokens: reply.usage))
        }
        do throws(ModelFault) {
            let draft = try read(reply.answer.get())
            count("good")
            return draft
        } catch {
            count(error.label)
            throw error
        }
    }

    private func count(_ outcome: String) {
        Counter(
            label: "freshet_model_texts_total", dimensions: [("provider", identity.provider), ("outcome", outcome)]
        ).increment()
    }

    // MARK: - Shape

    private static func elements(_ value: JSONValue, _ name: String) throws(ModelFault) -> [String] {
        guard let elements = value.at(name)?.elements else { throw .broken(rule: "\(name) must be a list") }
        guard elements.count <= WritingPrompt.mostSentences else {
            throw .broken(rule: "at most \(WritingPrompt.mostSentences) \(name)")
        }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text else { throw .broken(rule: "\(name) must be texts") }
            texts.append(text)
        }
        return texts
    }

    private static func language(of elements: [String], _ language: String?) throws(ModelFault) -> String {
        try elements.isEmpty ? language ?? "und" : SpokenLanguage.check(elements.joined(separator: "\n"), language)
    }

    /// Sentences, cut back to the items that are cited first; one that rests on none of those goes.
    private static func restingOnFew(
        _ sentences: [(text: String, sources: [Int])]
    ) -> [(text: String, sources: [Int])] {
        var few: [Int] = []
        for source in sentences.flatMap(\.sources) where !few.contains(source) && few.count < mostSources {
            few.append(source)
        }
        return sentences.compactMap { text, sources in
            let kept = sources.filter { few.contains($0) }
            // What its other sources say in it would stand on nothing.
            return kept.count == sources.count ? (text, kept) : nil
        }
    }
}

/// For whom, and until when.
struct WritingErrand: Sendable {
    var company: CompanyID
    var end: Timestamp
}
