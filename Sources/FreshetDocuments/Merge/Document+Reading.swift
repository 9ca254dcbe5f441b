package import FreshetCore

extension Document {
    /// What a model may see and a content fingerprint covers; what it leaves out, no summary can depend on.
    ///
    /// `followsResolution` is the policy that a summary's result follows the ticket's becoming resolved or closed.
    package func content(followsResolution: Bool) -> Content {
        Content(
            kind: item.kind, subject: subject, description: description,
            entries: conversations.map {
                Content.Entry(id: $0.id, role: $0.author.role, isPrivate: $0.isPrivate, text: $0.body)
            },
            translations: translations,
            attachments: attachments.map {
                Attachment(attachmentID: $0.attachmentID, fileName: $0.fileName, contentType: nil, size: $0.size)
            },
            isResolved: followsResolution && (metadata.stage == .resolved || metadata.stage == .closed))
    }

    /// The thread as one readable text: every message under a line that says who wrote it and whether it is private. Of
    /// an article its text, then each translation under a line that names its language.
    ///
    /// Made of content alone, so it stays the same when only labels change. Without the subject, which stands beside it.
    package var mergedContent: String {
        var parts: [String] = []
        if !description.isEmpty {
            let mark = item.kind == .ticket ? "[\(Author.Role.requester.rawValue)]\n" : ""
            parts.append(mark + description)
        }
        for message in conversations where !message.body.isEmpty {
            let mark = message.isPrivate ? "\(message.author.role.rawValue), private" : message.author.role.rawValue
            parts.append("[\(mark)]\n\(message.body)")
        }
        for translation in translations {
            let text = [translation.title, translation.text].filter { !$0.isEmpty }.joined(separator: "\n")
            parts.append("[\(translation.language)]\n\(text)")
        }
        if !attachments.isEmpty {
            parts.append("[attachments]\n\(attachments.map(\.fileName).joined(separator: "\n"))")
        }
        return parts.joined(separator: "\n\n")
    }

    /// The subject in every language that there is, a line each.
    package var titles: String {
        ([subject] + translations.map(\.title)).filter { !$0.isEmpty }.joined(separator: "\n")
    }
}

extension Content {
    /// Everything written, without marks: subject, description, messages, translations, a blank line between them.
    package var text: String {
        ([subject, description] + entries.map(\.text) + translations.flatMap { [$0.title, $0.text] }).filter {
            !$0.isEmpty
        }.joined(separator: "\n\n")
    }
}

extension Point {
    /// Of a document, whichever part of the river writes it.
    package init(
        of document: Document, _ summary: Summary, contentHash: Fingerprint, facetsHash: Fingerprint, generation: Int64,
        indexedAt: Timestamp, embedding: Embedding, summariser: String?, embedder: String?
    ) {
        self.init(
            item: document.item, subject: document.subject, summary: summary, text: document.mergedContent,
            attachments: document.attachments, metadata: document.metadata, contentHash: contentHash,
            facetsHash: facetsHash, generation: generation, indexedAt: indexedAt, embedding: embedding,
            summariser: summariser, embedder: embedder)
    }
}
