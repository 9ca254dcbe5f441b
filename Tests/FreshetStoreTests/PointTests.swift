import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Points` {
    let ticket = Item.ticket(1)

    func upsert(
        _ fixture: Fixture, _ item: Item, _ subject: String, _ body: String = "", generation: Int64 = 1,
        tags: [String] = ["billing"]
    ) async throws {
        try await fixture.store.points.upsert(
            .sample(item, text: subject, generation: generation, tags: tags, at: fixture.now),
            terms: .words(subject, body))
    }

    func found(_ fixture: Fixture, _ terms: [String], limit: Int = 10) async throws -> [Int64] {
        try await fixture.store.points.match(terms, in: acme, kinds: [.ticket], limit: limit).map(\.item.originalID)
    }

    @Test func `a change holds the vector exactly as it was`() async throws {
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "hello")
        let changes = try await fixture.store.points.changes(of: acme, after: 0, limit: 10)
        let embedding = Point.sample(ticket, at: fixture.now).embedding
        #expect(changes == [PointChange(sequence: 1, item: ticket, embedding: embedding)])
    }

    @Test func `sequence numbers rise over all writers, and changes come in their order`() async throws {
        let fixture = try await Fixture()
        let other = try fixture.another()
        let now = fixture.now
        #expect(try await fixture.store.points.sequence(of: acme) == 0)
        try await withThrowingTaskGroup { group in
            for number in 1...40 {
                let points = number % 2 == 0 ? fixture.store.points : other.points
                group.addTask {
                    try await points.upsert(.sample(.ticket(Int64(number)), at: now), terms: .words("w"))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await other.points.sequence(of: acme) == 40)
        try await fixture.store.points.remove(.ticket(7), generation: 1, at: now)
        var seen: [PointChange] = []
        while case let page = try await other.points.changes(of: acme, after: seen.last?.sequence ?? 0, limit: 7),
            !page.isEmpty
        {
            seen += page
        }
        #expect(seen.count == 40)
        #expect(seen.map(\.sequence) == seen.map(\.sequence).sorted())
        #expect(seen.last == PointChange(sequence: 41, item: .ticket(7), embedding: nil))
    }

    @Test func `a lower generation never replaces a higher one, and the same may repeat`() async throws {
        let fixture = try await Fixture()
        let points = fixture.store.points
        try await upsert(fixture, ticket, "new", generation: 5)
        try await upsert(fixture, ticket, "newer", generation: 5)
        await #expect(throws: UpstreamError.superseded) {
            try await upsert(fixture, ticket, "old", generation: 4)
        }
        await #expect(throws: UpstreamError.superseded) {
            try await points.remove(ticket, generation: 4, at: fixture.now)
        }
        await #expect(throws: UpstreamError.superseded) {
            try await points.relabel(
                ticket, metadata: .sample(at: fixture.now), facetsHash: .sample(9), generation: 4, at: fixture.now)
        }
        #expect(try await found(fixture, ["newer"]) == [1])
        #expect(try await found(fixture, ["old"]) == [])
        #expect(try await found(fixture, ["new"]) == [])
    }

    @Test func `of many written at once each hears its own, and one that is turned away takes no other with it`()
        async throws
    {
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "newer", generation: 5)
        let nobody = try #require(CompanyID("nobody"))
        let strange = Item(company: nobody, platform: .freshdesk, kind: .ticket, originalID: 1)
        let items: [(Item, Int64)] = [(.ticket(2), 1), (ticket, 4), (strange, 1), (.ticket(3), 1)]
        let results = try await fixture.store.points.upsert(
            items.map { item, generation in
                (.sample(item, text: "many", generation: generation, at: fixture.now), .words("many"))
            })
        let errors = results.map { result -> String in
            if case .failure(let error) = result { return "\(error)" }
            return ""
        }
        #expect(
            errors == [
                "", UpstreamError.superseded.description, StoreError.unknownCompany(nobody).description, "",
            ])
        #expect(try await found(fixture, ["many"]) == [2, 3])
        #expect(try await found(fixture, ["newer"]) == [1])
    }

    @Test func `a removal cannot be undone by an older run, only by a newer one`() async throws {
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "here", generation: 3)
        try await fixture.store.points.remove(ticket, generation: 5, at: fixture.now)
        #expect(try await fixture.store.points.count(of: acme) == 0)
        #expect(try await found(fixture, ["here"]) == [])
        await #expect(throws: UpstreamError.superseded) {
            try await upsert(fixture, ticket, "here", generation: 4)
        }
        await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
            try await fixture.store.points.relabel(
                ticket, metadata: .sample(at: fixture.now), facetsHash: .sample(9), generation: 6, at: fixture.now)
        }
        try await upsert(fixture, ticket, "back", generation: 6)
        #expect(try await found(fixture, ["back"]) == [1])
        #expect(try await fixture.store.points.count(of: acme) == 1)
    }

    @Test func `a removal before any upsert holds, too`() async throws {
        let fixture = try await Fixture()
        try await fixture.store.points.remove(ticket, generation: 5, at: fixture.now)
        await #expect(throws: UpstreamError.superseded) {
            try await upsert(fixture, ticket, "late", generation: 4)
        }
    }

    @Test func `new labels are seen at once and move no sequence number`() async throws {
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "hello")
        let metadata = Metadata.sample(tags: ["refund"], at: fixture.now)
        let moment = fixture.now + .seconds(9)
        try await fixture.store.points.relabel(
            ticket, metadata: metadata, facetsHash: .sample(9), generation: 2, at: moment)
        let hit = try await fixture.store.points.hits([ticket], in: acme, filters: SearchFilters())[ticket]
        #expect(hit?.metadata == metadata)
        #expect(hit?.indexedAt == moment)
        #expect(hit?.subject == "Subject hello")
        #expect(try await fixture.store.points.sequence(of: acme) == 1)
        #expect(try await found(fixture, ["hello"]) == [1])
        await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
            try await fixture.store.points.relabel(
                .ticket(2), metadata: metadata, facetsHash: .sample(9), generation: 2, at: moment)
        }
    }

    // MARK: - Full text

    @Test func `the best match comes first, and a subject counts more than a body`() async throws {
        let fixture = try await Fixture()
        try await upsert(fixture, .ticket(1), "printer", "offline")
        try await upsert(fixture, .ticket(2), "something", "printer")
        try await upsert(fixture, .ticket(3), "printer offline", "offline")
        for number in 4...20 { try await upsert(fixture, .ticket(Int64(number)), "other", "words") }
        let matches = try await fixture.store.points.match(
            ["printer", "offline"], in: acme, kinds: [.ticket], limit: 10)
        #expect(matches.map(\.item.originalID) == [3, 1, 2])
        #expect(matches.allSatisfy { $0.score > 0 })
        #expect(try await found(fixture, ["printer", "offline"], limit: 1) == [3])
    }

    @Test func `terms of any script are one word each`() async throws {
        let fixture = try await Fixture()
        let terms = [
            "환불", "환불요청", "ㅎㅗㅏ", "返金", "возврат", "हिन्दी", "ภาษาไทย", "café", "a_b", "a~b", "t~환", "x1", "straße", "עִבְרִית",
        ]
        for (number, term) in terms.enumerated() {
            try await upsert(fixture, .ticket(Int64(number + 1)), term)
        }
        for (number, term) in terms.enumerated() {
            #expect(try await found(fixture, [term]) == [Int64(number + 1)], "\(term)")
            #expect(try await fixture.store.points.frequencies(of: [term], in: acme) == [term: 1], "\(term)")
        }
        #expect(try await found(fixture, ["cafe"]) == [], "accents tell words apart")
    }

    @Test func `what looks like a query is only a term`() async throws {
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "hello", "body")
        for term in [
            "\"", "\"\"", "hello OR body", "subject:hello", "hel*", "NEAR(", "-hello", "^hello", "", " ",
            "'; DROP TABLE points", "a\0b",
            "{subject}", "(", "hello\"",
        ] {
            _ = try await fixture.store.points.match([term], in: acme, kinds: [.ticket], limit: 10)
            _ = try await fixture.store.points.frequencies(of: [term], in: acme)
        }
        #expect(try await found(fixture, ["hel*"]) == [])
        #expect(try await found(fixture, ["hello"]) == [1])
        #expect(try await found(fixture, []) == [])
    }

    @Test func `kinds are told apart`() async throws {
        let fixture = try await Fixture()
        let article = Item(company: acme, platform: .freshdesk, kind: .article, originalID: 1)
        try await upsert(fixture, ticket, "refund")
        try await upsert(fixture, article, "refund")
        let points = fixture.store.points
        #expect(try await points.match(["refund"], in: acme, kinds: [.article], limit: 9).map(\.item) == [article])
        #expect(try await points.match(["refund"], in: acme, kinds: [.ticket], limit: 9).map(\.item) == [ticket])
        #expect(try await points.match(["refund"], in: acme, kinds: [.ticket, .article], limit: 9).count == 2)
        #expect(try await points.match(["refund"], in: acme, kinds: [], limit: 9).isEmpty)
        #expect(try await points.frequencies(of: ["refund", "none"], in: acme) == ["refund": 2])
    }

    @Test func `another company's texts change neither scores nor frequencies`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        for number in 1...20 { try await upsert(fixture, .ticket(Int64(number)), "word\(number % 5)", "common") }
        let terms = ["word1", "common"]
        let before = try await fixture.store.points.match(terms, in: acme, kinds: [.ticket], limit: 99)
        for number in 1...50 {
            try await upsert(fixture, .ticket(Int64(number), of: globex), "word1", "long text here")
        }
        let after = try await fixture.store.points.match(terms, in: acme, kinds: [.ticket], limit: 99)
        #expect(before.map(\.item) == after.map(\.item))
        #expect(before.map(\.score) == after.map(\.score))
        #expect(try await fixture.store.points.frequencies(of: terms, in: acme) == ["word1": 4, "common": 20])
    }

    // MARK: - Filters

    static let filters: [(String, SearchFilters, Bool)] = {
        let made = Timestamp(seconds: 1_767_225_600)
        return [
            ("nothing asked", SearchFilters(), true),
            ("stage word", SearchFilters(status: ["RESOLVED"]), true),
            ("other stage", SearchFilters(status: ["open"]), false),
            ("any of several", SearchFilters(status: ["open", "resolved"]), true),
            ("label", SearchFilters(priority: ["medium"]), true),
            ("label's number", SearchFilters(priority: ["2"]), true),
            ("other label", SearchFilters(priority: ["high"]), false),
            ("type", SearchFilters(type: ["question"]), true),
            ("other type", SearchFilters(type: ["bug"]), false),
            ("tag", SearchFilters(tags: ["x", "BILLING"]), true),
            ("other tag", SearchFilters(tags: ["bill"]), false),
            ("group", SearchFilters(group: ["tier 1"]), true),
            ("other group", SearchFilters(group: ["tier 2"]), false),
            ("product", SearchFilters(product: ["rocket"]), true),
            ("other product", SearchFilters(product: ["sled"]), false),
            ("all must hold", SearchFilters(status: ["resolved"], tags: ["none"]), false),
            ("hostile text", SearchFilters(tags: ["' OR 1=1 --", "%"]), false),
            ("from its own moment", SearchFilters(createdAfter: made), true),
            ("from a later moment", SearchFilters(createdAfter: made + .milliseconds(1)), false),
            ("up to its own moment", SearchFilters(createdBefore: made), false),
            ("up to a later moment", SearchFilters(createdBefore: made + .milliseconds(1)), true),
            ("updated from", SearchFilters(updatedAfter: made + .milliseconds(1)), true),
            ("all tickets", SearchFilters(scope: .everything), true),
            ("its agent", SearchFilters(scope: .tickets(assignedTo: "ANN@example.com", groups: [])), true),
            ("another agent", SearchFilters(scope: .tickets(assignedTo: "5", groups: [])), false),
            ("its group", SearchFilters(scope: .tickets(assignedTo: "5", groups: ["other", "tier 1"])), true),
            ("no ticket", SearchFilters(scope: .tickets(assignedTo: nil, groups: [])), false),
            ("updated up to", SearchFilters(updatedBefore: made + .milliseconds(1)), false),
        ]
    }()

    @Test(arguments: filters.indices)
    func `filters let through what they should`(index: Int) async throws {
        let (name, filters, passes) = Self.filters[index]
        let fixture = try await Fixture()
        try await upsert(fixture, ticket, "hello")
        let hits = try await fixture.store.points.hits([ticket, .ticket(2)], in: acme, filters: filters)
        #expect((hits[ticket] != nil) == passes, "\(name)")
        #expect(hits.count <= 1)
    }

    @Test func `filters of articles look at their place, and what a ticket does not have lets none through`()
        async throws
    {
        let fixture = try await Fixture()
        var article = Item.ticket(1)
        article.kind = .article
        var point = Point.sample(article, at: fixture.now)
        point.metadata.article = ArticleLabels(
            place: ArticlePlace(
                category: Label(id: 4, name: "Panels"), folder: Label(id: 5, name: "Pairing"), visibility: .agents,
                isDraft: false), language: "en", translations: ["ko"])
        try await fixture.store.points.upsert(point, terms: .words("hello"))
        try await upsert(fixture, ticket, "hello")
        for (filters, passes) in [
            (SearchFilters(category: ["PANELS"]), true), (SearchFilters(category: ["4"]), true),
            (SearchFilters(category: ["hubs"]), false), (SearchFilters(folder: ["pairing"]), true),
            (SearchFilters(folder: ["5", "6"]), true), (SearchFilters(folder: ["4"]), false),
            (SearchFilters(language: ["KO"]), true), (SearchFilters(language: ["en"]), true),
            (SearchFilters(language: ["de"]), false), (SearchFilters(visibility: [.agents]), true),
            (SearchFilters(visibility: [.everyone, .customers]), false),
        ] {
            let hits = try await fixture.store.points.hits([article, ticket], in: acme, filters: filters)
            #expect((hits[article] != nil) == passes, "\(filters)")
            #expect(hits[ticket] == nil)
        }
        #expect(
            try await fixture.store.points.hits([article], in: acme, filters: SearchFilters())[article]?.metadata
                == point.metadata)
    }

    // MARK: - Purge

    @Test func `a purge of the points leaves nothing of them and starts above the old sequence`() async throws {
        let fixture = try await Fixture(["acme", "globex"], limits: StoreLimits(rowsPerTransaction: 50))
        for number in 1...120 { try await upsert(fixture, .ticket(Int64(number)), "zebra\(number)") }
        try await upsert(fixture, .ticket(1, of: globex), "zebra1")
        try await fixture.store.points.remove(.ticket(3), generation: 1, at: fixture.now)
        #expect(try await fixture.store.points.purge(acme) == 119)
        #expect(try await fixture.store.points.count(of: acme) == 0)
        #expect(try await fixture.store.points.sequence(of: acme) == 0)
        #expect(try await found(fixture, ["zebra1"]) == [])
        #expect(try await fixture.store.points.purge(acme) == 0)
        try await upsert(fixture, .ticket(3), "zebra3")
        #expect(try await fixture.store.points.sequence(of: acme) == 122)
        #expect(try await found(fixture, ["zebra3"]) == [3])
        #expect(try await fixture.store.points.match(["zebra1"], in: globex, kinds: [.ticket], limit: 9).count == 1)
    }
}
