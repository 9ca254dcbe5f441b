import FreshetCore
import GRDB

/// The table `decisions`: what each run saw and did. `number` counts up within an item.
enum DecisionRow {
    static func insert(_ decision: Decision, about item: Item, in session: Session) throws {
        try session.run(
            """
            INSERT INTO decisions
                (company_id, platform, kind, original_id, number, at, fence, cause, outcome, reason, changes,
                content_hash, facets_hash, api_calls, summaries, embeddings, milliseconds)
            VALUES (:company, :platform, :kind, :id,
                (SELECT coalesce(max(number), 0) + 1 FROM decisions WHERE \(Item.isKey)),
                :at, :fence, :cause, :outcome, :reason, :changes, :content, :facets, :calls, :summaries, :embeddings,
                :milliseconds)
            """,
            item.arguments([
                "at": decision.at.milliseconds, "fence": decision.fence, "cause": decision.cause.rawValue,
                "outcome": decision.outcome.rawValue, "reason": decision.reason,
                "changes": decision.changes.isEmpty ? "[]" : try jsonText(decision.changes),
                "content": decision.contentHash?.hex, "facets": decision.facetsHash?.hex,
                "calls": decision.cost.apiCalls, "summaries": decision.cost.summaries,
                "embeddings": decision.cost.embeddings, "milliseconds": decision.cost.milliseconds,
            ]))
    }

    /// The newest first.
    static func all(about item: Item, limit: Int, in session: Session) throws -> [Decision] {
        try session.all(
            "SELECT * FROM decisions WHERE \(Item.isKey) ORDER BY number DESC LIMIT :limit",
            item.arguments(["limit": limit])
        ) { row in
            Decision(
                at: row.time("at"), fence: row["fence"], cause: try row.word("cause"), outcome: try row.word("outcome"),
                reason: row["reason"], changes: try row.json("changes"),
                contentHash: try row.fingerprint("content_hash"),
                facetsHash: try row.fingerprint("facets_hash"),
                cost: RunCost(
                    apiCalls: row["api_calls"], summaries: row["summaries"], embeddings: row["embeddings"],
                    milliseconds: row["milliseconds"]))
        }
    }

    // MARK: - Pruning

    /// Where a walk over a company's decisions stands: newest first within an item, items in descending order.
    struct Walk: Sendable {
        var last: (item: Item, number: Int64)?
        /// Decisions of the present item seen so far.
        var seen = 0
    }

    /// Looks at the next `limit` decisions of the company and names those that are too many or too old; `nil` at the
    /// end. Only reads, so that a long walk holds nobody up.
    static func superfluous(
        of company: CompanyID, before moment: Timestamp, perItem: Int, walk: inout Walk, limit: Int,
        in session: Session
    ) throws -> [(item: Item, number: Int64)]? {
        let start = walk.last
        let rows = try session.all(
            """
            SELECT platform, kind, original_id, number, at FROM decisions
            WHERE company_id = :company AND (platform, kind, original_id, number) < (:platform, :kind, :id, :number)
            ORDER BY platform DESC, kind DESC, original_id DESC, number DESC LIMIT :limit
            """,
            [
                // Above every word of ours; the walk begins there.
                "company": company.text, "platform": start?.item.platform.rawValue ?? "~",
                "kind": start?.item.kind.rawValue ?? "~", "id": start?.item.originalID ?? .max,
                "number": start?.number ?? .max, "limit": limit,
            ]
        ) { (item: try Item($0, of: company), number: $0["number"] as Int64, at: $0.time("at")) }
        guard !rows.isEmpty else { return nil }
        var found: [(item: Item, number: Int64)] = []
        for row in rows {
            walk.seen = walk.last?.item == row.item ? walk.seen + 1 : 1
            walk.last = (row.item, row.number)
            if walk.seen > perItem || row.at < moment { found.append((row.item, row.number)) }
        }
        return found
    }

    static func delete(_ number: Int64, about item: Item, in session: Session) throws -> Int {
        try session.run(
            "DELETE FROM decisions WHERE \(Item.isKey) AND number = :number", item.arguments(["number": number]))
    }
}
