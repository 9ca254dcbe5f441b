package import FreshetCore

/// Takes orders for reconciles and reports on them.
package struct ReconcileDesk: Reconciling {
    private let companies: any Companies
    private let ledger: any Ledger
    private let reconciles: any Reconciles
    private let documents: any Documents
    private let helpDesks: any HelpDesks
    private let planner: Planner
    private let auditor: Auditor
    private let rebuilder: Rebuilder
    private let forecast: CostForecast
    private let marks: MarkPolicy
    private let clock: any WallClock
    private let random: any RandomSource
    private let marked: @Sendable () -> Void

    /// - Parameter marked: called after a release, to wake the worker.
    package init(
        companies: any Companies, ledger: any Ledger, reconciles: any Reconciles, documents: any Documents,
        helpDesks: any HelpDesks, planner: Planner, auditor: Auditor,
        rebuilder: Rebuilder, forecast: CostForecast, marks: MarkPolicy, clock: any WallClock,
        random: any RandomSource, marked: @escaping @Sendable () -> Void
    ) {
        self.companies = companies
        self.ledger = ledger
        self.planner = planner
        self.auditor = auditor
        self.rebuilder = rebuilder
        self.forecast = forecast
        self.reconciles = reconciles
        self.documents = documents
        self.helpDesks = helpDesks
        self.marks = marks
        self.clock = clock
        self.random = random
        self.marked = marked
    }

    package func start(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcileReport {
        let reconcile = Reconcile(
            id: Reconcile.newID(random), company: company, mode: order.mode, since: order.since,
            requestedAt: clock.now)
        try await reconciles.request(reconcile)
        return try await report(on: reconcile)
    }

    package func report(on id: String, of company: CompanyID) async throws -> ReconcileReport? {
        guard let reconcile = try await reconciles.reconcile(id, of: company) else { return nil }
        return try await report(on: reconcile)
    }

    package func cancel(_ id: String, of company: CompanyID) async throws -> ReconcileReport? {
        guard var reconcile = try await reconciles.reconcile(id, of: company) else { return nil }
        if !reconcile.hasEnded {
            reconcile.state = .cancelled
            reconcile.reason = "cancelled by a person"
            do {
                try await reconciles.finish(reconcile, owner: "", now: clock.now)
            } catch StoreError.staleFence {
                // It ended by itself in the meantime.
            }
        }
        return try await report(on: id, of: company)
    }

    package func release(_ id: String, of company: CompanyID) async throws -> Int? {
        // An old reconcile may be gone from the record while what it withheld still waits.
        let isWaiting = try await reconciles.withheld(of: company)[id] != nil
        if !isWaiting, try await reconciles.reconcile(id, of: company) == nil { return nil }
        let count = try await reconciles.release(id, of: company, policy: marks, now: clock.now)
        if count > 0 { marked() }
        return count
    }

    package func plan(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcilePlan {
        let company = try await known(company)
        if order.mode == .rebuild { return try await rebuilder.plan(for: company, forecast: forecast) }
        return try await planner.plan(order, for: company)
    }

    package func auditPlan(of company: CompanyID) async throws -> AuditCounts {
        _ = try await known(company)
        return try await auditor.verdicts(on: company)
    }

    package func mark(_ tickets: [Int64], of company: CompanyID) async throws -> Int {
        let platform = try await known(company).platform
        let items = Set(tickets).sorted().map {
            Item(company: company, platform: platform, kind: .ticket, originalID: $0)
        }
        try await ledger.mark(
            items.map { Mark($0, cause: .admin, urgency: .urgent) }, policy: marks, now: clock.now)
        marked()
        return items.count
    }

    package func explain(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> ItemExplanation? {
        guard let item = try await item(kind, id, of: company), let entry = try await ledger.entry(item) else {
            return nil
        }
        return ItemExplanation(
            entry: entry, record: try await documents.record(of: item),
            decisions: try await ledger.decisions(about: item, limit: Self.decisionsShown))
    }

    package func retry(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> Bool {
        guard let item = try await item(kind, id, of: company) else { return false }
        let isMarked = try await ledger.retry(item, now: clock.now)
        if isMarked { marked() }
        return isMarked
    }

    private func known(_ company: CompanyID) async throws -> Company {
        guard let found = try await companies.company(company) else { throw StoreError.unknownCompany(company) }
        return found
    }

    private func item(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> Item? {
        guard let platform = try await companies.company(company)?.platform else { return nil }
        return Item(company: company, platform: platform, kind: kind, originalID: id)
    }

    private static let decisionsShown = 20

    package func report(on reconcile: Reconcile) async throws -> ReconcileReport {
        let company = reconcile.company
        var report = ReconcileReport(
            reconcile: reconcile, settlements: try await reconciles.settlements(of: reconcile),
            withheldNow: try await reconciles.withheld(of: company)[reconcile.id] ?? 0,
            meter: try await reconciles.meter(of: company))
        guard !reconcile.hasEnded else { return report }
        let outlook = try await outlook(on: reconcile)
        report.expected = outlook.expected(at: reconcile)
        report.remaining = outlook.remaining(at: reconcile)
        return report
    }

    /// How long a sweep's listings will be and how fast they may be read. Of other reconciles nobody knows beforehand.
    package func outlook(on reconcile: Reconcile) async throws -> Outlook {
        guard reconcile.mode == .sweep || reconcile.mode == .rebuild else { return Outlook() }
        let counts = try await documents.counts(of: reconcile.company)
        if reconcile.mode == .rebuild { return Outlook(rows: counts[.indexed]) }
        let rows = (counts[.indexed] ?? 0) + (counts[.excluded] ?? 0)
        return Outlook(
            rows: rows > 0 ? rows : nil,
            callsPerMinute: try await helpDesks.helpDesk(of: reconcile.company).callsPerMinute)
    }

    package struct Outlook: Sendable, Equatable {
        package var rows: Int?
        package var callsPerMinute: Int?

        package func expected(at reconcile: Reconcile) -> Int? { rows.map { max($0, reconcile.seen) } }

        /// At a call for a hundred rows.
        package func remaining(at reconcile: Reconcile) -> Duration? {
            guard let rows, let callsPerMinute, callsPerMinute > 0 else { return nil }
            return .milliseconds(Int64((max(0, rows - reconcile.seen) + 99) / 100) * 60_000 / Int64(callsPerMinute))
        }
    }
}
