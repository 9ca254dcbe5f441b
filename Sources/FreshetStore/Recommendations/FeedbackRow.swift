package import FreshetCore
import GRDB

/// The table `feedback`: verdicts of agents, taken back ones included.
enum FeedbackRow {
    /// What stands there of the same user about the same thing.
    static func standing(
        _ feedback: Feedback, in session: Session
    ) throws -> (verdict: Verdict, comment: String?, at: Timestamp, isUndone: Bool)? {
        try session.first(
            "SELECT verdict, comment, at, undone_at FROM feedback WHERE \(isKey)", arguments(feedback)
        ) { ($0.verdict(), $0["comment"], $0.time("at"), $0["undone_at"] as Int64? != nil) }
    }

    static func upsert(_ feedback: Feedback, sequence: Int64, in session: Session) throws {
        try session.run(
            """
            INSERT INTO feedback
                (company_id, recommendation_id, user, kind, original_id, verdict, comment, at, terms, sequence)
            VALUES (:company, :recommendation, :user, :kind, :id, :verdict, :comment, :at, :terms, :sequence)
            ON CONFLICT (company_id, recommendation_id, user, kind, original_id) DO UPDATE SET
                verdict = excluded.verdict, comment = excluded.comment, at = excluded.at, terms = excluded.terms,
                sequence = excluded.sequence, undone_at = NULL
            """,
            arguments(
                feedback,
                [
                    "verdict": feedback.verdict == .up ? 1 : -1, "comment": feedback.comment,
                    "at": feedback.at.milliseconds, "terms": feedback.terms.joined(separator: " "),
                    "sequence": sequence,
                ]))
    }

    static func changes(
        of company: CompanyID, after sequence: Int64, in session: Session
    ) throws -> [FeedbackChange] {
        try session.all(
            """
            SELECT * FROM feedback WHERE company_id = :company AND sequence > :sequence
            ORDER BY sequence, recommendation_id, user, kind, original_id
            """, ["company": company.text, "sequence": sequence]
        ) { row in
            FeedbackChange(
                sequence: row["sequence"], feedback: try feedback(row, of: company),
                isUndone: row["undone_at"] as Int64? != nil)
        }
    }

    static func undo(
        _ selection: FeedbackSelection, of company: CompanyID, sequence: Int64, now: Timestamp, in session: Session
    ) throws -> Int {
        try session.run(
            """
            UPDATE feedback SET undone_at = :now, sequence = :sequence
            WHERE company_id = :company AND undone_at IS NULL AND user = coalesce(:user, user)
                AND recommendation_id = coalesce(:recommendation, recommendation_id) AND at >= :since AND at < :until
            """,
            [
                "now": now.milliseconds, "sequence": sequence, "company": company.text, "user": selection.user,
                "recommendation": selection.recommendation, "since": selection.since?.milliseconds ?? .min,
                "until": selection.until?.milliseconds ?? .max,
            ])
    }

    static func prune(_ company: CompanyID, before moment: Timestamp, in session: Session) throws -> Int {
        try session.run(
            "DELETE FROM feedback WHERE company_id = :company AND at < :moment",
            ["company": company.text, "moment": moment.milliseconds])
    }

    /// What stands, by recommendation in the order of their ids, which is that of their times.
    static func standing(of company: CompanyID, in session: Session) throws -> [JudgedRecommendation] {
        let all = try session.all(
            """
            SELECT * FROM feedback WHERE company_id = :company AND undone_at IS NULL
            ORDER BY recommendation_id, at, user, kind, original_id
            """, ["company": company.text]
        ) { try feedback($0, of: company) }
        return try all.grouped(by: \.recommendation).compactMap { id, feedback in
            try RecommendationRow.record(id, of: company, in: session).map {
                JudgedRecommendation(record: $0, feedback: feedback)
            }
        }
    }

    // MARK: - Reports

    static func days(_ company: CompanyID, since: Timestamp, in session: Session) throws -> [FeedbackReport.Line] {
        try session.all(
            """
            SELECT date(at / 1000, 'unixepoch') AS name, \(sums) FROM feedback AS f
            WHERE f.company_id = :company AND f.undone_at IS NULL AND f.at >= :since GROUP BY 1 ORDER BY 1
            """, ["company": company.text, "since": since.milliseconds], line)
    }

    static func groups(
        _ company: CompanyID, since: Timestamp, limit: Int, in session: Session
    ) throws -> [FeedbackReport.Line] {
        try session.all(
            """
            SELECT coalesce(json_extract(p.metadata, '$.group.name'), json_extract(p.metadata, '$.group.id')) || ''
                AS name, \(sums)
            FROM feedback AS f \(joinedPoint)
            WHERE f.company_id = :company AND f.undone_at IS NULL AND f.at >= :since
                AND json_extract(p.metadata, '$.group.id') IS NOT NULL
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :limit
            """, ["company": company.text, "since": since.milliseconds, "limit": limit], line)
    }

    static func tags(
        _ company: CompanyID, since: Timestamp, limit: Int, in session: Session
    ) throws -> [FeedbackReport.Line] {
        try session.all(
            """
            SELECT t.value AS name, \(sums) FROM feedback AS f \(joinedPoint), json_each(p.metadata, '$.tags') AS t
            WHERE f.company_id = :company AND f.undone_at IS NULL AND f.at >= :since
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :limit
            """, ["company": company.text, "since": since.milliseconds, "limit": limit], line)
    }

    /// Smoothed, so that one verdict alone does not make a question the worst.
    static func worst(
        _ company: CompanyID, since: Timestamp, limit: Int, in session: Session
    ) throws -> [FeedbackReport.Line] {
        try session.all(
            """
            SELECT coalesce(r.question, 'ticket/' || r.ticket) AS name, \(sums)
            FROM feedback AS f JOIN recommendations AS r
                ON r.company_id = f.company_id AND r.judged = 1 AND r.id = f.recommendation_id
            WHERE f.company_id = :company AND f.undone_at IS NULL AND f.at >= :since
            GROUP BY 1 HAVING sum(f.verdict = -1) > 0
            ORDER BY (1.0 + sum(f.verdict = 1)) / (2.0 + count(*)), count(*) DESC, 1 LIMIT :limit
            """, ["company": company.text, "since": since.milliseconds, "limit": limit], line)
    }

    private static let sums = "sum(f.verdict = 1) AS up, sum(f.verdict = -1) AS down"
    private static let joinedPoint = """
        JOIN points AS p ON p.company_id = f.company_id AND p.kind = f.kind AND p.original_id = f.original_id
            AND p.platform IN (\(Platform.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
            AND p.tombstone = 0
        """

    private static func line(_ row: Row) -> FeedbackReport.Line {
        FeedbackReport.Line(name: row["name"], up: row["up"], down: row["down"])
    }

    // MARK: - Columns

    private static let isKey = """
        company_id = :company AND recommendation_id = :recommendation AND user = :user AND kind = :kind
            AND original_id = :id
        """

    private static func arguments(_ feedback: Feedback, _ more: Arguments = [:]) -> StatementArguments {
        var arguments: Arguments = [
            "company": feedback.company.text, "recommendation": feedback.recommendation, "user": feedback.user,
            "kind": feedback.subject?.kind.rawValue ?? "", "id": feedback.subject?.originalID ?? 0,
        ]
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }

    private static func feedback(_ row: Row, of company: CompanyID) throws -> Feedback {
        let isWhole = (row["kind"] as String).isEmpty
        return Feedback(
            company: company, recommendation: row["recommendation_id"], user: row["user"],
            subject: isWhole ? nil : Recommended(try row.word("kind"), row["original_id"]), verdict: row.verdict(),
            comment: row["comment"], at: row.time("at"),
            terms: (row["terms"] as String).split(separator: " ").map(String.init))
    }
}

extension Row {
    fileprivate func verdict() -> Verdict { (self["verdict"] as Int) > 0 ? .up : .down }
}

/// The table `feedback_states`, which has a row for each company that ever had feedback or a switch.
enum FeedbackStateRow {
    static func state(of company: CompanyID, in session: Session) throws -> FeedbackState {
        try session.first(
            "SELECT sequence, epoch, enabled_at FROM feedback_states WHERE company_id = :company",
            ["company": company.text]
        ) {
            FeedbackState(
                isEnabled: $0["enabled_at"] as Int64? != nil, sequence: $0["sequence"], epoch: $0["epoch"])
        } ?? FeedbackState()
    }

    static func nextSequence(of company: CompanyID, in session: Session) throws -> Int64 {
        try make(company, in: session)
        return try session.first(
            "UPDATE feedback_states SET sequence = sequence + 1 WHERE company_id = :company RETURNING sequence",
            ["company": company.text]
        ) { $0[0] as Int64 } ?? 1
    }

    static func nextEpoch(of company: CompanyID, in session: Session) throws {
        try session.run(
            "UPDATE feedback_states SET epoch = epoch + 1 WHERE company_id = :company", ["company": company.text])
    }

    static func enable(_ company: CompanyID, at moment: Timestamp?, in session: Session) throws {
        try make(company, in: session)
        try session.run(
            "UPDATE feedback_states SET enabled_at = :moment WHERE company_id = :company",
            ["moment": moment?.milliseconds, "company": company.text])
    }

    private static func make(_ company: CompanyID, in session: Session) throws {
        try session.run(
            "INSERT INTO feedback_states (company_id, sequence) VALUES (:company, 0) ON CONFLICT DO NOTHING",
            ["company": company.text])
    }
}

/// Feedback in SQLite. See `FeedbackRecords` for what it promises.
///
/// Changes for a company that is not there throw `StoreError.unknownCompany`.
package struct SQLiteFeedback: FeedbackRecords {
    let storage: Storage

    package func record(_ feedback: Feedback) async throws -> FeedbackAnswer? {
        try await storage.write { session in
            try CompanyRow.require(feedback.company, in: session)
            guard try RecommendationRow.judge(feedback.recommendation, of: feedback.company, in: session) else {
                return nil
            }
            if let standing = try FeedbackRow.standing(feedback, in: session), !standing.isUndone,
                standing.verdict == feedback.verdict, standing.comment == feedback.comment
            {
                return .recorded(at: standing.at, repeats: true)
            }
            let sequence = try FeedbackStateRow.nextSequence(of: feedback.company, in: session)
            try FeedbackRow.upsert(feedback, sequence: sequence, in: session)
            return .recorded(at: feedback.at, repeats: false)
        }
    }

    package func state(of company: CompanyID) async throws -> FeedbackState {
        try await storage.read { session in try FeedbackStateRow.state(of: company, in: session) }
    }

    package func changes(of company: CompanyID, after sequence: Int64) async throws -> [FeedbackChange] {
        try await storage.read { session in
            try FeedbackRow.changes(of: company, after: sequence, in: session)
        }
    }

    package func undo(_ selection: FeedbackSelection, of company: CompanyID, now: Timestamp) async throws -> Int {
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            let sequence = try FeedbackStateRow.nextSequence(of: company, in: session)
            return try FeedbackRow.undo(selection, of: company, sequence: sequence, now: now, in: session)
        }
    }

    package func setEnabled(_ isEnabled: Bool, of company: CompanyID, now: Timestamp) async throws {
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            try FeedbackStateRow.enable(company, at: isEnabled ? now : nil, in: session)
        }
    }

    package func judged(of company: CompanyID) async throws -> [JudgedRecommendation] {
        try await storage.read { session in try FeedbackRow.standing(of: company, in: session) }
    }

    package func report(on company: CompanyID, since: Timestamp, limit: Int) async throws -> FeedbackReport {
        try await storage.read { session in
            FeedbackReport(
                company: company, isEnabled: try FeedbackStateRow.state(of: company, in: session).isEnabled,
                days: try FeedbackRow.days(company, since: since, in: session),
                groups: try FeedbackRow.groups(company, since: since, limit: limit, in: session),
                tags: try FeedbackRow.tags(company, since: since, limit: limit, in: session),
                worst: try FeedbackRow.worst(company, since: since, limit: limit, in: session))
        }
    }

    package func prune(_ company: CompanyID, before moment: Timestamp) async throws -> Int {
        try await storage.write { session in
            let gone = try FeedbackRow.prune(company, before: moment, in: session)
            if gone > 0 { try FeedbackStateRow.nextEpoch(of: company, in: session) }
            return gone
        }
    }
}
