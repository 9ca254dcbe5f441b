import ArgumentParser
import Foundation
import FreshetCore

struct Retrieval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Similar tickets on the development data through POST /query, everything built in.",
        discussion: """
            The simulator with data/tickets-dev, `company add`, `reconcile --follow`, `serve`; then every query ticket of the \
            duplicates file is asked as a whole (subject, newline, description), 50 results, and data/score.py scores the run. \
            Then, in this process and over the very same index: vectors alone, full text alone; and with vectors of the whole \
            text instead of the summary. Needs python3.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var shared: SharedOption
    @Option(
        help: ArgumentHelp(
            "Measure instead what is lost of this OpenAI-compatible embedding server's model on our way.",
            valueName: "url")) var modelURL: String?
    @Option(help: "Its model.") var model = "all-MiniLM-L6-v2"
    @Option(help: "How long its vectors are.") var dimensions = 384
    @Option(help: "The Python to apply it directly with.") var python = "python3"
    @Option(help: "The script for that.") var script = ".ci/models/direct.py"

    func run() async throws {
        guard let folder = shared.folder else {
            throw ValidationError("retrieval needs --shared, the folder with `data/`")
        }
        if let modelURL {
            let model = ModelRetrieval(
                url: modelURL, model: model, dimensions: dimensions, python: python, script: script)
            return try await common.measure([ModelRetrievalBenchmark(shared: folder, model: model)])
        }
        try await common.measure([RetrievalBenchmark(shared: folder, changes: nil)])
    }
}

/// What is lost of a model on our way.
struct ModelRetrievalBenchmark: Benchmark {
    var shared: URL
    var model: ModelRetrieval

    func run(in workshop: Workshop) async throws -> [Findings] {
        [try await model.measure(try await DuplicatesData(shared, in: workshop), in: workshop)]
    }
}

/// How good the answers are.
struct RetrievalBenchmark: Benchmark {
    var shared: URL?
    /// Changes to make afterwards, see `ChangesCheck`.
    var changes: Int?

    func run(in workshop: Workshop) async throws -> [Findings] {
        guard let shared else {
            var findings = Findings("retrieval", "similar tickets", method: [])
            findings.skip("similar tickets on the development data: needs --shared")
            guard let changes else { return [findings] }
            return [findings] + (try await ChangesBenchmark(tickets: nil, changes: changes).run(in: workshop))
        }
        let data = try await DuplicatesData(shared, in: workshop)
        let house = try House(in: workshop)
        let (simulator, url) = try await house.simulator(["--tickets", data.ticketsFile])
        let tenant = try await house.addCompany(at: url)
        Progress.note("retrieval: backfill")
        _ = try await house.freshet("reconcile", tenant.id, "--follow", "--json")
        let server = try await house.serve()

        var all = [try await measure(data, house, tenant)]
        if let changes {
            all.append(try await ChangesCheck(count: changes, house: house, tenant: tenant, simulator: url).findings())
        }
        await server.terminate()
        simulator.kill()
        return all
    }

    private func measure(_ data: DuplicatesData, _ house: House, _ tenant: House.Tenant) async throws -> Findings {
        var findings = Findings(
            "retrieval", "similar tickets, tickets-dev, everything built in",
            method: [
                "\(data.queries.count) query tickets as a whole through POST /query, limit 50, scored by data/score.py (interval about ±6)",
                "parts: the same index asked in this process with one side silenced; whole text: vectors of all that was written, query and tickets",
            ])
        Progress.note("retrieval: \(data.queries.count) queries")
        _ = try await house.query("broker", tenant, limit: 1)
        var ranking: [String: [String]] = [:]
        var times: [Double] = []
        for query in data.queries {
            let start = ContinuousClock.now
            let hits = try await house.query(query.text, tenant, limit: 50)
            times.append((ContinuousClock.now - start).microseconds / 1000)
            ranking[query.id] = hits.compactMap { $0.at("original_id").text.map(DuplicatesData.id) }
        }
        let fused = try await data.score(ranking, in: house.workshop)
        findings.add("POST /query  R@5", fused.recall5, "%", .atLeast(65))
        findings.add("POST /query  R@10", fused.recall10, "%", .atLeast(72))
        findings.add("POST /query  MRR@10", fused.reciprocalRank10, "%", .atLeast(60))
        findings.add("POST /query  p50", times.median, "ms")
        findings.add("POST /query  p99", times.sorted().quantile(0.99), "ms")
        await findings.attempt("each side alone") {
            try await RetrievalParts(data: data, house: house, tenant: tenant).add(to: &$0)
        }
        return findings
    }
}
