package import FreshetCore

/// What the listener is told: where it listens and how much of anything it puts up with.
///
/// The defaults are those of design 6.1. Values are checked by `validate()`, which the listener calls before it binds.
package struct ServerConfiguration: Sendable {
    package struct Address: Sendable, Equatable, CustomStringConvertible {
        /// A name or an IPv4 or IPv6 address, without brackets.
        package var host: String
        /// 0 lets the system choose.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// PEM files. Needs a build with the `TLS` trait.
    package struct TLS: Sendable, Equatable {
        package var certificatePath: String
        package var keyPath: String

        package init(certificatePath: String, keyPath: String) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    package var listen: Address
    /// Probes, metrics and the operator's routes are served here instead, where set. Never speaks TLS.
    package var operatorListen: Address?
    package var tls: TLS?

    package var bodyLimit = 256 * 1024
    package var parserLimits = RequestParser.Limits()

    /// From the first byte of a request (or, on a new connection, from its start) to the end of its fields.
    package var headerDeadline: Duration = .seconds(10)
    /// From the first byte of a request to the last of its body.
    package var requestDeadline: Duration = .seconds(15)
    /// Between two requests.
    package var idleTimeout: Duration = .seconds(60)
    /// For any part of an answer to leave, without progress.
    package var writeDeadline: Duration = .seconds(15)
    /// How long a connection that was refused is still listened to, so that the sender gets to read why.
    package var lingerTime: Duration = .seconds(2)

    /// Further connections wait in the backlog.
    package var maximumConnections = 4096
    /// Of one address that is not a trusted proxy; `nil` for no limit.
    package var maximumConnectionsPerAddress: Int?
    /// From these, and only these, `X-Forwarded-For` is believed.
    package var trustedProxies: [NetworkRange] = []
    /// Of one bearer token: requests a second in the long run, 0 for no limit, and how many may come at once.
    package var requestsPerSecond = 50.0
    package var requestBurst = 500
    /// Origins of pages whose scripts may read answers, exactly as browsers send them.
    package var allowedOrigins: Set<String> = []
    /// What operator routes ask for as bearer token. `nil`: they are closed.
    package var operatorToken: Secret?

    package init(
        listen: Address = Address(host: "127.0.0.1", port: 8080), operatorListen: Address? = nil, tls: TLS? = nil
    ) {
        self.listen = listen
        self.operatorListen = operatorListen
        self.tls = tls
    }

    /// What cannot be meant, in words for the person who configured it.
    package func validate() throws(ListenerError) {
        func require(_ holds: Bool, _ text: String) throws(ListenerError) {
            if !holds { throw .configuration(text) }
        }
        for address in [listen, operatorListen].compactMap({ $0 }) {
            try require((0...65_535).contains(address.port), "the port must be 0...65535, got \(address.port)")
            try require(!address.host.isEmpty, "the host to listen on must not be empty")
        }
        try require((1...16_777_216).contains(bodyLimit), "the body limit must be 1...16777216 bytes, got \(bodyLimit)")
        try require(maximumConnections >= 1, "at least 1 connection must be allowed, got \(maximumConnections)")
        if let limit = maximumConnectionsPerAddress {
            try require(limit >= 1, "at least 1 connection per address must be allowed, got \(limit)")
        }
        try require(
            requestsPerSecond >= 0 && requestsPerSecond.isFinite,
            "the requests per second must be 0 or more, got \(requestsPerSecond)")
        try require(requestBurst >= 1, "a burst must be at least 1 request, got \(requestBurst)")
        for (name, value) in [
            ("header deadline", headerDeadline), ("request deadline", requestDeadline), ("idle timeout", idleTimeout),
            ("write deadline", writeDeadline), ("linger time", lingerTime),
        ] {
            try require(
                (.milliseconds(1) ... .seconds(3600)).contains(value), "the \(name) must be 1 ms to 1 h, got \(value)")
        }
        #if !TLS
            try require(
                tls == nil, "a certificate is configured, but this build cannot speak TLS: build with `--traits TLS`")
        #endif
    }
}

/// Why the listener does not listen.
package enum ListenerError: Error, Equatable, Sendable, CustomStringConvertible {
    case configuration(String)
    /// The address is in use, not ours, or not allowed.
    case cannotListen(on: ServerConfiguration.Address, reason: String)
    case certificate(reason: String)

    package var description: String {
        switch self {
        case .configuration(let text): text
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .certificate(let reason): "the certificate or its key cannot be used: \(reason)"
        }
    }
}
