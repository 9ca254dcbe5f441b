import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `However things go` {
    /// Marks, claims, ends, crashes, late writers and reopened files in an order drawn from `seed`, on two stores over
    /// one file. At every step a model says what may be true; at the end every mark has been answered.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `the ledger's invariants hold`(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let fixture = try await Fixture(["acme", "globex"])
        var stores = [fixture.store, try fixture.another()]
        let items = [acme, globex].flatMap { company in (1...3).map { Item.ticket($0, of: company) } }
        let marking = MarkPolicy(maxAttempts: 4)
        let claiming = ClaimPolicy(lease: .seconds(20), perCompany: 2, maxAttempts: 4)

        /// Runs that a worker believes to hold, stale ones included.
        var held: [Run] = []
        /// The highest fence that was ever given out for an item.
        var fences: [Item: Int64] = [:]
        /// The generation of the last mark of each item, and the one that was in place when its last run started.
        var marks: [Item: Int64] = [:]
        var leases: [Item: Timestamp] = [:]

        func check(_ step: Int) async throws {
            for item in items {
                guard let entry = try await stores[0].ledger.entry(item) else { continue }
                let text: String = "seed \(seed), step \(step), \(item): \(entry)"
                #expect(entry.done <= entry.claimed && entry.claimed <= entry.wanted, "I2 \(text)")
                #expect(entry.wanted == marks[item, default: 0], "no mark is lost or made up: \(text)")
                #expect(entry.fence == fences[item, default: 0], "\(text)")
                #expect((entry.owner == nil) == (entry.leaseUntil == nil), "\(text)")
                #expect(entry.state == .ready || entry.reason != nil, "\(text)")
            }
        }

        for step in 0..<120 {
            let store = stores[Int.random(in: 0..<2, using: &random)]
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1, 2:
                let item = items[Int.random(in: 0..<items.count, using: &random)]
                try await store.ledger.mark(
                    [Mark(item, cause: .webhook, urgency: Bool.random(using: &random) ? .urgent : .backfill)],
                    policy: marking, now: fixture.now)
                marks[item, default: 0] += 1
            case 3, 4, 5:
                let before = leases
                let runs = try await store.ledger.claim(
                    limit: Int.random(in: 1...3, using: &random), owner: "w\(step)", policy: claiming, now: fixture.now)
                for run in runs {
                    #expect(
                        before[run.item].map { $0 <= fixture.now } ?? true,
                        "I1: a live run was there, seed \(seed), step \(step)")
                    #expect(run.fence == fences[run.item, default: 0] + 1, "seed \(seed), step \(step)")
                    #expect(run.claimed == marks[run.item], "I4: the run answers every mark so far, seed \(seed)")
                    #expect(run.attempt <= 4, "seed \(seed)")
                    fences[run.item] = run.fence
                    leases[run.item] = run.claimedAt + claiming.lease
                    held.append(run)
                }
            case 6, 7:
                guard !held.isEmpty else { continue }
                let run = held.remove(at: Int.random(in: 0..<held.count, using: &random))
                let isMine = run.fence == fences[run.item] && leases[run.item] != nil
                let outcome = [Outcome.updated, .unchanged, .failed, .failed, .parked][
                    Int.random(in: 0..<5, using: &random)]
                do {
                    try await store.ledger.finish(
                        RunReport(
                            run: run, outcome: outcome, reason: "because",
                            retryAt: fixture.now + .seconds(Int.random(in: 0..<30, using: &random))), now: fixture.now)
                    #expect(isMine, "a stale worker wrote, seed \(seed), step \(step)")
                    leases[run.item] = nil
                    let entry = try #require(try await store.ledger.entry(run.item))
                    if outcome == .updated { #expect(entry.done == run.claimed, "seed \(seed), step \(step)") }
                } catch StoreError.staleFence {
                    #expect(!isMine, "the holder was refused, seed \(seed), step \(step)")
                }
            case 8:
                fixture.clock.advance(by: .seconds(Int.random(in: 0..<12, using: &random)))
            default:
                // A crash: whatever was held is forgotten, and the file is opened anew.
                try stores[1].close()
                stores[1] = try fixture.another()
                if Bool.random(using: &random) { held.removeAll() }
            }
            for item in leases.keys where try await stores[0].ledger.entry(item)?.leaseUntil == nil {
                leases[item] = nil
            }
            try await check(step)
        }

        for _ in 0..<200 {
            fixture.clock.advance(by: .seconds(25))
            let runs = try await stores[0].ledger.claim(limit: 9, owner: "last", policy: claiming, now: fixture.now)
            for run in runs {
                #expect(run.claimed == marks[run.item])
                fences[run.item] = run.fence
                try await stores[0].ledger.finish(RunReport(run: run, outcome: .updated), now: fixture.now)
            }
            if runs.isEmpty, try await stores[0].ledger.nextDue(now: fixture.now) == nil { break }
        }
        for item in items {
            guard let entry = try await stores[0].ledger.entry(item) else { continue }
            #expect(
                entry.done == entry.wanted || (entry.state == .parked && entry.reason != nil),
                "I3: seed \(seed), \(item): \(entry)")
        }
        try await check(-1)
    }
}
