/// Why an item is as it is: its place in the ledger, what is on record, and what was decided, newest first.
package struct ItemExplanation: Sendable, Equatable {
    package var entry: LedgerEntry
    package var record: DocumentRecord?
    package var decisions: [Decision]

    package init(entry: LedgerEntry, record: DocumentRecord?, decisions: [Decision]) {
        self.entry = entry
        self.record = record
        self.decisions = decisions
    }

    /// Who made the summary, and what is to come of a stand-in.
    package var origin: String? {
        guard let record, let summary = record.summary, let maker = summary.maker ?? record.summariser else {
            return nil
        }
        guard summary.isStandIn else { return "by \(maker)" }
        let next = record.standIn?.due.map { "tried again at \($0)" } ?? "not tried again until the item changes"
        return "provisional, by \(maker); \(record.standIn?.tries ?? 1) tries, \(next)"
    }

    package var json: JSONValue {
        .object([
            "item": .string(entry.item.name), "company_id": .string(entry.item.company.text),
            "wanted": .integer(entry.wanted), "claimed": .integer(entry.claimed), "done": .integer(entry.done),
            "state": .string(entry.state.rawValue), "attempts": .count(entry.attempts),
            "reason": entry.reason.map { .string($0) } ?? .null,
            "waits_for": entry.isDeferred ? .string("budget") : .null, "stale": .bool(entry.isStale),
            "not_before": .time(entry.notBefore),
            "outcome": decisions.first.map { .string($0.outcome.rawValue) } ?? .null,
            "document": record.map { .string($0.state.rawValue) } ?? .null,
            "visibility": record?.document?.metadata.article.map { .string($0.place.visibility.rawValue) } ?? .null,
            "content_hash": record?.contentHash.map { .string($0.hex) } ?? .null,
            "facets_hash": record?.facetsHash.map { .string($0.hex) } ?? .null,
            "provisional": .bool(record?.summary?.isStandIn ?? false),
            "made_by": (record?.summary?.maker ?? record?.summariser).map { .string($0) } ?? .null,
            "decisions": .array(decisions.map(\.json)),
        ])
    }
}

extension Decision {
    package var json: JSONValue {
        .object([
            "at": .time(at), "run": .integer(fence), "cause": .string(cause.rawValue),
            "outcome": .string(outcome.rawValue), "reason": reason.map { .string($0) } ?? .null,
            "changes": .array(changes.map { .string($0) }),
            "content_hash": contentHash.map { .string($0.hex) } ?? .null,
            "facets_hash": facetsHash.map { .string($0.hex) } ?? .null,
            "cost": .object([
                "api_calls": .count(cost.apiCalls), "summaries": .count(cost.summaries),
                "embeddings": .count(cost.embeddings), "milliseconds": .integer(cost.milliseconds),
            ]),
        ])
    }
}
