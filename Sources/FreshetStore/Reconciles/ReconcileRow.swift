import FreshetCore
import GRDB

/// The tables `reconciles` and `cursors`.
enum ReconcileRow {
    static func insert(_ reconcile: Reconcile, in session: Session) throws {
        try session.run(
            """
            INSERT INTO reconciles
                (company_id, id, mode, since, state, phase, position, seen, marked, unchanged, removed, withheld,
                failed, api_calls, changes, missed, next_cursor, certificate, alarm, reason, requested_at)
            VALUES (:company, :id, :mode, :since, 'waiting', :phase, :position, :seen, :marked, :unchanged, :removed,
                :withheld, :failed, :calls, :changes, :missed, :cursor, :certificate, :alarm, :reason, :requested)
            """,
            try arguments(
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

    /// A rebuild or rollback and a comparison with the help desk do not disturb one another; of either there is one.
    private static let aboutSlots = "'rebuild', 'rollback'"

    /// The oldest that is claimable, among companies that are not paused and have none of its sort running.
    static func claimable(now: Timestamp, in session: Session) throws -> (id: String, company: CompanyID)? {
        try session.first(
            """
            SELECT r.id AS id, r.company_id AS company_id
            FROM companies AS c JOIN reconciles AS r ON r.company_id = c.company_id
            WHERE c.paused = 0 AND r.state IN ('waiting', 'running')
                AND (r.state = 'waiting' OR r.lease_until <= :now)
                AND NOT EXISTS (
                    SELECT 1 FROM reconciles AS o
                    WHERE o.company_id = c.company_id AND o.state = 'running' AND o.lease_until > :now
                        AND (o.mode IN (\(aboutSlots))) = (r.mode IN (\(aboutSlots))))
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
                    WHERE o.company_id = :company AND o.state = 'running' AND o.lease_until > :now
                        AND (o.mode IN (\(aboutSlots))) = (reconciles.mode IN (\(aboutSlots))))
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
            """, try arguments(reconcile, ["owner": owner, "until": until.milliseconds], withProgress: true)) > 0
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
            try arguments(
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
            """, try arguments(reconcile, ["reason": reconcile.reason, "now": now.milliseconds], withProgress: false))
            > 0
    }

    private static let progress = """
        phase = :phase, position = :position, seen = :seen, marked = :marked, unchanged = :unchanged,
        removed = :removed, withheld = :withheld, failed = :failed, api_calls = :calls, changes = :changes,
        missed = :missed, next_cursor = :cursor, certificate = :certificate, alarm = :alarm, reason = :reason
        """

    private static func arguments(
        _ reconcile: Reconcile, _ more: Arguments, withProgress: Bool
    ) throws -> StatementArguments {
        var arguments: Arguments = ["company": reconcile.company.text, "id": reconcile.id]
        if withProgress {
            arguments.merge([
                "phase": reconcile.phase.rawValue, "position": reconcile.position?.text, "seen": reconcile.seen,
                "marked": reconcile.marked, "unchanged": reconcile.unchanged, "removed": reconcile.removed,
                "withheld": reconcile.withheld, "failed": reconcile.failed, "calls": reconcile.apiCalls,
                "changes": reconcile.changes, "missed": reconcile.missed, "reason": reconcile.reason,
                "alarm": reconcile.alarm, "certificate": try jsonText(reconcile.certificate),
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

    static func latestComparison(of company: CompanyID, in session: Session) throws -> Reconcile? {
        try session.first(
            """
            SELECT * FROM reconciles WHERE company_id = :company AND mode NOT IN (\(aboutSlots))
            ORDER BY requested_at DESC, id DESC LIMIT 1
            """, ["company": company.text], reconcile)
    }

    private static func reconcile(_ row: Row) throws -> Reconcile {
        Reconcile(
            id: row["id"], company: try row.company(), mode: try row.word("mode"), since: row.optionalTime("since"),
            state: try row.word("state"), phase: try row.word("phase"),
            position: (row["position"] as String?).map(ListingPosition.init(text:)), seen: row["seen"],
            marked: row["marked"], unchanged: row["unchanged"], removed: row["removed"], withheld: row["withheld"],
            failed: row["failed"], apiCalls: row["api_calls"], changes: row["changes"], missed: row["missed"],
            nextCursor: row.optionalTime("next_cursor"),
            certificate: try row.optionalJSON("certificate") ?? Certificate(), alarm: row["alarm"],
            reason: row["reason"],
            requestedAt: row.time("requested_at"), startedAt: row.optionalTime("started_at"),
            endedAt: row.optionalTime("ended_at"))
    }

    /// The newest first.
    static func meter(of company: CompanyID, over count: Int, in session: Session) throws -> MissedWebhooks {
        let rows = try session.all(
            """
            SELECT changes, missed FROM reconciles
            WHERE company_id = :company AND changes > 0 ORDER BY requested_at DESC LIMIT :count
            """, ["company": company.text, "count": count]
        ) { MissedWebhooks(changes: $0["changes"], missed: $0["missed"]) }
        return rows.reduce(into: MissedWebhooks(changes: 0, missed: 0)) { sum, row in
            sum.changes += row.changes
            sum.missed += row.missed
        }
    }

    // MARK: - Cursors

    static func progress(of company: CompanyID, in session: Session) throws -> ReconcileProgress? {
        try session.first(
            "SELECT at, swept_at, judged_to FROM cursors WHERE company_id = :company", ["company": company.text]
        ) {
            ReconcileProgress(
                cursor: $0.time("at"), sweptAt: $0.time("swept_at"), judgedTo: $0.time("judged_to"))
        }
    }

    /// Nothing in it moves back. The first one is a sweep, whatever it was called.
    static func move(_ progress: ReconcileProgress, of company: CompanyID, isSweep: Bool, in session: Session) throws {
        try session.run(
            """
            INSERT INTO cursors (company_id, at, swept_at, judged_to) VALUES (:company, :at, :swept, :judged)
            ON CONFLICT (company_id) DO UPDATE SET
                at = max(at, excluded.at), judged_to = max(judged_to, excluded.judged_to),
                swept_at = CASE WHEN :sweep THEN max(swept_at, excluded.swept_at) ELSE swept_at END
            """,
            [
                "company": company.text, "at": progress.cursor.milliseconds, "swept": progress.sweptAt.milliseconds,
                "judged": progress.judgedTo.milliseconds, "sweep": isSweep,
            ])
    }
}
