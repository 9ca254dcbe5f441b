extension AutomationRule {
    /// A rule from the body of a call, and where it wants to stand. What Freshdesk's validation would refuse is refused
    /// with 400, and an action that lacks a part with 500, as it does.
    static func read(
        _ call: Call, kind: Kind, id: Int64, replacing old: AutomationRule?, now: Seconds
    ) throws(Refusal) -> (rule: AutomationRule, position: Int?) {
        var body = try BodyReader(
            call,
            known: [
                "name", "description", "position", "active", "performer", "events", "conditions", "operator", "actions",
            ])
        body.require("name", "conditions", "actions")
        let name = body.text("name") ?? ""
        let description = body.textOrNull("description") ?? nil
        let position = body.integer("position").map { Int(clamping: $0) }
        let isActive = body.flag("active") ?? true
        let conditions = body.conditionSets()
        let actions = body.list("actions")
        if actions.isEmpty { body.complain("actions", "It should not be blank", .missingField) }
        var performer: Performer?
        var events: [Event] = []
        switch kind {
        case .updates:
            performer = body.rulePerformer()
            events = body.ruleEvents()
        case .creation, .hourly:
            if !conditions.contains(where: { !$0.properties.isEmpty }) {
                body.complain("conditions", "At least one condition is needed", .missingField)
            }
        }
        let joins = body.text("operator")?.lowercased().contains(" or ") ?? false
        try body.finish()

        var webhooks: [WebhookAction] = []
        for action in actions where action["field_name"]?.string == WebhookAction.name {
            guard let webhook = WebhookAction(action) else { throw .broken }
            webhooks.append(webhook)
        }
        let rule = AutomationRule(
            id: id, kind: kind, name: name, description: description, isActive: isActive, performer: performer,
            events: events, conditions: conditions, joinsByOr: joins, actions: actions, webhooks: webhooks,
            createdAt: old?.createdAt ?? now, updatedAt: now)
        return (rule, position)
    }
}

extension BodyReader {
    fileprivate mutating func conditionSets() -> [ConditionSet] {
        list("conditions").map { set in
            let properties = (set["properties"]?.array ?? []).map { property in
                let comparison = property["operator"]?.string ?? ""
                if !ConditionSet.comparisons.contains(comparison) {
                    complain("conditions", "There is no operator '\(comparison)'")
                }
                return ConditionSet.Property(
                    resource: property["resource_type"]?.string ?? "ticket",
                    field: property["field_name"]?.string ?? "", comparison: comparison,
                    value: property["value"] ?? .null)
            }
            let match = set["match_type"]?.string ?? "all"
            if match != "all" && match != "any" { complain("conditions", "match_type should be one of: all,any") }
            return ConditionSet(
                name: set["name"]?.string ?? "condition_set_1", needsAll: match == "all", properties: properties)
        }
    }

    fileprivate mutating func rulePerformer() -> AutomationRule.Performer? {
        guard let performer = object("performer"), let type = performer["type"]?.integer, (1...4).contains(type) else {
            complain("performer", "It should have a type between 1 and 4", .missingField)
            return nil
        }
        let members = (performer["members"]?.array ?? []).compactMap(\.integer)
        if !members.isEmpty && type != 1 { complain("performer", "Members belong to type 1") }
        return AutomationRule.Performer(type: type, members: members)
    }

    fileprivate mutating func ruleEvents() -> [AutomationRule.Event] {
        let events = list("events").map { event in
            AutomationRule.Event(
                field: event["field_name"]?.string ?? "", value: event["value"], from: event["from"], to: event["to"])
        }
        let known = RuleField.ticketProperties + ["ticket_action", "note_type", "reply_sent"]
        if events.isEmpty { complain("events", "It should not be blank", .missingField) }
        for event in events where !known.contains(event.field) && !event.field.hasPrefix("cf_") {
            complain("events", "There is no event '\(event.field)'")
        }
        return events
    }
}
