import Foundation
import FreshetCore

/// What a point carries besides its vector (design 7).
struct QdrantPayload: Codable {
    var companyID: String
    var platform: String
    var docType: String
    var originalID: Int64
    var subject: String
    var summary: Summary
    var metadata: Metadata
    var contentHash: String
    var facetsHash: String
    var generation: Int64
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var indexedAt: Timestamp
    var text: String?
    var facets: QdrantFacets

    enum CodingKeys: String, CodingKey {
        case platform, subject, summary, metadata, generation, text, facets
        case companyID = "company_id"
        case docType = "doc_type"
        case originalID = "original_id"
        case contentHash = "content_hash"
        case facetsHash = "facets_hash"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case indexedAt = "indexed_at"
    }

    init(_ point: Point, withText: Bool) {
        companyID = point.item.company.text
        platform = point.item.platform.rawValue
        docType = point.item.kind.rawValue
        originalID = point.item.originalID
        subject = point.subject
        summary = point.summary
        metadata = point.metadata
        contentHash = point.contentHash.hex
        facetsHash = point.facetsHash.hex
        generation = point.generation
        createdAt = point.metadata.createdAt
        updatedAt = point.metadata.updatedAt
        indexedAt = point.indexedAt
        text = withText ? point.text : nil
        facets = QdrantFacets(point.metadata)
    }
}

/// What changes when only labels do: each key replaces what is under it.
struct QdrantRelabelling: Encodable {
    var metadata: Metadata
    var facetsHash: String
    var generation: Int64
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var indexedAt: Timestamp
    var facets: QdrantFacets

    enum CodingKeys: String, CodingKey {
        case metadata, generation, facets
        case facetsHash = "facets_hash"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case indexedAt = "indexed_at"
    }
}

/// What is left of a point that was removed, so that an older upsert cannot bring it back.
///
/// It has no vector and no `company_id`: whoever searches, counts or lists a company's points never sees one.
struct QdrantTombstone: Encodable {
    struct Removed: Encodable {
        var companyID: String
        var platform: String
        var docType: String
        var originalID: Int64

        enum CodingKeys: String, CodingKey {
            case platform
            case companyID = "company_id"
            case docType = "doc_type"
            case originalID = "original_id"
        }
    }

    var removed: Removed
    var generation: Int64
    var indexedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case removed, generation
        case indexedAt = "indexed_at"
    }

    init(_ item: Item, generation: Int64, at moment: Timestamp) {
        removed = Removed(
            companyID: item.company.text, platform: item.platform.rawValue, docType: item.kind.rawValue,
            originalID: item.originalID)
        self.generation = generation
        indexedAt = moment
    }
}

/// The labels in the form in which filters compare them: lower case, by name and by number.
struct QdrantFacets: Codable {
    var status: [String]
    var priority: [String]
    var type: [String]
    var tags: [String]
    var group: [String]
    var product: [String]
    var category: [String]
    var folder: [String]
    var language: [String]
    var visibility: [String]
    /// Whom a ticket is assigned to, by id and e-mail address.
    var agent: [String]
    /// `cf_region=emea`.
    var custom: [String]

    /// The keys of payload indexes.
    static let keys = [
        "status", "priority", "type", "tags", "group", "product", "category", "folder", "language", "visibility",
        "agent",
        "custom",
    ]

    init(_ metadata: Metadata) {
        func folded(_ texts: [String]) -> [String] { texts.map { $0.lowercased() } }
        func names(_ label: Label?) -> [String] {
            folded(label.map { [$0.name, String($0.id)].compactMap { $0 } } ?? [])
        }
        status = folded([metadata.stage.rawValue]) + names(metadata.status)
        priority = names(metadata.priority)
        type = folded(metadata.type.map { [$0] } ?? [])
        tags = folded(metadata.tags)
        group = names(metadata.group)
        product = names(metadata.product)
        category = names(metadata.article?.place.category)
        folder = names(metadata.article?.place.folder)
        language = folded(metadata.article?.languages ?? [])
        visibility = metadata.article.map { [$0.place.visibility.rawValue] } ?? []
        agent = metadata.agent.map(AccessScope.names) ?? []
        custom = metadata.customFields.compactMap { name, value in value.filterText.map { Self.custom(name, $0) } }
            .sorted()
    }

    static func custom(_ name: String, _ value: String) -> String { "\(name)=\(value)".lowercased() }
}

/// A point as Qdrant shows it, read with patience: others may have written it.
struct QdrantRecord: Decodable {
    var id: String
    var score: Double?
    var payload: Payload

    struct Payload: Decodable {
        var companyID: String?
        var platform: String?
        var docType: String?
        var originalID: Int64?
        var generation: Int64?
        var contentHash: String?
        var facetsHash: String?

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: QdrantPayload.CodingKeys.self)
            func read<Value: Decodable>(_ key: QdrantPayload.CodingKeys) throws -> Value? {
                do { return try values.decodeIfPresent(Value.self, forKey: key) } catch is DecodingError { return nil }
            }
            companyID = try read(.companyID)
            platform = try read(.platform)
            docType = try read(.docType)
            originalID = try read(.originalID)
            generation = try read(.generation)
            contentHash = try read(.contentHash)
            facetsHash = try read(.facetsHash)
        }

        init() {}
    }

    enum CodingKeys: String, CodingKey { case id, score, payload }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        do {
            id = try values.decode(String.self, forKey: .id)
        } catch is DecodingError {
            // Numbers are ids of others' points: ours are UUIDs.
            id = String(try values.decode(UInt64.self, forKey: .id))
        }
        score = try values.decodeIfPresent(Double.self, forKey: .score)
        payload = try values.decodeIfPresent(Payload.self, forKey: .payload) ?? Payload()
    }

    /// What it says it is; `nil` where that is nothing of ours.
    var item: Item? {
        guard let company = payload.companyID.flatMap({ CompanyID($0) }),
            let platform = payload.platform.flatMap({ Platform(rawValue: $0) }),
            let kind = payload.docType.flatMap({ ItemKind(rawValue: $0) }), let number = payload.originalID
        else { return nil }
        return Item(company: company, platform: platform, kind: kind, originalID: number)
    }

    /// It lies where its item's point lies.
    var isInPlace: Bool { item.map { PointID.text(of: $0) == id } ?? false }

    /// As an audit sees it. What names no item at all is somebody else's.
    func label(listedFor company: CompanyID) -> PointLabel {
        let unreadable = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: 0)
        return PointLabel(
            item: item ?? unreadable, generation: payload.generation ?? 0,
            contentHash: payload.contentHash.flatMap { Fingerprint(hex: $0) } ?? .ofNothing,
            facetsHash: payload.facetsHash.flatMap { Fingerprint(hex: $0) } ?? .ofNothing, isMisplaced: !isInPlace,
            place: isInPlace ? nil : id)
    }

    /// What labels are made of.
    static let labelKeys: [JSONValue] = [
        "company_id", "platform", "doc_type", "original_id", "generation", "content_hash", "facets_hash",
    ].map { .string($0) }
}

extension Fingerprint {
    /// Of nothing: differs from every real one.
    static var ofNothing: Fingerprint { Fingerprint(digest: [UInt8](repeating: 0, count: 32)) }
}

/// A point's payload as a result of a search shows it.
struct QdrantHit: Decodable {
    struct Payload: Decodable {
        var subject: String
        var summary: Summary
        var metadata: Metadata
        var indexedAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case subject, summary, metadata
            case indexedAt = "indexed_at"
        }
    }

    var id: String
    var payload: Payload

    static let keys: [JSONValue] = ["subject", "summary", "metadata", "indexed_at"].map { .string($0) }
}
