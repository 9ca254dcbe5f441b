/// What people ask of the reconciler, whichever door they come through.
package protocol Reconciling: Sendable {
    /// Stores the order; a running service takes it up. Throws `StoreError.unknownCompany`.
    func start(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcileReport
    /// `nil` when the company has no such reconcile.
    func report(on id: String, of company: CompanyID) async throws -> ReconcileReport?
    /// Ends it where it is; what it marked stays marked. One that has ended stays as it is.
    func cancel(_ id: String, of company: CompanyID) async throws -> ReconcileReport?
    /// Marks what it withheld, so that runs prove and remove. `nil` when the company has no such reconcile.
    func release(_ id: String, of company: CompanyID) async throws -> Int?
    /// What the order would do. Writes nothing; takes as long as its listings.
    func plan(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcilePlan
    /// What an audit would find. Writes nothing.
    func auditPlan(of company: CompanyID) async throws -> AuditCounts
    /// Marks these tickets, due at once; how many.
    func mark(_ tickets: [Int64], of company: CompanyID) async throws -> Int
    /// `nil` when the item was never marked.
    func explain(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> ItemExplanation?
    /// A person's retry: attempts begin anew. `false` when the item was never marked.
    func retry(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> Bool
}

/// Which reconcile somebody wants.
package struct ReconcileOrder: Sendable, Equatable {
    package var mode: Reconcile.Mode
    /// Incremental only: list from here on.
    package var since: Timestamp?
    /// Mark exactly these instead of listing; empty for all.
    package var tickets: [Int64]

    package init(mode: Reconcile.Mode, since: Timestamp? = nil, tickets: [Int64] = []) {
        self.mode = mode
        self.since = since
        self.tickets = tickets
    }
}
