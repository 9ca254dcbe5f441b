/// The account's automation rules in their order, by kind.
struct RuleBook: Sendable {
    private var rules: [AutomationRule.Kind: [AutomationRule]] = [:]
    private var ids = IDSequence(from: 62_000_410_021)

    func list(_ kind: AutomationRule.Kind) -> [AutomationRule] { rules[kind] ?? [] }

    /// The rule and its place from 1; `nil` when there is none.
    func rule(_ id: Int64, _ kind: AutomationRule.Kind) -> (rule: AutomationRule, position: Int)? {
        guard let index = list(kind).firstIndex(where: { $0.id == id }) else { return nil }
        return (list(kind)[index], index + 1)
    }

    mutating func nextID() -> Int64 { ids.take() }

    /// Puts the rule at its place, counted from 1; those from there on move down. Replaces the rule of that id.
    mutating func put(_ rule: AutomationRule, at position: Int?) {
        var list = list(rule.kind)
        let old = list.firstIndex { $0.id == rule.id }
        if let old { list.remove(at: old) }
        let index = position.map { max(0, min($0 - 1, list.count)) } ?? old ?? list.count
        list.insert(rule, at: index)
        rules[rule.kind] = list
    }

    /// `false` when there is none.
    mutating func remove(_ id: Int64, _ kind: AutomationRule.Kind) -> Bool {
        guard rule(id, kind) != nil else { return false }
        rules[kind]?.removeAll { $0.id == id }
        return true
    }

    /// The webhooks that an event sets off, in the order of the rules. Of the creation rules only the first that matches
    /// runs, unless `all` do; of the update rules all.
    func webhooks(for event: AccountEvent, all runsAll: Bool) -> [(action: WebhookAction, occurrence: Occurrence)] {
        guard !event.occurrences.isEmpty else { return [] }
        if event.kind == .ticketCreated {
            let matching = list(.creation).filter { $0.isActive && $0.holds(for: event.ticket) }
            return (runsAll ? matching : Array(matching.prefix(1))).flatMap { rule in
                rule.webhooks.map { ($0, event.occurrences[0]) }
            }
        }
        return list(.updates).filter { $0.isActive && $0.holds(for: event.ticket) }.flatMap { rule in
            rule.trigger(in: event).map { occurrence in rule.webhooks.map { ($0, occurrence) } } ?? []
        }
    }
}
