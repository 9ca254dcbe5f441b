import ArgumentParser
import FreshetCore
import FreshetEngine

/// Brings a company's index to the state of its help desk: the first backfill, and whatever webhooks missed.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compares a company's help desk with what is known and marks what differs.",
        discussion: """
            Lists everything changed since the last reconcile (the first one: everything), the trash and the spam. \
            With a server running on the same data, the server does the work and this shows its progress; otherwise \
            it happens here. Interrupted, it goes on where it was when called again. With --follow it waits until \
            what it marked is fetched and searchable.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: CompanyArgument
    @Option(help: "How to compare. incremental: by time of change.") var mode: Mode = .incremental
    @Option(help: "Begin here instead of at the last reconcile: 2026-01-31 or 2026-01-31T08:00:00Z.") var since: String?
    @Option(help: ArgumentHelp("Only mark these tickets; may be repeated.", valueName: "id")) var ticket: [Int64] = []
    @Flag(help: "Wait until everything marked is done.") var follow = false

    enum Mode: String, ExpressibleByArgument, CaseIterable { case incremental }

    func validate() throws {
        if let since, Timestamp(iso8601: since) == nil {
            throw ValidationError("--since must be a date like 2026-01-31 or a time like 2026-01-31T08:00:00Z")
        }
        if ticket.contains(where: { $0 < 1 }) { throw ValidationError("--ticket must be a ticket's number, from 1 on") }
        if !ticket.isEmpty, since != nil { throw ValidationError("--ticket and --since do not go together") }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let company = try await house.company(target.company)
            let serverIsRunning = try house.isServed()
            if ticket.isEmpty {
                let reconcile = try await reconcile(company, house, serverIsRunning)
                if follow { try await finishMarks(company, house, serverIsRunning) }
                try show(reconcile)
                if reconcile.state != .complete { throw ExitCodes.unavailable }
            } else {
                let marks = ticket.map {
                    Mark(
                        Item(company: company.id, platform: company.platform, kind: .ticket, originalID: $0),
                        cause: .admin,
                        urgency: .urgent)
                }
                try await house.ledger.mark(marks, policy: house.markPolicy, now: house.clock.now)
                if follow { try await finishMarks(company, house, serverIsRunning) }
                try output.console.result(
                    "\(marks.count) marked.", json: .object(["marked": .integer(Int64(marks.count))]))
            }
            if !follow, !serverIsRunning {
                output.console.note(
                    "note: no server is running on this data; `freshet serve` or --follow does the marked work")
            }
        } catch { throw ExitCodes.explaining(error) }
    }

    private func reconcile(_ company: Company, _ house: Assembly, _ serverIsRunning: Bool) async throws -> Reconcile {
        let progress = Progress(output.console, title: "Comparing")
        var current = try await resumable(company, house)
        if current == nil {
            let new = Reconcile(
                id: Reconcile.newID(house.random), company: company.id, mode: .incremental,
                since: since.flatMap { Timestamp(iso8601: $0) }, requestedAt: house.clock.now)
            try await house.reconciles.request(new)
            current = new
        }
        guard var reconcile = current else { preconditionFailure("a reconcile was just requested") }
        let id = reconcile.id
        let show: @Sendable (Reconcile) -> Void = { [progress = Shared(progress)] in
            progress.value.show(done: $0.seen, of: nil, detail: Self.detail($0))
        }
        while reconcile.state == .waiting || reconcile.state == .running {
            try Task.checkCancellation()
            if !serverIsRunning, let ended = try await house.reconciler().carryOut(id, of: company.id, progress: show) {
                reconcile = ended
                break
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

    /// One that was interrupted goes on, unless another beginning is asked for.
    private func resumable(_ company: Company, _ house: Assembly) async throws -> Reconcile? {
        let open = try await house.reconciles.list(of: company.id, limit: 10)
            .first { $0.state == .waiting || $0.state == .running }
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
        }
        progress.end(done: total, of: total, detail: "")
    }

    private func show(_ reconcile: Reconcile) throws {
        let count = { (value: Int) -> JSONValue in .integer(Int64(value)) }
        try output.console.result(
            """
            \(reconcile.id): \(reconcile.state.rawValue)\(reconcile.reason.map { ", " + $0 } ?? "")
              seen \(reconcile.seen), marked \(reconcile.marked), unchanged \(reconcile.unchanged), in trash or spam \(reconcile.removed), \
            failed \(reconcile.failed), API calls \(reconcile.apiCalls)
            """,
            json: .object([
                "run_id": .string(reconcile.id), "mode": .string(reconcile.mode.rawValue),
                "state": .string(reconcile.state.rawValue), "seen": count(reconcile.seen),
                "marked": count(reconcile.marked),
                "unchanged": count(reconcile.unchanged), "removed": count(reconcile.removed),
                "failed": count(reconcile.failed), "api_calls": count(reconcile.apiCalls),
                "reason": reconcile.reason.map { .string($0) } ?? .null,
            ]))
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
