/// What kind of thing an item is; also the `doc_type` of its document and point.
package enum ItemKind: String, Sendable, Codable, CaseIterable {
    case ticket, article
}

/// One ticket or article of one company.
package struct Item: Hashable, Sendable, Codable, CustomStringConvertible {
    package var company: CompanyID
    package var platform: Platform
    package var kind: ItemKind
    /// The help desk's own id, 1...2^63-1.
    package var originalID: Int64

    package init(company: CompanyID, platform: Platform, kind: ItemKind, originalID: Int64) {
        self.company = company
        self.platform = platform
        self.kind = kind
        self.originalID = originalID
    }

    /// `ticket/4711`, as on the command line; the company is always said apart.
    package var name: String { "\(kind.rawValue)/\(originalID)" }
    package var description: String { "\(company)/\(platform.rawValue)/\(kind.rawValue)/\(originalID)" }
}

/// Why an item may have changed.
package enum Cause: String, Sendable, Codable, CaseIterable {
    case webhook, reconcile, admin, ingest
}

/// How soon a marked item deserves its run. Fresh changes go first; backfill has a guaranteed share.
package enum Urgency: String, Sendable, Codable, CaseIterable {
    case urgent, backfill
}

/// "May have changed": raises the item's wanted generation.
package struct Mark: Sendable, Equatable {
    package var item: Item
    package var cause: Cause
    package var urgency: Urgency

    package init(_ item: Item, cause: Cause, urgency: Urgency) {
        self.item = item
        self.cause = cause
        self.urgency = urgency
    }
}

/// One claim of an item by a worker. Whoever holds the highest fence may write; everybody else may not.
package struct Run: Sendable, Equatable {
    package var item: Item
    /// The generation that this run answers for: everything marked up to the claim.
    package var claimed: Int64
    /// Rises by one with every claim of the item. Also the `generation` of the point that this run writes.
    package var fence: Int64
    /// Which attempt this is since the last success, from 1. Counted at the claim, so a crash counts too.
    package var attempt: Int
    package var urgency: Urgency
    package var cause: Cause
    package var claimedAt: Timestamp
    /// When the oldest mark that this run answers was made.
    package var markedAt: Timestamp
    /// The run before it came to nothing, or may even go on somewhere: what the index holds of the item may be another
    /// state than the one on record.
    package var followsUnfinished: Bool
    /// The item was waiting for its company's budget, and nobody has named it since.
    package var isDeferred: Bool

    package init(
        item: Item, claimed: Int64, fence: Int64, attempt: Int, urgency: Urgency, cause: Cause, claimedAt: Timestamp,
        markedAt: Timestamp, followsUnfinished: Bool = false, isDeferred: Bool = false
    ) {
        self.item = item
        self.claimed = claimed
        self.fence = fence
        self.attempt = attempt
        self.urgency = urgency
        self.cause = cause
        self.claimedAt = claimedAt
        self.markedAt = markedAt
        self.followsUnfinished = followsUnfinished
        self.isDeferred = isDeferred
    }
}

/// What became of a run (design 3).
package enum Outcome: String, Sendable, Codable, CaseIterable {
    case created, updated, relabelled, unchanged, excluded, removed, failed, parked
}
