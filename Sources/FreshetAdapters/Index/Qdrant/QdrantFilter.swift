import FreshetCore

/// Which points a request is about. There is none without a company.
struct QdrantFilter {
    private var must: [JSONValue]
    private var mustNot: [JSONValue] = []

    init(_ company: CompanyID) { must = [Self.match("company_id", [company.text])] }

    /// Points of whichever company but this one that lie under ids of this one's items.
    init(under items: [Item], notOf company: CompanyID) {
        must = [Self.ids(items)]
        mustNot = [Self.match("company_id", [company.text]), Self.hasNoCompany]
    }

    /// In a company's own collection: all that names another.
    init(inCollectionOf company: CompanyID) {
        must = []
        mustNot = [Self.match("company_id", [company.text]), Self.hasNoCompany]
    }

    func items(_ items: [Item]) -> QdrantFilter { adding(Self.ids(items)) }

    func notNewer(than generation: Int64) -> QdrantFilter { adding(Self.notNewer(than: generation)) }

    func kinds(_ kinds: Set<ItemKind>) -> QdrantFilter {
        adding(Self.match("doc_type", kinds.map(\.rawValue).sorted()))
    }

    func excluding(_ item: Item) -> QdrantFilter {
        var filter = self
        filter.mustNot.append(Self.ids([item]))
        return filter
    }

    func passing(_ filters: SearchFilters) -> QdrantFilter {
        var filter = self
        let facets = [
            ("status", filters.status), ("priority", filters.priority), ("type", filters.type), ("tags", filters.tags),
            ("group", filters.group), ("product", filters.product), ("category", filters.category),
            ("folder", filters.folder), ("language", filters.language),
            ("visibility", filters.visibility.map(\.rawValue)),
        ]
        for (key, values) in facets where !values.isEmpty {
            filter.must.append(Self.match("facets." + key, values.map { $0.lowercased() }))
        }
        for (name, values) in filters.customFields.sorted(by: { $0.key < $1.key }) {
            filter.must.append(Self.match("facets.custom", values.map { QdrantFacets.custom(name, $0) }))
        }
        filter.must += Self.span("created_at", from: filters.createdAfter, to: filters.createdBefore)
        filter.must += Self.span("updated_at", from: filters.updatedAfter, to: filters.updatedBefore)
        if let condition = Self.within(filters.scope) { filter.must.append(condition) }
        return filter
    }

    var json: JSONValue { .object(["must": .array(must), "must_not": .array(mustNot)]) }

    // MARK: - Of writes

    /// Lets each write replace what is there only where that is not newer. What has no generation was not written by us
    /// and gives way.
    static func fence(_ writes: [(id: String, generation: Int64)]) -> JSONValue {
        var alternatives: [JSONValue] = [.object(["is_empty": .object(["key": .string("generation")])])]
        let groups = Dictionary(grouping: writes, by: \.generation)
        for (generation, members) in groups.sorted(by: { $0.key < $1.key }) {
            var conditions = [notNewer(than: generation)]
            if groups.count > 1 { conditions.append(.object(["has_id": .array(members.map { .string($0.id) })])) }
            alternatives.append(.object(["must": .array(conditions)]))
        }
        return .object(["should": .array(alternatives)])
    }

    /// Everything of a company, tombstones too.
    static func everything(of company: CompanyID) -> JSONValue {
        .object([
            "should": .array([match("company_id", [company.text]), match("removed.company_id", [company.text])])
        ])
    }

    // MARK: - Conditions

    /// Tombstones have none.
    private static let hasNoCompany = JSONValue.object(["is_empty": .object(["key": .string("company_id")])])

    private func adding(_ condition: JSONValue) -> QdrantFilter {
        var filter = self
        filter.must.append(condition)
        return filter
    }

    private static func match(_ key: String, _ values: [String]) -> JSONValue {
        let match: [String: JSONValue] =
            values.count == 1 ? ["value": .string(values[0])] : ["any": .array(values.map { .string($0) })]
        return .object(["key": .string(key), "match": .object(match)])
    }

    /// `AccessScope.allows(_:)` in Qdrant's words.
    private static func within(_ scope: AccessScope) -> JSONValue? {
        guard case .tickets(let agent, let groups) = scope else { return nil }
        var alternatives = [match("doc_type", [ItemKind.article.rawValue])]
        if let agent { alternatives.append(match("facets.agent", [agent.lowercased()])) }
        if !groups.isEmpty { alternatives.append(match("facets.group", groups.map { $0.lowercased() })) }
        return .object(["should": .array(alternatives)])
    }

    private static func ids(_ items: [Item]) -> JSONValue {
        .object(["has_id": .array(items.map { .string(PointID.text(of: $0)) })])
    }

    private static func notNewer(than generation: Int64) -> JSONValue {
        .object(["key": .string("generation"), "range": .object(["lte": .integer(generation)])])
    }

    private static func span(_ key: String, from start: Timestamp?, to end: Timestamp?) -> [JSONValue] {
        var range: [String: JSONValue] = [:]
        if let start { range["gte"] = .string(start.iso8601) }
        if let end { range["lt"] = .string(end.iso8601) }
        return range.isEmpty ? [] : [.object(["key": .string(key), "range": .object(range)])]
    }
}
