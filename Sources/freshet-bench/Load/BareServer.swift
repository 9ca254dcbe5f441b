import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetServer
import FreshetStore
import FreshetSystem
import Logging
import ServiceLifecycle
import UnixSignals

/// The listener with an intake behind it and nothing else, in a process of its own: no worker, no reconciler. The two
/// modes differ in storing alone.
struct BareServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare-server", abstract: "Answers webhooks, with or without storing them.", shouldDisplay: false)

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        /// The intake of the service, up to the commit.
        case durable
        /// All of it but the commit.
        case verifying
    }

    @Option var mode: Mode
    @Option var directory: String
    @Option var secretFile: String
    @Option var company: String

    func run() async throws {
        guard let id = CompanyID(company), let secret = FileManager.default.contents(atPath: secretFile) else {
            throw Workshop.Failure("no such company or secret")
        }
        let clock = SystemWallClock()
        let store = try SQLiteStore(directory: directory, masterKey: .generate())
        try await store.companies.add(
            Company(
                id: id, platform: .freshdesk, url: URL(fileURLWithPath: "/"), scheme: .standard, createdAt: clock.now),
            apiKey: Secret("none"), webhookSecret: Secret(Array(secret)))

        let book = CredentialBook(companies: store.companies, clock: clock)
        // Read before anybody asks: without storing there is no second look at the store for the first who come.
        _ = try await book.refresh()

        let metrics = PrometheusMetrics()
        let river = RiverMetrics(factory: metrics)
        let logger = Logger(label: "bare")
        let listener = Listener(
            configuration: ServerConfiguration(listen: .init(host: "127.0.0.1", port: 0)),
            ports: Listener.Ports(
                intake: intake(store, book, clock, river, logger),
                bearers: AccessDesk(companies: store.companies, clock: clock), recommender: Nothing(),
                readiness: Nothing()),
            metrics: metrics, logger: logger,
            onListening: { addresses in
                print("listening on \(addresses.listen)")
                fflush(nil)
            })
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: listener)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        ).run()
    }

    private func intake(
        _ store: SQLiteStore, _ book: CredentialBook, _ clock: any WallClock, _ river: RiverMetrics, _ logger: Logger
    ) -> any WebhookIntake {
        let limiter = IntakeLimiter(perSecond: 0, burst: 1)
        let backlog = BacklogGauge(limit: .max)
        switch mode {
        case .durable:
            return FreshetEngine.Intake(
                book: book, readers: [.freshdesk: FreshdeskWebhookReader()], limiter: limiter,
                commit: GroupCommit(
                    ledger: store.ledger, policy: MarkPolicy(), clock: clock, metrics: river, committed: {}),
                backlog: backlog, clock: clock, logger: logger)
        case .verifying:
            return UnstoredIntake(
                book: book, reader: FreshdeskWebhookReader(), limiter: limiter, backlog: backlog, clock: clock)
        }
    }
}

/// The service's intake without its last line: everything is checked, nothing is kept.
private struct UnstoredIntake: WebhookIntake {
    let book: CredentialBook
    let reader: FreshdeskWebhookReader
    let limiter: IntakeLimiter
    let backlog: BacklogGauge
    let clock: any WallClock

    func receive(_ request: WebhookRequest) async -> IntakeAnswer {
        do {
            let credentials = try await book.credentials(of: request.company, on: request.platform)
            _ = try reader.read(request, with: credentials)
        } catch {
            return .unauthorized(reason: "refused")
        }
        if let seconds = limiter.take(for: request.company, now: clock.now) { return .limited(retryAfter: seconds) }
        if backlog.isFull { return .unavailable(reason: "backlog_full", retryAfter: 30) }
        return .accepted(.new)
    }
}

/// Stands where nobody asks.
private struct Nothing: Recommender, ReadinessCheck {
    func query(_ query: SearchQuery, for company: CompanyID, by user: String?) async throws -> Recommendation {
        Recommendation(id: "none", hits: [])
    }

    func readiness() async -> Readiness { Readiness(parts: [:]) }
}
