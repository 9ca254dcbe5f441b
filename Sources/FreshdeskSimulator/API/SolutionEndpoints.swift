/// The knowledge base: `/solutions/…` (freshdesk.md 2). A path with a language behind it is about that translation.
extension Desk {
    static let solutionEndpoints: [Endpoint] = categoryEndpoints + folderEndpoints + articleEndpoints

    private static let categoryEndpoints: [Endpoint] = [
        Endpoint("solutions/categories")
            .on("GET") { state, call, _ throws(Refusal) in
                let parameters = try Parameters(call, known: ["page", "per_page"])
                let renderer = state.renderer()
                let categories = renderer.account.knowledgeBase.categories.values.sorted { $0.id < $1.id }
                return try .page(of: categories, for: call, parameters) { renderer.write($0, to: &$1) }
            }
            .on("POST") { state, call, _ throws(Refusal) in
                var body = try BodyReader(call, known: ["name", "description", "visible_in_portals"])
                body.require("name")
                let (name, description) = (body.text("name") ?? "", body.text("description"))
                try body.finish()
                let id = try state.account.addCategory(name, description: description, now: state.now)
                return try show(category: id, &state, status: 201)
            },
        Endpoint("solutions/categories/{id}")
            .on("GET") { state, _, ids throws(Refusal) in try show(category: ids[0], &state) }
            .on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: ["name", "description", "visible_in_portals"])
                let (name, description) = (body.text("name"), body.text("description"))
                try body.finish()
                try state.account.change(category: ids[0], name: name, description: description, now: state.now)
                return try show(category: ids[0], &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.remove(category: ids[0])
                return .noContent
            },
        Endpoint("solutions/categories/{id}/folders")
            .on("GET") { state, call, ids throws(Refusal) in
                let parameters = try Parameters(call, known: ["page", "per_page"])
                let renderer = state.renderer()
                guard renderer.account.knowledgeBase.categories[ids[0]] != nil else { throw .notFound }
                let folders = renderer.account.knowledgeBase.folders(ofCategory: ids[0])
                return try .page(of: folders, for: call, parameters) { renderer.write($0, to: &$1) }
            }
            .on("POST") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: folderFields.union(["parent_folder_id"]))
                body.require("name", "visibility")
                let (name, description) = (body.text("name") ?? "", body.text("description"))
                let visibility = body.choice("visibility", among: ArticleFolder.visibilities) ?? 1
                let parent = body.integerOrNull("parent_folder_id") ?? nil
                try body.finish()
                let id = try state.account.addFolder(
                    name, description: description, visibility: visibility, category: ids[0], parent: parent,
                    now: state.now)
                return try show(folder: id, &state, status: 201)
            },
        Endpoint("solutions/categories/{id}/{*}").on("GET") { state, call, ids throws(Refusal) in
            guard isKnown(call.path.last) else { throw .notFound }
            return try show(category: ids[0], &state)
        },
    ]

    private static let folderEndpoints: [Endpoint] = [
        Endpoint("solutions/folders/{id}")
            .on("GET") { state, _, ids throws(Refusal) in try show(folder: ids[0], &state) }
            .on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: folderFields)
                let (name, description) = (body.text("name"), body.text("description"))
                let visibility = body.choice("visibility", among: ArticleFolder.visibilities)
                try body.finish()
                try state.account.change(
                    folder: ids[0], name: name, description: description, visibility: visibility, now: state.now)
                return try show(folder: ids[0], &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.remove(folder: ids[0])
                return .noContent
            },
        Endpoint("solutions/folders/{id}/subfolders").on("GET") { state, call, ids throws(Refusal) in
            let parameters = try Parameters(call, known: ["page", "per_page"])
            let renderer = state.renderer()
            guard renderer.account.knowledgeBase.folders[ids[0]] != nil else { throw .notFound }
            let folders = renderer.account.knowledgeBase.folders(inFolder: ids[0])
            return try .page(of: folders, for: call, parameters) { renderer.write($0, to: &$1) }
        },
        Endpoint("solutions/folders/{id}/articles")
            .on("GET") { state, call, ids throws(Refusal) in try listArticles(ids[0], in: nil, call, &state) }
            .on("POST") { state, call, ids throws(Refusal) in
                let draft = try ArticleDraft(call, isNew: true, account: state.account)
                let article = try state.account.addArticle(draft, to: ids[0], now: state.now)
                return show(article, &state, status: 201)
            },
        Endpoint("solutions/folders/{id}/articles/{*}").on("GET") { state, call, ids throws(Refusal) in
            guard let language = call.path.last, isKnown(language) else { throw .notFound }
            return try listArticles(ids[0], in: language, call, &state)
        },
        Endpoint("solutions/folders/{id}/{*}").on("GET") { state, call, ids throws(Refusal) in
            guard isKnown(call.path.last) else { throw .notFound }
            return try show(folder: ids[0], &state)
        },
    ]

    private static let articleEndpoints: [Endpoint] = [
        Endpoint("solutions/articles/{id}")
            .on("GET") { state, _, ids throws(Refusal) in
                guard let article = state.account.knowledgeBase.articles[ids[0]] else { throw .notFound }
                return show(article, &state)
            }
            .on("PUT") { state, call, ids throws(Refusal) in
                let draft = try ArticleDraft(call, isNew: false, account: state.account)
                return show(try state.account.change(article: ids[0], draft, now: state.now), &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.remove(article: ids[0])
                return .noContent
            },
        Endpoint("solutions/articles/{id}/{*}")
            .on("GET") { state, call, ids throws(Refusal) in
                guard let language = call.path.last, let article = state.account.knowledgeBase.articles[ids[0]],
                    language == Account.primaryLanguage || article.translations[language] != nil
                else { throw .notFound }
                return show(article, in: language, &state)
            }
            .on("POST") { state, call, ids throws(Refusal) in
                let draft = try ArticleDraft(call, isNew: true, account: state.account)
                let language = call.path.last ?? ""
                let article = try state.account.translate(
                    article: ids[0], into: language, draft, isNew: true, now: state.now)
                return show(article, in: language, &state, status: 201)
            }
            .on("PUT") { state, call, ids throws(Refusal) in
                let draft = try ArticleDraft(call, isNew: false, account: state.account)
                let language = call.path.last ?? ""
                let article = try state.account.translate(
                    article: ids[0], into: language, draft, isNew: false, now: state.now)
                return show(article, in: language, &state)
            },
        Endpoint("search/solutions").on("GET") { state, call, _ throws(Refusal) in
            let parameters = try Parameters(call, known: ["term", "page", "per_page"])
            guard let term = parameters.text("term")?.lowercased() else {
                throw .invalid("term", "It should be a/an String", .missingField)
            }
            let found = state.account.knowledgeBase.articles.values.filter {
                $0.title.lowercased().contains(term) || $0.description.lowercased().contains(term)
            }
            var renderer = state.renderer()
            return try .page(of: found.sorted { $0.id < $1.id }, for: call, parameters) {
                renderer.write($0, to: &$1)
            }
        },
    ]

    private static let folderFields: Set<String> = [
        "name", "description", "visibility", "company_ids", "contact_segment_ids", "company_segment_ids",
    ]

    private static func isKnown(_ language: String?) -> Bool {
        language == Account.primaryLanguage || Account.otherLanguages.contains(language ?? "")
    }

    private static func show(
        category id: Int64, _ state: inout DeskState, status: Int = 200
    ) throws(Refusal) -> Answer {
        let renderer = state.renderer()
        guard let category = renderer.account.knowledgeBase.categories[id] else { throw .notFound }
        return .json(status) { renderer.write(category, to: &$0) }
    }

    private static func show(folder id: Int64, _ state: inout DeskState, status: Int = 200) throws(Refusal) -> Answer {
        let renderer = state.renderer()
        guard let folder = renderer.account.knowledgeBase.folders[id] else { throw .notFound }
        return .json(status) { renderer.write(folder, to: &$0) }
    }

    private static func show(
        _ article: Article, in language: String? = nil, _ state: inout DeskState, status: Int = 200
    ) -> Answer {
        var renderer = state.renderer()
        return .json(status) { renderer.write(article, in: language, to: &$0) }
    }

    /// Drafts included; in a language, only what has been translated into it.
    private static func listArticles(
        _ folder: Int64, in language: String?, _ call: Call, _ state: inout DeskState
    ) throws(Refusal) -> Answer {
        let parameters = try Parameters(call, known: ["page", "per_page"])
        var renderer = state.renderer()
        guard renderer.account.knowledgeBase.folders[folder] != nil else { throw .notFound }
        let articles = renderer.account.knowledgeBase.articles(inFolder: folder).filter {
            language == nil || language == Account.primaryLanguage || $0.translations[language ?? ""] != nil
        }
        return try .page(of: articles, for: call, parameters) { renderer.write($0, in: language, to: &$1) }
    }
}

extension ArticleDraft {
    private static let known: Set<String> = [
        "title", "description", "status", "type", "agent_id", "folder_id", "tags", "seo_data", "attachments",
    ]

    /// Throws what Freshdesk's validation would say. A new article needs title, description and status.
    init(_ call: Call, isNew: Bool, account: Account) throws(Refusal) {
        var body = try BodyReader(call, known: Self.known)
        self.init()
        if isNew { body.require("title", "description", "status") }
        title = body.text("title")
        description = body.text("description")
        status = body.choice("status", among: [Article.Status.draft, Article.Status.published])
        type = body.choice("type", among: [1, 2])
        agentID = body.integer("agent_id")
        folderID = body.integer("folder_id")
        tags = body.texts("tags")
        attachments = body.attachments()
        if let agentID, account.agents[agentID] == nil {
            body.complain("agent_id", "There is no agent matching the given agent_id")
        }
        if let folderID, account.knowledgeBase.folders[folderID] == nil {
            body.complain("folder_id", "There is no folder matching the given folder_id")
        }
        try body.finish()
    }
}
