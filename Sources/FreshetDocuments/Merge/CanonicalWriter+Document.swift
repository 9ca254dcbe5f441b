import FreshetCore

// The two forms that are hashed. Keys are written in canonical order by hand; a test reads them back and compares with
// `CanonicalJSON`. 64-bit ids are strings, since RFC 8785 would round them.
extension CanonicalWriter {
    mutating func write(_ content: Content, version: Int64) {
        switch content.kind {
        case .ticket: write(ticket: content, version: version)
        case .article: write(article: content, version: version)
        }
    }

    /// The kind is in it: an article and a ticket of the same words are summarised differently.
    private mutating func write(article content: Content, version: Int64) {
        raw("{\"attachments\":")
        attachments(content.attachments)
        raw(",\"description\":")
        string(content.description)
        raw(",\"kind\":\"article\",\"subject\":")
        string(content.subject)
        raw(",\"translations\":")
        list(content.translations) { writer, translation in
            writer.raw("{\"language\":")
            writer.string(translation.language)
            writer.raw(",\"text\":")
            writer.string(translation.text)
            writer.raw(",\"title\":")
            writer.string(translation.title)
            writer.raw("}")
        }
        raw(",\"v\":")
        integer(version)
        raw("}")
    }

    private mutating func attachments(_ attachments: [Attachment]) {
        list(attachments) { writer, attachment in
            writer.raw("{\"id\":")
            writer.id(attachment.attachmentID)
            writer.raw(",\"name\":")
            writer.string(attachment.fileName)
            writer.raw(",\"size\":")
            writer.count(attachment.size)
            writer.raw("}")
        }
    }

    private mutating func write(ticket content: Content, version: Int64) {
        raw("{\"attachments\":")
        attachments(content.attachments)
        raw(",\"description\":")
        string(content.description)
        raw(",\"messages\":")
        list(content.entries) { writer, entry in
            writer.raw("{\"id\":")
            writer.id(entry.id)
            writer.raw(",\"private\":")
            writer.bool(entry.isPrivate)
            writer.raw(",\"role\":")
            writer.string(entry.role.rawValue)
            writer.raw(",\"text\":")
            writer.string(entry.text)
            writer.raw("}")
        }
        raw(",\"resolved\":")
        bool(content.isResolved)
        raw(",\"subject\":")
        string(content.subject)
        raw(",\"v\":")
        integer(version)
        raw("}")
    }

    mutating func write(facetsOf document: Document, version: Int64) {
        let metadata = document.metadata
        raw("{\"agent\":")
        person(metadata.agent)
        raw(",\"archived\":")
        bool(metadata.isArchived)
        // Absent, not null, where there is none: what a ticket hashes to stays as it was.
        if let article = metadata.article {
            raw(",\"article\":")
            write(article)
        }
        raw(",\"authors\":")
        list(Self.authors(of: document)) { writer, author in
            writer.raw("{\"id\":")
            if let id = author.id { writer.id(id) } else { writer.raw("null") }
            writer.raw(",\"name\":")
            writer.string(orNull: author.name)
            writer.raw("}")
        }
        raw(",\"created_at\":")
        string(metadata.createdAt.iso8601)
        raw(",\"custom_fields\":")
        value(.object(metadata.customFields))
        raw(",\"group\":")
        label(metadata.group)
        // Most have neither: left out, so that what was written down before there were these stays the same.
        if let primary = metadata.mergedIntoID {
            raw(",\"merged_into\":")
            id(primary)
        }
        raw(",\"organisation\":")
        label(metadata.organisation)
        if let parent = metadata.parentID {
            raw(",\"parent\":")
            id(parent)
        }
        raw(",\"priority\":")
        label(metadata.priority)
        raw(",\"product\":")
        label(metadata.product)
        raw(",\"requester\":")
        person(metadata.requester)
        raw(",\"source\":")
        label(metadata.source)
        raw(",\"stage\":")
        string(metadata.stage.rawValue)
        raw(",\"status\":")
        label(metadata.status)
        raw(",\"tags\":")
        list(metadata.tags) { writer, tag in writer.string(tag) }
        raw(",\"type\":")
        string(orNull: metadata.type)
        raw(",\"v\":")
        integer(version)
        raw("}")
    }

    private mutating func write(_ article: ArticleLabels) {
        raw("{\"category\":")
        label(article.place.category)
        raw(",\"draft\":")
        bool(article.place.isDraft)
        raw(",\"folder\":")
        label(article.place.folder)
        raw(",\"language\":")
        string(orNull: article.language)
        raw(",\"visibility\":")
        string(article.place.visibility.rawValue)
        raw("}")
    }

    /// Everybody who wrote, once, by id and name.
    private static func authors(of document: Document) -> [(id: Int64?, name: String?)] {
        struct Key: Hashable { var id: Int64?, name: String? }
        let keys = Set(document.conversations.map { Key(id: $0.author.id, name: $0.author.name) })
        return keys.filter { $0.id != nil || $0.name != nil }.map { ($0.id, $0.name) }.sorted { a, b in
            if a.id != b.id { return (a.id ?? .min) < (b.id ?? .min) }
            return (a.name ?? "").utf8.lexicographicallyPrecedes((b.name ?? "").utf8)
        }
    }

    private mutating func list<Element>(
        _ elements: [Element], _ write: (inout CanonicalWriter, Element) -> Void
    ) {
        byte(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { byte(UInt8(ascii: ",")) }
            write(&self, element)
        }
        byte(UInt8(ascii: "]"))
    }

    private mutating func label(_ label: Label?) {
        guard let label else { return raw("null") }
        raw("{\"id\":")
        id(label.id)
        raw(",\"name\":")
        string(orNull: label.name)
        raw("}")
    }

    private mutating func person(_ person: Person?) {
        guard let person else { return raw("null") }
        raw("{\"email\":")
        string(orNull: person.email)
        raw(",\"id\":")
        id(person.id)
        raw(",\"name\":")
        string(orNull: person.name)
        raw("}")
    }

    /// What a customer defined. Unlike `CanonicalJSON` this cannot refuse: integers that no double holds become their
    /// digits as a string, which is what a reader sees of them, and likewise what is not finite.
    private mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): bool(flag)
        case .integer(let number):
            if let exact = Double(exactly: number) { raw(ECMAScriptNumber.text(of: exact)) } else { id(number) }
        case .number(let number):
            if number.isFinite { raw(ECMAScriptNumber.text(of: number)) } else { string(number.description) }
        case .string(let text): string(text)
        case .array(let values): list(values) { writer, element in writer.value(element) }
        case .object(let members):
            byte(UInt8(ascii: "{"))
            for (index, key) in CanonicalJSON.sorted(members.keys).enumerated() {
                if index > 0 { byte(UInt8(ascii: ",")) }
                string(key)
                byte(UInt8(ascii: ":"))
                self.value(members[key] ?? .null)
            }
            byte(UInt8(ascii: "}"))
        }
    }
}
