/// The knowledge base (freshdesk.md 2): categories hold folders, folders hold folders and articles.
///
/// What is shown of an article in which order is by its position, as agents arrange it; here that is the order of ids.
package struct KnowledgeBase: Sendable, Equatable {
    package internal(set) var categories: [Int64: ArticleCategory] = [:]
    package internal(set) var folders: [Int64: ArticleFolder] = [:]
    package internal(set) var articles: [Int64: Article] = [:]

    var categoryIDs = IDSequence(from: 62_000_041_001)
    var folderIDs = IDSequence(from: 62_000_082_001)
    var articleIDs = IDSequence(from: 62_000_123_001)

    func folders(ofCategory id: Int64) -> [ArticleFolder] {
        folders.values.filter { $0.categoryID == id && $0.parentID == nil }.sorted { $0.id < $1.id }
    }
    func folders(inFolder id: Int64) -> [ArticleFolder] {
        folders.values.filter { $0.parentID == id }.sorted { $0.id < $1.id }
    }
    func articles(inFolder id: Int64) -> [Article] {
        articles.values.filter { $0.folderID == id }.sorted { $0.id < $1.id }
    }

    /// The folders around one, the outermost first.
    func path(to folder: ArticleFolder) -> [ArticleFolder] {
        var path = [folder]
        while let parent = path[0].parentID.flatMap({ folders[$0] }), path.count < 100 { path.insert(parent, at: 0) }
        return path
    }
}

package struct ArticleCategory: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var description: String?
    package var createdAt: Seconds
    package var updatedAt: Seconds
}

package struct ArticleFolder: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var description: String?
    /// 1 all, 2 logged in, 3 agents, 4 companies, 5 bots, 6 contact segments, 7 company segments.
    package var visibility: Int64
    package var categoryID: Int64
    package var parentID: Int64?
    package var createdAt: Seconds
    package var updatedAt: Seconds

    static let visibilities: [Int64] = [1, 2, 3, 4, 5, 6, 7]
}

package struct Article: Sendable, Equatable {
    package enum Status {
        package static let draft: Int64 = 1
        package static let published: Int64 = 2
    }

    /// The article in another language than the account's primary one.
    package struct Translation: Sendable, Equatable {
        package var title: String
        /// HTML.
        package var description: String
        package var status: Int64
        package var createdAt: Seconds
        package var updatedAt: Seconds
    }

    package let id: Int64
    package var title: String
    /// HTML.
    package var description: String
    package var status: Int64
    /// 1 permanent, 2 workaround.
    package var type: Int64 = 1
    package var agentID: Int64
    package var folderID: Int64
    package var tags: [String] = []
    package var attachments: [Attachment] = []
    /// By language.
    package var translations: [String: Translation] = [:]
    /// Move whenever somebody reads; nothing else does.
    package var hits: Int64 = 0
    package var thumbsUp: Int64 = 0
    package let createdAt: Seconds
    package var updatedAt: Seconds
}
