import FreshetCore
import GRDB

/// The tables `reconciles` and `cursors`.
enum ReconcileRow {
    static func insert(_ reconcile: Reconcile, in session: Session) throws {
        try session.run(
            """
            INSERT INTO reconciles
                (company_id, id, mode, since, state, phase, position, seen, marked, unchanged, removed, failed,
                api_calls, next_cursor, reason, requested_at)
            VALUES (:company, :id, :mode, :since, 'waiting', :phase, :position, :seen, :marked, :unchanged, :removed,
                :failed, :calls, :cursor, :reason, :requested)
            """,
            arguments(
                reconcile,
                [
                    "mode": reconcile.mode.rawValue, "since": reconcile.since?.milliseconds,
                    "requested": reconcile.requestedAt.milliseconds,
                ], withProgress: true))
    }

    /// Deletes the oldest that have ended, but for as many as are to be `kept`.
    static func trim(_ company: CompanyID, kept: Int, in session: Session) throws {
        try session.run(
            """
            DELETE FROM reconciles WHERE company_id = :company AND \(hasEnded) AND requested_at <= (
                SELECT requested_at FROM reconciles WHERE company_id = :company AND \(hasEnded)
                ORDER BY requested_at DESC LIMIT 1 OFFSET :kept)
            """, ["company": company.text, "kept": kept])
    }

    private static let hasEnded = "state IN ('complete', 'failed', 'cancelled')"

    /// The oldest that is claimable, among companies that are not paused and have none running.
    static func claimable(now: Timestamp, in session: Session) throws -> (id: String, company: CompanyID)? {
        try session.first(
            """
            SELECT r.id AS id, r.company_id AS company_id
            FROM companies AS c JOIN reconciles AS r ON r.company_id = c.company_id
            WHERE c.paused = 0 AND r.state IN ('waiting', 'running')
                AND (r.state = 'waiting' OR r.lease_until <= :now)
                AND NOT EXISTS (
                    SELECT 1 FROM reconciles AS o
                    WHERE o.company_id = c.company_id AND o.state = 'running' AND o.lease_until > :now)
            ORDER BY r.requested_at, r.company_id, r.id LIMIT 1
            """, ["now": now.milliseconds]
        ) { ($0["id"], try $0.company()) }
    }

    static func claim(
        _ id: String, of company: CompanyID, owner: String, until: Timestamp, now: Timestamp, in session: Session
    ) throws -> Reconcile? {
        try session.first(
            """
            UPDATE reconciles SET
                state = 'running', owner = :owner, lease_until = :until, started_at = coalesce(started_at, :now)
            WHERE company_id = :company AND id = :id
                AND (state = 'waiting' OR (state = 'running' AND lease_until <= :now))
                AND NOT EXISTS (
                    SELECT 1 FROM reconciles AS o
                    WHERE o.company_id = :company AND o.state = 'running' AND o.lease_until > :now)
            RETURNING *
            """,
            [
                "company": company.text, "id": id, "owner": owner, "until": until.milliseconds, "now": now.milliseconds,
            ]
        ) { try reconcile($0) }
    }

    /// Only for the holder; `false` when it is somebody else's or has ended.
    static func advance(
        _ reconcile: Reconcile, owner: String, until: Timestamp, in session: Session
    ) throws -> Bool {
        try session.run(
            """
            UPDATE reconciles SET \(progress), lease_until = :until
            WHERE company_id = :company AND id = :id AND state = 'running' AND owner = :owner
            """, arguments(reconcile, ["owner": owner, "until": until.milliseconds], withProgress: true)) > 0
    }

    static func renew(
        _ id: String, of company: CompanyID, owner: String, until: Timestamp, in session: Session
    ) throws -> Bool {
        try session.run(
            """
            UPDATE reconciles SET lease_until = :until
            WHERE company_id = :company AND id = :id AND state = 'running' AND owner = :owner
            """, ["company": company.text, "id": id, "owner": owner, "until": until.milliseconds]) > 0
    }

    /// For the holder, or for anybody while nobody holds it.
    static func finish(_ reconcile: Reconcile, owner: String, now: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE reconciles SET
                \(progress), state = :state, owner = NULL, lease_until = NULL, ended_at = :now
            WHERE company_id = :company AND id = :id
                AND (state = 'waiting' OR (state = 'running' AND (owner = :owner OR lease_until <= :now)))
            """,
            arguments(
                reconcile, ["state": reconcile.state.rawValue, "owner": owner, "now": now.milliseconds],
                withProgress: true)) > 0
    }

    /// Ends one that somebody else runs; what it has counted so far stays.
    static func cancel(_ reconcile: Reconcile, now: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE reconciles SET
                state = 'cancelled', reason = :reason, owner = NULL, lease_until = NULL, ended_at = :now
            WHERE company_id = :company AND id = :id AND state = 'running'
            """, arguments(reconcile, ["reason": reconcile.reason, "now": now.milliseconds], withProgress: false)) > 0
    }

    private static let progress = """
        phase = :phase, position = :position, seen = :seen, marked = :marked, unchanged = :unchanged,
        removed = :removed, failed = :failed, api_calls = :calls, next_cursor = :cursor, reason = :reason
        """

    private static func arguments(
        _ reconcile: Reconcile, _ more: Arguments, withProgress: Bool
    ) -> StatementArguments {
        var arguments: Arguments = ["company": reconcile.company.text, "id": reconcile.id]
        if withProgress {
            arguments.merge([
                "phase": reconcile.phase.rawValue, "position": reconcile.position?.text, "seen": reconcile.seen,
                "marked": reconcile.marked, "unchanged": reconcile.unchanged, "removed": reconcile.removed,
                "failed": reconcile.failed, "calls": reconcile.apiCalls, "reason": reconcile.reason,
                "cursor": reconcile.nextCursor?.milliseconds,
            ]) { _, new in new }
        }
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }

    // MARK: - Asking

    static func find(_ id: String, of company: CompanyID, in session: Session) throws -> Reconcile? {
        try session.first(
            "SELECT * FROM reconciles WHERE company_id = :company AND id = :id", ["company": company.text, "id": id]
        ) { try reconcile($0) }
    }

    static func list(of company: CompanyID, limit: Int, in session: Session) throws -> [Reconcile] {
        try session.all(
            """
            SELECT * FROM reconciles WHERE company_id = :company ORDER BY requested_at DESC, id DESC LIMIT :limit
            """, ["company": company.text, "limit": limit]
        ) { try reconcile($0) }
    }

    private static func reconcile(_ row: Row) throws -> Reconcile {
        Reconcile(
            id: row["id"], company: try row.company(), mode: try row.word("mode"), since: row.optionalTime("since"),
            state: try row.word("state"), phase: try row.word("phase"),
            position: (row["position"] as String?).map(ListingPosition.init(text:)), seen: row["seen"],
            marked: row["marked"], unchanged: row["unchanged"], removed: row["removed"], failed: row["failed"],
            apiCalls: row["api_calls"], nextCursor: row.optionalTime("next_cursor"), reason: row["reason"],
            requestedAt: row.time("requested_at"), startedAt: row.optionalTime("started_at"),
            endedAt: row.optionalTime("ended_at"))
    }

    // MARK: - Cursors

    static func cursor(of company: CompanyID, in session: Session) throws -> Timestamp? {
        try session.first("SELECT at FROM cursors WHERE company_id = :company", ["company": company.text]) {
            $0.time("at")
        }
    }

    /// Never moves back.
    static func moveCursor(of company: CompanyID, to moment: Timestamp, in session: Session) throws {
        try session.run(
            """
            INSERT INTO cursors (company_id, at) VALUES (:company, :at)
            ON CONFLICT (company_id) DO UPDATE SET at = max(at, excluded.at)
            """, ["company": company.text, "at": moment.milliseconds])
    }
}
