/// What a simulator is and does.
package struct SimulatorConfiguration: Sendable {
    /// Where the tickets come from. All of them are put into one account, in this order.
    package enum Contents: Sendable, Equatable {
        /// JSON Lines, also gzipped (`.gz`).
        case file(String)
        /// The same, of the knowledge base.
        case articles(String)
        /// So many, made from the seed (`Account.generate`).
        case generated(Int)
        /// The hand-made account of the demonstration.
        case demo
    }

    package struct SigningApp: Sendable {
        package var url: String
        package var secret: WebhookSecret

        package init(url: String, secret: WebhookSecret) {
            self.url = url
            self.secret = secret
        }
    }

    package struct Rule: Sendable {
        package var url: String
        package var token: String

        package init(url: String, token: String) {
            self.url = url
            self.token = token
        }
    }

    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 0
    package var apiKey: String
    package var contents: [Contents] = []
    package var plan = Plan.pro
    package var seed: UInt64 = 1
    package var identity = Account.Identity.standard
    package var behaviour = Account.Behaviour()
    package var faults = Faults()
    /// What becomes of generated tickets.
    package var shares = GeneratedShares()
    /// Edits a minute that the account's people make by themselves.
    package var churnPerMinute = 0.0
    package var signingApp: SigningApp?
    package var rule: Rule?
    package var ruleRetries = RuleRetries.halfHourly
    /// Calls of automation rules in an hour, over all rules; the others wait.
    package var ruleCallsPerHour = 1000
    package var clock: SimulatedClock

    package init(apiKey: String, contents: [Contents] = [], clock: SimulatedClock = SimulatedClock()) {
        self.apiKey = apiKey
        self.contents = contents
        self.clock = clock
    }

    /// The demonstration's account: a made-up company with tickets in English and Korean.
    package static func demo(apiKey: String) -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration(apiKey: apiKey, contents: [.demo])
        configuration.identity = DemoAccount.identity
        return configuration
    }
}

extension Account {
    /// Throws `LoadError`.
    init(contents configuration: SimulatorConfiguration) throws {
        let now = configuration.clock.now
        self.init(
            identity: configuration.identity, behaviour: configuration.behaviour, seed: configuration.seed, now: now)
        for part in configuration.contents {
            switch part {
            case .file(let path): try load(TicketFile.read(path), named: path, now: now)
            case .articles(let path): try loadArticles(TicketFile.read(path), named: path, now: now)
            case .generated(let count): generate(count, shares: configuration.shares, now: now)
            case .demo: try DemoAccount.load(into: &self, now: now)
            }
        }
        // It is all long ago: search knows it.
        believedBySearch = [:]
        setChurn(rate: configuration.churnPerMinute, now: now)
    }
}
