package import FreshetCore

/// Writes with the first of several providers that can, while somebody waits: nobody is waited for who asks for patience,
/// and one that does not answer leaves half of the time to those behind it.
package struct RoutedWriter: Writer {
    package struct Choice: Sendable {
        package var name: String
        package var writer: PromptedWriter
        /// The share of texts for which it is asked first; 0 for only when those before it cannot.
        package var weight: Int

        package init(name: String, writer: PromptedWriter, weight: Int = 0) {
            precondition(weight >= 0)
            self.name = name
            self.writer = writer
            self.weight = weight
        }
    }

    private let choices: [Choice]
    private let clock: any WallClock
    private let random: any RandomSource

    /// - Parameter choices: at least one; the first gives the route its identity.
    package init(_ choices: [Choice], clock: any WallClock, random: any RandomSource) {
        precondition(!choices.isEmpty)
        self.choices = choices
        self.clock = clock
        self.random = random
    }

    package var identity: ModelIdentity { choices[0].writer.identity }

    package func answer(
        _ order: AnswerOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        try await first(company, end) { writer, errand throws(ModelFault) in try await writer.answer(order, errand) }
    }

    package func reply(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        try await first(company, end) { writer, errand throws(ModelFault) in try await writer.reply(order, errand) }
    }

    private func first(
        _ company: CompanyID, _ end: Timestamp,
        _ write: (PromptedWriter, WritingErrand) async throws(ModelFault) -> Draft
    ) async throws(WritingFault) -> Draft {
        var faults: [ModelFault] = []
        let order = Turns.order(of: choices.map(\.weight), random)
        for (place, index) in order.enumerated() {
            let now = clock.now
            let isLast = place == order.count - 1
            let errand = WritingErrand(
                company: company, end: isLast ? end : now + .milliseconds((end - now).milliseconds / 2))
            do throws(ModelFault) {
                return try await write(choices[index].writer, errand)
            } catch {
                faults.append(error)
                if error == .cancelled || Task.isCancelled { throw .cancelled }
            }
        }
        throw Self.verdict(faults)
    }

    /// What everybody declines is declined; whoever ran out of time says so before other troubles.
    private static func verdict(_ faults: [ModelFault]) -> WritingFault {
        if faults.allSatisfy(\.isFinal) { return .declined }
        return faults.contains(.timedOut) ? .deadline : .unavailable
    }
}

/// A writer for everybody, and others for companies whose texts may go to certain providers only.
package struct CompanyWriters: Writer {
    private let standard: any Writer
    private let own: [CompanyID: any Writer]

    package init(standard: any Writer, own: [CompanyID: any Writer]) {
        self.standard = standard
        self.own = own
    }

    package var identity: ModelIdentity { standard.identity }
    package func identity(for company: CompanyID) -> ModelIdentity { writer(for: company).identity }

    package func answer(
        _ order: AnswerOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        try await writer(for: company).answer(order, for: company, until: end)
    }

    package func reply(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        try await writer(for: company).reply(order, for: company, until: end)
    }

    private func writer(for company: CompanyID) -> any Writer { own[company] ?? standard }
}

/// Hides personal data from a writer, and puts it back into what it writes, in memory.
///
/// What belongs to strangers is taken out before: nothing is put back in its place.
package struct RedactingWriter: Writer {
    private let inner: any Writer
    private let policy: RedactionPolicy

    package init(_ inner: any Writer, policy: RedactionPolicy) {
        self.inner = inner
        self.policy = policy
    }

    package var identity: ModelIdentity { inner.identity }
    package func identity(for company: CompanyID) -> ModelIdentity { inner.identity(for: company) }

    package func answer(
        _ order: AnswerOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        var placeholders = Placeholders(
            policy.redactor(for: company), for: [order.text] + order.passages.map(\.text))
        let hidden = AnswerOrder(
            text: placeholders.redacted(order.text),
            passages: order.passages.map { passage in passage.mapped { placeholders.redacted($0) } })
        return restored(try await inner.answer(hidden, for: company, until: end), placeholders)
    }

    package func reply(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        var order = order
        order.passages = order.passages.map(\.withoutPeople)
        var placeholders = Placeholders(
            policy.redactor(for: company),
            for: [order.instructions, order.ticket.text] + order.passages.map(\.text))
        order.instructions = placeholders.redacted(order.instructions)
        order.ticket = order.ticket.mapped { placeholders.redacted($0) }
        order.passages = order.passages.map { passage in passage.mapped { placeholders.redacted($0) } }
        return restored(try await inner.reply(order, for: company, until: end), placeholders)
    }

    private func restored(_ draft: Draft, _ placeholders: Placeholders) -> Draft {
        var draft = draft
        for index in draft.sentences.indices {
            draft.sentences[index].text = placeholders.restored(draft.sentences[index].text)
        }
        return draft
    }
}
