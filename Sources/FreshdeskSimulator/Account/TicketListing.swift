/// What a ticket list asks for (freshdesk.md 1.1), checked; the page is asked for separately.
package struct TicketListing: Sendable, Hashable {
    package enum View: String, Sendable, Hashable, CaseIterable {
        /// What a call without `filter` sees: neither trash nor spam, nor the archive.
        case everything = "all_tickets"
        case newAndMyOpen = "new_and_my_open"
        case watching
        case spam
        case deleted
    }

    package enum Order: String, Sendable, Hashable, CaseIterable {
        case createdAt = "created_at"
        case dueBy = "due_by"
        case updatedAt = "updated_at"
        case status
    }

    package var view = View.everything
    package var updatedSince: Seconds?
    /// The 30-day default of a call without `updated_since`.
    package var createdSince: Seconds?
    package var requesterID: Int64?
    package var companyID: Int64?
    package var order = Order.createdAt
    package var isAscending = false

    package init() {}

    /// Nothing but the order and its own lower bound: such a listing is a stretch of an index.
    fileprivate var isStretch: Bool {
        guard view == .everything, requesterID == nil, companyID == nil else { return false }
        return switch order {
        case .createdAt: updatedSince == nil
        case .updatedAt: createdSince == nil
        case .dueBy, .status: false
        }
    }
}

/// Lists tickets page by page without sorting them all for each page.
///
/// The two common orders come straight from the account's indices; other listings are made once and kept until the
/// account changes.
struct TicketLister: Sendable {
    private struct Kept: Sendable {
        var listing: TicketListing
        var revision: Int
        var ids: [Int64]
    }

    private var kept: [Kept] = []
    private static let keptAtMost = 8

    /// The ids of rows `offset ..< offset + limit`, and whether more follow.
    mutating func rows(of listing: TicketListing, in account: Account, offset: Int, limit: Int) -> (
        ids: [Int64], hasMore: Bool
    ) {
        if listing.isStretch, account.behaviour.keyScope == .everything {
            return stretch(of: listing, in: account, offset: offset, limit: limit)
        }
        let ids = ids(of: listing, in: account)
        let start = min(offset, ids.count)
        let end = min(start + limit, ids.count)
        return (Array(ids[start..<end]), end < ids.count)
    }

    private func stretch(of listing: TicketListing, in account: Account, offset: Int, limit: Int) -> (
        ids: [Int64], hasMore: Bool
    ) {
        let index = listing.order == .createdAt ? account.byCreation : account.byUpdate
        let bound = listing.order == .createdAt ? listing.createdSince : listing.updatedSince
        let first = bound.map { index.start(from: $0) } ?? 0
        let total = index.count - first
        let start = min(offset, total)
        let end = min(start + limit, total)
        let ids =
            listing.isAscending
            ? index.entries[(first + start)..<(first + end)].map(\.id)
            : index.entries[(index.count - end)..<(index.count - start)].reversed().map(\.id)
        return (ids, end < total)
    }

    private mutating func ids(of listing: TicketListing, in account: Account) -> [Int64] {
        if let hit = kept.first(where: { $0.listing == listing && $0.revision == account.revision }) { return hit.ids }
        let ids = made(listing, in: account)
        kept.removeAll { $0.revision != account.revision }
        if kept.count == Self.keptAtMost { kept.removeFirst() }
        kept.append(Kept(listing: listing, revision: account.revision, ids: ids))
        return ids
    }

    private func made(_ listing: TicketListing, in account: Account) -> [Int64] {
        let place: Ticket.Place =
            switch listing.view {
            case .everything, .newAndMyOpen, .watching: .active
            case .spam: .spam
            case .deleted: .trash
            }
        var rows: [TicketIndex.Entry] = []
        func consider(_ ticket: Ticket) {
            guard ticket.place == place, account.keyMaySee(ticket) else { return }
            if let since = listing.updatedSince, ticket.updatedAt < since { return }
            if let since = listing.createdSince, ticket.createdAt < since { return }
            if let requester = listing.requesterID, ticket.requesterID != requester { return }
            if let company = listing.companyID, ticket.companyID != company { return }
            switch listing.view {
            case .newAndMyOpen:
                guard ticket.status == TicketStatus.open,
                    ticket.responderID == nil || ticket.responderID == account.keyHolder
                else { return }
            case .watching: return  // Nobody watches anything here.
            case .everything, .spam, .deleted: break
            }
            let key: Int64 =
                switch listing.order {
                case .createdAt: ticket.createdAt.value
                case .updatedAt: ticket.updatedAt.value
                case .dueBy: ticket.sla.dueBy?.value ?? .max
                case .status: ticket.status
                }
            rows.append(TicketIndex.Entry(moment: key, id: ticket.id))
        }
        if place == .active {
            for ticket in account.tickets.values { consider(ticket) }
        } else {
            for id in account.binned { if let ticket = account.tickets[id] { consider(ticket) } }
        }
        rows.sort()
        return listing.isAscending ? rows.map(\.id) : rows.reversed().map(\.id)
    }
}
