import FreshetCore

// The knowledge base as Freshdesk's API sends it, as far as we read it.
// Source: https://developers.freshdesk.com/api/, section Solutions.

/// `GET /solutions/articles/{id}`, with a language behind it, or a row of a folder's articles.
struct ArticlePayload: Decodable, Sendable {
    var id: Int64
    var title: String
    var descriptionHTML: String
    var status: Int64?
    var agentID: Int64?
    var folderID: Int64?
    var tags: [String]
    var attachments: [AttachmentPayload]
    var createdAt: Timestamp
    var updatedAt: Timestamp

    /// Everything but "published" is nobody's to read yet.
    var isDraft: Bool { status != 2 }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        title = try values.text(.title) ?? ""
        descriptionHTML = try values.text(.description) ?? ""
        status = try values.integer(.status)
        agentID = try values.integer(.agentID)
        folderID = try values.integer(.folderID)
        tags = try values.texts(.tags)
        attachments = try values.list(AttachmentPayload.self, .attachments)
        createdAt = try values.requiredTime(.createdAt)
        updatedAt = try values.requiredTime(.updatedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, title, description, status, tags, attachments
        case agentID = "agent_id"
        case folderID = "folder_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// What a walk needs of a row, be it a category, a folder or an article: nothing else in it can stop the walk.
struct TreeRowPayload: Decodable, Sendable {
    var id: Int64
    var name: String?
    var visibility: Int64?
    var parentFolderID: Int64?
    var subFoldersCount: Int64?
    var status: Int64?
    var updatedAt: Timestamp?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        name = try values.text(.name)
        visibility = try values.integer(.visibility)
        parentFolderID = try values.integer(.parentFolderID)
        subFoldersCount = try values.integer(.subFoldersCount)
        status = try values.integer(.status)
        updatedAt = try values.time(.updatedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, visibility, status
        case parentFolderID = "parent_folder_id"
        case subFoldersCount = "sub_folders_count"
        case updatedAt = "updated_at"
    }
}

/// `GET /solutions/folders/{id}`.
struct FolderPayload: Decodable, Sendable {
    var id: Int64
    var name: String?
    var visibility: Int64?
    var categoryID: Int64?
    var parentFolderID: Int64?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        name = try values.text(.name)
        visibility = try values.integer(.visibility)
        categoryID = try values.integer(.categoryID)
        parentFolderID = try values.integer(.parentFolderID)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, visibility
        case categoryID = "category_id"
        case parentFolderID = "parent_folder_id"
    }
}

/// `GET /settings/helpdesk`.
struct LanguagesPayload: Decodable, Sendable, Equatable {
    var primary: String?
    var others: Set<String>

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        primary = try values.text(.primary)
        others = Set(try values.texts(.supported) + values.texts(.portal))
    }

    enum CodingKeys: String, CodingKey {
        case primary = "primary_language"
        case supported = "supported_languages"
        case portal = "portal_languages"
    }
}

extension Visibility {
    /// Of a folder's number.
    init(freshdesk number: Int64?) {
        self =
            switch number {
            case 1: .everyone
            case 2: .customers
            case 3: .agents
            case 4: .companies
            case 5: .bots
            case 6: .contactSegments
            case 7: .companySegments
            default: .unknown
            }
    }
}
