import FreshetCore
import GRDB

/// The table `items`, one row per item that was ever marked: what a claim, a renewal and the end of a run do to it.
enum ItemRow {
    // MARK: - Claiming

    /// The companies that are not paused and have something of the class due, longest unserved first; among equals in
    /// turn, beginning after `company`.
    static func companiesDue(
        _ urgency: Urgency, after company: CompanyID?, now: Timestamp, in session: Session
    ) throws -> [CompanyID] {
        try session.all(
            """
            SELECT c.company_id AS company_id
            FROM companies AS c LEFT JOIN turns AS t ON t.company_id = c.company_id AND t.urgency = :urgency
            WHERE c.paused = 0 AND EXISTS (
                SELECT 1 FROM items AS i
                WHERE i.company_id = c.company_id AND i.urgency = :urgency AND i.due_at <= :now)
            ORDER BY coalesce(t.turn, 0), c.company_id <= :after, c.company_id
            """,
            ["urgency": urgency.rawValue, "now": now.milliseconds, "after": company?.text ?? ""]
        ) { try $0.company() }
    }

    /// Claims the item of the company and class that has been due longest; parks those that have used up their attempts.
    static func claimNext(
        of company: CompanyID, _ urgency: Urgency, owner: String, policy: ClaimPolicy, now: Timestamp,
        in session: Session
    ) throws -> Run? {
        // Parking is rare. The bound keeps the transaction short should thousands be due for it at once.
        for _ in 0..<1000 {
            let due = try session.first(
                """
                SELECT platform, kind, original_id, attempts, claimed > done AS unfinished,
                    deferred IS NOT NULL AS is_deferred
                FROM items
                WHERE company_id = :company AND urgency = :urgency AND due_at <= :now ORDER BY due_at LIMIT 1
                """,
                ["company": company.text, "urgency": urgency.rawValue, "now": now.milliseconds]
            ) { row in
                (
                    item: try Item(row, of: company), attempts: row["attempts"] as Int,
                    isUnfinished: row["unfinished"] as Bool, isDeferred: row["is_deferred"] as Bool
                )
            }
            guard let due else { return nil }
            if due.attempts < policy.maxAttempts {
                var run = try claim(due.item, owner: owner, until: now + policy.lease, now: now, in: session)
                run?.followsUnfinished = due.isUnfinished
                run?.isDeferred = due.isDeferred
                return run
            }
            try park(due.item, attempts: due.attempts, now: now, in: session)
        }
        return nil
    }

    private static func claim(
        _ item: Item, owner: String, until: Timestamp, now: Timestamp, in session: Session
    ) throws -> Run? {
        try session.first(
            """
            UPDATE items SET
                claimed = wanted, fence = fence + 1, attempts = attempts + 1, owner = :owner, lease_until = :until,
                deferred = NULL,
                \(mergeNext)
            WHERE \(Item.isKey)
            RETURNING claimed, fence, attempts, urgency, cause, marked_at
            """, item.arguments(["owner": owner, "until": until.milliseconds])
        ) { row in
            Run(
                item: item, claimed: row["claimed"], fence: row["fence"], attempt: row["attempts"],
                urgency: try row.word("urgency"), cause: try row.word("cause"), claimedAt: now,
                markedAt: row.time("marked_at"))
        }
    }

    /// What was marked during a run that came to nothing joins what that run was to answer.
    private static let mergeNext = """
        urgency = CASE WHEN next_urgency = 'urgent' THEN 'urgent' ELSE urgency END,
        cause = CASE WHEN cause = 'webhook' OR next_cause IS NULL THEN cause ELSE next_cause END,
        next_urgency = NULL, next_cause = NULL, next_marked_at = NULL
        """

    private static func park(_ item: Item, attempts: Int, now: Timestamp, in session: Session) throws {
        let parked = try session.first(
            """
            UPDATE items SET
                state = 'parked', owner = NULL, lease_until = NULL,
                reason = 'no success in ' || attempts || ' attempts' || coalesce('; the last: ' || reason, ''),
                \(mergeNext)
            WHERE \(Item.isKey)
            RETURNING fence, cause, reason
            """, item.arguments()
        ) { (fence: $0["fence"] as Int64, cause: try $0.word("cause", as: Cause.self), reason: $0["reason"] as String) }
        guard let parked else { return }
        try DecisionRow.insert(
            Decision(
                at: now, fence: parked.fence, cause: parked.cause, outcome: .parked, reason: parked.reason, changes: [],
                contentHash: nil, facetsHash: nil, cost: RunCost()), about: item, in: session)
    }

    // MARK: - Holding

    /// Only for the holder of the fence, also when the lease ran out and nobody has claimed the item since.
    static func renew(_ run: Run, owner: String, until: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE items SET lease_until = :until
            WHERE \(Item.isKey) AND fence = :fence AND owner = :owner AND lease_until IS NOT NULL
            """,
            run.item.arguments(["until": until.milliseconds, "fence": run.fence, "owner": owner])) > 0
    }

    // MARK: - Ending

    /// Each answers whether the run still held the item; if not, nothing was changed.

    static func succeed(
        _ run: Run, sourceUpdatedAt: Timestamp?, isWithheld: Bool, in session: Session
    ) throws -> Bool {
        try session.run(
            """
            UPDATE items SET
                done = claimed, attempts = 0, owner = NULL, lease_until = NULL, reason = NULL, is_stale = 0,
                urgency = coalesce(next_urgency, urgency), cause = coalesce(next_cause, cause),
                marked_at = next_marked_at, next_urgency = NULL, next_cause = NULL, next_marked_at = NULL,
                source_updated_at = coalesce(:source, source_updated_at),
                removal_by = CASE WHEN :withheld THEN removal_by ELSE NULL END,
                removal_proof = CASE WHEN :withheld THEN removal_proof ELSE NULL END,
                removal_held = CASE WHEN :withheld THEN removal_held ELSE 0 END
            WHERE \(isHeld)
            """,
            run.item.arguments([
                "source": sourceUpdatedAt?.milliseconds, "withheld": isWithheld, "fence": run.fence,
            ])) > 0
    }

    static func fail(
        _ run: Run, reason: String?, retryAt: Timestamp, isStale: Bool, in session: Session
    ) throws -> Bool {
        try session.run(
            """
            UPDATE items SET
                owner = NULL, lease_until = NULL, reason = :reason, not_before = max(not_before, :retry),
                is_stale = max(is_stale, :stale), \(mergeNext)
            WHERE \(isHeld)
            """,
            run.item.arguments([
                "reason": reason, "retry": retryAt.milliseconds, "stale": isStale, "fence": run.fence,
            ])) > 0
    }

    /// The attempt is given back: waiting for money is nobody's failure. A mark made meanwhile is owed a run in its own
    /// time.
    static func putOff(
        _ run: Run, reason: String, _ deferral: Deferral, isStale: Bool, in session: Session
    ) throws -> Bool {
        try session.run(
            """
            UPDATE items SET
                owner = NULL, lease_until = NULL, attempts = max(0, attempts - 1), reason = :reason,
                not_before = CASE WHEN next_marked_at IS NULL THEN :until ELSE not_before END,
                deferred = CASE WHEN next_marked_at IS NULL THEN :value END,
                is_stale = max(is_stale, :stale), \(mergeNext)
            WHERE \(isHeld)
            """,
            run.item.arguments([
                "reason": reason, "until": deferral.until.milliseconds, "value": deferral.value.rawValue,
                "stale": isStale, "fence": run.fence,
            ])) > 0
    }

    /// What waits for a budget is due; how many items that is.
    static func resume(_ company: CompanyID, all: Bool, now: Timestamp, in session: Session) throws -> Int {
        try session.run(
            """
            UPDATE items SET not_before = :now
            WHERE company_id = :company AND deferred IS NOT NULL AND (:all OR deferred = 'high') AND not_before > :now
            """, ["now": now.milliseconds, "company": company.text, "all": all])
    }

    static func stale(among items: ItemGroup, in session: Session) throws -> [Item] {
        try session.all(
            "SELECT original_id FROM items WHERE \(ItemGroup.isKey) AND is_stale", try items.arguments()
        ) { items.item($0["original_id"]) }
    }

    /// A mark made while this run was in flight is owed a run that starts after it: then the item gets one more.
    static func park(_ run: Run, reason: String, isStale: Bool, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE items SET
                state = CASE WHEN next_marked_at IS NULL THEN 'parked' ELSE 'ready' END,
                attempts = CASE WHEN next_marked_at IS NULL THEN attempts ELSE max(0, attempts - 1) END,
                marked_at = coalesce(next_marked_at, marked_at),
                owner = NULL, lease_until = NULL, reason = :reason, is_stale = max(is_stale, :stale), \(mergeNext)
            WHERE \(isHeld)
            """,
            run.item.arguments(["reason": reason, "stale": isStale, "fence": run.fence])) > 0
    }

    static func release(_ run: Run, now: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE items SET
                owner = NULL, lease_until = NULL, attempts = max(0, attempts - 1), not_before = :now, \(mergeNext)
            WHERE \(isHeld)
            """,
            run.item.arguments(["now": now.milliseconds, "fence": run.fence])) > 0
    }

    private static let isHeld = "\(Item.isKey) AND fence = :fence AND lease_until IS NOT NULL"

    // MARK: - Asking

    /// Whether no run would start after this moment without another mark.
    static func needsAnotherMark(_ item: Item, in session: Session) throws -> Bool {
        try session.first(
            """
            SELECT wanted = done OR (lease_until IS NOT NULL AND next_marked_at IS NULL) AS needed FROM items
            WHERE \(Item.isKey)
            """, item.arguments()
        ) { $0["needed"] as Bool } ?? true
    }

    static func entry(_ item: Item, in session: Session) throws -> LedgerEntry? {
        try session.first("SELECT * FROM items WHERE \(Item.isKey)", item.arguments()) { row in
            LedgerEntry(
                item: item, wanted: row["wanted"], claimed: row["claimed"], done: row["done"], fence: row["fence"],
                owner: row["owner"], leaseUntil: row.optionalTime("lease_until"), attempts: row["attempts"],
                notBefore: row.time("not_before"), urgency: try row.word("urgency"), state: try row.word("state"),
                reason: row["reason"], isDeferred: (row["deferred"] as String?) != nil, isStale: row["is_stale"],
                sourceUpdatedAt: row.optionalTime("source_updated_at"),
                markedAt: row.optionalTime("marked_at"))
        }
    }

    static func backlog(of company: CompanyID, in session: Session) throws -> Backlog {
        var backlog = Backlog()
        let classes = try session.all(
            """
            SELECT urgency, count(*) AS items, count(lease_until) AS in_flight, min(marked_at) AS oldest,
                min(CASE WHEN lease_until IS NULL THEN due_at END) AS next_due
            FROM items
            WHERE company_id = :company AND due_at IS NOT NULL AND deferred IS NULL GROUP BY urgency
            """, ["company": company.text]
        ) { row in
            (
                try row.word("urgency", as: Urgency.self), items: row["items"] as Int,
                inFlight: row["in_flight"] as Int, oldest: row.optionalTime("oldest"),
                nextDue: row.optionalTime("next_due")
            )
        }
        for (urgency, items, inFlight, oldest, nextDue) in classes {
            switch urgency {
            case .urgent:
                backlog.urgent = items
                backlog.urgentDueSince = nextDue
            case .backfill: backlog.backfill = items
            }
            backlog.inFlight += inFlight
            backlog.oldestMark = [backlog.oldestMark, oldest].compactMap { $0 }.min()
        }
        backlog.parked =
            try session.first(
                "SELECT count(*) FROM items WHERE company_id = :company AND state = 'parked'",
                ["company": company.text]
            ) { $0[0] as Int } ?? 0
        backlog.deferred =
            try session.first(
                "SELECT count(*) FROM items WHERE company_id = :company AND deferred IS NOT NULL",
                ["company": company.text]
            ) { $0[0] as Int } ?? 0
        return backlog
    }

    /// When the next item of a company that is not paused falls due, later than `now`.
    static func nextDue(now: Timestamp, in session: Session) throws -> Timestamp? {
        let announced = try InboxRow.due(in: session)
        return [try nextDueItem(now: now, in: session), announced].compactMap { $0 }.filter { $0 > now }.min()
    }

    private static func nextDueItem(now: Timestamp, in session: Session) throws -> Timestamp? {
        try session.first(
            """
            SELECT min((
                SELECT min(i.due_at) FROM items AS i
                WHERE i.company_id = c.company_id AND i.urgency = u.urgency AND i.due_at > :now)) AS due
            FROM companies AS c, (SELECT 'urgent' AS urgency UNION ALL SELECT 'backfill') AS u
            WHERE c.paused = 0
            """, ["now": now.milliseconds]
        ) { $0.optionalTime("due") } ?? nil
    }
}
