import ArgumentParser
import FreshdeskSimulator
import FreshetCore

struct Outage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "After an outage: how soon thousands of changed tickets are caught up with, and at what cost.",
        discussion: """
            In simulated time: two simulated Freshdesk accounts over real sockets, the real connector, reconciler, worker, models, \
            index and store, and a clock that is turned whenever all of them wait for it. So an hour and a half of API \
            quota passes in a minute or so, and what is counted (calls, credits, minutes of quota, refusals) does not \
            depend on the machine. Processing takes no simulated time.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many tickets changed during the outage.") var tickets = 5000
    @Option(help: "The account's plan: growth, pro or enterprise.") var plan = "pro"

    func validate() throws {
        if !(1...50_000).contains(tickets) { throw ValidationError("--tickets must be 1...50000") }
        if Plan.named(plan)?.ticketList == nil { throw ValidationError("--plan must be growth, pro or enterprise") }
    }

    func run() async throws { try await common.measure([OutageBenchmark(tickets: tickets, plan: plan)]) }
}

/// What catching up costs, and whether another company notices.
struct OutageBenchmark: Benchmark {
    var tickets = 5000
    var plan = "pro"

    /// Of the account's quota.
    private static let share = 0.5
    private static let changes = 120

    func run(in workshop: Workshop) async throws -> [Findings] {
        guard let plan = Plan.named(plan) else { throw Workshop.Failure("no plan \(plan)") }
        var findings = Findings(
            "outage", "\(tickets) tickets changed while nobody looked, plan \(plan.name), share \(Self.share)",
            method: [
                "simulated time, real sockets: one incremental reconcile, then the worker, until nothing waits",
                "minimum = one call for each ticket with ten messages or fewer, one more a hundred beyond, a list call for each hundred tickets",
                "quota bound = the minimum's credits (4 a ticket, 1 a page) ÷ the share of the plan's rate",
                "another company changes one ticket every 10 s, before and meanwhile; lag = end of its run − change, quiet period 2 s",
            ])
        Progress.note("outage: \(tickets) tickets")
        let stage = try await OutageStage(
            in: workshop, plan: plan, tickets: tickets, neighbourTickets: 2 * Self.changes, share: Self.share)
        do {
            let outcome = try await stage.play(changes: Self.changes)
            report(outcome, plan, &findings)
        } catch {
            try await stage.close()
            throw error
        }
        try await stage.close()
        return [findings]
    }

    private func report(_ outcome: OutageStage.Outcome, _ plan: Plan, _ findings: inout Findings) {
        let bound = Double(outcome.minimum.credits) / (Self.share * Double(plan.total))
        let before = outcome.lagsBefore.sorted().quantile(0.95)
        let meanwhile = outcome.lagsMeanwhile.sorted().quantile(0.95)
        findings.add("tickets indexed", outcome.indexed, "", .exactly(Double(tickets)))
        findings.add("API calls", outcome.calls, "")
        findings.add("  least possible", outcome.minimum.calls, "")
        findings.add("  times the least", Double(outcome.calls) / Double(outcome.minimum.calls), "", .noMoreThan(1.05))
        findings.add("answers 429", outcome.refusals, "", .exactly(0))
        findings.add("caught up after", outcome.minutes, "min of simulated time")
        findings.add("  quota bound", bound, "min")
        findings.add("  times the bound", outcome.minutes / bound, "", .noMoreThan(1.05))
        findings.add("another company's lag p95, before", before, "s of simulated time")
        findings.add("another company's lag p95, meanwhile", meanwhile, "s of simulated time")
        findings.add("  times that before", meanwhile / before, "", .noMoreThan(1.1))
        findings.notes.append(
            "look-ups of names and the lists of trash and spam are counted; the worker's own time is not, it takes none here"
        )
    }
}
