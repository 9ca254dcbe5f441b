import ArgumentParser
import FreshetCore

/// What is indexed, what waits, what is parked.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is indexed, waiting and parked, and how fresh it is, by company.",
        discussion: """
            LAG is how long changes took to become searchable in the last hour that the server measured, p50 / p95 / p99 in \
            seconds: RECEIPT from a webhook's arrival, SOURCE from the help desk's own time of change. NO BUDGET counts \
            items whose paid work waits for the company's budget; `freshet usage` and `freshet explain` say which one.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "One company only.") var company: CompanyID?

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            var companies = try await house.companies.all().sorted { $0.id < $1.id }
            if let company {
                companies = [try await house.company(company)]
            }
            let backlogs = try await house.ledger.backlog(of: company)
            let freshness = try await house.freshness.freshness(of: company)
            var table = Table(header: [
                "COMPANY", "TICKETS", "ARTICLES", "EXCLUDED", "REMOVED", "URGENT", "BACKFILL", "PARKED", "NO BUDGET",
                "OLDEST MARK",
                "WITHHELD", "MISSED WEBHOOKS", "RECEIPT LAG", "SOURCE LAG", "LAST RECONCILE",
            ])
            var values: [JSONValue] = []
            for company in companies {
                let counts = try await house.documents.counts(of: company.id)
                let tickets = try await house.documents.counts(of: company.id, kind: .ticket)
                let articles = try await house.documents.counts(of: company.id, kind: .article)
                let backlog = backlogs[company.id] ?? Backlog()
                let withheld = try await house.reconciles.withheld(of: company.id)
                let meter = try await house.reconciles.meter(of: company.id)
                let last = try await house.reconciles.list(of: company.id, limit: 1).first
                table.rows.append([
                    company.id.text + (company.isPaused ? " (paused)" : ""), "\(tickets[.indexed] ?? 0)",
                    "\(articles[.indexed] ?? 0)", "\(counts[.excluded] ?? 0)", "\(counts[.removed] ?? 0)",
                    "\(backlog.urgent)", "\(backlog.backfill)",
                    "\(backlog.parked)", "\(backlog.deferred)", backlog.oldestMark?.iso8601 ?? "-",
                    "\(withheld.values.reduce(0, +))", meter.ratio.map { "\(Int(($0 * 100).rounded())) %" } ?? "-",
                    Self.text(freshness[company.id]?.receipt), Self.text(freshness[company.id]?.source),
                    last.map { "\($0.state.rawValue) \(($0.endedAt ?? $0.requestedAt).iso8601)" } ?? "never",
                ])
                values.append(
                    .object([
                        "company_id": .string(company.id.text), "paused": .bool(company.isPaused),
                        "indexed": .integer(Int64(counts[.indexed] ?? 0)),
                        "excluded": .integer(Int64(counts[.excluded] ?? 0)),
                        "removed": .integer(Int64(counts[.removed] ?? 0)), "urgent": .integer(Int64(backlog.urgent)),
                        "backfill": .integer(Int64(backlog.backfill)), "in_flight": .integer(Int64(backlog.inFlight)),
                        "withheld": .object(withheld.mapValues { .count($0) }),
                        "missed_webhooks_ratio": meter.ratio.map { .number($0) } ?? .null,
                        "parked": .integer(Int64(backlog.parked)),
                        "waiting_for_budget": .integer(Int64(backlog.deferred)),
                        "index_slots": .array(
                            try await house.slots.slots(of: company.id).map { slot in
                                .object([
                                    "slot": .count(slot.number), "state": .string(slot.state.rawValue),
                                    "makers": slot.makers.json, "since": .time(slot.since),
                                ])
                            }),
                        "tickets": json(tickets), "articles": json(articles),
                        "oldest_mark": backlog.oldestMark.map { .string($0.iso8601) } ?? .null,
                        "freshness": Self.json(freshness[company.id]),
                        "last_reconcile": last.map {
                            .object([
                                "run_id": .string($0.id), "state": .string($0.state.rawValue),
                                "requested_at": .string($0.requestedAt.iso8601),
                                "ended_at": $0.endedAt.map { .string($0.iso8601) } ?? .null,
                            ])
                        } ?? .null,
                    ]))
            }
            let served = try house.isServed()
            try output.console.result(
                (served ? "A server is running on this data.\n" : "No server is running on this data.\n")
                    + (companies.isEmpty ? "No companies yet: `freshet company add` makes one." : table.text),
                json: .object(["serving": .bool(served), "companies": .array(values)]))
        } catch { throw ExitCodes.explaining(error) }
    }

    private static func text(_ lags: Lags?) -> String {
        guard let lags else { return "-" }
        return [lags.p50, lags.p95, lags.p99].map { "\(Double($0.milliseconds) / 1000)" }.joined(separator: " / ")
    }

    private static func json(_ figures: CompanyFreshness?) -> JSONValue {
        guard let figures else { return .null }
        func lags(_ lags: Lags?) -> JSONValue {
            guard let lags else { return .null }
            return .object([
                "samples": .integer(Int64(lags.samples)), "p50": .number(lags.p50.seconds),
                "p95": .number(lags.p95.seconds), "p99": .number(lags.p99.seconds),
            ])
        }
        return .object([
            "measured_at": .string(figures.measuredAt.iso8601), "receipt_to_searchable": lags(figures.receipt),
            "source_to_searchable": lags(figures.source),
        ])
    }

    private func json(_ counts: [DocumentRecord.State: Int]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: DocumentRecord.State.allCases.map {
                    ($0.rawValue, .integer(Int64(counts[$0] ?? 0)))
                }))
    }
}
