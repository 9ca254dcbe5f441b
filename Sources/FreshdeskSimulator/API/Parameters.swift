/// Reads a call's query, and refuses what Freshdesk refuses.
struct Parameters {
    private let call: Call

    /// Throws for a parameter that the endpoint does not know.
    init(_ call: Call, known: Set<String>) throws(Refusal) {
        self.call = call
        let unknown = Set(call.query.map(\.name)).subtracting(known).sorted()
        guard unknown.isEmpty else {
            throw .invalid(
                unknown.map {
                    FieldError(field: $0, message: "Unexpected/invalid field in request", code: .invalidField)
                })
        }
    }

    func text(_ name: String) -> String? { call.parameter(name) }

    func integer(_ name: String) throws(Refusal) -> Int64? {
        guard let text = call.parameter(name) else { return nil }
        guard let value = Int64(text), value > 0 else {
            throw .invalid(name, "It should be a Positive Integer", .datatypeMismatch)
        }
        return value
    }

    func moment(_ name: String) throws(Refusal) -> Seconds? {
        guard let text = call.parameter(name) else { return nil }
        guard let value = Seconds(iso8601: text) else {
            throw .invalid(name, "It should be in the 'combined date and time ISO8601' format")
        }
        return value
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type) throws(Refusal) -> Choice?
    where Choice.RawValue == String {
        guard let text = call.parameter(name) else { return nil }
        guard let value = Choice(rawValue: text) else {
            throw .invalid(
                name, "It should be one of these values: '\(Choice.allCases.map(\.rawValue).joined(separator: ","))'")
        }
        return value
    }

    /// The names in `include`, which must be among `known`.
    func includes(_ known: [String]) throws(Refusal) -> Set<String> {
        let names = Set(Self.includes(of: call))
        guard names.isSubset(of: known) else {
            throw .invalid("include", "It should be one of these values: '\(known.joined(separator: ","))'")
        }
        return names
    }

    static func includes(of call: Call) -> [String] {
        (call.parameter("include") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    }

    /// Page and size, within Freshdesk's caps.
    func page(atMost deepest: Int64? = nil) throws(Refusal) -> Page {
        let size = try integer("per_page") ?? 30
        guard size <= 100 else {
            throw .invalid("per_page", "It should be a Positive Integer less than or equal to 100")
        }
        let number = try integer("page") ?? 1
        if let deepest, number > deepest {
            throw .invalid("page", "It should be a Positive Integer less than or equal to \(deepest)")
        }
        guard number <= 10_000_000 else { throw .invalid("page", "It should be a Positive Integer") }
        return Page(number: Int(number), size: Int(size))
    }
}

struct Page: Sendable, Equatable {
    var number: Int
    var size: Int
    var offset: Int { (number - 1) * size }
}

extension Answer {
    /// With the link to the next page, where there is one.
    func linked(_ call: Call, to page: Page, hasMore: Bool) -> Answer {
        hasMore ? with("link", "<\(call.url(ofPage: page.number + 1))>; rel=\"next\"") : self
    }

    /// A page of a list that is held whole.
    static func page<Item>(
        of items: [Item], for call: Call, _ parameters: Parameters, atMost deepest: Int64? = nil,
        _ write: (Item, inout JSONWriter) -> Void
    ) throws(Refusal) -> Answer {
        let page = try parameters.page(atMost: deepest)
        let start = min(page.offset, items.count)
        let end = min(start + page.size, items.count)
        return .json { json in
            json.beginArray()
            for item in items[start..<end] { write(item, &json) }
            json.endArray()
        }.linked(call, to: page, hasMore: end < items.count)
    }
}
