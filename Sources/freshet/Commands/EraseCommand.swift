import ArgumentParser
import Foundation
import FreshetCore
import FreshetEngine

extension CompanyCommand {
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases a ticket, or all tickets of a requester, for good, and says what went from where.",
            discussion: """
                Text, summaries, vectors, names of files, history, and recommendations that it was part of with their \
                feedback go: from the store, every \
                slot of the index, the cache of what models made, and the file itself. Nothing brings them back: a late \
                webhook, a reconcile, a retry and an agent who opens the ticket find it erased. The help desk's own copy \
                is not touched, nor are other tickets that mention the person.

                What stays is the ticket's number, with the word "erased" (`freshet explain`), or a digest of the \
                requester's number under the master key: tickets of theirs that come later, or are not on record yet, are \
                not taken in either. A ticket that was never seen can be erased, too. There is no way back but \
                `company purge`.

                Works beside a running server, whose memory may hold parts of summaries until it is started anew. Safe to \
                repeat, which also finishes one that was cut short. The audit log names it by a reference that only the \
                master key can make again.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: ArgumentHelp("The ticket, by the help desk's id.", valueName: "id")) var ticket: Int64?
        @Option(help: ArgumentHelp("All tickets of this requester, by the help desk's id.", valueName: "id"))
        var requester: Int64?
        @Flag(
            help: """
                Rewrite the store's file in the end, too. What is deleted is overwritten in any case, but SQLite moves rows \
                and may leave a copy of a part in an unused place. Webhooks wait meanwhile; takes as much memory as the \
                file is long.
                """)
        var compact = false
        @Flag(help: "Do not ask.") var yes = false

        func validate() throws { _ = try wish() }

        private func wish() throws -> ErasureWish {
            switch (ticket, requester) {
            case (let id?, nil) where id > 0: return .ticket(id)
            case (nil, let id?) where id > 0: return .requester(id)
            case (nil, nil), (.some, .some): throw ValidationError("name one: --ticket or --requester")
            default: throw ValidationError("an id is a number from 1")
            }
        }

        func run() async throws {
            do {
                let wish = try wish()
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                if !yes { try confirm(wish, of: company.id) }
                let reference = try house.erasures.reference(to: wish, of: company.id)
                let bar = Progress(output.console, title: "erasing")
                let receipt = try await house.auditing("company.erase", company.id, "erasure \(reference)") {
                    try await house.eraser.erase(wish, of: company.id, compacts: compact) { step, done, total in
                        bar.show(done: done, of: total, detail: step)
                    }
                }
                bar.end(done: receipt.tickets.count, of: receipt.tickets.count, detail: "tickets")
                try output.console.result(text(receipt), json: receipt.json)
            } catch { throw ExitCodes.explaining(error) }
        }

        private func confirm(_ wish: ErasureWish, of company: CompanyID) throws {
            let what =
                switch wish {
                case .ticket(let id): "ticket/\(id) of \(company)"
                case .requester(let id): "all tickets of \(company)'s requester \(id), those to come included,"
                }
            output.console.note("This erases \(what) for good; the help desk's own copy is not touched.")
            output.console.note("Type the company's name to go on:")
            guard readLine()?.trimmingCharacters(in: .whitespaces) == company.text else {
                throw CommandFailure("nothing was erased", code: ExitCodes.temporary)
            }
        }

        private func text(_ receipt: ErasureReceipt) -> String {
            var table = Table(header: ["REMOVED FROM", "ROWS"])
            table.rows = ErasurePlace.allCases.map { [$0.rawValue, "\(receipt.removed[$0] ?? 0)"] }
            let count = receipt.tickets.count == 1 ? "1 ticket" : "\(receipt.tickets.count) tickets"
            return """
                Erasure \(receipt.reference): \(count) of \(receipt.company).
                \(table.text)
                \(
                    receipt.isLogEmptied
                        ? "The store's log is emptied."
                        : "Somebody was reading from the store's log all the time, which still holds what was deleted: repeat this."
                )
                """
        }
    }
}
