package import FreshetCore

/// Takes feedback in, once it is known what it is about.
package struct FeedbackDesk: FeedbackTaking {
    private let book: RecommendationBook
    private let records: any FeedbackRecords
    private let documents: any Documents
    private let terms: @Sendable (String) -> [String]
    private let clock: any WallClock

    /// How many words of a question are kept with the feedback on its answer.
    private static let keptTerms = 32

    /// - Parameter terms: the telling words of a question, those of its first line first.
    package init(
        book: RecommendationBook, records: any FeedbackRecords, documents: any Documents,
        terms: @escaping @Sendable (String) -> [String], clock: any WallClock
    ) {
        self.book = book
        self.records = records
        self.documents = documents
        self.terms = terms
        self.clock = clock
    }

    package func take(
        _ wish: FeedbackWish, for company: CompanyID, by user: String
    ) async throws -> FeedbackAnswer {
        guard let record = try await book.record(wish.recommendation, of: company) else { return .noRecommendation }
        var subject: Recommended?
        if let id = wish.originalID {
            let meant = Set(record.shown).filter { $0.originalID == id && (wish.kind ?? $0.kind) == $0.kind }
            guard meant.count <= 1 else { return .ambiguous }
            guard let one = meant.first else { return .noHit }
            subject = one
        }
        let feedback = Feedback(
            company: company, recommendation: record.id, user: user, subject: subject, verdict: wish.verdict,
            comment: wish.comment, at: clock.now, terms: try await terms(of: record))
        // It may have been pruned since it was looked at.
        return try await records.record(feedback) ?? .noRecommendation
    }

    private func terms(of record: RecommendationRecord) async throws -> [String] {
        let question: String
        switch record.question {
        case .text(let text): question = text
        case .ticket(let id):
            let item = Item(company: record.company, platform: .freshdesk, kind: .ticket, originalID: id)
            // A ticket that was opened before its first run has none: then the verdict counts for all questions alike.
            guard let document = try await documents.record(of: item)?.document else { return [] }
            question = document.question
        }
        return Array(terms(question).prefix(Self.keptTerms))
    }
}
