import ArgumentParser
import Foundation
import FreshetCore

struct Backfill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The first reconcile of an account: seconds, tickets a second, memory.",
        discussion: """
            The simulator (plan `unlimited`) in one process, `freshet reconcile acme --follow` in another, on the same machine: \
            once by itself and once beside a running `freshet serve`, which then does the work. From the start of the command \
            to its end, when every ticket is searchable.
            """)

    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(
            "Tickets in the simulator's format (JSON Lines, also .gz); made up otherwise.", valueName: "file"))
    var tickets: String?
    @Option(help: "How many tickets to make up.") var count = 3000

    func validate() throws {
        if !(1...1_000_000).contains(count) { throw ValidationError("--count must be 1...1000000") }
    }

    func run() async throws { try await common.measure([BackfillBenchmark(tickets: tickets, count: count)]) }
}

/// How long a company's first backfill takes.
struct BackfillBenchmark: Benchmark {
    var tickets: String?
    var count = 3000

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "backfill",
            tickets.map { "tickets of \(URL(fileURLWithPath: $0).lastPathComponent)" } ?? "\(count) made-up tickets",
            method: [
                "simulator without rate limit and freshet in separate processes on the same cores; wall time of `freshet reconcile --follow`",
                "memory is the most that the process that does the work ever held",
            ])
        await findings.attempt("by itself") { try await measure(served: false, in: workshop, &$0) }
        await findings.attempt("beside serve") { try await measure(served: true, in: workshop, &$0) }
        return [findings]
    }

    private func measure(served: Bool, in workshop: Workshop, _ findings: inout Findings) async throws {
        let name = served ? "beside `serve`" : "by itself"
        Progress.note("backfill: \(name)")
        let house = try House(in: workshop)
        let source = tickets.map { ["--tickets", $0] } ?? ["--generate", "\(count)"]
        let (simulator, url) = try await house.simulator(source)
        let tenant = try await house.addCompany(at: url)
        let server = served ? try await house.serve() : nil
        let serverBefore = server?.sample?.processorSeconds ?? 0
        let simulatorBefore = simulator.sample?.processorSeconds ?? 0

        let command = try workshop.start(
            "freshet", ["reconcile", tenant.id, "--follow", "--json"], environment: house.environment)
        let end = await command.end()
        guard end.status == 0 else {
            throw Workshop.Failure("freshet reconcile ended with \(end.status):\n\(command.lastWords)")
        }
        let seconds = end.lifetime.inSeconds
        let marked = JSONValue.object(try House.lastObject(command.output)).at("marked").number ?? .nan
        let indexed = try await Self.indexed(house, tenant)
        let worker = server?.sample

        findings.add(
            "\(name): all tickets searchable after", seconds, "s", indexed >= 3000 && indexed < 3500 ? .atMost(60) : nil
        )
        findings.add("  tickets", indexed / seconds, "/s")
        findings.add("  marked, but not indexed", marked - indexed, "", .exactly(0))
        findings.add("  most memory", worker?.peakMegabytes ?? end.peakMegabytes, "MB")
        findings.add(
            "  processor time, freshet",
            (worker.map { $0.processorSeconds - serverBefore } ?? 0) + end.processorSeconds, "s")
        findings.add("  processor time, simulator", (simulator.sample?.processorSeconds ?? .nan) - simulatorBefore, "s")
        await server?.terminate()
        simulator.kill()
    }

    private static func indexed(_ house: House, _ tenant: House.Tenant) async throws -> Double {
        let status = try await house.json("status", tenant.id)
        guard case .array(let companies)? = status["companies"], let indexed = companies.first?.at("indexed").number,
            let excluded = companies.first?.at("excluded").number
        else { throw Workshop.Failure("`freshet status --json` has no indexed: \(status)") }
        return indexed + excluded
    }
}
