import FreshetCore
import Logging

/// Reads one article with its place in the knowledge base and its translations, or finds out that it is gone.
///
/// Two calls for an article in a folder, one more for each folder around that and for each language. Who may read it is
/// never taken from a cache.
struct FreshdeskArticleReader: Sendable {
    private let api: FreshdeskAPI
    /// Wanted besides the article's own.
    private let languages: [String]
    private let categories: LookupTable<String>
    private let settings: LookupTable<LanguagesPayload>
    private let logger: Logger

    init(
        api: FreshdeskAPI, languages: [String], expiry: LookupExpiry, clock: any WallClock, random: any RandomSource,
        logger: Logger
    ) {
        self.api = api
        self.languages = languages
        self.logger = logger
        // A sweep notices a new name and marks the articles: their runs come soon and must see it, too.
        let brief = LookupExpiry(
            kept: min(expiry.kept, .seconds(60)), refreshForUnknown: min(expiry.refreshForUnknown, .seconds(60)),
            retryAfterFailure: expiry.retryAfterFailure)
        categories = LookupTable(expiry: brief, clock: clock, random: random)
        settings = LookupTable(expiry: expiry, clock: clock, random: random)
    }

    /// Of an article in a folder that lies in no other.
    var usualCalls: Int { 2 + languages.count }

    /// The article as it stands. It is gone only when the account says 404 for it while the knowledge base answers.
    func fetch(_ item: Item, lookups: FreshdeskLookups, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        var calls = 1
        let article: ArticlePayload
        do {
            article = try await decode(
                ArticlePayload.self, "/api/v2/solutions/articles/\(item.originalID)", as: "article", urgency)
        } catch .refused(status: 404, _) {
            try await proveKnowledgeBase(urgency)
            return Fetched(.gone(.purged), calls: 2)
        }
        guard article.id == item.originalID else { throw .malformed(path: "article.id") }
        let place = try await place(of: article, urgency, &calls)
        let known = await settings.values(knowing: [Self.onlyKey]) { () async throws(UpstreamError) in
            [
                Self.onlyKey: try await decode(
                    LanguagesPayload.self, "/api/v2/settings/helpdesk", as: "settings", urgency)
            ]
        } failed: {
            note($0, "settings")
        }[Self.onlyKey]
        var translations: [SourceTranslation] = []
        // What nobody may read is kept out whatever it says.
        if !place.isDraft, !place.visibility.isRestricted {
            translations = try await self.translations(of: article, account: known, urgency, &calls)
        }
        let agents = await lookups.agents(knowing: article.agentID.map { [$0] } ?? [], urgency: urgency)
        let metadata = Metadata(
            stage: .other, status: Label(id: article.status ?? 0, name: place.isDraft ? "Draft" : "Published"),
            priority: Label(id: 0), type: nil, source: Label(id: 0), tags: article.tags,
            agent: article.agentID.map { agents[$0] ?? Person(id: $0) }, createdAt: article.createdAt,
            updatedAt: article.updatedAt, article: ArticleLabels(place: place, language: known?.primary))
        return Fetched(
            .article(
                SourceArticle(
                    item: item, title: article.title, descriptionHTML: article.descriptionHTML,
                    translations: translations, attachments: article.attachments.map(\.attachment),
                    metadata: metadata)), calls: calls)
    }

    /// A 404 for everything must not pass for every article being gone.
    private func proveKnowledgeBase(_ urgency: Urgency) async throws(UpstreamError) {
        do {
            _ = try await api.get("/api/v2/solutions/categories", query: [("per_page", "1")], urgency: urgency)
        } catch .refused, .forbidden {
            throw .unreachable(detail: "the knowledge base does not answer")
        }
    }

    private func place(
        of article: ArticlePayload, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> ArticlePlace {
        guard let id = article.folderID else {
            return ArticlePlace(
                category: Label(id: 0), folder: Label(id: 0), visibility: .unknown, isDraft: article.isDraft)
        }
        let own = try await folder(id, urgency, &calls)
        var visibility = Visibility(freshdesk: own.visibility)
        var parent = own.parentFolderID
        var levels = 1
        while let id = parent, levels < Self.levelLimit {
            let outer = try await folder(id, urgency, &calls)
            visibility = visibility.inside(Visibility(freshdesk: outer.visibility))
            parent = outer.parentFolderID
            levels += 1
        }
        // Deeper than anybody nests, or in a circle: who may read it cannot be told.
        if parent != nil { visibility = .unknown }
        let category = own.categoryID ?? 0
        let names = await categories.values(knowing: [category]) { () async throws(UpstreamError) in
            try await lookUpCategories(urgency)
        } failed: {
            note($0, "categories")
        }
        return ArticlePlace(
            category: Label(id: category, name: names[category]), folder: Label(id: id, name: own.name),
            visibility: visibility, isDraft: article.isDraft)
    }

    private func folder(
        _ id: Int64, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> FolderPayload {
        calls += 1
        do {
            return try await decode(FolderPayload.self, "/api/v2/solutions/folders/\(id)", as: "folder", urgency)
        } catch .refused(status: 404, _) {
            // It was the article's folder a moment ago: a later look will tell.
            throw .unreachable(detail: "the article's folder vanished while it was read")
        }
    }

    private func translations(
        of article: ArticlePayload, account: LanguagesPayload?, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> [SourceTranslation] {
        var found: [SourceTranslation] = []
        for language in languages where language != account?.primary {
            // An account that does not have the language need not be asked for every article.
            if let account, !account.others.contains(language) { continue }
            calls += 1
            do {
                let translation = try await decode(
                    ArticlePayload.self, "/api/v2/solutions/articles/\(article.id)/\(language)", as: "translation",
                    urgency)
                if translation.isDraft { continue }
                found.append(
                    SourceTranslation(
                        language: language, title: translation.title, descriptionHTML: translation.descriptionHTML))
            } catch .refused(status: 404, _) {
                continue
            }
        }
        return found
    }

    private func lookUpCategories(_ urgency: Urgency) async throws(UpstreamError) -> [Int64: String] {
        var names: [Int64: String] = [:]
        for page in 1...Self.categoryPages {
            let query = [("per_page", "100"), ("page", String(page))]
            let answer = try await api.get("/api/v2/solutions/categories", query: query, urgency: urgency)
            let rows = try answer.decode([NamedPayload].self, as: "categories")
            for row in rows { names[row.id] = row.name }
            if rows.isEmpty || !(answer.hasNextPage || rows.count >= 100) { break }
        }
        return names
    }

    private func decode<Payload: Decodable>(
        _ type: Payload.Type, _ path: String, as place: String, _ urgency: Urgency
    ) async throws(UpstreamError) -> Payload {
        try await api.get(path, urgency: urgency).decode(type, as: place)
    }

    private func note(_ error: UpstreamError, _ table: String) {
        logger.warning(
            "names could not be looked up and stay as they are for a while",
            metadata: ["table": "\(table)", "reason": "\(error)"])
    }

    private static let onlyKey: Int64 = 1
    private static let levelLimit = 10
    private static let categoryPages = 20
}
