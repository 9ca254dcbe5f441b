import Foundation

/// One line of a file of articles. Members that are not named here are ignored.
///
///     {"title": "…", "description": "…", "category": "General", "folder": "Screens / Pairing", "visibility": 1}
///
/// `folder` names the way to the folder, its outermost first; `visibility` is the folder's, from the first line that names it.
struct ArticleLine: Decodable {
    /// A number; handed out where there is none.
    var id: Int64?
    var title: String
    var description: String
    /// `text` (default) or `html`.
    var bodyFormat: String?
    var category: String?
    var folder: String?
    /// Freshdesk's number.
    var visibility: Int64?
    /// `published` (default) or `draft`.
    var status: String?
    var tags: [String]?
    var agent: String?
    var createdAt: String?
    var updatedAt: String?
    /// By language.
    var translations: [String: Translation]?

    struct Translation: Decodable {
        var title: String
        var description: String
        var status: String?
    }

    enum CodingKeys: String, CodingKey {
        case id, title, description, category, folder, visibility, status, tags, agent, translations
        case bodyFormat = "body_format"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

extension Account {
    /// Adds the articles of a JSON Lines file with the folders they name. Nothing is added when a line is bad.
    mutating func loadArticles(_ data: Data, named name: String, now: Seconds) throws(LoadError) {
        var copy = self
        let decoder = JSONDecoder()
        for (index, range) in Self.lines(of: data).enumerated() {
            let line = data[range]
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            let article: ArticleLine
            do {
                article = try decoder.decode(ArticleLine.self, from: line)
            } catch {
                throw LoadError(file: name, line: index + 1, problem: Self.describe(error))
            }
            do throws(TicketLine.Complaint) {
                try copy.load(article, now: now)
            } catch {
                throw LoadError(file: name, line: index + 1, problem: error.text)
            }
        }
        self = copy
    }

    mutating func load(_ line: ArticleLine, now: Seconds) throws(TicketLine.Complaint) {
        let created = try line.createdAt.map { text throws(TicketLine.Complaint) in
            try TicketLine.moment(text, "created_at")
        }
        let moment = created ?? now
        let isHTML = line.bodyFormat == "html"
        if let id = line.id, id < 1 || knowledgeBase.articles[id] != nil {
            throw TicketLine.Complaint("'id' is not a positive number, or article \(id) is there twice")
        }
        if let visibility = line.visibility, !ArticleFolder.visibilities.contains(visibility) {
            throw TicketLine.Complaint("'visibility' \(visibility) is not between 1 and 7")
        }
        var draft = ArticleDraft(
            title: line.title, description: Self.html(line.description, isHTML: isHTML),
            status: try Self.status(line.status))
        draft.tags = line.tags
        draft.agentID = line.agent.map { agent(named: $0, now: moment) }
        do throws(Refusal) {
            let folder = try self.folder(
                line.folder ?? "General", in: line.category ?? "General", visibility: line.visibility ?? 1, now: moment)
            let article = try addArticle(draft, to: folder, id: line.id, now: moment)
            for (language, text) in (line.translations ?? [:]).sorted(by: { $0.key < $1.key }) {
                let translation = ArticleDraft(
                    title: text.title, description: Self.html(text.description, isHTML: isHTML),
                    status: text.status == "draft" ? Article.Status.draft : Article.Status.published)
                _ = try translate(article: article.id, into: language, translation, isNew: true, now: moment)
            }
            if let updated = line.updatedAt.flatMap({ Seconds(iso8601: $0) }) {
                knowledgeBase.articles[article.id]?.updatedAt = max(moment, updated)
            }
        } catch {
            throw TicketLine.Complaint("the article does not fit: is each of its languages one that the account has?")
        }
    }

    private static func status(_ word: String?) throws(TicketLine.Complaint) -> Int64 {
        switch word {
        case nil, "published": return Article.Status.published
        case "draft": return Article.Status.draft
        default: throw TicketLine.Complaint("'status' is neither published nor draft")
        }
    }

    /// The folder at the end of the way, made where it is not there.
    private mutating func folder(
        _ way: String, in category: String, visibility: Int64, now: Seconds
    ) throws(Refusal) -> Int64 {
        let categoryID: Int64
        if let known = knowledgeBase.categories.values.first(where: { $0.name == category }) {
            categoryID = known.id
        } else {
            categoryID = try addCategory(category, description: nil, now: now)
        }
        var parent: Int64?
        let names = way.split(separator: "/").map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, name) in names.enumerated() {
            let siblings =
                parent.map { knowledgeBase.folders(inFolder: $0) } ?? knowledgeBase.folders(ofCategory: categoryID)
            if let known = siblings.first(where: { $0.name == name }) {
                parent = known.id
            } else {
                // The folders on the way are open; the last one is what the line says.
                parent = try addFolder(
                    name, description: nil, visibility: index == names.count - 1 ? visibility : 1,
                    category: categoryID, parent: parent, now: now)
            }
        }
        guard let parent else { throw .invalid("folder", "It should name a folder") }
        return parent
    }
}
