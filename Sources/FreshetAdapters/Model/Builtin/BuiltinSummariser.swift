package import FreshetCore

/// Makes a summary out of sentences that stand in the ticket or article: no model, no network, the same every time.
///
/// - Problem: what the requester's first message says, its errors included; the subject where that says nothing.
/// - Cause: sentences that give a reason, an agent's before the requester's; else the trace's innermost `Caused by`.
/// - Solution: what agents advised or did in public replies.
/// - Result: how it ended, in the words of whoever said so last in public; empty while nobody has.
/// - Tags: at most five telling words of subject and problem.
///
/// Of an article: problem is what it says before its first instruction, the title where that is nothing; solution is its
/// steps from there on; the result stays empty. Translations are left to the full text.
///
/// Private notes and automatic messages are never used: a summary may be quoted to a requester. Nothing is made up;
/// what no sentence says stays empty. The cost is linear in the ticket, of which each message is read up to 64 KiB and
/// at most the last 200 messages; every field has a fixed limit.
package struct BuiltinSummariser: Summariser {
    package let identity = ModelIdentity(provider: "builtin", model: "extractive", version: 1)

    package init() {}

    package func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        summarise(content)
    }

    // In scalars.
    static let problemLimit = 700
    static let causeLimit = 350
    static let solutionLimit = 600
    static let resultLimit = 250
    static let introLimit = 350
    /// A problem with this much prose needs no logs and no code.
    private static let enoughProse = 100
    /// A sentence is cut to fit only where at least this much room is left for it.
    private static let worthCutting = 200
    /// Only the last messages are read.
    private static let entryLimit = 200

    private typealias Sentence = MessageReader.Sentence

    func summarise(_ content: Content) -> Summary {
        switch content.kind {
        case .ticket: summarise(ticket: content)
        case .article: summarise(article: content)
        }
    }

    private func summarise(article content: Content) -> Summary {
        let title = Self.line(content.subject)
        let sentences = MessageReader.sentences(of: content.description, keepsQuotes: true)
        let firstStep = sentences.firstIndex(where: Self.instructs)
        // Without a step that shows, an article opens with what it is about and goes on with the answer.
        let start = firstStep ?? min(1, sentences.count)
        let intro = Self.fitting(sentences[..<start], in: Self.introLimit)
        let spoken = Tokens(cut(title + "\n" + Self.prose(sentences), to: 4000))
        return Summary(
            problem: intro.isEmpty ? cut(title, to: Self.introLimit) : intro,
            cause: Self.cause(opening: sentences, thread: []),
            solution: Self.fitting(sentences[start...], in: Self.solutionLimit), result: "",
            tags: SalientWords.tags(subject: title, body: intro), language: LanguageGuess.language(of: spoken))
    }

    /// Tells the reader to do something.
    private static func instructs(_ sentence: Sentence) -> Bool {
        switch sentence.kind {
        case .code: true
        case .prose:
            !isQuestion(sentence)
                && (sentence.text.startsWithCue(Cues.instruction, in: sentence.range)
                    || sentence.text.containsCue(Cues.advice, in: sentence.range))
        case .error, .log, .frame: false
        }
    }

    /// The first sentences, in their order, as far as there is room.
    private static func fitting(_ sentences: ArraySlice<Sentence>, in limit: Int) -> String {
        var room = limit
        var chosen: [String] = []
        for sentence in sentences {
            guard sentence.length <= room else {
                if chosen.isEmpty { chosen.append(cut(sentence.string, to: room)) }
                break
            }
            chosen.append(sentence.string)
            room -= sentence.length + 1
        }
        return chosen.joined(separator: "\n")
    }

    private func summarise(ticket content: Content) -> Summary {
        let subject = Self.line(content.subject)
        let opening = MessageReader.sentences(of: content.description, keepsQuotes: true)
        let entries = content.entries.suffix(Self.entryLimit).filter { !$0.isPrivate && $0.role != .automatic }
        let thread = entries.map {
            (role: $0.role, sentences: MessageReader.sentences(of: $0.text, keepsQuotes: false))
        }

        var problem = Self.problem(opening)
        if problem.isEmpty {
            // An empty first message: the requester's next one tells.
            problem = Self.problem(thread.first { $0.role == .requester }?.sentences ?? [])
        }
        let solution = Self.solution(thread.filter { $0.role == .agent }.map(\.sentences))
        let cause = Self.cause(opening: opening, thread: thread)
        let result = Self.result(thread, isResolved: content.isResolved, besides: solution)

        let spoken = Tokens(cut(subject + "\n" + Self.prose(opening), to: 4000))
        return Summary(
            problem: problem.isEmpty ? cut(subject, to: Self.problemLimit) : problem, cause: cause, solution: solution,
            result: result, tags: SalientWords.tags(subject: subject, body: problem),
            language: LanguageGuess.language(of: spoken))
    }

    /// White space collapsed; at most 500 scalars.
    private static func line(_ text: String) -> String {
        let bytes = ByteText(text, limit: 4096)
        return cut(bytes.text(of: bytes.trimmed(0..<bytes.bytes.count)), to: 500)
    }

    /// What shows the language: prose, for fields of a form (`OS version: …`) and errors are English everywhere; those
    /// too where there is nothing else.
    private static func prose(_ sentences: [Sentence]) -> String {
        let prose = sentences.filter { $0.kind == .prose && !$0.text.contains(": ", in: $0.range.prefix(30)) }
        return (prose.isEmpty ? sentences : prose).map(\.string).joined(separator: "\n")
    }

    // MARK: - Parts

    /// Prose and errors in their order; logs and code only where those say little.
    private static func problem(_ sentences: [Sentence]) -> String {
        var room = problemLimit
        var chosen: [Int: String] = [:]
        for kinds in [[LineKind.prose, .error], [.log, .code]] {
            if kinds.contains(.code), problemLimit - room >= enoughProse { break }
            for (index, sentence) in sentences.enumerated() where kinds.contains(sentence.kind) {
                if sentence.length <= room {
                    chosen[index] = sentence.string
                } else if room >= worthCutting {
                    chosen[index] = cut(sentence.string, to: room)
                } else {
                    break
                }
                room -= sentence.length + 1
            }
        }
        return chosen.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
    }

    private static func cause(
        opening: [Sentence], thread: [(role: Author.Role, sentences: [Sentence])]
    ) -> String {
        let agents = thread.filter { $0.role == .agent }.flatMap(\.sentences)
        let requester = opening + thread.filter { $0.role == .requester }.flatMap(\.sentences)
        for sentences in [agents, requester] {
            let reasons = sentences.filter {
                $0.kind == .prose && !isQuestion($0) && $0.text.containsCue(Cues.cause, in: $0.range)
            }
            if let first = reasons.first {
                return cut(
                    ([first] + reasons.dropFirst().prefix(1)).map(\.string).joined(separator: "\n"), to: causeLimit)
            }
        }
        let traced = opening.last { $0.kind == .error && $0.text.hasPrefix("caused by:", in: $0.range) }
        return cut(traced?.string ?? "", to: causeLimit)
    }

    /// The sentences of agents that advise or report most plainly, later replies first, in the order of the thread.
    private static func solution(_ replies: [[Sentence]]) -> String {
        var rated: [(index: Int, score: Double, sentence: Sentence)] = []
        var index = 0
        for (place, reply) in replies.enumerated() {
            let lateness = Double(place + 1) / Double(replies.count)
            for sentence in reply {
                index += 1
                guard sentence.kind == .prose || sentence.kind == .code, !isQuestion(sentence) else { continue }
                let cues = sentence.text.countCues(Cues.solution, in: sentence.range)
                guard cues > 0 else { continue }
                let doubt = sentence.text.containsCue(Cues.doubt, in: sentence.range) ? 1.0 : 0
                rated.append((index, Double(min(cues, 3)) + lateness - doubt, sentence))
            }
        }
        rated.sort { ($1.score, $0.index) < ($0.score, $1.index) }
        var room = solutionLimit
        var chosen: [(index: Int, string: String)] = []
        for candidate in rated.prefix(5) where candidate.sentence.length <= room {
            chosen.append((candidate.index, candidate.sentence.string))
            room -= candidate.sentence.length + 1
        }
        return chosen.sorted { $0.index < $1.index }.map(\.string).joined(separator: "\n")
    }

    /// The last public sentence that says how it ended; of a resolved ticket without one, the agent's last words.
    private static func result(
        _ thread: [(role: Author.Role, sentences: [Sentence])], isResolved: Bool, besides solution: String
    ) -> String {
        for message in thread.reversed() {
            let outcome = message.sentences.last {
                $0.kind == .prose && !isQuestion($0) && $0.text.containsCue(Cues.result, in: $0.range)
                    && !$0.text.containsCue(Cues.denial, in: $0.range) && !$0.text.containsCue(Cues.doubt, in: $0.range)
            }
            if let outcome { return cut(outcome.string, to: resultLimit) }
        }
        guard isResolved, let last = thread.last(where: { $0.role == .agent }) else { return "" }
        let closing = last.sentences.last {
            $0.kind == .prose && !isQuestion($0) && !$0.text.containsCue(Cues.doubt, in: $0.range)
        }
        guard let closing, !solution.contains(closing.string) else { return "" }
        return cut(closing.string, to: resultLimit)
    }

    private static func isQuestion(_ sentence: Sentence) -> Bool {
        sentence.text.hasSuffix("?", in: sentence.range) || sentence.text.hasSuffix("？", in: sentence.range)
            || sentence.text.hasSuffix("까요.", in: sentence.range) || sentence.text.hasSuffix("나요.", in: sentence.range)
    }
}
