import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Claims are fair` {
    func fixture(_ companies: [String], urgent: Int = 0, backfill: Int = 0) async throws -> Fixture {
        let fixture = try await Fixture(companies)
        for company in companies {
            for number in 0..<urgent {
                try await fixture.mark(
                    .ticket(Int64(1 + number), of: .known(company)), .urgent, policy: MarkPolicy(quietPeriod: .zero))
            }
            for number in 0..<backfill {
                try await fixture.mark(.ticket(Int64(1001 + number), of: .known(company)), .backfill, cause: .ingest)
            }
        }
        return fixture
    }

    @Test func `companies take turns, beginning after the one that was served last`() async throws {
        let fixture = try await fixture(["a", "b", "c"], urgent: 3)
        let runs = try await fixture.store.ledger.claim(
            limit: 7, owner: "w", policy: ClaimPolicy(after: .known("a")), now: fixture.now)
        #expect(runs.map(\.item.company.text) == ["b", "c", "a", "b", "c", "a", "b"])
    }

    @Test func `one company never has more than its cap in flight`() async throws {
        let fixture = try await fixture(["a", "b"], urgent: 20)
        let policy = ClaimPolicy(perCompany: 4, inFlight: [.known("a"): 3])
        let runs = try await fixture.store.ledger.claim(limit: 20, owner: "w", policy: policy, now: fixture.now)
        #expect(runs.count { $0.item.company.text == "a" } == 1)
        #expect(runs.count { $0.item.company.text == "b" } == 4)
    }

    @Test func `a company with a flood does not hold up another`() async throws {
        let fixture = try await fixture(["flooded"], urgent: 200)
        try await fixture.add("quiet")
        fixture.clock.advance(by: .seconds(1))
        try await fixture.mark(.ticket(1, of: .known("quiet")), policy: MarkPolicy(quietPeriod: .zero))
        let runs = try await fixture.store.ledger.claim(limit: 2, owner: "w", policy: ClaimPolicy(), now: fixture.now)
        #expect(Set(runs.map(\.item.company.text)) == ["flooded", "quiet"])
    }

    @Test func `urgent goes before backfill, but for every n-th claim`() async throws {
        let fixture = try await fixture(["a"], urgent: 10, backfill: 10)
        let runs = try await fixture.store.ledger.claim(
            limit: 8, owner: "w", policy: ClaimPolicy(perCompany: 99, backfillEvery: 4), now: fixture.now)
        #expect(
            runs.map(\.urgency) == [.urgent, .urgent, .urgent, .backfill, .urgent, .urgent, .urgent, .backfill])
    }

    @Test func `the share of backfill goes on over calls`() async throws {
        let fixture = try await fixture(["a"], urgent: 10, backfill: 10)
        var urgencies: [Urgency] = []
        for claims in 0..<8 {
            let policy = ClaimPolicy(perCompany: 99, backfillEvery: 4, claimsSoFar: claims)
            urgencies.append(try await fixture.claim(policy).urgency)
        }
        #expect(urgencies == [.urgent, .urgent, .urgent, .backfill, .urgent, .urgent, .urgent, .backfill])
    }

    @Test func `what there is is claimed when the preferred class has nothing`() async throws {
        let fixture = try await fixture(["a"], backfill: 5)
        let runs = try await fixture.store.ledger.claim(
            limit: 9, owner: "w", policy: ClaimPolicy(perCompany: 99), now: fixture.now)
        #expect(runs.count == 5)
    }

    /// With one pointer for both classes, the company that gets the backfill share hands the turn to its neighbour each
    /// time, and others are never served.
    @Test(arguments: [2, 3, 4, 5])
    func `nobody's turn is lost to another class's`(backfillEvery: Int) async throws {
        let fixture = try await fixture(["a", "b", "d", "e"], urgent: 30)
        try await fixture.add("c")
        for number in 1...60 {
            try await fixture.mark(.ticket(Int64(number), of: .known("c")), .backfill, cause: .ingest)
        }
        var served: [String: Int] = [:]
        var last: CompanyID?
        for claims in 0..<40 {
            let policy = ClaimPolicy(
                perCompany: 999, backfillEvery: backfillEvery, after: last, claimsSoFar: claims)
            let run = try await fixture.claim(policy)
            last = run.item.company
            served[run.item.company.text, default: 0] += 1
        }
        let urgent = ["a", "b", "d", "e"].map { served[$0] ?? 0 }
        #expect((urgent.max() ?? 0) - (urgent.min() ?? 0) <= 1, "\(served)")
        #expect(served["c"] == 40 / backfillEvery)
    }

    @Test func `a paused company waits and loses nothing`() async throws {
        let fixture = try await fixture(["a", "b"], urgent: 2)
        try await fixture.store.companies.setPaused(true, .known("a"), now: fixture.now)
        try await fixture.mark(.ticket(9, of: .known("a")))
        let runs = try await fixture.store.ledger.claim(
            limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now)
        #expect(runs.map(\.item.company.text) == ["b", "b"])
        for run in runs { try await fixture.finish(run) }
        #expect(try await fixture.store.ledger.nextDue(now: fixture.now) == nil)
        try await fixture.store.companies.setPaused(false, .known("a"), now: fixture.now)
        fixture.clock.advance(by: .seconds(2))
        let later = try await fixture.store.ledger.claim(
            limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now)
        #expect(later.count == 3)
    }

    @Test func `within a company the item that has been due longest comes first`() async throws {
        let fixture = try await Fixture()
        for number in [3, 1, 2] {
            try await fixture.mark(.ticket(Int64(number)), .backfill)
            fixture.clock.advance(by: .seconds(1))
        }
        let runs = try await fixture.store.ledger.claim(limit: 3, owner: "w", policy: ClaimPolicy(), now: fixture.now)
        #expect(runs.map(\.item.originalID) == [3, 1, 2])
    }

    @Test func `two workers on two stores never hold the same item`() async throws {
        let fixture = try await fixture(["a", "b"], urgent: 60)
        let other = try fixture.another()
        let now = fixture.now
        let claimed = try await withThrowingTaskGroup(of: [Run].self) { group in
            for worker in 0..<8 {
                let ledger = worker % 2 == 0 ? fixture.store.ledger : other.ledger
                group.addTask {
                    try await ledger.claim(
                        limit: 15, owner: "w\(worker)", policy: ClaimPolicy(perCompany: 99), now: now)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 120)
        #expect(Set(claimed.map(\.item)).count == 120)
    }

    @Test func `the backlog counts what waits, what is in flight and what is parked`() async throws {
        let fixture = try await fixture(["a", "b"], urgent: 2, backfill: 3)
        let start = fixture.now
        fixture.clock.advance(by: .seconds(1))
        let run = try await fixture.claim()
        let parked = try await fixture.claim()
        try await fixture.finish(parked, .parked, reason: "x")
        #expect([run.item.company.text, parked.item.company.text] == ["a", "b"])
        #expect(
            try await fixture.store.ledger.backlog(of: nil) == [
                .known("a"): Backlog(
                    urgent: 2, backfill: 3, parked: 0, inFlight: 1, oldestMark: start, urgentDueSince: start),
                .known("b"): Backlog(
                    urgent: 1, backfill: 3, parked: 1, inFlight: 0, oldestMark: start, urgentDueSince: start),
            ])
        #expect(try await fixture.store.ledger.backlog(of: .known("a")).keys.map(\.text) == ["a"])
    }
}
