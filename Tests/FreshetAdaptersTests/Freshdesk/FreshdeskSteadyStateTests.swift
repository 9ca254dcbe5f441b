import FreshdeskSimulator
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// An account that is always busy: half of its quota is ours, the other half somebody else's.
struct FreshdeskSteadyStateTests {
    typealias World = FreshdeskSimulatorTests.World

    /// Four minutes in which we want more than there is, of both kinds and lists besides, while another program makes
    /// calls at exactly half of the plan's rate.
    @Test(.timeLimit(.minutes(10)), arguments: ["growth", "pro"])
    func `while somebody else uses the other half, nobody ever gets a 429`(plan: String) async throws {
        let clock = ManualClock()
        let plan = try #require(Plan.named(plan))
        try await World.run(clock: clock) {
            $0.plan = plan
            $0.contents = [.generated(120)]
        } _: { world in
            let minutes = 4
            let theirs = Int(plan.total) / 2
            let step = Duration.milliseconds(Int64(60_000 / theirs))
            let desk = world.desk
            try await withThrowingTaskGroup { group in
                for lane in 0..<4 as Range<Int64> {
                    group.addTask {
                        var id = lane + 1
                        while !Task.isCancelled {
                            _ = try await desk.fetch(world.item(id), urgency: id % 3 == 0 ? .urgent : .backfill)
                            id = (id + 3) % 120 + 1
                        }
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        _ = try await desk.page(of: .changed(since: .epoch), at: nil, urgency: .backfill)
                    }
                }
                for _ in 0..<(minutes * theirs) {
                    let status = try await world.raw("GET", "/api/v2/agents/me").status
                    #expect(status == 200, "the other program was refused")
                    await settle(world, clock)
                    clock.advance(by: step)
                }
                group.cancelAll()
                // They end with being cancelled, and with nothing else.
                while let result = await group.nextResult() {
                    if case .failure(let error) = result {
                        #expect(error as? UpstreamError == .unreachable(detail: "cancelled"), "\(error)")
                    }
                }
            }
            let stats = try await world.send("GET", "/_simulator/stats")
            #expect(!stats.contains("\"429\""), "\(stats)")
            // Nor is it kept by doing nothing: a good part of our half was used.
            let ours = Int(world.desk.calls)
            #expect(ours > minutes * theirs / 4 / 2, "\(ours) calls")
        }
    }

    @Test func `webhooks of the account's own rules count as ours`() async throws {
        let clock = ManualClock()
        let governor = RateGovernor(share: 0.5, clock: clock)
        let call = RateBudget.Cost(credits: 1)
        try await governor.turn(call, urgency: .urgent)
        governor.end(call, status: 200, limits: .init(total: 200, remaining: 199, used: 1))
        governor.spend(90)
        // Nine more and the minute's hundred are used up; the next waits for the first to be a minute old.
        for _ in 0..<9 {
            let turn = Task { try await governor.turn(call, urgency: .urgent) }
            while governor.waiting > 0 || governor.inFlight == 0 {
                if let next = clock.nextDeadline { clock.advance(to: next) }
                await Task.yield()
            }
            try await turn.value
            governor.end(call, status: 200, limits: .init(total: 200, used: 1))
        }
        let began = clock.now
        let last = Task { try await governor.turn(call, urgency: .urgent) }
        while governor.waiting == 0 { await Task.yield() }
        while (clock.nextDeadline ?? .epoch) <= clock.now { await Task.yield() }
        #expect((clock.nextDeadline ?? .epoch) > began + .seconds(30))
        last.cancel()
        await #expect(throws: CancellationError.self) { try await last.value }
    }

    @Test func `a list refused while the account has room makes us list less, for a while`() {
        var budget = RateBudget(share: 1)
        let list = RateBudget.Cost(credits: 1, isList: true)
        let start = Timestamp(seconds: 1_800_000_000)
        for number in 0..<11 {
            budget.grant(list, urgency: .urgent, now: start)
            let isRefused = number == 10
            budget.end(
                list, status: isRefused ? 429 : 200, limits: .init(total: 200, remaining: 150, used: 1),
                retryAfter: isRefused ? .seconds(20) : nil, now: start)
        }
        func listed(at moment: Timestamp) -> Int {
            var (budget, count, now) = (budget, 0, moment)
            while count < 100, now < moment + .seconds(59) {
                if budget.verdict(on: list, urgency: .urgent, now: now) == .now {
                    budget.grant(list, urgency: .urgent, now: now)
                    budget.end(list, status: 200, limits: .init(total: 200, used: 1), retryAfter: nil, now: now)
                    count += 1
                }
                now = now + .milliseconds(250)
            }
            return count
        }
        #expect(listed(at: start + .seconds(120)) == 7)
        #expect(listed(at: start + .seconds(700)) == 20)
    }

    /// Everything that could go has gone: who waits, waits for the clock.
    private func settle(_ world: World, _ clock: ManualClock) async {
        var calm = 0
        while calm < 3 {
            let isCalm = world.governor.inFlight == 0 && (clock.nextDeadline ?? .epoch) > clock.now
            calm = isCalm ? calm + 1 : 0
            await Task.yield()
        }
    }
}
