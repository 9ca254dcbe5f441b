package import FreshetCore
package import Logging
import ServiceLifecycle

/// Keeps growth bounded and the gauges honest: counts the backlog again and again, writes down how fresh the index is,
/// prunes what is old every few minutes.
package struct Housekeeping: Service {
    private let ledger: any Ledger
    private let companies: any Companies
    private let freshness: any FreshnessRecords
    private let health: Health
    private let accounts: Accounts?
    private let access: Access?
    private let memories: Memories?
    private let backlog: BacklogGauge
    private let retention: Retention
    private let interval: Duration
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let logger: Logger

    package struct Retention: Sendable, Equatable {
        package var deliveries: Duration
        package var decisions: Duration
        package var decisionsPerItem: Int
        package var usage: Duration
        package var audit: Duration
        /// Of each company, and of what belongs to none.
        package var auditActs: Int
        /// Of recommendations that nobody has judged; the oldest beyond so many go sooner.
        package var recommendations: Duration
        package var recommendationsPerCompany: Int
        /// Of feedback, with the recommendations that it is about.
        package var feedback: Duration

        package init(
            deliveries: Duration = .seconds(7 * 86_400), decisions: Duration = .seconds(90 * 86_400),
            decisionsPerItem: Int = 50, usage: Duration = .seconds(800 * 86_400),
            audit: Duration = .seconds(400 * 86_400), auditActs: Int = 100_000,
            recommendations: Duration = .seconds(30 * 86_400), recommendationsPerCompany: Int = 100_000,
            feedback: Duration = .seconds(400 * 86_400)
        ) {
            self.recommendations = recommendations
            self.recommendationsPerCompany = recommendationsPerCompany
            self.feedback = feedback
            self.deliveries = deliveries
            self.decisions = decisions
            self.decisionsPerItem = decisionsPerItem
            self.usage = usage
            self.audit = audit
            self.auditActs = auditActs
        }
    }

    /// What is kept about the cost of models.
    package struct Accounts: Sendable {
        package var records: any UsageRecords
        package var book: UsageBook
        package var keeper: BudgetKeeper
        /// Called when items need not wait for their budget any longer, to wake the worker.
        package var resumed: @Sendable () -> Void

        package init(
            records: any UsageRecords, book: UsageBook, keeper: BudgetKeeper, resumed: @escaping @Sendable () -> Void
        ) {
            self.records = records
            self.book = book
            self.keeper = keeper
            self.resumed = resumed
        }
    }

    /// What is kept about who asks and who does what.
    package struct Access: Sendable {
        package var desk: AccessDesk
        package var trail: any AuditTrail

        package init(desk: AccessDesk, trail: any AuditTrail) {
            self.desk = desk
            self.trail = trail
        }
    }

    /// What is kept of answers to agents.
    package struct Memories: Sendable {
        package var recommendations: any RecommendationRecords
        package var feedback: any FeedbackRecords

        package init(recommendations: any RecommendationRecords, feedback: any FeedbackRecords) {
            self.recommendations = recommendations
            self.feedback = feedback
        }
    }

    /// - Parameter interval: between two counts of the backlog.
    package init(
        ledger: any Ledger, companies: any Companies, freshness: any FreshnessRecords, health: Health,
        accounts: Accounts? = nil, access: Access? = nil, memories: Memories? = nil, backlog: BacklogGauge,
        retention: Retention,
        interval: Duration = .seconds(1),
        clock: any WallClock, metrics: RiverMetrics, logger: Logger
    ) {
        self.ledger = ledger
        self.companies = companies
        self.freshness = freshness
        self.health = health
        self.accounts = accounts
        self.access = access
        self.memories = memories
        self.backlog = backlog
        self.retention = retention
        self.interval = interval
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextPruning = clock.now + .seconds(60)
            var notes = FreshnessNotes()
            var nextLook = clock.now
            while !Task.isCancelled {
                do {
                    let now = clock.now
                    let revision = try await companies.revision()
                    if notes.revision != revision {
                        metrics.freshness.watch(try await companies.all())
                        notes.revision = revision
                    }
                    let backlogs = try await ledger.backlog(of: nil)
                    backlog.update(backlogs.values.reduce(0) { $0 + $1.waiting })
                    metrics.observed(backlogs, at: now)
                    try await writeDown(&notes, now)
                    if now >= nextLook {
                        nextLook = now + .seconds(5)
                        await accounts?.book.flush()
                        try await access?.desk.writeDown()
                        try await resume(backlogs, now)
                    }
                    if now >= nextPruning {
                        nextPruning = now + .seconds(300)
                        var rows = try await ledger.prune(
                            deliveriesBefore: now - retention.deliveries, decisionsBefore: now - retention.decisions,
                            decisionsPerItem: retention.decisionsPerItem)
                        rows += try await pruneUsage(now)
                        rows += try await pruneAudit(now)
                        rows += try await pruneMemories(now)
                        if rows > 0 { logger.info("pruned", metadata: ["rows": "\(rows)"]) }
                    }
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("housekeeping broke off", metadata: ["error": "\(error)"])
                }
                do { try await clock.sleep(for: interval) } catch { break }
            }
        }
        await accounts?.book.flush()
        do { try await access?.desk.writeDown() } catch {
            logger.warning("when tokens were last used is not written down", metadata: ["error": "\(error)"])
        }
    }

    /// What waits for a budget goes on when there is some: the cap was raised, or its window has turned.
    private func resume(_ backlogs: [CompanyID: Backlog], _ now: Timestamp) async throws {
        guard let accounts else { return }
        for (company, backlog) in backlogs where backlog.deferred > 0 {
            guard try await accounts.keeper.obstacle(to: .high, for: company) == nil else { continue }
            let all = try await accounts.keeper.obstacle(to: .low, for: company) == nil
            let count = try await ledger.resume(company, all: all, now: now)
            guard count > 0 else { continue }
            logger.info("paid work goes on", metadata: ["company": "\(company)", "items": "\(count)"])
            accounts.resumed()
        }
    }

    private func pruneUsage(_ now: Timestamp) async throws -> Int {
        guard let accounts else { return 0 }
        var rows = 0
        for company in try await companies.all() {
            rows += try await accounts.records.prune(company.id, before: UTCDay(now - retention.usage))
        }
        return rows
    }

    private func pruneAudit(_ now: Timestamp) async throws -> Int {
        guard let trail = access?.trail else { return 0 }
        var rows = 0
        for company in try await companies.all().map(\.id) + [nil] {
            rows += try await trail.prune(
                company, before: now - retention.audit, keeping: retention.auditActs)
        }
        return rows
    }

    private func pruneMemories(_ now: Timestamp) async throws -> Int {
        guard let memories else { return 0 }
        var rows = 0
        for company in try await companies.all() {
            rows += try await memories.feedback.prune(company.id, before: now - retention.feedback)
            rows += try await memories.recommendations.prune(
                company.id, before: now - retention.recommendations, judgedBefore: now - retention.feedback,
                keeping: retention.recommendationsPerCompany)
        }
        return rows
    }

    /// What was written down last.
    private struct FreshnessNotes {
        var revision: Int64?
        var figures: [CompanyID: CompanyFreshness] = [:]
        var next = Timestamp.epoch
    }

    /// Every few seconds, the companies whose figures have changed. Also when nothing has, while webhooks cannot be
    /// stored: the first write that succeeds says that they can be again, and with nobody sending none else would come.
    private func writeDown(_ notes: inout FreshnessNotes, _ now: Timestamp) async throws {
        let isProbe = health.intakeIsFailing
        guard now >= notes.next || isProbe else { return }
        notes.next = now + .seconds(5)
        let figures = metrics.freshness.figures(at: now)
        let known = notes.figures
        let changed = figures.filter { company, figures in
            known[company]?.receipt != figures.receipt || known[company]?.source != figures.source
        }
        guard !changed.isEmpty || isProbe else { return }
        try await freshness.record(changed)
        notes.figures = figures
        health.storeWrote()
    }
}
