extension Account {
    // MARK: Trash and spam

    /// Into the trash. What is there already, or among spam, answers 405.
    package mutating func trash(_ id: Int64, now: Seconds) throws(Refusal) {
        try bin(id, .trash, verb: "DELETE", now: now, .deleted)
    }

    package mutating func markSpam(_ id: Int64, now: Seconds) throws(Refusal) {
        try bin(id, .spam, verb: "PUT", now: now, .markedSpam)
    }

    package mutating func restore(_ id: Int64, now: Seconds) throws(Refusal) { try unbin(id, from: .trash, now: now) }

    package mutating func unmarkSpam(_ id: Int64, now: Seconds) throws(Refusal) { try unbin(id, from: .spam, now: now) }

    private mutating func bin(
        _ id: Int64, _ place: Ticket.Place, verb: String, now: Seconds, _ action: Occurrence.TicketAction
    )
        throws(Refusal)
    {
        let ticket = try writableTicket(id, verb: verb)
        replace(ticket, touching: now) {
            $0.place = place
            $0.binnedAt = now
        }
        agenda.add(.purge, for: id, at: now + 30 * Seconds.day)
        report(.ticketUpdated, tickets[id] ?? ticket, [.ticketAction(action)])
    }

    private mutating func unbin(_ id: Int64, from place: Ticket.Place, now: Seconds) throws(Refusal) {
        guard let ticket = tickets[id], ticket.place == place else { throw .notFound }
        replace(ticket, touching: now) {
            $0.place = .active
            $0.binnedAt = nil
        }
        report(.ticketUpdated, tickets[id] ?? ticket)
    }

    // MARK: For good

    /// Gone for ever, from wherever it was. Ids are never used again.
    package mutating func purge(_ id: Int64) throws(Refusal) {
        guard let ticket = tickets[id] else { throw .notFound }
        purge(ticket)
    }

    mutating func purge(_ ticket: Ticket) {
        erase(ticket)
        report(.ticketDeleted, ticket)
    }

    /// Into the archive: read-only, no way back, no event (freshdesk.md 1.8).
    package mutating func archive(_ id: Int64) throws(Refusal) {
        guard let ticket = tickets[id], ticket.place == .active else { throw .notFound }
        replace(ticket, touching: nil) { $0.place = .archive }
    }

    package mutating func deleteArchived(_ id: Int64) throws(Refusal) { purge(try archivedTicket(id)) }

    // MARK: Merge

    package struct Merge: Sendable, Equatable {
        package var primary: Int64
        package var secondaries: [Int64]
        package var noteInPrimary: MessageDraft?
        package var noteInSecondary: MessageDraft?
        package var copiesRecipients = false
    }

    /// Closes the secondary tickets with a note and copies their text into notes of the primary. No flag tells of it.
    package mutating func merge(_ merge: Merge, now: Seconds) throws(Refusal) {
        let primary = try writableTicket(merge.primary, verb: "PUT")
        var secondaries: [Ticket] = []
        for id in merge.secondaries {
            guard id != merge.primary else {
                throw .invalid("ticket_ids", "A ticket cannot be merged into itself")
            }
            guard let ticket = tickets[id], ticket.place == .active else {
                throw .invalid("ticket_ids", "There is no ticket \(id) that could be merged")
            }
            secondaries.append(ticket)
        }
        for secondary in secondaries {
            var copied = MessageDraft(body: copiedText(of: secondary))
            copied.isPrivate = true
            try mergeNote(copied, to: primary.id, now: now)

            var farewell =
                merge.noteInSecondary
                ?? MessageDraft(body: "<div>This ticket is closed and merged into ticket \(primary.id)</div>")
            farewell.isPrivate = merge.noteInSecondary?.isPrivate ?? true
            try mergeNote(farewell, to: secondary.id, now: now)
            if secondary.status != TicketStatus.closed {
                try change(secondary.id, touching: now) { ticket throws(Refusal) in
                    ticket.stats.statusChanged(from: ticket.status, to: TicketStatus.closed, at: now)
                    ticket.status = TicketStatus.closed
                }
                report(.ticketUpdated, tickets[secondary.id] ?? secondary)
            }
        }
        if let note = merge.noteInPrimary { try mergeNote(note, to: primary.id, now: now) }
        guard merge.copiesRecipients else { return }
        let added = secondaries.compactMap { contacts[$0.requesterID]?.email }.filter { !primary.ccEmails.contains($0) }
        if !added.isEmpty { replace(primary, touching: now) { $0.ccEmails += added } }
    }

    private func copiedText(of ticket: Ticket) -> String {
        "<div>Ticket \(ticket.id) (\(Markup.escaped(ticket.subject ?? ""))) is merged into this one.</div>"
            + ticket.description
    }

    private mutating func mergeNote(_ draft: MessageDraft, to id: Int64, now: Seconds) throws(Refusal) {
        let note = Conversation(
            id: conversationIDs.take(), body: Markup.frame(draft.body), incoming: false, isPrivate: draft.isPrivate,
            source: 2, userID: keyHolder, createdAt: now, updatedAt: now)
        let ticket = try change(id, touching: now) { ticket throws(Refusal) in
            ticket.conversations.append(note)
            return ticket
        }
        ticketOfConversation[note.id] = id
        report(.conversationCreated, tickets[id] ?? ticket, conversation: note.id)
    }

    // MARK: Bulk

    /// What a bulk job did to one ticket.
    package struct JobRow: Sendable, Equatable {
        package var ticketID: Int64
        package var succeeded: Bool
    }

    /// Carries out at once what Freshdesk does in a job; a ticket that refuses fails alone. Returns the job's id.
    package mutating func bulk(_ ids: [Int64], _ act: (inout Account, Int64) throws(Refusal) -> Void) -> String {
        var rows: [JobRow] = []
        for id in ids {
            do throws(Refusal) {
                try act(&self, id)
                rows.append(JobRow(ticketID: id, succeeded: true))
            } catch {
                rows.append(JobRow(ticketID: id, succeeded: false))
            }
        }
        let job = random.hex(bytes: 12)
        jobs[job] = rows
        return job
    }
}

extension Markup {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
