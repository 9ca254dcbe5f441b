import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

/// Articles through the same river as tickets.
@Suite(.serialized) struct ArticleTests {
    private func world(articles count: Int64 = 1) async throws -> World {
        let world = try await World()
        for id in 1...count {
            world.desk.put(article: .sample(world.article(id), "Pair panel \(id)", at: world.clock.now))
        }
        world.clock.advance(by: .seconds(60))
        return world
    }

    @Test func `a new article is summarised, embedded and found, and a ticket search leaves it alone`() async throws {
        let world = try await world()
        #expect(try await world.converge(world.article(1)).outcome == .created)
        #expect(try await world.findArticles("pair panel") == [1])
        #expect(try await world.find("pair panel").isEmpty)
        #expect(world.summariser.calls == 1 && world.embedder.calls == 1)
    }

    @Test func `readers and a new time of change cost nothing`() async throws {
        let world = try await world()
        try await world.converge(world.article(1))
        world.desk.edit(article: world.article(1)) { $0.metadata.updatedAt = world.clock.now }
        let writes = world.index.writes
        #expect(try await world.converge(world.article(1)).outcome == .unchanged)
        #expect(world.summariser.calls == 1 && world.index.writes == writes)
    }

    @Test func `an article moved to another folder is relabelled and asks no model`() async throws {
        let world = try await world()
        try await world.converge(world.article(1))
        world.desk.edit(article: world.article(1)) {
            $0.metadata.article?.place.folder = Label(id: 9, name: "Internal")
            $0.metadata.article?.place.visibility = .agents
        }
        let report = try await world.converge(world.article(1))
        #expect(report.outcome == .relabelled)
        #expect(report.changes == ["folder", "visibility"])
        #expect(world.summariser.calls == 1 && world.embedder.calls == 1)
        #expect(try await world.findArticles("pair panel", SearchFilters(folder: ["internal"])) == [1])
        #expect(try await world.findArticles("pair panel", SearchFilters(visibility: [.everyone, .customers])).isEmpty)
        #expect(try await world.findArticles("pair panel", SearchFilters(visibility: [.agents])) == [1])
    }

    @Test func `a draft is never searchable, and comes in when it is published`() async throws {
        let world = try await world()
        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.isDraft = true }
        let report = try await world.converge(world.article(1))
        #expect(report.outcome == .excluded)
        #expect(report.reason == "it is a draft")
        #expect(try await world.findArticles("pair panel").isEmpty)
        #expect(world.summariser.calls == 0)
        #expect(try await world.converge(world.article(1)).outcome == .unchanged, "said once")

        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.isDraft = false }
        #expect(try await world.converge(world.article(1)).outcome == .created)
        #expect(try await world.findArticles("pair panel") == [1])
        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.isDraft = true }
        #expect(try await world.converge(world.article(1)).outcome == .excluded)
        #expect(try await world.findArticles("pair panel").isEmpty)
    }

    @Test(arguments: Visibility.allCases.filter(\.isRestricted))
    func `what is for a named audience leaves the index, and comes back without a model call`(
        visibility: Visibility
    ) async throws {
        let world = try await world()
        try await world.converge(world.article(1))
        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.visibility = visibility }
        let report = try await world.converge(world.article(1))
        #expect(report.outcome == .excluded && report.reason != nil)
        #expect(try await world.findArticles("pair panel").isEmpty)
        #expect(try await world.findArticles("pair panel", SearchFilters(visibility: [visibility])).isEmpty)

        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.visibility = .everyone }
        #expect(try await world.converge(world.article(1)).outcome == .created)
        #expect(world.summariser.calls == 1 && world.embedder.calls == 1)
    }

    @Test func `why an article is kept out is told anew when the reason changes`() async throws {
        let world = try await world()
        world.desk.edit(article: world.article(1)) { $0.metadata.article?.place.isDraft = true }
        try await world.converge(world.article(1))
        world.desk.edit(article: world.article(1)) {
            $0.metadata.article?.place.isDraft = false
            $0.metadata.article?.place.visibility = .bots
        }
        #expect(try await world.converge(world.article(1)).reason == "its folder is for bots only")
    }

    @Test func `a Korean question finds an article by its translation`() async throws {
        let world = try await world(articles: 3)
        world.desk.edit(article: world.article(2)) {
            $0.translations = [
                SourceTranslation(
                    language: "ko", title: "회의실 패널 초기화", descriptionHTML: "<p>리셋 핀을 누르십시오.</p>")
            ]
        }
        for id in 1...3 as ClosedRange<Int64> { try await world.converge(world.article(id)) }
        #expect(try await world.findArticles("회의실 패널을 초기화하려면").first == 2)
        #expect(try await world.findArticles("pair panel", SearchFilters(language: ["KO"])) == [2])
    }

    @Test func `both kinds come from one search, each with its own id`() async throws {
        let world = try await world()
        world.desk.put(.sample(world.item(1), "Pair panel", at: world.clock.now))
        try await world.converge(1)
        try await world.converge(world.article(1))
        let hits = try await world.index.search(
            SearchQuery(text: "pair panel", kinds: [.ticket, .article]), in: world.company)
        #expect(Set(hits.map(\.item.name)) == ["ticket/1", "article/1"])
        #expect(try await world.store.documents.counts(of: world.company, kind: .article) == [.indexed: 1])
        #expect(try await world.store.documents.counts(of: world.company) == [.indexed: 2])
    }

    // MARK: - Swept by comparison

    @Test func `the first backfill brings the articles, and a sweep after it marks nothing`() async throws {
        let world = try await world(articles: 12)
        world.desk.page(rows: 5)
        try await world.reconcile()
        #expect(try await world.findArticles("pair panel", limit: 20).count == 12)
        let sweep = try await world.reconcile(.sweep)
        #expect(sweep.state == .complete && sweep.marked == 0)
        #expect(world.summariser.calls == 12)
    }

    @Test func `a move, a folder that closes and a new article are found by the sweep although no time moved`()
        async throws
    {
        let world = try await world(articles: 4)
        try await world.reconcile()
        world.desk.edit(article: world.article(2)) { $0.metadata.article?.place.folder = Label(id: 9, name: "Other") }
        world.desk.edit(article: world.article(3)) { $0.metadata.article?.place.visibility = .companies }
        world.desk.put(article: .sample(world.article(5), "Pair panel 5", at: world.clock.now))
        let sweep = try await world.reconcile(.sweep)
        #expect(sweep.marked == 3)
        #expect(try await world.findArticles("pair panel", SearchFilters(folder: ["other"])) == [2])
        #expect(Set(try await world.findArticles("pair panel")) == [1, 2, 4, 5])
        #expect(world.summariser.calls == 5)
        #expect(try await world.reconcile(.sweep).marked == 0)
    }

    @Test func `a deleted article goes by the answer about it, one that only is not listed stays`() async throws {
        let world = try await world(articles: 4)
        try await world.reconcile()
        world.desk.remove(article: world.article(2))
        world.desk.hide(world.article(3))
        try await world.reconcile(.sweep)
        #expect(Set(try await world.findArticles("pair panel")) == [1, 3, 4])
        #expect(try await world.store.documents.record(of: world.article(2))?.state == .removed)
    }

    @Test func `a knowledge base that cannot be read removes nothing and is told of`() async throws {
        let world = try await world(articles: 3)
        try await world.reconcile()
        let calls = world.desk.calls
        world.desk.leaveGap("not allowed")
        for id in 1...3 as ClosedRange<Int64> { world.desk.remove(article: world.article(id)) }
        let sweep = try await world.reconcile(.sweep)
        #expect(sweep.state == .complete)
        #expect(sweep.reason?.contains("not allowed") == true)
        #expect(Set(try await world.findArticles("pair panel")) == [1, 2, 3])
        #expect(world.desk.calls - calls <= 4, "not even asked for")
    }
}

extension World {
    func article(_ id: Int64) -> Item {
        Item(company: company, platform: .freshdesk, kind: .article, originalID: id)
    }

    func findArticles(
        _ text: String, _ filters: SearchFilters = SearchFilters(), limit: Int = 10
    ) async throws -> [Int64] {
        try await index.search(
            SearchQuery(text: text, kinds: [.article], limit: limit, filters: filters), in: company
        ).map(\.item.originalID)
    }
}

extension SourceArticle {
    /// A small published article that everybody may read.
    static func sample(_ item: Item, _ title: String, at moment: Timestamp) -> SourceArticle {
        SourceArticle(
            item: item, title: title,
            descriptionHTML: "<p>\(title) is about panel P\(item.originalID).</p><p>Hold the pin.</p>",
            metadata: Metadata(
                stage: .other, status: Label(id: 2, name: "Published"), priority: Label(id: 0), type: nil,
                source: Label(id: 0), tags: ["panel"], createdAt: moment, updatedAt: moment,
                article: ArticleLabels(
                    place: ArticlePlace(
                        category: Label(id: 1, name: "Panels"), folder: Label(id: 2, name: "Pairing"),
                        visibility: .everyone, isDraft: false), language: "en")))
    }
}
