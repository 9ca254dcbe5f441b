import FreshetCore
import FreshetTestKit
import Synchronization
import Testing

@testable import FreshetAdapters

struct FreshdeskRateGovernorTests {
    typealias Cost = RateBudget.Cost

    @Test func `a turn waits for room and comes when the clock has made some`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        let began = desk.clock.now
        try await desk.useUp()

        async let next: Void = desk.call(Cost(credits: 4))
        await desk.until { $0.waiting == 1 }
        await desk.untilAsleep()
        // What was used first is free again after a minute.
        #expect(desk.clock.nextDeadline == began + .seconds(60))
        desk.clock.advance(to: began + .milliseconds(59_999))
        await desk.untilSettled()
        #expect(desk.governor.waiting == 1)
        desk.clock.advance(to: began + .seconds(60))
        try await next
        #expect(desk.governor.waiting == 0)
    }

    @Test func `urgent calls go before backfill that has waited longer`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        try await desk.useUp()
        let order = Noted<[String]>([])
        try await withThrowingTaskGroup { group in
            for name in ["b1", "b2", "b3"] {
                group.addTask {
                    try await desk.call(Cost(credits: 1), .backfill)
                    order.change { $0.append(name) }
                }
                await desk.until { governor in governor.waiting == Int(String(name.last ?? "0")) }
            }
            for (index, name) in ["u1", "u2"].enumerated() {
                group.addTask {
                    try await desk.call(Cost(credits: 1))
                    order.change { $0.append(name) }
                }
                await desk.until { $0.waiting == 4 + index }
            }
            await desk.untilAsleep()
            for _ in 0..<400 where desk.governor.waiting > 0 {
                desk.clock.advance(by: .milliseconds(200))
                await desk.untilSettled()
            }
            try await group.waitForAll()
        }
        let names = order.value
        #expect(names.count == 5)
        #expect(Set(names.prefix(2)) == ["u1", "u2"])
        #expect(Array(names.suffix(3)) == ["b1", "b2", "b3"])
    }

    @Test func `backfill is not starved by urgent calls without end`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        let done = Noted((urgent: 0, backfill: 0))
        await withThrowingTaskGroup { group in
            for _ in 0..<6 {
                group.addTask {
                    while !Task.isCancelled {
                        try await desk.call(Cost(credits: 1))
                        done.change { $0.urgent += 1 }
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try await desk.call(Cost(credits: 1), .backfill)
                    done.change { $0.backfill += 1 }
                }
            }
            for _ in 0..<1200 {
                desk.clock.advance(by: .milliseconds(500))
                await desk.untilSettled()
            }
            group.cancelAll()
        }
        let (urgent, backfill) = done.value
        // Ten minutes of 100 credits.
        #expect(urgent + backfill <= 1100)
        #expect(urgent + backfill >= 800)
        #expect(backfill >= (urgent + backfill) / 10)
    }

    @Test func `a list that waits for its own limit holds up no single ticket`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        for _ in 0..<10 { try await desk.call(Cost(credits: 1, isList: true)) }
        async let list: Void = desk.call(Cost(credits: 1, isList: true))
        await desk.until { $0.waiting == 1 }
        try await desk.call(Cost(credits: 4))
        #expect(desk.governor.waiting == 1)
        await desk.untilAsleep()
        desk.clock.advance(by: .seconds(60))
        try await list
    }

    @Test func `Retry-After holds everybody`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        try await desk.governor.turn(Cost(credits: 1), urgency: .urgent)
        desk.governor.end(Cost(credits: 1), status: 429, retryAfter: .seconds(42))
        async let next: Void = desk.call(Cost(credits: 1))
        await desk.until { $0.waiting == 1 }
        await desk.untilAsleep()
        #expect(desk.clock.nextDeadline == desk.clock.now + .seconds(42))
        desk.clock.advance(by: .seconds(42))
        try await next
    }

    @Test func `whoever is cancelled leaves the line and its place to the others`() async throws {
        let desk = Desk(total: 200)
        try await desk.learn()
        try await desk.useUp()
        let first = Task { try await desk.call(Cost(credits: 1)) }
        await desk.until { $0.waiting == 1 }
        let second = Task { try await desk.call(Cost(credits: 1)) }
        await desk.until { $0.waiting == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(desk.governor.waiting == 1)
        await desk.untilAsleep()
        desk.clock.advance(by: .seconds(60))
        try await second.value
    }

    @Test func `the first answers let everybody go who waited for them`() async throws {
        let desk = Desk(total: nil)
        for _ in 0..<2 { try await desk.governor.turn(Cost(credits: 1), urgency: .backfill) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 { group.addTask { try await desk.call(Cost(credits: 4), .backfill) } }
            await desk.until { $0.waiting == 50 }
            desk.governor.end(Cost(credits: 1), status: 200)
            try await group.waitForAll()
        }
        #expect(desk.governor.answers == 51)
    }

    @Test func `without limits no turn waits for the clock`() async throws {
        let desk = Desk(total: nil)
        try await desk.learn()
        // Nobody turns the clock here: a turn that slept would sleep for ever.
        for _ in 0..<20_000 { try await desk.call(Cost(credits: 4), .backfill) }
        #expect(desk.governor.answers == 20_001)
    }
}

/// A governor on a clock that a test turns, and an account that answers at once.
private struct Desk: Sendable {
    let clock = ManualClock()
    let governor: RateGovernor
    let total: Int?

    init(total: Int?, share: Double = 0.5) {
        self.total = total
        governor = RateGovernor(share: share, clock: clock)
    }

    /// One call for nothing, by which the governor gets to know the account.
    func learn() async throws { try await call(RateBudget.Cost(credits: 0)) }

    func call(_ cost: RateBudget.Cost, _ urgency: Urgency = .urgent) async throws {
        try await governor.turn(cost, urgency: urgency)
        governor.end(cost, status: 200, limits: RateBudget.Limits(total: total, used: cost.credits))
    }

    /// Uses up the share of the minute, turning the clock where calls are spaced.
    func useUp() async throws {
        guard let total else { return }
        try await withThrowingTaskGroup { group in
            group.addTask { for _ in 0..<(total / 2) { try await call(RateBudget.Cost(credits: 1)) } }
            group.addTask {
                while governor.answers < total / 2 + 1 {
                    if let next = clock.nextDeadline { clock.advance(to: next) }
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
    }

    func until(_ condition: (RateGovernor) -> Bool) async {
        while !condition(governor) { await Task.yield() }
    }

    /// Somebody keeps time.
    func untilAsleep() async {
        while (clock.nextDeadline ?? .epoch) <= clock.now { await Task.yield() }
    }

    /// Nobody who waits could go now: the keeper of time sleeps for a later moment, or nobody waits.
    func untilSettled() async {
        for _ in 0..<50 { await Task.yield() }
        while governor.waiting > 0, (clock.nextDeadline ?? .epoch) <= clock.now { await Task.yield() }
    }
}

/// Something that several tasks write down.
private final class Noted<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change(_ change: @Sendable (inout Value) -> Void) { state.withLock { change(&$0) } }
}
