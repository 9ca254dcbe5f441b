import FreshetSystem
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A stateful stand-in for one Freshdesk account, over HTTP.
///
/// Either `start()` and `stop()` it, in tests, or run it as a `Service`. One simulator runs once.
package final class Simulator: Service {
    /// Where a running simulator listens.
    package struct Address: Sendable, Equatable {
        package var host: String
        package var port: Int
        /// `127.0.0.1:8081`, `[::1]:8081`.
        package var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
        package var url: String { "http://" + authority }
    }

    private struct Running {
        var group: ServiceGroup
        var task: Task<Void, any Error>
    }

    private let configuration: SimulatorConfiguration
    private let desk: Desk
    private let senders: [WebhookSender]
    private let client: HTTPClient
    private let logger: Logger
    private let running = Mutex<Running?>(nil)
    private let bound: (stream: AsyncStream<Address>, input: AsyncStream<Address>.Continuation)

    /// Fills the account. Throws `LoadError` for a file that does not serve, `SimulatorError` for the rest.
    package convenience init(configuration: SimulatorConfiguration, logger: Logger? = nil) throws {
        try self.init(configuration: configuration, account: Account(contents: configuration), logger: logger)
    }

    private init(configuration: SimulatorConfiguration, account: Account, logger: Logger?) throws {
        guard !configuration.apiKey.isEmpty else { throw SimulatorError.apiKeyMissing }
        if let complaint = configuration.faults.complaint { throw SimulatorError.impossibleFaults(complaint) }
        var quiet = Logger(label: "freshdesk-simulator")
        quiet.logLevel = .error
        self.logger = logger ?? quiet
        self.configuration = configuration
        let seed = configuration.seed
        let clock = configuration.clock
        var clientConfiguration = HTTPClientConfiguration()
        clientConfiguration.maxConnectionsPerHost = 2 * WebhookSender.lanes
        let client = try HTTPClient(configuration: clientConfiguration)
        self.client = client
        let allowance = HourlyAllowance(limit: configuration.ruleCallsPerHour)
        func sender(_ name: String, _ target: WebhookSender.Target?) -> WebhookSender {
            WebhookSender(
                name: name, target: target, identity: account.identity, clock: clock, client: client,
                retries: configuration.ruleRetries, allowance: allowance, seed: seed)
        }
        senders = [
            sender(
                Desk.signingApp,
                configuration.signingApp.map { WebhookSender.Target(url: $0.url, format: .signed(secret: $0.secret)) }),
            sender(
                Desk.rule, configuration.rule.map { WebhookSender.Target(url: $0.url, format: .rule(token: $0.token)) }),
            sender(Desk.automations, nil),
        ]
        let state = DeskState(
            account: account, limiter: RateLimiter(plan: configuration.plan),
            faults: FaultPlan(configuration.faults, seed: seed, now: clock.now),
            linkRandom: SplitMix64(seed: seed ^ 0x6C69_6E6B), now: clock.now)
        desk = Desk(state: state, clock: clock, apiKey: configuration.apiKey, webhooks: senders)
        let (stream, input) = AsyncStream<Address>.makeStream()
        bound = (stream, input)
    }

    // MARK: Running

    /// Listens, and returns where. Throws `SimulatorError.addressUnavailable` when it cannot.
    package func start() async throws -> Address {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: self, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
        let task = Task { try await group.run() }
        running.withLock { $0 = Running(group: group, task: task) }
        if let address = await address() { return address }
        try await task.value
        throw SimulatorError.stopped
    }

    /// Finishes what is being answered, and forgets everything.
    package func stop() async throws {
        guard let running = running.withLock({ $0 }) else { return }
        await running.group.triggerGracefulShutdown()
        try await running.task.value
    }

    /// Where it listens, as soon as it does; `nil` when it ended first. For one waiter.
    package func address() async -> Address? {
        for await address in bound.stream { return address }
        return nil
    }

    package func run() async throws {
        defer {
            bound.input.finish()
            client.close()
        }
        let application = Application(
            responder: DeskResponder(desk: desk),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { [bound] channel in
                guard let local = channel.localAddress, let host = local.ipAddress, let port = local.port else {
                    return
                }
                bound.input.yield(Address(host: host, port: port))
            },
            logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in senders { group.addTask { try await sender.run() } }
                group.addTask { await self.tick() }
                group.addTask { try await application.run() }
                // Not `waitForAll`, which would wait for the senders although the listener has failed.
                for try await _ in group {}
            }
        } catch let error as IOError {
            throw SimulatorError.addressUnavailable(
                "\(configuration.host):\(configuration.port)", reason: String(describing: error))
        }
    }

    /// Lets the account's own clock work when nobody calls, so that its webhooks come in time.
    private func tick() async {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: .milliseconds(250)) } catch { return }
                self.desk.settle()
            }
        }
    }

    // MARK: Inside

    /// Looks at or changes the account directly; changes are sent as webhooks like those of the API. Do not keep the
    /// account beyond the call.
    package func withAccount<Result>(_ body: (inout Account, Seconds) throws -> sending Result) rethrows -> Result {
        try desk.change(body)
    }

    /// What goes wrong from now on.
    package func suffer(_ faults: Faults) { desk.suffer(faults) }

    /// Calls so far by method and pattern: `GET tickets`.
    package var calls: [String: Int] { desk.calls }

    /// Moves the account's time on; retries of webhooks come at once when they are due by then.
    package func advance(bySeconds seconds: Int64) {
        configuration.clock.advance(bySeconds: seconds)
        desk.change { _, _ in }
    }

    /// Installs the signing app while running, or removes it: what happens from now on is posted there.
    package func install(_ app: SimulatorConfiguration.SigningApp?) {
        desk.install(app.map { WebhookSender.Target(url: $0.url, format: .signed(secret: $0.secret)) })
    }

    /// `signing_app`, `rule` or `automations`.
    package func webhookCounts(_ sender: String = "signing_app") -> WebhookSender.Counts? {
        senders.first { $0.name == sender }?.counts
    }
}

/// Why a simulator does not run.
package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    case apiKeyMissing
    case impossibleFaults(String)
    case addressUnavailable(String, reason: String)
    case stopped

    package var description: String {
        switch self {
        case .apiKeyMissing: "an API key is needed: clients authenticate with it"
        case .impossibleFaults(let complaint): complaint
        case .addressUnavailable(let address, let reason): "cannot listen on \(address): \(reason)"
        case .stopped: "the simulator stopped before it listened"
        }
    }
}
