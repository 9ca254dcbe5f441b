import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetServer
import FreshetStore

struct Unchanged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a run costs that finds nothing changed, the fetch left out.",
        discussion: """
            The real convergence, models, index and store on a file, with a help desk that answers from memory. Every ticket is \
            indexed, marked again and run again; the write transactions are counted in the file's write-ahead log.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many tickets.") var tickets = 500

    func validate() throws {
        if !(1...20_000).contains(tickets) { throw ValidationError("--tickets must be 1...20000") }
    }

    func run() async throws { try await common.measure([UnchangedBenchmark(tickets: tickets)]) }
}

/// The price of a webhook behind which nothing has changed.
struct UnchangedBenchmark: Benchmark {
    var tickets = 500

    private struct Tally {
        var carrying: [Double] = []
        var finishing: [Double] = []
        var runWrites = WriteAheadLog.Growth()
        var finishWrites = WriteAheadLog.Growth()
        var claimWrites = WriteAheadLog.Growth()
        var processorSeconds = 0.0
        var outcomes: [Outcome: Int] = [:]
    }

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "unchanged", "a run of an unchanged ticket, fetch excluded",
            method: [
                "\(tickets) tickets of 5 to 9 messages, indexed, then marked and run again one by one; real convergence, models, index, SQLite file",
                "write transactions and pages read from the write-ahead log; times are medians, the help desk answers from memory",
            ])
        Progress.note("unchanged: \(tickets) tickets")
        guard let company = CompanyID("acme") else { throw Workshop.Failure("no company") }
        let clock = SystemWallClock()
        let directory = try workshop.directory("unchanged")
        let store = try SQLiteStore(directory: directory, masterKey: .generate())
        try await store.companies.add(
            Company(
                id: company, platform: .freshdesk, url: URL(fileURLWithPath: "/"), scheme: .standard,
                createdAt: clock.now),
            apiKey: Secret("none"), webhookSecret: Secret("whsec_bm9uZQ=="))

        let counts = CallCounts()
        let embedder = BuiltinEmbedder()
        let river = RiverMetrics(factory: PrometheusMetrics())
        let models = PaidModels(
            summariser: CountedSummariser(counts: counts),
            embedder: CountedEmbedder(inner: embedder, counts: counts), cache: store.modelCache, clock: clock,
            metrics: river)
        let convergence = Convergence(
            helpDesks: MemoryHelpDesk(company, count: tickets), documents: store.documents, models: models,
            index: SlottedIndex(slots: store.slots, models: models, clock: clock) { number, _ in
                CountedIndex(
                    inner: BuiltinIndex(points: store.points.slot(number), embedder: embedder), counts: counts)
            },
            policy: ContentPolicy(), verdicts: Verdicts(backoff: Backoff(), random: SystemRandomSource()), clock: clock,
            metrics: river)

        let database = directory + "/freshet.db"
        let first = try await round(store, convergence, company, clock, database)
        let callsBefore = counts.values
        let second = try await round(store, convergence, company, clock, database)
        let calls = counts.values - callsBefore
        guard first.outcomes[.created] == tickets, second.outcomes[.unchanged] == tickets else {
            throw Workshop.Failure("expected created, then unchanged: \(first.outcomes), \(second.outcomes)")
        }

        let all = Double(tickets)
        findings.add("model calls", calls.models, "", .exactly(0))
        findings.add("index writes", calls.indexWrites, "", .exactly(0))
        findings.add("write transactions, run", Double(second.runWrites.commits) / all, "a run", .exactly(0))
        findings.add("write transactions, its end", Double(second.finishWrites.commits) / all, "a run", .noMoreThan(1))
        findings.add("  pages of 4 KiB", Double(second.finishWrites.pages) / all, "a run")
        findings.add("write transactions, its claim", Double(second.claimWrites.commits) / all, "a run")
        findings.add("  pages of 4 KiB", Double(second.claimWrites.pages) / all, "a run")
        findings.add("run: read, merge, fingerprint, compare", second.carrying.median, "µs")
        findings.add("its end: one durable commit", second.finishing.median, "µs")
        findings.add("processor time, both", second.processorSeconds / all * 1e6, "µs a run")
        findings.add("for comparison, a new ticket: run", first.carrying.median, "µs")
        findings.add(
            "  its write transactions", Double(first.runWrites.commits + first.finishWrites.commits) / all, "a run")
        findings.notes.append("claims are taken one by one here; a busy worker takes several in one transaction")
        return [findings]
    }

    private func round(
        _ store: SQLiteStore, _ convergence: Convergence, _ company: CompanyID, _ clock: any WallClock,
        _ database: String
    ) async throws -> Tally {
        let policy = MarkPolicy(quietPeriod: .zero, quietLimit: .zero)
        var tally = Tally()
        var log = WriteAheadLog(of: database)
        for number in 1...Int64(tickets) {
            let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: number)
            try await store.ledger.mark([Mark(item, cause: .webhook, urgency: .urgent)], policy: policy, now: clock.now)
            _ = try log.growth()
            let runs = try await store.ledger.claim(limit: 1, owner: "bench", policy: ClaimPolicy(), now: clock.now)
            tally.claimWrites += try log.growth()
            guard let run = runs.first, runs.count == 1 else {
                throw Workshop.Failure("\(item.name) was marked and not claimed")
            }

            let processorStart = Self.processorTime
            let start = ContinuousClock.now
            let report = try await convergence.carryOut(run)
            let carried = ContinuousClock.now
            let processorCarried = Self.processorTime
            tally.runWrites += try log.growth()
            let processorEnding = Self.processorTime
            let ending = ContinuousClock.now
            try await store.ledger.finish(report, now: clock.now)
            tally.finishing.append((ContinuousClock.now - ending).microseconds)
            tally.processorSeconds += Self.processorTime - processorEnding + (processorCarried - processorStart)
            tally.finishWrites += try log.growth()
            tally.carrying.append((carried - start).microseconds)
            tally.outcomes[report.outcome, default: 0] += 1
        }
        return tally
    }

    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension WriteAheadLog.Growth {
    static func += (sum: inout Self, more: Self) {
        sum.commits += more.commits
        sum.pages += more.pages
    }
}
