import FreshdeskSimulator
import Foundation
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `A plan` {
    private func plan(
        _ account: AccountWorld, _ mode: Reconcile.Mode = .incremental, cap: RemovalCap = RemovalCap()
    ) async throws -> ReconcilePlan {
        let world = account.world
        let company = try #require(try await world.store.companies.company(account.company))
        return try await Planner(
            helpDesks: world.helpDesks, documents: world.store.documents, reconciles: world.store.reconciles,
            configuration: Reconciler.Configuration(cap: cap), clock: world.clock,
            forecast: CostForecast(
                summariser: world.models.summariser.identity, embedder: world.models.embedder.identity,
                prices: PriceTable())
        ).plan(ReconcileOrder(mode: mode), for: company)
    }

    /// The bytes of the database and of its log.
    private func bytes(_ account: AccountWorld) throws -> [Data] {
        try ["freshet.db", "freshet.db-wal"].map {
            try Data(contentsOf: URL(fileURLWithPath: account.world.directory.path($0)))
        }
    }

    private func change(_ account: AccountWorld) throws {
        account.clock.advance(by: .seconds(3600))
        for id in 1...40 as ClosedRange<Int64> { try account.edit(id, subject: "Numbat \(id)") }
        try account.simulator.withAccount { account, now in
            for number in 1...2 {
                var draft = TicketDraft()
                draft.subject = "Brand new \(number)"
                draft.description = "<p>It is new.</p>"
                draft.email = "ines@harbor.example"
                (draft.status, draft.priority) = (2, 1)
                _ = try account.create(draft, now: now)
            }
        }
        try account.trash([81, 82, 83])
        account.clock.advance(by: .seconds(3600))
    }

    @Test func `writes nothing and says exactly what the reconcile will do and cost`() async throws {
        try await AccountWorld.run(tickets: 90) { account in
            try await account.world.reconcile()
            try change(account)
            let before = try bytes(account)
            let plan = try await plan(account)
            #expect(try bytes(account) == before)
            #expect(plan.counts == ["create": 2, "update": 40, "remove": 3, "check": 0])
            #expect(plan.money == 0 && plan.tokens > 0 && !plan.withholdsRemovals)
            #expect(plan.steps.filter { $0.action == .update }.allSatisfy { $0.knownAt != nil && $0.listedAt != nil })

            let calls = account.simulator.calls
            let ended = try await account.world.reconcile()
            #expect(ended.marked == 42 && ended.removed == 3)
            #expect(ended.seen == plan.seen && ended.unchanged == plan.unchanged)
            #expect(ended.apiCalls == plan.calls.listing)
            let read = account.simulator.calls.reduce(0) { sum, count in
                ["GET tickets/{id}", "GET tickets/{id}/conversations", "GET tickets/archived/{id}"].contains(count.key)
                    ? sum + count.value - calls[count.key, default: 0] : sum
            }
            #expect(read == plan.calls.reading)
            #expect(try await account.held() == account.truth)
        }
    }

    @Test func `that is carried out after one edit plans only that ticket anew`() async throws {
        try await AccountWorld.run(tickets: 90) { account in
            let world = account.world
            try await world.reconcile()
            try change(account)
            let text = try JSONEncoder().encode(try await plan(account))
            let plan = try JSONDecoder().decode(ReconcilePlan.self, from: text)
            account.clock.advance(by: .seconds(60))
            try account.edit(7, subject: "Edited after the plan")
            account.clock.advance(by: .seconds(60))

            let lists = account.listCalls
            let ended = try #require(
                try await world.reconciler().carryOut(plan, as: "apply") { _ in })
            #expect(ended.state == .complete)
            #expect(ended.certificate.replanned == [world.item(7)])
            #expect(account.listCalls - lists <= 3)
            try await world.drain()
            #expect(try await account.held() == account.truth)
            for step in plan.steps {
                let item = try #require(plan.item(of: step))
                let runs = try await world.store.ledger.decisions(about: item, limit: 9).count
                #expect(runs == (step.action == .create ? 1 : 2), "\(step.item)")
            }

            // Once more: everything has moved since, and nothing is marked again.
            let again = try #require(try await world.reconciler().carryOut(plan, as: "again") { _ in })
            #expect(again.marked == 0 && again.removed == 0)
        }
    }

    @Test func `of a sweep tells what it would ask for by id, and what would wait for a person`() async throws {
        try await AccountWorld.run(tickets: 60) { account in
            try await account.world.reconcile()
            try account.simulator.withAccount { account, _ in
                for id in 1...3 as ClosedRange<Int64> { try account.purge(id) }
            }
            account.clock.advance(by: .seconds(3600))
            let generous = try await plan(account, .sweep)
            #expect(generous.counts["check"] == 3 && !generous.withholdsRemovals)
            let strict = try await plan(account, .sweep, cap: RemovalCap(percent: 0, items: 2))
            #expect(strict.withholdsRemovals)
            let calls = account.simulator.calls
            let ended = try await account.world.reconcile(.sweep)
            #expect(ended.removed == 3 && ended.apiCalls == generous.calls.listing)
            let read = account.simulator.calls.reduce(0) { sum, count in
                count.key.hasPrefix("GET tickets/") ? sum + count.value - calls[count.key, default: 0] : sum
            }
            #expect(read == generous.calls.reading)
        }
    }
}
