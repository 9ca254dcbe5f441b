package import FreshetCore
package import Logging

/// Finds what webhooks missed, by comparing the help desk's listings with what the last runs saw.
///
/// It marks and never removes: what a listing calls deleted or spam, and what a sweep did not see, gets a run, and only
/// that run's own answer by id removes a point. An absence proves nothing. Removals are proposed page by page and judged
/// together at the end: more than the cap wait for a person. Its position is stored with the marks of every page, so a
/// killed reconcile goes on where it was.
package struct Reconciler: Sendable {
    let helpDesks: any HelpDesks
    let documents: any Documents
    let reconciles: any Reconciles
    let auditor: Auditor
    let rebuilder: Rebuilder
    let configuration: Configuration
    let clock: any WallClock
    let owner: String
    private let metrics: ReconcileMetrics
    let marked: @Sendable () -> Void
    private let logger: Logger

    package struct Configuration: Sendable, Equatable {
        /// How far behind its cursor a listing begins, for clocks that differ and changes that settle late.
        package var overlap: Duration
        package var lease: Duration
        package var marks: MarkPolicy
        package var cap: RemovalCap
        package var meter: MeterPolicy

        package init(
            overlap: Duration = .seconds(600), lease: Duration = .seconds(30), marks: MarkPolicy = MarkPolicy(),
            cap: RemovalCap = RemovalCap(), meter: MeterPolicy = MeterPolicy()
        ) {
            self.overlap = overlap
            self.lease = lease
            self.marks = marks
            self.cap = cap
            self.meter = meter
        }
    }

    /// - Parameter marked: called after every page that marked something, to wake the worker.
    package init(
        helpDesks: any HelpDesks, documents: any Documents, reconciles: any Reconciles, auditor: Auditor,
        rebuilder: Rebuilder, configuration: Configuration, clock: any WallClock, random: any RandomSource,
        metrics: ReconcileMetrics,
        marked: @escaping @Sendable () -> Void, logger: Logger
    ) {
        self.helpDesks = helpDesks
        self.documents = documents
        self.reconciles = reconciles
        self.auditor = auditor
        self.rebuilder = rebuilder
        self.configuration = configuration
        self.clock = clock
        self.owner = "reconciler-" + String(random.next(), radix: 16)
        self.metrics = metrics
        self.marked = marked
        self.logger = logger
    }

    /// Takes a waiting or abandoned reconcile, if there is one, and carries it out. `nil` when there was none.
    package func carryOutNext() async throws -> Reconcile? {
        guard let claimed = try await reconciles.claim(owner: owner, lease: configuration.lease, now: clock.now) else {
            return nil
        }
        return try await carryOut(claimed) { _ in }
    }

    /// Carries out what a dry run found, as an incremental reconcile that lists from where that ended. `nil` when another
    /// one of the company is running.
    ///
    /// The plan's steps are marked first, so a crash afterwards loses none of them. One before leaves the plan to be
    /// applied again, which repeats nothing that is done or due.
    package func carryOut(
        _ plan: ReconcilePlan, as id: String, progress: @Sendable (Reconcile) -> Void
    ) async throws -> Reconcile? {
        try await reconciles.request(
            Reconcile(
                id: id, company: plan.company, mode: .incremental, since: plan.listedTo, requestedAt: clock.now))
        let claimed = try await reconciles.claim(
            id, of: plan.company, owner: owner, lease: configuration.lease, now: clock.now)
        guard let claimed else {
            var dropped = Reconcile(
                id: id, company: plan.company, mode: .incremental, since: plan.listedTo, state: .cancelled,
                reason: "another reconcile was running", requestedAt: clock.now)
            dropped.endedAt = clock.now
            try await reconciles.finish(dropped, owner: owner, now: clock.now)
            return nil
        }
        return try await carryOut(claimed, applying: plan, progress: progress)
    }

    /// Takes that very reconcile; `nil` when somebody else runs it or it has ended.
    package func carryOut(
        _ id: String, of company: CompanyID, progress: @Sendable (Reconcile) -> Void
    ) async throws -> Reconcile? {
        guard
            let claimed = try await reconciles.claim(
                id, of: company, owner: owner, lease: configuration.lease, now: clock.now)
        else { return nil }
        return try await carryOut(claimed, progress: progress)
    }

    private func carryOut(
        _ claimed: Reconcile, applying plan: ReconcilePlan? = nil, progress: @Sendable (Reconcile) -> Void
    ) async throws -> Reconcile {
        var reconcile = claimed
        let before = try await reconciles.meter(of: reconcile.company)
        do {
            let standing = try await reconciles.progress(of: reconcile.company)
            let comparison = Comparison(standing, since: reconcile.since, mode: reconcile.mode, configuration)
            setOut(&reconcile, standing)
            let planned = try await markSteps(of: plan, &reconcile)
            while reconcile.phase != .done {
                switch reconcile.phase {
                case .changed: try await listPage(.changed(since: comparison.since), planned, &reconcile)
                case .deleted: try await listPage(.deleted, planned, &reconcile)
                case .spam: try await listPage(.spam, planned, &reconcile)
                case .articles
                where ArticleSweep.isDue(
                    in: reconcile.mode, since: reconcile.since, isFirst: standing == nil):
                    try await listArticles(&reconcile)
                case .articles: reconcile.enterNextPhase()
                case .absent: try await goThroughAbsent(&reconcile)
                case .judgement: try await judge(&reconcile)
                case .documents: try await auditRecords(&reconcile, repairs: false)
                case .points: try await auditPoints(&reconcile, repairs: false)
                case .documentRepairs where reconcile.wantsRecordsRepaired:
                    try await auditRecords(&reconcile, repairs: true)
                case .pointRepairs where reconcile.wantsPointsRepaired:
                    try await auditPoints(&reconcile, repairs: true)
                case .documentRepairs, .pointRepairs: reconcile.enterNextPhase()
                case .filling: try await fillPage(&reconcile)
                case .catchingUp: try await catchUp(&reconcile)
                case .comparison: try await compare(&reconcile)
                case .switching: try await changeOver(&reconcile)
                case .adoption: try await adoptPage(&reconcile)
                case .done: break
                }
                progress(reconcile)
            }
            reconcile.state = .complete
        } catch let error as UpstreamError {
            fail(&reconcile, error.description)
        } catch let error as ListingRefused {
            fail(&reconcile, error.description)
        } catch let error as Rebuilder.Refusal {
            fail(&reconcile, error.description)
        } catch StoreError.staleFence {
            // Cancelled, or somebody else's since our lease ran out: what stands now is not ours to write.
            guard let present = try await reconciles.reconcile(reconcile.id, of: reconcile.company) else {
                throw StoreError.staleFence
            }
            progress(present)
            return present
        }
        if reconcile.alarm == nil {
            reconcile.alarm = reconcile.certificate.complaint ?? reconcile.certificate.audit?.complaint
        }
        reconcile.endedAt = clock.now
        try await reconciles.finish(reconcile, owner: owner, now: clock.now)
        try await report(reconcile, meterBefore: before)
        progress(reconcile)
        return reconcile
    }

    /// What was marked stays marked; the next reconcile begins at the old cursor, so nothing is skipped. Removals that
    /// were proposed are forgotten.
    private func fail(_ reconcile: inout Reconcile, _ reason: String) {
        reconcile.state = .failed
        reconcile.failed += 1
        reconcile.reason = reason
        reconcile.alarm = reason
    }

    private func setOut(_ reconcile: inout Reconcile, _ standing: ReconcileProgress?) {
        guard reconcile.certificate.judgedTo == nil, let startedAt = reconcile.startedAt else { return }
        reconcile.certificate.judgedTo = startedAt - configuration.meter.grace
        if reconcile.mode == .incremental, reconcile.since == nil {
            reconcile.certificate.judgedFrom = standing?.judgedTo
        }
    }

    /// One alarm a reconcile, however much was wrong.
    private func report(_ reconcile: Reconcile, meterBefore: MissedWebhooks) async throws {
        if let alarm = reconcile.alarm {
            metrics.alarmed(reconcile.company)
            logger.error(
                "reconcile needs a person",
                metadata: ["company": "\(reconcile.company)", "run": "\(reconcile.id)", "reason": "\(alarm)"])
        }
        let meter = try await reconciles.meter(of: reconcile.company)
        metrics.metered(meter, of: reconcile.company)
        if configuration.meter.isAlarming(meter), !configuration.meter.isAlarming(meterBefore) {
            logger.error(
                "changes come without webhooks; reconciling more often until that ends",
                metadata: [
                    "company": "\(reconcile.company)", "changes": "\(meter.changes)", "missed": "\(meter.missed)",
                ])
        }
    }

    // MARK: - Steps

    func advance(_ reconcile: Reconcile, _ findings: Findings) async throws {
        let now = clock.now
        try await reconciles.advance(
            reconcile, finding: findings, policy: configuration.marks, owner: owner,
            leaseUntil: now + configuration.lease, now: now)
        if !findings.marked.isEmpty { marked() }
    }

    /// Keeps the lease while `work` waits for its turn at the help desk or a model, which may take minutes; stops it when the lease
    /// is lost.
    func holding<Value: Sendable>(
        _ reconcile: Reconcile, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // A value of its own tells the lost lease from whatever the work found.
        try await withThrowingTaskGroup(of: Held<Value>.self) { group in
            group.addTask { .done(try await work()) }
            group.addTask {
                while true {
                    try await clock.sleep(for: configuration.lease / 3)
                    let until = clock.now + configuration.lease
                    guard
                        try await reconciles.renew(reconcile.id, of: reconcile.company, owner: owner, until: until)
                    else { return .lost }
                }
            }
            defer { group.cancelAll() }
            guard case .done(let value)? = try await group.next() else { throw StoreError.staleFence }
            return value
        }
    }

    private enum Held<Value: Sendable>: Sendable {
        case done(Value)
        case lost
    }

    static let absentPage = 500
}

/// Where a reconcile begins to list.
struct Comparison {
    var since: Timestamp

    init(
        _ standing: ReconcileProgress?, since asked: Timestamp?, mode: Reconcile.Mode,
        _ configuration: Reconciler.Configuration
    ) {
        switch (asked, mode, standing) {
        case (let asked?, .incremental, _): since = asked
        case (nil, .incremental, let standing?):
            // Whatever the meter has not judged yet must be listed, too.
            since = max(.epoch, min(standing.cursor - configuration.overlap, standing.judgedTo))
        default: since = .epoch
        }
    }
}
