import ArgumentParser
import Foundation
import FreshetCore

struct Freshness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "From a change at the help desk to its being searchable, at 20 webhooks a second.",
        discussion: """
            The simulator changes one ticket after the other at a steady pace and its signing app posts the webhooks; no ticket \
            changes twice. When each became searchable is read from its `indexed_at` afterwards, once `POST /query` has found \
            the changed text; every tenth change is also asked for the whole time until it is found, to check that.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Seconds of changes.") var seconds = 30
    @Option(help: "Changes, and so webhooks, a second.") var rate = 20

    func validate() throws {
        if !(1...600).contains(seconds) { throw ValidationError("--seconds must be 1...600") }
        if !(1...200).contains(rate) { throw ValidationError("--rate must be 1...200") }
    }

    func run() async throws { try await common.measure([FreshnessBenchmark(seconds: seconds, rate: rate)]) }
}

/// How long the index lags behind the help desk.
struct FreshnessBenchmark: Benchmark {
    var seconds = 30
    var rate = 20

    /// The service's default, set all the same: it is taken off the lag.
    private static let quietPeriod = 2.0

    private struct Change: Sendable {
        var ticket: Int64
        var word: String
        /// Just before it was sent to the help desk.
        var madeAt: Timestamp
    }

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "freshness", "from change to searchable, \(rate) webhooks/s for \(seconds) s",
            method: [
                "open loop: one private note a change, each on another ticket, over the simulator's API; its signing app posts the webhook",
                "lag = the point's indexed_at − the moment the change was sent to the help desk; quiet period \(Number.text(Self.quietPeriod)) s",
                "every tenth change is polled through POST /query every 20 ms until found",
            ])
        Progress.note("freshness: backfill")
        let house = try House(in: workshop, settings: ["FRESHET_QUIET_PERIOD": "2s"])
        let count = rate * seconds
        let (_, url) = try await house.simulator(["--generate", "\(count + 200)"])
        let tenant = try await house.addCompany(at: url)
        _ = try await house.freshet("reconcile", tenant.id, "--follow", "--json")
        let server = try await house.serve()
        let tickets = try await Self.tickets(house, url, count)
        // The first search reads the vectors; that is not a matter of freshness.
        _ = try await house.query("export", tenant, limit: 1)

        Progress.note("freshness: \(count) changes")
        let (changes, polled) = try await change(tickets, house, url, tenant)
        try await house.settle(tenant, simulator: url)
        Progress.note("freshness: looking for them")
        let (lags, missing) = try await lags(of: changes, house, tenant)
        let metrics = try await Exposition.of(house.base)

        let sorted = lags.sorted()
        let rest = sorted.map { $0 - Self.quietPeriod }
        findings.add("changes", changes.count, "")
        findings.add("webhooks accepted", metrics.total("freshet_webhooks_total", ("answer", "202")), "")
        findings.add("not found afterwards", missing, "", .exactly(0))
        findings.add("lag p50", sorted.quantile(0.5), "s")
        findings.add("lag p99", sorted.quantile(0.99), "s")
        findings.add("after the quiet period p50", rest.quantile(0.5), "s")
        findings.add("after the quiet period p95", rest.quantile(0.95), "s")
        findings.add("after the quiet period p99", rest.quantile(0.99), "s", .atMost(1))
        findings.add("after the quiet period, longest", rest.last ?? .nan, "s")
        let polledRest = polled.sorted().map { $0 - Self.quietPeriod }
        findings.add("found by polling after the quiet period p50", polledRest.quantile(0.5), "s")
        findings.add(
            "found by polling after the quiet period, longest of \(polled.count)", polledRest.last ?? .nan, "s",
            .atMost(1))
        findings.add("most memory, serve", server.sample?.peakMegabytes ?? .nan, "MB")
        await server.terminate()
        return [findings]
    }

    private static func tickets(_ house: House, _ url: String, _ count: Int) async throws -> [Int64] {
        guard case .array(let all) = try await house.get("\(url)/_simulator/tickets", asAgent: true) else {
            throw Workshop.Failure("the simulator lists no tickets")
        }
        let ids = all.compactMap { row -> Int64? in
            guard case .integer(let id) = row.at("id"), row.at("place") == .string("active") else { return nil }
            return id
        }
        guard ids.count >= count else {
            throw Workshop.Failure("\(ids.count) tickets are too few for \(count) changes")
        }
        return Array(ids.prefix(count))
    }

    /// Makes the changes at their pace; the lags of those that were polled.
    private func change(
        _ tickets: [Int64], _ house: House, _ url: String, _ tenant: House.Tenant
    ) async throws -> ([Change], [Double]) {
        try await withThrowingTaskGroup(of: (Change, Double?).self) { group in
            let start = ContinuousClock.now
            for (index, ticket) in tickets.enumerated() {
                try await Task.sleep(until: start + .seconds(Double(index) / Double(rate)), clock: .continuous)
                group.addTask {
                    let word = MadeUpWord.number(index)
                    let madeAt = SystemWallClock().now
                    try await house.write(
                        "POST", "\(url)/api/v2/tickets/\(ticket)/notes",
                        .object([
                            "body": .string("<p>The customer says \(word) on the phone.</p>"), "private": .bool(true),
                        ]))
                    let change = Change(ticket: ticket, word: word, madeAt: madeAt)
                    return (change, index % 10 == 0 ? try await poll(change, house, tenant) : nil)
                }
            }
            var changes: [Change] = []
            var polled: [Double] = []
            for try await (change, lag) in group {
                changes.append(change)
                if let lag { polled.append(lag) }
            }
            return (changes, polled)
        }
    }

    /// Seconds until a search finds it; at most 60.
    private func poll(_ change: Change, _ house: House, _ tenant: House.Tenant) async throws -> Double {
        // Before the quiet period is over nothing can be there, and asking would only take processor time.
        try await Task.sleep(for: .seconds(Self.quietPeriod * 0.9))
        while true {
            let found = try await Self.find(change, house, tenant) != nil
            let lag = (SystemWallClock().now - change.madeAt).inSeconds
            if found || lag > 60 { return lag }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// When the point was written that holds the change; `nil` while none does.
    private static func find(_ change: Change, _ house: House, _ tenant: House.Tenant) async throws -> Timestamp? {
        let hits = try await house.query(change.word, tenant, limit: 3)
        let hit = hits.first { $0.at("original_id") == .string(String(change.ticket)) }
        // The word is in no other ticket, so a hit is the changed text unless the point is older than the change.
        guard let text = hit?.at("indexed_at").text, let moment = Timestamp(iso8601: text), moment >= change.madeAt
        else { return nil }
        return moment
    }

    private func lags(of changes: [Change], _ house: House, _ tenant: House.Tenant) async throws -> ([Double], Int) {
        var lags: [Double] = []
        for change in changes {
            if let moment = try await Self.find(change, house, tenant) {
                lags.append((moment - change.madeAt).inSeconds)
            }
        }
        return (lags, changes.count - lags.count)
    }
}
