import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

/// Prints figures and asserts none. Run with FRESHET_MEASURE=1, in a release build for figures that mean something.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FRESHET_MEASURE"] != nil), .serialized)
struct `Measured` {
    func seconds(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        return try await clock.measure { try await body() }.seconds
    }

    @Test(arguments: [1, 16, 64, 256])
    func `deliveries accepted`(batch: Int) async throws {
        let fixture = try await Fixture()
        let total = batch == 1 ? 4000 : 40_000
        var number = 0
        var random = SplitMix64(seed: 1)
        let elapsed = try await seconds {
            while number < total {
                let deliveries = (0..<batch).map { _ in
                    number += 1
                    return Delivery.sample(
                        .ticket(Int64.random(in: 1...20_000, using: &random)), id: "msg_\(random.next())\(number)",
                        body: number, at: fixture.now)
                }
                _ = try await fixture.store.ledger.accept(deliveries, policy: MarkPolicy(), now: fixture.now)
            }
        }
        let rows = Int(Double(total) / elapsed)
        print("measured: batches of \(batch): \(rows) rows/s, \(rows / batch) commits/s")
    }

    @Test func `claims with 100,000 rows due, and runs ended`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        for start in stride(from: 1, through: 100_000, by: 1000) {
            let marks = (start..<start + 1000).map { (number: Int) -> Mark in
                let item = Item.ticket(Int64(number), of: number.isMultiple(of: 10) ? globex : acme)
                return Mark(item, cause: .ingest, urgency: number.isMultiple(of: 3) ? .urgent : .backfill)
            }
            try await fixture.store.ledger.mark(marks, policy: MarkPolicy(quietPeriod: .zero), now: fixture.now)
        }
        var runs: [Run] = []
        let single = try await seconds {
            for claims in 0..<500 {
                runs += try await fixture.store.ledger.claim(
                    limit: 1, owner: "w", policy: ClaimPolicy(perCompany: 10_000, claimsSoFar: claims), now: fixture.now
                )
            }
        }
        let many = try await seconds {
            for _ in 0..<100 {
                runs += try await fixture.store.ledger.claim(
                    limit: 16, owner: "w", policy: ClaimPolicy(perCompany: 10_000), now: fixture.now)
            }
        }
        let ended = try await seconds {
            for run in runs.prefix(1000) { try await fixture.finish(run, .unchanged) }
        }
        let backlog = try await seconds { for _ in 0..<10 { _ = try await fixture.store.ledger.backlog(of: nil) } }
        print(
            "measured: claim one", Int(single / 500 * 1e6), "µs, sixteen", Int(many / 100 * 1e6),
            "µs, finish unchanged",
            Int(ended / 1000 * 1e6), "µs, backlog of all", Int(backlog / 10 * 1e6), "µs")
    }

    @Test func `points written and searched`() async throws {
        let fixture = try await Fixture(["acme"])
        var random = SplitMix64(seed: 2)
        func word() -> String { "w\(Int(pow(Double.random(in: 0...1, using: &random), 3) * 30_000))" }
        let count = 5000
        let written = try await seconds {
            for number in 1...count {
                var point = Point.sample(.ticket(Int64(number)), at: fixture.now)
                point.embedding = Embedding(vector: [Float](repeating: 0.03, count: 1024), features: Array(0..<300))
                let terms = FullTextTerms(subject: (0..<8).map { _ in word() }, body: (0..<150).map { _ in word() })
                try await fixture.store.points.upsert(point, terms: terms)
            }
        }
        let queries = (0..<100).map { _ in (0..<20).map { _ in word() } }
        let matched = try await seconds {
            for terms in queries {
                _ = try await fixture.store.points.match(terms, in: acme, kinds: [.ticket], limit: 100)
            }
        }
        let counted = try await seconds {
            for terms in queries { _ = try await fixture.store.points.frequencies(of: terms, in: acme) }
        }
        let items = (1...50).map { Item.ticket($0) }
        let fetched = try await seconds {
            for _ in 0..<100 { _ = try await fixture.store.points.hits(items, in: acme, filters: SearchFilters()) }
        }
        let loaded = try await seconds {
            var last: Int64 = 0
            while let end = try await fixture.store.points.changes(of: acme, after: last, limit: 1000).last {
                last = end.sequence
            }
        }
        print(
            "measured: upsert", Int(written / Double(count) * 1e6), "µs, match of 20 terms over", count,
            Int(matched * 1e4), "µs, frequencies", Int(counted * 1e4), "µs, 50 hits", Int(fetched * 1e4), "µs,", count,
            "vectors loaded", Int(loaded * 1e3), "ms")
    }
}
