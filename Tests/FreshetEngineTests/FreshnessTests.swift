import CoreMetrics
import FreshetCore
import FreshetServer
import FreshetStore
import FreshetTestKit
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import FreshetEngine

struct FreshnessTests {
    @Test func `lags are counted from the receipt and from the source's own time, company by company`() async throws {
        let world = try await World()
        let book = FreshnessBook()
        book.watch(try await world.store.companies.all())
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
        world.clock.advance(by: .seconds(100))
        for round in 1...20 {
            world.desk.edit(world.item(1)) { $0.subject = "Printer offline, day \(round)" }
            world.clock.advance(by: .seconds(3))
            try await world.mark(1)
            world.clock.advance(by: .seconds(7))
            let run = try #require(try await world.claim(1).first)
            let report = try await world.convergence.carryOut(run)
            try await world.store.ledger.finish(report, now: world.clock.now)
            book.note(report, at: world.clock.now)
        }
        let figures = try #require(book.figures(at: world.clock.now)[world.company])
        // Seven seconds from the mark, ten from the change.
        let (receipt, source) = (try #require(figures.receipt), try #require(figures.source))
        #expect(receipt.samples == 20 && source.samples == 20)
        for lag in [receipt.p50, receipt.p95, receipt.p99] { #expect((7...9.1).contains(lag.seconds), "\(lag)") }
        for lag in [source.p50, source.p95, source.p99] { #expect((10...13).contains(lag.seconds), "\(lag)") }
        world.clock.advance(by: .seconds(2 * 3600))
        #expect(book.figures(at: world.clock.now).isEmpty, "what is older than an hour counts no more")
    }

    @Test func `history that a backfill brings in is no lag, and what changed nothing is none of the source's`()
        async throws
    {
        let world = try await World()
        let book = FreshnessBook()
        book.watch(try await world.store.companies.all())
        world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now - .seconds(400 * 86_400)))
        for _ in 0..<2 {
            let report = try await world.converge(1)
            book.note(report, at: world.clock.now)
        }
        let figures = try #require(book.figures(at: world.clock.now)[world.company])
        #expect(figures.source == nil)
        #expect(figures.receipt?.samples == 2)
    }

    @Test func `quantiles are never too short, and at most a third too long`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<50 {
            let lags = (0..<400).map { _ in Double.random(in: 0.06...100_000, using: &random).rounded() / 100 + 0.06 }
            var counts = LagCounts()
            for lag in lags { counts.note(.milliseconds(Int64(lag * 1000))) }
            let sorted = lags.sorted()
            let found = counts.lags
            for (share, lag) in [(0.5, found?.p50), (0.95, found?.p95), (0.99, found?.p99)] {
                let exact = sorted[Int((share * 400).rounded(.up)) - 1]
                let seconds = lag?.seconds ?? 0
                #expect(seconds >= exact - 0.01 && seconds <= exact * 1.3 + 0.01)
            }
        }
    }

    @Test func `a thousand companies are remembered, a thousand and one are not`() {
        let book = FreshnessBook(companyLimit: 1000)
        for number in 0..<1500 {
            book.note(Self.report(of: "company-\(number)"), at: Timestamp(seconds: 1_800_000_000 + Int64(number)))
        }
        #expect(book.figures(at: Timestamp(seconds: 1_800_001_600)).count == 1000)
    }

    @Test func `so many companies have series of their own, and the rest share one`() throws {
        let metrics = PrometheusMetrics()
        let river = RiverMetrics(factory: metrics)
        let now = Timestamp(seconds: 1_800_000_000)
        var backlogs: [CompanyID: Backlog] = [:]
        for number in 0..<200 {
            let company = try #require(CompanyID("c\(number)"))
            backlogs[company] = Backlog(urgent: 1, oldestMark: now - .seconds(Int64(number)))
            river.freshness.note(Self.report(of: company.text, markedAt: now - .seconds(4)), at: now)
        }
        for _ in 0..<3 { river.observed(backlogs, at: now) }
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("freshet_company_oldest_mark_seconds{") } == 61)
        #expect(lines.count { $0.hasPrefix("freshet_company_freshness_seconds{") } == 61 * 3)
        #expect(
            text.contains(
                "freshet_company_freshness_seconds{company=\"_others\",measure=\"receipt\",quantile=\"0.95\"} 4"))
        #expect(!text.contains("overflow"))
    }

    @Test func `the figures are written down for other processes, and only when they changed`() async throws {
        let world = try await World()
        let river = RiverMetrics(factory: NOOPMetricsHandler.instance)
        let records = CountedRecords(inner: world.store.freshness)
        let housekeeping = Housekeeping(
            ledger: world.store.ledger, companies: world.store.companies, freshness: records, health: world.health,
            backlog: BacklogGauge(limit: 10), retention: .init(), clock: world.clock, metrics: river,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { try await housekeeping.run() }
        func seconds(_ count: Int) async {
            for _ in 0..<count {
                while (world.clock.nextDeadline ?? .epoch) <= world.clock.now { await Task.yield() }
                world.clock.advance(by: .seconds(1))
            }
            while (world.clock.nextDeadline ?? .epoch) <= world.clock.now { await Task.yield() }
        }
        await seconds(12)
        #expect(records.writes == 0)
        river.freshness.note(Self.report(of: "acme", markedAt: world.clock.now - .seconds(3)), at: world.clock.now)
        await seconds(12)
        #expect(records.writes == 1)
        #expect(try await world.store.freshness.freshness(of: world.company)[world.company]?.receipt?.samples == 1)
        task.cancel()
        try await task.value
    }

    private static func report(of company: String, markedAt: Timestamp = .epoch) -> RunReport {
        let item = Item(company: CompanyID(company)!, platform: .freshdesk, kind: .ticket, originalID: 1)
        return RunReport(
            run: Run(
                item: item, claimed: 1, fence: 1, attempt: 1, urgency: .urgent, cause: .webhook, claimedAt: markedAt,
                markedAt: markedAt), outcome: .unchanged)
    }
}

/// The store's own records, counted.
final class CountedRecords: FreshnessRecords {
    private let inner: SQLiteFreshness
    private let count = Atomic<Int>(0)

    init(inner: SQLiteFreshness) { self.inner = inner }

    var writes: Int { count.load(ordering: .relaxed) }

    func record(_ freshness: [CompanyID: CompanyFreshness]) async throws {
        count.add(1, ordering: .relaxed)
        try await inner.record(freshness)
    }
    func freshness(of company: CompanyID?) async throws -> [CompanyID: CompanyFreshness] {
        try await inner.freshness(of: company)
    }
}
