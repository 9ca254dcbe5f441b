import FreshetCore
import FreshetDocuments

/// The bytes that a document's fingerprints are made of, by the general writer of canonical JSON.
///
/// The product writes the same bytes by hand, faster; that they are the same is checked by their hashes.
struct CanonicalForms {
    var content: [UInt8]
    var facets: [UInt8]

    init(_ document: Document) throws {
        content = try CanonicalJSON.bytes(of: Self.value(of: document.content(followsResolution: true)))
        facets = try CanonicalJSON.bytes(of: Self.value(facetsOf: document))
    }

    private static func value(of content: Content) -> JSONValue {
        .object([
            "attachments": .array(
                content.attachments.map {
                    .object(["id": digits($0.attachmentID), "name": .string($0.fileName), "size": digits($0.size)])
                }),
            "description": .string(content.description),
            "messages": .array(
                content.entries.map {
                    .object([
                        "id": digits($0.id), "private": .bool($0.isPrivate), "role": .string($0.role.rawValue),
                        "text": .string($0.text),
                    ])
                }),
            "resolved": .bool(content.isResolved), "subject": .string(content.subject), "v": .integer(1),
        ])
    }

    private static func value(facetsOf document: Document) -> JSONValue {
        let metadata = document.metadata
        let authors = Set(document.conversations.map { Author(role: .agent, id: $0.author.id, name: $0.author.name) })
            .sorted { ($0.id ?? .min, $0.name ?? "") < ($1.id ?? .min, $1.name ?? "") }
        return .object([
            "agent": person(metadata.agent), "archived": .bool(metadata.isArchived),
            "authors": .array(
                authors.map { .object(["id": $0.id.map(digits) ?? .null, "name": text($0.name)]) }),
            "created_at": .string(metadata.createdAt.iso8601), "custom_fields": .object(metadata.customFields),
            "group": label(metadata.group), "organisation": label(metadata.organisation),
            "priority": label(metadata.priority), "product": label(metadata.product),
            "requester": person(metadata.requester), "source": label(metadata.source),
            "stage": .string(metadata.stage.rawValue), "status": label(metadata.status),
            "tags": .array(metadata.tags.map { .string($0) }), "type": text(metadata.type), "v": .integer(1),
        ])
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    private static func digits(_ id: Int64) -> JSONValue { .string(String(id)) }

    private static func label(_ label: Label?) -> JSONValue {
        label.map { .object(["id": digits($0.id), "name": text($0.name)]) } ?? .null
    }

    private static func person(_ person: Person?) -> JSONValue {
        person.map { .object(["email": text($0.email), "id": digits($0.id), "name": text($0.name)]) } ?? .null
    }
}
