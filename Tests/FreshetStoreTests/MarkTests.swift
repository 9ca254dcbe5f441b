import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Marks` {
    let ticket = Item.ticket(1)

    @Test func `an urgent mark waits for the quiet period, and no longer than the limit after the first`() async throws
    {
        let fixture = try await Fixture()
        let start = fixture.now
        for second in 0..<20 {
            try await fixture.mark(ticket)
            let due = min(start + .seconds(second + 2), start + .seconds(15))
            #expect(try await fixture.entry(ticket).notBefore == due, "second \(second)")
            fixture.clock.advance(by: .seconds(1))
        }
        let entry = try await fixture.entry(ticket)
        #expect(entry.wanted == 20)
        #expect(entry.markedAt == start)
    }

    @Test func `nothing is claimed before it is due`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket)
        fixture.clock.advance(by: .milliseconds(1999))
        #expect(
            try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now).isEmpty)
        #expect(try await fixture.store.ledger.nextDue(now: fixture.now) == fixture.now + .milliseconds(1))
        fixture.clock.advance(by: .milliseconds(1))
        #expect(try await fixture.claim().item == ticket)
    }

    @Test func `a backfill mark is due at once`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill, cause: .ingest)
        let run = try await fixture.claim()
        #expect(run.urgency == .backfill)
        #expect(run.cause == .ingest)
        #expect(run.markedAt == fixture.now)
    }

    @Test func `a backfill mark takes nothing from an urgent one`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket)
        let before = try await fixture.entry(ticket)
        fixture.clock.advance(by: .seconds(1))
        try await fixture.mark(ticket, .backfill, cause: .reconcile)
        let after = try await fixture.entry(ticket)
        #expect(after.urgency == .urgent)
        #expect(after.notBefore == before.notBefore)
        #expect(after.wanted == 2)
        fixture.clock.advance(by: .seconds(5))
        #expect(try await fixture.claim().cause == .webhook)
    }

    @Test func `an urgent mark lifts a backfill one`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill, cause: .reconcile)
        try await fixture.mark(ticket)
        let entry = try await fixture.entry(ticket)
        #expect(entry.urgency == .urgent)
        #expect(entry.notBefore == fixture.now + .seconds(2))
    }

    @Test func `however many marks during a run lead to exactly one run after it`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        for _ in 0..<5 {
            fixture.clock.advance(by: .milliseconds(100))
            try await fixture.mark(ticket)
        }
        #expect(
            try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now).isEmpty)
        try await fixture.finish(run)
        let entry = try await fixture.entry(ticket)
        #expect(entry.wanted == 6)
        #expect(entry.done == 1)
        #expect(entry.urgency == .urgent)
        #expect(entry.notBefore == fixture.now + .seconds(2), "the mark's own quiet period holds")
        #expect(entry.markedAt == fixture.now - .milliseconds(400))
        fixture.clock.advance(by: .seconds(2))
        let second = try await fixture.claim()
        #expect(second.claimed == 6)
        try await fixture.finish(second)
        fixture.clock.advance(by: .seconds(3600))
        #expect(
            try await fixture.store.ledger.claim(limit: 9, owner: "w", policy: ClaimPolicy(), now: fixture.now).isEmpty)
    }

    @Test func `a mark never shortens the back-off of a failure`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let retryAt = fixture.now + .seconds(600)
        try await fixture.finish(try await fixture.claim(), .failed, reason: "503", retryAt: retryAt)
        try await fixture.mark(ticket)
        #expect(try await fixture.entry(ticket).notBefore == retryAt)
        let again = try await fixture.entry(ticket)
        #expect(again.attempts == 1)
        #expect(again.urgency == .urgent)
    }

    @Test func `a mark during a run that fails does not shorten its back-off either`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        try await fixture.mark(ticket)
        let retryAt = fixture.now + .seconds(600)
        try await fixture.finish(run, .failed, reason: "503", retryAt: retryAt)
        let entry = try await fixture.entry(ticket)
        #expect(entry.notBefore == retryAt)
        #expect(entry.urgency == .urgent)
        #expect(entry.done == 0)
    }

    @Test func `a mark gives a parked item a fresh allowance`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        try await fixture.finish(try await fixture.claim(), .parked, reason: "malformed")
        #expect(try await fixture.entry(ticket).state == .parked)
        fixture.clock.advance(by: .seconds(3600))
        try await fixture.mark(ticket, policy: MarkPolicy(freshAllowance: 2, maxAttempts: 8))
        let entry = try await fixture.entry(ticket)
        #expect(entry.state == .ready)
        #expect(entry.reason == nil)
        #expect(entry.attempts == 6)
        #expect(entry.markedAt == fixture.now)
        #expect(entry.notBefore == fixture.now + .seconds(2))
        fixture.clock.advance(by: .seconds(2))
        for attempt in [7, 8] {
            let run = try await fixture.claim(ClaimPolicy(maxAttempts: 8))
            #expect(run.attempt == attempt)
            try await fixture.finish(run, .failed, reason: "still", retryAt: fixture.now)
        }
        #expect(
            try await fixture.store.ledger.claim(
                limit: 1, owner: "w", policy: ClaimPolicy(maxAttempts: 8), now: fixture.now
            ).isEmpty)
        #expect(try await fixture.entry(ticket).state == .parked)
    }

    @Test func `a person's retry starts attempts anew and is due at once`() async throws {
        let fixture = try await Fixture()
        #expect(try await fixture.store.ledger.retry(ticket, now: fixture.now) == false)
        try await fixture.mark(ticket, .backfill)
        try await fixture.finish(try await fixture.claim(), .parked, reason: "malformed")
        #expect(try await fixture.store.ledger.retry(ticket, now: fixture.now))
        let run = try await fixture.claim()
        #expect(run.attempt == 1)
        #expect(run.cause == .admin)
        #expect(run.urgency == .urgent)
        #expect(run.claimed == 2)
    }

    @Test func `a person's retry during a run leads to one more run`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(ticket, .backfill)
        let run = try await fixture.claim()
        #expect(try await fixture.store.ledger.retry(ticket, now: fixture.now))
        try await fixture.finish(run)
        let second = try await fixture.claim()
        #expect(second.claimed == 2)
        #expect(second.cause == .admin)
    }

    @Test func `marks of one call are all stored or none`() async throws {
        let fixture = try await Fixture()
        await #expect(throws: StoreError.unknownCompany(globex)) {
            try await fixture.store.ledger.mark(
                [
                    Mark(.ticket(1), cause: .ingest, urgency: .backfill),
                    Mark(.ticket(2, of: globex), cause: .ingest, urgency: .backfill),
                ], policy: MarkPolicy(), now: fixture.now)
        }
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
    }

    @Test func `marks of one call count one by one, in their order`() async throws {
        let fixture = try await Fixture()
        try await fixture.store.ledger.mark(
            [
                Mark(ticket, cause: .ingest, urgency: .backfill), Mark(ticket, cause: .ingest, urgency: .backfill),
                Mark(.ticket(2), cause: .ingest, urgency: .backfill), Mark(ticket, cause: .webhook, urgency: .urgent),
            ], policy: MarkPolicy(), now: fixture.now)
        let entry = try await fixture.entry(ticket)
        #expect(entry.wanted == 3)
        #expect(entry.urgency == .urgent)
        #expect(try await fixture.entry(.ticket(2)).wanted == 1)
    }
}
