import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetServer
import FreshetStore
import FreshetSystem
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals

/// Every object of the running house, built here and nowhere else: the initialisers are the wiring diagram.
struct Assembly: Sendable {
    let settings: Settings
    let clock: any WallClock = SystemWallClock()
    let random: any RandomSource = SystemRandomSource()
    let logger: Logger
    let metrics: PrometheusMetrics
    let river: RiverMetrics
    let store: SQLiteStore
    let http: HTTPClient
    let helpDesks: FreshdeskHelpDesks
    let models: PaidModels
    let writer: any Writer
    let book: UsageBook
    let seen = RecentlySeen()
    let recommendationBook: RecommendationBook
    let feedbackMemory: FeedbackMemory
    let index: SlottedIndex
    let signal = Signal()
    let health = Health()
    let access: AccessDesk

    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Reads the configuration and opens the store; what every command begins with.
    static func open(_ options: CommonOptions) throws -> Assembly {
        let settings = try Settings(file: options.config ?? environment["FRESHET_CONFIG"], environment: environment)
        return try Assembly(settings, environment: environment)
    }

    init(_ settings: Settings, environment: [String: String]) throws {
        self.settings = settings
        let level = Logger.Level(rawValue: settings.logLevel) ?? .info
        let asJSON = settings.logsAsJSON
        logger = Logger(label: "freshet") { LineLogHandler(label: $0, level: level, asJSON: asJSON) }
        for name in settings.unknownVariables(in: environment) {
            logger.warning("unknown variable in the environment is ignored", metadata: ["name": "\(name)"])
        }
        metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        river = RiverMetrics(factory: metrics)
        store = try Self.openStore(settings, environment, logger)
        http = try HTTPClient(configuration: HTTPClientConfiguration(environment: environment))
        helpDesks = FreshdeskHelpDesks(
            companies: store.companies, http: http, clock: clock, random: random, logger: logger,
            lookupExpiry: LookupExpiry(kept: settings.lookupLifetime), articleLanguages: settings.articleLanguages)
        book = UsageBook(
            records: store.usage, prices: settings.prices, clock: clock, metrics: river, logger: logger)
        let made = Models(settings.models, http: http, clock: clock, random: random, meter: TokenCounter(then: book))
        let embedder = Self.redacting(made.embedder, settings.redaction)
        models = PaidModels(
            summariser: Self.redacting(made.summariser, settings.redaction), embedder: embedder,
            builtin: BuiltinSummariser(), standIn: made.standIn, cache: store.modelCache, clock: clock, metrics: river,
            keeper: Self.keeper(store, settings, clock), book: book)
        writer = settings.redaction.isIdle ? made.writer : RedactingWriter(made.writer, policy: settings.redaction)
        access = AccessDesk(
            companies: store.companies,
            issued: try Self.issuedBearers(settings.access, store.companies, http, clock, metrics), clock: clock)
        feedbackMemory = FeedbackMemory(records: store.feedback)
        recommendationBook = RecommendationBook(
            records: store.recommendations, clock: clock, metrics: river, logger: logger)
        index = SlottedIndex(
            slots: store.slots, models: models,
            others: made.otherEmbedders.map { Self.redacting($0, settings.redaction) }, clock: clock,
            make: { [store, http, clock, random] number, embedder in
                Self.index(settings, number, http, store, embedder, clock, random)
            })
    }

    /// Also where the usual summariser is built in: single companies may have others.
    private static func redacting(_ summariser: any Summariser, _ policy: RedactionPolicy) -> any Summariser {
        policy.isIdle ? summariser : RedactingSummariser(summariser, policy: policy)
    }

    private static func redacting(_ embedder: any Embedder, _ policy: RedactionPolicy) -> any Embedder {
        embedder.identity.isBuiltin || policy.isIdle ? embedder : RedactingEmbedder(embedder, policy: policy)
    }

    private static func keeper(_ store: SQLiteStore, _ settings: Settings, _ clock: any WallClock) -> BudgetKeeper {
        BudgetKeeper(
            records: store.usage, budgets: settings.budgets, currency: settings.prices.currency, clock: clock)
    }

    /// `nil` where no issuer is configured.
    private static func issuedBearers(
        _ settings: AccessSettings, _ companies: any Companies, _ http: HTTPClient, _ clock: any WallClock,
        _ metrics: PrometheusMetrics
    ) throws -> IssuedBearers? {
        guard let issued = settings.issued else { return nil }
        let algorithm = issued.policy.algorithm
        let keys: IssuedBearers.Keys =
            switch issued.keys {
            case .file(let file): .fixed(try settings.keys(in: file, for: algorithm))
            case .address(let url): .fetched(JWKSAddress(url, algorithm: algorithm, http: http, clock: clock))
            }
        let refusals = Dictionary(
            uniqueKeysWithValues: IssuedBearers.reasons.map {
                ($0, Counter(label: "freshet_jwt_refused_total", dimensions: [("reason", $0)], factory: metrics))
            })
        return IssuedBearers(
            policy: issued.policy, keys: keys, companies: companies, clock: clock,
            refused: { refusals[$0]?.increment() })
    }

    private static func index(
        _ settings: Settings, _ slot: Int, _ http: HTTPClient, _ store: SQLiteStore, _ embedder: any Embedder,
        _ clock: any WallClock, _ random: any RandomSource
    ) -> any SearchIndex {
        guard let qdrant = settings.qdrant else {
            return BuiltinIndex(
                points: store.points.slot(slot), embedder: embedder, clock: clock, memoryLimit: settings.indexMemory,
                snapshots: store.snapshots.slot(slot))
        }
        return QdrantIndex(
            qdrant.slot(slot), http: http, points: store.points.slot(slot), embedder: embedder, clock: clock,
            random: random,
            memoryLimit: settings.indexMemory)
    }

    /// The first start of the embedded default makes a master key; any other start without the right one stops here.
    private static func openStore(
        _ settings: Settings, _ environment: [String: String], _ logger: Logger
    ) throws -> SQLiteStore {
        let directory = settings.dataDirectory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingsError("data_directory: cannot create \(directory): \(error.localizedDescription)")
        }
        let database = directory + "/freshet.db"
        let key: MasterKey
        if let text = environment["FRESHET_MASTER_KEY"] {
            guard let named = MasterKey(text: text) else {
                throw SettingsError("FRESHET_MASTER_KEY must be 64 hex digits or the same 32 bytes in base64")
            }
            key = named
        } else if FileManager.default.fileExists(atPath: settings.masterKeyFile) {
            key = try MasterKeyFile.load(settings.masterKeyFile)
        } else if !FileManager.default.fileExists(atPath: database) {
            key = try MasterKeyFile.create(settings.masterKeyFile)
            logger.notice(
                "made a master key; keep a copy elsewhere, without it the stored secrets are lost",
                metadata: ["file": "\(settings.masterKeyFile)"])
        } else {
            throw SettingsError(
                "the master key \(settings.masterKeyFile) is missing, and \(database) holds secrets sealed with it; "
                    + "put the key back, or name it with FRESHET_MASTER_KEY_FILE or FRESHET_MASTER_KEY")
        }
        return try SQLiteStore(path: database, masterKey: key)
    }

    // MARK: - Parts

    var markPolicy: MarkPolicy {
        MarkPolicy(
            quietPeriod: settings.quietPeriod, quietLimit: settings.quietLimit, maxAttempts: settings.maxAttempts)
    }

    var contentPolicy: ContentPolicy {
        ContentPolicy(
            followsResolution: settings.followsResolution, gate: settings.gate,
            renewsUnchanged: settings.models.summaries.renewsUnchanged)
    }

    var meterPolicy: MeterPolicy {
        MeterPolicy(grace: settings.webhookGrace, alarmRatio: settings.missedWebhookAlarm)
    }

    // Commands see the ports, not what fills them.
    var companies: any Companies { store.companies }
    var ledger: any Ledger { store.ledger }
    var documents: any Documents { store.documents }
    var reconciles: any Reconciles { store.reconciles }
    var audit: any AuditTrail { store.audit }
    var freshness: any FreshnessRecords { store.freshness }
    var slots: any IndexSlots { store.slots }
    var erasures: any Erasures { store.erasures }
    var recommender: any Recommender { recommendations }
    private var recommendations: Recommendations {
        Recommendations(
            index: index, documents: store.documents, seen: seen, book: recommendationBook,
            feedback: FeedbackRanking(
                memory: feedbackMemory, rule: feedbackRule, terms: QuestionText.terms, clock: clock), random: random,
            clock: clock, metrics: river)
    }
    private var feedbackRule: FeedbackRule { FeedbackRule(halfLife: settings.feedbackHalfLife) }
    var feedback: any FeedbackRecords { store.feedback }
    /// What feedback would have made of what the company has judged.
    func replay(of company: CompanyID) async throws -> ReplayOutcome {
        FeedbackReplay(rule: feedbackRule).outcome(try await store.feedback.judged(of: company))
    }
    var openings: any Openings {
        TicketOpenings(
            recommendations: recommendations, documents: store.documents, helpDesks: helpDesks, models: models,
            policy: contentPolicy, within: settings.initDeadline, clock: clock, metrics: river)
    }
    private var writing: any Writing {
        WritingDesk(
            writer: writer, builtin: BuiltinWriter(), recommender: recommender, documents: store.documents,
            helpDesks: helpDesks, keeper: Self.keeper(store, settings, clock),
            configuration: WritingDesk.Configuration(
                deadline: settings.models.answers.deadline, checkPatience: settings.models.answers.checkPatience,
                hits: settings.models.answers.hits, includesPrivate: settings.models.summaries.includesPrivate,
                tone: settings.tone, tones: settings.tones), clock: clock, metrics: river)
    }
    var usageDesk: any UsageReporting {
        UsageDesk(
            records: store.usage, companies: store.companies, budgets: settings.budgets,
            currency: settings.prices.currency, clock: clock)
    }

    func company(_ id: CompanyID) async throws -> Company {
        guard let company = try await store.companies.company(id) else { throw StoreError.unknownCompany(id) }
        return company
    }

    /// A help desk that is not stored yet, to try a key.
    func helpDesk(for company: Company, key: Secret) throws -> any HelpDesk {
        FreshdeskHelpDesk(
            account: FreshdeskAccount(
                company: company.id, url: try .recorded(company.url), apiKey: key, share: company.apiShare),
            http: http, clock: clock, random: random, governor: RateGovernor(share: company.apiShare, clock: clock),
            logger: logger)
    }

    /// - Parameter key: another than the stored one, for this object only.
    func hooks(of company: Company, key: Secret?) async throws -> any Hooks {
        var opened = key
        if opened == nil { opened = try await companies.apiKey(of: company.id) }
        guard let opened else { throw UpstreamError.unauthorized }
        return FreshdeskHooks(
            account: FreshdeskAccount(
                company: company.id, url: try .recorded(company.url), apiKey: opened, share: company.apiShare),
            http: http, clock: clock, governor: RateGovernor(share: company.apiShare, clock: clock))
    }

    func worker() -> Worker {
        Worker(
            ledger: store.ledger,
            convergence: Convergence(
                helpDesks: helpDesks, documents: store.documents, models: models, index: index,
                policy: contentPolicy, verdicts: Verdicts(backoff: Backoff(), random: random), clock: clock,
                metrics: river, health: health, seen: seen),
            configuration: Worker.Configuration(
                lanes: settings.lanes, perCompany: settings.lanesPerCompany, backfillEvery: settings.backfillEvery,
                maxAttempts: settings.maxAttempts, lease: settings.lease),
            clock: clock, random: random, metrics: river, signal: signal, health: health, logger: logger)
    }

    var auditor: Auditor { Auditor(documents: store.documents, index: index, models: models, clock: clock) }

    var rebuilder: Rebuilder {
        Rebuilder(
            documents: store.documents, slots: store.slots, index: index, models: models, policy: contentPolicy,
            clock: clock)
    }

    var eraser: Eraser {
        Eraser(erasures: store.erasures, slots: store.slots, index: index, models: models, clock: clock)
    }

    var slotKeeper: SlotKeeper {
        SlotKeeper(
            slots: store.slots, index: index, companies: store.companies, reconciles: store.reconciles,
            keep: settings.keepReplaced, clock: clock, logger: logger)
    }

    private var reconcilerConfiguration: Reconciler.Configuration {
        Reconciler.Configuration(
            overlap: settings.reconcileOverlap, marks: markPolicy,
            cap: RemovalCap(percent: settings.removalCapPercent, items: settings.removalCapItems), meter: meterPolicy)
    }

    func reconciler() -> Reconciler {
        Reconciler(
            helpDesks: helpDesks, documents: store.documents, reconciles: store.reconciles, auditor: auditor,
            rebuilder: rebuilder, configuration: reconcilerConfiguration, clock: clock, random: random,
            metrics: ReconcileMetrics(factory: metrics), marked: { [signal] in signal.raise() }, logger: logger)
    }

    var planner: Planner {
        Planner(
            helpDesks: helpDesks, documents: store.documents, reconciles: store.reconciles,
            configuration: reconcilerConfiguration, clock: clock,
            forecast: forecast)
    }

    var forecast: CostForecast {
        CostForecast(
            summariser: models.summariser.identity, embedder: models.embedder.identity, prices: settings.prices,
            policy: contentPolicy)
    }

    var reconcileDesk: ReconcileDesk {
        ReconcileDesk(
            companies: store.companies, ledger: store.ledger, reconciles: store.reconciles,
            documents: store.documents, helpDesks: helpDesks, planner: planner, auditor: auditor,
            rebuilder: rebuilder, forecast: forecast, marks: markPolicy, clock: clock, random: random,
            marked: { [signal] in signal.raise() })
    }

    func intake(_ backlog: BacklogGauge) -> Intake {
        Intake(
            book: CredentialBook(companies: store.companies, clock: clock),
            readers: [.freshdesk: FreshdeskWebhookReader()],
            limiter: IntakeLimiter(perSecond: settings.webhookRate, burst: Double(settings.webhookBurst)),
            commit: GroupCommit(
                ledger: store.ledger, policy: markPolicy, clock: clock, metrics: river,
                committed: { [signal] in signal.raise() }),
            backlog: backlog, health: health, ruleDelivered: { [helpDesks] in helpDesks.ruleDelivered(for: $0) },
            clock: clock, logger: logger)
    }

    func canary(_ configuration: Canary.Configuration) -> Canary {
        Canary(
            configuration: configuration, companies: store.companies, helpDesks: helpDesks, boards: helpDesks,
            recommender: recommender, clock: clock, random: random, metrics: river, logger: logger)
    }

    /// All services of `serve`, in the order of dependency: shutdown runs it backwards, so the listener closes first.
    ///
    /// - Parameter listening: told the address that is really bound.
    func services(listening: @escaping @Sendable (Settings.Address) -> Void) throws -> ServiceGroup {
        let backlog = BacklogGauge(limit: settings.maxBacklog)
        let housekeeping = Housekeeping(
            ledger: store.ledger, companies: store.companies, freshness: store.freshness, health: health,
            accounts: Housekeeping.Accounts(
                records: store.usage, book: book, keeper: Self.keeper(store, settings, clock),
                resumed: { [signal] in signal.raise() }),
            access: Housekeeping.Access(desk: access, trail: store.audit),
            memories: Housekeeping.Memories(recommendations: store.recommendations, feedback: store.feedback),
            backlog: backlog,
            retention: Housekeeping.Retention(
                deliveries: settings.keepDeliveries, decisions: settings.keepDecisions,
                decisionsPerItem: settings.decisionsPerItem, usage: settings.keepUsage,
                audit: settings.keepAudit,
                recommendations: settings.keepRecommendations,
                recommendationsPerCompany: settings.recommendationsPerCompany, feedback: settings.keepFeedback),
            clock: clock, metrics: river,
            logger: logger)
        let reconciling = ReconcileService(
            reconciler: reconciler(), reconciles: store.reconciles, companies: store.companies,
            schedule: ReconcileSchedule(
                interval: settings.reconcileInterval, sweepInterval: settings.sweepInterval, meter: meterPolicy),
            clock: clock, random: random, logger: logger)
        let standIns = StandInService(
            ledger: store.ledger, companies: store.companies, summariser: models.summariser, policy: markPolicy,
            clock: clock, marked: { [signal] in signal.raise() }, logger: logger)
        let canaries: [any Service] = settings.canary.map { [canary($0)] } ?? []
        let services: [any Service] = [
            housekeeping, worker(), reconciling, standIns, recommendationBook, slotKeeper,
            try listener(intake(backlog), backlog, listening),
        ]
        return ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (services + canaries).map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
            ).bounded(by: settings.shutdownGrace))
    }

    private func listener(
        _ intake: Intake, _ backlog: BacklogGauge,
        _ listening: @escaping @Sendable (Settings.Address) -> Void
    ) throws -> Listener {
        var configuration = ServerConfiguration(
            listen: .init(host: settings.listen.host, port: settings.listen.port),
            operatorListen: settings.operatorListen.map { .init(host: $0.host, port: $0.port) },
            tls: settings.tls.map { .init(certificatePath: $0.certificate, keyPath: $0.key) })
        configuration.headerDeadline = settings.headerDeadline
        configuration.requestDeadline = settings.requestDeadline
        configuration.idleTimeout = settings.idleTimeout
        configuration.maximumConnections = settings.maxConnections
        configuration.trustedProxies = try settings.trustedProxies.map { text in
            guard let range = NetworkRange(text) else {
                throw SettingsError("http.trusted_proxies: '\(text)' is not an address or a range like 10.0.0.0/8")
            }
            return range
        }
        configuration.operatorToken = try settings.operatorTokenFile.map {
            try SecretInput.read($0, name: "operator token")
        }
        configuration.requestsPerSecond = settings.access.rate
        configuration.requestBurst = settings.access.burst
        configuration.allowedOrigins = Set(settings.access.origins)
        return Listener(
            configuration: configuration,
            ports: Listener.Ports(
                intake: intake, bearers: access, recommender: recommender,
                readiness: RiverReadiness(
                    ledger: store.ledger, companies: store.companies, backlog: backlog, health: health, index: index,
                    clock: clock, patience: settings.readinessPatience), trail: store.audit, writing: writing),
            routes: ReconcileRoutes.forAdmins(reconcileDesk, clock: clock) + [
                OpeningRoute.route(openings),
                FeedbackRoute.route(
                    FeedbackDesk(
                        book: recommendationBook, records: store.feedback, documents: store.documents,
                        terms: QuestionText.terms, clock: clock)),
                AttachmentRoute.route(TicketAttachments(documents: store.documents, desks: helpDesks)),
            ],
            operatorRoutes: ReconcileRoutes.forOperators(reconcileDesk, clock: clock) + [
                FreshnessRoute.route(
                    store.freshness, companies: store.companies, ledger: store.ledger, clock: clock),
                UsageRoute.route(usageDesk), AuditRoute.route(store.audit, companies: store.companies),
            ],
            metrics: metrics, clock: clock, random: random, logger: logger,
            onListening: { addresses in
                listening(Settings.Address(host: addresses.listen.host, port: addresses.listen.port))
            })
    }

    /// What is served: every operation but webhooks.
    var operations: [(method: String, path: String, access: Route.Access)] {
        get throws {
            let backlog = BacklogGauge(limit: 1)
            return try listener(intake(backlog), backlog, { _ in }).operations
        }
    }

    /// Whether a server runs on this data directory; holding the lock is what a server does.
    func isServed() throws -> Bool { try ServeLock.isHeld(settings.dataDirectory) }
}

extension ServiceGroupConfiguration {
    /// What does not end within `grace` is cancelled, and left behind two seconds later.
    fileprivate func bounded(by grace: Duration) -> ServiceGroupConfiguration {
        var bounded = self
        bounded.maximumGracefulShutdownDuration = grace
        bounded.maximumCancellationDuration = .seconds(2)
        return bounded
    }
}
