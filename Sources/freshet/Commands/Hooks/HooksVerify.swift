import ArgumentParser
import FreshetCore

extension HooksCommand {
    /// Proves the way round: a change in the help desk, its webhook here, the run that follows.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes a ticket and waits for its webhook; says which step failed.",
            discussion: """
                Leaves a private note on a ticket, which customers do not see, waits until its webhook has arrived and the \
                ticket was read again, and removes the note. `freshet serve` must be running on the same data. Works for \
                rules and for the signing app alike.
                """)
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @OptionGroup var key: AdministratorKey
        @Option(
            help: ArgumentHelp(
                "The ticket to leave the note on. Default: the one that changed last.", valueName: "number"))
        var ticket: Int64?
        @Option(help: "How long to wait for the webhook, and for the run after it: 30s, 5m.") var timeout = "60s"

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                guard let patience = DurationText.parse(timeout), patience > .zero else {
                    throw ValidationError("--timeout must be a duration like 30s or 5m")
                }
                if let ticket, ticket <= 0 { throw ValidationError("--ticket must be the number of a ticket") }
                let company = try await house.company(target.company)
                let check = HookCheck(
                    house: house, company: company, hooks: try await house.hooks(of: company, key: try key.read()),
                    patience: patience, asked: ticket
                ) { step in
                    if !output.json { output.console.say(Self.line(step)) }
                }
                let (steps, ticket) = try await check.carryOut()
                let failed = steps.first { $0.verdict == .failed }
                if output.json {
                    try output.console.result("", json: Self.json(company, steps, ticket))
                } else if failed == nil {
                    output.console.say("A change of ticket \(ticket.map(String.init) ?? "") reached \(company.id).")
                }
                if failed != nil { throw ExitCodes.unavailable }
            } catch { throw ExitCodes.explaining(error) }
        }

        private static func line(_ step: HookCheck.Step) -> String {
            func padded(_ text: String) -> String { text + String(repeating: " ", count: max(0, 9 - text.count)) }
            return padded(step.name.rawValue) + padded(step.verdict.rawValue) + step.detail
        }

        private static func json(_ company: Company, _ steps: [HookCheck.Step], _ ticket: Int64?) -> JSONValue {
            .object([
                "company_id": .string(company.id.text), "ok": .bool(!steps.contains { $0.verdict == .failed }),
                "ticket": ticket.map { .integer($0) } ?? .null,
                "failed_step": steps.first { $0.verdict == .failed }.map { .string($0.name.rawValue) } ?? .null,
                "steps": .array(
                    steps.map {
                        .object([
                            "step": .string($0.name.rawValue), "verdict": .string($0.verdict.rawValue),
                            "detail": .string($0.detail),
                        ])
                    }),
            ])
        }
    }
}
