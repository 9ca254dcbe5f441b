import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `What deliveries put off` {
    private let policy = MarkPolicy(quietPeriod: .seconds(2))

    private func accept(_ deliveries: [Delivery], _ policy: MarkPolicy? = nil, in fixture: Fixture) async throws
        -> [Acceptance]
    {
        try await fixture.store.ledger.accept(deliveries, policy: policy ?? self.policy, now: fixture.now)
    }

    private func accept(
        _ ticket: Int64, of company: CompanyID = acme, id: String, _ policy: MarkPolicy? = nil, in fixture: Fixture
    ) async throws {
        let answers = try await accept(
            [.sample(.ticket(ticket, of: company), id: id, at: fixture.now)], policy, in: fixture)
        #expect(answers == [.new])
    }

    /// As rows lie in the file, without asking anybody who would take in first what waits.
    private func raised(_ fixture: Fixture) throws -> [String] {
        try Raw(fixture.path).texts("SELECT company_id || ' ' || original_id || ' ' || wanted FROM items ORDER BY 1")
    }

    @Test func `is seen by whoever asks for an item or for what waits, though no row says it yet`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        #expect(try raised(fixture) == [])
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)
        #expect(try raised(fixture) == ["acme 1 1"])
        try await accept(1, id: "b", in: fixture)
        try await accept(2, id: "c", in: fixture)
        #expect(try raised(fixture) == ["acme 1 1"])
        let backlog = try #require(try await fixture.store.ledger.backlog(of: acme)[acme])
        #expect(backlog.urgent == 2)
        #expect(backlog.oldestMark == fixture.now)
        #expect(try await fixture.entry(.ticket(1)).wanted == 2)
    }

    @Test func `falls due when the first of it does, and is claimed then and not before`() async throws {
        let fixture = try await Fixture()
        let ledger = fixture.store.ledger
        let first = fixture.now
        try await accept(1, id: "a", in: fixture)
        fixture.clock.advance(by: .seconds(1))
        try await accept(2, id: "b", in: fixture)
        #expect(try await ledger.nextDue(now: fixture.now) == first + .seconds(2))
        #expect(try await ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now) == [])
        #expect(try raised(fixture) == [], "asking in vain writes nothing")
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.claim().item == .ticket(1))
        #expect(try await ledger.nextDue(now: fixture.now) == first + .seconds(3))
    }

    @Test func `falls due in time though the clock was set back meanwhile`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        let earlier = fixture.now - .seconds(3600)
        let late = Delivery.sample(.ticket(2), id: "b", at: earlier)
        #expect(try await fixture.store.ledger.accept([late], policy: policy, now: earlier) == [.new])
        #expect(try await fixture.store.ledger.nextDue(now: earlier) == earlier + .seconds(2))
        let runs = try await fixture.store.ledger.claim(
            limit: 9, owner: "w", policy: ClaimPolicy(), now: earlier + .seconds(2))
        #expect(runs.map(\.item) == [.ticket(2)])
    }

    @Test func `falls due by the quiet period that held when it came`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        try await accept(2, id: "b", MarkPolicy(quietPeriod: .seconds(9)), in: fixture)
        #expect(try await fixture.entry(.ticket(1)).notBefore == fixture.now + .seconds(2))
        #expect(try await fixture.entry(.ticket(2)).notBefore == fixture.now + .seconds(9))
    }

    @Test func `is bounded: of thousands, the next commit takes in all`() async throws {
        let fixture = try await Fixture()
        for batch in 0..<8 {
            let deliveries = (0..<512).map { number in
                Delivery.sample(.ticket(Int64(1 + number % 7)), id: "\(batch)-\(number)", at: fixture.now)
            }
            #expect(try raised(fixture) == [])
            #expect(try await accept(deliveries, in: fixture).allSatisfy { $0 == .new })
        }
        #expect(try raised(fixture).count == 7)
        var wanted: Int64 = 0
        for number in 1...7 { wanted += try await fixture.entry(.ticket(Int64(number))).wanted }
        #expect(wanted == 8 * 512)
    }

    @Test func `of one company is taken in without the other's`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        for company in [acme, globex] {
            _ = try await accept([.sample(.ticket(1, of: company), id: nil, at: fixture.now)], in: fixture)
            try await accept(2, of: company, id: "a", in: fixture)
        }
        // A repeat looks at its item's row, and has to find all that was put off before.
        #expect(try await accept([.sample(.ticket(1), id: nil, at: fixture.now)], in: fixture) == [.repeated])
        #expect(try raised(fixture) == ["acme 1 1", "acme 2 1"])
        #expect(try await fixture.entry(.ticket(2, of: globex)).wanted == 1)
        #expect(try raised(fixture) == ["acme 1 1", "acme 2 1", "globex 1 1", "globex 2 1"])
    }

    @Test func `survives a kill, once and not twice`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        try await fixture.mark(.ticket(9))
        try await accept(1, id: "b", in: fixture)
        #expect(try raised(fixture) == ["acme 1 1", "acme 9 1"])
        let found = try fixture.afterKill()
        #expect(try await found.ledger.entry(.ticket(1))?.wanted == 2)
        let again = try await found.ledger.accept(
            [.sample(.ticket(1), id: "b", at: fixture.now)], policy: policy, now: fixture.now)
        #expect(again == [.repeated])
        #expect(try await found.ledger.entry(.ticket(1))?.wanted == 2)
    }

    @Test func `is marked again by another body under a known id, also while the first one waits`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        let other = Delivery.sample(.ticket(2), id: "a", body: 7, at: fixture.now)
        #expect(try await accept([other], in: fixture) == [.conflicting])
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)
        #expect(try await fixture.entry(.ticket(2)).wanted == 1)
    }

    @Test func `counts once though its number is used again after everything was pruned`() async throws {
        let fixture = try await Fixture()
        for round in 1...3 {
            try await accept(1, id: "d\(round)", in: fixture)
            let gone = try await fixture.store.ledger.prune(
                deliveriesBefore: fixture.now + .seconds(1), decisionsBefore: .epoch, decisionsPerItem: 9)
            #expect(gone == 1)
            #expect(try await fixture.entry(.ticket(1)).wanted == Int64(round))
        }
    }

    @Test func `wakes a parked item with a small allowance`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(.ticket(1), .backfill)
        try await fixture.finish(fixture.claim(), .parked, reason: "because")
        try await accept(1, id: "a", in: fixture)
        let entry = try await fixture.entry(.ticket(1))
        #expect(entry.state == .ready)
        #expect(entry.attempts == policy.maxAttempts - policy.freshAllowance)
        #expect(entry.urgency == .urgent)
    }

    @Test func `joins a run in flight as what comes after it`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(.ticket(1), .backfill)
        let run = try await fixture.claim()
        try await accept(1, id: "a", in: fixture)
        try await fixture.finish(run)
        let entry = try await fixture.entry(.ticket(1))
        #expect(entry.done == 1)
        #expect(entry.wanted == 2)
    }

    @Test func `of a paused company falls due for nobody until it goes on`() async throws {
        let fixture = try await Fixture()
        try await accept(1, id: "a", in: fixture)
        try await fixture.store.companies.setPaused(true, acme, now: fixture.now)
        try await accept(2, id: "b", in: fixture)
        fixture.clock.advance(by: .seconds(60))
        #expect(try await fixture.store.ledger.nextDue(now: .epoch) == nil)
        let ledger = fixture.store.ledger
        #expect(try await ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now) == [])
        try await fixture.store.companies.setPaused(false, acme, now: fixture.now)
        #expect(try await ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now).count == 2)
    }

    @Test func `goes with a purge, and nothing of it comes back`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        for company in [acme, globex] { try await accept(1, of: company, id: "a", in: fixture) }
        #expect(try await fixture.store.companies.purge(acme)["deliveries"] == 1)
        #expect(try raised(fixture) == ["globex 1 1"])
        try await fixture.add("acme")
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
        try await accept(1, id: "a", in: fixture)
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)
    }
}
