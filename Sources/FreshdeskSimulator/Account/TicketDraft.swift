/// The fields of a create or update call, checked. `nil` is "not named"; a doubly optional field can be set to null.
package struct TicketDraft: Sendable, Equatable {
    package var subject: String?
    /// HTML.
    package var description: String?
    package var requesterID: Int64?
    package var email: String?
    package var phone: String?
    package var name: String?
    package var status: Int64?
    package var priority: Int64?
    package var source: Int64?
    package var type: String??
    package var tags: [String]?
    package var responderID: Int64??
    package var groupID: Int64??
    package var productID: Int64??
    package var companyID: Int64??
    package var ccEmails: [String]?
    package var customFields: [String: JSON] = [:]
    package var dueBy: Seconds?
    package var firstResponseDueBy: Seconds?
    package var attachments: [AttachmentDraft] = []

    package init() {}

    var namesRequester: Bool { requesterID != nil || email != nil || phone != nil }
}

/// A file that a call attaches: metadata only, since nothing here stores bytes.
package struct AttachmentDraft: Sendable, Equatable {
    package var name: String
    package var contentType: String
    package var size: Int64

    package init(name: String, contentType: String, size: Int64) {
        self.name = name
        self.contentType = contentType
        self.size = size
    }
}

/// The fields of a reply or note call, checked.
package struct MessageDraft: Sendable, Equatable {
    /// HTML.
    package var body: String
    package var isPrivate = false
    package var incoming = false
    package var userID: Int64?
    package var ccEmails: [String] = []
    package var toEmails: [String]?
    package var attachments: [AttachmentDraft] = []

    package init(body: String) { self.body = body }
}
