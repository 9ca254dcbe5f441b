import Configuration
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine

/// The configuration, read once: typed, in range, complete.
///
/// The environment wins over the file, the file over the defaults. Every key is listed in `SettingsKey.all`.
struct Settings: Sendable {
    var listen: Address
    var operatorListen: Address?
    /// Where senders reach us, without a trailing slash; for the webhook URLs that we print.
    var publicURL: String
    var dataDirectory: String
    var masterKeyFile: String
    var operatorTokenFile: String?
    var quietPeriod: Duration
    var quietLimit: Duration
    var logLevel: String
    var logsAsJSON: Bool
    var tls: (certificate: String, key: String)?
    var trustedProxies: [String]
    var maxConnections: Int
    var requestDeadline: Duration
    var headerDeadline: Duration
    var idleTimeout: Duration
    var shutdownGrace: Duration
    var webhookRate: Double
    var webhookBurst: Int
    var maxBacklog: Int
    var secretOverlap: Duration
    var lanes: Int
    var lanesPerCompany: Int
    var backfillEvery: Int
    var maxAttempts: Int
    var lease: Duration
    var apiShare: Double
    var lookupLifetime: Duration
    /// Of translations, besides an article's own.
    var articleLanguages: [String]
    /// `nil` switches the schedule off.
    var reconcileInterval: Duration?
    var reconcileOverlap: Duration
    /// `nil` for sweeps only when asked.
    var sweepInterval: Duration?
    var removalCapPercent: Double
    var removalCapItems: Int
    var webhookGrace: Duration
    var missedWebhookAlarm: Double
    var followsResolution: Bool
    var gate: GateRules
    /// What is hidden from models that are not built in.
    var redaction: RedactionPolicy
    var prices: PriceTable
    var budgets: BudgetTable
    var indexMemory: Int
    /// `nil` for the built-in index.
    var qdrant: QdrantConfiguration?
    var models: ModelSettings
    /// How replies to requesters sound.
    var tone: String
    var tones: [CompanyID: String]
    var access: AccessSettings
    /// Of one answer to `GET /init`.
    var initDeadline: Duration
    /// After which a verdict weighs half.
    var feedbackHalfLife: Duration
    var readinessPatience: Duration
    /// `nil` switches it off.
    var canary: Canary.Configuration?
    var keepDeliveries: Duration
    var keepDecisions: Duration
    var decisionsPerItem: Int
    var keepUsage: Duration
    var keepAudit: Duration
    var keepRecommendations: Duration
    var recommendationsPerCompany: Int
    var keepFeedback: Duration
    /// Of a slot of the index that a rebuild has replaced.
    var keepReplaced: Duration

    struct Address: Sendable, Equatable, CustomStringConvertible {
        var host: String
        var port: Int
        var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// - Parameters:
    ///   - file: path of a YAML file; `nil` for none.
    ///   - environment: the process's environment.
    init(file: String?, environment: [String: String]) throws {
        let values = try file.map { try SettingsFile.read($0, environment: environment) } ?? [:]
        let reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "freshet"),
            InMemoryProvider(
                name: file ?? "no file",
                values: Dictionary(
                    uniqueKeysWithValues: values.map { path, text in
                        (
                            AbsoluteConfigKey(path.split(separator: ".").map(String.init)),
                            ConfigValue(.string(text), isSecret: false)
                        )
                    })),
        ])
        let raw = Raw(reader: reader, values: values, environment: environment, fileName: file)
        knownVariables = Set(raw.keys.map(\.environmentName))

        listen = try raw.address("listen")
        operatorListen = try raw.text("operator_listen").isEmpty ? nil : raw.address("operator_listen")
        let publicURL = try raw.text("public_url")
        self.publicURL =
            publicURL.isEmpty ? "http://\(listen)" : publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        dataDirectory = try raw.text("data_directory")
        let keyFile = try raw.text("master_key_file")
        masterKeyFile = keyFile.isEmpty ? dataDirectory + "/master.key" : keyFile
        let tokenFile = try raw.text("operator_token_file")
        operatorTokenFile = tokenFile.isEmpty ? nil : tokenFile
        quietPeriod = try raw.duration("quiet_period")
        quietLimit = try raw.duration("quiet_limit")
        logLevel = try raw.text("log.level")
        logsAsJSON = try raw.text("log.format") == "json"
        let certificate = try raw.text("tls.certificate_file")
        let key = try raw.text("tls.key_file")
        guard certificate.isEmpty == key.isEmpty else {
            throw SettingsError("tls.certificate_file and tls.key_file belong together: set both or neither")
        }
        tls = certificate.isEmpty ? nil : (certificate, key)
        trustedProxies = try raw.list("http.trusted_proxies")
        maxConnections = try raw.integer("http.max_connections")
        requestDeadline = try raw.duration("http.request_deadline")
        headerDeadline = try raw.duration("http.header_deadline")
        idleTimeout = try raw.duration("http.idle_timeout")
        shutdownGrace = try raw.duration("http.shutdown_grace")
        webhookRate = try raw.number("webhooks.rate_per_second")
        webhookBurst = try raw.integer("webhooks.burst")
        maxBacklog = try raw.integer("webhooks.max_backlog")
        secretOverlap = try raw.duration("webhooks.secret_overlap")
        lanes = try raw.integer("worker.lanes")
        lanesPerCompany = try raw.integer("worker.per_company")
        backfillEvery = try raw.integer("worker.backfill_every")
        maxAttempts = try raw.integer("worker.max_attempts")
        lease = try raw.duration("worker.lease")
        apiShare = try raw.number("helpdesk.api_share")
        lookupLifetime = try raw.duration("helpdesk.lookup_lifetime")
        articleLanguages = try raw.list("articles.languages")
        // A language becomes part of a path.
        for language in articleLanguages {
            guard language.wholeMatch(of: /[a-z]{2,3}(-[A-Za-z0-9]{2,8})?/) != nil else {
                throw SettingsError("articles.languages: '\(language)' is not a language like ko, de or pt-BR")
            }
        }
        let interval = try raw.duration("reconcile.interval")
        reconcileInterval = interval == .zero ? nil : interval
        reconcileOverlap = try raw.duration("reconcile.overlap")
        let sweeps = try raw.duration("reconcile.sweep_interval")
        sweepInterval = sweeps == .zero ? nil : sweeps
        removalCapPercent = try raw.number("reconcile.removal_cap_percent")
        removalCapItems = try raw.integer("reconcile.removal_cap_items")
        webhookGrace = try raw.duration("reconcile.webhook_grace")
        missedWebhookAlarm = try raw.number("reconcile.missed_webhook_alarm")
        followsResolution = try raw.text("summary.follows_resolution") == "true"
        gate = GateRules(
            leastText: try raw.integer("summary.gate.min_characters"),
            machineMade: try raw.text("summary.gate.machine_made") == "true",
            spamLabels: Set(try raw.list("summary.gate.spam_labels")),
            unresolved: try raw.text("summary.gate.unresolved") == "true",
            excludes: try raw.text("summary.gate.policy") == "exclude")
        redaction = try PrivacySettings.policy(
            usual: raw.list("privacy.redact"), patterns: raw.list("privacy.patterns"),
            companies: raw.list("privacy.companies"))
        prices = try CostSettings.prices(
            raw.list("prices.models"), currency: raw.text("prices.currency"), at: "prices.models")
        budgets = try CostSettings.budgets(
            Budget(
                dailyTokens: CostSettings.cap(Int64(raw.integer("budgets.daily_tokens"))),
                monthlyTokens: CostSettings.cap(Int64(raw.integer("budgets.monthly_tokens"))),
                dailyMoney: CostSettings.cap(Int64(raw.number("budgets.daily_money") * 1_000_000)),
                monthlyMoney: CostSettings.cap(Int64(raw.number("budgets.monthly_money") * 1_000_000)),
                reserve: raw.number("budgets.reserve")), raw.list("budgets.companies"), at: "budgets.companies")
        indexMemory = try raw.integer("index.memory_megabytes") * 1_048_576
        qdrant = try Self.qdrant(raw)
        models = try ModelSettings(raw)
        tone = try ReplySettings.tone(raw.text("replies.tone"), at: "replies.tone")
        tones = try ReplySettings.tones(raw.list("replies.companies"), at: "replies.companies")
        access = try AccessSettings(raw)
        initDeadline = try raw.duration("recommend.init_deadline")
        feedbackHalfLife = try raw.duration("feedback.half_life")
        readinessPatience = try raw.duration("readiness.patience")
        canary = try Self.canary(raw)
        keepDeliveries = try raw.duration("retention.deliveries")
        keepDecisions = try raw.duration("retention.decisions")
        decisionsPerItem = try raw.integer("retention.decisions_per_item")
        keepUsage = try raw.duration("retention.usage")
        keepAudit = try raw.duration("retention.audit")
        keepRecommendations = try raw.duration("retention.recommendations")
        recommendationsPerCompany = try raw.integer("retention.recommendations_per_company")
        keepFeedback = try raw.duration("retention.feedback")
        keepReplaced = try raw.duration("index.keep_replaced")
    }

    private static func qdrant(_ raw: Raw) throws -> QdrantConfiguration? {
        guard try raw.text("index.kind") == "qdrant" else { return nil }
        var url = try raw.text("index.qdrant.url")
        if url.hasSuffix("/") { url.removeLast() }
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host != nil,
            parts.user == nil, parts.query == nil, parts.fragment == nil
        else {
            throw SettingsError(
                "index.qdrant.url: '\(url)' is not an address like https://qdrant.example.com:6333; the key goes into "
                    + "index.qdrant.api_key_file")
        }
        let collection = try raw.text("index.qdrant.collection")
        guard QdrantConfiguration.isCollectionName(collection) else {
            throw SettingsError(
                "index.qdrant.collection: '\(collection)' is not a name of letters, digits, - and _ (at most 160)")
        }
        let dedicated = try raw.list("index.qdrant.dedicated").map { text in
            guard let id = CompanyID(text) else {
                throw SettingsError("index.qdrant.dedicated: '\(text)' is not a company id like acme")
            }
            return id
        }
        let keyFile = try raw.text("index.qdrant.api_key_file")
        let key =
            try keyFile.isEmpty
            ? raw.environment["FRESHET_INDEX_QDRANT_API_KEY"].map { Secret($0) }
            : SecretInput.read(keyFile, name: "key of index.qdrant.api_key_file")
        return QdrantConfiguration(
            url: url, apiKey: key, collection: collection, dedicated: Set(dedicated),
            onDisk: try raw.text("index.qdrant.on_disk") == "true",
            quantises: try raw.text("index.qdrant.quantisation") == "scalar",
            storesText: try raw.text("index.qdrant.store_text") == "true",
            deadline: try raw.duration("index.qdrant.timeout"))
    }

    private static func canary(_ raw: Raw) throws -> Canary.Configuration? {
        let company = try raw.text("canary.company")
        let ticket = Int64(try raw.integer("canary.ticket"))
        guard company.isEmpty == (ticket == 0) else {
            throw SettingsError("canary.company and canary.ticket belong together: set both or neither")
        }
        let interval = try raw.duration("canary.interval")
        let patience = try raw.duration("canary.patience")
        guard patience <= interval else {
            throw SettingsError("canary.patience must not be longer than canary.interval, which begins the next round")
        }
        guard !company.isEmpty else { return nil }
        guard let id = CompanyID(company) else {
            throw SettingsError("canary.company: '\(company)' is not a company id like acme")
        }
        return Canary.Configuration(company: id, ticket: ticket, interval: interval, patience: patience)
    }

    /// Of all keys, those included that the configuration itself names.
    private let knownVariables: Set<String>

    /// Names in the environment that look like ours and are not: typing mistakes, worth a warning.
    func unknownVariables(in environment: [String: String]) -> [String] {
        let known = knownVariables.union(models.providers.map { ModelKeys.keyVariable($0.name) }).union([
            "FRESHET_CONFIG", "FRESHET_MASTER_KEY", "FRESHET_SHARED", "FRESHET_INDEX_QDRANT_API_KEY",
            "FRESHET_QDRANT_URL",
            "FRESHET_QDRANT_API_KEY",
        ])
        return environment.keys.filter { $0.hasPrefix("FRESHET_") && !known.contains($0) }.sorted()
    }
}

/// Texts of keys, checked against their kind; every error names the key, the source and what is allowed.
struct Raw {
    var reader: ConfigReader
    /// Of the file, by path.
    var values: [String: String]
    var environment: [String: String]
    var fileName: String?
    /// All that may be asked for.
    let keys: [SettingsKey]

    init(reader: ConfigReader, values: [String: String], environment: [String: String], fileName: String?) {
        self.reader = reader
        self.values = values
        self.environment = environment
        self.fileName = fileName
        keys = SettingsKey.all + ModelKeys.all(in: values, environment)
    }

    func text(_ path: String) throws -> String {
        guard let key = keys.first(where: { $0.path == path }) else {
            preconditionFailure("no such key: \(path)")
        }
        let text = reader.string(forKey: ConfigKey(path.split(separator: ".").map(String.init))) ?? key.defaultText
        guard Self.isValid(text, key.kind) else {
            let source =
                environment[key.environmentName] == nil
                ? fileName ?? "defaults" : "environment variable \(key.environmentName)"
            throw SettingsError("\(path) (\(source)): '\(text)' is not \(key.kind.allowed)")
        }
        return text
    }

    func integer(_ path: String) throws -> Int { try Int(text(path)) ?? 0 }
    func number(_ path: String) throws -> Double { try Double(text(path)) ?? 0 }
    func duration(_ path: String) throws -> Duration { try DurationText.parse(text(path)) ?? .zero }
    /// Commas separate; one that belongs to a member is written `\,`.
    func list(_ path: String) throws -> [String] {
        var members = [""]
        for character in try text(path) {
            if character != "," {
                members[members.count - 1].append(character)
            } else if members[members.count - 1].hasSuffix("\\") {
                members[members.count - 1].removeLast()
                members[members.count - 1].append(",")
            } else {
                members.append("")
            }
        }
        return members.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    func address(_ path: String) throws -> Settings.Address {
        let value = try text(path)
        guard let colon = value.lastIndex(of: ":"), let port = Int(value[value.index(after: colon)...]),
            (0...65_535).contains(port)
        else {
            throw SettingsError("\(path): '\(value)' is not an address like 127.0.0.1:8080 or [::1]:8080")
        }
        var host = String(value[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw SettingsError("\(path): '\(value)' has no host; 0.0.0.0 listens everywhere") }
        return Settings.Address(host: host, port: port)
    }

    private static func isValid(_ text: String, _ kind: SettingsKey.Kind) -> Bool {
        switch kind {
        case .text, .list: true
        case .choice(let words): words.contains(text)
        case .integer(let range): Int(text).map(range.contains) ?? false
        case .number(let range): Double(text).map { $0.isFinite && range.contains($0) } ?? false
        case .boolean: text == "true" || text == "false"
        case .duration(let range): DurationText.parse(text).map(range.contains) ?? false
        }
    }
}
