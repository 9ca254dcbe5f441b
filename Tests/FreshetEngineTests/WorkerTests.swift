import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Logging
import ServiceLifecycle
import Testing

struct WorkerTests {
    @Test func `a backlog is worked off in lanes, never two runs for one item`() async throws {
        let world = try await World()
        for id in 1...60 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket number \(id)", at: world.clock.now))
            try await world.mark(id, urgency: .backfill, cause: .reconcile)
        }
        try await world.worker(lanes: 4).drain(world.company) { _ in }
        #expect(try await world.index.count(of: world.company) == 60)
        #expect(world.desk.concurrency.most <= 4)
        #expect(!world.desk.concurrency.twoOfOne)
        #expect(world.summariser.calls == 60)
    }

    @Test func `a burst of marks during a run costs exactly one run after it`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        let gate = Gate()
        world.desk.hold(at: gate)
        try await world.mark(1, urgency: .backfill, cause: .reconcile)
        let worker = world.worker()
        async let done: Void = worker.drain(world.company) { _ in }
        await gate.untilSomebodyWaits()
        for _ in 0..<25 { try await world.mark(1, urgency: .backfill, cause: .reconcile) }
        await gate.open()
        try await done
        #expect(try await world.store.ledger.decisions(about: world.item(1), limit: 100).count == 2)
        #expect(!world.desk.concurrency.twoOfOne)
    }

    @Test func `a graceful stop finishes the run in hand and takes no other`() async throws {
        let world = try await World()
        for id in 1...2 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket number \(id)", at: world.clock.now))
            try await world.mark(id, urgency: .backfill, cause: .reconcile)
        }
        let gate = Gate()
        world.desk.hold(at: gate)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: world.worker(lanes: 1))],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        async let stopped: Void = group.run()
        await gate.untilSomebodyWaits()
        await group.triggerGracefulShutdown()
        await gate.open()
        try await stopped
        let backlog = try #require(try await world.store.ledger.backlog(of: world.company)[world.company])
        #expect(backlog.waiting == 1 && backlog.inFlight == 0)
        #expect(try await world.index.count(of: world.company) == 1)
    }

    @Test func `an outage of the help desk costs probes, not every item's attempts`() async throws {
        let world = try await World()
        for id in 1...30 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket number \(id)", at: world.clock.now))
            try await world.mark(id, urgency: .backfill, cause: .reconcile)
        }
        world.desk.breakDown()
        let worker = world.worker(lanes: 2)
        let loop = Task { try await worker.drain(world.company) { _ in } }
        // Ten minutes of an outage: the clock is only turned when everybody sleeps.
        for _ in 0..<300 {
            while try await world.isWorking || world.clock.nextDeadline == nil { await Task.yield() }
            world.clock.advance(by: .seconds(2))
            for _ in 0..<20 { await Task.yield() }
        }
        world.desk.recover()
        let turning = Task {
            while !Task.isCancelled {
                if try await !world.isWorking { world.clock.advance(by: .seconds(5)) }
                await Task.yield()
            }
        }
        try await loop.value
        turning.cancel()
        let backlog = try await world.store.ledger.backlog(of: world.company)[world.company]
        #expect(backlog?.parked ?? 0 == 0)
        #expect(try await world.index.count(of: world.company) == 30)
    }
}

extension World {
    /// A run is in flight: the clock must stand still, or its lease runs out however fast it is.
    fileprivate var isWorking: Bool {
        get async throws { try await (store.ledger.backlog(of: company)[company]?.inFlight ?? 0) > 0 }
    }
}
