import ArgumentParser
import Foundation
import FreshetCore

struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Changes at the help desk: all searchable, none stale, no model paid twice.",
        discussion: """
            After a backfill, changes of every kind through the simulator's API with its signing app on, several of them on the \
            same tickets. When all is quiet: every changed text is found by POST /query and no replaced one is; every item \
            equals that of a fresh backfill, vectors included; and the summaries made are as many as there are distinct new \
            content fingerprints in `explain --json`. Ends with exit code 1 where that does not hold.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var shared: SharedOption
    @Option(
        help: ArgumentHelp(
            "Tickets in the simulator's format; else those of --shared, else made-up ones.", valueName: "file"))
    var tickets: String?
    @Option(help: "How many changes.") var count = 200

    func validate() throws {
        if !(1...5000).contains(count) { throw ValidationError("--count must be 1...5000") }
    }

    func run() async throws {
        let ofShared = shared.folder?.appendingPathComponent("data/tickets-dev/tickets.jsonl.gz").path
        try await common.measure([ChangesBenchmark(tickets: tickets ?? ofShared, changes: count)])
    }
}

/// A backfill, and then the changes.
struct ChangesBenchmark: Benchmark {
    var tickets: String?
    var changes = 200

    func run(in workshop: Workshop) async throws -> [Findings] {
        let house = try House(in: workshop)
        let (simulator, url) = try await house.simulator(tickets.map { ["--tickets", $0] } ?? ["--generate", "3000"])
        let tenant = try await house.addCompany(at: url)
        Progress.note("changes: backfill")
        _ = try await house.freshet("reconcile", tenant.id, "--follow", "--json")
        let server = try await house.serve()
        let findings = try await ChangesCheck(count: changes, house: house, tenant: tenant, simulator: url).findings()
        await server.terminate()
        simulator.kill()
        return [findings]
    }
}
