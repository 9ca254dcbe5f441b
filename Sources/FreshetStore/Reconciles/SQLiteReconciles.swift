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
    /// Rows that go in one transaction when many do.
    let batch: Int

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
        _ reconcile: Reconcile, finding findings: Findings, policy: MarkPolicy, owner: String, leaseUntil: Timestamp,
        now: Timestamp
    ) async throws {
        let named = findings.marked.map(\.mark.item) + findings.removals.map(\.item)
        precondition(
            named.allSatisfy { $0.company == reconcile.company }, "a reconcile marks its own company's items")
        try await storage.write { session in
            guard try ReconcileRow.advance(reconcile, owner: owner, until: leaseUntil, in: session) else {
                throw StoreError.staleFence
            }
            try MarkRow.raise(findings.marked.map(\.mark), policy: policy, now: now, in: session)
            for marked in findings.marked {
                try SweepRow.noteMark(marked.mark.item, by: reconcile.id, listedAt: marked.listedAt, in: session)
            }
            let sweep = reconcile.mode == .sweep ? reconcile.id : nil
            for item in findings.present { try SweepRow.see(item, isPresent: true, sweep: sweep, in: session) }
            for item in findings.inTrash { try SweepRow.see(item, isPresent: false, sweep: sweep, in: session) }
            for removal in findings.removals { try SweepRow.propose(removal, by: reconcile.id, in: session) }
        }
    }

    package func renew(_ id: String, of company: CompanyID, owner: String, until: Timestamp) async throws -> Bool {
        try await storage.write { session in
            try ReconcileRow.renew(id, of: company, owner: owner, until: until, in: session)
        }
    }

    /// A complete one moves the company's progress: the cursor to its `nextCursor`, if it has one.
    package func finish(_ reconcile: Reconcile, owner: String, now: Timestamp) async throws {
        precondition(
            reconcile.state != .waiting && reconcile.state != .running, "a reconcile ends in a state that is one")
        try await storage.write { session in
            var isEnded = try ReconcileRow.finish(reconcile, owner: owner, now: now, in: session)
            if !isEnded && reconcile.state == .cancelled {
                isEnded = try ReconcileRow.cancel(reconcile, now: now, in: session)
            }
            guard isEnded, try CompanyRow.exists(reconcile.company, in: session) else { throw StoreError.staleFence }
            try SweepRow.dropProposals(of: reconcile, in: session)
            if reconcile.state == .complete, let cursor = reconcile.nextCursor {
                try ReconcileRow.move(
                    ReconcileProgress(cursor: cursor, sweptAt: now, judgedTo: reconcile.certificate.judgedTo ?? .epoch),
                    of: reconcile.company, isSweep: reconcile.mode == .sweep, in: session)
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

    package func latestComparison(of company: CompanyID) async throws -> Reconcile? {
        try await storage.read { session in try ReconcileRow.latestComparison(of: company, in: session) }
    }

    package func progress(of company: CompanyID) async throws -> ReconcileProgress? {
        try await storage.read { session in try ReconcileRow.progress(of: company, in: session) }
    }

    // MARK: - Removals

    package func absent(
        from reconcile: Reconcile, kinds: Set<ItemKind>, after item: Item?, limit: Int
    ) async throws -> [AbsentItem] {
        try await storage.readLedger { session in
            try SweepRow.absent(from: reconcile, kinds: kinds, after: item, limit: limit, in: session)
        }
    }

    package func judge(
        _ reconcile: Reconcile, cap: Int, policy: MarkPolicy, owner: String, leaseUntil: Timestamp, now: Timestamp
    ) async throws -> (reconcile: Reconcile, isDone: Bool) {
        try await storage.write { session in
            var judged = reconcile
            let proposed = try SweepRow.proposals(of: reconcile, in: session)
            // Below the cap it stays below: every batch that is marked makes the rest smaller.
            let withholds = proposed > cap
            var isDone = true
            if withholds {
                try SweepRow.hold(reconcile, in: session)
                judged.withheld += proposed
            } else {
                let items = try SweepRow.take(
                    of: reconcile.id, reconcile.company, held: false, limit: batch, in: session)
                try MarkRow.raise(
                    items.map { Mark($0, cause: .reconcile, urgency: .backfill) }, policy: policy, now: now, in: session
                )
                for item in items { try SweepRow.noteMark(item, by: reconcile.id, listedAt: nil, in: session) }
                isDone = items.count < batch
            }
            guard try ReconcileRow.advance(judged, owner: owner, until: leaseUntil, in: session) else {
                throw StoreError.staleFence
            }
            return (judged, isDone)
        }
    }

    package func withheld(of company: CompanyID) async throws -> [String: Int] {
        try await storage.read { session in try SweepRow.withheld(of: company, in: session) }
    }

    /// In transactions of bounded size: one that was cut short goes on when it is called again.
    package func release(_ id: String, of company: CompanyID, policy: MarkPolicy, now: Timestamp) async throws -> Int {
        var count = 0
        while true {
            let items = try await storage.write { session in
                let items = try SweepRow.take(of: id, company, held: true, limit: batch, in: session)
                try MarkRow.raise(
                    items.map { Mark($0, cause: .admin, urgency: .backfill) }, policy: policy, now: now, in: session)
                return items.count
            }
            count += items
            if items < batch { return count }
        }
    }

    // MARK: - Certificate and meter

    package func settlements(of reconcile: Reconcile) async throws -> [Settlement] {
        try await storage.readLedger { session in
            var found: [Settlement] = []
            var start = Timestamp.epoch
            for window in reconcile.certificate.windows {
                var settlement = try SweepRow.settlement(of: reconcile, between: (start, window.to), in: session)
                settlement.taken = max(0, window.marked - settlement.total)
                found.append(settlement)
                start = window.to + .milliseconds(1)
            }
            found.append(try SweepRow.settlement(of: reconcile, between: nil, in: session))
            return found
        }
    }

    package func announcements(of items: [Item]) async throws -> [Item: Timestamp] {
        try await storage.readLedger { session in
            var found: [Item: Timestamp] = [:]
            for item in items { found[item] = try SweepRow.announcedAt(item, in: session) }
            return found
        }
    }

    package func meter(of company: CompanyID) async throws -> MissedWebhooks {
        try await storage.read { session in try ReconcileRow.meter(of: company, over: Self.metered, in: session) }
    }

    /// Reconciles with changes that the meter looks back over.
    private static let metered = 20
}
