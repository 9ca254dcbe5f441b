import CoreMetrics
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

/// A summariser that does not answer until it may.
private struct HeldSummariser: Summariser {
    let gate: Gate
    let inner = BuiltinSummariser()
    var identity: ModelIdentity { inner.identity }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        await gate.pass()
        return try await inner.summary(of: content, for: company)
    }
}

@Suite struct `What was erased` {
    private func eraser(_ world: World) -> Eraser {
        Eraser(
            erasures: world.store.erasures, slots: world.store.slots, index: world.slotted, models: world.models,
            clock: world.clock)
    }

    private func openings(_ world: World) -> TicketOpenings {
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        return TicketOpenings(
            recommendations: Recommendations(
                index: world.slotted, documents: world.store.documents, random: world.random, clock: world.clock,
                metrics: metrics), documents: world.store.documents, helpDesks: world.helpDesks, models: world.models,
            policy: ContentPolicy(), within: .seconds(3), clock: world.clock, metrics: metrics)
    }

    private func put(_ world: World, _ id: Int64, _ subject: String, requester: Int64? = nil) {
        var ticket = SourceTicket.sample(world.item(id), subject, at: world.clock.now)
        ticket.metadata.requester = requester.map { Person(id: $0, name: "Requester \($0)") }
        world.desk.put(ticket)
    }

    /// Results of models that belong to nothing on record; asking removes them.
    private func unclaimedResults(_ world: World) async throws -> Int {
        try await world.store.erasures.removeResults(of: world.company, butFor: [], usedUntil: world.clock.now)
    }

    @Test func `is not asked for, not paid for and not marked again, whoever names it`() async throws {
        let world = try await World()
        put(world, 1, "Printer offline")
        put(world, 2, "Printer on fire")
        world.clock.advance(by: .seconds(60))
        try await world.reconcile(.sweep)
        world.desk.edit(world.item(1)) { $0.subject = "Printer offline again" }
        try await world.converge(1)
        let receipt = try await eraser(world).erase(.ticket(1), of: world.company)
        #expect(receipt.removed[.documents] == 1 && receipt.removed[.points] == 1 && receipt.removed[.decisions] == 2)
        #expect(receipt.removed[.modelResults] == 4, "of both texts that it had: \(receipt.removed)")
        #expect(receipt.isLogEmptied)

        let (calls, summaries, embeddings) = (world.desk.calls, world.summariser.calls, world.embedder.calls)
        let report = try await world.converge(1)
        #expect(report.outcome == .excluded && report.reason == "erased" && report.document == nil)
        #expect(try await world.store.ledger.retry(world.item(1), now: world.clock.now))
        try await world.drain()
        #expect(try await openings(world).opening(of: 1, for: world.company, by: nil) == nil)
        #expect(world.desk.calls == calls && world.summariser.calls == summaries && world.embedder.calls == embeddings)
        #expect(
            try await world.store.ledger.decisions(about: world.item(1), limit: 9).map(\.reason)
                == ["erased", "erased", "erased"])
        #expect(try await world.find("printer") == [2])

        // It is listed, changed, thrown away and gone: in no case is there anything to do.
        for change in 0...3 {
            world.clock.advance(by: .seconds(3600))
            switch change {
            case 1: world.desk.edit(world.item(1)) { $0.subject = "Printer offline for good" }
            case 2: world.desk.trash(world.item(1))
            case 3: world.desk.hide(world.item(1))
            default: break
            }
            let plan = try await plan(world)
            #expect(plan.steps.isEmpty, "\(change): \(plan.steps)")
            let sweep = try await world.reconcile(.sweep)
            #expect(sweep.state == .complete && sweep.alarm == nil, "\(change)")
            #expect(sweep.marked == 0 && sweep.removed == 0, "\(change)")
            #expect(sweep.certificate.absent == 0 && sweep.certificate.isComplete, "\(change)")
        }
        #expect(try await world.reconcile(.audit).certificate.audit == AuditCounts())
        #expect(try await world.find("printer") == [2])
        #expect(try await unclaimedResults(world) == 1, "the other ticket's vector; its summary is on record")
    }

    private func plan(_ world: World) async throws -> ReconcilePlan {
        let company = try #require(try await world.store.companies.company(world.company))
        return try await Planner(
            helpDesks: world.helpDesks, documents: world.store.documents, reconciles: world.store.reconciles,
            configuration: Reconciler.Configuration(), clock: world.clock,
            forecast: CostForecast(
                summariser: world.summariser.identity, embedder: world.embedder.identity, prices: PriceTable(),
                policy: ContentPolicy())
        ).plan(ReconcileOrder(mode: .sweep), for: company)
    }

    @Test func `and was never seen does not come in`() async throws {
        let world = try await World()
        put(world, 2, "Printer on fire")
        let receipt = try await eraser(world).erase(.ticket(1), of: world.company)
        #expect(receipt.removed.values.allSatisfy { $0 == 0 } && receipt.tickets == [1])
        put(world, 1, "Printer offline")
        world.clock.advance(by: .seconds(60))
        let sweep = try await world.reconcile(.sweep)
        #expect(sweep.seen == 2 && sweep.marked == 1 && sweep.unchanged == 1)
        #expect(try await world.find("printer") == [2])
        // With nothing but an erased ticket on record, a help desk that lists nothing is no reason to alarm anybody.
        _ = try await eraser(world).erase(.ticket(2), of: world.company)
        for id in [1, 2] as [Int64] { world.desk.hide(world.item(id)) }
        #expect(try await world.reconcile(.sweep).state == .complete)
    }

    @Test func `while a run is under way leaves nothing of that run`() async throws {
        let gate = Gate()
        let world = try await World(summariser: HeldSummariser(gate: gate))
        put(world, 1, "Printer offline")
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        let run = try #require(try await world.claim().first)
        let report = Task { try await world.convergence.carryOut(run) }
        await gate.untilSomebodyWaits()
        _ = try await eraser(world).erase(.ticket(1), of: world.company)
        await gate.open()
        await #expect(throws: StoreError.erased) { _ = try await report.value }
        await #expect(throws: StoreError.staleFence) {
            try await world.store.ledger.finish(RunReport(run: run, outcome: .created), now: world.clock.now)
        }
        #expect(try await unclaimedResults(world) == 0)
        #expect(try await world.find("printer").isEmpty)
        #expect(try await world.claim().isEmpty, "nothing of it is due")
    }

    @Test func `by its requester takes all of theirs along, and those that come later`() async throws {
        let gate = Gate()
        let world = try await World(summariser: HeldSummariser(gate: gate))
        for (id, requester) in [1: 77, 2: 77, 3: 78] as [Int64: Int64] {
            put(world, id, "Printer number \(id)", requester: requester)
        }
        await gate.open()
        world.clock.advance(by: .seconds(60))
        try await world.reconcile()
        let receipt = try await eraser(world).erase(.requester(77), of: world.company)
        #expect(receipt.tickets == [1, 2] && receipt.removed[.points] == 2 && receipt.removed[.documents] == 2)
        #expect(try await world.find("printer") == [3])

        put(world, 4, "Printer number 4", requester: 77)
        let report = try await world.converge(4)
        #expect(report.outcome == .excluded && report.reason == "erased" && report.cost.summaries == 0)
        #expect(try await world.store.documents.record(of: world.item(4))?.document == nil)
        put(world, 5, "Printer number 5", requester: 77)
        #expect(try await openings(world).opening(of: 5, for: world.company, by: nil) == nil)
        #expect(try await world.find("printer") == [3])
        let again = try await eraser(world).erase(.requester(77), of: world.company)
        #expect(again.tickets.isEmpty && again.removed.values.allSatisfy { $0 == 0 })
        #expect(again.reference == receipt.reference)
        #expect(try await world.reconcile(.sweep).marked == 1, "the one that is not on record yet")
        #expect(try await world.reconcile(.sweep).marked == 0)
    }

    @Test func `by its requester, while a run is under way that nobody knew to be of theirs, is kept out by the next`()
        async throws
    {
        let gate = Gate()
        let world = try await World(summariser: HeldSummariser(gate: gate))
        put(world, 1, "Printer offline", requester: 77)
        try await world.mark(1)
        world.clock.advance(by: .seconds(20))
        async let done: Void = world.worker().drain(world.company) { _ in }
        await gate.untilSomebodyWaits()
        let receipt = try await eraser(world).erase(.requester(77), of: world.company)
        #expect(receipt.tickets.isEmpty)
        await gate.open()
        try await done
        #expect(try await world.store.documents.record(of: world.item(1))?.isErased == true)
        #expect(try await world.find("printer").isEmpty)
        #expect(try await unclaimedResults(world) == 0)
    }

    @Test func `but for its point, since the index did not answer, is finished by the next erasure`() async throws {
        let world = try await World()
        put(world, 1, "Printer offline", requester: 77)
        try await world.converge(1)
        world.index.fail(.before)
        await #expect(throws: UpstreamError.self) {
            _ = try await eraser(world).erase(.requester(77), of: world.company)
        }
        #expect(try await world.store.points.count(of: world.company) == 1)
        #expect(try await world.store.documents.record(of: world.item(1))?.document == nil)
        let receipt = try await eraser(world).erase(.requester(77), of: world.company)
        #expect(receipt.tickets.isEmpty && receipt.removed[.points] == 1)
        #expect(try await world.find("printer").isEmpty)
    }
}
