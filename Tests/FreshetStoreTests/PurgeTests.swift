import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `A purge` {
    /// Fills every table with rows of the company whose texts hold `marker`.
    func fill(_ fixture: Fixture, _ company: CompanyID, marker: String, items: Int64) async throws {
        let store = fixture.store
        let now = fixture.now
        try await store.companies.addToken(
            Secret("token \(marker)"), of: company, role: .agent, label: marker, expiresAt: nil, now: now)
        try await store.companies.note([TokenUse(company: company, tokenID: 1, at: now)])
        _ = try await store.audit.begin(
            AdminAct(company: company, at: now, actor: marker, act: "test", target: marker))
        _ = try await store.ledger.accept(
            (1...items).map { .sample(.ticket($0, of: company), id: "\(marker)-\($0)", at: now) },
            policy: MarkPolicy(quietPeriod: .zero), now: now)
        let runs = try await store.ledger.claim(
            limit: Int(items), owner: "w", policy: ClaimPolicy(perCompany: Int(items)), now: now)
        for run in runs where run.item.company == company {
            try await store.ledger.finish(
                RunReport(
                    run: run, outcome: .created, reason: marker,
                    document: .sample(run.item, text: marker, generation: run.fence, at: now)), now: now)
            var point = Point.sample(run.item, text: marker, at: now)
            point.attachments = [
                Attachment(attachmentID: 1, fileName: marker, contentType: nil, size: 1)
            ]
            var terms = FullTextTerms.words(marker, "\(marker) text")
            terms.attachments = [1: [marker]]
            try await store.points.upsert(point, terms: terms)
            try await store.recommendations.add([
                RecommendationRecord(
                    company: company, id: "\(marker)-\(run.item.originalID)", kind: .query, question: .text(marker),
                    shown: [Recommended(run.item)], user: marker, at: now)
            ])
            _ = try await store.feedback.record(
                Feedback(
                    company: company, recommendation: "\(marker)-\(run.item.originalID)", user: marker,
                    subject: Recommended(run.item), verdict: .up, comment: marker, at: now, terms: [marker]))
            let key = ModelCacheKey(company: company, model: marker, fingerprint: .sample(Int(run.item.originalID)))
            try await store.modelCache.store(Summary.sample(marker), for: key, now: now)
        }
        try await fixture.mark(.ticket(1, of: company))
        try await store.erasures.refuse(requester: 99, in: company, now: now)
        try await store.usage.add(
            [
                UsageEntry(
                    company: company, day: UTCDay(now), provider: "openai", model: marker, purpose: .summary,
                    figures: UsageFigures(calls: 1))
            ], saved: [SavedEntry(company: company, day: UTCDay(now), purpose: .summary, reason: .spam, calls: 1)])
        for id in ["\(marker)-1", "\(marker)-2"] {
            try await store.reconciles.request(
                Reconcile(id: id, company: company, mode: .sweep, since: nil, requestedAt: now))
        }
        var reconcile = try #require(
            try await store.reconciles.claim("\(marker)-1", of: company, owner: "w", lease: .seconds(9), now: now))
        reconcile.state = .complete
        reconcile.nextCursor = now
        try await store.reconciles.finish(reconcile, owner: "w", now: now)
    }

    @Test func `leaves nothing of the company in any table or in the file, and everything of the others`() async throws
    {
        let fixture = try await Fixture(["acme", "globex"], limits: StoreLimits(rowsPerTransaction: 50))
        try await fill(fixture, acme, marker: "quuxmarker", items: 120)
        try await fill(fixture, globex, marker: "otherword", items: 3)
        let before = try Raw(fixture.path).dump()
        let held = before.filter { $0.value.contains("acme") || $0.value.contains("quuxmarker") }.keys
        #expect(held.count >= 24, "the test has to fill what it wants to see emptied: \(held.sorted())")

        let counts = try await fixture.store.companies.purge(acme)
        #expect(counts["companies"] == 1)
        #expect(counts["tokens"] == 1)
        #expect(counts["secrets"] == 2)
        #expect(counts["erasures"] == 1)
        for table in [
            "deliveries", "items", "decisions", "documents", "points", "model_cache", "recommendations", "attachments",
            "attachment_terms", "feedback",
        ] {
            #expect(counts[table] == 120, "\(table)")
        }
        #expect(counts["reconciles"] == 2)

        for (table, text) in try Raw(fixture.path).dump() {
            #expect(!text.contains("acme"), "\(table)")
            #expect(!text.contains("quuxmarker"), "\(table)")
        }
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.path + suffix))
            #expect(bytes.range(of: Data("quuxmarker".utf8)) == nil, "before compacting, file\(suffix)")
        }
        try await fixture.store.compact()
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.path + suffix))
            #expect(bytes.range(of: Data("quuxmarker".utf8)) == nil, "after compacting, file\(suffix)")
            #expect(bytes.range(of: Data("acme".utf8)) == nil, "after compacting, file\(suffix)")
        }

        let store = fixture.store
        #expect(try await store.ledger.backlog(of: nil).keys.map(\.text) == ["globex"])
        #expect(try await store.documents.counts(of: globex) == [.indexed: 3])
        #expect(try await store.points.match(["otherword"], in: globex, kinds: [.ticket], limit: 9).count == 3)
        #expect(try await store.companies.bearer(of: Secret("token quuxmarker"), now: fixture.now) == nil)
        #expect(try await store.companies.bearer(of: Secret("token otherword"), now: fixture.now)?.company == globex)
        #expect(try await store.companies.purge(acme) == [:])
    }

    @Test func `lets nothing of a run that outlives it come back`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(.ticket(1), .backfill)
        let run = try await fixture.claim()
        _ = try await fixture.store.companies.purge(acme)
        let unknown = StoreError.unknownCompany(acme)
        let store = fixture.store
        let now = fixture.now
        await #expect(throws: StoreError.staleFence) {
            try await store.ledger.finish(
                RunReport(run: run, outcome: .created, document: .sample(run.item, at: now)), now: now)
        }
        await #expect(throws: unknown) {
            try await store.points.upsert(.sample(run.item, at: now), terms: .words("x"))
        }
        await #expect(throws: unknown) { try await store.points.remove(run.item, generation: 1, at: now) }
        await #expect(throws: unknown) {
            try await store.modelCache.store(
                Summary.sample("x"), for: ModelCacheKey(company: acme, model: "m", fingerprint: .sample(1)), now: now)
        }
        await #expect(throws: unknown) {
            try await store.reconciles.request(
                Reconcile(id: "r", company: acme, mode: .sweep, since: nil, requestedAt: now))
        }
        await #expect(throws: unknown) { try await fixture.mark(.ticket(1)) }
        #expect(try await store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: now).isEmpty)
        for (table, text) in try Raw(fixture.path).dump() { #expect(!text.contains("acme"), "\(table)") }
    }

    @Test func `that was cut short takes nothing in meanwhile, and goes on when it is called again`() async throws {
        let isBroken = Flag()
        let fixture = try await Fixture(
            ["acme", "globex"],
            statements: SQLText { sql in
                isBroken.isSet && sql.hasPrefix("DELETE FROM documents") ? "SELECT broken" : sql
            })
        try await fill(fixture, acme, marker: "quuxmarker", items: 5)
        fixture.clock.advance(by: .seconds(2))
        let run = try await fixture.claim()
        isBroken.set(true)
        await #expect(throws: (any Error).self) { try await fixture.store.companies.purge(acme) }
        isBroken.set(false)
        #expect(try await fixture.store.documents.counts(of: acme) == [.indexed: 5], "half-way")
        #expect(try await fixture.store.companies.company(acme) == nil)
        #expect(try await fixture.store.points.match(["quuxmarker"], in: acme, kinds: [.ticket], limit: 9).isEmpty)
        await #expect(throws: StoreError.staleFence) { try await fixture.finish(run) }
        await #expect(throws: StoreError.companyExists(acme)) { try await fixture.add("acme") }
        #expect(try await fixture.another().companies.purge(acme)["documents"] == 5)
        for (table, text) in try Raw(fixture.path).dump() { #expect(!text.contains("acme"), "\(table)") }
        try await fixture.add("acme")
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
    }
}
