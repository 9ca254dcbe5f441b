import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `An erasure` {
    private func take(_ fixture: Fixture, _ item: Item, text: String, requester: Int64 = 5) async throws {
        try await fixture.mark(item, policy: MarkPolicy(quietPeriod: .zero))
        let run = try await fixture.claim()
        var record = DocumentRecord.sample(item, text: text, generation: run.fence, at: fixture.now)
        record.document?.metadata.requester = Person(id: requester, name: "Requester of \(text)")
        try await fixture.store.ledger.finish(
            RunReport(run: run, outcome: .created, document: record), now: fixture.now)
        try await fixture.store.points.upsert(
            .sample(item, text: text, generation: run.fence, at: fixture.now), terms: .words(text, "\(text) body"))
    }

    @Test func `takes the item from whoever has it, and lets nothing of it wait`() async throws {
        let fixture = try await Fixture()
        let (store, item, now) = (fixture.store, Item.ticket(1), fixture.now)
        try await take(fixture, item, text: "hello")
        try await fixture.mark(item, policy: MarkPolicy(quietPeriod: .zero))
        let run = try await fixture.claim()
        // Not taken in yet: it waits in the inbox.
        _ = try await store.ledger.accept([.sample(item, id: "late", at: now)], policy: MarkPolicy(), now: now)
        let removed = try await store.erasures.erase(item, now: now)
        #expect(removed[.documents] == 1 && removed[.decisions] == 1)

        let entry = try await fixture.entry(item)
        #expect(entry.fence > run.fence && entry.wanted == entry.done && entry.owner == nil && entry.state == .ready)
        #expect(try await store.ledger.renew([run], owner: "worker", until: now + .seconds(9), now: now) == [item])
        await #expect(throws: StoreError.staleFence) {
            try await store.ledger.finish(
                RunReport(run: run, outcome: .updated, document: .sample(item, at: now)), now: now)
        }
        let later = now + .seconds(99)
        #expect(try await store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: later).isEmpty)
        #expect(try await store.erasures.removeRemains(of: acme)[.deliveries] == 1)
        let record = try #require(try await store.documents.record(of: item))
        #expect(record.isErased && record.document == nil && record.summary == nil && record.contentHash == nil)
        #expect(try await store.documents.present(of: acme, kind: nil) == 0)
        #expect(try await store.erasures.erased(of: acme, after: nil, limit: 9).map(\.generation) == [entry.fence])
    }

    @Test func `is remembered by every write, of an unknown ticket too, and of a requester's`() async throws {
        let fixture = try await Fixture()
        let (store, now) = (fixture.store, fixture.now)
        _ = try await store.erasures.erase(.ticket(1), now: now)
        try await store.erasures.refuse(requester: 77, in: acme, now: now)
        for (item, requester) in [(Item.ticket(1), Int64(5)), (.ticket(2), 77)] {
            let origin = Provenance(item: item, requester: requester)
            let key = ModelCacheKey(company: acme, model: "m", fingerprint: .sample(9))
            await #expect(throws: StoreError.erased) {
                try await store.modelCache.store(Summary.sample("x"), for: key, from: origin, now: now)
            }
            await #expect(throws: StoreError.erased) {
                try await store.modelCache.store(
                    Embedding(vector: [1], features: []), for: key, from: origin, now: now)
            }
            var point = Point.sample(item, generation: 99, at: now)
            point.metadata.requester = Person(id: requester)
            await #expect(throws: StoreError.erased) { try await store.points.upsert(point, terms: .words("x")) }
            await #expect(throws: StoreError.erased) {
                try await store.points.upsert([(point, .words("x"))])[0].get()
            }
            try await fixture.mark(item, policy: MarkPolicy(quietPeriod: .zero))
            let run = try await fixture.claim()
            var record = DocumentRecord.sample(item, generation: run.fence, at: now)
            record.document?.metadata.requester = Person(id: requester)
            let report = RunReport(run: run, outcome: .created, document: record)
            await #expect(throws: StoreError.erased) { try await store.ledger.finish(report, now: now) }
            try await store.ledger.finish(RunReport(run: run, outcome: .excluded), now: now)
        }
        // Also by another process, and after a crash.
        #expect(try await fixture.afterKill().documents.isErased(requester: 77, in: acme))
        #expect(try await fixture.another().documents.record(of: .ticket(1))?.isErased == true)
        #expect(try await !store.documents.isErased(requester: 78, in: acme))
        try await take(fixture, .ticket(3), text: "hello", requester: 78)
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM model_cache") == 0)
    }

    @Test func `leaves no word in the file or its log, with many others around it`() async throws {
        let fixture = try await Fixture(limits: StoreLimits(rowsPerTransaction: 50))
        let (store, now) = (fixture.store, fixture.now)
        for number in 1...300 as ClosedRange<Int64> {
            try await take(
                fixture, .ticket(number), text: number % 100 == 50 ? "quuxmarker" : "word\(number) other\(number)",
                requester: number)
        }
        for number in [50, 150, 250] as [Int64] {
            let item = Item.ticket(number)
            _ = try await store.erasures.erase(item, now: now)
            try await store.points.remove(item, generation: 99, at: now)
        }
        #expect(try await store.erasures.scrub(acme))
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.path + suffix))
            #expect(bytes.range(of: Data("quuxmarker".utf8)) == nil, "file\(suffix)")
        }
        #expect(try await store.points.match(["word7"], in: acme, kinds: [.ticket], limit: 9).count == 1)
        #expect(try await store.points.count(of: acme) == 297)
    }

    @Test func `takes every recommendation that the ticket was part of, with its verdicts, and no other`() async throws
    {
        let fixture = try await Fixture()
        let (store, now) = (fixture.store, fixture.now)
        try await take(fixture, .ticket(1), text: "about wombats")
        func record(
            _ id: String, _ question: RecommendationRecord.Question, _ shown: [Recommended],
            unaided: [Recommended]? = nil
        ) -> RecommendationRecord {
            RecommendationRecord(
                company: acme, id: id, kind: .query, question: question, shown: shown, unaided: unaided ?? shown,
                user: "ann", at: now)
        }
        let (one, two, eleven) = (Recommended(.ticket, 1), Recommended(.ticket, 2), Recommended(.ticket, 11))
        try await store.recommendations.add([
            record("beside", .ticket(1), [two]), record("quoting", .text("who wrote SUBJECT about wombats?"), [two]),
            record("showing", .text("wombats"), [two, one, eleven]),
            record("unaided", .text("digging"), [two, eleven], unaided: [two, one]),
            record("its file", .text("a.png"), [Recommended(.attachment, 8)]),
            record("other", .text("digging"), [two, eleven, Recommended(.attachment, 1)]),
        ])
        func judge(_ id: String, _ thing: Recommended, _ user: String = "ann", _ comment: String? = nil) async throws {
            _ = try await store.feedback.record(
                Feedback(
                    company: acme, recommendation: id, user: user, subject: thing, verdict: .up, comment: comment,
                    at: now, terms: []))
        }
        try await judge("beside", two)
        try await judge("showing", one)
        try await judge("showing", two)
        try await judge("other", two, "ann", "as requester of About Wombats said")
        try await judge("other", two, "bob", "thanks")
        let removed = try await store.erasures.erase(.ticket(1), now: now)
        #expect(removed[.recommendations] == 5 && removed[.feedback] == 4)
        let raw = try Raw(fixture.path)
        #expect(try raw.texts("SELECT id FROM recommendations") == ["other"])
        #expect(try raw.texts("SELECT recommendation_id || ' ' || user FROM feedback") == ["other bob"])
        // One that was on its way to be written down.
        try await store.recommendations.add([record("late", .ticket(1), [two])])
        #expect(try await store.recommendations.recommendation("late", of: acme) == nil)
        #expect(try await store.feedback.state(of: acme).epoch == 1, "whoever remembers verdicts reads them anew")
    }

    @Test func `needs a master key for a requester, and says nothing of who it was`() async throws {
        let fixture = try await Fixture()
        try await fixture.store.erasures.refuse(requester: 123_456_789, in: acme, now: fixture.now)
        #expect(try !Raw(fixture.path).dump().values.contains { $0.contains("123456789") })
        let reference = try fixture.store.erasures.reference(to: .requester(123_456_789), of: acme)
        #expect(reference.count == 16 && !reference.contains("123456789"))
        #expect(try fixture.another().erasures.reference(to: .requester(123_456_789), of: acme) == reference)
        #expect(try fixture.store.erasures.reference(to: .ticket(123_456_789), of: acme) != reference)
        let keyless = try SQLiteStore(
            path: fixture.directory.path("other.db"), masterKey: nil, clock: fixture.clock)
        await #expect(throws: StoreError.self) {
            try await keyless.erasures.refuse(requester: 1, in: acme, now: fixture.now)
        }
        await #expect(throws: StoreError.unknownCompany(globex)) {
            _ = try await fixture.store.erasures.erase(.ticket(1, of: globex), now: fixture.now)
        }
    }
}
