package import FreshetCore
import FreshetSystem
import Metrics
import Synchronization

/// Makes summaries by asking a model: whatever vendor, the same question, the same check, one attempt to mend.
///
/// An item that is longer than the model takes is condensed in parts, a few at once, and the parts into one; parts that
/// have not changed since are remembered, so a long thread that grows costs its last part and the joining.
package final class PromptedSummariser: Summariser {
    package struct Configuration: Sendable, Equatable {
        /// Tokens of an item that one question may hold, 500...1,000,000.
        package var budget: Int
        /// Parts condensed at once, 1...16.
        package var width: Int
        /// ISO 639-1; `nil` for each item's own.
        package var language: String?
        /// Whether private notes may leave for the model.
        package var includesPrivate: Bool
        /// Of one call.
        package var deadline: Duration

        package init(
            budget: Int = 24_000, width: Int = 3, language: String? = nil, includesPrivate: Bool = false,
            deadline: Duration = .seconds(60)
        ) {
            self.budget = budget
            self.width = width
            self.language = language
            self.includesPrivate = includesPrivate
            self.deadline = deadline
        }
    }

    package var identity: ModelIdentity { chat.identity }
    private let chat: any ChatModel
    private let configuration: Configuration
    private let clock: any WallClock
    private let meter: any UsageMeter
    private let remembered = Mutex(RememberedParts())
    /// A longer item is read from its beginning up to here: no bill without end.
    private static let mostParts = 24

    package init(
        chat: any ChatModel, configuration: Configuration = Configuration(), clock: any WallClock,
        meter: any UsageMeter
    ) {
        precondition((500...1_000_000).contains(configuration.budget) && (1...16).contains(configuration.width))
        self.chat = chat
        self.configuration = configuration
        self.clock = clock
        self.meter = meter
    }

    package func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        do throws(ModelFault) {
            return try await attempt(content, for: company)
        } catch {
            throw error.upstreamError(of: identity.provider, now: clock.now)
        }
    }

    /// The same, with the reason in a model's words: for whoever has another model to ask.
    ///
    /// - Parameter end: when it must be over, whatever is left to do; each call has its own deadline besides.
    package func attempt(
        _ content: Content, for company: CompanyID, until end: Timestamp? = nil
    ) async throws(ModelFault) -> Summary {
        let errand = Errand(company: company, end: end)
        let content = AimedText.removed(from: content)
        var budget = configuration.budget
        while true {
            do throws(ModelFault) {
                return try await summarise(content, budget: budget, errand)
            } catch {
                // The provider counts differently, or its model takes less than we were told.
                guard error == .tooLong, budget > 1_000 else { throw error }
                budget /= 2
            }
        }
    }

    private func summarise(_ content: Content, budget: Int, _ errand: Errand) async throws(ModelFault) -> Summary {
        let texts = ThreadParts(content, budget: budget, includesPrivate: configuration.includesPrivate).texts
            .prefix(Self.mostParts)
        let language = configuration.language ?? Self.language(of: content)
        let instructions = SummaryPrompt.instructions(for: content.kind, language: language)
        if texts.count == 1, let text = texts.first {
            return try await ask(instructions, SummaryPrompt.material(text), source: text, language, errand)
        }
        let parts = try await condense(Array(texts), instructions, language, errand)
        return try await ask(
            instructions, SummaryPrompt.joining(parts), source: texts.joined(separator: "\n\n"), language, errand)
    }

    /// Of what people wrote, not of the logs beneath it.
    private static func language(of content: Content) -> String? {
        let prose = ([content.subject, content.description] + content.entries.map(\.text)).joined(separator: "\n")
        return SpokenLanguage.guess(prose)
    }

    // MARK: - Parts

    private func condense(
        _ texts: [String], _ instructions: String, _ language: String?, _ errand: Errand
    ) async throws(ModelFault) -> [Summary] {
        let keys = texts.enumerated().map { index, text in
            RememberedParts.Key(
                company: errand.company, digest: SHA256.digest("\(language ?? "")\n\(identity.name)\n\(index)\n\(text)")
            )
        }
        var summaries = keys.map { key in remembered.withLock { $0.summary(for: key) } }
        let missing = summaries.indices.filter { summaries[$0] == nil }
        let results = await withTaskGroup(of: (Int, Result<Summary, ModelFault>).self) { group in
            var results: [(Int, Result<Summary, ModelFault>)] = []
            var next = missing.startIndex
            for _ in 0..<min(configuration.width, missing.count) {
                add(missing[next], of: texts, instructions, language, errand, to: &group)
                next += 1
            }
            for await result in group {
                results.append(result)
                if case .failure = result.1 {
                    // The item cannot be had now: what is not begun is not paid for.
                    next = missing.endIndex
                }
                if next < missing.endIndex {
                    add(missing[next], of: texts, instructions, language, errand, to: &group)
                    next += 1
                }
            }
            return results
        }
        // Kept even where another part failed: the next attempt does not pay for them again.
        for case (let index, .success(let summary)) in results {
            remembered.withLock { $0.remember(summary, for: keys[index]) }
            summaries[index] = summary
        }
        for case (_, .failure(let fault)) in results { throw fault }
        return summaries.compactMap(\.self)
    }

    private func add(
        _ index: Int, of texts: [String], _ instructions: String, _ language: String?, _ errand: Errand,
        to group: inout TaskGroup<(Int, Result<Summary, ModelFault>)>
    ) {
        group.addTask {
            let material = SummaryPrompt.material(texts[index], part: index + 1)
            do throws(ModelFault) {
                return (
                    index, .success(try await self.ask(instructions, material, source: texts[index], language, errand))
                )
            } catch {
                return (index, .failure(error))
            }
        }
    }

    // MARK: - One question

    private func ask(
        _ instructions: String, _ material: String, source: String, _ language: String?, _ errand: Errand
    ) async throws(ModelFault) -> Summary {
        let check = SummaryCheck(source: source, instructions: instructions, language: language)
        var question = ChatQuestion(
            instructions: instructions, material: material, schema: SummaryPrompt.schema,
            answerLimit: SummaryPrompt.answerLimit)
        do throws(ModelFault) {
            return try await answer(question, check, errand)
        } catch {
            guard error.isRepairable else { throw error }
            question.correction = SummaryPrompt.correction(error)
            return try await answer(question, check, errand)
        }
    }

    private func answer(
        _ question: ChatQuestion, _ check: SummaryCheck, _ errand: Errand
    ) async throws(ModelFault) -> Summary {
        var deadline = configuration.deadline
        if let end = errand.end {
            deadline = min(deadline, end - clock.now)
            // One that could hardly succeed would only cost, and count against the provider.
            guard deadline >= configuration.deadline / 4 else { throw .timedOut }
        }
        let reply = await chat.answer(question, deadline: deadline)
        if reply.usage != TokenUsage() {
            await meter.record(
                ModelUsage(
                    company: errand.company, provider: identity.provider, model: identity.model, purpose: .summary,
                    tokens: reply.usage))
        }
        do throws(ModelFault) {
            let summary = try check.summary(from: reply.answer.get())
            count("good")
            return summary
        } catch {
            count(error.label)
            throw error
        }
    }

    private func count(_ outcome: String) {
        Counter(
            label: "freshet_model_answers_total", dimensions: [("provider", identity.provider), ("outcome", outcome)]
        ).increment()
    }
}

/// For whom, and until when.
private struct Errand: Sendable {
    var company: CompanyID
    var end: Timestamp?
}

/// Summaries of parts of long items, the ones used last.
private struct RememberedParts {
    struct Key: Hashable {
        var company: CompanyID
        var digest: [UInt8]
    }

    private var summaries: [Key: (summary: Summary, use: UInt64)] = [:]
    private var uses: UInt64 = 0
    private static let limit = 1_024

    mutating func summary(for key: Key) -> Summary? {
        guard let known = summaries[key]?.summary else { return nil }
        remember(known, for: key)
        return known
    }

    mutating func remember(_ summary: Summary, for key: Key) {
        uses += 1
        summaries[key] = (summary, uses)
        guard summaries.count > Self.limit else { return }
        // A quarter at once, so that the search for the oldest is rare.
        for (old, _) in summaries.sorted(by: { $0.value.use < $1.value.use }).prefix(Self.limit / 4) {
            summaries[old] = nil
        }
    }
}
