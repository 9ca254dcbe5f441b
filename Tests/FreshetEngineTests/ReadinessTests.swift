import FreshetCore
import FreshetStore
import FreshetTestKit
import Foundation
import Synchronization
import Testing

@testable import FreshetEngine

/// Each part of the river is stalled in turn: readiness names it, and is well again when it flows.
struct ReadinessTests {
    @Test func `a quiet river is ready in every part`() async throws {
        let world = try await World()
        let readiness = await world.readiness().readiness()
        #expect(readiness.isReady)
        #expect(Set(readiness.parts.keys) == ["store", "intake", "ledger", "fetch", "models", "index"])
        #expect(readiness.notes.isEmpty)
    }

    @Test func `ledger: marks that nobody claims`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.mark(1)
        world.clock.advance(by: .seconds(290))
        #expect(await world.stalls() == [])
        world.clock.advance(by: .seconds(20))
        #expect(await world.stalls() == ["ledger"])
        try await world.store.companies.setPaused(true, world.company, now: world.clock.now)
        #expect(await world.stalls() == [], "a paused company waits on purpose")
        try await world.store.companies.setPaused(false, world.company, now: world.clock.now)
        try await world.drain()
        #expect(await world.stalls() == [])
    }

    @Test func `a backfill that takes hours, and one bad ticket that is tried again and again, stall nothing`()
        async throws
    {
        let world = try await World()
        try await world.mark(1, urgency: .backfill, cause: .reconcile)
        world.clock.advance(by: .seconds(7200))
        #expect(await world.stalls() == [])
        try await world.mark(2)
        world.clock.advance(by: .seconds(20))
        let run = try #require(try await world.claim(1).first { $0.item == world.item(2) })
        try await world.store.ledger.finish(
            RunReport(run: run, outcome: .failed, reason: "no", retryAt: world.clock.now + .seconds(900)),
            now: world.clock.now)
        world.clock.advance(by: .seconds(800))
        #expect(await world.stalls() == [])
    }

    @Test func `index: one that does not answer`() async throws {
        let world = try await World()
        world.index.hidePoints()
        #expect(await world.stalls() == ["index"])
        world.index.hidePoints(false)
        #expect(await world.stalls() == [])
    }

    @Test func `fetch: a help desk that does not answer`() async throws {
        let world = try await World()
        world.desk.breakDown()
        for id in 1...5 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket \(id)", at: world.clock.now))
            try await world.mark(id)
        }
        try await world.work(for: .seconds(900))
        #expect(await world.stalls() == ["fetch"])
        world.desk.recover()
        try await world.work(for: .seconds(900))
        #expect(await world.stalls() == [])
    }

    @Test func `fetch: one company's help desk among three is a note, and takes the service from nobody`() async throws
    {
        let world = try await World()
        for name in ["globex", "initech"] {
            try await world.store.companies.add(
                Company(
                    id: CompanyID(name)!, platform: .freshdesk, url: URL(string: "https://\(name).freshdesk.com")!,
                    scheme: .standard, createdAt: world.clock.now), apiKey: Secret("key"),
                webhookSecret: Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        }
        world.desk.breakDown()
        for id in 1...5 as ClosedRange<Int64> { try await world.mark(id) }
        try await world.work(for: .seconds(900))
        let readiness = await world.readiness().readiness()
        #expect(readiness.isReady)
        #expect(readiness.notes["fetch"]?.contains("1 of 3 companies") == true)
        #expect(readiness.notes["fetch"]?.contains("acme") == false, "the probe is open to everybody")
    }

    @Test func `models: a model that gives no answer`() async throws {
        let world = try await World()
        let down = UpstreamError.unreachable(detail: "told to be down")
        world.summariser.fail(down, down, down)
        for id in 1...3 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket \(id)", at: world.clock.now))
            try await world.mark(id)
        }
        world.clock.advance(by: .seconds(20))
        try await world.workOnce()
        #expect(await world.stalls() == ["models"])
        try await world.work(for: .seconds(600))
        #expect(await world.stalls() == [])
    }

    @Test func `index: an index that takes no point`() async throws {
        let world = try await World()
        world.index.fail(.before, .before, .before)
        for id in 1...3 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Ticket \(id)", at: world.clock.now))
            try await world.mark(id)
        }
        world.clock.advance(by: .seconds(20))
        try await world.workOnce()
        #expect(await world.stalls() == ["index"])
        try await world.work(for: .seconds(600))
        #expect(await world.stalls() == [])
    }

    @Test func `a run that never leaves its part is found there`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        let gate = Gate()
        world.desk.hold(at: gate)
        let worker = world.worker()
        let loop = Task { try await worker.drain(world.company) { _ in } }
        await gate.untilSomebodyWaits()
        world.clock.advance(by: .seconds(310))
        #expect(await world.stalls() == ["fetch"])
        await gate.open()
        let clock = world.clock
        let turning = Task {
            while !Task.isCancelled {
                clock.advance(by: .milliseconds(500))
                await Task.yield()
            }
        }
        try await loop.value
        turning.cancel()
        #expect(await world.stalls() == [])
    }

    @Test func `intake: webhooks that cannot be stored, until anything can be`() async throws {
        let world = try await World()
        world.health.intakeFailed()
        #expect(await world.stalls() == ["intake"])
        world.health.storeWrote()
        #expect(await world.stalls() == [])
        let full = BacklogGauge(limit: 10)
        full.update(10)
        #expect(await world.stalls(full) == ["intake"])
    }

    @Test func `store: one that does not answer`() async throws {
        let world = try await World()
        let readiness = world.readiness()
        try world.store.close()
        #expect(await readiness.readiness().parts["store"] != .some(nil))
    }
}

extension World {
    func readiness(_ backlog: BacklogGauge = BacklogGauge(limit: 1000)) -> RiverReadiness {
        RiverReadiness(
            ledger: store.ledger, companies: store.companies, backlog: backlog, health: health, index: index,
            clock: clock)
    }

    /// The parts that are not well.
    func stalls(_ backlog: BacklogGauge = BacklogGauge(limit: 1000)) async -> [String] {
        await readiness(backlog).readiness().parts.filter { $0.value != nil }.keys.sorted()
    }

    /// Carries out what is due, once, as a worker does: with what becomes of it told to `health`.
    func workOnce() async throws {
        for run in try await claim(health.allowances(now: clock.now)[company] ?? 10) {
            let report = try await convergence.carryOut(run)
            try await store.ledger.finish(report, now: clock.now)
            health.ended(report, now: clock.now)
            health.left(run.item)
        }
    }

    func work(for duration: Duration) async throws {
        let end = clock.now + duration
        while clock.now < end {
            try await workOnce()
            clock.advance(by: .seconds(15))
        }
    }
}
