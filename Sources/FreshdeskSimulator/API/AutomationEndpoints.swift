extension Desk {
    /// The automations API (freshdesk.md 6): rules of type 1 (creation), 3 (hourly, kept and never run) and 4 (updates).
    static let automationEndpoints: [Endpoint] = [
        Endpoint("automations/{id}/rules")
            .on("GET") { state, call, ids throws(Refusal) in
                let kind = try kind(ids[0], state)
                _ = try Parameters(call, known: ["page", "per_page"])
                let rules = state.account.rules.list(kind)
                let isWrapped = state.account.behaviour.automations == .wrapped
                let runsAll = state.account.behaviour.runsAllCreationRules
                return .json { json in
                    if isWrapped {
                        json.beginObject()
                        json.key("rules")
                    }
                    json.beginArray()
                    for (index, rule) in rules.enumerated() { json.write(rule, position: index + 1) }
                    json.endArray()
                    guard isWrapped else { return }
                    json.key("meta")
                    json.beginObject()
                    json.field("count", rules.count)
                    json.field("cascading_rules", kind == .creation && runsAll)
                    json.endObject()
                    json.endObject()
                }
            }
            .on("POST") { state, call, ids throws(Refusal) in
                let kind = try kind(ids[0], state)
                let id = state.account.rules.nextID()
                let (rule, position) = try AutomationRule.read(call, kind: kind, id: id, replacing: nil, now: state.now)
                state.account.rules.put(rule, at: position)
                return try show(id, kind, state, status: 201, withCounts: true)
            },
        Endpoint("automations/{id}/rules/{id}")
            .on("GET") { state, _, ids throws(Refusal) in try show(ids[1], try kind(ids[0], state), state) }
            .on("PUT") { state, call, ids throws(Refusal) in
                let kind = try kind(ids[0], state)
                guard let (old, _) = state.account.rules.rule(ids[1], kind) else { throw .notFound }
                let (rule, position) = try AutomationRule.read(
                    call, kind: kind, id: old.id, replacing: old, now: state.now)
                state.account.rules.put(rule, at: position)
                return try show(rule.id, kind, state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                guard state.account.rules.remove(ids[1], try kind(ids[0], state)) else { throw .notFound }
                return .noContent
            },
    ]

    private static func kind(_ number: Int64, _ state: DeskState) throws(Refusal) -> AutomationRule.Kind {
        switch state.account.behaviour.automations {
        case .notInPlan: throw .featureMissing
        case .adminsOnly: throw .accessDenied
        case .bareArray, .wrapped: break
        }
        guard let kind = AutomationRule.Kind(rawValue: number) else { throw .notFound }
        return kind
    }

    private static func show(
        _ id: Int64, _ kind: AutomationRule.Kind, _ state: DeskState, status: Int = 200, withCounts: Bool = false
    ) throws(Refusal) -> Answer {
        guard let (rule, position) = state.account.rules.rule(id, kind) else { throw .notFound }
        let all = state.account.rules.list(kind)
        return .json(status) { json in
            json.write(rule, position: position) { json in
                guard withCounts else { return }
                json.key("meta")
                json.beginObject()
                json.field("total_active_count", all.count { $0.isActive })
                json.field("total_count", all.count)
                json.endObject()
            }
        }
    }
}

extension JSONWriter {
    /// Events and conditions come back in the account's own spelling, whatever was sent.
    fileprivate mutating func write(
        _ rule: AutomationRule, position: Int, more: (inout JSONWriter) -> Void = { _ in }
    ) {
        beginObject()
        field("id", rule.id)
        field("name", rule.name)
        field("description", rule.description)
        field("position", position)
        field("active", rule.isActive)
        field("outdated", false)
        nullField("last_updated_by")
        if let performer = rule.performer {
            field("performer") { json in
                json.beginObject()
                json.field("type", performer.type)
                if !performer.members.isEmpty {
                    json.field("members", .array(performer.members.map { .integer($0) }))
                }
                json.endObject()
            }
        }
        if rule.kind == .updates { field("events", .array(rule.events.map(\.normalised))) }
        // A rule without conditions shows one empty set.
        let sets =
            rule.conditions.isEmpty
            ? [ConditionSet(name: "condition_set_1", needsAll: true, properties: [])] : rule.conditions
        field("conditions", .array(sets.map(\.json)))
        if rule.conditions.count > 1 {
            field("operator", "condition_set_1 \(rule.joinsByOr ? "or" : "and") condition_set_2")
        }
        field("actions", .array(rule.actions))
        field("affected_tickets_count", 0)
        field("created_at", milliseconds: rule.createdAt)
        field("updated_at", milliseconds: rule.updatedAt)
        field("Summary") { json in
            json.beginObject()
            json.endObject()
        }
        more(&self)
        endObject()
    }

    /// This API shows milliseconds.
    private mutating func field(_ name: String, milliseconds moment: Seconds) {
        field(name, String(moment.iso8601.dropLast()) + ".000Z")
    }
}

extension AutomationRule.Event {
    fileprivate var normalised: JSON {
        var members: [String: JSON] = ["field_name": .string(field)]
        switch field {
        case "reply_sent": break
        case "ticket_action", "note_type": members["value"] = value ?? Self.anything
        default:
            members["from"] = from ?? Self.anything
            members["to"] = to ?? Self.anything
        }
        return .object(members)
    }
}

extension ConditionSet {
    fileprivate var json: JSON {
        [
            "name": .string(name), "match_type": .string(needsAll ? "all" : "any"),
            "properties": .array(
                properties.map {
                    [
                        "resource_type": .string($0.resource == "tickets" ? "ticket" : $0.resource),
                        "field_name": .string($0.field), "operator": .string($0.comparison), "value": $0.value,
                    ]
                }),
        ]
    }
}
