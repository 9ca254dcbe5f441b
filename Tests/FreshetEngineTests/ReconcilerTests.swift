import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

struct ReconcilerTests {
    private func world(tickets count: Int64) async throws -> World {
        let world = try await World()
        defer { world.clock.advance(by: .seconds(5)) }
        for id in 1...count {
            world.clock.advance(by: .seconds(1))
            world.desk.put(.sample(world.item(id), "Ticket number \(id)", at: world.clock.now))
        }
        return world
    }

    @Test func `the first reconcile brings everything, the second marks nothing`() async throws {
        let world = try await world(tickets: 25)
        world.desk.page(rows: 10)
        let first = try await world.reconcile()
        #expect(first.state == .complete)
        #expect(first.seen == 25 && first.marked == 25 && first.unchanged == 0)
        #expect(first.apiCalls == 6)
        #expect(try await world.index.count(of: world.company) == 25)

        let second = try await world.reconcile()
        #expect(second.marked == 0)
        #expect(second.seen == second.unchanged)
        #expect(world.summariser.calls == 25)
    }

    @Test func `a change whose webhook was lost is found`() async throws {
        let world = try await world(tickets: 5)
        try await world.reconcile()
        world.clock.advance(by: .seconds(7200))
        world.desk.edit(world.item(3)) { $0.subject = "Toner low in Basel" }
        let reconcile = try await world.reconcile()
        #expect(reconcile.marked == 1)
        #expect(try await world.find("toner Basel").first == 3)
    }

    @Test func `a second change within the second of the fetch is found by the next reconcile`() async throws {
        let world = try await world(tickets: 3)
        try await world.reconcile()
        world.clock.advance(by: .seconds(60))
        let item = world.item(2)
        world.desk.edit(item) { $0.subject = "First words" }
        try await world.store.ledger.mark(
            [Mark(item, cause: .webhook, urgency: .backfill)], policy: MarkPolicy(), now: world.clock.now)
        try await world.drain()
        world.desk.edit(item) { $0.subject = "Second words" }  // The same second, and its webhook is lost.

        world.clock.advance(by: .seconds(600))
        try await world.reconcile()
        #expect(try await world.store.documents.record(of: item)?.document?.subject == "Second words")
    }

    @Test func `the listing of the trash marks, and only the answer by id removes`() async throws {
        let world = try await world(tickets: 3)
        try await world.reconcile()
        world.desk.trash(world.item(2))
        let reconcile = try await world.reconcile()
        #expect(reconcile.removed == 1)
        #expect(try await world.index.count(of: world.company) == 2)
        world.desk.restore(world.item(2))
        world.clock.advance(by: .seconds(3600))
        world.desk.edit(world.item(2)) { _ in }
        try await world.reconcile()
        #expect(try await world.index.count(of: world.company) == 3)
        #expect(world.summariser.calls == 3)
    }

    @Test func `absence deletes nothing`() async throws {
        let world = try await world(tickets: 4)
        try await world.reconcile()
        for id in 1...4 as ClosedRange<Int64> { world.desk.hide(world.item(id)) }
        let empty = try await world.reconcile()
        #expect(empty.seen == 0 && empty.removed == 0)
        #expect(try await world.index.count(of: world.company) == 4)
    }

    @Test func `a listing that fails half way keeps its marks and starts again from the old cursor`() async throws {
        let world = try await world(tickets: 25)
        world.desk.page(rows: 10)
        // The first page answers, the second does not.
        let id = Reconcile.newID(world.random)
        try await world.store.reconciles.request(
            Reconcile(id: id, company: world.company, mode: .incremental, since: nil, requestedAt: world.clock.now))
        let desk = world.desk
        let failed = try await world.reconciler().carryOut(id, of: world.company) { reconcile in
            if reconcile.state == .running, reconcile.seen == 10 { desk.fail(.unreachable(detail: "503")) }
        }
        #expect(failed?.state == .failed)
        #expect(failed?.seen == 10)
        #expect(try await world.store.reconciles.cursor(of: world.company) == nil)
        try await world.drain()
        #expect(try await world.index.count(of: world.company) == 10)

        let whole = try await world.reconcile()
        #expect(whole.state == .complete)
        #expect(whole.marked == 15 && whole.unchanged == 10)
        #expect(try await world.index.count(of: world.company) == 25)
    }

    @Test func `an abandoned reconcile goes on where it was`() async throws {
        let world = try await world(tickets: 25)
        world.desk.page(rows: 10)
        let id = Reconcile.newID(world.random)
        try await world.store.reconciles.request(
            Reconcile(id: id, company: world.company, mode: .incremental, since: nil, requestedAt: world.clock.now))
        let reconciler = world.reconciler()
        let company = world.company
        // The process "dies" after the second page: nothing of it runs any more.
        let interrupted = Task {
            try await reconciler.carryOut(id, of: company) { reconcile in
                if reconcile.seen == 20 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await interrupted.result
        let callsBefore = world.desk.calls

        #expect(try await world.reconciler().carryOutNext() == nil, "the lease still stands")
        world.clock.advance(by: .seconds(600))
        let resumed = try #require(try await world.reconciler().carryOutNext())
        #expect(resumed.id == id)
        #expect(resumed.state == .complete)
        #expect(resumed.seen == 25)
        #expect(world.desk.calls - callsBefore <= 4)
        try await world.drain()
        #expect(try await world.index.count(of: world.company) == 25)
    }

    @Test func `a sweep that was abandoned remembers what it had seen, and takes nothing for absent`() async throws {
        let world = try await world(tickets: 40)
        try await world.reconcile()
        world.desk.page(rows: 10)
        world.clock.advance(by: .seconds(60))
        let id = Reconcile.newID(world.random)
        try await world.store.reconciles.request(
            Reconcile(id: id, company: world.company, mode: .sweep, since: nil, requestedAt: world.clock.now))
        let reconciler = world.reconciler()
        let company = world.company
        let interrupted = Task {
            try await reconciler.carryOut(id, of: company) { reconcile in
                if reconcile.seen == 20 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await interrupted.result
        world.clock.advance(by: .seconds(600))
        let resumed = try #require(try await world.reconciler().carryOutNext())
        #expect(resumed.id == id && resumed.state == .complete)
        #expect(resumed.seen == 40 && resumed.unchanged == 40)
        #expect(resumed.removed == 0 && resumed.certificate.absent == 0)
    }

    @Test func `one that is cancelled stops at its next step, and calls nobody`() async throws {
        let world = try await world(tickets: 40)
        world.desk.page(rows: 10)
        let id = Reconcile.newID(world.random)
        try await world.store.reconciles.request(
            Reconcile(id: id, company: world.company, mode: .incremental, since: nil, requestedAt: world.clock.now))
        let (gate, store, company, now) = (Gate(), world.store, world.company, world.clock.now)
        world.desk.holdPages(at: gate)
        async let ended = world.reconciler().carryOut(id, of: company) { _ in }
        await gate.untilSomebodyWaits()
        var cancelled = try #require(try await store.reconciles.reconcile(id, of: company))
        cancelled.state = .cancelled
        try await store.reconciles.finish(cancelled, owner: "somebody", now: now)
        await gate.open()
        #expect(try await ended?.state == .cancelled)
        #expect(try await store.reconciles.reconcile(id, of: company)?.seen == 0)
        #expect(try await store.ledger.entry(world.item(1)) == nil)
        #expect(world.log.errors == 0)
    }
}
