import ArgumentParser
import Foundation
import FreshetCore

struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Listing a whole account: calls, seconds, memory; then looking again when nothing has changed.",
        discussion: """
            The simulator (plan `unlimited`) makes up an account; `freshet reconcile acme --mode sweep` lists it and marks \
            every ticket, as the first backfill does before anything is fetched, and `--mode incremental` looks again. Calls \
            are counted by the simulator, which has a few tickets in the trash and among the spam.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many tickets the account has.") var tickets = 100_000

    func validate() throws {
        if !(100...1_000_000).contains(tickets) { throw ValidationError("--tickets must be 100...1000000") }
    }

    func run() async throws { try await common.measure([SweepBenchmark(tickets: tickets)]) }
}

/// What listing a whole account costs.
struct SweepBenchmark: Benchmark {
    var tickets = 100_000

    /// Put into the trash and marked as spam beforehand: each has a listing of its own, of one page here.
    private static let deleted = 30
    private static let spam = 20

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "sweep", "an account of \(tickets) made-up tickets",
            method: [
                "simulator without rate limit and freshet in separate processes; `freshet reconcile --mode sweep`, nothing is fetched",
                "list calls are those the simulator answered on /tickets; memory is the most that the command ever held",
            ])
        Progress.note("sweep: making \(tickets) tickets")
        let house = try House(in: workshop)
        let (_, url) = try await house.simulator(["--generate", "\(tickets)"])
        let tenant = try await house.addCompany(at: url)
        try await Self.removeSome(house, url)

        Progress.note("sweep: listing")
        let swept = try await measure("sweep", house, tenant, url)
        let pages = (Double(tickets) / 100).rounded(.up)
        findings.add("tickets seen", swept.result["seen"]?.number ?? .nan, "")
        findings.add(
            "tickets marked", swept.result["marked"]?.number ?? .nan, "", .exactly(Double(tickets - Self.gone)))
        findings.add("list calls", swept.listCalls, "", .noMoreThan((pages * 1.02).rounded(.down) + 2))
        findings.add("  times tickets/100", swept.listCalls / pages, "")
        findings.add("all API calls", swept.result["api_calls"]?.number ?? .nan, "")
        findings.add("seconds", swept.end.lifetime.inSeconds, "s")
        findings.add("most memory", swept.end.peakMegabytes, "MB")

        Progress.note("sweep: looking again")
        let again = try await measure("incremental", house, tenant, url)
        findings.add("nothing changed: API calls", again.result["api_calls"]?.number ?? .nan, "", .noMoreThan(3))
        findings.add("  seconds", again.end.lifetime.inSeconds, "s")
        findings.notes.append("the bound is 1.02 × tickets/100 and one page each for trash and spam")
        return [findings]
    }

    private static var gone: Int { deleted + spam }

    private struct Outcome {
        var result: [String: JSONValue]
        var listCalls: Double
        var end: Child.End
    }

    private func measure(
        _ mode: String, _ house: House, _ tenant: House.Tenant, _ simulator: String
    ) async throws -> Outcome {
        let before = try await house.listCalls(of: simulator)
        let command = try house.workshop.start(
            "freshet", ["reconcile", tenant.id, "--mode", mode, "--json"], environment: house.environment)
        let end = await command.end()
        guard end.status == 0 else {
            throw Workshop.Failure("freshet reconcile --mode \(mode) ended with \(end.status):\n\(command.lastWords)")
        }
        let after = try await house.listCalls(of: simulator)
        return Outcome(result: try House.lastObject(command.output), listCalls: after - before, end: end)
    }

    private static func removeSome(_ house: House, _ simulator: String) async throws {
        let page = try await house.get("\(simulator)/api/v2/tickets?per_page=\(gone)", asAgent: true)
        guard case .array(let tickets) = page, tickets.count == gone else {
            throw Workshop.Failure("the simulator lists no \(gone) tickets")
        }
        for (index, ticket) in tickets.enumerated() {
            guard let id = ticket.at("id").number else { throw Workshop.Failure("a ticket without an id") }
            if index < deleted {
                try await house.write("DELETE", "\(simulator)/api/v2/tickets/\(Int64(id))", .object([:]))
            } else {
                try await house.write("POST", "\(simulator)/_simulator/tickets/\(Int64(id))/spam", .object([:]))
            }
        }
    }
}

extension House {
    /// Pages of the ticket list that the simulator has answered so far.
    fileprivate func listCalls(of simulator: String) async throws -> Double {
        try await get("\(simulator)/_simulator/stats", asAgent: true).at("calls").at("GET tickets").number ?? 0
    }
}
