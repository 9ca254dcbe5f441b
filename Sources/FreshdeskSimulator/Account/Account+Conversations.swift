extension Account {
    /// An agent's public answer by mail. It leaves the status alone, as the API does.
    package mutating func reply(to id: Int64, _ draft: MessageDraft, now: Seconds) throws(Refusal) -> Conversation {
        let ticket = try writableTicket(id, verb: "POST")
        let author = draft.userID ?? keyHolder
        let support = "\(identity.name) Support <\(identity.supportEmail)>"
        var message = message(draft, source: 0, by: author, now: now)
        message.isPrivate = false
        message.fromEmail = support
        message.supportEmail = identity.supportEmail
        message.toEmails = contacts[ticket.requesterID]?.email.map { [$0] } ?? []
        return try add(message, to: id, now: now, .reply) { ticket in
            ticket.stats.agentRespondedAt = now
            ticket.stats.firstRespondedAt = ticket.stats.firstRespondedAt ?? now
        }
    }

    package mutating func addNote(to id: Int64, _ draft: MessageDraft, now: Seconds) throws(Refusal) -> Conversation {
        _ = try writableTicket(id, verb: "POST")
        var message = message(draft, source: 2, by: draft.userID ?? keyHolder, now: now)
        message.toEmails = draft.toEmails ?? []
        return try add(message, to: id, now: now, .note(isPrivate: message.isPrivate)) { _ in }
    }

    /// The customer writes again. That reopens what was settled or waiting, as Freshdesk's own rule does.
    package mutating func customerReply(to id: Int64, _ draft: MessageDraft, now: Seconds) throws(Refusal)
        -> Conversation
    {
        if let archived = tickets[id], archived.place == .archive {
            return try newTicket(inAnswerTo: archived, draft, now: now)
        }
        let ticket = try writableTicket(id, verb: "POST")
        var message = message(draft, source: 0, by: draft.userID ?? ticket.requesterID, now: now)
        message.incoming = true
        message.isPrivate = false
        message.fromEmail = contacts[ticket.requesterID]?.email
        message.toEmails = [identity.supportEmail]
        message.supportEmail = identity.supportEmail
        let added = try add(message, to: id, now: now, .reply) { ticket in
            ticket.stats.requesterRespondedAt = now
            guard ticket.status != TicketStatus.open else { return }
            ticket.stats.statusChanged(from: ticket.status, to: TicketStatus.open, at: now)
            ticket.status = TicketStatus.open
        }
        if ticket.status != TicketStatus.open, let reopened = tickets[id] {
            report(
                .ticketUpdated, reopened, Occurrence.changes(from: ticket, to: reopened),
                by: performer(added.userID))
        }
        return added
    }

    /// An archived ticket takes nothing any more: what its customer writes opens a new one. Returns the new ticket's
    /// first message in the shape of a conversation.
    private mutating func newTicket(inAnswerTo archived: Ticket, _ draft: MessageDraft, now: Seconds) throws(Refusal)
        -> Conversation
    {
        var new = TicketDraft()
        new.requesterID = draft.userID ?? archived.requesterID
        new.subject = "Re: " + (archived.subject ?? "")
        new.description = draft.body
        new.source = 1
        new.attachments = draft.attachments
        let ticket = try create(new, now: now)
        return Conversation(
            id: conversationIDs.take(), body: ticket.description, incoming: true, isPrivate: false, source: 0,
            userID: ticket.requesterID, createdAt: now, updatedAt: now)
    }

    /// Only notes can be edited.
    package mutating func editNote(_ id: Int64, body: String?, attachments: [AttachmentDraft], now: Seconds)
        throws(Refusal) -> Conversation
    {
        let (ticket, index) = try locate(id, verb: "PUT")
        var note = ticket.conversations[index]
        guard note.isNote else { throw .methodNotAllowed(used: "PUT", allowed: ["DELETE"]) }
        if let body { note.body = Markup.frame(body) }
        note.attachments += self.attachments(attachments, now: now)
        guard note != ticket.conversations[index] else { return note }
        note.lastEditedAt = now
        note.lastEditedUserID = keyHolder
        note.updatedAt = now
        let edited = note
        replace(ticket, touching: behaviour.messageEditsTouchTicket ? now : nil) { $0.conversations[index] = edited }
        report(.conversationUpdated, tickets[ticket.id] ?? ticket, conversation: id)
        return note
    }

    /// Any message but the first can be deleted; it just disappears.
    package mutating func deleteConversation(_ id: Int64, now: Seconds) throws(Refusal) {
        let (ticket, index) = try locate(id, verb: "DELETE")
        replace(ticket, touching: behaviour.messageEditsTouchTicket ? now : nil) { $0.conversations.remove(at: index) }
        ticketOfConversation[id] = nil
        report(.conversationDeleted, tickets[ticket.id] ?? ticket, conversation: id)
    }

    private func locate(_ conversation: Int64, verb: String) throws(Refusal) -> (Ticket, Int) {
        guard let id = ticketID(ofConversation: conversation) else { throw .notFound }
        let ticket = try writableTicket(id, verb: verb)
        guard let index = ticket.conversations.firstIndex(where: { $0.id == conversation }) else { throw .notFound }
        return (ticket, index)
    }

    private mutating func message(_ draft: MessageDraft, source: Int64, by author: Int64, now: Seconds) -> Conversation
    {
        var message = Conversation(
            id: conversationIDs.take(), body: Markup.frame(draft.body), incoming: draft.incoming,
            isPrivate: draft.isPrivate, source: source, userID: author, createdAt: now, updatedAt: now)
        message.ccEmails = draft.ccEmails
        message.attachments = attachments(draft.attachments, now: now)
        return message
    }

    private mutating func add(
        _ message: Conversation, to id: Int64, now: Seconds, _ occurrence: Occurrence,
        _ effect: (inout Ticket) -> Void
    ) throws(Refusal) -> Conversation {
        let ticket = try change(id, touching: now) { ticket throws(Refusal) in
            ticket.conversations.append(message)
            effect(&ticket)
            return ticket
        }
        ticketOfConversation[message.id] = id
        // The moment that `change` gave it, for the event.
        report(
            .conversationCreated, tickets[id] ?? ticket, conversation: message.id, [occurrence],
            by: performer(message.userID))
        return message
    }
}
