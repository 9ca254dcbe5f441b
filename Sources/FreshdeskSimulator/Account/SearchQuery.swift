/// A parsed `query` of `/search/tickets` (freshdesk.md 1.4): `field:value`, `:>` (at or after) and `:<` (at or before)
/// for dates, `AND`, `OR`, parentheses, `null`. AND binds tighter than OR.
package indirect enum SearchQuery: Sendable, Equatable {
    case and(SearchQuery, SearchQuery)
    case or(SearchQuery, SearchQuery)
    case condition(Condition)

    package struct Condition: Sendable, Equatable {
        package enum Comparison: Sendable, Equatable { case equal, atLeast, atMost }
        package enum Value: Sendable, Equatable {
            case null
            case bool(Bool)
            case integer(Int64)
            case text(String)
        }

        package var field: String
        package var comparison: Comparison
        package var value: Value
    }

    /// `text` is the parameter as sent, its double quotes included.
    package init(_ text: String) throws(Refusal) {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else {
            throw .invalid("query", "Query must be enclosed in double quotes", .invalidValue)
        }
        let inner = text.dropFirst().dropLast()
        guard inner.count <= 512 else { throw .invalid("query", "Query can be of maximum 512 characters length") }
        var parser = Parser(Array(inner))
        self = try parser.parse()
    }

    /// Calendar days: `day` is the moment's date.
    package func matches(_ ticket: Ticket) -> Bool {
        switch self {
        case .and(let a, let b): a.matches(ticket) && b.matches(ticket)
        case .or(let a, let b): a.matches(ticket) || b.matches(ticket)
        case .condition(let condition): condition.matches(ticket)
        }
    }
}

extension SearchQuery.Condition {
    static let dateFields: Set<String> = ["due_by", "fr_due_by", "created_at", "updated_at"]
    static let integerFields: Set<String> = ["agent_id", "group_id", "priority", "status"]
    static let textFields: Set<String> = ["tag", "type"]

    func matches(_ ticket: Ticket) -> Bool {
        switch field {
        case "agent_id": equals(ticket.responderID)
        case "group_id": equals(ticket.groupID)
        case "priority": equals(ticket.priority)
        case "status": equals(ticket.status)
        case "type": equals(ticket.type)
        case "tag": value == .null ? ticket.tags.isEmpty : ticket.tags.contains { equals($0) }
        case "created_at": compares(ticket.createdAt)
        case "updated_at": compares(ticket.updatedAt)
        case "due_by": compares(ticket.sla.dueBy)
        case "fr_due_by": compares(ticket.sla.firstResponseDueBy)
        default: equals(custom: ticket.customFields[field] ?? .null)
        }
    }

    private func equals(_ number: Int64?) -> Bool { value == number.map { .integer($0) } ?? .null }

    private func equals(_ text: String?) -> Bool {
        guard case .text(let wanted) = value else { return value == .null && text == nil }
        return text?.lowercased() == wanted.lowercased()
    }

    private func equals(custom: JSON) -> Bool {
        switch custom {
        case .null: value == .null
        case .integer(let number): value == .integer(number)
        case .bool(let flag): value == .bool(flag)
        case .string(let text): equals(text)
        default: false
        }
    }

    private func compares(_ moment: Seconds?) -> Bool {
        guard let moment else { return value == .null }
        guard case .text(let day) = value else { return false }
        return switch comparison {
        case .equal: moment.dateText == day
        case .atLeast: moment.dateText >= day
        case .atMost: moment.dateText <= day
        }
    }
}

private struct Parser {
    private let characters: [Character]
    private var position = 0

    init(_ characters: [Character]) { self.characters = characters }

    mutating func parse() throws(Refusal) -> SearchQuery {
        let query = try alternatives()
        skipSpace()
        guard position == characters.count else { throw Self.broken }
        return query
    }

    private static let broken = Refusal.invalid("query", "Given query is invalid. Please check the query syntax")

    private mutating func alternatives() throws(Refusal) -> SearchQuery {
        var query = try conjunction()
        while takeWord("OR") { query = .or(query, try conjunction()) }
        return query
    }

    private mutating func conjunction() throws(Refusal) -> SearchQuery {
        var query = try term()
        while takeWord("AND") { query = .and(query, try term()) }
        return query
    }

    private mutating func term() throws(Refusal) -> SearchQuery {
        skipSpace()
        if take("(") {
            let query = try alternatives()
            skipSpace()
            guard take(")") else { throw Self.broken }
            return query
        }
        return .condition(try condition())
    }

    private mutating func condition() throws(Refusal) -> SearchQuery.Condition {
        let field = word { $0.isLetter || $0.isNumber || $0 == "_" }
        guard !field.isEmpty, take(":") else { throw Self.broken }
        let comparison: SearchQuery.Condition.Comparison = take(">") ? .atLeast : take("<") ? .atMost : .equal
        let value = try value()
        let condition = SearchQuery.Condition(field: field, comparison: comparison, value: value)
        try check(condition)
        return condition
    }

    private mutating func value() throws(Refusal) -> SearchQuery.Condition.Value {
        if take("'") {
            let text = word { $0 != "'" }
            guard take("'") else { throw Self.broken }
            return .text(text)
        }
        let bare = word { !$0.isWhitespace && $0 != ")" && $0 != "(" }
        guard !bare.isEmpty else { throw Self.broken }
        switch bare {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return Int64(bare).map { .integer($0) } ?? .text(bare)
        }
    }

    private func check(_ condition: SearchQuery.Condition) throws(Refusal) {
        let field = condition.field
        let isDate = SearchQuery.Condition.dateFields.contains(field)
        if isDate {
            if case .text(let day) = condition.value {
                guard day.count == 10, Seconds(iso8601: day) != nil else {
                    throw .invalid(field, "It should be in the 'YYYY-MM-DD' format")
                }
                return
            }
            guard condition.value == .null else { throw .invalid(field, "It should be in the 'YYYY-MM-DD' format") }
            return
        }
        guard condition.comparison == .equal else { throw .invalid(field, "It supports only the ':' operator") }
        if SearchQuery.Condition.integerFields.contains(field) {
            switch condition.value {
            case .integer, .null: return
            default: throw .invalid(field, "It should be a/an Integer", .datatypeMismatch)
            }
        }
        guard SearchQuery.Condition.textFields.contains(field) || field.hasPrefix("cf_") else {
            throw .invalid(field, "Unexpected/invalid field in request", .invalidField)
        }
    }

    private mutating func skipSpace() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard position < characters.count, characters[position] == character else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        let start = position
        skipSpace()
        if self.word(while: { $0.isLetter }) == word { return true }
        position = start
        return false
    }

    private mutating func word(while isPart: (Character) -> Bool) -> String {
        let start = position
        while position < characters.count, isPart(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }
}
