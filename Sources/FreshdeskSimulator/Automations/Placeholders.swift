/// What stands for `{{…}}` in a rule's webhook (freshdesk.md 5).
struct Placeholders {
    let event: AccountEvent
    let occurrence: Occurrence
    let account: Account

    /// Unknown ones become empty, as Liquid does it.
    func fill(_ template: String) -> String {
        var out = ""
        var rest = template[...]
        while let start = rest.firstRange(of: "{{"), let end = rest[start.upperBound...].firstRange(of: "}}") {
            out += rest[..<start.lowerBound]
            out += value(rest[start.upperBound..<end.lowerBound].filter { $0 != " " })
            rest = rest[end.upperBound...]
        }
        return out + rest
    }

    func value(_ name: String) -> String {
        let ticket = event.ticket
        let url = "https://\(account.identity.domain)/a/tickets/\(ticket.id)"
        switch name {
        case "ticket.id": return String(ticket.id)
        case "ticket.subject": return ticket.subject ?? ""
        case "ticket.description": return ticket.description
        case "ticket.description_text": return Markup.text(fromHTML: ticket.description)
        case "ticket.url": return url
        case "ticket.portal_url", "ticket.public_url":
            return "https://\(account.identity.domain)/support/tickets/\(ticket.id)"
        case "ticket.status": return TicketStatus.choices.first { $0.0 == ticket.status }?.1 ?? String(ticket.status)
        case "ticket.priority": return Self.name(of: ticket.priority, in: TicketPriority.choices)
        case "ticket.source": return Self.name(of: ticket.source, in: TicketSource.choices)
        case "ticket.ticket_type": return ticket.type ?? ""
        case "ticket.tags": return ticket.tags.joined(separator: ",")
        case "ticket.created_on": return Self.date(ticket.createdAt)
        case "ticket.modified_on": return Self.date(ticket.updatedAt)
        case "ticket.status_changed_on": return ticket.stats.statusUpdatedAt.map(Self.date) ?? ""
        case "ticket.due_by_time": return ticket.sla.dueBy.map(Self.date) ?? ""
        case "ticket.group_id": return ticket.groupID.map { String($0) } ?? ""
        case "ticket.agent.id": return ticket.responderID.map { String($0) } ?? ""
        case "ticket.requester.id": return String(ticket.requesterID)
        case "ticket.requester.name": return person(ticket.requesterID).name
        case "ticket.requester.email": return person(ticket.requesterID).email
        case "ticket.company.id": return ticket.companyID.map { String($0) } ?? ""
        case "ticket.latest_public_comment": return ticket.conversations.last { !$0.isPrivate }?.body ?? ""
        case "ticket.latest_private_comment": return ticket.conversations.last { $0.isPrivate }?.body ?? ""
        case "ticket.portal_name", "helpdesk_name": return account.identity.name
        case "event_performer.id": return String(performerID)
        case "event_performer.name": return person(performerID).name
        case "event_performer.email": return person(performerID).email
        case "triggered_event": return occurrence.text
        default: return ""
        }
    }

    private var performerID: Int64 {
        switch event.performer {
        case .agent(let id), .requester(let id): id
        }
    }

    private func person(_ id: Int64) -> (name: String, email: String) {
        if let agent = account.agents[id] { return (agent.name, agent.email) }
        return (account.contacts[id]?.name ?? "", account.contacts[id]?.email ?? "")
    }

    private static func name(of number: Int64, in choices: [(Int64, String)]) -> String {
        choices.first { $0.0 == number }?.1 ?? String(number)
    }

    /// The real format is not documented; nobody may rely on it.
    static func date(_ moment: Seconds) -> String {
        "\(moment.dateText) \(moment.iso8601.dropFirst(11).dropLast())"
    }
}

extension Account {
    /// What the rules send because of an event.
    func ruleRequests(for event: AccountEvent) -> [RuleRequest] {
        rules.webhooks(for: event, all: behaviour.runsAllCreationRules).map { action, occurrence in
            action.request(filling: Placeholders(event: event, occurrence: occurrence, account: self))
        }
    }
}
