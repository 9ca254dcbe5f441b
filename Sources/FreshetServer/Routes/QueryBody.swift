import Foundation
import FreshetCore

/// The body of `POST /query`, read strictly: a misspelt filter must be an error, not a search without the filter.
enum QueryBody {
    private static let longestQuery = 32_768
    private static let mostValues = 50
    private static let longestValue = 256

    /// Further down nobody looks, and each page costs the search of all before it.
    private static let furthestOffset = 900
    private static let known: Set = ["query", "types", "limit", "offset", "filters", "highlight", "exclude", "answer"]

    /// Throws `RouteFault`: 400 for what is not JSON and for members that nobody knows, 422 for values out of range.
    static func read(
        _ bytes: [UInt8], company: CompanyID
    ) throws(RouteFault) -> (query: SearchQuery, wantsAnswer: Bool) {
        let members = try members(of: bytes, known: Self.known)

        guard let given = members["query"] else { throw fault("is missing", "/query") }
        var query = SearchQuery(text: try text(given, longest: longestQuery, at: "/query"))
        if query.text.allSatisfy(\.isWhitespace) { throw fault("must hold more than white space", "/query") }
        if let types = members["types"] { (query.kinds, query.findsAttachments) = try kinds(types) }
        if let limit = members["limit"] {
            guard case .integer(let number) = limit, (1...100).contains(number) else {
                throw fault("must be a whole number, 1 to 100", "/limit")
            }
            query.limit = Int(number)
        }
        if let offset = members["offset"] {
            guard case .integer(let number) = offset, (0...Int64(furthestOffset)).contains(number) else {
                throw fault("must be a whole number, 0 to \(furthestOffset)", "/offset")
            }
            query.offset = Int(number)
        }
        if let highlight = members["highlight"] {
            guard case .bool(let flag) = highlight else { throw fault("must be true or false", "/highlight") }
            query.highlights = flag
        }
        if let filters = members["filters"] { query.filters = try read(filters: filters) }
        if let exclude = members["exclude"] {
            guard case .string(let text) = exclude, let id = Int64(text), id > 0, String(id) == text else {
                throw fault("must be a ticket's id as a string of digits", "/exclude")
            }
            // A company has one help desk, and there is one product so far.
            query.excluding = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id)
        }
        return (query, try wantsAnswer(members["answer"]))
    }

    /// An answer takes a model's time: whoever only wants results says so.
    private static func wantsAnswer(_ value: JSONValue?) throws(RouteFault) -> Bool {
        switch value {
        case nil: return true
        case .bool(let wanted): return wanted
        default: throw fault("must be true or false", "/answer")
        }
    }

    /// The members of a body that is strict JSON, an object, and has none but the known ones.
    static func members(of bytes: [UInt8], known: Set<String>) throws(RouteFault) -> [String: JSONValue] {
        let members = try object(parse(bytes), at: "")
        try refuseUnknown(members, known: known, at: "")
        return members
    }

    private static func parse(_ bytes: [UInt8]) throws(RouteFault) -> JSONValue {
        do {
            return try JSONValue(strictly: bytes)
        } catch {
            throw RouteFault(400, "The body is not strict JSON.")
        }
    }

    private static func read(filters: JSONValue) throws(RouteFault) -> SearchFilters {
        let members = try object(filters, at: "/filters")
        try refuseUnknown(
            members,
            known: [
                "status", "priority", "type", "tags", "group", "product", "created_after", "created_before",
                "updated_after", "updated_before", "category", "folder", "language", "visibility", "custom_fields",
                "content_type",
            ], at: "/filters")
        return SearchFilters(
            status: try words("status", members), priority: try words("priority", members),
            type: try words("type", members), tags: try words("tags", members), group: try words("group", members),
            product: try words("product", members), category: try words("category", members),
            folder: try words("folder", members), language: try words("language", members),
            visibility: try visibilities(members), customFields: try customFields(members),
            contentType: try words("content_type", members), createdAfter: try moment("created_after", members),
            createdBefore: try moment("created_before", members), updatedAfter: try moment("updated_after", members),
            updatedBefore: try moment("updated_before", members))
    }

    private static func kinds(_ value: JSONValue) throws(RouteFault) -> (Set<ItemKind>, attachments: Bool) {
        guard case .array(let names) = value, (1...10).contains(names.count) else {
            throw fault("must be a list of one or more of tickets, articles, attachments", "/types")
        }
        var kinds: Set<ItemKind> = []
        var attachments = false
        for (index, name) in names.enumerated() {
            switch name {
            case .string("tickets"): kinds.insert(.ticket)
            case .string("articles"): kinds.insert(.article)
            case .string("attachments"): attachments = true
            default: throw fault("must be tickets, articles or attachments", "/types/\(index)")
            }
        }
        return (kinds, attachments)
    }

    /// Names of fields with one value or a list of them; numbers and flags stand for themselves.
    private static func customFields(_ members: [String: JSONValue]) throws(RouteFault) -> [String: [String]] {
        guard let given = members["custom_fields"] else { return [:] }
        let pointer = "/filters/custom_fields"
        let fields = try object(given, at: pointer)
        guard (1...20).contains(fields.count),
            fields.keys.allSatisfy({ (1...longestValue).contains($0.unicodeScalars.count) })
        else {
            throw fault("must have 1 to 20 members with names of at most \(longestValue) characters", pointer)
        }
        var wanted: [String: [String]] = [:]
        for (name, value) in fields {
            var values = [value]
            if case .array(let list) = value { values = list }
            let texts = values.compactMap(\.filterText)
            guard (1...mostValues).contains(values.count), texts.count == values.count,
                texts.allSatisfy({ (1...longestValue).contains($0.unicodeScalars.count) })
            else {
                throw fault(
                    "must hold texts of 1 to \(longestValue) characters, numbers, flags or lists of 1 to \(mostValues) of them",
                    pointer)
            }
            wanted[name] = texts
        }
        return wanted
    }

    /// One string or a list of them.
    private static func words(_ name: String, _ members: [String: JSONValue]) throws(RouteFault) -> [String] {
        let pointer = "/filters/\(name)"
        switch members[name] {
        case nil: return []
        case .array(let values):
            guard (1...mostValues).contains(values.count) else {
                throw fault("must hold 1 to \(mostValues) strings", pointer)
            }
            var words: [String] = []
            for (index, value) in values.enumerated() {
                words.append(try text(value, longest: longestValue, at: "\(pointer)/\(index)"))
            }
            return words
        case let value?: return [try text(value, longest: longestValue, at: pointer)]
        }
    }

    /// A misspelt audience must not pass for one that nothing is for.
    private static func visibilities(_ members: [String: JSONValue]) throws(RouteFault) -> [Visibility] {
        var visibilities: [Visibility] = []
        for word in try words("visibility", members) {
            guard let visibility = Visibility(rawValue: word) else {
                let known = Visibility.allCases.map(\.rawValue).joined(separator: ", ")
                throw fault("must be one or more of \(known)", "/filters/visibility")
            }
            visibilities.append(visibility)
        }
        return visibilities
    }

    private static func moment(_ name: String, _ members: [String: JSONValue]) throws(RouteFault) -> Timestamp? {
        guard let value = members[name] else { return nil }
        guard case .string(let text) = value, let moment = Timestamp(iso8601: text) else {
            throw fault("must be a time as in RFC 3339, with its zone", "/filters/\(name)")
        }
        return moment
    }

    private static func text(_ value: JSONValue, longest: Int, at pointer: String) throws(RouteFault) -> String {
        guard case .string(let text) = value else { throw fault("must be a string", pointer) }
        guard (1...longest).contains(text.unicodeScalars.count) else {
            throw fault("must have 1 to \(longest) characters", pointer)
        }
        return text
    }

    private static func object(_ value: JSONValue, at pointer: String) throws(RouteFault) -> [String: JSONValue] {
        guard case .object(let members) = value else {
            if pointer.isEmpty { throw RouteFault(400, "The body must be a JSON object.") }
            throw fault("must be an object", pointer)
        }
        return members
    }

    private static func refuseUnknown(
        _ members: [String: JSONValue], known: Set<String>, at pointer: String
    ) throws(RouteFault) {
        guard let name = members.keys.filter({ !known.contains($0) }).sorted().first else { return }
        // A plain name helps whoever misspelt it; anything else is the request's text and stays out.
        let isPlain =
            (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { Grammar.isToken($0) && ($0 | 0x20 >= 97 || Grammar.isDigit($0)) }
        throw RouteFault(
            400, "There is no such member; known are \(known.sorted().joined(separator: ", ")).",
            pointer: isPlain ? "\(pointer)/\(name)" : (pointer.isEmpty ? "/" : pointer))
    }

    static func fault(_ detail: String, _ pointer: String) -> RouteFault {
        RouteFault(422, "The member \(pointer) \(detail).", pointer: pointer)
    }
}
