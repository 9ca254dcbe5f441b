import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Reconciles` {
    func sample(_ id: String, _ fixture: Fixture, of company: CompanyID = acme) -> Reconcile {
        Reconcile(
            id: id, company: company, mode: .incremental, since: fixture.now - .seconds(60), requestedAt: fixture.now)
    }

    let lease = Duration.seconds(30)

    @Test func `a request is claimed once, advanced, and comes back as it stands`() async throws {
        let fixture = try await Fixture()
        let reconciles = fixture.store.reconciles
        let requested = sample("r1", fixture)
        try await reconciles.request(requested)
        #expect(try await reconciles.reconcile("r1", of: acme) == requested)
        var running = try #require(try await reconciles.claim(owner: "a", lease: lease, now: fixture.now))
        #expect(running.state == .running && running.startedAt == fixture.now)
        #expect(try await reconciles.claim(owner: "b", lease: lease, now: fixture.now) == nil)
        #expect(try await reconciles.claim("r1", of: acme, owner: "b", lease: lease, now: fixture.now) == nil)

        running.phase = .deleted
        running.position = ListingPosition(text: "page 2")
        (running.seen, running.marked, running.unchanged, running.removed) = (10, 2, 7, 1)
        (running.failed, running.apiCalls, running.nextCursor) = (3, 4, fixture.now)
        try await reconciles.advance(
            running,
            finding: Findings(marked: [
                .init(Mark(.ticket(1), cause: .reconcile, urgency: .backfill), listedAt: fixture.now)
            ]), policy: MarkPolicy(),
            owner: "a",
            leaseUntil: fixture.now + lease, now: fixture.now)
        #expect(try await reconciles.reconcile("r1", of: acme) == running)
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)

        running.state = .complete
        fixture.clock.advance(by: .seconds(1))
        try await reconciles.finish(running, owner: "a", now: fixture.now)
        running.endedAt = fixture.now
        #expect(try await reconciles.reconcile("r1", of: acme) == running)
        #expect(try await reconciles.cursor(of: acme) == running.nextCursor)
        #expect(try await reconciles.claim("r1", of: acme, owner: "b", lease: lease, now: fixture.now) == nil)
    }

    @Test func `the newest comparison is found behind any number of rebuilds`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let reconciles = fixture.store.reconciles
        #expect(try await reconciles.latestComparison(of: acme) == nil)
        for (id, mode) in [("r1", Reconcile.Mode.sweep), ("r2", .incremental)] {
            var reconcile = sample(id, fixture)
            reconcile.mode = mode
            try await reconciles.request(reconcile)
            fixture.clock.advance(by: .seconds(1))
        }
        for number in 1...12 {
            var rebuild = sample("b\(number)", fixture)
            rebuild.mode = number.isMultiple(of: 2) ? .rollback : .rebuild
            try await reconciles.request(rebuild)
            fixture.clock.advance(by: .seconds(1))
        }
        #expect(try await reconciles.latestComparison(of: acme)?.id == "r2")
        #expect(try await reconciles.latestComparison(of: globex) == nil)
    }

    @Test func `whoever lost one writes nothing, marks included`() async throws {
        let fixture = try await Fixture()
        let reconciles = fixture.store.reconciles
        try await reconciles.request(sample("r1", fixture))
        let lost = try #require(try await reconciles.claim(owner: "a", lease: lease, now: fixture.now))
        fixture.clock.advance(by: .seconds(30))
        let other = try fixture.another()
        let held = try #require(try await other.reconciles.claim(owner: "b", lease: lease, now: fixture.now))
        #expect(held.id == "r1" && held.startedAt == lost.startedAt)
        await #expect(throws: StoreError.staleFence) {
            try await reconciles.advance(
                lost,
                finding: Findings(marked: [
                    .init(Mark(.ticket(1), cause: .reconcile, urgency: .backfill), listedAt: fixture.now)
                ]), policy: MarkPolicy(),
                owner: "a", leaseUntil: fixture.now + lease, now: fixture.now)
        }
        var finished = lost
        finished.state = .complete
        finished.nextCursor = fixture.now
        await #expect(throws: StoreError.staleFence) {
            try await reconciles.finish(finished, owner: "a", now: fixture.now)
        }
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
        #expect(try await reconciles.cursor(of: acme) == nil)
    }

    @Test func `a company runs one at a time, the oldest first; companies do not wait for one another`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let reconciles = fixture.store.reconciles
        for id in ["r1", "r2"] {
            try await reconciles.request(sample(id, fixture))
            fixture.clock.advance(by: .seconds(1))
        }
        try await reconciles.request(sample("r1", fixture, of: globex))
        var claimed: [Reconcile] = []
        while let next = try await reconciles.claim(owner: "a", lease: lease, now: fixture.now) { claimed.append(next) }
        #expect(claimed.map { "\($0.company)/\($0.id)" } == ["acme/r1", "globex/r1"])
        #expect(try await reconciles.claim("r2", of: acme, owner: "b", lease: lease, now: fixture.now) == nil)
        var first = claimed[0]
        first.state = .failed
        try await reconciles.finish(first, owner: "a", now: fixture.now)
        #expect(try await reconciles.claim(owner: "a", lease: lease, now: fixture.now)?.id == "r2")
        #expect(try await reconciles.list(of: acme, limit: 9).map(\.id) == ["r2", "r1"])
        #expect(try await reconciles.list(of: acme, limit: 1).map(\.id) == ["r2"])
        #expect(try await reconciles.cursor(of: acme) == nil, "a failed one has not seen everything")
    }

    @Test func `of a paused company waits, unless somebody names it`() async throws {
        let fixture = try await Fixture()
        try await fixture.store.reconciles.request(sample("r1", fixture))
        try await fixture.store.companies.setPaused(true, acme, now: fixture.now)
        #expect(try await fixture.store.reconciles.claim(owner: "a", lease: lease, now: fixture.now) == nil)
        #expect(
            try await fixture.store.reconciles.claim("r1", of: acme, owner: "a", lease: lease, now: fixture.now)?.id
                == "r1")
    }

    @Test func `anybody may cancel one; its holder learns at the next step`() async throws {
        let fixture = try await Fixture()
        let reconciles = fixture.store.reconciles
        try await reconciles.request(sample("waiting", fixture))
        var waiting = try #require(try await reconciles.reconcile("waiting", of: acme))
        waiting.state = .cancelled
        try await reconciles.finish(waiting, owner: "admin", now: fixture.now)
        #expect(try await reconciles.reconcile("waiting", of: acme)?.state == .cancelled)

        try await reconciles.request(sample("running", fixture))
        var held = try #require(try await reconciles.claim(owner: "a", lease: lease, now: fixture.now))
        var cancelled = held
        held.seen = 100
        try await reconciles.advance(
            held, finding: Findings(), policy: MarkPolicy(), owner: "a", leaseUntil: fixture.now + lease,
            now: fixture.now)
        cancelled.state = .cancelled
        cancelled.reason = "by ann"
        try await reconciles.finish(cancelled, owner: "admin", now: fixture.now)
        let seen = try await reconciles.reconcile("running", of: acme)
        #expect(seen?.state == .cancelled && seen?.seen == 100 && seen?.reason == "by ann")
        await #expect(throws: StoreError.staleFence) {
            try await reconciles.advance(
                held, finding: Findings(), policy: MarkPolicy(), owner: "a", leaseUntil: fixture.now, now: fixture.now)
        }
    }

    @Test func `ended ones are kept in bounds, open ones always`() async throws {
        let fixture = try await Fixture(limits: StoreLimits(reconcilesKept: 3))
        try await fixture.store.reconciles.request(sample("open", fixture))
        for number in 1...8 {
            fixture.clock.advance(by: .seconds(1))
            var reconcile = sample("r\(number)", fixture)
            try await fixture.store.reconciles.request(reconcile)
            reconcile.state = .cancelled
            try await fixture.store.reconciles.finish(reconcile, owner: "admin", now: fixture.now)
        }
        fixture.clock.advance(by: .seconds(1))
        try await fixture.store.reconciles.request(sample("last", fixture))
        let left = try await fixture.store.reconciles.list(of: acme, limit: 99)
        #expect(left.map(\.id) == ["last", "r8", "r7", "r6", "open"])
    }

    @Test func `the cursor never moves back`() async throws {
        let fixture = try await Fixture()
        let reconciles = fixture.store.reconciles
        for (id, seconds) in [("r1", 100), ("r2", 50)] {
            try await reconciles.request(sample(id, fixture))
            var running = try #require(try await reconciles.claim(owner: "a", lease: lease, now: fixture.now))
            running.state = .complete
            running.nextCursor = Timestamp(seconds: Int64(seconds))
            try await reconciles.finish(running, owner: "a", now: fixture.now)
        }
        #expect(try await reconciles.cursor(of: acme) == Timestamp(seconds: 100))
    }
}
