package import FreshetCore
import Hummingbird
import HummingbirdCore
package import Logging
import Metrics
import NIOCore
import ServiceLifecycle
import Synchronization

/// Listens and answers: webhooks in, agents' and operators' requests, probes.
///
/// Runs until it is asked to stop; then no new connection is taken, idle ones are closed and requests in hand are
/// answered. Throws `ListenerError` when it cannot listen. Knows no vendor and no store: what it serves comes in by
/// ports and routes.
package struct Listener: Service {
    /// What is behind the listener.
    package struct Ports: Sendable {
        package var intake: any WebhookIntake
        package var bearers: any BearerCheck
        package var recommender: any Recommender
        package var readiness: any ReadinessCheck
        /// Where acts of people with power are written down; `nil`: nowhere.
        package var trail: (any AuditTrail)?
        /// `nil` where nothing is written: then queries have results only, and there are no drafted replies.
        package var writing: (any Writing)?

        package init(
            intake: any WebhookIntake, bearers: any BearerCheck, recommender: any Recommender,
            readiness: any ReadinessCheck, trail: (any AuditTrail)? = nil, writing: (any Writing)? = nil
        ) {
            self.writing = writing
            self.intake = intake
            self.bearers = bearers
            self.recommender = recommender
            self.readiness = readiness
            self.trail = trail
        }
    }

    /// Where it listens, with the ports that the system chose.
    package struct Addresses: Sendable, Equatable {
        package var listen: ServerConfiguration.Address
        package var operatorListen: ServerConfiguration.Address?
    }

    private let configuration: ServerConfiguration
    private let ports: Ports
    private let routes: [Route]
    private let operatorRoutes: [Route]
    private let limits: RateLimits
    private let metrics: PrometheusMetrics
    private let clock: any WallClock
    private let random: any RandomSource
    private let logger: Logger
    private let onListening: @Sendable (Addresses) async -> Void

    /// - Parameters:
    ///   - routes: what is served on `listen` beside webhooks and `/query`.
    ///   - operatorRoutes: what is served on `operatorListen` where that is set, else on `listen`, beside the probes.
    ///   - onListening: called once, when every address accepts connections.
    package init(
        configuration: ServerConfiguration, ports: Ports, routes: [Route] = [], operatorRoutes: [Route] = [],
        metrics: PrometheusMetrics, clock: any WallClock = SystemWallClock(),
        random: any RandomSource = SystemRandomSource(), logger: Logger,
        onListening: @escaping @Sendable (Addresses) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.ports = ports
        let limit = configuration.bodyLimit
        let written = ports.writing.map {
            WritingRoutes.all($0, recommender: ports.recommender, clock: clock, bodyLimit: limit)
        }
        self.routes =
            [QueryRoute.route(ports.recommender, writing: ports.writing, bodyLimit: limit), OpenAPIDocument.route]
            + (written ?? []) + routes
        self.operatorRoutes = ProbeRoutes.all(readiness: ports.readiness, metrics: metrics) + operatorRoutes
        limits = RateLimits(perSecond: configuration.requestsPerSecond, burst: configuration.requestBurst)
        self.metrics = metrics
        self.clock = clock
        self.random = random
        self.logger = logger
        self.onListening = onListening
    }

    /// Every operation but webhooks: method and path, as `Route.path` spells it, and who may ask.
    package var operations: [(method: String, path: String, access: Route.Access)] {
        (routes + operatorRoutes).map { ($0.method.rawValue, $0.path, $0.access) }
    }

    package func run() async throws {
        try configuration.validate()
        metrics.preset(Self.presets)
        let counted = ServerMetrics(factory: metrics)
        let refusals = RefusalLog(logger: logger, now: clock.now)
        let roll = RollCall(listen: configuration.listen, operatorListen: configuration.operatorListen)

        var open = configuration
        open.maximumConnections = FileDescriptors.makeRoom(for: configuration.maximumConnections)
        if open.maximumConnections < configuration.maximumConnections {
            logger.warning(
                "fewer connections than configured: raise the limit of open files",
                metadata: [
                    "connections": "\(open.maximumConnections)", "configured": "\(configuration.maximumConnections)",
                ])
        }

        let isSplit = configuration.operatorListen != nil
        var doors = [
            try door(
                at: open.listen, routes: isSplit ? routes : routes + operatorRoutes, intake: ports.intake,
                tls: open.tls,
                shared(open, counted, refusals)
            ) { port in
                if let all = roll.listening(port) { await onListening(all) }
            }
        ]
        if let address = configuration.operatorListen {
            doors.append(
                try door(
                    at: address, routes: operatorRoutes, intake: nil, tls: nil, shared(open, counted, refusals)
                ) { port in
                    if let all = roll.operatorListening(port) { await onListening(all) }
                })
        }
        try await ServiceGroup(configuration: .init(services: doors, logger: logger)).run()
    }

    private typealias Shared = @Sendable (RouteMap, Bool) -> Connection.Shared

    private func shared(
        _ configuration: ServerConfiguration, _ metrics: ServerMetrics, _ refusals: RefusalLog
    ) -> Shared {
        let census = ConnectionCensus(
            limit: configuration.maximumConnectionsPerAddress, exempt: configuration.trustedProxies)
        return { routes, servesWebhooks in
            Connection.Shared(
                configuration: configuration, routes: routes, servesWebhooks: servesWebhooks, metrics: metrics,
                refusals: refusals, census: census, clock: clock, random: random)
        }
    }

    /// One address with what is served there.
    private func door(
        at address: ServerConfiguration.Address, routes: [Route], intake: (any WebhookIntake)?,
        tls: ServerConfiguration.TLS?, _ shared: Shared, onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> any Service {
        let keeper = Doorkeeper(
            bearers: ports.bearers, operatorToken: configuration.operatorToken, limits: limits, trail: ports.trail,
            clock: clock, logger: logger)
        let router = Router(context: RouteContext.self)
        for route in routes {
            let handler = keeper.guarded(route)
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await handler(request, context)
            }
        }
        let connections = shared(RouteMap(routes: routes, servesWebhooks: intake != nil), intake != nil)
        let plain = HTTPServerBuilder { responder in
            WireChannel(shared: connections, intake: intake, responder: responder)
        }
        let application = Application(
            responder: router.buildResponder(), server: try ListenerTLS.wrap(plain, tls),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil,
                backlog: 1024,
                availableConnectionsDelegate: .maximum(connections.configuration.maximumConnections, logger: logger)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            logger: logger)
        return Door(application: application, address: address)
    }

    /// Hummingbird's application, its failure to bind in our words.
    private struct Door<Application: Service>: Service {
        let application: Application
        let address: ServerConfiguration.Address

        func run() async throws {
            do {
                try await application.run()
            } catch let error as IOError {
                throw ListenerError.cannotListen(on: address, reason: "\(error)")
            } catch is SocketAddressError {
                throw ListenerError.cannotListen(on: address, reason: "there is no such host")
            }
        }
    }

    /// Waits until every address is listening.
    private final class RollCall: Sendable {
        private struct State {
            var addresses: Addresses
            var missing: Int
        }
        private let state: Mutex<State>

        init(listen: ServerConfiguration.Address, operatorListen: ServerConfiguration.Address?) {
            state = Mutex(
                State(
                    addresses: Addresses(listen: listen, operatorListen: operatorListen),
                    missing: operatorListen == nil ? 1 : 2))
        }

        /// All of them once the last one has answered, `nil` before.
        func listening(_ port: Int) -> Addresses? { answer { $0.listen.port = port } }
        func operatorListening(_ port: Int) -> Addresses? { answer { $0.operatorListen?.port = port } }

        private func answer(_ change: (inout Addresses) -> Void) -> Addresses? {
            state.withLock { state in
                change(&state.addresses)
                state.missing -= 1
                return state.missing == 0 ? state.addresses : nil
            }
        }
    }

    private static let presets: [PrometheusMetrics.Preset] = [
        .init(.counter, ServerMetrics.webhooks, help: "Webhooks answered, by status.", labels: []),
        .init(.counter, ServerMetrics.rejections, help: "Webhooks not accepted, by reason.", labels: []),
        .init(.counter, ServerMetrics.refusals, help: "Other requests refused by the server itself.", labels: []),
        .init(.timer, ServerMetrics.requests, help: "From a request's first byte to its answer.", labels: []),
    ]
}
