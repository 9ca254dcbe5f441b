import FreshdeskSimulator
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

/// The reconciler against a simulated account, over HTTP.
@Suite struct `A sweep` {
    @Test func `with every webhook dropped, incremental reconciles alone make the index right and the meter full`()
        async throws
    {
        try await AccountWorld.run(tickets: 120) { account in
            let first = try await account.world.reconcile()
            #expect(first.changes == 0, "a first backfill has no webhooks to miss")
            account.clock.advance(by: .seconds(3600))
            for id in 1...30 as ClosedRange<Int64> { try account.edit(id, subject: "Quokka \(id)") }
            try account.trash([31, 32])
            account.clock.advance(by: .seconds(3600))

            let second = try await account.world.reconcile()
            #expect(second.marked == 30 && second.removed == 2)
            #expect(second.changes == 30 && second.missed == 30)
            #expect(try await account.world.store.reconciles.meter(of: account.company).ratio == 1)
            #expect(account.world.log.errors == 1, "the meter's alarm, once")
            #expect(try await account.held() == account.truth)

            // With nothing new it costs three calls, and what was judged once is not judged again.
            account.clock.advance(by: .seconds(3600))
            let calls = account.listCalls
            let third = try await account.world.reconcile()
            #expect(third.marked == 0 && third.changes == 0)
            #expect(account.listCalls - calls <= 3)
            #expect(account.world.log.errors == 1)
        }
    }

    @Test func `changes that webhooks announced are not missed`() async throws {
        try await AccountWorld.run(tickets: 20) { account in
            try await account.world.reconcile()
            account.clock.advance(by: .seconds(3600))
            for id in 1...10 as ClosedRange<Int64> {
                try account.edit(id, subject: "Wombat \(id)")
                // The last two webhooks are lost; one that came is still waiting for its run.
                if id <= 8 { try await account.world.mark(id) }
                if id <= 7 {
                    account.clock.advance(by: .seconds(20))
                    try await account.world.drain()
                }
            }
            account.clock.advance(by: .seconds(3600))
            let reconcile = try await account.world.reconcile()
            #expect(reconcile.changes == 10 && reconcile.missed == 2)
            #expect(try await account.held() == account.truth)
        }
    }

    enum Trouble: CaseIterable { case empty, truncated, outage, thirtyDays }

    /// One after the other on one account: none of them may leave a trace.
    @Test func `that lists nothing, a part or the wrong part removes nothing and raises one alarm`() async throws {
        try await AccountWorld.run(tickets: 230) { account in
            try await account.world.reconcile()
            let before = try await account.held()
            #expect(before.count == 230)
            for trouble in Trouble.allCases {
                account.suffer { rule in
                    switch trouble {
                    case .empty: rule.empty = true
                    case .truncated: (rule.skip, rule.status) = (2, 500)
                    case .outage: (rule.times, rule.status) = (1, 503)
                    case .thirtyDays: rule.thirtyDays = true
                    }
                }
                account.clock.advance(by: .seconds(3600))
                let alarms = account.world.log.errors
                let sweep = try await account.world.reconcile(.sweep)
                #expect(try await account.held() == before, "\(trouble)")
                #expect(account.world.log.errors == alarms + 1, "\(trouble)")
                #expect(sweep.alarm != nil, "\(trouble)")
                let certificate = sweep.certificate
                #expect(certificate.windows.reduce(0) { $0 + $1.seen } == sweep.seen, "\(trouble)")
                switch trouble {
                case .empty: #expect(sweep.state == .failed && sweep.seen == 0 && sweep.removed == 0)
                case .truncated: #expect(sweep.state == .failed && (100..<230).contains(sweep.seen))
                case .outage: #expect(sweep.state == .failed && sweep.seen == 0)
                case .thirtyDays:
                    // What is older than a month is on record and not listed: far more than may go without a person.
                    #expect(sweep.state == .complete && sweep.withheld == certificate.absent)
                    #expect(certificate.absent == 230 - sweep.seen)
                }

                // Whoever releases it does no harm: each run asks by id.
                account.heal()
                _ = try await account.world.store.reconciles.release(
                    sweep.id, of: account.company, policy: MarkPolicy(), now: account.clock.now)
                try await account.world.drain()
                #expect(try await account.held() == before, "\(trouble)")
            }
        }
    }

    @Test func `names by window and number what a help desk hides on a page`() async throws {
        try await AccountWorld.run(tickets: 230) { account in
            try await account.world.reconcile()
            let listed = account.listed
            let hidden = Array(listed[150..<157])
            account.suffer { $0.hideIDs = hidden }
            account.clock.advance(by: .seconds(3600))
            let sweep = try await account.world.reconcile(.sweep)
            #expect(sweep.state == .complete)
            #expect(sweep.certificate.hidden == 7 && !sweep.certificate.isComplete)
            let window = try #require(sweep.certificate.windows.first { $0.hidden > 0 })
            #expect(window.hidden == 7)
            let times = account.simulator.withAccount { account, _ in
                hidden.compactMap { account.tickets[$0]?.updatedAt.value }
            }
            #expect(
                times.allSatisfy {
                    (window.from.secondsSinceEpoch...window.to.secondsSinceEpoch).contains($0)
                })
            #expect(sweep.alarm?.contains("7 rows") == true)
            #expect(sweep.certificate.absent == 7, "they are on record, and asked for by id")
            #expect(try await account.held() == account.truth)
        }
    }

    @Test func `that would remove more than the cap withholds all of it until a person releases it`() async throws {
        try await AccountWorld.run(tickets: 100) { account in
            let world = account.world
            try await world.reconcile()
            let calls = world.summariser.calls
            let whole = try await account.held()
            try account.trash(1...30)
            try account.simulator.withAccount { account, _ in
                for id in 31...40 as ClosedRange<Int64> { try account.purge(id) }
            }
            account.clock.advance(by: .seconds(3600))
            let sweep = try await world.reconcile(.sweep)
            #expect(sweep.state == .complete && sweep.removed == 40 && sweep.withheld == 40)
            #expect(sweep.certificate.absent == 10)
            #expect(try await world.index.count(of: account.company) == 100)
            #expect(try await world.store.reconciles.withheld(of: account.company) == [sweep.id: 40])
            #expect(world.log.errors == 1)

            // Neither another reconcile nor a run that it caused removes them, and nobody is called again.
            account.clock.advance(by: .seconds(3600))
            let next = try await world.reconcile()
            let again = try await world.reconcile(.sweep)
            #expect(next.withheld == 0 && again.withheld == 0 && again.removed == 0)
            try await world.mark(35, urgency: .backfill, cause: .reconcile)
            try await world.drain()
            #expect(try await world.index.count(of: account.company) == 100)
            #expect(world.log.errors == 1)
            let decision = try await world.store.ledger.decisions(about: world.item(35), limit: 1).first
            #expect(decision?.outcome == .unchanged && decision?.reason?.contains("release") == true)

            // A webhook about one of them removes that one; one that comes back is off the list.
            #expect(try await world.converge(36).outcome == .removed)
            try account.simulator.withAccount { account, now in try account.restore(5, now: now) }
            account.clock.advance(by: .seconds(3600))
            try await world.reconcile()
            #expect(try await world.store.reconciles.withheld(of: account.company) == [sweep.id: 38])

            let released = try await world.store.reconciles.release(
                sweep.id, of: account.company, policy: MarkPolicy(), now: account.clock.now)
            #expect(released == 38)
            try await world.drain()
            #expect(try await account.held() == account.truth)
            #expect(try await world.index.count(of: account.company) == 61)
            #expect(try await world.store.reconciles.withheld(of: account.company).isEmpty)

            // What is restored comes back from what models made before.
            try account.simulator.withAccount { account, now in
                for id in 1...4 as ClosedRange<Int64> { try account.restore(id, now: now) }
            }
            account.clock.advance(by: .seconds(3600))
            try await world.reconcile()
            let held = try await account.held()
            #expect(held.count == 65 && held.allSatisfy { whole[$0.key] == $0.value })
            #expect(world.summariser.calls == calls)
        }
    }

    @Test func `removes a few by itself, on proof, and keeps what was only archived`() async throws {
        try await AccountWorld.run(tickets: 60) { account in
            try await account.world.reconcile()
            try account.simulator.withAccount { account, _ in
                for id in [3, 4, 5] as [Int64] { try account.purge(id) }
                for id in [6, 7] as [Int64] { try account.archive(id) }
            }
            account.clock.advance(by: .seconds(3600))
            let sweep = try await account.world.reconcile(.sweep)
            #expect(sweep.removed == 5 && sweep.withheld == 0 && sweep.alarm == nil)
            #expect(try await account.held() == account.truth)
            #expect(try await account.world.index.count(of: account.company) == 57)
            let settled = try await account.world.store.reconciles.settlements(of: sweep)
            #expect(settled.last?.removed == 3 && settled.last?.indexed == 2)

            let next = try await account.world.reconcile(.sweep)
            #expect(next.removed == 0 && next.certificate.archived == 2)
        }
    }

    @Test func `lists an account with about one call for a hundred tickets, and its certificate adds up`()
        async throws
    {
        try await AccountWorld.run(tickets: 5000) { account in
            let reconciles = account.world.store.reconciles
            try await reconciles.request(
                Reconcile(
                    id: "large", company: account.company, mode: .sweep, since: nil, requestedAt: account.clock.now))
            let sweep = try #require(try await account.world.reconciler().carryOutNext())
            #expect(sweep.seen == 5000 && sweep.marked == 5000)
            #expect(account.listCalls <= 5000 * 102 / 100 / 100 + 2)
            let windows = sweep.certificate.windows
            #expect(windows.count <= 64)
            #expect(zip(windows, windows.dropFirst()).allSatisfy { $0.to < $1.from })
            let settlements = try await reconciles.settlements(of: sweep)
            #expect(zip(windows, settlements).allSatisfy { $0.marked == $1.total && $1.taken == 0 })
            #expect(settlements.reduce(Settlement(), +).pending == 5000)
        }
    }
}
