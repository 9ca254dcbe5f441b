import ArgumentParser
import FreshetCore

/// Why an item is as it is: its place in the ledger and every decision about it.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what was decided about an item, when and why.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: CompanyArgument
    @Argument(help: "The item, like ticket/4711 or article/42.") var item: ItemName
    @Option(help: "How many decisions, newest first.") var limit = 20

    struct ItemName: ExpressibleByArgument {
        var kind: ItemKind
        var originalID: Int64

        init?(argument: String) {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let kind = ItemKind(rawValue: String(parts[0])), let id = Int64(parts[1]), id > 0
            else { return nil }
            self.kind = kind
            originalID = id
        }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let company = try await house.company(target.company)
            let item = Item(
                company: company.id, platform: company.platform, kind: item.kind, originalID: item.originalID)
            guard let entry = try await house.ledger.entry(item) else {
                throw CommandFailure(
                    "\(item.name) of \(company.id) was never marked: no webhook and no reconcile has named it",
                    code: ExitCodes.dataError)
            }
            let record = try await house.documents.record(of: item)
            let decisions = try await house.ledger.decisions(about: item, limit: limit)
            try output.console.result(
                text(entry, record, decisions),
                json: ItemExplanation(entry: entry, record: record, decisions: decisions).json)
        } catch { throw ExitCodes.explaining(error) }
    }

    private func text(_ entry: LedgerEntry, _ record: DocumentRecord?, _ decisions: [Decision]) -> String {
        var lines = [
            "\(entry.item.name) of \(entry.item.company): \(record?.state.rawValue ?? "no run has recorded it yet")\(record?.reason.map { ", " + $0 } ?? "")",
            "  ledger    wanted \(entry.wanted), claimed \(entry.claimed), done \(entry.done), \(entry.state.rawValue)"
                + "\(entry.attempts > 0 ? ", attempt \(entry.attempts)" : "")\(entry.reason.map { ", " + $0 } ?? "")",
        ]
        if entry.done < entry.wanted, entry.state == .ready { lines.append("  due       \(entry.notBefore)") }
        if entry.isStale { lines.append("  stale     its content has changed and is not in the index yet") }
        if let hash = record?.contentHash { lines.append("  content   \(hash)") }
        if let hash = record?.facetsHash { lines.append("  facets    \(hash)") }
        if let place = record?.document?.metadata.article?.place {
            let way = [place.category.name, place.folder.name].compactMap { $0 }.joined(separator: " / ")
            lines.append("  place     \(way), for \(place.visibility.rawValue)\(place.isDraft ? ", draft" : "")")
        }
        if let summary = record?.summary { lines.append("  problem   \(summary.problem.prefix(160))") }
        if let made = ItemExplanation(entry: entry, record: record, decisions: []).origin {
            lines.append("  summary   \(made)")
        }
        lines.append("  decisions, newest first:")
        for decision in decisions {
            var line = "    \(decision.at)  \(decision.outcome.rawValue)  (\(decision.cause.rawValue))"
            if let reason = decision.reason { line += "  \(reason)" }
            if !decision.changes.isEmpty { line += "  changed: \(decision.changes.joined(separator: ", "))" }
            line +=
                "  \(decision.cost.apiCalls) API calls, \(decision.cost.summaries) summaries, \(decision.cost.embeddings) embeddings, \(decision.cost.milliseconds) ms"
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
