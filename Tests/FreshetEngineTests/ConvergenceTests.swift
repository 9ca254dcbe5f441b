import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

struct ConvergenceTests {
    @Test func `a new ticket is summarised, embedded and found`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(4711), "Invoice export stops at row 500", at: world.clock.now))

        #expect(try await world.converge(4711).outcome == .created)

        #expect(try await world.find("invoice export stops") == [4711])
        #expect(world.summariser.calls == 1)
        #expect(world.embedder.calls == 1)
    }

    @Test func `an unchanged ticket costs no model call and no write to the index`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.converge(1)
        let writes = world.index.writes

        // The clock of the help desk moves, its SLA flips: nobody did anything.
        world.desk.edit(world.item(1)) { _ in }
        let report = try await world.converge(1)

        #expect(report.outcome == .unchanged)
        #expect(report.document == nil)
        #expect(world.summariser.calls == 1)
        #expect(world.embedder.calls == 1)
        #expect(world.index.writes == writes)
    }

    @Test func `a changed label relabels the point and asks no model`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.converge(1)

        world.desk.edit(world.item(1)) { $0.metadata.priority = Label(id: 4, name: "Urgent") }
        let report = try await world.converge(1)

        #expect(report.outcome == .relabelled)
        #expect(report.changes == ["priority"])
        #expect(world.summariser.calls == 1)
        let hits = try await world.index.search(
            SearchQuery(text: "printer offline", filters: SearchFilters(priority: ["urgent"])), in: world.company)
        #expect(hits.map(\.item.originalID) == [1])
    }

    @Test func `a new reply pays once, and going back to the old text pays nothing`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Printer offline", at: world.clock.now))
        try await world.converge(1)
        world.desk.edit(item) {
            $0.messages.append(
                SourceMessage(
                    id: 900, author: Author(role: .requester, id: 3), isPrivate: false, isIncoming: true,
                    bodyHTML: "<p>It is a Zebra ZD421 with firmware 7.2</p>", createdAt: world.clock.now))
        }
        #expect(try await world.converge(1).outcome == .updated)
        #expect(world.summariser.calls == 2)
        #expect(try await world.store.points.frequencies(of: ["zebra"], in: world.company) == ["zebra": 1])

        world.desk.edit(item) { $0.messages.removeLast() }
        #expect(try await world.converge(1).outcome == .updated)
        #expect(world.summariser.calls == 2)
        #expect(try await world.store.points.frequencies(of: ["zebra"], in: world.company).isEmpty)
    }

    @Test func `a trashed ticket leaves the index and comes back without a model call`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.converge(1)

        world.desk.trash(world.item(1))
        #expect(try await world.converge(1).outcome == .removed)
        #expect(try await world.find("printer offline").isEmpty)

        world.desk.restore(world.item(1))
        #expect(try await world.converge(1).outcome == .created)
        #expect(try await world.find("printer offline") == [1])
        #expect(world.summariser.calls == 1)
        #expect(world.embedder.calls == 1)
    }

    @Test func `a ticket that never was is processed once and looped never`() async throws {
        let world = try await World()
        #expect(try await world.converge(99).outcome == .removed)
        let entry = try await world.store.ledger.entry(world.item(99))
        #expect(entry?.done == entry?.wanted)
        #expect(try await world.claim().isEmpty)
    }

    @Test func `whatever fails between paying and recording is not paid again`() async throws {
        for moment in [FaultyIndex.Moment.before, .after] {
            let world = try await World()
            world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
            world.index.fail(moment)
            let failed = try await world.converge(1)
            #expect(failed.outcome == .failed)
            #expect(failed.retryAt != nil)

            world.clock.advance(by: .seconds(3600))
            try await world.drain()
            #expect(try await world.find("printer offline") == [1])
            #expect(world.summariser.calls == 1)
            #expect(world.embedder.calls == 1)
        }
    }

    @Test func `a run whose result was lost to a crash is repeated for free`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        let first = try #require(try await world.claim(1).first)
        _ = try await world.convergence.carryOut(first)  // … and the process dies before it finishes.

        world.clock.advance(by: .seconds(120))
        let second = try #require(try await world.claim(1).first)
        #expect(second.fence == first.fence + 1)
        try await world.store.ledger.finish(try await world.convergence.carryOut(second), now: world.clock.now)
        #expect(world.summariser.calls == 1)
        #expect(try await world.find("printer offline") == [1])
    }

    @Test func `a stale worker can neither write the index nor record`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Old words", at: world.clock.now))
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        let stale = try #require(try await world.claim(1).first)
        world.clock.advance(by: .seconds(120))
        world.desk.edit(item) { $0.subject = "New words" }
        let fresh = try #require(try await world.claim(1).first)
        try await world.store.ledger.finish(try await world.convergence.carryOut(fresh), now: world.clock.now)

        // The stale one wakes up having read the old state.
        world.desk.edit(item) { $0.subject = "Old words" }
        let report = try await world.convergence.carryOut(stale)
        #expect(report.outcome != .created && report.outcome != .updated)
        await #expect(throws: StoreError.staleFence) {
            try await world.store.ledger.finish(report, now: world.clock.now)
        }
        #expect(try await world.store.documents.record(of: item)?.document?.subject == "New words")
    }

    @Test func `a change that was indexed, lost and then taken back does not stay in the index`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Printer offline", at: world.clock.now))
        try await world.converge(1)

        world.desk.edit(item) { $0.subject = "Scanner ablaze" }
        world.index.fail(.after)
        #expect(try await world.converge(1).outcome == .failed)
        world.desk.edit(item) { $0.subject = "Printer offline" }
        world.clock.advance(by: .seconds(900))
        try await world.drain()

        let hits = try await world.index.search(SearchQuery(text: "printer scanner"), in: world.company)
        #expect(hits.map(\.subject) == ["Printer offline"])
        #expect(world.summariser.calls == 2)
    }

    @Test func `a ticket restored and trashed again while its run was lost leaves the index`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Printer offline", at: world.clock.now))
        try await world.converge(1)
        world.desk.trash(item)
        try await world.converge(1)

        world.desk.restore(item)
        world.index.fail(.after)
        #expect(try await world.converge(1).outcome == .failed)
        world.desk.trash(item)
        world.clock.advance(by: .seconds(900))
        try await world.drain()

        #expect(try await world.index.count(of: world.company) == 0)
    }

    @Test func `a second change within the second that a slow fetch read is found without a webhook`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Printer offline", at: world.clock.now))
        world.clock.advance(by: .seconds(60))
        world.desk.edit(item) { $0.subject = "Printer smokes" }
        let time = world.clock.now
        world.desk.duringNextFetch {
            world.desk.edit(item) { $0.subject = "Printer burns" }
            world.clock.advance(by: .seconds(30))
        }
        try await world.store.ledger.mark(
            [Mark(item, cause: .reconcile, urgency: .backfill)], policy: MarkPolicy(), now: time)
        try await world.drain()

        try await world.reconcile()

        let hits = try await world.index.search(SearchQuery(text: "printer"), in: world.company)
        #expect(hits.map(\.subject) == ["Printer burns"])
    }

    @Test func `an edit during the fetch is read by the run after it`() async throws {
        let world = try await World()
        let item = world.item(1)
        world.desk.put(.sample(item, "Printer offline", at: world.clock.now))
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        let run = try #require(try await world.claim(1).first)
        world.desk.duringNextFetch { world.desk.edit(item) { $0.subject = "Scanner offline" } }
        let report = try await world.convergence.carryOut(run)
        try await world.mark(1)  // The edit's own webhook, while the run is live.
        #expect(try await world.claim(1).isEmpty)
        try await world.store.ledger.finish(report, now: world.clock.now)

        world.clock.advance(by: .seconds(20))
        try await world.drain()
        #expect(try await world.store.documents.record(of: item)?.document?.subject == "Scanner offline")
    }

    @Test func `refused for good is parked with a reason, throttled waits as told`() async throws {
        let world = try await World()
        world.desk.put(.sample(world.item(1), "A", at: world.clock.now))
        world.desk.fail(.malformed(path: "ticket.subject"))
        #expect(try await world.converge(1).outcome == .parked)
        let entry = try #require(try await world.store.ledger.entry(world.item(1)))
        #expect(entry.state == .parked)
        #expect(entry.reason?.contains("ticket.subject") == true)

        world.desk.put(.sample(world.item(2), "B", at: world.clock.now))
        world.desk.fail(.throttled(retryAfter: .seconds(27)))
        let report = try await world.converge(2)
        let retryAt = try #require(report.retryAt)
        #expect(retryAt >= world.clock.now + .seconds(27))
        #expect(retryAt < world.clock.now + .seconds(29))
    }

    @Test func `the same text in two tickets of a company is summarised once`() async throws {
        let world = try await World()
        for id in [1, 2] as [Int64] {
            var ticket = SourceTicket.sample(world.item(id), "Same", at: world.clock.now)
            ticket.descriptionHTML = "<p>the very same words</p>"
            ticket.messages = []
            world.desk.put(ticket)
            try await world.converge(id)
        }
        #expect(world.summariser.calls == 1)
        #expect(try await world.find("the very same words").sorted() == [1, 2])
    }

    @Test func `a ticket without any text stays out, and comes in with its first words`() async throws {
        let world = try await World()
        var ticket = SourceTicket.sample(world.item(1), "", at: world.clock.now)
        ticket.descriptionHTML = ""
        ticket.messages = []
        world.desk.put(ticket)
        #expect(try await world.converge(1).outcome == .excluded)
        #expect(try await world.converge(1).outcome == .unchanged)
        world.desk.edit(world.item(1)) { $0.subject = "Now with words" }
        #expect(try await world.converge(1).outcome == .created)
    }
}
