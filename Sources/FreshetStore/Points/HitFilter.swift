import FreshetCore

/// Decides whether a payload passes what a search asks for. Texts are compared without case.
///
/// Spans of time include their beginning and exclude their end, so that neighbouring spans share nothing.
struct HitFilter: Sendable {
    private let status: Set<String>
    private let priority: Set<String>
    private let type: Set<String>
    private let tags: Set<String>
    private let group: Set<String>
    private let product: Set<String>
    private let category: Set<String>
    private let folder: Set<String>
    private let language: Set<String>
    private let visibility: Set<String>
    /// By the field's name in lower case.
    private let customFields: [(name: String, values: Set<String>)]
    private let filters: SearchFilters

    init(_ filters: SearchFilters) {
        func folded(_ values: [String]) -> Set<String> { Set(values.map { $0.lowercased() }) }
        status = folded(filters.status)
        priority = folded(filters.priority)
        type = folded(filters.type)
        tags = folded(filters.tags)
        group = folded(filters.group)
        product = folded(filters.product)
        category = folded(filters.category)
        folder = folded(filters.folder)
        language = folded(filters.language)
        visibility = Set(filters.visibility.map(\.rawValue))
        customFields = filters.customFields.map { ($0.key.lowercased(), folded($0.value)) }
        self.filters = filters
    }

    func passes(_ metadata: Metadata) -> Bool {
        filters.scope.allows(metadata)
            && allows(status, [metadata.stage.rawValue] + names(metadata.status))
            && allows(priority, names(metadata.priority))
            && allows(type, [metadata.type].compactMap { $0 })
            && allows(tags, metadata.tags)
            && allows(group, names(metadata.group))
            && allows(product, names(metadata.product))
            && allows(category, names(metadata.article?.place.category))
            && allows(folder, names(metadata.article?.place.folder))
            && allows(language, metadata.article?.languages ?? [])
            && allows(visibility, metadata.article.map { [$0.place.visibility.rawValue] } ?? [])
            && customFields.allSatisfy { field in allows(field.values, values(of: field.name, metadata)) }
            && filters.contentType.isEmpty
            && lies(metadata.createdAt, from: filters.createdAfter, to: filters.createdBefore)
            && lies(metadata.updatedAt, from: filters.updatedAfter, to: filters.updatedBefore)
    }

    private func allows(_ wanted: Set<String>, _ present: [String]) -> Bool {
        wanted.isEmpty || present.contains { wanted.contains($0.lowercased()) }
    }

    private func values(of field: String, _ metadata: Metadata) -> [String] {
        metadata.customFields.filter { $0.key.lowercased() == field }.compactMap(\.value.filterText)
    }

    /// A label goes by its name, and by its number for those whose name is not known.
    private func names(_ label: Label?) -> [String] {
        guard let label else { return [] }
        return [label.name, String(label.id)].compactMap { $0 }
    }

    private func lies(_ moment: Timestamp, from start: Timestamp?, to end: Timestamp?) -> Bool {
        (start.map { moment >= $0 } ?? true) && (end.map { moment < $0 } ?? true)
    }
}
