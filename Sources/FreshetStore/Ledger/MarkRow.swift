import FreshetCore
import GRDB

/// Raises the wanted generation of items: what marks write to the table `items`.
enum MarkRow {
    /// Marks items in order.
    ///
    /// Throws `StoreError.unknownCompany` for the first company that is not there.
    static func raise(_ marks: [Mark], policy: MarkPolicy, now: Timestamp, in session: Session) throws {
        for group in marks.grouped(by: \.item.company) {
            try CompanyRow.require(group.key, in: session)
            try raise(group.members.map { ($0, 1) }, of: group.key, policy: policy, now: now, in: session)
        }
    }

    /// Marks items of one company that is known to be there, each as often as it says and all in one statement.
    static func raise(
        _ marks: [(mark: Mark, count: Int64)], of company: CompanyID, policy: MarkPolicy, now: Timestamp,
        in session: Session
    ) throws {
        guard !marks.isEmpty else { return }
        var rows = RowList(marks.count)
        for (mark, count) in marks {
            let due = mark.urgency == .urgent ? now + policy.quietPeriod : now
            rows.beginRow()
            rows.add(mark.item.platform.rawValue)
            rows.add(mark.item.kind.rawValue)
            rows.add(mark.item.originalID)
            rows.add(count)
            rows.add(min(due, now + policy.quietLimit).milliseconds)
            rows.add(mark.urgency.rawValue)
            rows.add(mark.cause.rawValue)
            rows.endRow()
        }
        try session.run(
            statement,
            [
                "company": company.text, "rows": rows.finish(), "now": now.milliseconds,
                "limit": policy.quietLimit.milliseconds,
                "fresh": policy.freshAttempts,
            ])
    }

    private static let statement = """
        INSERT INTO items (
            company_id, platform, kind, original_id, wanted, not_before, urgency, cause, marked_at, announced_at)
        SELECT company_id, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
            :now, CASE WHEN value ->> 6 = 'webhook' THEN :now END
        FROM companies, json_each(:rows) WHERE company_id = :company
        \(onConflict)
        """

    /// A row in flight only remembers the mark. A parked or idle one begins anew, one that waits for a budget is due
    /// again. A waiting one keeps the moment of its
    /// first mark; its quiet period moves on with each urgent mark, up to the limit; a back-off is never shortened, and
    /// a backfill mark takes nothing from what is urgent. Of several causes `webhook` is remembered, else the last.
    static let onConflict = """
        ON CONFLICT (company_id, platform, kind, original_id) DO UPDATE SET
            wanted = wanted + excluded.wanted,
            not_before = CASE
                WHEN lease_until IS NOT NULL THEN CASE
                    WHEN next_marked_at IS NULL THEN excluded.not_before
                    WHEN excluded.urgency = 'backfill' THEN not_before
                    ELSE min(excluded.not_before, next_marked_at + :limit) END
                WHEN state = 'parked' OR wanted = done OR deferred IS NOT NULL THEN excluded.not_before
                WHEN excluded.urgency = 'backfill' THEN not_before
                WHEN attempts > 0 THEN max(not_before, min(excluded.not_before, marked_at + :limit))
                ELSE min(excluded.not_before, marked_at + :limit) END,
            urgency = CASE
                WHEN lease_until IS NOT NULL THEN urgency
                WHEN state = 'parked' OR wanted = done OR excluded.urgency = 'urgent' THEN excluded.urgency
                ELSE urgency END,
            cause = CASE
                WHEN lease_until IS NOT NULL THEN cause
                WHEN state = 'parked' OR wanted = done OR cause <> 'webhook' THEN excluded.cause
                ELSE cause END,
            marked_at = CASE
                WHEN lease_until IS NULL AND (state = 'parked' OR wanted = done) THEN excluded.marked_at
                ELSE marked_at END,
            next_urgency = CASE
                WHEN lease_until IS NULL THEN NULL
                WHEN next_urgency = 'urgent' THEN next_urgency
                ELSE excluded.urgency END,
            next_cause = CASE
                WHEN lease_until IS NULL THEN NULL
                WHEN next_cause = 'webhook' THEN next_cause
                ELSE excluded.cause END,
            next_marked_at = CASE
                WHEN lease_until IS NULL THEN NULL
                ELSE coalesce(next_marked_at, excluded.marked_at) END,
            attempts = CASE WHEN state = 'parked' THEN :fresh ELSE attempts END,
            reason = CASE WHEN state = 'parked' THEN NULL ELSE reason END,
            announced_at = coalesce(excluded.announced_at, announced_at),
            deferred = NULL,
            state = 'ready'
        """

    /// A person's mark: due at once, attempts anew, whatever state the row is in. `false` when there is no row.
    static func retry(_ item: Item, now: Timestamp, in session: Session) throws -> Bool {
        let changed = try session.run(
            """
            UPDATE items SET
                wanted = wanted + 1, attempts = 0, state = 'ready', reason = NULL, not_before = :now, deferred = NULL,
                urgency = CASE WHEN lease_until IS NULL THEN 'urgent' ELSE urgency END,
                cause = CASE WHEN lease_until IS NULL THEN 'admin' ELSE cause END,
                marked_at = CASE
                    WHEN lease_until IS NULL AND (state = 'parked' OR wanted = done) THEN :now ELSE marked_at END,
                next_urgency = CASE WHEN lease_until IS NULL THEN NULL ELSE 'urgent' END,
                next_cause = CASE WHEN lease_until IS NULL THEN NULL ELSE 'admin' END,
                next_marked_at = CASE WHEN lease_until IS NULL THEN NULL ELSE coalesce(next_marked_at, :now) END
            WHERE \(Item.isKey)
            """, item.arguments(["now": now.milliseconds]))
        return changed > 0
    }
}
