package import FreshetCore
import FreshetDocuments

/// Has answers and replies written, and lets out only what rests on what agents, or requesters, may see.
///
/// An answer rests on the hits of its query. A reply rests on public messages of its ticket, of solved tickets like it, and
/// on articles that customers may read; summaries are not among them, for they may have been made from private notes.
/// Nothing is written down but what the calls cost, so a crash or a caller who goes leaves nothing half-done.
package struct WritingDesk: Writing {
    package struct Configuration: Sendable, Equatable {
        /// Of what is written, over all providers.
        package var deadline: Duration
        /// Of the look at the help desk, for everything that is cited.
        package var checkPatience: Duration
        /// Hits that an answer may rest on, 1...10.
        package var hits: Int
        /// Whether private notes may be among what answers rest on. Agents may read them; providers are told only then.
        package var includesPrivate: Bool
        package var tone: String
        package var tones: [CompanyID: String]

        package init(
            deadline: Duration = .seconds(20), checkPatience: Duration = .seconds(3), hits: Int = 5,
            includesPrivate: Bool = false, tone: String = "polite, warm and brief", tones: [CompanyID: String] = [:]
        ) {
            precondition((1...10).contains(hits))
            self.deadline = deadline
            self.checkPatience = checkPatience
            self.hits = hits
            self.includesPrivate = includesPrivate
            self.tone = tone
            self.tones = tones
        }
    }

    private let writer: any Writer
    private let builtin: any Writer
    private let recommender: any Recommender
    private let documents: any Documents
    private let live: LiveDesk
    private let keeper: BudgetKeeper?
    private let configuration: Configuration
    private let clock: any WallClock
    private let metrics: RiverMetrics

    /// Of each kind, behind a reply.
    private static let mostSources = 3
    private static let longestQuery = 8_000
    private static let longestName = 60

    /// - Parameters:
    ///   - builtin: drafts what the writer cannot.
    ///   - keeper: `nil` where no budget is.
    package init(
        writer: any Writer, builtin: any Writer, recommender: any Recommender, documents: any Documents,
        helpDesks: any HelpDesks, keeper: BudgetKeeper?, configuration: Configuration = Configuration(),
        clock: any WallClock, metrics: RiverMetrics
    ) {
        self.writer = writer
        self.builtin = builtin
        self.recommender = recommender
        self.documents = documents
        live = LiveDesk(helpDesks: helpDesks, patience: configuration.checkPatience, clock: clock)
        self.keeper = keeper
        self.configuration = configuration
        self.clock = clock
        self.metrics = metrics
    }

    // MARK: - Answers

    package func answer(
        _ query: SearchQuery, from found: Recommendation, for company: CompanyID
    ) async throws -> GroundedAnswer? {
        guard !writer.identity(for: company).isBuiltin else { return nil }
        let started = clock.now
        defer { metrics.step("answer", took: clock.now - started) }
        let hits = found.hits.filter { $0.item.company == company }.prefix(configuration.hits)
        let passages = try await documents(of: hits.map(\.item)).map {
            Passage($0, includesPrivate: configuration.includesPrivate)
        }
        guard !passages.isEmpty else { return GroundedAnswer(.notEnoughEvidence) }
        do throws(WritingFault) {
            try await admit(company)
            let draft = try await writer.answer(
                AnswerOrder(text: query.text, passages: passages), for: company,
                until: started + configuration.deadline)
            let (kept, isVerified) = await verified(draft, fromRequesters: false)
            guard !kept.sentences.isEmpty else {
                return GroundedAnswer(.notEnoughEvidence, isUnverified: !isVerified)
            }
            return GroundedAnswer(
                .answered, draft: kept, citations: citations(of: kept, passages), isUnverified: !isVerified)
        } catch {
            if error == .cancelled { throw CancellationError() }
            metrics.withheld(error)
            return GroundedAnswer(.withheld(error))
        }
    }

    // MARK: - Replies

    package func reply(_ wish: ReplyWish, for company: CompanyID) async throws -> DraftedReply? {
        let started = clock.now
        defer { metrics.step("reply", took: clock.now - started) }
        // A company has one help desk, and there is one product so far.
        let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: wish.ticket)
        guard let (document, isLive) = try await ticket(item), wish.scope.allows(document.metadata) else { return nil }
        let ticket = Passage(document, includesPrivate: false)
        let (id, passages) = try await precedents(of: ticket, in: wish.scope)
        let order = ReplyOrder(
            ticket: ticket, passages: passages, instructions: wish.instructions, language: wish.language,
            tone: configuration.tones[company] ?? configuration.tone)
        let (draft, reason) = try await draft(order, for: company, until: started + configuration.deadline)
        var (kept, isVerified) = await verified(draft, fromRequesters: true)
        kept.greet(Self.plainName(document.metadata.requester?.name))
        return DraftedReply(
            recommendationID: id, ticket: item, draft: kept, citations: citations(of: kept, passages),
            isBuiltin: kept.maker == builtin.identity.name, reason: reason, isUnverified: !isLive || !isVerified)
    }

    /// As it stands at the help desk, or as it stood when it was last read; `nil` when there is no such ticket.
    private func ticket(_ item: Item) async throws -> (document: Document, isLive: Bool)? {
        if try await documents.record(of: item)?.isErased == true { return nil }
        switch await live.states(of: [item])[item] {
        case .present(let source):
            let document = Document(merging: source)
            return try await documents.isErased(document) ? nil : (document, true)
        case .gone, .article: return nil
        case nil:
            let record = try await documents.record(of: item)
            if record?.state == .removed { return nil }
            guard let document = record?.document else {
                throw UpstreamError.unreachable(
                    detail: "the help desk did not say in time whether there is such a ticket")
            }
            return (document, false)
        }
    }

    /// What helped in cases like it: solved tickets, and articles that customers may read.
    private func precedents(of ticket: Passage, in scope: AccessScope) async throws -> (id: String, passages: [Passage])
    {
        let text = ([ticket.subject] + ticket.parts.map(\.text)).joined(separator: "\n").prefix(Self.longestQuery)
        guard text.contains(where: { !$0.isWhitespace }) else { return ("", []) }
        let found = try await recommender.query(
            SearchQuery(
                text: String(text), kinds: [.ticket, .article], limit: 30, filters: SearchFilters(scope: scope),
                excluding: ticket.item),
            for: ticket.item.company)
        let hits = found.hits.filter { $0.item.company == ticket.item.company && $0.item != ticket.item }
        let solved = hits.filter {
            $0.item.kind == .ticket && ($0.metadata.stage == .resolved || $0.metadata.stage == .closed)
        }
        let articles = hits.filter {
            $0.item.kind == .article && $0.metadata.article.map { !$0.place.visibility.isInternal } ?? false
        }
        let items = (solved.prefix(Self.mostSources) + articles.prefix(Self.mostSources)).map(\.item)
        return (found.id, try await documents(of: items).map { Passage($0, includesPrivate: false) })
    }

    private func draft(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws -> (Draft, WritingFault?) {
        do throws(WritingFault) {
            guard !writer.identity(for: company).isBuiltin else {
                return (try await builtin.reply(order, for: company, until: end), nil)
            }
            try await admit(company)
            return (try await writer.reply(order, for: company, until: end), nil)
        } catch {
            if error == .cancelled { throw CancellationError() }
            metrics.withheld(error)
            return (try await builtin.reply(order, for: company, until: end), error)
        }
    }

    /// A name is a stranger's text, too: only what looks like one greets anybody.
    private static func plainName(_ name: String?) -> String? {
        guard let name, (1...longestName).contains(name.count),
            name.allSatisfy({ $0.isLetter || $0 == " " || $0 == "-" || $0 == "'" || $0 == "." }),
            name.contains(where: \.isLetter), name.split(separator: " ").count <= 4
        else { return nil }
        return name
    }

    // MARK: - Shared

    /// Throws `.budget`. Somebody waits: it is worth the whole budget.
    private func admit(_ company: CompanyID) async throws(WritingFault) {
        do {
            if try await keeper?.obstacle(to: .high, for: company) != nil { throw WritingFault.budget }
        } catch let fault as WritingFault {
            throw fault
        } catch {
            // A budget that cannot be read is none that allows anything.
            throw Task.isCancelled ? .cancelled : .unavailable
        }
        metrics.called(.answer, writer.identity(for: company))
    }

    /// In their order; those are left out of which nothing is on record any more.
    private func documents(of items: [Item]) async throws -> [Document] {
        var found: [Document] = []
        for item in items {
            guard let record = try await documents.record(of: item), record.state == .indexed,
                let document = record.document
            else { continue }
            found.append(document)
        }
        return found
    }

    /// Without what rests only on items that the help desk has withdrawn meanwhile, and whether it could say so of all.
    private func verified(_ draft: Draft, fromRequesters: Bool) async -> (Draft, Bool) {
        let sources = draft.sources
        let states = await live.states(of: sources)
        let withdrawn = states.filter { $0.value.isWithdrawn(fromRequesters: fromRequesters) }.keys
        return (draft.without(Set(withdrawn)), states.count == sources.count)
    }

    private func citations(of draft: Draft, _ passages: [Passage]) -> [Citation] {
        draft.sources.compactMap { item in
            passages.first { $0.item == item }.map { Citation(item: item, subject: $0.subject) }
        }
    }
}

extension Draft {
    /// Puts the requester's name in the place that was left for it: no model is told it.
    fileprivate mutating func greet(_ name: String?) {
        guard let name else { return }
        for index in sentences.indices { sentences[index].text.replace("[name]", with: name) }
    }
}
