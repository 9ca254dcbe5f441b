extension Account {
    /// The ticket, if a plain `GET /tickets/{id}` would find it: archived ones are elsewhere.
    package func visibleTicket(_ id: Int64) throws(Refusal) -> Ticket {
        guard let ticket = tickets[id], ticket.place != .archive else { throw .notFound }
        guard keyMaySee(ticket) else { throw .accessDenied }
        if ticket.place == .trash, behaviour.hidesTrash { throw .accessDenied }
        return ticket
    }

    package func archivedTicket(_ id: Int64) throws(Refusal) -> Ticket {
        guard let ticket = tickets[id], ticket.place == .archive else { throw .notFound }
        guard keyMaySee(ticket) else { throw .accessDenied }
        return ticket
    }

    /// A ticket that may be written to.
    func writableTicket(_ id: Int64, verb: String) throws(Refusal) -> Ticket {
        guard let ticket = tickets[id], ticket.place != .archive else { throw .notFound }
        guard keyMaySee(ticket) else { throw .accessDenied }
        guard ticket.place == .active else { throw .methodNotAllowed(used: verb, allowed: ["GET"]) }
        return ticket
    }

    // MARK: Create and update

    /// Makes a ticket from a draft whose fields are known to be good.
    package mutating func create(_ draft: TicketDraft, now: Seconds) throws(Refusal) -> Ticket {
        let requester = try requester(of: draft, now: now)
        var ticket = Ticket(
            id: ticketIDs.take(), subject: draft.subject, description: Markup.frame(draft.description ?? ""),
            status: draft.status ?? TicketStatus.open, priority: draft.priority ?? 1, source: draft.source ?? 2,
            requesterID: requester, createdAt: now)
        apply(draft, to: &ticket, now: now)
        if ticket.source == 1 {
            ticket.toEmails = [identity.supportEmail]
            ticket.supportEmail = identity.supportEmail
        }
        ticket.companyID = ticket.companyID ?? contacts[requester]?.companyID
        ticket.stats.statusChanged(from: nil, to: ticket.status, at: now)
        if ticket.source == TicketSource.webChat { ticket.conversations = [repeatedFirstMessage(of: ticket)] }
        insert(ticket)
        agenda.add(.computeDueTimes, for: ticket.id, at: now + behaviour.dueTimesDelay)
        report(.ticketCreated, ticket, [.ticketAction(.created)])
        return ticket
    }

    /// Changes what the draft names. A draft that changes nothing leaves `updated_at` and everybody in peace.
    package mutating func update(_ id: Int64, with draft: TicketDraft, now: Seconds) throws(Refusal) -> Ticket {
        let old = try writableTicket(id, verb: "PUT")
        var new = old
        if draft.namesRequester { new.requesterID = try requester(of: draft, now: now) }
        if let subject = draft.subject { new.subject = subject }
        if let description = draft.description { new.description = Markup.frame(description) }
        if let source = draft.source { new.source = source }
        if let priority = draft.priority { new.priority = priority }
        if let status = draft.status, status != old.status {
            new.status = status
            new.stats.statusChanged(from: old.status, to: status, at: now)
        }
        apply(draft, to: &new, now: now)
        guard new != old else { return old }
        if new.priority != old.priority, draft.dueBy == nil {
            agenda.add(.computeDueTimes, for: id, at: now + behaviour.dueTimesDelay)
        }
        try change(id, touching: now) { ticket throws(Refusal) in ticket = new }
        new.updatedAt = max(old.updatedAt, now)
        report(.ticketUpdated, new, Occurrence.changes(from: old, to: new))
        return new
    }

    private mutating func apply(_ draft: TicketDraft, to ticket: inout Ticket, now: Seconds) {
        if let type = draft.type { ticket.type = type }
        if let tags = draft.tags { ticket.tags = tags }
        if let responder = draft.responderID { ticket.responderID = responder }
        if let group = draft.groupID { ticket.groupID = group }
        if let product = draft.productID { ticket.productID = product }
        if let company = draft.companyID { ticket.companyID = company }
        if let ccEmails = draft.ccEmails { ticket.ccEmails = ccEmails }
        for (name, value) in draft.customFields { ticket.customFields[name] = value }
        if let dueBy = draft.dueBy { ticket.sla.dueBy = dueBy }
        if let dueBy = draft.firstResponseDueBy { ticket.sla.firstResponseDueBy = dueBy }
        if !draft.attachments.isEmpty { ticket.attachments += attachments(draft.attachments, now: now) }
    }

    private mutating func requester(of draft: TicketDraft, now: Seconds) throws(Refusal) -> Int64 {
        if let id = draft.requesterID {
            guard contacts[id] != nil || agents[id] != nil else {
                throw .invalid("requester_id", "There is no contact matching the given requester_id")
            }
            return id
        }
        if let email = draft.email { return contact(email: email, name: draft.name, now: now) }
        return addContact(name: draft.name ?? draft.phone ?? "Unknown", phone: draft.phone, now: now)
    }

    mutating func attachments(_ drafts: [AttachmentDraft], now: Seconds) -> [Attachment] {
        drafts.map {
            Attachment(
                id: attachmentIDs.take(), name: $0.name, contentType: $0.contentType, size: $0.size, createdAt: now)
        }
    }

    mutating func repeatedFirstMessage(of ticket: Ticket) -> Conversation {
        Conversation(
            id: conversationIDs.take(), body: ticket.description, incoming: true, isPrivate: false, source: 0,
            userID: ticket.requesterID, createdAt: ticket.createdAt, updatedAt: ticket.createdAt)
    }

    // MARK: The account's own clock

    /// Carries out everything that the clock owes until `now`.
    package mutating func settle(now: Seconds) {
        while true {
            let edit = churn?.next.flatMap { $0 <= now ? $0 : nil }
            if let edit, agenda.next.map({ $0 > edit }) ?? true {
                settledTo = max(settledTo, edit)
                churnOnce(at: edit)
            } else if let entry = agenda.takeDue(at: now) {
                settledTo = max(settledTo, entry.due)
                carryOut(entry)
            } else {
                settledTo = max(settledTo, now)
                churn?.catchUp(with: now)
                return
            }
        }
    }

    private mutating func carryOut(_ entry: Agenda.Entry) {
        guard let ticket = tickets[entry.ticketID] else { return }
        switch entry.task {
        case .computeDueTimes: computeDueTimes(of: ticket)
        case .checkFirstResponse:
            let isMissed = ticket.stats.firstRespondedAt == nil && !ticket.isSettled
            guard let due = ticket.sla.firstResponseDueBy, due <= entry.due, isMissed else { return }
            escalate(ticket, at: entry.due, \.isFirstResponseEscalated)
        case .checkResolution:
            guard let due = ticket.sla.dueBy, due <= entry.due, !ticket.isSettled else { return }
            escalate(ticket, at: entry.due, \.isEscalated)
        case .purge:
            guard let since = ticket.binnedAt, since + 30 * Seconds.day <= entry.due else { return }
            purge(ticket)
        case .archive:
            guard archives(ticket) else { return }
            replace(ticket, touching: nil) { $0.place = .archive }
        case .tellSearch: believedBySearch[ticket.id] = nil
        }
    }

    private mutating func computeDueTimes(of ticket: Ticket) {
        let targets = ServiceLevel.targets(priority: ticket.priority)
        replace(ticket, touching: nil) { ticket in
            // Times that somebody set by hand stay.
            ticket.sla.firstResponseDueBy = ticket.sla.firstResponseDueBy ?? ticket.createdAt + targets.firstResponse
            ticket.sla.dueBy = ticket.createdAt + targets.resolution
        }
        agenda.add(.checkFirstResponse, for: ticket.id, at: ticket.createdAt + targets.firstResponse)
        agenda.add(.checkResolution, for: ticket.id, at: ticket.createdAt + targets.resolution)
    }

    private mutating func escalate(_ ticket: Ticket, at moment: Seconds, _ flag: WritableKeyPath<ServiceLevel, Bool>) {
        guard ticket.place == .active, !ticket.sla[keyPath: flag] else { return }
        replace(ticket, touching: moment) { $0.sla[keyPath: flag] = true }
    }

    /// Changes a ticket that was just read from here.
    mutating func replace(_ ticket: Ticket, touching moment: Seconds?, _ edit: (inout Ticket) -> Void) {
        do throws(Refusal) {
            try change(ticket.id, touching: moment) { ticket throws(Refusal) in edit(&ticket) }
        } catch {
            preconditionFailure("the ticket was read a moment ago")
        }
    }
}

extension Markup {
    /// HTML that came by the API, put into the styled frame; what is framed already stays.
    static func frame(_ html: String) -> String { html.hasPrefix(opening) ? html : Markup.html(fromHTML: html) }
}
