import FreshetCore

/// An automation rule that we install, as Freshdesk's automations API wants it.
///
/// Rules are told by their names: what it is for, the company and the version of the definition,
/// `Freshet: ticket created [acme v1]`. Raise `version` with every change of a definition, so that `install` renews it.
struct FreshdeskRule: Sendable {
    enum Kind: Int, Sendable, CaseIterable {
        case creation = 1
        case updates = 4
    }

    static let version = 1
    static let tokenHeader = "X-Freshet-Token"

    let kind: Kind
    let label: String
    let title: String
    let purpose: String
    /// Known to be taken by accounts.
    let provenEvents: [JSONValue]
    /// Follow from the documentation, seen nowhere: an account may refuse them.
    let unprovenEvents: [JSONValue]

    static let all = [created, changed, binned]

    static let created = FreshdeskRule(
        kind: .creation, label: "ticket-creation", title: "ticket created",
        purpose: "Tells Freshet that there is a new ticket.", provenEvents: [], unprovenEvents: [])

    static let changed = FreshdeskRule(
        kind: .updates, label: "ticket-updates", title: "ticket changed",
        purpose: "Tells Freshet that a ticket was changed by an agent or its requester.",
        provenEvents: [
            event("reply_sent"), event("note_type", value: "--"), change("status"), change("priority"),
            change("group_id"), change("responder_id"),
        ],
        unprovenEvents: [event("ticket_action", value: "updated")])

    /// Apart from the others, so that an account that does not know these events takes the others.
    static let binned = FreshdeskRule(
        kind: .updates, label: "ticket-trash-and-spam", title: "ticket deleted or marked as spam",
        purpose: "Tells Freshet that a ticket went into the trash or among spam.", provenEvents: [],
        unprovenEvents: [event("ticket_action", value: "deleted"), event("ticket_action", value: "marked_spam")])

    private static func event(_ field: String) -> JSONValue { .object(["field_name": .string(field)]) }
    private static func event(_ field: String, value: String) -> JSONValue {
        .object(["field_name": .string(field), "value": .string(value)])
    }
    private static func change(_ field: String) -> JSONValue {
        .object(["field_name": .string(field), "from": .string("--"), "to": .string("--")])
    }

    var place: String { kind == .creation ? "Ticket Creation" : "Ticket Updates" }
    var events: [JSONValue] { provenEvents + unprovenEvents }

    func name(for company: CompanyID) -> String { "Freshet: \(title) [\(company) v\(Self.version)]" }

    /// - Parameter position: from 1; `nil` leaves it to Freshdesk.
    func body(
        for company: CompanyID, _ target: HookTarget, position: Int?, events: [JSONValue]
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name(for: company)),
            "description": .string(purpose + " Freshet reads the ticket itself; only its number is sent."),
            "active": .bool(true), "conditions": .array([]), "actions": .array([Self.action(target)]),
        ]
        if let position { members["position"] = .integer(Int64(position)) }
        switch kind {
        case .creation: members["conditions"] = .array([Self.always])
        case .updates:
            members["performer"] = .object(["type": .integer(3)])
            members["events"] = .array(events)
        }
        return .object(members)
    }

    /// A creation rule needs a condition. One of two opposites always holds.
    private static let always: JSONValue = .object([
        "name": .string("condition_set_1"), "match_type": .string("any"),
        "properties": .array(
            ["in", "not_in"].map { comparison in
                .object([
                    "resource_type": .string("ticket"), "field_name": .string("status"),
                    "operator": .string(comparison), "value": .array([.integer(2)]),
                ])
            }),
    ])

    /// Every member is needed: Freshdesk answers 500 when one is missing.
    private static func action(_ target: HookTarget) -> JSONValue {
        .object([
            "field_name": .string(FreshdeskRulePayload.webhookAction), "request_type": .string("POST"),
            "url": .string(target.url), "content_type": .string("JSON"), "content_layout": .string("2"),
            "content": .object([
                "ticket_id": .string("{{ticket.id}}"), "modified_on": .string("{{ticket.modified_on}}"),
                "event": .string("{{triggered_event}}"),
            ]),
            "custom_headers": .object([tokenHeader: .string(target.secret.text ?? "")]),
        ])
    }
}

/// A rule as the account shows it, of whatever origin. Only what tells ours from others' is read.
struct FreshdeskRulePayload: Sendable {
    static let webhookAction = "trigger_webhook"

    let id: Int64
    let name: String
    let isActive: Bool
    /// From 1, in the order in which the rules run.
    let place: Int
    let webhooks: [[String: JSONValue]]

    /// What a name of ours says; `nil` for a name that is not one of the company's hooks.
    func ours(_ company: CompanyID) -> (title: String, version: Int)? {
        guard name.hasPrefix("Freshet: "), name.hasSuffix("]"), let bracket = name.ranges(of: " [\(company) v").last,
            let version = Int(name[bracket.upperBound...].dropLast())
        else { return nil }
        return (String(name[name.index(name.startIndex, offsetBy: 9)..<bracket.lowerBound]), version)
    }

    func state(for target: HookTarget, version: Int) -> InstalledHook.State {
        guard version == FreshdeskRule.version, webhooks.count == 1, let webhook = webhooks.first,
            webhook["url"] == .string(target.url), case .object(let headers)? = webhook["custom_headers"],
            headers.contains(where: {
                $0.key.lowercased() == FreshdeskRule.tokenHeader.lowercased()
                    && $0.value == target.secret.text.map { .string($0) }
            })
        else { return .outdated }
        return isActive ? .current : .inactive
    }
}

/// The list of rules: documented as an object, seen live as a bare array.
struct FreshdeskRuleList: Sendable {
    var rules: [FreshdeskRulePayload]
    /// All creation rules that match run; `nil` when the account does not say.
    var runsAll: Bool?

    init(_ value: JSONValue) throws(UpstreamError) {
        let rows: [JSONValue]
        switch value {
        case .array(let bare): rows = bare
        case .object(let wrapped):
            guard case .array(let inner)? = wrapped["rules"] else { throw .malformed(path: "rules") }
            rows = inner
            if case .object(let meta)? = wrapped["meta"], case .bool(let cascading)? = meta["cascading_rules"] {
                runsAll = cascading
            }
        default: throw .malformed(path: "rules")
        }
        rules = []
        for (index, row) in rows.enumerated() {
            guard case .object(let members) = row, case .integer(let id)? = members["id"],
                case .string(let name)? = members["name"]
            else { throw .malformed(path: "rules[\(index)]") }
            var place = index + 1
            if case .integer(let position)? = members["position"], let exact = Int(exactly: position) {
                place = exact
            }
            var actions: [JSONValue] = []
            if case .array(let list)? = members["actions"] { actions = list }
            rules.append(
                FreshdeskRulePayload(
                    id: id, name: name, isActive: members["active"] != .bool(false), place: place,
                    webhooks: actions.compactMap { action in
                        guard case .object(let parts) = action,
                            parts["field_name"] == .string(FreshdeskRulePayload.webhookAction)
                        else { return nil }
                        return parts
                    }))
        }
    }
}
