/// An automation rule as the account keeps it, read from what the API was sent (freshdesk.md 6).
struct AutomationRule: Sendable, Equatable {
    enum Kind: Int64, Sendable {
        case creation = 1
        case hourly = 3
        case updates = 4
    }

    /// Who must have done it: 1 agent (one of `members`, if any are named), 2 requester, 3 either, 4 the system.
    struct Performer: Sendable, Equatable {
        var type: Int64
        var members: [Int64]
    }

    /// One event that starts an update rule. `--` in a place stands for anything.
    struct Event: Sendable, Equatable {
        var field: String
        var value: JSON?
        var from: JSON?
        var to: JSON?
    }

    let id: Int64
    var kind: Kind
    var name: String
    var description: String?
    var isActive: Bool
    var performer: Performer?
    var events: [Event]
    var conditions: [ConditionSet]
    /// Of two condition sets one is enough.
    var joinsByOr: Bool
    /// As sent; only webhooks are carried out.
    var actions: [JSON]
    var webhooks: [WebhookAction]
    var createdAt: Seconds
    var updatedAt: Seconds

    /// What of `event` starts this update rule, the first of its own events that matches; `nil` when nothing does.
    func trigger(in event: AccountEvent) -> Occurrence? {
        guard admits(event.performer) else { return nil }
        for wanted in events {
            if let occurrence = event.occurrences.first(where: wanted.matches) { return occurrence }
        }
        return nil
    }

    func holds(for ticket: Ticket) -> Bool {
        let results = conditions.map { $0.holds(for: ticket) }
        return results.isEmpty || (joinsByOr ? results.contains(true) : !results.contains(false))
    }

    private func admits(_ who: AccountEvent.Performer) -> Bool {
        guard let performer else { return true }
        switch (performer.type, who) {
        case (1, .agent(let id)): return performer.members.isEmpty || performer.members.contains(id)
        case (2, .requester), (3, _): return true
        default: return false
        }
    }
}

extension AutomationRule.Event {
    static let anything = JSON.string("--")

    func matches(_ occurrence: Occurrence) -> Bool {
        switch occurrence {
        case .ticketAction(let action): field == "ticket_action" && admits(value, .string(action.rawValue))
        case .property(let name, let old, let new): field == name && admits(from, old) && admits(to, new)
        case .note(let isPrivate): field == "note_type" && admits(value, .string(isPrivate ? "private" : "public"))
        case .reply: field == "reply_sent"
        }
    }

    private func admits(_ wanted: JSON?, _ value: JSON) -> Bool {
        guard let wanted, wanted != Self.anything else { return true }
        if case .array(let several) = wanted { return several.contains(value) }
        return wanted == value
    }
}

/// Conditions on the ticket, all or any of which must hold.
struct ConditionSet: Sendable, Equatable {
    struct Property: Sendable, Equatable {
        var resource: String
        var field: String
        var comparison: String
        var value: JSON
    }

    static let comparisons = [
        "in", "not_in", "is", "is_not", "contains", "does_not_contain", "starts_with", "ends_with", "greater_than",
        "less_than",
    ]

    var name: String
    var needsAll: Bool
    var properties: [Property]

    /// An empty set holds.
    func holds(for ticket: Ticket) -> Bool {
        let results = properties.map { $0.holds(for: ticket) }
        return results.isEmpty || (needsAll ? !results.contains(false) : results.contains(true))
    }
}

extension ConditionSet.Property {
    func holds(for ticket: Ticket) -> Bool {
        let found = RuleField.value(field, of: ticket)
        // A list such as the tags is compared element by element.
        let held = found.array ?? [found]
        let wanted = value.array ?? [value]
        func any(_ test: (String, String) -> Bool) -> Bool {
            held.contains { one in
                wanted.contains { test(one.plainText.lowercased(), $0.plainText.lowercased()) }
            }
        }
        return switch comparison {
        case "in", "is": any { $0 == $1 }
        case "not_in", "is_not": !any { $0 == $1 }
        case "contains": any { $0.contains($1) }
        case "does_not_contain": !any { $0.contains($1) }
        case "starts_with": any { $0.hasPrefix($1) }
        case "ends_with": any { $0.hasSuffix($1) }
        case "greater_than": (found.integer ?? .min) > (value.integer ?? .max)
        default: (found.integer ?? .max) < (value.integer ?? .min)
        }
    }
}
