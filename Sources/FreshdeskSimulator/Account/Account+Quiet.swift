/// What happens to a ticket that nobody touches, and who may see it.
extension Account {
    /// Seconds of rest after which Freshdesk archives a closed ticket.
    static let archiveAge = 120 * Seconds.day

    /// Behaves otherwise from now on. Tickets that have rested long enough by a new rule are archived at once.
    mutating func behave(_ new: Behaviour) {
        let isNewRule = new.archivesAfterDays != behaviour.archivesAfterDays
        behaviour = new
        // Who sees what may be another now.
        revision += 1
        if new.searchLag == 0 { believedBySearch = [:] }
        guard isNewRule, new.archivesAfterDays != nil else { return }
        for ticket in tickets.values.sorted(by: { $0.id < $1.id }) {
            if archives(ticket) {
                replace(ticket, touching: nil) { $0.place = .archive }
            } else {
                awaitArchiving(ticket)
            }
        }
    }

    /// Closed, and untouched for as long as this account waits.
    func archives(_ ticket: Ticket) -> Bool {
        guard let rest = restBeforeArchive, ticket.place == .active, ticket.status == TicketStatus.closed else {
            return false
        }
        return ticket.updatedAt + rest <= settledTo
    }

    /// Puts down when to look whether a ticket rests still.
    mutating func awaitArchiving(_ ticket: Ticket) {
        guard let rest = restBeforeArchive, ticket.place == .active, ticket.status == TicketStatus.closed else {
            return
        }
        agenda.add(.archive, for: ticket.id, at: ticket.updatedAt + rest)
    }

    private var restBeforeArchive: Int64? { behaviour.archivesAfterDays.map { $0 * Seconds.day } }

    // MARK: Summary

    /// Writes the ticket's summary. Neither the ticket's `updated_at` nor any webhook tells of it.
    mutating func summarise(_ id: Int64, _ html: String, by user: Int64?, now: Seconds) throws(Refusal) {
        let author = user ?? keyHolder
        guard agents[author] != nil else {
            throw .invalid("user_id", "There is no user matching the given user_id")
        }
        try change(id, touching: nil) { ticket throws(Refusal) in
            let body = Markup.frame(html)
            guard let old = ticket.summary else {
                ticket.summary = TicketSummary(body: body, userID: author, createdAt: now, updatedAt: now)
                return
            }
            guard old.body != body else { return }
            ticket.summary = TicketSummary(
                body: body, userID: author, createdAt: old.createdAt, updatedAt: now, lastEditedAt: now)
        }
    }

    mutating func removeSummary(of id: Int64) throws(Refusal) {
        guard try writableTicket(id, verb: "DELETE").summary != nil else { throw .notFound }
        try change(id, touching: nil) { ticket throws(Refusal) in ticket.summary = nil }
    }

    // MARK: Search

    /// Search goes on believing what it knew of a ticket for a while. `nil` is a ticket that was not there.
    mutating func hideFromSearch(_ id: Int64, _ known: Ticket?) {
        guard behaviour.searchLag > 0, believedBySearch[id] == nil else { return }
        believedBySearch[id] = .some(known)
        agenda.add(.tellSearch, for: id, at: settledTo + behaviour.searchLag)
    }

    /// The tickets as search sees them, newest first.
    func searched(_ isMatch: (Ticket) -> Bool) -> [Ticket] {
        tickets.values.compactMap { ticket in
            let believed: Ticket? = believedBySearch[ticket.id] ?? ticket
            guard let believed, believed.place == .active, isMatch(believed), keyMaySee(ticket) else { return nil }
            return ticket
        }.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    // MARK: The API key's agent

    func keyMaySee(_ ticket: Ticket) -> Bool {
        switch behaviour.keyScope {
        case .everything: true
        case .restricted: ticket.responderID == keyHolder
        case .group: ticket.responderID == keyHolder || (ticket.groupID != nil && ticket.groupID == groups.keys.min())
        }
    }
}
