/// One thing that happened to a ticket, as automation rules name it (freshdesk.md 5, 6).
package enum Occurrence: Sendable, Equatable {
    package enum TicketAction: String, Sendable {
        case created, updated, deleted
        case markedSpam = "marked_spam"
    }

    case ticketAction(TicketAction)
    case property(String, from: JSON, to: JSON)
    case note(isPrivate: Bool)
    case reply

    /// What `{{triggered_event}}` says of it. Not JSON; what it says of a reply is a guess.
    package var text: String {
        switch self {
        case .ticketAction(let action): "{ticket_action:\(action.rawValue)}"
        case .property(let name, let old, let new): "{\(name):{from:\(old.plainText),to:\(new.plainText)}}"
        case .note(let isPrivate): "{note_type:\(isPrivate ? "private" : "public")}"
        case .reply: "{reply_sent:true}"
        }
    }

    /// Everything that an update changed, the update itself last.
    static func changes(from old: Ticket, to new: Ticket) -> [Occurrence] {
        var found: [Occurrence] = []
        func note(_ name: String, _ before: JSON, _ after: JSON) {
            if before != after { found.append(.property(name, from: before, to: after)) }
        }
        for name in RuleField.ticketProperties {
            note(name, RuleField.value(name, of: old), RuleField.value(name, of: new))
        }
        for name in Set(old.customFields.keys).union(new.customFields.keys).sorted() {
            note(name, old.customFields[name] ?? .null, new.customFields[name] ?? .null)
        }
        return found + [.ticketAction(.updated)]
    }
}

/// The names that rules have for what a ticket holds.
enum RuleField {
    /// Those whose change is an event of its own.
    static let ticketProperties = [
        "status", "priority", "ticket_type", "group_id", "responder_id", "tag_names", "due_by",
    ]

    /// `null` for an empty or unknown field.
    static func value(_ name: String, of ticket: Ticket) -> JSON {
        func number(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
        return switch name {
        case "status": .integer(ticket.status)
        case "priority": .integer(ticket.priority)
        case "source": .integer(ticket.source)
        case "ticket_type", "type": ticket.type.map { .string($0) } ?? .null
        case "group_id": number(ticket.groupID)
        case "responder_id": number(ticket.responderID)
        case "product_id": number(ticket.productID)
        case "company_id": number(ticket.companyID)
        case "requester_id": number(ticket.requesterID)
        case "subject": ticket.subject.map { .string($0) } ?? .null
        case "description": .string(Markup.text(fromHTML: ticket.description))
        case "tag_names", "tags": .array(ticket.tags.map { .string($0) })
        case "due_by": ticket.sla.dueBy.map { .string($0.iso8601) } ?? .null
        default: ticket.customFields[name] ?? .null
        }
    }
}

extension JSON {
    /// As a template shows it: text without quotes, nothing for `null`.
    var plainText: String {
        switch self {
        case .null: ""
        case .string(let text): text
        case .array(let items): items.map(\.plainText).joined(separator: ",")
        default: String(decoding: bytes, as: UTF8.self)
        }
    }
}
