/// A ticket as a help desk said it, in our words: everything decoded, nothing normalised yet.
///
/// Bodies are HTML as received; `Document(merging:)` turns them into text. Links to attachments are left out on
/// purpose: they change with every fetch.
package struct SourceTicket: Sendable, Equatable {
    package var item: Item
    package var subject: String
    package var descriptionHTML: String
    /// Every message after the first, oldest first, the whole conversation.
    package var messages: [SourceMessage]
    /// Attachments of the first message; later ones hang on their message.
    package var attachments: [Attachment]
    package var metadata: Metadata
    /// The channel repeats the first message as first conversation (web chat): drop it when merging.
    package var repeatsFirstMessage: Bool
    /// Spam and trash are told by `SourceState`; archived tickets are present and read-only.
    package var isArchived: Bool

    package init(
        item: Item, subject: String, descriptionHTML: String, messages: [SourceMessage], attachments: [Attachment],
        metadata: Metadata, repeatsFirstMessage: Bool = false, isArchived: Bool = false
    ) {
        self.item = item
        self.subject = subject
        self.descriptionHTML = descriptionHTML
        self.messages = messages
        self.attachments = attachments
        self.metadata = metadata
        self.repeatsFirstMessage = repeatsFirstMessage
        self.isArchived = isArchived
    }
}

/// One reply or note as the help desk said it.
package struct SourceMessage: Sendable, Equatable {
    package var id: Int64
    package var author: Author
    package var isPrivate: Bool
    package var isIncoming: Bool
    package var bodyHTML: String
    package var attachments: [Attachment]
    package var createdAt: Timestamp
    package var editedAt: Timestamp?

    package init(
        id: Int64, author: Author, isPrivate: Bool, isIncoming: Bool, bodyHTML: String, attachments: [Attachment] = [],
        createdAt: Timestamp, editedAt: Timestamp? = nil
    ) {
        self.id = id
        self.author = author
        self.isPrivate = isPrivate
        self.isIncoming = isIncoming
        self.bodyHTML = bodyHTML
        self.attachments = attachments
        self.createdAt = createdAt
        self.editedAt = editedAt
    }
}

/// The present state of an item at the help desk.
package enum SourceState: Sendable, Equatable {
    /// A ticket that is there.
    case present(SourceTicket)
    /// An article that is there, drafts and such that not everybody may read included.
    case article(SourceArticle)
    /// Only on the platform's own word; an absence is never this.
    case gone(Gone)
}

/// How the platform said that an item is gone.
package enum Gone: String, Sendable, Codable, CaseIterable {
    /// In the trash.
    case deleted
    /// Marked as spam.
    case spam
    /// Neither the item nor an archived copy exists (404 on all that there is).
    case purged
}
