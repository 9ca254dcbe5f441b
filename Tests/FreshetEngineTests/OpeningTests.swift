import CoreMetrics
import FreshetAdapters
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@testable import FreshetEngine

/// A summariser that does not answer until it may.
private struct SlowSummariser: Summariser {
    let gate: Gate
    let inner = BuiltinSummariser()
    var identity: ModelIdentity { ModelIdentity(provider: "slow", model: "slow", version: 1) }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        await gate.pass()
        return try await inner.summary(of: content, for: company)
    }
}

@Suite struct `A ticket that is opened` {
    private func openings(_ world: World, models: PaidModels? = nil) -> TicketOpenings {
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        return TicketOpenings(
            recommendations: Recommendations(
                index: world.index, documents: world.store.documents, random: world.random, clock: world.clock,
                metrics: metrics), documents: world.store.documents, helpDesks: world.helpDesks,
            models: models ?? world.models, policy: ContentPolicy(), within: .seconds(3), clock: world.clock,
            metrics: metrics)
    }

    private func put(
        _ world: World, _ id: Int64, _ subject: String = "Export stops",
        _ change: (inout SourceTicket) -> Void = { _ in }
    ) async throws {
        var ticket = SourceTicket.sample(world.item(id), subject, at: world.clock.now)
        change(&ticket)
        world.desk.put(ticket)
        try await world.converge(id)
    }

    @Test func `has neither itself, nor what it was merged with, nor its family among the similar ones`() async throws {
        let world = try await World()
        for id in 1...9 as ClosedRange<Int64> {
            try await put(world, id) { ticket in
                switch id {
                case 2: ticket.metadata.mergedIntoID = 1
                case 3: ticket.metadata.parentID = 1
                case 4: ticket.metadata.mergedIntoID = 70
                case 5: ticket.metadata.mergedIntoID = 70
                default: break
                }
            }
        }
        let first = try #require(try await openings(world).opening(of: 1, for: world.company, by: nil))
        #expect(Set(first.similar.map(\.item.originalID)).isDisjoint(with: [1, 2, 3]) && first.similar.count == 5)
        for (id, family) in [2: [1, 2, 3], 3: [1, 2, 3], 4: [4, 5]] as [Int64: Set<Int64>] {
            let opening = try #require(try await openings(world).opening(of: id, for: world.company, by: nil))
            #expect(Set(opening.similar.map(\.item.originalID)).isDisjoint(with: family), "\(id)")
        }
        #expect(first.summary != nil && first.failures.isEmpty)
    }

    @Test func `has the solved ones first among those that are equally near`() async throws {
        let world = try await World()
        for id in 1...4 as ClosedRange<Int64> {
            try await put(world, id) { ticket in
                // One error for all, so that all are as near.
                ticket.descriptionHTML = "<div>It stops with error E1.</div>"
                if id == 4 { ticket.metadata.stage = .resolved }
            }
        }
        try await put(world, 5, "Fax is out of paper") { $0.metadata.stage = .resolved }
        let opening = try #require(try await openings(world).opening(of: 1, for: world.company, by: nil))
        #expect(opening.similar.first?.item.originalID == 4)
        #expect(Set(opening.similar.prefix(3).map(\.item.originalID)) == [2, 3, 4], "further ones do not overtake")
    }

    @Test func `gets a summary for the time being where none is ready in time, and the reason`() async throws {
        let gate = Gate()
        let world = try await World()
        try await put(world, 1)
        world.desk.put(.sample(world.item(2), "Export stops", at: world.clock.now))
        let slow = PaidModels(
            summariser: SlowSummariser(gate: gate), embedder: world.embedder, builtin: BuiltinSummariser(),
            cache: world.store.modelCache, clock: world.clock,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance))
        async let opened = openings(world, models: slow).opening(of: 2, for: world.company, by: nil)
        await gate.untilSomebodyWaits()
        world.clock.advance(by: .seconds(3))
        let opening = try #require(try await opened)
        #expect(opening.failures[.summary] == "not ready within 3.0 s")
        #expect(opening.summary?.isStandIn == true && opening.summary?.problem.contains("Export") == true)
        await gate.open()
    }

    @Test func `loses one part and keeps the others`() async throws {
        let world = try await World()
        try await put(world, 1)
        world.index.failSearches()
        let opening = try #require(try await openings(world).opening(of: 1, for: world.company, by: nil))
        #expect(Set(opening.failures.keys) == [.similar, .articles])
        #expect(opening.failures[.similar] == "no usable answer: told to fail")
        #expect(opening.similar.isEmpty && opening.summary?.isStandIn == false)
    }

    @Test func `is not there where help desk or record say so, and unknown where nobody can tell`() async throws {
        let world = try await World()
        #expect(try await openings(world).opening(of: 1, for: world.company, by: nil) == nil)
        try await put(world, 2)
        world.desk.trash(world.item(2))
        try await world.converge(2)
        let calls = world.desk.calls
        #expect(try await openings(world).opening(of: 2, for: world.company, by: nil) == nil)
        #expect(world.desk.calls == calls, "it is on record as gone")
        try await put(world, 3)
        world.desk.breakDown()
        #expect(try await openings(world).opening(of: 3, for: world.company, by: nil) != nil, "it is on record")
        await #expect(throws: UpstreamError.self) {
            _ = try await openings(world).opening(of: 4, for: world.company, by: nil)
        }
    }
}
