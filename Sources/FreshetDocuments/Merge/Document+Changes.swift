package import FreshetCore

extension Document {
    /// Names of what differs from `old`, for the decision ledger: `subject`, `status`, `message 62099000101`,
    /// `message 62099000102 added`, `attachment 7 removed`, `custom field cf_region`. At most `limit`, then one line
    /// that counts the rest. Empty when nothing differs that a fingerprint covers, or when there is no older document.
    ///
    /// Names of fields and ids only: no text of the ticket but the names of its custom fields.
    package func changes(since old: Document?, limit: Int = 20) -> [String] {
        guard let old else { return [] }
        var names: [String] = []
        if subject != old.subject { names.append("subject") }
        if description != old.description { names.append("description") }
        names += messageChanges(since: old)
        names += translationChanges(since: old)
        names += attachmentChanges(since: old)
        names += metadata.changes(since: old.metadata)
        if authors != old.authors { names.append("authors") }
        guard names.count > limit else { return names }
        return names.prefix(limit) + ["\(names.count - limit) more"]
    }

    private func messageChanges(since old: Document) -> [String] {
        let before = Dictionary(old.conversations.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let after = Set(conversations.map(\.id))
        let changed = conversations.compactMap { message -> String? in
            guard let known = before[message.id] else { return "message \(message.id) added" }
            let isSame =
                known.body == message.body && known.author.role == message.author.role
                && known.isPrivate == message.isPrivate
            return isSame ? nil : "message \(message.id)"
        }
        return changed
            + old.conversations.filter { !after.contains($0.id) }.map { "message \($0.id) removed" }
    }

    private func translationChanges(since old: Document) -> [String] {
        let before = Dictionary(old.translations.map { ($0.language, $0) }, uniquingKeysWith: { $1 })
        let after = Set(translations.map(\.language))
        let changed = translations.compactMap { translation -> String? in
            guard let known = before[translation.language] else { return "translation \(translation.language) added" }
            return known == translation ? nil : "translation \(translation.language)"
        }
        return changed
            + old.translations.filter { !after.contains($0.language) }.map { "translation \($0.language) removed" }
    }

    private func attachmentChanges(since old: Document) -> [String] {
        let before = Dictionary(old.attachments.map { ($0.attachmentID, $0) }, uniquingKeysWith: { $1 })
        let after = Set(attachments.map(\.attachmentID))
        let changed = attachments.compactMap { attachment -> String? in
            guard let known = before[attachment.attachmentID] else {
                return "attachment \(attachment.attachmentID) added"
            }
            let isSame = known.fileName == attachment.fileName && known.size == attachment.size
            return isSame ? nil : "attachment \(attachment.attachmentID)"
        }
        return changed
            + old.attachments.filter { !after.contains($0.attachmentID) }
            .map { "attachment \($0.attachmentID) removed" }
    }

    private var authors: Set<Author> {
        Set(conversations.map { Author(role: .agent, id: $0.author.id, name: $0.author.name) })
    }
}

extension Metadata {
    fileprivate func changes(since old: Metadata) -> [String] {
        var names: [String] = []
        if stage != old.stage || status != old.status { names.append("status") }
        if priority != old.priority { names.append("priority") }
        if type != old.type { names.append("type") }
        if source != old.source { names.append("source") }
        if tags != old.tags { names.append("tags") }
        if group != old.group { names.append("group") }
        if product != old.product { names.append("product") }
        if agent != old.agent { names.append("agent") }
        if requester != old.requester { names.append("requester") }
        if organisation != old.organisation { names.append("organisation") }
        if createdAt != old.createdAt { names.append("created_at") }
        if parentID != old.parentID { names.append("parent") }
        if mergedIntoID != old.mergedIntoID { names.append("merged_into") }
        if isArchived != old.isArchived { names.append("archived") }
        if article?.place.category != old.article?.place.category { names.append("category") }
        if article?.place.folder != old.article?.place.folder { names.append("folder") }
        if article?.place.visibility != old.article?.place.visibility { names.append("visibility") }
        if article?.place.isDraft != old.article?.place.isDraft { names.append("draft") }
        if article?.language != old.article?.language { names.append("language") }
        for field in Set(customFields.keys).union(old.customFields.keys).sorted()
        where customFields[field] != old.customFields[field] {
            names.append("custom field \(field)")
        }
        return names
    }
}
