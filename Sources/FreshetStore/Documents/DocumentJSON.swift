import FreshetCore

/// A document as it is stored: JSON with the names of design section 7.
///
/// Reading gives back exactly what was written, with one reservation: of a custom field that is a number without a
/// fraction, JSON does not say which of our two kinds of number it was, and it comes back as an integer.
struct DocumentJSON: Codable {
    var companyID: CompanyID
    var platform: Platform
    var docType: ItemKind
    var originalID: Int64
    var subject: String
    var description: String
    var conversations: [Message]
    /// Absent for tickets.
    var translations: [Translation]?
    var attachments: [Attachment]
    var metadata: Metadata

    enum CodingKeys: String, CodingKey {
        case companyID = "company_id"
        case platform
        case docType = "doc_type"
        case originalID = "original_id"
        case subject, description, conversations, translations, attachments, metadata
    }

    init(_ document: Document) {
        companyID = document.item.company
        platform = document.item.platform
        docType = document.item.kind
        originalID = document.item.originalID
        subject = document.subject
        description = document.description
        conversations = document.conversations
        translations = document.translations.isEmpty ? nil : document.translations
        attachments = document.attachments
        metadata = document.metadata
    }

    var document: Document {
        Document(
            item: Item(company: companyID, platform: platform, kind: docType, originalID: originalID), subject: subject,
            description: description, conversations: conversations, translations: translations ?? [],
            attachments: attachments, metadata: metadata)
    }
}
