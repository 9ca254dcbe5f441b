import ArgumentParser
import Foundation
import FreshetCore
import FreshetEngine

/// Feedback of agents: what it says, what it would do, and whether it does.
struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Shows what agents think of recommendations, and lets that move later ones.",
        discussion: """
            Feedback moves nothing until it is enabled for a company, and it is enabled only where a replay of the company's \
            own judgements shows no loss. One user alone moves no result by more than one place.
            """,
        subcommands: [Report.self, Replay.self, Enable.self, Disable.self, Undo.self])
}

extension FeedbackCommand {
    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows how much was welcome, by day, group and tag, and the questions with the worst answers.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: "First day (UTC), like 2026-03-01; thirty days ago unless named.") var since: UTCDay?
        @Option(help: "How many groups, tags and questions, 1...100.") var limit = 10

        func validate() throws {
            guard (1...100).contains(limit) else { throw ValidationError("--limit must be 1...100") }
        }

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let start =
                    since.flatMap { Timestamp(iso8601: $0.text) } ?? house.clock.now - .seconds(30 * 86_400)
                let report = try await house.feedback.report(on: company.id, since: start, limit: limit)
                try output.console.result(text(report), json: report.json)
            } catch { throw ExitCodes.explaining(error) }
        }

        private func text(_ report: FeedbackReport) -> String {
            var parts = ["\(report.company): feedback is \(report.isEnabled ? "enabled" : "not enabled")."]
            if report.days.isEmpty { parts.append("Nobody has given any in this time.") }
            for (title, lines) in [
                ("DAY", report.days), ("GROUP", report.groups), ("TAG", report.tags), ("WORST QUESTIONS", report.worst),
            ] where !lines.isEmpty {
                var table = Table(header: [title, "UP", "DOWN", "WELCOME"])
                for line in lines {
                    table.rows.append([
                        Printable.line(line.name, longest: 80), "\(line.up)", "\(line.down)",
                        "\(Int((line.acceptance * 100).rounded())) %",
                    ])
                }
                parts.append(table.text)
            }
            return parts.joined(separator: "\n\n")
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ranks what was judged anew, with and without feedback, and compares.",
            discussion: """
                Each judged recommendation is ranked as the index ranked it and with the feedback that stood before it was \
                made. Changes nothing.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let outcome = try await house.replay(of: house.company(target.company).id)
                try output.console.result(outcome.text, json: outcome.json)
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets feedback move results, if a replay shows no loss; undone by `disable` and `undo`.",
            discussion: "A running server follows at its next answer. Ends with 65 where the replay speaks against it.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company).id
                let outcome = try await house.replay(of: company)
                if let objection = outcome.objection {
                    throw CommandFailure(
                        "feedback stays off for \(company): \(objection)\n\(outcome.text)", code: ExitCodes.dataError)
                }
                try await house.feedback.setEnabled(true, of: company, now: house.clock.now)
                try output.console.result(
                    "Feedback moves results of \(company) from now on.\n\(outcome.text)",
                    json: .object(["enabled": .bool(true), "replay": outcome.json]))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Results stand as the index ranks them again; what was said is kept.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company).id
                try await house.feedback.setEnabled(false, of: company, now: house.clock.now)
                try output.console.result(
                    "Feedback moves nothing of \(company) any more.", json: .object(["enabled": .bool(false)]))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes feedback back: of a user, of a recommendation, of some time, or all.",
            discussion: """
                What is taken back stays on record and moves nothing any more; a user may give it again. Results then stand \
                as if it had never been given.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: "Of this user, as `recommendations` notes them: token-3.") var user: String?
        @Option(help: ArgumentHelp("On this recommendation.", valueName: "id")) var recommendation: String?
        @Option(help: "Given since then: 2026-03-01 or 2026-03-01T09:00:00Z.") var since: Timestamp?
        @Option(help: "Given before then.") var until: Timestamp?
        @Flag(help: "All of the company's.") var all = false

        func validate() throws {
            let isNarrowed = user != nil || recommendation != nil || since != nil || until != nil
            guard isNarrowed != all else {
                throw ValidationError("say what is taken back: --user, --recommendation, --since, --until, or --all")
            }
        }

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company).id
                let count = try await house.feedback.undo(
                    FeedbackSelection(user: user, recommendation: recommendation, since: since, until: until),
                    of: company, now: house.clock.now)
                try output.console.result("\(count) verdicts are taken back.", json: .object(["undone": .count(count)]))
            } catch { throw ExitCodes.explaining(error) }
        }
    }
}

extension ReplayOutcome {
    fileprivate var text: String {
        func figure(_ value: Double) -> String {
            let thousandths = String(Int((value * 1000).rounded()))
            let padded = String(repeating: "0", count: max(0, 4 - thousandths.count)) + thousandths
            return "\(padded.dropLast(3)).\(padded.suffix(3))"
        }
        var table = Table(header: ["", "WITHOUT", "WITH"])
        table.rows.append(["nDCG@10", figure(meanNDCG.without), figure(meanNDCG.with)])
        table.rows.append(["MRR", figure(meanReciprocalRank.without), figure(meanReciprocalRank.with)])
        return "\(judged) judged recommendations, \(changed) of them would be ranked otherwise.\n\(table.text)"
            + (objection.map { "\nAgainst it: \($0)." } ?? "")
    }
}

extension Timestamp: ExpressibleByArgument {
    public init?(argument: String) { self.init(iso8601: argument) }
}
