package import FreshetCore
import GRDB

/// The reconciles in SQLite. See `Reconciles` for what it promises.
///
/// Whoever no longer holds a reconcile gets `StoreError.staleFence` and writes nothing. One may be cancelled by anybody:
/// `finish` with the state `.cancelled` ends it where it is, and its holder learns at its next step.
package struct SQLiteReconciles: Reconciles {
    let storage: Storage
    /// Ended ones that a company keeps; older ones go when the next is requested.
    let kept: Int

    package func request(_ reconcile: Reconcile) async throws {
        try await storage.write { session in
            try CompanyRow.require(reconcile.company, in: session)
            try ReconcileRow.insert(reconcile, in: session)
            try ReconcileRow.trim(reconcile.company, kept: kept, in: session)
        }
    }

    package func claim(owner: String, lease: Duration, now: Timestamp) async throws -> Reconcile? {
        // Asked often and mostly in vain: look first without the write lock.
        guard try await storage.read({ session in try ReconcileRow.claimable(now: now, in: session) }) != nil else {
            return nil
        }
        return try await storage.write { session in
            guard let (id, company) = try ReconcileRow.claimable(now: now, in: session) else { return nil }
            return try ReconcileRow.claim(id, of: company, owner: owner, until: now + lease, now: now, in: session)
        }
    }

    /// Also of a paused company: somebody asked for this one.
    package func claim(
        _ id: String, of company: CompanyID, owner: String, lease: Duration, now: Timestamp
    ) async throws -> Reconcile? {
        try await storage.write { session in
            try ReconcileRow.claim(id, of: company, owner: owner, until: now + lease, now: now, in: session)
        }
    }

    package func advance(
        _ reconcile: Reconcile, marking marks: [Mark], policy: MarkPolicy, owner: String, leaseUntil: Timestamp,
        now: Timestamp
    ) async throws {
        precondition(marks.allSatisfy { $0.item.company == reconcile.company }, "a reconcile marks its own company's")
        try await storage.write { session in
            guard try ReconcileRow.advance(reconcile, owner: owner, until: leaseUntil, in: session) else {
                throw StoreError.staleFence
            }
            try MarkRow.raise(marks, policy: policy, now: now, in: session)
        }
    }

    /// A complete one moves the company's cursor to its `nextCursor`, if it has one.
    package func renew(_ id: String, of company: CompanyID, owner: String, until: Timestamp) async throws -> Bool {
        try await storage.write { session in
            try ReconcileRow.renew(id, of: company, owner: owner, until: until, in: session)
        }
    }

    package func finish(_ reconcile: Reconcile, owner: String, now: Timestamp) async throws {
        precondition(
            reconcile.state != .waiting && reconcile.state != .running, "a reconcile ends in a state that is one")
        try await storage.write { session in
            var isEnded = try ReconcileRow.finish(reconcile, owner: owner, now: now, in: session)
            if !isEnded && reconcile.state == .cancelled {
                isEnded = try ReconcileRow.cancel(reconcile, now: now, in: session)
            }
            guard isEnded, try CompanyRow.exists(reconcile.company, in: session) else { throw StoreError.staleFence }
            if reconcile.state == .complete, let cursor = reconcile.nextCursor {
                try ReconcileRow.moveCursor(of: reconcile.company, to: cursor, in: session)
            }
        }
    }

    package func reconcile(_ id: String, of company: CompanyID) async throws -> Reconcile? {
        try await storage.read { session in try ReconcileRow.find(id, of: company, in: session) }
    }

    /// The newest first.
    package func list(of company: CompanyID, limit: Int) async throws -> [Reconcile] {
        try await storage.read { session in try ReconcileRow.list(of: company, limit: limit, in: session) }
    }

    package func cursor(of company: CompanyID) async throws -> Timestamp? {
        try await storage.read { session in try ReconcileRow.cursor(of: company, in: session) }
    }
}
