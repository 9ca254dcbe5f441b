/// What is to be forgotten for good.
package enum ErasureWish: Sendable, Equatable {
    case ticket(Int64)
    /// All tickets of this person, by the help desk's id; those that come later, too.
    case requester(Int64)
}

package enum Erasure {
    /// Why an erased item is excluded, in records and decisions. No policy excludes anything with this word.
    package static let reason = "erased"
}

/// Whose words something is made of.
package struct Provenance: Sendable, Equatable {
    package var item: Item
    /// The person's id at the help desk; `nil` where the item has none.
    package var requester: Int64?

    package init(item: Item, requester: Int64? = nil) {
        self.item = item
        self.requester = requester
    }

    package init(_ document: Document) {
        self.init(item: document.item, requester: document.metadata.requester?.id)
    }
}

/// Where something of an erased item may have been.
package enum ErasurePlace: String, Sendable, CaseIterable {
    case documents, decisions, deliveries, recommendations, feedback
    case slotDebts = "slot_debts"
    /// Of all slots of the index.
    case points
    /// Names of files, and the terms that they are found by.
    case attachments
    /// What an index has made of the company's points; made again where it is wanted.
    case snapshots = "point_snapshots"
    /// What models made of texts that are on record no more.
    case modelResults = "model_cache"
    /// By day and model only: no row says anything of an item.
    case usage
}

/// What went, place by place.
package struct ErasureReceipt: Sendable, Equatable {
    package var company: CompanyID
    /// Names the wish without saying what it was about, as in the audit log.
    package var reference: String
    package var tickets: [Int64]
    /// Rows by place. Every place that was looked at is there, with 0 where there was nothing.
    package var removed: [ErasurePlace: Int]
    /// Nothing that was deleted is left in the store's log either; `false` where somebody was reading from it all the time.
    package var isLogEmptied: Bool

    package init(
        company: CompanyID, reference: String, tickets: [Int64] = [], removed: [ErasurePlace: Int] = [:],
        isLogEmptied: Bool = false
    ) {
        self.company = company
        self.reference = reference
        self.tickets = tickets
        self.removed = Dictionary(ErasurePlace.allCases.map { ($0, 0) }) { first, _ in first }
        self.isLogEmptied = isLogEmptied
        add(removed)
    }

    package mutating func add(_ more: [ErasurePlace: Int]) { removed.merge(more, uniquingKeysWith: +) }

    package var json: JSONValue {
        .object([
            "company_id": .string(company.text), "reference": .string(reference),
            "tickets": .array(tickets.map { .string(String($0)) }),
            "removed": .object(
                Dictionary(removed.map { ($0.key.rawValue, .count($0.value)) }) { first, _ in first }),
            "log_emptied": .bool(isLogEmptied),
        ])
    }
}
