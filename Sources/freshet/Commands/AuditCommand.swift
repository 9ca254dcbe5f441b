import ArgumentParser
import Foundation
import FreshetCore

/// The audit log: what people with power did, newest first.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Shows what administrators and operators did, newest first.",
        discussion: """
            An act is written down before it is done; one without an outcome is under way, or its process died with it. \
            Acts are kept for `retention.audit`. A purge removes a company's acts with the company, and is itself an act \
            of the operator's.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Only acts on this company.") var company: CompanyID?
    @Option(help: "How many, 1...1000.") var limit = 50

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be 1...1000, got \(limit)") }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            if let company { _ = try await house.company(company) }
            let acts = try await house.audit.acts(of: company, before: nil, limit: limit).map(\.1)
            var table = Table(header: ["AT", "COMPANY", "ACTOR", "ACT", "TARGET", "OUTCOME", "REQUEST"])
            table.rows = acts.map {
                [
                    $0.at.iso8601, $0.company?.text ?? "-", $0.actor, $0.act, $0.target, $0.outcome ?? "unknown",
                    $0.requestID ?? "-",
                ]
            }
            try output.console.result(
                acts.isEmpty ? "Nothing has been done yet." : table.text, json: .array(acts.map(\.json)))
        } catch { throw ExitCodes.explaining(error) }
    }
}

extension Assembly {
    /// Does what a person asked for by command, and writes down before that they did and afterwards how it went.
    ///
    /// - Parameter company: `nil` where the company is not there before or after.
    func auditing<Result>(
        _ act: String, _ company: CompanyID?, _ target: String, _ body: () async throws -> Result
    ) async throws -> Result {
        let id = try await audit.begin(
            AdminAct(
                company: company, at: clock.now, actor: "command line (\(NSUserName()))", act: act, target: target))
        let result: Result
        do {
            result = try await body()
        } catch {
            try await audit.end(id, outcome: "failed")
            throw error
        }
        try await audit.end(id, outcome: "done")
        return result
    }
}
