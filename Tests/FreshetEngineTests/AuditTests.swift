import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `An audit` {
    private func world() async throws -> World {
        let world = try await World()
        for id in 1...6 as ClosedRange<Int64> {
            world.clock.advance(by: .seconds(1))
            world.desk.put(.sample(world.item(id), "Ticket number \(id)", at: world.clock.now))
        }
        world.clock.advance(by: .seconds(60))
        try await world.reconcile()
        return world
    }

    /// A point of `item` with the text of ticket 1.
    private func strayPoint(_ world: World, _ item: Item) async throws -> Point {
        let record = try #require(try await world.store.documents.record(of: world.item(1)))
        let document = try #require(record.document)
        let summary = try #require(record.summary)
        return Point(
            item: item, subject: document.subject, summary: summary, text: "text", metadata: document.metadata,
            contentHash: try #require(record.contentHash), facetsHash: try #require(record.facetsHash), generation: 1,
            indexedAt: world.clock.now,
            embedding: try await world.embedder.embed(
                embeddingText(subject: document.subject, summary: summary), for: world.company))
    }

    private func counts(_ world: World) async throws -> AuditCounts {
        try #require(try await world.reconcile(.audit).certificate.audit)
    }

    @Test func `repairs what is missing, stale or orphaned without asking help desk or model`() async throws {
        let world = try await world()
        let points = world.store.points
        let generation = try #require(try await world.store.documents.record(of: world.item(1))?.generation)
        try await points.remove(world.item(1), generation: generation, at: world.clock.now)
        let metadata = SourceTicket.sample(world.item(2), "x", at: world.clock.now).metadata
        try await points.relabel(
            world.item(2), metadata: metadata,
            facetsHash: try #require(Fingerprint(hex: String(repeating: "ab", count: 32))), generation: generation,
            at: world.clock.now)
        try await world.index.upsert(try await strayPoint(world, world.item(99)))
        let (calls, summaries, embeddings) = (world.desk.calls, world.summariser.calls, world.embedder.calls)

        let found = try await world.auditor.verdicts(on: world.company)
        #expect(found == AuditCounts(missing: 1, orphan: 1, stale: 1))
        #expect(try await counts(world) == AuditCounts(missing: 1, orphan: 1, stale: 1, repaired: 3))
        #expect(try await counts(world) == AuditCounts())
        #expect(world.desk.calls == calls)
        #expect(world.summariser.calls == summaries && world.embedder.calls == embeddings)
        #expect(try await world.index.count(of: world.company) == 6)
        #expect(try await world.find("Ticket number 1").contains(1))
        #expect(world.log.errors == 0)
    }

    @Test func `names what is there twice or names another company, and touches neither`() async throws {
        let world = try await world()
        let own = try #require(try await world.store.points.labels(of: [world.item(3)])[world.item(3)])
        var foreign = own
        foreign.item.company = try #require(CompanyID("globex"))
        world.index.hidePoints(false, adding: [own, foreign])
        let writes = world.index.writes
        #expect(try await counts(world) == AuditCounts(duplicate: 1, foreign: 1))
        #expect(world.index.writes == writes)
        #expect(world.log.errors == 1)
    }

    @Test func `concludes nothing and repairs nothing where the index cannot be read`() async throws {
        let world = try await world()
        try await world.index.upsert(try await strayPoint(world, world.item(99)))
        world.index.hidePoints()
        let writes = world.index.writes
        let found = try await counts(world)
        #expect(found.unknown > 0 && found.missing == 0 && found.orphan == 0 && found.repaired == 0)
        #expect(world.index.writes == writes)
        #expect(world.log.errors == 1)
    }

    @Test func `repairs nothing where the index goes away half-way, not even what was found before`() async throws {
        let world = try await world()
        let generation = try #require(try await world.store.documents.record(of: world.item(1))?.generation)
        try await world.store.points.remove(world.item(1), generation: generation, at: world.clock.now)
        world.index.goBlind(after: 1)
        let writes = world.index.writes
        #expect(try await counts(world) == AuditCounts(missing: 1, unknown: 1))
        #expect(world.index.writes == writes)
        world.index.goBlind(after: .max)
        #expect(try await counts(world) == AuditCounts(missing: 1, repaired: 1))
    }

    @Test func `names a copy and a stranger by where they lie, and another company's in an item's place`() async throws
    {
        let world = try await world()
        let own = try #require(try await world.store.points.labels(of: [world.item(3)])[world.item(3)])
        var copy = own
        copy.isMisplaced = true
        var stranger = copy
        stranger.item.originalID = 4711
        // On a page of its own, far from the point that it is a copy of.
        world.index.hidePoints(false, adding: [copy, stranger])
        let writes = world.index.writes
        #expect(try await counts(world) == AuditCounts(duplicate: 1, foreign: 1))
        var foreign = own
        foreign.item.company = try #require(CompanyID("globex"))
        world.index.hidePoints(false)
        world.index.mistake(world.item(3), for: foreign)
        #expect(try await counts(world) == AuditCounts(foreign: 1))
        #expect(world.index.writes == writes)
    }

    @Test func `leaves alone what a run is about to bring up to date`() async throws {
        let world = try await world()
        let generation = try #require(try await world.store.documents.record(of: world.item(1))?.generation)
        try await world.store.points.remove(world.item(1), generation: generation, at: world.clock.now)
        try await world.mark(1)
        #expect(try await world.auditor.verdicts(on: world.company) == AuditCounts())
    }
}

@Suite struct `A schedule` {
    private let now = Timestamp(seconds: 2_000_000_000)
    private let schedule = ReconcileSchedule(interval: .seconds(300), sweepInterval: .seconds(604_800))
    private let quiet = MissedWebhooks(changes: 0, missed: 0)

    private func last(_ age: Duration, _ mode: Reconcile.Mode = .incremental, id: String = "r") throws -> Reconcile {
        Reconcile(
            id: id, company: try #require(CompanyID("acme")), mode: mode, since: nil, state: .complete,
            requestedAt: now - age)
    }

    private func progress(sweptAgo: Duration) -> ReconcileProgress {
        ReconcileProgress(cursor: now, sweptAt: now - sweptAgo, judgedTo: now)
    }

    @Test func `asks once in an interval and a little, and after a downtime for one that catches up`() throws {
        let swept = progress(sweptAgo: .seconds(3600))
        #expect(schedule.due(after: try last(.seconds(299)), progress: swept, meter: quiet, now: now) == nil)
        for age in [331, 100_000] as [Int64] {
            #expect(
                schedule.due(after: try last(.seconds(age)), progress: swept, meter: quiet, now: now) == .incremental)
        }
        let delays = try (1...50).map { number in
            try (300...330).first {
                schedule.due(
                    after: try last(.seconds(Int64($0)), id: "r\(number)"), progress: swept, meter: quiet, now: now)
                    != nil
            }
        }
        #expect(Set(delays).count > 10, "companies do not call at the same second")
    }

    @Test func `asks for a sweep when the last one is a week old, and pauses after one that failed`() throws {
        let long = progress(sweptAgo: .seconds(8 * 86_400))
        #expect(schedule.due(after: try last(.seconds(10)), progress: long, meter: quiet, now: now) == .sweep)
        #expect(
            schedule.due(after: try last(.seconds(400), .sweep), progress: long, meter: quiet, now: now)
                == .incremental)
        #expect(schedule.due(after: try last(.seconds(4000), .sweep), progress: long, meter: quiet, now: now) == .sweep)
    }

    @Test func `asks more often while webhooks are missed`() throws {
        let swept = progress(sweptAgo: .seconds(3600))
        let bad = MissedWebhooks(changes: 20, missed: 10)
        #expect(schedule.due(after: try last(.seconds(70)), progress: swept, meter: bad, now: now) == .incremental)
        let few = MissedWebhooks(changes: 3, missed: 3)
        #expect(schedule.due(after: try last(.seconds(70)), progress: swept, meter: few, now: now) == nil)
    }
}
