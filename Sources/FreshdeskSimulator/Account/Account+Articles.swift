/// The fields of a call that makes or changes an article or a translation, checked. `nil` is "not named".
package struct ArticleDraft: Sendable, Equatable {
    package var title: String?
    /// HTML.
    package var description: String?
    package var status: Int64?
    package var type: Int64?
    package var agentID: Int64?
    package var folderID: Int64?
    package var tags: [String]?
    package var attachments: [AttachmentDraft] = []

    package init(title: String? = nil, description: String? = nil, status: Int64? = nil) {
        self.title = title
        self.description = description
        self.status = status
    }
}

/// What happens to the knowledge base. Nobody is told: Freshdesk has no event for it (freshdesk.md 2).
extension Account {
    /// The account's own language, in which articles are written, and those that they are translated into.
    package static let primaryLanguage = "en"
    package static let otherLanguages = ["ko"]

    package mutating func addCategory(_ name: String, description: String?, now: Seconds) throws(Refusal) -> Int64 {
        guard !knowledgeBase.categories.values.contains(where: { $0.name == name }) else { throw Self.nameTaken }
        let id = knowledgeBase.categoryIDs.take()
        knowledgeBase.categories[id] = ArticleCategory(
            id: id, name: name, description: description, createdAt: now, updatedAt: now)
        return id
    }

    package mutating func change(
        category id: Int64, name: String?, description: String?, now: Seconds
    ) throws(Refusal) {
        guard var category = knowledgeBase.categories[id] else { throw .notFound }
        category.name = name ?? category.name
        category.description = description ?? category.description
        category.updatedAt = now
        knowledgeBase.categories[id] = category
    }

    package mutating func remove(category id: Int64) throws(Refusal) {
        guard knowledgeBase.categories.removeValue(forKey: id) != nil else { throw .notFound }
        for folder in knowledgeBase.folders(ofCategory: id) { try remove(folder: folder.id) }
    }

    package mutating func addFolder(
        _ name: String, description: String?, visibility: Int64, category: Int64, parent: Int64?, now: Seconds
    ) throws(Refusal) -> Int64 {
        guard knowledgeBase.categories[category] != nil else { throw .notFound }
        if let parent, knowledgeBase.folders[parent]?.categoryID != category {
            throw .invalid("parent_folder_id", "There is no folder matching the given parent_folder_id")
        }
        let siblings =
            parent.map { knowledgeBase.folders(inFolder: $0) } ?? knowledgeBase.folders(ofCategory: category)
        guard !siblings.contains(where: { $0.name == name }) else { throw Self.nameTaken }
        let id = knowledgeBase.folderIDs.take()
        knowledgeBase.folders[id] = ArticleFolder(
            id: id, name: name, description: description, visibility: visibility, categoryID: category,
            parentID: parent, createdAt: now, updatedAt: now)
        return id
    }

    /// The articles in it stay as they were, their `updated_at` included.
    package mutating func change(
        folder id: Int64, name: String?, description: String?, visibility: Int64?, now: Seconds
    ) throws(Refusal) {
        guard var folder = knowledgeBase.folders[id] else { throw .notFound }
        folder.name = name ?? folder.name
        folder.description = description ?? folder.description
        folder.visibility = visibility ?? folder.visibility
        folder.updatedAt = now
        knowledgeBase.folders[id] = folder
    }

    /// With everything in it.
    package mutating func remove(folder id: Int64) throws(Refusal) {
        guard knowledgeBase.folders.removeValue(forKey: id) != nil else { throw .notFound }
        for inner in knowledgeBase.folders(inFolder: id) { try remove(folder: inner.id) }
        for article in knowledgeBase.articles(inFolder: id) { knowledgeBase.articles[article.id] = nil }
    }

    package mutating func addArticle(
        _ draft: ArticleDraft, to folder: Int64, id: Int64? = nil, now: Seconds
    ) throws(Refusal) -> Article {
        guard knowledgeBase.folders[folder] != nil else { throw .notFound }
        let id = id ?? knowledgeBase.articleIDs.take()
        knowledgeBase.articleIDs.skip(to: id)
        var article = Article(
            id: id, title: draft.title ?? "", description: draft.description ?? "",
            status: draft.status ?? Article.Status.draft, type: draft.type ?? 1, agentID: draft.agentID ?? keyHolder,
            folderID: folder, createdAt: now, updatedAt: now)
        article.tags = draft.tags ?? []
        article.attachments = attachments(draft.attachments, now: now)
        knowledgeBase.articles[id] = article
        return article
    }

    /// Moving it to another folder alone leaves `updated_at` as it is: the less helpful of what Freshdesk may do.
    package mutating func change(article id: Int64, _ draft: ArticleDraft, now: Seconds) throws(Refusal) -> Article {
        guard var article = knowledgeBase.articles[id] else { throw .notFound }
        let old = article
        article.title = draft.title ?? article.title
        article.description = draft.description ?? article.description
        article.status = draft.status ?? article.status
        article.type = draft.type ?? article.type
        article.agentID = draft.agentID ?? article.agentID
        article.tags = draft.tags ?? article.tags
        article.attachments += attachments(draft.attachments, now: now)
        if article != old { article.updatedAt = max(article.updatedAt, now) }
        article.folderID = draft.folderID ?? article.folderID
        knowledgeBase.articles[id] = article
        return article
    }

    /// With all its translations.
    package mutating func remove(article id: Int64) throws(Refusal) {
        guard knowledgeBase.articles.removeValue(forKey: id) != nil else { throw .notFound }
    }

    package mutating func translate(
        article id: Int64, into language: String, _ draft: ArticleDraft, isNew: Bool, now: Seconds
    ) throws(Refusal) -> Article {
        guard Self.otherLanguages.contains(language), var article = knowledgeBase.articles[id],
            isNew || article.translations[language] != nil
        else { throw .notFound }
        if isNew, article.translations[language] != nil {
            throw .conflict(
                FieldError(field: "language", message: "It should be a unique value", code: .duplicateValue))
        }
        let old = article.translations[language]
        article.translations[language] = Article.Translation(
            title: draft.title ?? old?.title ?? "", description: draft.description ?? old?.description ?? "",
            status: draft.status ?? old?.status ?? Article.Status.draft, createdAt: old?.createdAt ?? now,
            updatedAt: now)
        article.updatedAt = max(article.updatedAt, now)
        knowledgeBase.articles[id] = article
        return article
    }

    /// Somebody reads it in the portal and finds it helpful.
    package mutating func read(article id: Int64) throws(Refusal) {
        guard knowledgeBase.articles[id] != nil else { throw .notFound }
        knowledgeBase.articles[id]?.hits += 1
        knowledgeBase.articles[id]?.thumbsUp += 1
    }

    private static let nameTaken = Refusal.conflict(
        FieldError(field: "name", message: "It should be a unique value", code: .duplicateValue))
}
