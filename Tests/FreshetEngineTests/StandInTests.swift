import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

/// What becomes of an item that no model can summarise.
struct StandInTests {
    private static let down = UpstreamError.unreachable(detail: "main: no answer in time")

    private func world(_ subject: String = "Printer offline") async throws -> World {
        let world = try await World(hasStandIns: true)
        world.desk.put(.sample(world.item(1), subject, at: world.clock.now))
        return world
    }

    @Test func `it is found at once, marked as provisional, and the decision says why`() async throws {
        let world = try await world()
        world.summariser.fail(Self.down)
        let report = try await world.converge(1)
        #expect(report.outcome == .created)
        #expect(report.reason?.contains("main: no answer in time") == true)
        let hit = try #require(
            try await world.index.search(SearchQuery(text: "printer offline"), in: world.company).first)
        #expect(hit.summary.isStandIn && hit.summary.maker == "builtin/extractive/\(world.summariser.identity.version)")
        let record = try #require(try await world.store.documents.record(of: world.item(1)))
        #expect(record.standIn?.tries == 1)
        let due = try #require(record.standIn?.due)
        #expect((90...120).contains((due - world.clock.now).seconds))
    }

    @Test func `it is replaced as backfill when it is due, once, and not kept under the model's name`() async throws {
        let world = try await world()
        world.summariser.fail(Self.down)
        try await world.converge(1)
        #expect(try await world.markStandIns() == 0)
        world.clock.advance(by: .seconds(121))
        #expect(try await world.markStandIns() == 1)
        // It waits for its run: no second mark.
        #expect(try await world.markStandIns() == 0)
        let run = try #require(try await world.claim().first)
        #expect(run.urgency == .backfill && run.cause == .reconcile)
        let report = try await world.convergence.carryOut(run)
        try await world.store.ledger.finish(report, now: world.clock.now)
        #expect(report.outcome == .updated && report.cost.summaries == 1 && report.reason == nil)
        #expect(try await world.summary(1)?.isStandIn == false)
        #expect(try await world.store.documents.record(of: world.item(1))?.standIn == nil)
        let hit = try await world.index.search(SearchQuery(text: "printer offline"), in: world.company).first
        #expect(hit?.summary.isStandIn == false)
        // Nobody made it again: the same content costs nothing.
        #expect(try await world.converge(1).cost.summaries == 0)
        #expect(world.summariser.calls == 2)
    }

    @Test func `until it is due nothing but a change asks the models again`() async throws {
        let world = try await world()
        world.summariser.fail(Self.down, Self.down)
        try await world.converge(1)
        for _ in 0..<3 { #expect(try await world.converge(1).outcome == .unchanged) }
        world.desk.edit(world.item(1)) { $0.metadata.tags.append("urgent") }
        #expect(try await world.converge(1).outcome == .relabelled)
        #expect(world.summariser.calls == 1)
        #expect(try await world.store.documents.record(of: world.item(1))?.standIn?.tries == 1)
        world.desk.edit(world.item(1)) { $0.subject = "Scanner offline" }
        #expect(try await world.converge(1).outcome == .updated)
        #expect(world.summariser.calls == 2)
        #expect(try await world.store.documents.record(of: world.item(1))?.standIn?.tries == 1)
    }

    /// Works off what falls due for so long; how often anything ran.
    private func live(_ world: World, for span: Duration, step: Duration) async throws -> Int {
        let end = world.clock.now + span
        var runs = 0
        while world.clock.now < end {
            world.clock.advance(by: step)
            _ = try await world.markStandIns()
            while let run = try await world.claim(1).first {
                try await world.store.ledger.finish(try await world.convergence.carryOut(run), now: world.clock.now)
                runs += 1
            }
        }
        return runs
    }

    @Test(arguments: [
        (down, 20), (.throttled(retryAfter: .seconds(1)), 20), (.refused(status: 200, code: "main: declines"), 3),
    ])
    func `tries come ever more rarely and end, and a person's retry begins anew`(
        error: UpstreamError, most: Int
    ) async throws {
        let world = try await world()
        for _ in 0..<100 { world.summariser.fail(error) }
        try await world.converge(1)
        let day = try await live(world, for: .seconds(86_400), step: .seconds(300))
        #expect(day <= 13, "a day of trouble cost \(day) tries")
        let rest = try await live(world, for: .seconds(6 * 86_400), step: .seconds(3600))
        #expect(world.summariser.calls == most && day + rest == most - 1)
        let entry = try #require(try await world.store.ledger.entry(world.item(1)))
        #expect(entry.state == .ready && entry.wanted == entry.done)
        #expect(try await world.find("printer offline") == [1])
    }

    @Test func `no more than a bounded number is marked at once, those due longest first`() async throws {
        let world = try await World(hasStandIns: true)
        for id in 1...7 as ClosedRange<Int64> {
            world.desk.put(.sample(world.item(id), "Printer \(id)", at: world.clock.now))
            world.summariser.fail(Self.down)
            try await world.converge(id)
        }
        world.clock.advance(by: .seconds(300))
        #expect(try await world.markStandIns(limit: 3) == 3)
        #expect(try await world.store.ledger.entry(world.item(1))?.urgency == .backfill)
        try await world.drain()
        #expect(try await world.summary(1)?.isStandIn == false)
        #expect(try await world.summary(7)?.isStandIn == true)
        #expect(try await world.markStandIns(limit: 30) == 4)
    }

    @Test func `where the policy is to park, there is no stand-in`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        world.summariser.fail(Self.down)
        #expect(try await world.converge(1).outcome == .failed)
        #expect(try await world.find("printer") == [])
    }
}
