package import FreshetCore

extension Document {
    /// The whole thread as one normalised document (design 7).
    ///
    /// Pure, and the same for every order in which the help desk delivers messages, attachments and tags: messages
    /// stand by time and id, attachments by id, tags by their text. Bodies lose their HTML (`HTMLText`), every other
    /// text is one line in the form of `PlainText`, and a blank text counts as none. A message or attachment that
    /// arrives twice, because a page shifted while it was read, is there once.
    package init(merging source: SourceTicket) {
        let description = HTMLText.plain(source.descriptionHTML)
        var messages = Self.ordered(source.messages)
        if source.repeatsFirstMessage, let first = messages.first, !first.isPrivate, first.body == description {
            messages.removeFirst()
        }
        var metadata = source.metadata.normalised
        metadata.isArchived = metadata.isArchived || source.isArchived
        self.init(
            item: source.item, subject: PlainText.line(source.subject), description: description,
            conversations: messages,
            attachments: Self.ordered(source.attachments + source.messages.flatMap(\.attachments)),
            metadata: metadata)
    }

    /// An article and its translations as one normalised document; the same for every order in which they and its
    /// attachments and tags are delivered. A translation without any text counts as none.
    package init(merging source: SourceArticle) {
        var translations: [String: Translation] = [:]
        for other in source.translations {
            let translation = Translation(
                language: PlainText.line(other.language), title: PlainText.line(other.title),
                text: HTMLText.plain(other.descriptionHTML))
            if !translation.title.isEmpty || !translation.text.isEmpty {
                translations[translation.language] = translation
            }
        }
        let ordered = translations.values.sorted { $0.language.utf8.lexicographicallyPrecedes($1.language.utf8) }
        var metadata = source.metadata.normalised
        metadata.article?.translations = ordered.map(\.language)
        self.init(
            item: source.item, subject: PlainText.line(source.title),
            description: HTMLText.plain(source.descriptionHTML), conversations: [], translations: ordered,
            attachments: Self.ordered(source.attachments), metadata: metadata)
    }

    private static func ordered(_ messages: [SourceMessage]) -> [Message] {
        var latest: [Int64: SourceMessage] = [:]
        for message in messages {
            guard let other = latest[message.id] else {
                latest[message.id] = message
                continue
            }
            if (message.editedAt ?? message.createdAt) >= (other.editedAt ?? other.createdAt) {
                latest[message.id] = message
            }
        }
        return latest.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.map(Message.init(normalising:))
    }

    private static func ordered(_ attachments: [Attachment]) -> [Attachment] {
        var byID: [Int64: Attachment] = [:]
        for attachment in attachments { byID[attachment.attachmentID] = attachment.normalised }
        return byID.values.sorted { $0.attachmentID < $1.attachmentID }
    }
}

extension Message {
    fileprivate init(normalising source: SourceMessage) {
        self.init(
            id: source.id, author: source.author.normalised, isPrivate: source.isPrivate,
            isIncoming: source.isIncoming, body: HTMLText.plain(source.bodyHTML), createdAt: source.createdAt,
            editedAt: source.editedAt)
    }
}

extension Author {
    fileprivate var normalised: Author { Author(role: role, id: id, name: PlainText.line(name)) }
}

extension Attachment {
    fileprivate var normalised: Attachment {
        Attachment(
            attachmentID: attachmentID, fileName: PlainText.line(fileName), contentType: PlainText.line(contentType),
            size: size)
    }
}

extension Person {
    fileprivate var normalised: Person {
        Person(id: id, name: PlainText.line(name), email: PlainText.line(email))
    }
}

extension Label {
    fileprivate var normalised: Label { Label(id: id, name: PlainText.line(name)) }
}

extension ArticlePlace {
    /// With its names as they stand in a document, to be compared with one.
    package var normalised: ArticlePlace {
        ArticlePlace(
            category: category.normalised, folder: folder.normalised, visibility: visibility, isDraft: isDraft)
    }
}

extension Metadata {
    fileprivate var normalised: Metadata {
        var result = self
        result.status = status.normalised
        result.priority = priority.normalised
        result.type = PlainText.line(type)
        result.source = source.normalised
        result.tags = Set(tags.compactMap { PlainText.line(Optional($0)) }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        result.group = group?.normalised
        result.product = product?.normalised
        result.agent = agent?.normalised
        result.requester = requester?.normalised
        result.organisation = organisation?.normalised
        if let article {
            result.article = ArticleLabels(
                place: article.place.normalised, language: PlainText.line(article.language),
                translations: article.translations)
        }
        // An empty field looks the same whether the help desk sends it or not: a field that the customer defines
        // tomorrow must not change every ticket there is.
        result.customFields = [:]
        for (name, value) in customFields {
            if let name = PlainText.line(Optional(name)), let value = value.normalised {
                result.customFields[name] = value
            }
        }
        return result
    }
}

extension JSONValue {
    /// With its texts as `PlainText`, white space at line ends included; `nil` for what shows as nothing. As deep as
    /// the decoder let it be.
    fileprivate var normalised: JSONValue? {
        switch self {
        case .null: return nil
        case .bool, .integer, .number: return self
        case .string(let text):
            let text = PlainText.text(text)
            return text.isEmpty ? nil : .string(text)
        case .array(let values):
            let values = values.compactMap(\.normalised)
            return values.isEmpty ? nil : .array(values)
        case .object(let members):
            let members = members.compactMapValues(\.normalised)
            return members.isEmpty ? nil : .object(members)
        }
    }
}
