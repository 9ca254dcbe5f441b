import ArgumentParser
import Foundation
import FreshetCore
import FreshetEngine

/// Brings a company's index to the state of its help desk: the first backfill, and whatever webhooks missed.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compares a company's help desk with what is known and marks what differs.",
        discussion: """
            incremental lists everything changed since the last reconcile (the first one: everything), the trash and \
            the spam. sweep lists the whole account and asks by id for what is on record and was not listed. audit \
            holds the record against the index and repairs it from what is stored, without asking help desk or model. \
            With a server running on the same data, the server does the work and this shows its progress; otherwise \
            it happens here. Interrupted, it goes on where it was when called again. With --follow it waits until \
            what it marked is fetched and searchable.

            Nothing is removed because a list does not name it: only the help desk's answer about that very ticket \
            removes. A reconcile that would remove more than the cap (reconcile.removal_cap_…) withholds all of its \
            removals until --release; tickets that a webhook names, or --ticket, are removed in spite of that.

            --rebuild is for another model or prompt: it fills a second slot of the index by the models that are configured \
            now, from what is stored, while the first one serves; says how alike the two answer; and changes over at one \
            moment. The help desk is not asked; --dry-run tells beforehand what models will cost. The old slot is kept \
            for --rollback until --discard or index.keep_replaced.

            --dry-run writes nothing and prints a plan as JSON: what would be marked, API calls, minutes, tokens, money. \
            --apply carries out that plan; what moved since is planned anew.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: CompanyArgument
    @Option(help: "How to compare. incremental: by time of change; sweep: the whole account; audit: record and index.")
    var mode: Mode = .incremental
    @Option(help: "Begin here instead of at the last reconcile: 2026-01-31 or 2026-01-31T08:00:00Z.") var since: String?
    @Option(help: ArgumentHelp("Only mark these tickets; may be repeated.", valueName: "id")) var ticket: [Int64] = []
    @Flag(help: "Wait until everything marked is done.") var follow = false

    @Flag(help: "Write nothing; print a plan as JSON.") var dryRun = false
    @Option(help: ArgumentHelp("With --dry-run: write the plan to this file.", valueName: "file")) var plan: String?
    @Option(help: ArgumentHelp("Carry out this plan.", valueName: "file")) var apply: String?
    @Flag(help: "Fill the index anew by the models that are configured now, and change over to it.") var rebuild = false
    @Flag(help: "Change back to what the last rebuild replaced.") var rollback = false
    @Flag(help: "Remove what the last rebuild replaced, or left half-filled.") var discard = false
    @Option(help: ArgumentHelp("Mark the removals that this reconcile withheld.", valueName: "run")) var release:
        String?
    @Option(help: ArgumentHelp("End this reconcile; what it marked stays marked.", valueName: "run")) var cancel:
        String?

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case incremental, sweep, audit

        var mode: Reconcile.Mode {
            switch self {
            case .incremental: .incremental
            case .sweep: .sweep
            case .audit: .audit
            }
        }
    }

    func validate() throws {
        if let since, Timestamp(iso8601: since) == nil {
            throw ValidationError("--since must be a date like 2026-01-31 or a time like 2026-01-31T08:00:00Z")
        }
        if ticket.contains(where: { $0 < 1 }) { throw ValidationError("--ticket must be a ticket's number, from 1 on") }
        if mode != .incremental, since != nil { throw ValidationError("--since goes with incremental only") }
        if [release != nil, cancel != nil, !ticket.isEmpty, dryRun, apply != nil].count(where: { $0 }) > 1 {
            throw ValidationError("--release, --cancel, --ticket, --dry-run and --apply do not go together")
        }
        if plan != nil, !dryRun { throw ValidationError("--plan goes with --dry-run") }
        if apply != nil, since != nil {
            throw ValidationError("--since does not go with --apply: the plan has its own")
        }
        if [rebuild, rollback, discard].count(where: { $0 }) > 1 {
            throw ValidationError("--rebuild, --rollback and --discard do not go together")
        }
        if rebuild || rollback || discard {
            guard mode != .sweep, since == nil, ticket.isEmpty, release == nil, cancel == nil, apply == nil, plan == nil
            else { throw ValidationError("--rebuild, --rollback and --discard go with no comparison") }
            if dryRun, !rebuild { throw ValidationError("--dry-run goes with --rebuild") }
        }
        if !ticket.isEmpty, since != nil { throw ValidationError("--ticket and --since do not go together") }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let company = try await house.company(target.company)
            let serverIsRunning = try house.isServed()
            if let cancel {
                let report = try await house.auditing("reconcile.cancel", company.id, cancel) {
                    try await house.reconcileDesk.cancel(cancel, of: company.id)
                }
                guard let report else { throw Self.unknown(cancel, company) }
                return try show(report)
            }
            if dryRun { return try await showPlan(company, house) }
            if discard {
                let slot = try await house.auditing("index.discard", company.id, company.id.text) {
                    try await house.slotKeeper.discard(company.id)
                }
                return try output.console.result(
                    slot.map { "slot \($0.number) (\($0.makers.embedder)) is removed." }
                        ?? "there is nothing to discard.",
                    json: .object(["discarded": slot.map { .count($0.number) } ?? .null]))
            }
            if let release {
                let count = try await house.auditing("reconcile.release", company.id, release) {
                    try await house.reconcileDesk.release(release, of: company.id)
                }
                guard let count else { throw Self.unknown(release, company) }
                if follow { try await finishMarks(company, house, serverIsRunning) }
                try output.console.result(
                    "\(count) removals released: each is removed once the help desk says that it is gone.",
                    json: .object(["run_id": .string(release), "released": .count(count)]))
            } else if ticket.isEmpty {
                let reconcile =
                    if let apply {
                        try await carryOut(try readPlan(apply, company), company, house)
                    } else { try await reconcile(company, house, serverIsRunning) }
                if follow { try await finishMarks(company, house, serverIsRunning) }
                if !serverIsRunning { await house.book.flush() }
                try show(try await house.reconcileDesk.report(on: reconcile))
                if reconcile.state != .complete { throw ExitCodes.unavailable }
            } else {
                let marks = ticket.map {
                    Mark(
                        Item(company: company.id, platform: company.platform, kind: .ticket, originalID: $0),
                        cause: .admin,
                        urgency: .urgent)
                }
                try await house.auditing("item.mark", company.id, "\(marks.count) tickets") {
                    try await house.ledger.mark(marks, policy: house.markPolicy, now: house.clock.now)
                }
                if follow { try await finishMarks(company, house, serverIsRunning) }
                try output.console.result(
                    "\(marks.count) marked.", json: .object(["marked": .integer(Int64(marks.count))]))
            }
            if !follow, !serverIsRunning, !rebuild, !rollback {
                output.console.note(
                    "note: no server is running on this data; `freshet serve` or --follow does the marked work")
            }
        } catch { throw ExitCodes.explaining(error) }
    }

    private var reconcileMode: Reconcile.Mode { rebuild ? .rebuild : rollback ? .rollback : mode.mode }

    private func reconcile(_ company: Company, _ house: Assembly, _ serverIsRunning: Bool) async throws -> Reconcile {
        let progress = Progress(output.console, title: rebuild ? "Filling" : "Comparing")
        var current = try await resumable(company, house)
        if current == nil {
            let new = Reconcile(
                id: Reconcile.newID(house.random), company: company.id, mode: reconcileMode,
                since: since.flatMap { Timestamp(iso8601: $0) }, requestedAt: house.clock.now)
            try await house.auditing("reconcile.start", company.id, new.id) {
                try await house.reconciles.request(new)
            }
            current = new
        }
        guard var reconcile = current else { preconditionFailure("a reconcile was just requested") }
        let id = reconcile.id
        let outlook = try await house.reconcileDesk.outlook(on: reconcile)
        let show: @Sendable (Reconcile) -> Void = { [progress = Shared(progress)] in
            let left = outlook.remaining(at: $0).map { ", \(Self.span($0)) left" } ?? ""
            progress.value.show(done: $0.seen, of: outlook.expected(at: $0), detail: Self.detail($0) + left)
        }
        while reconcile.state == .waiting || reconcile.state == .running {
            try Task.checkCancellation()
            if !serverIsRunning, let ended = try await house.reconciler().carryOut(id, of: company.id, progress: show) {
                reconcile = ended
                if ended.hasEnded { break }
            }
            // A server has it, or a killed process' lease has not run out yet.
            try await house.clock.sleep(for: .milliseconds(200))
            guard let seen = try await house.reconciles.reconcile(id, of: company.id) else {
                throw StoreError.unknownCompany(company.id)
            }
            reconcile = seen
            show(seen)
        }
        progress.end(done: reconcile.seen, of: nil, detail: Self.detail(reconcile))
        return reconcile
    }

    // MARK: - Plans

    private func showPlan(_ company: Company, _ house: Assembly) async throws {
        if rebuild {
            let made = try await house.rebuilder.plan(for: company, forecast: house.forecast)
            return output.console.say(try Self.text(made))
        }
        if mode == .audit {
            return output.console.say(try Console.encode(try await house.reconcileDesk.auditPlan(of: company.id).json))
        }
        let progress = Shared(Progress(output.console, title: "Planning"))
        let made = try await house.planner.plan(
            ReconcileOrder(mode: mode.mode, since: since.flatMap { Timestamp(iso8601: $0) }), for: company
        ) { progress.value.show(done: $0, of: nil, detail: "") }
        progress.value.end(done: made.seen, of: nil, detail: "\(made.steps.count) to mark")
        let text = try Self.text(made)
        guard let plan else { return output.console.say(text) }
        do {
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: plan))
        } catch {
            throw CommandFailure("cannot write \(plan): \(error.localizedDescription)", code: ExitCodes.noInput)
        }
        let counts = made.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        try output.console.result(
            """
            \(plan): \(counts), unchanged \(made.unchanged)
              API calls \(made.calls.total)\(made.minutes.map { ", about \(Int($0.rounded(.up))) min" } ?? ""), about \(made.tokens) tokens\(Self.money(made))
            """,
            json: .object([
                "plan": .string(plan), "counts": .object(made.counts.mapValues { .count($0) }),
                "api_calls": .count(made.calls.total), "tokens": .count(made.tokens),
                "money": made.money.map { .number($0) } ?? .null,
                "currency": made.currency.map { .string($0) } ?? .null,
                "gated": made.gated.map { .count($0) } ?? .null,
            ]))
    }

    private static func text(_ plan: ReconcilePlan) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(plan), as: UTF8.self)
    }

    /// Nothing where the models are built in.
    private static func money(_ plan: ReconcilePlan) -> String {
        guard let currency = plan.currency else { return "" }
        let price = plan.money.map { "about \(moneyText(Int64(($0 * 1_000_000).rounded()))) \(currency)" }
        let gated = plan.gated.map { $0 > 0 ? "; the gate spares \($0) summaries" : "" } ?? ""
        return ", \(price ?? "of unknown price: set prices.models")\(gated)"
    }

    private func readPlan(_ file: String, _ company: Company) throws -> ReconcilePlan {
        let plan: ReconcilePlan
        do {
            plan = try JSONDecoder().decode(
                ReconcilePlan.self, from: try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch is DecodingError {
            throw CommandFailure("\(file) is not a plan that --dry-run wrote", code: ExitCodes.dataError)
        } catch {
            throw CommandFailure("cannot read \(file): \(error.localizedDescription)", code: ExitCodes.noInput)
        }
        guard plan.company == company.id, plan.platform == company.platform, plan.version == 1 else {
            throw CommandFailure(
                "\(file) is a plan for \(plan.company), not for \(company.id)", code: ExitCodes.dataError)
        }
        return plan
    }

    /// Here, also beside a running server: what it marks is the server's to do.
    private func carryOut(_ plan: ReconcilePlan, _ company: Company, _ house: Assembly) async throws -> Reconcile {
        let id = Reconcile.newID(house.random)
        let progress = Shared(Progress(output.console, title: "Comparing"))
        let ended = try await house.auditing("reconcile.start", company.id, id) {
            try await house.reconciler().carryOut(plan, as: id) {
                progress.value.show(done: $0.seen, of: nil, detail: Self.detail($0))
            }
        }
        guard let ended else {
            throw CommandFailure(
                "another reconcile of \(company.id) is running; try again when it has ended", code: ExitCodes.temporary)
        }
        progress.value.end(done: ended.seen, of: nil, detail: Self.detail(ended))
        return ended
    }

    /// One that was interrupted goes on, unless another beginning is asked for.
    private func resumable(_ company: Company, _ house: Assembly) async throws -> Reconcile? {
        let open = try await house.reconciles.list(of: company.id, limit: 10)
            .first { !$0.hasEnded && $0.mode == reconcileMode }
        guard let open, since == nil || open.since == since.flatMap({ Timestamp(iso8601: $0) }) else { return nil }
        if !output.json { output.console.note("going on with \(open.id), requested \(open.requestedAt)") }
        return open
    }

    private func finishMarks(_ company: Company, _ house: Assembly, _ serverIsRunning: Bool) async throws {
        let progress = Progress(output.console, title: "Indexing")
        let shared = Shared(progress)
        let total = try await house.ledger.backlog(of: company.id)[company.id]?.waiting ?? 0
        let show: @Sendable (Backlog) -> Void = { backlog in
            let all = max(total, backlog.waiting)
            shared.value.show(
                done: all - backlog.waiting, of: all,
                detail: backlog.parked > 0 ? "\(backlog.parked) parked" : "")
        }
        if company.isPaused {
            throw CommandFailure(
                "\(company.id) is paused; `freshet company resume \(company.id)` first", code: ExitCodes.temporary)
        }
        if serverIsRunning {
            while true {
                let backlog = try await house.ledger.backlog(of: company.id)[company.id] ?? Backlog()
                show(backlog)
                if backlog.waiting == 0 { break }
                try await house.clock.sleep(for: .milliseconds(200))
            }
        } else {
            try await house.worker().drain(company.id, progress: show)
            await house.book.flush()
        }
        progress.end(done: total, of: total, detail: "")
    }

    private func show(_ report: ReconcileReport) throws {
        let reconcile = report.reconcile
        var lines = [
            "\(reconcile.id): \(reconcile.state.rawValue)\(reconcile.reason.map { ", " + $0 } ?? "")",
            "  seen \(reconcile.seen), marked \(reconcile.marked), unchanged \(reconcile.unchanged), gone \(reconcile.removed)"
                + ", failed \(reconcile.failed), API calls \(reconcile.apiCalls)",
        ]
        if report.withheldNow > 0 {
            lines.append(
                "  \(report.withheldNow) removals are withheld: `freshet reconcile \(reconcile.company) --release \(reconcile.id)`"
            )
        }
        if let rebuild = reconcile.certificate.rebuild {
            let share = rebuild.overlap.map { "\(Int(($0 * 100).rounded())) % over \(rebuild.queries ?? 0) questions" }
            lines.append(
                "  slot \(rebuild.slot) (\(rebuild.makers.embedder)) in the place of \(rebuild.replaces) "
                    + "(\(rebuild.replaced.embedder)): filled \(rebuild.filled), overlap@10 \(share ?? "not measured")")
        }
        if let alarm = reconcile.alarm, alarm != reconcile.reason { lines.append("  look at this: \(alarm)") }
        if let ratio = report.meter.ratio {
            lines.append("  missed webhooks \(Int((ratio * 100).rounded())) % of \(report.meter.changes) changes")
        }
        try output.console.result(lines.joined(separator: "\n"), json: report.json)
    }

    private static func unknown(_ id: String, _ company: Company) -> CommandFailure {
        CommandFailure(
            "\(company.id) has no reconcile \(id); `freshet status \(company.id)` names the last one",
            code: ExitCodes.dataError)
    }

    private static func span(_ duration: Duration) -> String {
        let seconds = Int(duration.seconds.rounded(.up))
        return seconds < 90 ? "\(seconds) s" : "\((seconds + 59) / 60) min"
    }

    private static func detail(_ reconcile: Reconcile) -> String {
        "\(reconcile.phase.rawValue): \(reconcile.marked) marked, \(reconcile.unchanged) unchanged, \(reconcile.apiCalls) API calls"
    }
}

/// Carries the progress bar into callbacks that come one at a time.
private struct Shared: @unchecked Sendable {
    let value: Progress
    init(_ value: Progress) { self.value = value }
}
