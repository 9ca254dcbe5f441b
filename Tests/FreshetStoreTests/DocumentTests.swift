import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Documents and model results` {
    let ticket = Item.ticket(1)

    func finish(_ fixture: Fixture, _ record: DocumentRecord, _ outcome: Outcome, source: Timestamp? = nil)
        async throws
    {
        try await fixture.mark(record.item, .backfill)
        let run = try #require(
            try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now)
                .first { $0.item == record.item })
        try await fixture.store.ledger.finish(
            RunReport(run: run, outcome: outcome, document: record, sourceUpdatedAt: source), now: fixture.now)
    }

    @Test func `a record comes back exactly as it was stored, and the last one wins`() async throws {
        let fixture = try await Fixture()
        let first = DocumentRecord.sample(ticket, at: fixture.now)
        try await finish(fixture, first, .created)
        #expect(try await fixture.store.documents.record(of: ticket) == first)
        let removed = DocumentRecord(
            item: ticket, state: .removed, reason: "deleted", generation: 2, recordedAt: fixture.now + .seconds(1))
        try await finish(fixture, removed, .removed)
        #expect(try await fixture.store.documents.record(of: ticket) == removed)
        #expect(try Raw(fixture.path).number("SELECT count(document) FROM documents") == 0)
    }

    @Test func `is stored under the names of the design`() async throws {
        let fixture = try await Fixture()
        try await finish(fixture, .sample(ticket, at: fixture.now), .created)
        let raw = try Raw(fixture.path)
        let path = { (path: String) in try raw.texts("SELECT CAST(document ->> '\(path)' AS TEXT) FROM documents") }
        #expect(try path("$.original_id") == ["1"])
        #expect(try path("$.doc_type") == ["ticket"])
        #expect(try path("$.company_id") == ["acme"])
        #expect(try path("$.conversations[0].private") == ["1"])
        #expect(try path("$.attachments[0].attachment_id") == ["8"])
        #expect(try path("$.metadata.custom_fields.cf_number") == ["9223372036854775807"])
    }

    @Test func `the reconciler learns what the ledger knows of its items`() async throws {
        let fixture = try await Fixture()
        let source = fixture.now - .seconds(60)
        try await finish(fixture, .sample(.ticket(1), at: fixture.now), .created, source: source)
        try await finish(
            fixture, DocumentRecord(item: .ticket(2), state: .removed, generation: 1, recordedAt: fixture.now), .removed
        )
        try await finish(fixture, .sample(.ticket(3), at: fixture.now), .created, source: source)
        try await fixture.mark(.ticket(3), .backfill)
        try await fixture.mark(.ticket(4))
        let items = (1...5).map { Item.ticket($0) }
        #expect(
            try await fixture.store.documents.known(among: items) == [
                .ticket(1): KnownState(sourceUpdatedAt: source, isGone: false, isPending: false),
                .ticket(2): KnownState(sourceUpdatedAt: nil, isGone: true, isPending: false),
                .ticket(3): KnownState(sourceUpdatedAt: source, isGone: false, isPending: true),
            ])
        // A run in flight may have read the item before the change that a listing has just told of.
        let run = try await fixture.claim()
        #expect(run.item == .ticket(3))
        #expect(try await fixture.store.documents.known(among: [.ticket(3)])[.ticket(3)]?.isPending == false)
    }

    @Test func `the place and the languages of an article come back, and the reconciler learns the place`()
        async throws
    {
        let fixture = try await Fixture()
        var article = ticket
        article.kind = .article
        var record = DocumentRecord.sample(article, at: fixture.now)
        let place = ArticlePlace(
            category: Label(id: 4, name: "Panels"), folder: Label(id: 5, name: nil), visibility: .contactSegments,
            isDraft: true)
        record.document?.metadata.article = ArticleLabels(place: place, language: nil, translations: ["ko"])
        record.document?.translations = [Translation(language: "ko", title: "제목", text: "글")]
        try await finish(fixture, record, .created, source: fixture.now)
        #expect(try await fixture.store.documents.record(of: article) == record)
        #expect(try await fixture.store.documents.known(among: [article])[article]?.place == place)
        try await finish(fixture, .sample(ticket, at: fixture.now), .created)
        #expect(try await fixture.store.documents.known(among: [ticket])[ticket]?.place == nil)
        #expect(try await fixture.store.documents.counts(of: acme, kind: .article) == [.indexed: 1])
        #expect(try await fixture.store.documents.counts(of: acme, kind: nil) == [.indexed: 2])
    }

    @Test func `are counted by state`() async throws {
        let fixture = try await Fixture()
        for number in 1...3 { try await finish(fixture, .sample(.ticket(Int64(number)), at: fixture.now), .created) }
        try await finish(
            fixture, DocumentRecord(item: .ticket(4), state: .excluded, generation: 1, recordedAt: fixture.now),
            .excluded)
        #expect(try await fixture.store.documents.counts(of: acme) == [.indexed: 3, .excluded: 1])
    }

    // MARK: - Model cache

    func key(_ number: Int, _ company: CompanyID = acme, model: String = "builtin/x/1") -> ModelCacheKey {
        ModelCacheKey(company: company, model: model, fingerprint: .sample(number))
    }

    @Test func `what a model made is found again under its key only`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let cache = fixture.store.modelCache
        let embedding = Embedding(vector: [0.25, -1, .pi], features: [1, 65535])
        try await cache.store(Summary.sample("s"), for: key(1), now: fixture.now)
        try await cache.store(embedding, for: key(1), now: fixture.now)
        try await cache.store(Summary.sample("t"), for: key(1), now: fixture.now)
        #expect(try await cache.summary(key(1)) == .sample("t"))
        #expect(try await cache.embedding(key(1)) == embedding)
        #expect(try await cache.summary(key(2)) == nil)
        #expect(try await cache.summary(key(1, globex)) == nil)
        #expect(try await cache.embedding(key(1, model: "builtin/x/2")) == nil)
        await #expect(throws: StoreError.unknownCompany(.known("nobody"))) {
            try await cache.store(embedding, for: key(1, .known("nobody")), now: fixture.now)
        }
    }

    @Test func `the cache is bounded per company, and what was used last stays`() async throws {
        let fixture = try await Fixture(["acme", "globex"], limits: StoreLimits(modelCacheEntries: 100))
        let cache = fixture.store.modelCache
        try await cache.store(Summary.sample("other"), for: key(1, globex), now: fixture.now)
        for number in 1...100 {
            try await cache.store(Summary.sample("\(number)"), for: key(number), now: fixture.now)
            fixture.clock.advance(by: .seconds(1))
        }
        fixture.clock.advance(by: .seconds(86_400))
        #expect(try await cache.summary(key(1)) == .sample("1"))
        try await cache.store(Summary.sample("101"), for: key(101), now: fixture.now)
        #expect(try await cache.summary(key(1)) == .sample("1"), "was used a moment ago")
        #expect(try await cache.summary(key(2)) == nil)
        #expect(try await cache.summary(key(101)) == .sample("101"))
        #expect(try await cache.summary(key(1, globex)) == .sample("other"))
        for number in 102...250 {
            try await cache.store(Summary.sample("\(number)"), for: key(number), now: fixture.now)
        }
        let left = try Raw(fixture.path).number("SELECT count(*) FROM model_cache WHERE company_id = 'acme'")
        #expect((80...100).contains(left))
        let noted = try Raw(fixture.path).number("SELECT entries FROM model_cache_sizes WHERE company_id = 'acme'")
        #expect(noted == left)
    }

    @Test func `a use is written down once a day at most`() async throws {
        let recorder = Recorder()
        let fixture = try await Fixture(
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        let cache = fixture.store.modelCache
        try await cache.store(Summary.sample("s"), for: key(1), now: fixture.now)
        fixture.clock.advance(by: .seconds(86_400))
        _ = try await cache.summary(key(1))
        #expect(!recorder.statements.contains { $0.hasPrefix("UPDATE model_cache SET last_used") })
        fixture.clock.advance(by: .milliseconds(1))
        _ = try await cache.summary(key(1))
        #expect(recorder.statements.contains { $0.hasPrefix("UPDATE model_cache SET last_used") })
    }
}
