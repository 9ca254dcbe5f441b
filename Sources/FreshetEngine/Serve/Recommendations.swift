package import FreshetCore

/// Answers agents' questions from the index.
package struct Recommendations: Recommender {
    private let index: any SearchIndex
    private let documents: (any Documents)?
    private let seen: RecentlySeen?
    private let book: RecommendationBook?
    private let feedback: FeedbackRanking?
    private let random: any RandomSource
    private let clock: any WallClock
    private let metrics: RiverMetrics

    /// - Parameters:
    ///   - documents: know which points are behind; without them none is marked.
    ///   - seen: told what agents were shown.
    ///   - book: where answers are written down; without one none is.
    ///   - feedback: moves hits; without it they stand as the index ranks them.
    package init(
        index: any SearchIndex, documents: (any Documents)? = nil, seen: RecentlySeen? = nil,
        book: RecommendationBook? = nil, feedback: FeedbackRanking? = nil, random: any RandomSource,
        clock: any WallClock, metrics: RiverMetrics
    ) {
        self.index = index
        self.documents = documents
        self.seen = seen
        self.book = book
        self.feedback = feedback
        self.random = random
        self.clock = clock
        self.metrics = metrics
    }

    package func query(
        _ query: SearchQuery, for company: CompanyID, by user: String?
    ) async throws -> Recommendation {
        let started = clock.now
        defer { metrics.step("search", took: clock.now - started) }
        let degradation = try await index.degradation(of: company)
        let unaided = try await candidates(query, in: company)
        let hits = try await moved(unaided, for: query.text, in: company)
        let end = query.offset + query.limit
        func cut(_ hits: [Hit]) -> [Hit] { Array(hits.dropFirst(query.offset).prefix(query.limit)) }
        var page = cut(hits)
        let stale = try await stale(among: page.map(\.item), at: started)
        for index in page.indices { page[index].isStale = stale.contains(page[index].item) }
        let recommendation = Recommendation(
            id: newID(at: started), hits: page, nextOffset: hits.count > end ? end : nil, degradation: degradation)
        if let user {
            note(
                .query, recommendation.id, about: .text(Self.kept(query.text)), shown: page, unaided: cut(unaided),
                for: company, by: user, at: started)
        }
        return recommendation
    }

    // MARK: - What openings share

    func newID(at moment: Timestamp) -> String { RecommendationID.make(at: moment, random) }

    /// As many as the query's limit says, best first, as the index ranks them.
    func found(_ query: SearchQuery, in company: CompanyID) async throws -> [Hit] {
        try await index.search(query, in: company)
    }

    /// The same hits, moved by what agents thought of them.
    func moved(_ hits: [Hit], for question: String, in company: CompanyID) async throws -> [Hit] {
        try await feedback?.ranked(hits, for: question, in: company) ?? hits
    }

    /// Those that are behind their items; all are remembered as seen by an agent.
    func stale(among items: [Item], at moment: Timestamp) async throws -> Set<Item> {
        seen?.note(items, at: moment)
        return try await documents?.stale(among: items) ?? []
    }

    func note(
        _ kind: RecommendationRecord.Kind, _ id: String, about question: RecommendationRecord.Question, shown: [Hit],
        unaided: [Hit], for company: CompanyID, by user: String, at moment: Timestamp
    ) {
        book?.note(
            RecommendationRecord(
                company: company, id: id, kind: kind, question: question, shown: shown.map { Recommended($0) },
                unaided: unaided.map { Recommended($0) }, user: user, at: moment))
    }

    // MARK: - Pages

    /// All pages up to the one that is asked for, best first, and of the next as many as feedback may move into this one. As
    /// many whether or not there is any, so that it makes no other difference.
    private func candidates(_ query: SearchQuery, in company: CompanyID) async throws -> [Hit] {
        var wide = query
        (wide.limit, wide.offset) = (query.offset + query.limit + FeedbackRanking.reach + 1, 0)
        var hits: [Hit] = []
        if !query.kinds.isEmpty { hits = try await index.search(wide, in: company) }
        if query.findsAttachments {
            let attachments = try await index.attachments(wide, in: company)
            // Each list keeps its order among equals.
            hits = (hits + attachments).enumerated().sorted { a, b in
                a.element.score != b.element.score ? a.element.score > b.element.score : a.offset < b.offset
            }.map(\.element)
        }
        return Array(hits.prefix(wide.limit))
    }

    private static func kept(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(RecommendationRecord.longestText)))
    }
}
