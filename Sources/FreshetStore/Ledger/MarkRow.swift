import FreshetCore
import GRDB

/// Raises the wanted generation of items: the writing half of the table `items` that webhooks wait for.
enum MarkRow {
    /// Marks items of known companies in order; neighbours that say the same are one statement.
    ///
    /// Throws `StoreError.unknownCompany` for the first company that is not there.
    static func raise(_ marks: [Mark], policy: MarkPolicy, now: Timestamp, in session: Session) throws {
        for company in Set(marks.map(\.item.company)) { try CompanyRow.require(company, in: session) }
        var counts: [Item: Int64] = [:]
        for (index, mark) in marks.enumerated() {
            counts[mark.item, default: 0] += 1
            let next = index + 1 < marks.count ? marks[index + 1] : nil
            if let next, next == mark { continue }
            try raise(mark, by: counts[mark.item] ?? 1, policy: policy, now: now, in: session)
            counts[mark.item] = nil
        }
    }

    /// Marks one item of a company that is known to be there.
    static func raise(_ mark: Mark, by count: Int64, policy: MarkPolicy, now: Timestamp, in session: Session) throws {
        let due = mark.urgency == .urgent ? now + policy.quietPeriod : now
        // Positional, in the order in which the names occur: this is the hot path.
        try session.run(
            statement,
            [
                mark.item.company.text, mark.item.platform.rawValue, mark.item.kind.rawValue, mark.item.originalID,
                count,
                min(due, now + policy.quietLimit).milliseconds, mark.urgency.rawValue, mark.cause.rawValue,
                now.milliseconds, policy.quietLimit.milliseconds,
                Int64(max(0, policy.maxAttempts - policy.freshAllowance)),
            ])
    }

    /// A row in flight only remembers the mark. A parked or idle one begins anew. A waiting one keeps the moment of its
    /// first mark; its quiet period moves on with each urgent mark, up to the limit; a back-off is never shortened, and
    /// a backfill mark takes nothing from what is urgent. Of several causes `webhook` is remembered, else the last.
    private static let statement = """
        INSERT INTO items (
            company_id, platform, kind, original_id, wanted, not_before, urgency, cause, marked_at, announced_at)
        VALUES (:company, :platform, :kind, :id, :count, :due, :urgency, :cause, :now,
            CASE WHEN :cause = 'webhook' THEN :now END)
        ON CONFLICT (company_id, platform, kind, original_id) DO UPDATE SET
            wanted = wanted + excluded.wanted,
            not_before = CASE
                WHEN lease_until IS NOT NULL THEN CASE
                    WHEN next_marked_at IS NULL THEN excluded.not_before
                    WHEN excluded.urgency = 'backfill' THEN not_before
                    ELSE min(excluded.not_before, next_marked_at + :limit) END
                WHEN state = 'parked' OR wanted = done THEN excluded.not_before
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
            state = 'ready'
        """

    /// A person's mark: due at once, attempts anew, whatever state the row is in. `false` when there is no row.
    static func retry(_ item: Item, now: Timestamp, in session: Session) throws -> Bool {
        let changed = try session.run(
            """
            UPDATE items SET
                wanted = wanted + 1, attempts = 0, state = 'ready', reason = NULL, not_before = :now,
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
