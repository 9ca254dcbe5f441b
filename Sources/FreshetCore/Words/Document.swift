/// Who wrote a message.
package struct Author: Sendable, Equatable, Hashable, Codable {
    package enum Role: String, Sendable, Codable, CaseIterable {
        case requester, agent
        /// Automations, bots and the system itself.
        case automatic
    }

    package var role: Role
    /// `nil` where the help desk does not say (system messages, deleted users).
    package var id: Int64?
    package var name: String?

    package init(role: Role, id: Int64? = nil, name: String? = nil) {
        self.role = role
        self.id = id
        self.name = name
    }
}

/// An attachment's metadata. Its link is fetched anew when somebody asks for it, and never stored.
package struct Attachment: Sendable, Equatable, Hashable, Codable {
    package var attachmentID: Int64
    package var fileName: String
    package var contentType: String?
    /// In bytes.
    package var size: Int64

    package init(attachmentID: Int64, fileName: String, contentType: String?, size: Int64) {
        self.attachmentID = attachmentID
        self.fileName = fileName
        self.contentType = contentType
        self.size = size
    }

    enum CodingKeys: String, CodingKey {
        case attachmentID = "attachment_id"
        case fileName = "file_name"
        case contentType = "content_type"
        case size
    }
}

/// A person as far as labels go.
package struct Person: Sendable, Equatable, Hashable, Codable {
    package var id: Int64
    package var name: String?
    package var email: String?

    package init(id: Int64, name: String? = nil, email: String? = nil) {
        self.id = id
        self.name = name
        self.email = email
    }
}

/// A thing that has an id at the help desk and a name for people.
package struct Label: Sendable, Equatable, Hashable, Codable {
    package var id: Int64
    package var name: String?

    package init(id: Int64, name: String? = nil) {
        self.id = id
        self.name = name
    }
}

/// What only labels an item: what a user can filter by or sees beside the text.
package struct Metadata: Sendable, Equatable, Codable {
    /// Our words for the stages that matter; the help desk's own label is in `statusName`.
    package enum Stage: String, Sendable, Codable, CaseIterable {
        case open, pending, resolved, closed, other
    }

    package var stage: Stage
    /// The help desk's own number and label, `Waiting on Customer`.
    package var status: Label
    package var priority: Label
    package var type: String?
    package var source: Label
    package var tags: [String]
    package var group: Label?
    package var product: Label?
    package var agent: Person?
    package var requester: Person?
    package var organisation: Label?
    package var customFields: [String: JSONValue]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var resolvedAt: Timestamp?
    package var closedAt: Timestamp?
    package var isArchived: Bool
    /// The ticket that this one is a part of, as the help desk files it.
    package var parentID: Int64?
    /// The ticket that this one was merged into, which has its text.
    package var mergedIntoID: Int64?
    /// Set exactly for articles.
    package var article: ArticleLabels?

    package init(
        stage: Stage, status: Label, priority: Label, type: String?, source: Label, tags: [String], group: Label? = nil,
        product: Label? = nil, agent: Person? = nil, requester: Person? = nil, organisation: Label? = nil,
        customFields: [String: JSONValue] = [:], createdAt: Timestamp, updatedAt: Timestamp,
        resolvedAt: Timestamp? = nil, closedAt: Timestamp? = nil, isArchived: Bool = false, parentID: Int64? = nil,
        mergedIntoID: Int64? = nil, article: ArticleLabels? = nil
    ) {
        self.parentID = parentID
        self.mergedIntoID = mergedIntoID
        self.stage = stage
        self.status = status
        self.priority = priority
        self.type = type
        self.source = source
        self.tags = tags
        self.group = group
        self.product = product
        self.agent = agent
        self.requester = requester
        self.organisation = organisation
        self.customFields = customFields
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.resolvedAt = resolvedAt
        self.closedAt = closedAt
        self.isArchived = isArchived
        self.article = article
    }

    enum CodingKeys: String, CodingKey {
        case stage, status, priority, type, source, tags, group, product, agent, requester, organisation, article
        case customFields = "custom_fields"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case resolvedAt = "resolved_at"
        case closedAt = "closed_at"
        case isArchived = "is_archived"
        case parentID = "parent_id"
        case mergedIntoID = "merged_into_id"
    }
}

/// One message of a document: plain text, normalised.
package struct Message: Sendable, Equatable, Codable {
    package var id: Int64
    package var author: Author
    package var isPrivate: Bool
    package var isIncoming: Bool
    package var body: String
    package var createdAt: Timestamp
    package var editedAt: Timestamp?

    package init(
        id: Int64, author: Author, isPrivate: Bool, isIncoming: Bool, body: String, createdAt: Timestamp,
        editedAt: Timestamp? = nil
    ) {
        self.id = id
        self.author = author
        self.isPrivate = isPrivate
        self.isIncoming = isIncoming
        self.body = body
        self.createdAt = createdAt
        self.editedAt = editedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, author, body
        case isPrivate = "private"
        case isIncoming = "incoming"
        case createdAt = "created_at"
        case editedAt = "edited_at"
    }
}

/// The merged item (design 7): the whole thread or article as text, its attachments' metadata, its labels.
package struct Document: Sendable, Equatable {
    package var item: Item
    package var subject: String
    package var description: String
    /// Empty for an article.
    package var conversations: [Message]
    /// Of an article, in the order of their languages; empty for a ticket.
    package var translations: [Translation]
    /// Of the whole thread or article, in the order of their ids.
    package var attachments: [Attachment]
    package var metadata: Metadata

    package init(
        item: Item, subject: String, description: String, conversations: [Message], translations: [Translation] = [],
        attachments: [Attachment], metadata: Metadata
    ) {
        self.item = item
        self.subject = subject
        self.description = description
        self.conversations = conversations
        self.translations = translations
        self.attachments = attachments
        self.metadata = metadata
    }
}

/// Exactly what the content fingerprint covers, and all that a summariser ever sees: whatever a model is paid for
/// cannot depend on something that is not fingerprinted.
package struct Content: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var id: Int64
        package var role: Author.Role
        package var isPrivate: Bool
        package var text: String

        package init(id: Int64, role: Author.Role, isPrivate: Bool, text: String) {
            self.id = id
            self.role = role
            self.isPrivate = isPrivate
            self.text = text
        }
    }

    package var kind: ItemKind
    package var subject: String
    package var description: String
    package var entries: [Entry]
    package var translations: [Translation]
    package var attachments: [Attachment]
    /// Resolved or closed, where the policy says that a summary's result follows it; else always `false`.
    package var isResolved: Bool

    package init(
        kind: ItemKind = .ticket, subject: String, description: String, entries: [Entry],
        translations: [Translation] = [], attachments: [Attachment], isResolved: Bool
    ) {
        self.kind = kind
        self.translations = translations
        self.subject = subject
        self.description = description
        self.entries = entries
        self.attachments = attachments
        self.isResolved = isResolved
    }
}

/// SHA-256 over canonical JSON.
package struct Fingerprint: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 64 lower-case hex digits.
    package let hex: String

    package init?(hex: String) {
        guard hex.utf8.count == 64,
            hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hex = hex
    }

    /// Of the 32 bytes of a SHA-256.
    package init(digest: [UInt8]) {
        precondition(digest.count == 32)
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
        hex = String(unsafeUninitializedCapacity: 64) { text in
            for (index, byte) in digest.enumerated() {
                text[2 * index] = digit(byte >> 4)
                text[2 * index + 1] = digit(byte & 15)
            }
            return 64
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Fingerprint(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hex digits")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    package var description: String { hex }
}

/// What a summariser makes of an item. Plain text in the item's language; validated before it is stored. Of an article,
/// `problem` is what it answers, `solution` its steps, and `result` is empty.
package struct Summary: Sendable, Equatable, Codable {
    package var problem: String
    package var cause: String
    package var solution: String
    package var result: String
    /// At most five.
    package var tags: [String]
    /// ISO 639-1, `en`, `ko`; `und` when it cannot be told.
    package var language: String
    /// Made by the built-in summariser because no model could: good enough to be found, and to be made again.
    package var isStandIn: Bool
    /// Who made it (`ModelIdentity.name`), where that is another than its record names; for people.
    package var maker: String?

    package init(
        problem: String, cause: String, solution: String, result: String, tags: [String], language: String,
        isStandIn: Bool = false, maker: String? = nil
    ) {
        self.isStandIn = isStandIn
        self.maker = maker
        self.problem = problem
        self.cause = cause
        self.solution = solution
        self.result = result
        self.tags = tags
        self.language = language
    }

    enum CodingKeys: String, CodingKey {
        case problem, cause, solution, result, tags, language, maker
        case isStandIn = "stand_in"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        problem = try values.decode(String.self, forKey: .problem)
        cause = try values.decode(String.self, forKey: .cause)
        solution = try values.decode(String.self, forKey: .solution)
        result = try values.decode(String.self, forKey: .result)
        tags = try values.decode([String].self, forKey: .tags)
        language = try values.decode(String.self, forKey: .language)
        // Both are absent from nearly all, and from those that were written before there were stand-ins.
        isStandIn = try values.decodeIfPresent(Bool.self, forKey: .isStandIn) ?? false
        maker = try values.decodeIfPresent(String.self, forKey: .maker)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(problem, forKey: .problem)
        try values.encode(cause, forKey: .cause)
        try values.encode(solution, forKey: .solution)
        try values.encode(result, forKey: .result)
        try values.encode(tags, forKey: .tags)
        try values.encode(language, forKey: .language)
        if isStandIn { try values.encode(true, forKey: .isStandIn) }
        try values.encodeIfPresent(maker, forKey: .maker)
    }
}

/// An item's vector and payload in the index.
package struct Point: Sendable, Equatable {
    package var item: Item
    package var subject: String
    package var summary: Summary
    /// The whole item as text, for full text search.
    package var text: String
    /// Found by their names and types.
    package var attachments: [Attachment]
    package var metadata: Metadata
    package var contentHash: Fingerprint
    package var facetsHash: Fingerprint
    /// The fence of the run that writes it: a lower one never replaces a higher one.
    package var generation: Int64
    package var indexedAt: Timestamp
    /// Without numbers where the embedder could not be asked: then only full text finds the item.
    package var embedding: Embedding
    /// `ModelIdentity.name` of who made the summary and the vector; `nil` where that is not known or there is no vector.
    package var summariser: String?
    package var embedder: String?

    package init(
        item: Item, subject: String, summary: Summary, text: String, attachments: [Attachment] = [],
        metadata: Metadata, contentHash: Fingerprint, facetsHash: Fingerprint, generation: Int64,
        indexedAt: Timestamp, embedding: Embedding, summariser: String? = nil, embedder: String? = nil
    ) {
        self.attachments = attachments
        self.summariser = summariser
        self.embedder = embedder
        self.item = item
        self.subject = subject
        self.summary = summary
        self.text = text
        self.metadata = metadata
        self.contentHash = contentHash
        self.facetsHash = facetsHash
        self.generation = generation
        self.indexedAt = indexedAt
        self.embedding = embedding
    }
}

/// What an embedder makes of a text.
package struct Embedding: Sendable, Equatable {
    /// Unit length, as many dimensions as the embedder says.
    package var vector: [Float]
    /// The features that occur in the text, for an embedder whose queries are weighted by how rare they are in the
    /// company: distinct bucket numbers, ascending. Empty for embedders that have none.
    package var features: [UInt16]

    package init(vector: [Float], features: [UInt16] = []) {
        self.vector = vector
        self.features = features
    }
}
