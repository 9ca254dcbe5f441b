import ArgumentParser
import FreshetCore

/// What a company's models used and cost.
struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a company's models used, what that cost, and which calls were spared.",
        discussion: """
            The present month unless days are named; days are those of UTC. Money is counted at the prices that the \
            configuration had at the time (`prices`); calls of a model without a price are shown as such. Spared calls \
            are those that a cache, the gate (`summary.gate`) or an unchanged meaning made unnecessary; built-in models \
            cost nothing and are not listed.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: CompanyArgument
    @Option(help: "First day, like 2026-03-01.") var since: UTCDay?
    @Option(help: "Last day.") var until: UTCDay?
    @Option(help: "day, model or purpose: what a line stands for.") var by: UsageReport.Grouping = .day

    func validate() throws {
        if let since, let until, since > until { throw ValidationError("--since must not be later than --until") }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let report = try await house.usageDesk.report(
                on: target.company, from: since, through: until, groupedBy: by)
            try output.console.result(text(report), json: report.json)
        } catch { throw ExitCodes.explaining(error) }
    }

    private func text(_ report: UsageReport) -> String {
        var table = Table(header: [by.rawValue.uppercased(), "CALLS", "INPUT", "CACHED", "OUTPUT", "MONEY"])
        for (name, figures) in report.lines.map({ ($0.name, $0.figures) }) + [("total", report.total)] {
            table.rows.append([
                name, "\(figures.calls)", "\(figures.tokens.input)", "\(figures.tokens.cached)",
                "\(figures.tokens.output)", figures.moneyText,
            ])
        }
        var lines = ["\(report.company), \(report.first) to \(report.last):", table.text]
        if !report.saved.isEmpty {
            let saved = report.saved.map { "\($0.calls) \($0.purpose.rawValue) (\($0.reason.rawValue))" }
            lines.append("spared calls: " + saved.joined(separator: ", "))
        }
        for cap in report.caps {
            func amount(_ value: Int64) -> String {
                cap.isMoney ? "\(moneyText(value)) \(report.currency)" : "\(value)"
            }
            lines.append(
                "budget, \(cap.name.replacing("_", with: " ")): \(amount(cap.spent)) of \(amount(cap.cap)) spent")
        }
        return lines.joined(separator: "\n")
    }
}

extension UsageReport.Grouping: ExpressibleByArgument {}

extension UTCDay: ExpressibleByArgument {
    public init?(argument: String) { self.init(text: argument) }
}
