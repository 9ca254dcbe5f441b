import ArgumentParser
import FreshdeskSimulator
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

extension RuleRetries: ExpressibleByArgument {}
extension Account.Behaviour.AutomationsAPI: ExpressibleByArgument {}

/// `freshdesk-simulator`: one simulated account, until it is told to stop.
@main
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshdesk-simulator",
        abstract: "A stateful stand-in for Freshdesk, for tests and demonstrations.",
        discussion: """
            Serves Freshdesk's API v2 under /api/v2 with its paging, limits, credits and error answers, from tickets in \
            memory. Nothing is stored: stopping it forgets every change. Automation rules that are made by the API \
            (/api/v2/automations/1/rules and 4) send their webhooks.

            Calls authenticate as with Freshdesk: HTTP basic, the API key as user name, any password. Beyond Freshdesk's \
            own calls there is /_simulator/ with the same key:
              GET  tickets, articles, stats (DELETE forgets them), calls?after=N&limit=N
              GET, POST clock {"advance_seconds": N} or {"to": "2026-03-03T09:00:00Z"}
              GET, PUT behaviour; PUT plan {"name", "per_minute"}; PUT churn {"per_minute"}
              GET, PUT, POST, DELETE faults; GET, DELETE faults/NAME
              PUT  signing-app {"url", "secret"}; DELETE signing-app
              POST tickets/N/archive, purge, spam, unspam, customer-reply; POST articles/N/read

            A file of faults (--faults) holds one rule a line (JSON), an array of rules, or an object of rates with \
            "rules". A rule says where: method, path (tickets/*/conversations), query {"page": "2"}; when: skip, times, \
            probability, from, until, after_seconds, for_seconds; and what: latency_ms, jitter_ms, status with body \
            (json, html, empty), code, message, retry_after; reset (before, after), truncate, empty, hide_rows (share), \
            hide_ids, last_page, thirty_days. A rule on webhooks says webhook (drop, double, late, shuffle), delay_ms, \
            and event, sender, tickets. Rates: latency_ms, jitter_ms, error_rate, throttle_rate, reset_rate, \
            webhook_drop_rate, webhook_double_rate, webhook_delay_ms, fail_next, fail_status, only_path.

            Examples:
              freshdesk-simulator --listen 127.0.0.1:8081 --api-key demo --demo
              freshdesk-simulator --listen 127.0.0.1:0 --api-key-file key --tickets tickets.jsonl.gz --plan unlimited
              curl -u demo:X 'http://127.0.0.1:8081/api/v2/tickets?per_page=5'
            """)

    @Option(help: "Where to listen: ADDRESS:PORT. Port 0 takes a free one; the line that is printed tells which.")
    var listen = "127.0.0.1:8081"

    @Option(help: "The key that clients must send. Also read from FRESHDESK_SIMULATOR_API_KEY. Required.")
    var apiKey: String?

    @Option(help: "Read the key from the first line of a file instead.")
    var apiKeyFile: String?

    @Option(help: "Load tickets from a JSON Lines file, gzipped when its name ends in .gz. May be repeated.")
    var tickets: [String] = []

    @Option(
        help: """
            Load the knowledge base from a JSON Lines file, gzipped when its name ends in .gz: title, description, category, \
            folder, visibility, status, tags, translations. May be repeated.
            """)
    var articles: [String] = []

    @Option(help: "Make up this many tickets in five languages from the seed; ticket N of a seed is always the same.")
    var generate: Int?

    @Option(help: "Share (0 to 1) of the made-up tickets that lie in the trash.")
    var trashShare = 0.0

    @Option(help: "Share that is marked as spam.")
    var spamShare = 0.0

    @Option(help: "Share of the closed ones, untouched for 120 days, that is archived.")
    var archiveShare = 0.0

    @Option(help: "Edits a minute that agents and customers make by themselves, from the seed.")
    var churn = 0.0

    @Option(help: "What the account's time is at the start: ISO 8601. Now, otherwise.")
    var now: String?

    @Flag(help: "The account's time stands still but for POST /_simulator/clock.")
    var frozen = false

    @Flag(help: "Load the hand-made account of the demonstration.")
    var demo = false

    @Option(help: "The API limits: \(Plan.all.map(\.name).joined(separator: ", ")).")
    var plan = "pro"

    @Option(help: "Another limit of calls per minute than the plan's.")
    var perMinute: Int64?

    @Option(help: "Where all chance comes from. The same seed and calls give the same account.")
    var seed: UInt64 = 1

    @Option(help: "Play the installed signing app: post every change to this URL, signed as Standard Webhooks.")
    var signTo: String?

    @Option(help: "A file whose first line is the signing secret: whsec_ and base64.")
    var signSecretFile: String?

    @Option(help: "Play an automation rule: post changes that rules see to this URL, with a static token.")
    var ruleTo: String?

    @Option(help: "A file whose first line is the rule's token, sent as X-Freshet-Token.")
    var ruleTokenFile: String?

    @Option(help: "When rules try again: half-hourly (48 calls in all) or three-times (after 5, 30 and 60 minutes).")
    var ruleRetries: RuleRetries = .halfHourly

    @Option(help: "Calls of all rules in an hour; what is more waits, for 24 hours at most.")
    var ruleCallsPerHour = 1000

    @Option(
        help:
            "The automations API: bare (lists are arrays, as seen live), wrapped (as documented), not-in-plan or admins-only (403)."
    )
    var automations: Account.Behaviour.AutomationsAPI = .bareArray

    @Flag(help: "Run all creation rules that match. Freshdesk runs only the first, unless told so.")
    var allCreationRules = false

    @Option(help: "A file of faults, see above. The options below win over its rates.")
    var faults: String?

    @Option(help: "Milliseconds that every answer takes longer.")
    var latency: Int64?

    @Option(help: "Milliseconds, at most, that it may take longer still, at random.")
    var jitter: Int64?

    @Option(help: "Share of calls (0 to 1) that answer 503 and do nothing.")
    var errorRate: Double?

    @Option(help: "Share of calls that answer 429 although the limit is not reached.")
    var throttleRate: Double?

    @Option(help: "Share of calls whose connection breaks in the middle of the answer, everything done.")
    var resetRate: Double?

    @Option(help: "Share of webhooks that are never sent.")
    var webhookDropRate: Double?

    @Option(help: "Share of webhooks that are sent twice.")
    var webhookDoubleRate: Double?

    @Option(help: "Milliseconds, at most, that webhooks are late, so that they overtake each other.")
    var webhookDelay: Int64?

    @Flag(help: "Answer 403 instead of 200 for a trashed ticket that is asked for by id.")
    var hideTrash = false

    @Option(help: "What the body of a 404 is: empty or html.")
    var notFoundBody = "empty"

    @Option(
        help: "Archive tickets that were closed and untouched for this many days (Freshdesk: 120, in older accounts).")
    var archiveAfter: Int64?

    @Option(help: "Seconds that search lags behind.")
    var searchLag: Int64 = 60

    @Option(help: "What the key's agent sees: global, group or restricted.")
    var keyScope = "global"

    @Option(help: "Whose key it is: admin or agent (403 for agents, groups, products and settings).")
    var keyRole = "admin"

    func run() async throws {
        let simulator: Simulator
        do {
            simulator = try Simulator(configuration: try settings())
        } catch let error as LoadError {
            throw failure(error.description, code: 65)
        } catch let error as SimulatorError {
            throw ValidationError(error.description)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: simulator, failureTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger()))
        let announcement = Task {
            guard let address = await simulator.address() else { return }
            // Scripts wait for this line, also through a pipe.
            FileHandle.standardOutput.write(Data("listening on \(address.authority)\n".utf8))
        }
        do {
            try await group.run()
            await announcement.value
        } catch let error as SimulatorError {
            throw failure(error.description, code: 69)
        }
    }

    private func quietLogger() -> Logger {
        var logger = Logger(label: "freshdesk-simulator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }

    // MARK: Settings

    private func settings() throws -> SimulatorConfiguration {
        var contents: [SimulatorConfiguration.Contents] = demo ? [.demo] : []
        contents += tickets.map { .file($0) }
        contents += articles.map { .articles($0) }
        if let generate {
            guard (0...1_000_000).contains(generate) else {
                throw ValidationError("--generate must be between 0 and 1000000, got \(generate)")
            }
            contents.append(.generated(generate))
        }
        let key = try key()
        var settings = demo ? SimulatorConfiguration.demo(apiKey: key) : SimulatorConfiguration(apiKey: key)
        settings.clock = try clock()
        settings.shares = try shares()
        guard (0...60_000).contains(churn) else {
            throw ValidationError("--churn must be between 0 and 60000, got \(churn)")
        }
        settings.churnPerMinute = churn
        settings.contents = contents
        (settings.host, settings.port) = try address()
        settings.plan = try limits()
        settings.seed = seed
        settings.behaviour = try behaviour()
        settings.behaviour.automations = automations
        settings.behaviour.runsAllCreationRules = allCreationRules
        settings.ruleRetries = ruleRetries
        guard ruleCallsPerHour >= 0 else { throw ValidationError("--rule-calls-per-hour must not be negative") }
        settings.ruleCallsPerHour = ruleCallsPerHour
        settings.faults = try troubles()
        if let (url, file) = try pair(signTo, "--sign-to", signSecretFile, "--sign-secret-file") {
            guard let secret = WebhookSecret(try firstLine(of: file)) else {
                throw ValidationError("\(file) holds no signing secret: whsec_ and base64 are expected")
            }
            settings.signingApp = SimulatorConfiguration.SigningApp(url: url, secret: secret)
        }
        if let (url, file) = try pair(ruleTo, "--rule-to", ruleTokenFile, "--rule-token-file") {
            settings.rule = SimulatorConfiguration.Rule(url: url, token: try firstLine(of: file))
        }
        return settings
    }

    private func clock() throws -> SimulatedClock {
        guard let now else { return SimulatedClock(isFrozen: frozen) }
        guard let start = Seconds(iso8601: now) else {
            throw ValidationError("--now must be an ISO 8601 time such as 2026-03-03T09:00:00Z, got \(now)")
        }
        return SimulatedClock(start: start, isFrozen: frozen)
    }

    private func shares() throws -> GeneratedShares {
        var shares = GeneratedShares()
        (shares.trash, shares.spam, shares.archive) = (trashShare, spamShare, archiveShare)
        let isPossible =
            [trashShare, spamShare, archiveShare].allSatisfy { (0...1).contains($0) } && trashShare + spamShare <= 1
        guard isPossible else { throw ValidationError("shares must be between 0 and 1, trash and spam together too") }
        return shares
    }

    private func behaviour() throws -> Account.Behaviour {
        var behaviour = Account.Behaviour()
        behaviour.hidesTrash = hideTrash
        guard let body = Account.Behaviour.NotFoundBody(rawValue: notFoundBody) else {
            throw ValidationError("--not-found-body must be empty or html, got \(notFoundBody)")
        }
        guard let scope = Account.Behaviour.KeyScope(rawValue: keyScope) else {
            throw ValidationError("--key-scope must be global, group or restricted, got \(keyScope)")
        }
        guard ["admin", "agent"].contains(keyRole) else {
            throw ValidationError("--key-role must be admin or agent, got \(keyRole)")
        }
        guard (0...1_000_000).contains(searchLag), (0...100_000).contains(archiveAfter ?? 0) else {
            throw ValidationError("--search-lag and --archive-after must not be below 0 nor beyond reason")
        }
        behaviour.notFoundBody = body
        behaviour.keyScope = scope
        behaviour.keyIsAdmin = keyRole == "admin"
        behaviour.searchLag = searchLag
        behaviour.archivesAfterDays = archiveAfter
        return behaviour
    }

    private func troubles() throws -> Faults {
        var faults = Faults()
        if let path = self.faults {
            do {
                faults = try Faults.read(Data(contentsOf: URL(fileURLWithPath: path)))
            } catch let error as FaultsError {
                throw failure("\(path): \(error)", code: 65)
            } catch {
                throw failure("\(path): cannot be read", code: 66)
            }
        }
        faults.latencyMilliseconds = latency ?? faults.latencyMilliseconds
        faults.jitterMilliseconds = jitter ?? faults.jitterMilliseconds
        faults.errorRate = errorRate ?? faults.errorRate
        faults.throttleRate = throttleRate ?? faults.throttleRate
        faults.resetRate = resetRate ?? faults.resetRate
        faults.webhookDropRate = webhookDropRate ?? faults.webhookDropRate
        faults.webhookDoubleRate = webhookDoubleRate ?? faults.webhookDoubleRate
        faults.webhookDelayMilliseconds = webhookDelay ?? faults.webhookDelayMilliseconds
        return faults
    }

    private func key() throws -> String {
        if let apiKeyFile {
            guard apiKey == nil else { throw ValidationError("give either --api-key or --api-key-file") }
            return try firstLine(of: apiKeyFile)
        }
        guard let key = apiKey ?? ProcessInfo.processInfo.environment["FRESHDESK_SIMULATOR_API_KEY"], !key.isEmpty
        else {
            throw ValidationError("an API key is needed: --api-key, --api-key-file or FRESHDESK_SIMULATOR_API_KEY")
        }
        guard !key.contains(":") else {
            throw ValidationError("an API key holds no colon: basic authentication ends it there")
        }
        return key
    }

    private func address() throws -> (String, Int) {
        let parts = listen.split(separator: ":", omittingEmptySubsequences: false)
        let host = parts.dropLast().joined(separator: ":").trimmingPrefix("[")
        guard parts.count >= 2, let port = Int(parts[parts.count - 1]), (0...65_535).contains(port), !host.isEmpty
        else {
            throw ValidationError("--listen must be ADDRESS:PORT, got \(listen)")
        }
        return (host.hasSuffix("]") ? String(host.dropLast()) : String(host), port)
    }

    private func limits() throws -> Plan {
        guard let known = Plan.named(plan) else {
            throw ValidationError("--plan must be one of \(Plan.all.map(\.name).joined(separator: ", ")), got \(plan)")
        }
        guard let perMinute else { return known }
        guard perMinute > 0 else { throw ValidationError("--per-minute must be above 0, got \(perMinute)") }
        return known.limited(to: perMinute)
    }

    private func pair(_ url: String?, _ urlName: String, _ file: String?, _ fileName: String) throws -> (
        String, String
    )? {
        switch (url, file) {
        case (nil, nil): return nil
        case (let url?, let file?):
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw ValidationError("\(urlName) must be an http or https URL")
            }
            return (url, file)
        default: throw ValidationError("\(urlName) and \(fileName) belong together")
        }
    }

    private func firstLine(of path: String) throws -> String {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw failure("\(path): cannot be read", code: 66)
        }
        guard let line = text.split(whereSeparator: \.isNewline).first else {
            throw failure("\(path): is empty", code: 65)
        }
        return line.trimmingCharacters(in: .whitespaces)
    }

    /// An error with an exit code of sysexits(3).
    private func failure(_ text: String, code: Int32) -> ExitCode {
        FileHandle.standardError.write(Data("freshdesk-simulator: \(text)\n".utf8))
        return ExitCode(code)
    }
}
