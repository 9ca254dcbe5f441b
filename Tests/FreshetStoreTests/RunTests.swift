import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Runs` {
    let ticket = Item.ticket(1)

    @Test(arguments: [Outcome.created, .updated, .relabelled, .unchanged, .excluded, .removed])
    func `a run that ends well answers every mark up to its claim`(outcome: Outcome) async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        #expect(run.fence == 1 && run.attempt == 1 && run.claimed == 1 && run.claimedAt == fixture.now)
        let seen = fixture.now - .seconds(60)
        try await fixture.store.ledger.finish(
            RunReport(run: run, outcome: outcome, sourceUpdatedAt: seen), now: fixture.now)
        let entry = try await fixture.entry(ticket)
        #expect(entry.done == 1)
        #expect(entry.attempts == 0)
        #expect(entry.owner == nil && entry.leaseUntil == nil && entry.markedAt == nil)
        #expect(entry.sourceUpdatedAt == seen)
        #expect(try await fixture.store.ledger.nextDue(now: .epoch) == nil)
        let decisions = try await fixture.store.ledger.decisions(about: ticket, limit: 9)
        #expect(decisions.map(\.outcome) == [outcome])
    }

    @Test func `without a source time the last one stays`() async throws {
        let fixture = try await Fixture()
        for seen in [fixture.now, nil] {
            try await fixture.mark(ticket, .backfill)
            let run = try await fixture.claim()
            try await fixture.store.ledger.finish(
                RunReport(run: run, outcome: .unchanged, sourceUpdatedAt: seen), now: fixture.now)
        }
        #expect(try await fixture.entry(ticket).sourceUpdatedAt == fixture.now)
    }

    @Test func `a failed run comes back when it is told to, one attempt older`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let marked = fixture.now
        let retryAt = fixture.now + .seconds(30)
        try await fixture.finish(try await fixture.claim(), .failed, reason: "503", retryAt: retryAt)
        let entry = try await fixture.entry(ticket)
        #expect(entry.done == 0 && entry.claimed == 1 && entry.attempts == 1 && entry.leaseUntil == nil)
        #expect(entry.notBefore == retryAt)
        #expect(entry.reason == "503")
        #expect(entry.markedAt == marked)
        #expect(try await fixture.store.ledger.nextDue(now: fixture.now) == retryAt)
        fixture.clock.advance(to: retryAt)
        let second = try await fixture.claim()
        #expect(second.attempt == 2 && second.fence == 2 && second.markedAt == marked)
    }

    @Test func `with its attempts used up an item is parked instead of claimed, and says why`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        try await fixture.mark(.ticket(2), .backfill)
        let policy = ClaimPolicy(maxAttempts: 3)
        for _ in 0..<3 {
            let run = try #require(
                try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: policy, now: fixture.now)
                    .first { $0.item == ticket })
            try await fixture.finish(run, .failed, reason: "HTTP 503", retryAt: fixture.now)
        }
        let runs = try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: policy, now: fixture.now)
        #expect(!runs.contains { $0.item == ticket })
        let entry = try await fixture.entry(ticket)
        #expect(entry.state == .parked)
        #expect(entry.reason == "no success in 3 attempts; the last: HTTP 503")
        #expect(try await fixture.store.ledger.decisions(about: ticket, limit: 1).first?.outcome == .parked)
        #expect(try await fixture.store.ledger.backlog(of: acme)[acme]?.parked == 1)
    }

    @Test func `crashes count as attempts`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let policy = ClaimPolicy(lease: .seconds(60), maxAttempts: 3)
        for attempt in 1...3 {
            #expect(try await fixture.claim(policy).attempt == attempt)
            fixture.clock.advance(by: .seconds(60))
        }
        #expect(
            try await fixture.store.ledger.claim(limit: 1, owner: "w", policy: policy, now: fixture.now).isEmpty)
        let entry = try await fixture.entry(ticket)
        #expect(entry.state == .parked && entry.leaseUntil == nil)
        #expect(entry.reason == "no success in 3 attempts")
    }

    @Test func `an item under a lease is nobody else's; after it anybody's, with a higher fence`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let first = try await fixture.claim(ClaimPolicy(lease: .seconds(60)), owner: "a")
        let other = try fixture.another()
        fixture.clock.advance(by: .milliseconds(59_999))
        #expect(
            try await other.ledger.claim(limit: 1, owner: "b", policy: ClaimPolicy(), now: fixture.now).isEmpty)
        #expect(try await fixture.store.ledger.nextDue(now: fixture.now) == fixture.now + .milliseconds(1))
        fixture.clock.advance(by: .milliseconds(1))
        let second = try #require(
            try await other.ledger.claim(limit: 1, owner: "b", policy: ClaimPolicy(), now: fixture.now).first)
        #expect(second.fence == first.fence + 1)
        #expect(second.attempt == 2)
        #expect(second.markedAt == first.markedAt)

        await #expect(throws: StoreError.staleFence) {
            try await fixture.store.ledger.finish(
                RunReport(
                    run: first, outcome: .updated, document: .sample(ticket, text: "stale", at: fixture.now)),
                now: fixture.now)
        }
        #expect(try await fixture.store.documents.record(of: ticket) == nil)
        #expect(try await fixture.store.ledger.decisions(about: ticket, limit: 9).isEmpty)
        #expect(
            try await fixture.store.ledger.renew([first], owner: "a", until: fixture.now, now: fixture.now) == [ticket])
        try await fixture.store.ledger.release(first, now: fixture.now)
        #expect(try await fixture.entry(ticket).owner == "b")
        try await other.ledger.finish(RunReport(run: second, outcome: .updated), now: fixture.now)
        #expect(try await fixture.entry(ticket).done == 1)
    }

    @Test func `a lease that ran out still holds while nobody else has claimed`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim(owner: "a")
        fixture.clock.advance(by: .seconds(61))
        let until = fixture.now + .seconds(60)
        #expect(try await fixture.store.ledger.renew([run], owner: "a", until: until, now: fixture.now).isEmpty)
        #expect(try await fixture.entry(ticket).leaseUntil == until)
        try await fixture.finish(run)
    }

    @Test func `a run ends once`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        try await fixture.finish(run)
        for outcome in [Outcome.updated, .failed, .parked] {
            await #expect(throws: StoreError.staleFence) {
                try await fixture.finish(run, outcome, reason: "again", retryAt: fixture.now)
            }
        }
        #expect(try await fixture.store.ledger.decisions(about: ticket, limit: 9).count == 1)
    }

    @Test func `a run that is given back is due at once and costs no attempt`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        fixture.clock.advance(by: .seconds(1))
        try await fixture.store.ledger.release(run, now: fixture.now)
        let second = try await fixture.claim()
        #expect(second.attempt == 1)
        #expect(second.fence == 2)
        await #expect(throws: StoreError.staleFence) { try await fixture.finish(run) }
    }

    @Test func `a mark during the run that parks its item is still followed by a run`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        try await fixture.mark(ticket)
        try await fixture.finish(run, .parked, reason: "malformed")
        fixture.clock.advance(by: .seconds(2))
        let second = try await fixture.claim()
        #expect(second.claimed == 2)
        try await fixture.finish(second, .parked, reason: "malformed")
        let entry = try await fixture.entry(ticket)
        #expect(entry.state == .parked)
        #expect(entry.reason == "malformed")
    }

    @Test func `a run's marks survive its crash together with those made meanwhile`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill, cause: .reconcile)
        let first = try await fixture.claim()
        fixture.clock.advance(by: .seconds(10))
        try await fixture.mark(ticket)
        fixture.clock.advance(by: .seconds(60))
        let second = try await fixture.claim()
        #expect(second.claimed == 2)
        #expect(second.urgency == .urgent)
        #expect(second.cause == .webhook)
        #expect(second.markedAt == first.markedAt)
    }

    @Test func `the document, the ledger row and the decision are written together`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill, cause: .ingest)
        let run = try await fixture.claim()
        let record = DocumentRecord.sample(ticket, generation: run.fence, at: fixture.now)
        try await fixture.store.ledger.finish(
            RunReport(
                run: run, outcome: .created, reason: "new here", changes: ["subject", "message 7"], document: record,
                cost: RunCost(apiCalls: 2, summaries: 1, embeddings: 1, milliseconds: 42)), now: fixture.now)
        #expect(try await fixture.store.documents.record(of: ticket) == record)
        #expect(
            try await fixture.store.ledger.decisions(about: ticket, limit: 9) == [
                Decision(
                    at: fixture.now, fence: 1, cause: .ingest, outcome: .created, reason: "new here",
                    changes: ["subject", "message 7"], contentHash: .sample(1), facetsHash: .sample(2),
                    cost: RunCost(apiCalls: 2, summaries: 1, embeddings: 1, milliseconds: 42))
            ])
    }

    @Test func `decisions are pruned by number and by age, the newest last`() async throws {
        let fixture = try await Fixture(limits: StoreLimits(rowsPerTransaction: 50))
        for round in 0..<6 {
            for number in 1...60 { try await fixture.mark(.ticket(Int64(number)), .backfill) }
            let runs = try await fixture.store.ledger.claim(
                limit: 60, owner: "w", policy: ClaimPolicy(perCompany: 60), now: fixture.now)
            #expect(runs.count == 60)
            for run in runs { try await fixture.finish(run, .unchanged, reason: "\(round)") }
            fixture.clock.advance(by: .seconds(10))
        }
        let start = fixture.now - .seconds(60)
        let byNumber = try await fixture.store.ledger.prune(
            deliveriesBefore: .epoch, decisionsBefore: .epoch, decisionsPerItem: 4)
        #expect(byNumber == 120)
        let byAge = try await fixture.store.ledger.prune(
            deliveriesBefore: .epoch, decisionsBefore: start + .seconds(30), decisionsPerItem: 4)
        #expect(byAge == 60)
        for number in [1, 30, 60] {
            let left = try await fixture.store.ledger.decisions(about: .ticket(Int64(number)), limit: 9)
            #expect(left.map(\.reason) == ["5", "4", "3"])
        }
    }
}
