import Foundation

extension Account {
    /// Adds the tickets of a JSON Lines file. Nothing is added when a line is bad; the first bad one is named.
    mutating func load(_ data: Data, named name: String, now: Seconds) throws(LoadError) {
        var lines: [(number: Int, TicketLine)] = []
        let decoder = JSONDecoder()
        for (index, range) in Self.lines(of: data).enumerated() {
            let line = data[range]
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            do {
                lines.append((index + 1, try decoder.decode(TicketLine.self, from: line)))
            } catch {
                throw LoadError(file: name, line: index + 1, problem: Self.describe(error))
            }
        }
        try load(lines, named: name, now: now)
    }

    mutating func load(_ lines: [(number: Int, TicketLine)], named name: String, now: Seconds) throws(LoadError) {
        var copy = self
        var loaded: [Ticket] = []
        loaded.reserveCapacity(lines.count)
        var seen = Set<Int64>()
        for (number, line) in lines {
            do throws(TicketLine.Complaint) {
                let id = try line.ticketID()
                guard seen.insert(id).inserted, copy.tickets[id] == nil else {
                    throw TicketLine.Complaint("ticket \(id) is there twice")
                }
                loaded.append(try copy.ticket(id, from: line, now: now))
            } catch {
                throw LoadError(file: name, line: number, problem: error.text)
            }
        }
        copy.load(loaded)
        self = copy
    }

    static func lines(of data: Data) -> [Range<Data.Index>] {
        let first = data.startIndex
        return data.withUnsafeBytes { bytes in
            var lines: [Range<Data.Index>] = []
            var start = 0
            while start < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
                let length =
                    rest.baseAddress.flatMap { memchr($0, 0x0A, rest.count) }
                    .map { UnsafeRawPointer($0) - (rest.baseAddress ?? UnsafeRawPointer($0)) } ?? rest.count
                lines.append((first + start)..<(first + start + length))
                start += length + 1
            }
            return lines
        }
    }

    static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "is not JSON" }
        func path(_ context: DecodingError.Context, _ last: String? = nil) -> String {
            let steps =
                context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue } + [last].compactMap { $0 }
            return "'" + steps.joined(separator: ".").replacing(".[", with: "[") + "'"
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(path(context, key.stringValue)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(path(context)) has the wrong type"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(path(context)) cannot be read"
        default: "is not a JSON object"
        }
    }

    // MARK: One ticket

    private mutating func ticket(_ id: Int64, from line: TicketLine, now: Seconds) throws(TicketLine.Complaint)
        -> Ticket
    {
        let created = try TicketLine.moment(line.createdAt, "created_at")
        let messages = line.messages ?? []
        let text = messages.first?.body ?? line.description ?? ""
        let isHTML = line.bodyFormat == "html"
        var ticket = Ticket(
            id: id, subject: line.subject, description: Self.html(text, isHTML: isHTML),
            status: try line.statusNumber(), priority: try line.priorityNumber(), source: line.source?.integer ?? 1,
            requesterID: requester(of: line, id: id, now: created), createdAt: created)
        ticket.type = line.type
        ticket.tags = line.tags ?? []
        ticket.ccEmails = line.ccEmails ?? []
        ticket.customFields = line.customFields ?? [:]
        ticket.companyID = contacts[ticket.requesterID]?.companyID
        ticket.productID = line.product.map { product(named: $0, now: created) }
        ticket.groupID = group(named: line.group ?? line.product.map { "\($0) Support" } ?? "Support", now: created)
        if ticket.source == 1 {
            ticket.toEmails = ["\(identity.name) Support <\(identity.supportEmail)>"]
            ticket.supportEmail = identity.supportEmail
            ticket.emailConfigID = 62_000_018_211
        }
        if ticket.source == TicketSource.webChat { ticket.conversations = [repeatedFirstMessage(of: ticket)] }
        ticket.attachments = try files(messages.first?.attachments, at: created)
        for (index, message) in messages.enumerated().dropFirst() {
            let moment = try message.createdAt.map { text throws(TicketLine.Complaint) in
                try TicketLine.moment(text, "messages[\(index)].created_at")
            }
            // Times that run backwards would break the order that the list of conversations promises.
            let earliest = ticket.conversations.last?.createdAt ?? created
            let conversation = try conversation(
                message, of: ticket, at: max(earliest, moment ?? earliest + Seconds.minute), isHTML: isHTML)
            ticket.conversations.append(conversation)
        }
        try place(line.attachments ?? [], in: &ticket)
        let last = max(created, ticket.conversations.last?.createdAt ?? created)
        ticket.updatedAt =
            try line.updatedAt.map { text throws(TicketLine.Complaint) in
                try TicketLine.moment(text, "updated_at")
            } ?? last
        let resolved = try line.resolvedAt.map { text throws(TicketLine.Complaint) in
            try TicketLine.moment(text, "resolved_at")
        }
        ticket.responderID = ticket.conversations.last { !$0.incoming && !$0.isAutomatic }?.userID
        ticket.stats = Self.history(of: ticket, resolved: resolved)
        settleHistory(of: &ticket, now: now)
        return ticket
    }

    static func html(_ text: String, isHTML: Bool) -> String {
        isHTML ? Markup.html(fromHTML: text) : Markup.html(fromText: text)
    }

    private mutating func requester(of line: TicketLine, id: Int64, now: Seconds) -> Int64 {
        if let person = line.requester {
            let contact = contact(email: person.email, name: person.name, now: now)
            if let name = person.company {
                let domain = String(person.email.drop { $0 != "@" }.dropFirst())
                setCompany(company(named: name, domain: domain, now: now), ofContact: contact)
            }
            return contact
        }
        if let author = line.messages?.first?.author, author != "unknown" {
            return contact(email: Self.mailbox(author, at: "people.example"), name: author, now: now)
        }
        // Nobody is named: one of a few hundred customers, always the same for the same ticket.
        let number = (SplitMix64(seed: UInt64(id)).first() % 200) + 1
        return contact(email: "customer-\(number)@customers.example", name: "Customer \(number)", now: now)
    }

    private mutating func conversation(
        _ message: TicketLine.Message, of ticket: Ticket, at moment: Seconds, isHTML: Bool
    ) throws(TicketLine.Complaint) -> Conversation {
        let isIncoming = message.role == "requester"
        let isAutomatic = message.role == "bot"
        let isNote = isAutomatic || message.isPrivate == true
        let author = message.author ?? "unknown"
        let user: Int64? =
            isIncoming
            ? ticket.requesterID
            : isAutomatic ? nil : agent(named: author == "unknown" ? "Support Agent" : author, now: moment)
        var conversation = Conversation(
            id: conversationIDs.take(), body: Self.html(message.body ?? "", isHTML: isHTML), incoming: isIncoming,
            isPrivate: isNote, source: isNote ? 2 : 0, userID: user, createdAt: moment, updatedAt: moment)
        conversation.isAutomatic = isAutomatic
        let customer = contacts[ticket.requesterID]?.email
        if isIncoming {
            conversation.fromEmail = customer
            conversation.toEmails = [identity.supportEmail]
        } else if !isNote {
            conversation.fromEmail = "\(identity.name) Support <\(identity.supportEmail)>"
            conversation.toEmails = customer.map { [$0] } ?? []
        }
        conversation.supportEmail = isNote ? nil : identity.supportEmail
        conversation.attachments = try files(message.attachments, at: moment)
        return conversation
    }

    private mutating func files(_ files: [TicketLine.File]?, at moment: Seconds) throws(TicketLine.Complaint)
        -> [Attachment]
    {
        var attachments: [Attachment] = []
        for file in files ?? [] { attachments.append(try attachment(file, at: moment)) }
        return attachments
    }

    private mutating func attachment(_ file: TicketLine.File, at moment: Seconds) throws(TicketLine.Complaint)
        -> Attachment
    {
        let created = try file.createdAt.map { text throws(TicketLine.Complaint) in
            try TicketLine.moment(text, "attachments.created_at")
        }
        return Attachment(
            id: attachmentIDs.take(), name: file.name, contentType: file.mime ?? "application/octet-stream",
            size: max(0, file.size ?? 0), createdAt: created ?? moment)
    }

    /// Files that a ticket names as a whole go to the message that was there when they came.
    private mutating func place(_ files: [TicketLine.File], in ticket: inout Ticket) throws(TicketLine.Complaint) {
        for file in files {
            let attachment = try attachment(file, at: ticket.createdAt)
            if let index = ticket.conversations.lastIndex(where: { $0.createdAt <= attachment.createdAt }) {
                ticket.conversations[index].attachments.append(attachment)
            } else {
                ticket.attachments.append(attachment)
            }
        }
    }

    // MARK: The past

    /// The statistics that a ticket with this thread would have.
    static func history(of ticket: Ticket, resolved: Seconds?) -> Stats {
        var stats = Stats()
        let answers = ticket.conversations.filter { !$0.incoming && !$0.isPrivate && !$0.isAutomatic }
        stats.firstRespondedAt = answers.first?.createdAt
        stats.agentRespondedAt = answers.last?.createdAt
        stats.requesterRespondedAt = ticket.conversations.last { $0.incoming }?.createdAt
        stats.statusUpdatedAt = ticket.isSettled ? resolved ?? ticket.updatedAt : ticket.createdAt
        if ticket.isSettled { stats.resolvedAt = resolved ?? ticket.updatedAt }
        if ticket.status == TicketStatus.closed { stats.closedAt = resolved ?? ticket.updatedAt }
        if ticket.status == TicketStatus.pending { stats.pendingSince = ticket.updatedAt }
        return stats
    }

    /// What the SLA clock has made of a ticket until now; for an open one it goes on ticking.
    mutating func settleHistory(of ticket: inout Ticket, now: Seconds) {
        let targets = ServiceLevel.targets(priority: ticket.priority)
        let firstResponse = ticket.createdAt + targets.firstResponse
        let resolution = ticket.createdAt + targets.resolution
        ticket.sla.firstResponseDueBy = firstResponse
        ticket.sla.dueBy = resolution
        guard !ticket.isSettled else { return }
        ticket.sla.isEscalated = resolution < now
        ticket.sla.isFirstResponseEscalated = ticket.stats.firstRespondedAt == nil && firstResponse < now
        if firstResponse >= now { agenda.add(.checkFirstResponse, for: ticket.id, at: firstResponse) }
        if resolution >= now { agenda.add(.checkResolution, for: ticket.id, at: resolution) }
    }
}

extension SplitMix64 {
    /// The first number of this sequence.
    func first() -> UInt64 {
        var copy = self
        return copy.next()
    }
}
