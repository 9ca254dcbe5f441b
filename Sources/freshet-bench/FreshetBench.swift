import ArgumentParser
import Foundation

/// Measures Freshet on this machine and prints figures beside what they are to reach.
@main
struct FreshetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshet-bench",
        abstract: "Measures Freshet: intake, fingerprints, backfill, freshness, a sweep, an outage, retrieval.",
        discussion: """
            Every figure comes from this machine and this run; comparisons are ratios of things measured in turn within \
            one run, repeated, the median counting. Nothing here fails because the machine is slow: only a wrong count \
            (a model paid twice, a stale ticket, a delivery lost) ends with exit code 1.

            `freshet` and `freshdesk-simulator` are taken from the folder of this executable and run as a user would, in \
            processes of their own, on files in a temporary folder that is removed at the end. So build all three first:

              swift build -c release && .build/release/freshet-bench all

            --shared names the folder with the development data and the other receivers (`data/`, `bench/webhook/`); \
            what needs it is skipped without it, and says so. Results go to standard output (--json: one object), progress \
            to standard error. A quiet machine gives better figures; the pressure on its processors is printed.
            """,
        subcommands: [
            All.self, Intake.self, Unchanged.self, Fingerprinting.self, Backfill.self, Freshness.self, Sweep.self,
            Outage.self, Retrieval.self, Answers.self, Qdrant.self, Vectors.self, Changes.self, LoadGenerator.self,
            BareServer.self, VectorSearcher.self,
        ])
}

/// What every measurement takes.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON object instead of tables.") var json = false
    @Flag(help: "Run in a debug build all the same; its times mean nothing.") var allowDebug = false
    @Option(
        help: ArgumentHelp(
            "Make the temporary folder here instead; its file system is what is measured.", valueName: "folder"))
    var directory: String?
}

/// What measurements with data from outside take.
struct SharedOption: ParsableArguments {
    @Option(help: ArgumentHelp("Folder with `data/` and `bench/webhook/`.", valueName: "folder")) var shared: String?

    var folder: URL? { shared.map { URL(fileURLWithPath: $0, isDirectory: true).standardizedFileURL } }
}

/// One thing to measure.
protocol Benchmark: Sendable {
    /// Says what was found. Throws only when it could not be measured at all.
    func run(in workshop: Workshop) async throws -> [Findings]
}

extension CommonOptions {
    /// Measures one after the other, prints everything, and ends with exit code 1 when a count was wrong or something
    /// could not be measured. The temporary folder and all processes are gone afterwards, however it ends.
    func measure(_ benchmarks: [any Benchmark]) async throws {
        try refuseDebugBuild()
        let workshop = try Workshop(in: directory)
        defer { workshop.close() }
        let machine = Machine.describe(workshop.folder)
        if !json { print(machine.text) }
        var all: [Findings] = []
        for benchmark in benchmarks {
            let findings: [Findings]
            do {
                findings = try await benchmark.run(in: workshop)
            } catch let error where benchmarks.count > 1 {
                findings = [Findings(broken: "\(type(of: benchmark))", because: "\(error)")]
            }
            workshop.endChildren()
            if !json { for finding in findings { print("\n" + finding.text) } }
            fflush(nil)
            all += findings
        }
        if json { print(try Report(machine: machine, findings: all).json) }
        if all.contains(where: \.isWrong) { throw ExitCode(1) }
    }

    private func refuseDebugBuild() throws {
        guard Machine.isDebugBuild else { return }
        guard allowDebug else {
            throw ValidationError(
                "this is a debug build, and its times mean nothing: `swift build -c release`, or --allow-debug to try it out"
            )
        }
        Progress.note("WARNING: DEBUG BUILD. None of the times below means anything.")
    }
}

/// Everything, in the order of the river.
struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every measurement, one after the other, with its defaults.",
        discussion: "Takes about ten minutes. One that cannot be made is reported and does not stop the others.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var shared: SharedOption

    func run() async throws {
        let tickets = shared.folder?.appendingPathComponent("data/tickets-dev/tickets.jsonl.gz").path
        try await common.measure([
            FingerprintBenchmark(), UnchangedBenchmark(), IntakeBenchmark(shared: shared.folder),
            BackfillBenchmark(tickets: tickets), FreshnessBenchmark(),
            SweepBenchmark(), OutageBenchmark(), RetrievalBenchmark(shared: shared.folder, changes: 200),
        ])
    }
}
