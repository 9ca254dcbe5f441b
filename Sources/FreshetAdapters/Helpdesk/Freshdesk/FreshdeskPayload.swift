import Foundation
import FreshetCore

// What Freshdesk's API sends, as far as we read it. Keys that we do not name are ignored; enums stay numbers, since new
// ones appear without notice. Source: https://developers.freshdesk.com/api/, sections Tickets and Conversations.

/// `GET /tickets/{id}`, an archived ticket, or a row of a ticket list.
struct TicketPayload: Decodable, Sendable {
    var id: Int64
    var subject: String
    var descriptionHTML: String
    var status: Int64?
    var priority: Int64?
    var source: Int64?
    var type: String?
    var tags: [String]
    var requesterID: Int64?
    var responderID: Int64?
    var groupID: Int64?
    var productID: Int64?
    var companyID: Int64?
    /// 1 parent, 2 child, 3 tracker, 4 related.
    var associationType: Int64?
    var parentID: Int64?
    var customFields: [String: JSONValue]
    var attachments: [AttachmentPayload]
    var isSpam: Bool
    /// The key is absent on tickets that are not in the trash.
    var isDeleted: Bool
    var isArchived: Bool
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var requester: ContactPayload?
    var stats: StatsPayload?
    /// At most ten, oldest first; `nil` when the answer does not hold them at all, which is not "none".
    var conversations: [ConversationPayload]?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        subject = try values.text(.subject) ?? ""
        descriptionHTML = try values.text(.description) ?? ""
        status = try values.integer(.status)
        priority = try values.integer(.priority)
        source = try values.integer(.source)
        type = try values.text(.type)
        tags = try values.texts(.tags)
        requesterID = try values.integer(.requesterID)
        responderID = try values.integer(.responderID)
        groupID = try values.integer(.groupID)
        productID = try values.integer(.productID)
        companyID = try values.integer(.companyID)
        associationType = try values.integer(.associationType)
        parentID = try values.integer(.parentID)
        customFields = try values.optional([String: JSONValue].self, .customFields) ?? [:]
        attachments = try values.list(AttachmentPayload.self, .attachments)
        isSpam = try values.flag(.spam) ?? false
        isDeleted = try values.flag(.deleted) ?? false
        isArchived = try values.flag(.archived) ?? false
        createdAt = try values.requiredTime(.createdAt)
        updatedAt = try values.requiredTime(.updatedAt)
        requester = try values.optional(ContactPayload.self, .requester)
        stats = try values.optional(StatsPayload.self, .stats)
        conversations = try values.optional([ConversationPayload].self, .conversations)
    }

    enum CodingKeys: String, CodingKey {
        case id, subject, description, status, priority, source, type, tags, attachments, spam, deleted, archived
        case requester, stats, conversations
        case requesterID = "requester_id"
        case responderID = "responder_id"
        case groupID = "group_id"
        case productID = "product_id"
        case companyID = "company_id"
        case associationType = "association_type"
        case parentID = "parent_id"
        case customFields = "custom_fields"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// What a listing needs of a row: rows are read for this only, so that nothing else in one can stop a whole listing.
struct TicketRowPayload: Decodable, Sendable, Equatable {
    var id: Int64
    var updatedAt: Timestamp

    init(id: Int64, updatedAt: Timestamp) {
        self.id = id
        self.updatedAt = updatedAt
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: TicketPayload.CodingKeys.self)
        id = try values.requiredInteger(.id)
        updatedAt = try values.requiredTime(.updatedAt)
    }
}

struct StatsPayload: Decodable, Sendable {
    var resolvedAt: Timestamp?
    var closedAt: Timestamp?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        resolvedAt = try values.time(.resolvedAt)
        closedAt = try values.time(.closedAt)
    }

    enum CodingKeys: String, CodingKey {
        case resolvedAt = "resolved_at"
        case closedAt = "closed_at"
    }
}

/// The requester inside a ticket, the contact inside an agent.
struct ContactPayload: Decodable, Sendable {
    var id: Int64?
    var name: String?
    var email: String?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.integer(.id)
        name = try values.text(.name)
        email = try values.text(.email)
    }

    enum CodingKeys: String, CodingKey { case id, name, email }
}

/// One of `GET /tickets/{id}/conversations`, or of the ten inside a ticket.
struct ConversationPayload: Decodable, Sendable {
    var id: Int64
    var userID: Int64?
    var isIncoming: Bool
    var isPrivate: Bool
    var category: Int64?
    var bodyHTML: String
    var attachments: [AttachmentPayload]
    var isAutoResponse: Bool
    var automationID: Int64?
    var createdAt: Timestamp
    var lastEditedAt: Timestamp?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        userID = try values.integer(.userID)
        isIncoming = try values.flag(.incoming) ?? false
        isPrivate = try values.flag(.private) ?? false
        category = try values.integer(.category)
        bodyHTML = try values.text(.body) ?? ""
        attachments = try values.list(AttachmentPayload.self, .attachments)
        isAutoResponse = try values.flag(.autoResponse) ?? false
        automationID = try values.integer(.automationID)
        createdAt = try values.requiredTime(.createdAt)
        lastEditedAt = try values.time(.lastEditedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, incoming, `private`, category, body, attachments
        case userID = "user_id"
        case autoResponse = "auto_response"
        case automationID = "automation_id"
        case createdAt = "created_at"
        case lastEditedAt = "last_edited_at"
    }
}

/// Its link is left out on purpose: it is signed anew on every fetch.
struct AttachmentPayload: Decodable, Sendable {
    var id: Int64
    var name: String
    var contentType: String?
    var size: Int64

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        name = try values.text(.name) ?? ""
        contentType = try values.text(.contentType)
        size = try values.integer(.size) ?? values.integer(.fileSize) ?? 0
    }

    enum CodingKeys: String, CodingKey {
        case id, name, size
        case contentType = "content_type"
        case fileSize = "file_size"
    }
}

/// `GET /agents`: the name is under `contact`.
struct AgentPayload: Decodable, Sendable {
    var id: Int64
    var contact: ContactPayload?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        contact = try values.optional(ContactPayload.self, .contact)
    }

    enum CodingKeys: String, CodingKey { case id, contact }
}

/// `GET /groups`, `GET /products`.
struct NamedPayload: Decodable, Sendable {
    var id: Int64
    var name: String?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        name = try values.text(.name)
    }

    enum CodingKeys: String, CodingKey { case id, name }
}

/// `GET /ticket_fields`. The shape of `choices` differs from field to field.
struct TicketFieldPayload: Decodable, Sendable {
    var name: String?
    var type: String?
    var choices: JSONValue

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.text(.name)
        type = try values.text(.type)
        choices = try values.optional(JSONValue.self, .choices) ?? .null
    }

    /// Labels by number, whichever way round they are written: `{"2": ["Open", "Being processed"]}` (agents' label first),
    /// `{"2": "Open"}`, `{"Low": 1}`, `[{"id": 2, "label": "Open"}]`.
    var labels: [Int64: String] {
        var labels: [Int64: String] = [:]
        switch choices {
        case .object(let members):
            for (key, value) in members {
                switch value {
                case .integer(let number): labels[number] = key
                case .string(let label): if let number = Int64(key) { labels[number] = label }
                case .array(let names):
                    if let number = Int64(key), case .string(let label)? = names.first { labels[number] = label }
                case .null, .bool, .number, .object: continue
                }
            }
        case .array(let choices):
            for case .object(let choice) in choices {
                guard case .string(let label)? = choice["label"] ?? choice["value"] else { continue }
                for key in ["id", "value"] {
                    if case .integer(let number)? = choice[key] { labels[number] = labels[number] ?? label }
                }
            }
        case .null, .bool, .integer, .number, .string: break
        }
        return labels
    }

    enum CodingKeys: String, CodingKey { case name, type, choices }
}

/// An error's body, where there is one in JSON.
struct ErrorPayload: Decodable, Sendable {
    struct Detail: Decodable, Sendable {
        var code: String?
    }

    var code: String?
    var errors: [Detail]?

    /// Freshdesk's own word for what is wrong; only such words pass, never text that somebody wrote.
    static func code(in body: Data) -> String {
        guard !body.isEmpty, body.count <= 65_536 else { return "unknown" }
        let payload: ErrorPayload
        do {
            payload = try JSONDecoder().decode(ErrorPayload.self, from: body)
        } catch {
            // Error bodies may be empty, HTML or anything else: then the status alone speaks.
            return "unknown"
        }
        let word = payload.code ?? payload.errors?.first?.code ?? "unknown"
        let isWord = (1...40).contains(word.utf8.count) && word.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
        return isWord ? word : "unknown"
    }
}
