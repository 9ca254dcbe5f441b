package import FreshetCore
import GRDB

/// The table `recommendations`: what was shown to whom, in which order.
enum RecommendationRow {
    static func insert(_ record: RecommendationRecord, in session: Session) throws {
        let (ticket, text): (Int64?, String?) =
            switch record.question {
            case .ticket(let id): (id, nil)
            case .text(let text): (nil, text)
            }
        try session.run(
            """
            INSERT INTO recommendations (company_id, id, kind, ticket, question, shown, unaided, user, at)
            VALUES (:company, :id, :kind, :ticket, :question, :shown, :unaided, :user, :at)
            """,
            [
                "company": record.company.text, "id": record.id, "kind": record.kind.rawValue, "ticket": ticket,
                "question": text, "shown": names(record.shown),
                "unaided": record.unaided == record.shown ? nil : names(record.unaided), "user": record.user,
                "at": record.at.milliseconds,
            ])
    }

    static func record(_ id: String, of company: CompanyID, in session: Session) throws -> RecommendationRecord? {
        try session.first(
            "SELECT * FROM recommendations WHERE company_id = :company AND judged IN (0, 1) AND id = :id",
            ["company": company.text, "id": id]
        ) { try record($0, of: company) }
    }

    static func record(_ row: Row, of company: CompanyID) throws -> RecommendationRecord {
        let question: RecommendationRecord.Question
        if let ticket = row["ticket"] as Int64? {
            question = .ticket(ticket)
        } else {
            question = .text(row["question"])
        }
        return RecommendationRecord(
            company: company, id: row["id"], kind: try row.word("kind"), question: question,
            shown: try recommended(row, "shown"),
            unaided: row["unaided"] as String? == nil ? nil : try recommended(row, "unaided"), user: row["user"],
            at: row.time("at"))
    }

    /// Notes that somebody has judged it; `false` when there is none.
    static func judge(_ id: String, of company: CompanyID, in session: Session) throws -> Bool {
        let key: StatementArguments = ["company": company.text, "id": id]
        let isJudged =
            try session.first(
                "SELECT 1 FROM recommendations WHERE company_id = :company AND judged = 1 AND id = :id", key
            ) { _ in } != nil
        if isJudged { return true }
        return try session.run(
            "UPDATE recommendations SET judged = 1 WHERE company_id = :company AND judged = 0 AND id = :id", key) > 0
    }

    /// Of those that were judged or of the others, at most `limit`: those before `moment`.
    static func prune(
        _ company: CompanyID, judged: Bool, before moment: Timestamp, limit: Int, in session: Session
    ) throws -> Int {
        // Ids are in the order of their times: the index finds them without looking at a row.
        try session.run(
            """
            DELETE FROM recommendations WHERE company_id = :company AND judged = :judged AND id IN (
                SELECT id FROM recommendations
                WHERE company_id = :company AND judged = :judged AND id < :first ORDER BY id LIMIT :limit)
            """,
            [
                "company": company.text, "judged": judged, "first": RecommendationID.first(at: moment),
                "limit": limit,
            ])
    }

    /// The oldest of those that nobody judged go until no more than `kept` are left; at most `limit` at once.
    static func shorten(_ company: CompanyID, to kept: Int, limit: Int, in session: Session) throws -> Int {
        let count =
            try session.first(
                "SELECT count(*) FROM recommendations WHERE company_id = :company AND judged = 0",
                ["company": company.text]
            ) { $0[0] as Int } ?? 0
        guard count > kept else { return 0 }
        return try session.run(
            """
            DELETE FROM recommendations WHERE company_id = :company AND judged = 0 AND id IN (
                SELECT id FROM recommendations WHERE company_id = :company AND judged = 0 ORDER BY id LIMIT :limit)
            """, ["company": company.text, "limit": min(limit, count - kept)])
    }

    private static func names(_ all: [Recommended]) -> String { all.map(\.description).joined(separator: " ") }

    private static func recommended(_ row: Row, _ column: String) throws -> [Recommended] {
        try (row[column] as String).split(separator: " ").map { name in
            guard let one = Recommended(name) else { throw Row.unreadable(column) }
            return one
        }
    }
}

/// What was recommended, in SQLite. See `RecommendationRecords` for what it promises.
package struct SQLiteRecommendations: RecommendationRecords {
    let storage: Storage
    let batch: Int

    package func add(_ records: [RecommendationRecord]) async throws {
        try await storage.write { session in
            var known: [CompanyID: Bool] = [:]
            for record in records {
                let isKnown = try known[record.company] ?? CompanyRow.exists(record.company, in: session)
                known[record.company] = isKnown
                if case .ticket(let id) = record.question {
                    // It was opened just before it was erased.
                    let ticket = Item(company: record.company, platform: .freshdesk, kind: .ticket, originalID: id)
                    if try ErasureRow.isErased(ticket, in: session) { continue }
                }
                if isKnown { try RecommendationRow.insert(record, in: session) }
            }
        }
    }

    package func recommendation(_ id: String, of company: CompanyID) async throws -> RecommendationRecord? {
        try await storage.read { session in try RecommendationRow.record(id, of: company, in: session) }
    }

    package func prune(
        _ company: CompanyID, before moment: Timestamp, judgedBefore: Timestamp, keeping limit: Int
    ) async throws -> Int {
        let old = try await emptied { session in
            try RecommendationRow.prune(company, judged: false, before: moment, limit: batch, in: session)
        }
        let judged = try await emptied { session in
            try RecommendationRow.prune(company, judged: true, before: judgedBefore, limit: batch, in: session)
        }
        let surplus = try await emptied { session in
            try RecommendationRow.shorten(company, to: limit, limit: batch, in: session)
        }
        return old + judged + surplus
    }

    /// In transactions of bounded size.
    private func emptied(_ delete: @escaping @Sendable (Session) throws -> Int) async throws -> Int {
        var gone = 0
        while true {
            let count = try await storage.write(delete)
            gone += count
            if count < batch { return gone }
        }
    }
}
