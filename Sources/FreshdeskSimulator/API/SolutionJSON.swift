extension Renderer {
    func write(_ category: ArticleCategory, to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", category.id)
        json.field("name", category.name)
        json.field("description", category.description)
        json.key("visible_in_portals")
        json.beginArray()
        json.value(Int64(62_000_000_011))
        json.endArray()
        json.field("created_at", time: category.createdAt)
        json.field("updated_at", time: category.updatedAt)
        json.endObject()
    }

    func write(_ folder: ArticleFolder, to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", folder.id)
        json.field("name", folder.name)
        json.field("description", folder.description)
        json.field("visibility", folder.visibility)
        json.field("category_id", folder.categoryID)
        json.field("parent_folder_id", folder.parentID)
        writeHierarchy(of: folder, including: false, to: &json)
        json.field("articles_count", account.knowledgeBase.articles(inFolder: folder.id).count)
        json.field("sub_folders_count", account.knowledgeBase.folders(inFolder: folder.id).count)
        json.field("created_at", time: folder.createdAt)
        json.field("updated_at", time: folder.updatedAt)
        json.endObject()
    }

    /// In its own language, or in one that there is a translation for.
    mutating func write(_ article: Article, in language: String? = nil, to json: inout JSONWriter) {
        let translation = language.flatMap { article.translations[$0] }
        json.beginObject()
        json.field("id", article.id)
        json.field("type", article.type)
        let folder = account.knowledgeBase.folders[article.folderID]
        json.field("category_id", folder?.categoryID)
        json.field("folder_id", article.folderID)
        if let folder { writeHierarchy(of: folder, including: true, to: &json) }
        json.field("title", translation?.title ?? article.title)
        let description = translation?.description ?? article.description
        json.field("description", description)
        json.field("description_text", Markup.text(fromHTML: description))
        json.field("status", translation?.status ?? article.status)
        json.field("agent_id", article.agentID)
        json.field("tags", article.tags)
        json.field("thumbs_up", article.thumbsUp)
        json.field("thumbs_down", 0)
        json.field("hits", article.hits)
        json.field("suggested", article.hits / 2)
        json.field("feedback_count", 0)
        json.field("seo_data", [:])
        write(article.attachments, to: &json)
        json.field("cloud_files", [])
        json.field("created_at", time: translation?.createdAt ?? article.createdAt)
        json.field("updated_at", time: translation?.updatedAt ?? article.updatedAt)
        json.endObject()
    }

    private func writeHierarchy(of folder: ArticleFolder, including own: Bool, to json: inout JSONWriter) {
        let path = account.knowledgeBase.path(to: folder)
        json.key("hierarchy")
        json.beginArray()
        func write(_ level: Int, _ type: String, _ id: Int64, _ name: String) {
            json.beginObject()
            json.field("level", level)
            json.field("type", type)
            json.key("data")
            json.beginObject()
            json.field("id", id)
            json.field("name", name)
            json.field("language", Account.primaryLanguage)
            json.endObject()
            json.endObject()
        }
        write(0, "category", folder.categoryID, account.knowledgeBase.categories[folder.categoryID]?.name ?? "")
        for (index, step) in (own ? path[...] : path.dropLast()).enumerated() {
            write(index + 1, "folder", step.id, step.name)
        }
        json.endArray()
    }
}
