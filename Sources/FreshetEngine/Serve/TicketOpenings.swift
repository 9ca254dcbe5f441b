package import FreshetCore
import FreshetDocuments

/// Answers agents who open a ticket: from what is stored, and where that is missing from the help desk and the models.
package struct TicketOpenings: Openings {
    private let recommendations: Recommendations
    private let documents: any Documents
    private let helpDesks: any HelpDesks
    private let models: PaidModels
    private let policy: ContentPolicy
    private let allowed: Duration
    private let clock: any WallClock
    private let metrics: RiverMetrics

    /// - Parameter allowed: how long an answer may take in all, more than zero.
    package init(
        recommendations: Recommendations, documents: any Documents, helpDesks: any HelpDesks, models: PaidModels,
        policy: ContentPolicy, within allowed: Duration, clock: any WallClock, metrics: RiverMetrics
    ) {
        precondition(allowed > .zero)
        self.recommendations = recommendations
        self.documents = documents
        self.helpDesks = helpDesks
        self.models = models
        self.policy = policy
        self.allowed = allowed
        self.clock = clock
        self.metrics = metrics
    }

    /// How many tickets and how many articles are shown.
    static let shown = 5

    package func opening(
        of ticket: Int64, for company: CompanyID, within scope: AccessScope = .everything, by user: String?
    ) async throws -> Opening? {
        let started = clock.now
        defer { metrics.step("init", took: clock.now - started) }
        let limit = TimeLimit(moment: started + allowed, clock: clock)
        // A company has one help desk, and there is one product so far.
        let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: ticket)
        guard let known = try await reading(of: item, within: limit), scope.allows(known.document.metadata) else {
            return nil
        }

        async let summary = part(within: limit) { try await self.summary(of: known) }
        async let similar = part(within: limit) { try await self.similar(to: known, scope) }
        async let articles = part(within: limit) { try await self.articles(about: known) }
        var opening = Opening(
            id: recommendations.newID(at: started), ticket: item, subject: known.document.subject,
            metadata: known.document.metadata)
        switch await summary {
        case .had(let summary): opening.summary = summary
        case .missing(let why):
            opening.summary = try await provisional(known)
            opening.failures[.summary] = why
        }
        var unaided: [Hit] = []
        switch await similar {
        case .had(let hits):
            opening.similar = hits.shown
            unaided += hits.unaided
        case .missing(let why): opening.failures[.similar] = why
        }
        switch await articles {
        case .had(let hits):
            opening.articles = hits.shown
            unaided += hits.unaided
        case .missing(let why): opening.failures[.articles] = why
        }
        try await mark(&opening, at: started)
        if let user {
            recommendations.note(
                .opening, opening.id, about: .ticket(ticket), shown: opening.similar + opening.articles,
                unaided: unaided, for: company, by: user, at: started)
        }
        return opening
    }

    // MARK: - The ticket

    /// What is known of it.
    private struct Reading: Sendable {
        var document: Document
        var summary: Summary?
    }

    /// From the record, or else as the help desk has it now; `nil` when it says that there is none.
    private func reading(of item: Item, within limit: TimeLimit) async throws -> Reading? {
        if let record = try await documents.record(of: item) {
            guard record.state != .removed, !record.isErased else { return nil }
            if let document = record.document { return Reading(document: document, summary: record.summary) }
        }
        do {
            let fetched = try await limit.value {
                try await helpDesks.helpDesk(of: item.company).fetch(item, urgency: .urgent)
            }
            guard case .present(let ticket) = fetched.state else { return nil }
            let document = Document(merging: ticket)
            return try await documents.isErased(document) ? nil : Reading(document: document)
        } catch UpstreamError.forbidden {
            // Out of the company's own key's reach: for its agents there is no such ticket.
            return nil
        } catch is TimeLimit.Exceeded {
            throw UpstreamError.unreachable(detail: "the help desk did not answer in time")
        }
    }

    // MARK: - Parts

    private enum Answer<Value: Sendable>: Sendable {
        case had(Value)
        case missing(String)
    }

    private func part<Value: Sendable>(
        within limit: TimeLimit, _ work: @escaping @Sendable () async throws -> Value
    ) async -> Answer<Value> {
        do {
            return .had(try await limit.value(of: work))
        } catch is TimeLimit.Exceeded {
            return .missing("not ready within \(allowed.seconds) s")
        } catch let error as UpstreamError {
            metrics.upstreamFailed(error)
            return .missing(error.description)
        } catch let obstacle as BudgetObstacle {
            return .missing("\(obstacle)")
        } catch let error as StoreError {
            return .missing(error.description)
        } catch {
            return .missing("it broke off")
        }
    }

    /// The one on record; or one made now, which the next run of the item then finds in the cache.
    private func summary(of known: Reading) async throws -> Summary {
        if let summary = known.summary { return summary }
        let content = known.document.content(followsResolution: policy.followsResolution)
        let prints = Fingerprints(of: known.document, followsResolution: policy.followsResolution)
        let gate = policy.gate.reason(against: known.document)
        return try await models.summary(
            of: content, hash: prints.content, for: known.document.item.company,
            terms: PaidModels.Terms(value: .high, gate: gate, from: Provenance(known.document))
        ).value
    }

    /// What needs no other service, until there is a better one.
    private func provisional(_ known: Reading) async throws -> Summary? {
        let content = known.document.content(followsResolution: policy.followsResolution)
        do throws(UpstreamError) {
            var made = try await models.builtin.summary(of: content, for: known.document.item.company)
            made.isStandIn = true
            made.maker = models.builtin.identity.name
            return made
        } catch {
            // Only where somebody put a model in the built-in one's place.
            return nil
        }
    }

    private struct Ranked: Sendable {
        var shown: [Hit]
        var unaided: [Hit]
    }

    private func similar(to known: Reading, _ scope: AccessScope) async throws -> Ranked {
        // Relatives are few; what they take away is made up for.
        let query = SearchQuery(
            text: known.document.question, kinds: [.ticket], limit: Self.candidates + Self.shown,
            filters: SearchFilters(scope: scope),
            excluding: known.document.item)
        let hits = try await recommendations.found(query, in: known.document.item.company)
        return try await ranked(SolvedFirst.order(hits.filter { !$0.isRelative(of: known.document) }), known)
    }

    private func articles(about known: Reading) async throws -> Ranked {
        let query = SearchQuery(text: known.document.question, kinds: [.article], limit: Self.candidates)
        return try await ranked(try await recommendations.found(query, in: known.document.item.company), known)
    }

    private func ranked(_ hits: [Hit], _ known: Reading) async throws -> Ranked {
        let moved = try await recommendations.moved(
            hits, for: known.document.question, in: known.document.item.company)
        return Ranked(shown: Array(moved.prefix(Self.shown)), unaided: Array(hits.prefix(Self.shown)))
    }

    /// Those that are shown, and those below that feedback may move up.
    private static let candidates = shown + FeedbackRanking.reach

    private func mark(_ opening: inout Opening, at moment: Timestamp) async throws {
        let hits = opening.similar + opening.articles
        let stale = try await recommendations.stale(among: hits.map(\.item) + [opening.ticket], at: moment)
        opening.isStale = stale.contains(opening.ticket)
        for index in opening.similar.indices {
            opening.similar[index].isStale = stale.contains(opening.similar[index].item)
        }
        for index in opening.articles.indices {
            opening.articles[index].isStale = stale.contains(opening.articles[index].item)
        }
    }
}

extension Document {
    /// What other tickets and articles are looked for with: what the requester came with, not what was said later.
    var question: String {
        let first = description.isEmpty ? conversations.first { !$0.isPrivate }?.body ?? "" : description
        return subject + "\n" + String(String.UnicodeScalarView(first.unicodeScalars.prefix(Self.questionLimit)))
    }

    private static let questionLimit = 8000
}

extension Hit {
    /// The same matter by the help desk's own filing: merged with the other or into the same one, its child, its parent,
    /// or a child of the same parent.
    func isRelative(of document: Document) -> Bool {
        let (own, other) = (metadata, document.metadata)
        let family = [document.item.originalID, other.mergedIntoID, other.parentID].compactMap { $0 }
        return family.contains(item.originalID)
            || [own.mergedIntoID, own.parentID].compactMap { $0 }.contains(where: family.contains)
    }
}

/// Among hits that are equally near, those come first that say how it was solved.
enum SolvedFirst {
    /// Scores that differ by less than this share of the greater one say nothing about which is nearer.
    private static let tolerance = 0.02

    /// Hits come best first. Each group of equals begins with the best hit that is in none yet.
    static func order(_ hits: [Hit]) -> [Hit] {
        var ordered: [Hit] = []
        var rest = hits[...]
        while let best = rest.first {
            let equals = rest.prefix { $0.score >= best.score * (1 - tolerance) }
            rest = rest.dropFirst(equals.count)
            ordered += equals.filter(\.isSolved) + equals.filter { !$0.isSolved }
        }
        return ordered
    }
}

extension Hit {
    fileprivate var isSolved: Bool { metadata.stage == .resolved || metadata.stage == .closed }
}
