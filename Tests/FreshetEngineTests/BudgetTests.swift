import CoreMetrics
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

@Suite struct `A budget` {
    @Test func `bends: at the cap relabels and removals go on, paid work waits and says so, and the next day does it`()
        async throws
    {
        let cost = try await CostWorld(Budget(dailyTokens: 2_200))
        let world = cost.world
        for id in 1...3 as ClosedRange<Int64> { cost.put(id) }
        #expect(try await world.converge(1).outcome == .created)
        #expect(try await world.converge(2).outcome == .created)
        // The cap is reached: what was never in the index waits as well.
        #expect(try await world.converge(3).outcome == .parked)

        cost.edit(1) { $0.subject = "Scanner 1" }
        let waits = try await world.converge(1)
        let turn = UTCDay(cost.clock.now).next.start
        #expect(waits.outcome == .parked && waits.isStale)
        #expect(try #require(waits.deferral?.until) - turn < .seconds(61))
        let entry = try await cost.entry(1)
        #expect(entry.state == .ready && entry.attempts == 0 && entry.isDeferred && entry.isStale)
        #expect(entry.reason?.contains("daily budget of 2200 tokens is used up") == true, "\(entry.reason ?? "")")
        let backlog = try await cost.backlog()
        #expect(backlog.deferred == 2 && backlog.waiting == 0 && backlog.parked == 0)
        #expect(try await cost.hit(1)?.isStale == true)
        #expect(try await cost.hit(2)?.isStale == false)

        // Labels of what waits and of what does not, and a removal: all free.
        cost.edit(1) { $0.metadata.stage = .pending }
        cost.edit(2) { $0.metadata.tags = ["later"] }
        let calls = world.desk.calls
        #expect(try await world.converge(1).outcome == .parked, "a webhook is answered by a run at once")
        #expect(world.desk.calls == calls + 1)
        #expect(try await cost.hit(1)?.metadata.stage == .pending)
        #expect(try await cost.hit(1)?.subject == "Printer 1")
        #expect(try await world.converge(2).outcome == .relabelled)
        world.desk.trash(world.item(2))
        #expect(try await world.converge(2).outcome == .removed)

        // Nothing loops and no attempt is burnt until the day turns.
        cost.clock.advance(to: turn - .seconds(1))
        #expect(try await cost.drain().isEmpty)
        cost.clock.advance(to: turn + .seconds(61))
        let resumed = try await cost.drain()
        #expect(resumed[1]?.outcome == .updated && resumed[3]?.outcome == .created)
        #expect(try await cost.hit(1)?.isStale == false)
        #expect(try await cost.hit(1)?.subject == "Scanner 1")
        #expect(cost.summariser.calls == 4 && cost.embedder.calls == 4)
        #expect(try await cost.entry(1).isDeferred == false)
    }

    @Test func `by money and by the month waits for the month's turn, whatever the days do`() async throws {
        // 1100 tokens cost 1.1.
        let cost = try await CostWorld(Budget(dailyTokens: 1_000_000, monthlyMoney: 1_100_000))
        cost.put(1)
        cost.put(2)
        #expect(try await cost.world.converge(1).outcome == .created)
        let waits = try await cost.world.converge(2)
        #expect(waits.reason?.contains("monthly budget of 1.10 EUR") == true, "\(waits.reason ?? "")")
        let turn = try #require(UTCDay(text: "2026-02-01")).start
        #expect(try #require(waits.deferral?.until) >= turn)
        cost.clock.advance(to: turn - .seconds(1))
        #expect(try await cost.drain().isEmpty)
        cost.clock.advance(to: turn + .seconds(61))
        #expect(try await cost.drain()[2]?.outcome == .created)
    }

    @Test func `keeps its reserve for what is urgent, open or lately seen`() async throws {
        let cost = try await CostWorld(Budget(dailyTokens: 5_500, reserve: 0.4))
        let world = cost.world
        for id in 1...6 as ClosedRange<Int64> { cost.put(id, stage: .closed) }
        for id in 1...4 as ClosedRange<Int64> {
            try await world.mark(id, urgency: .backfill, cause: .reconcile)
            cost.clock.advance(by: .seconds(1))
        }
        let first = try await cost.drain()
        #expect([1, 2, 3].allSatisfy { first[$0]?.outcome == .created })
        #expect(first[4]?.outcome == .parked)
        #expect(first[4]?.reason?.contains("kept for open and urgent items") == true)
        #expect(try #require(first[4]?.deferral?.until) - UTCDay(cost.clock.now).next.start >= .seconds(60))

        // Shown to an agent, then changed; and an open one.
        #expect(try await cost.hit(2) != nil)
        cost.edit(2) { $0.subject = "Seen 2" }
        cost.edit(5) { $0.metadata.stage = .open }
        try await world.mark(2, urgency: .backfill, cause: .reconcile)
        try await world.mark(5, urgency: .backfill, cause: .reconcile)
        let second = try await cost.drain()
        #expect(second[2]?.outcome == .updated && second[5]?.outcome == .created)
        #expect(try await world.converge(6).outcome == .parked, "now all is spent")
    }

    @Test func `asks the help desk nothing for what nobody has named while there is still no budget`() async throws {
        let cost = try await CostWorld(Budget(dailyTokens: 1_100))
        let world = cost.world
        for id in 1...3 as ClosedRange<Int64> { cost.put(id) }
        try await world.converge(1)
        #expect(try await world.converge(2).outcome == .parked)
        cost.clock.advance(to: UTCDay(cost.clock.now).next.start + .seconds(61))
        // The new day's budget has gone elsewhere before its turn.
        await cost.book.record(
            ModelUsage(
                company: world.company, provider: "paid", model: "chat-1", purpose: .summary,
                tokens: TokenUsage(input: 1_100)))
        let calls = world.desk.calls
        let again = try await cost.drain()
        #expect(again[2]?.outcome == .parked && again[2]?.cost.apiCalls == 0)
        #expect(world.desk.calls == calls)
        let entry = try await cost.entry(2)
        #expect(entry.attempts == 0 && entry.isDeferred && entry.notBefore >= UTCDay(cost.clock.now).next.start)
    }

    /// Of the smaller one all that is not in its reserve is spent: enough for what is worth most.
    @Test(arguments: [9_000, 1_300] as [Int64])
    func `that is raised lets what waits go on by itself`(tokens: Int64) async throws {
        let cost = try await CostWorld(Budget(dailyTokens: 1_100))
        cost.put(1)
        cost.put(2)
        try await cost.world.converge(1)
        #expect(try await cost.world.converge(2).outcome == .parked)
        let resumed = Flag()
        let housekeeping = Housekeeping(
            ledger: cost.world.store.ledger, companies: cost.world.store.companies,
            freshness: cost.world.store.freshness, health: cost.world.health,
            accounts: .init(
                records: cost.records, book: cost.book, keeper: cost.keeper(Budget(dailyTokens: tokens)),
                resumed: { resumed.raise() }), backlog: BacklogGauge(limit: 10), retention: .init(), clock: cost.clock,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance), logger: CostWorld.silent)
        let task = Task { try await housekeeping.run() }
        while (cost.clock.nextDeadline ?? .epoch) <= cost.clock.now { await Task.yield() }
        task.cancel()
        try await task.value
        #expect(resumed.isRaised)
        let run = try #require(try await cost.world.claim(1).first)
        #expect(run.item.originalID == 2 && run.isDeferred)
    }

    @Test func `is overshot by the calls in flight and no more`() async throws {
        let cost = try await CostWorld(Budget(dailyTokens: 1_000))
        let world = cost.world
        for id in 1...5 as ClosedRange<Int64> {
            cost.put(id)
            try await world.mark(id)
        }
        cost.clock.advance(by: .seconds(20))
        let gate = Gate()
        cost.summariser.hold(at: gate)
        let runs = try await world.claim(4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for run in runs {
                group.addTask {
                    try await world.store.ledger.finish(
                        try await world.convergence.carryOut(run), now: world.clock.now)
                }
            }
            while cost.summariser.inFlight < 4 { await Task.yield() }
            await gate.open()
            try await group.waitForAll()
        }
        #expect(cost.summariser.calls == 4)
        #expect(try await cost.drain()[5]?.outcome == .parked)
        #expect(cost.summariser.calls == 4)
        #expect(cost.embedder.calls < 4, "vectors are paid for, too")
    }
}

/// Raised once, seen by others.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}
