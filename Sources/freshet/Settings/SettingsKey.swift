/// One key of the configuration: where it is, what it may hold, what it is when nobody sets it.
///
/// The whole configuration is this list (`SettingsKey.all`) and what it names (`ModelKeys`); the file, the environment and
/// the documentation follow it.
struct SettingsKey: Sendable {
    enum Kind: Sendable, Equatable {
        case text
        case choice([String])
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case boolean
        /// `500ms`, `2s`, `5m`, `12h`, `7d`; `0` where the range allows it.
        case duration(ClosedRange<Duration>)
        /// Comma separated in the environment, a list or comma separated text in the file.
        case list

        var allowed: String {
            switch self {
            case .text: "text"
            case .choice(let words): words.joined(separator: " | ")
            case .integer(let range): "a whole number, \(range.lowerBound)...\(range.upperBound)"
            case .number(let range): "a number, \(range.lowerBound)...\(range.upperBound)"
            case .boolean: "true | false"
            case .duration(let range):
                "a duration like 500ms, 2s, 5m, 12h or 7d, \(DurationText.text(range.lowerBound))...\(DurationText.text(range.upperBound))"
            case .list: "a list of texts"
            }
        }
    }

    /// `quiet_period`, `webhooks.rate_per_second`.
    var path: String
    var kind: Kind
    var defaultText: String

    init(_ path: String, _ kind: Kind, default defaultText: String) {
        self.path = path
        self.kind = kind
        self.defaultText = defaultText
    }

    /// `FRESHET_WEBHOOKS_RATE_PER_SECOND`.
    var environmentName: String { "FRESHET_" + path.uppercased().replacing(/[.-]/, with: "_") }

    static let all: [SettingsKey] = [
        SettingsKey("listen", .text, default: "127.0.0.1:8080"),
        SettingsKey("operator_listen", .text, default: ""),
        SettingsKey("public_url", .text, default: ""),
        SettingsKey("data_directory", .text, default: ".freshet"),
        SettingsKey("master_key_file", .text, default: ""),
        SettingsKey("operator_token_file", .text, default: ""),
        SettingsKey("quiet_period", .duration(.zero ... .seconds(300)), default: "2s"),
        SettingsKey("quiet_limit", .duration(.zero ... .seconds(3600)), default: "15s"),
        SettingsKey("log.level", .choice(["trace", "debug", "info", "notice", "warning", "error"]), default: "info"),
        SettingsKey("log.format", .choice(["text", "json"]), default: "text"),
        SettingsKey("tls.certificate_file", .text, default: ""),
        SettingsKey("tls.key_file", .text, default: ""),
        SettingsKey("http.trusted_proxies", .list, default: ""),
        SettingsKey("http.max_connections", .integer(1...100_000), default: "4096"),
        SettingsKey("http.request_deadline", .duration(.seconds(1) ... .seconds(300)), default: "15s"),
        SettingsKey("http.header_deadline", .duration(.seconds(1) ... .seconds(300)), default: "10s"),
        SettingsKey("http.idle_timeout", .duration(.seconds(1) ... .seconds(3600)), default: "60s"),
        SettingsKey("http.shutdown_grace", .duration(.seconds(1) ... .seconds(600)), default: "20s"),
        SettingsKey("webhooks.rate_per_second", .number(0...1_000_000), default: "200"),
        SettingsKey("webhooks.burst", .integer(1...100_000_000), default: "1000000"),
        SettingsKey("webhooks.max_backlog", .integer(1...1_000_000_000), default: "5000000"),
        SettingsKey("webhooks.secret_overlap", .duration(.zero ... .seconds(30 * 86_400)), default: "24h"),
        SettingsKey("access.rate_per_second", .number(0...1_000_000), default: "50"),
        SettingsKey("access.burst", .integer(1...100_000_000), default: "500"),
        SettingsKey("access.cors_origins", .list, default: ""),
        SettingsKey("access.jwt.algorithm", .choice(["off", "HS256", "RS256", "ES256"]), default: "off"),
        SettingsKey("access.jwt.key_file", .text, default: ""),
        SettingsKey("access.jwt.jwks_url", .text, default: ""),
        SettingsKey("access.jwt.issuer", .text, default: ""),
        SettingsKey("access.jwt.audience", .text, default: ""),
        SettingsKey("access.jwt.clock_skew", .duration(.zero ... .seconds(300)), default: "30s"),
        SettingsKey("access.jwt.company_claim", .text, default: "company_id"),
        SettingsKey("access.jwt.user_claim", .text, default: "sub"),
        SettingsKey("access.jwt.role_claim", .text, default: "role"),
        SettingsKey("access.jwt.groups_claim", .text, default: "groups"),
        SettingsKey("access.jwt.agent_roles", .list, default: "agent"),
        SettingsKey("access.jwt.admin_roles", .list, default: "admin"),
        SettingsKey("access.jwt.agents_see", .choice(["all", "groups", "assigned"]), default: "all"),
        SettingsKey("worker.lanes", .integer(1...256), default: "8"),
        SettingsKey("worker.per_company", .integer(1...256), default: "4"),
        SettingsKey("worker.backfill_every", .integer(2...1000), default: "4"),
        SettingsKey("worker.max_attempts", .integer(1...100), default: "8"),
        SettingsKey("worker.lease", .duration(.seconds(5) ... .seconds(3600)), default: "60s"),
        SettingsKey("helpdesk.api_share", .number(0.01...1), default: "0.5"),
        SettingsKey("helpdesk.lookup_lifetime", .duration(.seconds(1) ... .seconds(7 * 86_400)), default: "1h"),
        SettingsKey("articles.languages", .list, default: ""),
        SettingsKey("reconcile.interval", .duration(.zero ... .seconds(30 * 86_400)), default: "5m"),
        SettingsKey("reconcile.overlap", .duration(.zero ... .seconds(7 * 86_400)), default: "10m"),
        SettingsKey("reconcile.sweep_interval", .duration(.zero ... .seconds(365 * 86_400)), default: "7d"),
        SettingsKey("reconcile.removal_cap_percent", .number(0...100), default: "5"),
        SettingsKey("reconcile.removal_cap_items", .integer(0...10_000_000), default: "25"),
        SettingsKey("reconcile.webhook_grace", .duration(.zero ... .seconds(86_400)), default: "1m"),
        SettingsKey("reconcile.missed_webhook_alarm", .number(0.01...1), default: "0.2"),
        SettingsKey("summary.follows_resolution", .boolean, default: "true"),
        SettingsKey("summary.gate.min_characters", .integer(0...10_000), default: "20"),
        SettingsKey("summary.gate.machine_made", .boolean, default: "true"),
        SettingsKey("summary.gate.spam_labels", .list, default: "spam,스팸"),
        SettingsKey("summary.gate.unresolved", .boolean, default: "false"),
        SettingsKey("summary.gate.policy", .choice(["builtin", "exclude"]), default: "builtin"),
        SettingsKey("privacy.redact", .list, default: ""),
        SettingsKey("privacy.patterns", .list, default: ""),
        SettingsKey("privacy.companies", .list, default: ""),
        SettingsKey("prices.currency", .text, default: "USD"),
        SettingsKey("prices.models", .list, default: ""),
        SettingsKey("budgets.daily_tokens", .integer(0...Int.max), default: "0"),
        SettingsKey("budgets.monthly_tokens", .integer(0...Int.max), default: "0"),
        SettingsKey("budgets.daily_money", .number(0...1_000_000_000), default: "0"),
        SettingsKey("budgets.monthly_money", .number(0...1_000_000_000), default: "0"),
        SettingsKey("budgets.reserve", .number(0...0.9), default: "0.2"),
        SettingsKey("budgets.companies", .list, default: ""),
        // And those of each provider and company that these name: `ModelKeys`.
        SettingsKey("models.providers", .list, default: ""),
        SettingsKey("models.summaries.use", .list, default: "builtin"),
        SettingsKey("models.summaries.language", .text, default: ""),
        SettingsKey("models.summaries.private_notes", .boolean, default: "false"),
        SettingsKey("models.summaries.fallback", .choice(["builtin", "park"]), default: "builtin"),
        SettingsKey("models.summaries.renew", .choice(["next_run", "new_content"]), default: "next_run"),
        SettingsKey("models.summaries.deadline", .duration(.seconds(1) ... .seconds(3600)), default: "3m"),
        SettingsKey("models.answers.use", .list, default: "summaries"),
        SettingsKey("models.answers.deadline", .duration(.seconds(1) ... .seconds(600)), default: "20s"),
        SettingsKey("models.answers.hits", .integer(1...10), default: "5"),
        SettingsKey("models.answers.check", .duration(.milliseconds(100) ... .seconds(60)), default: "3s"),
        SettingsKey("models.embeddings.use", .text, default: "builtin"),
        SettingsKey("models.embeddings.model", .text, default: ""),
        SettingsKey("models.embeddings.dimensions", .integer(0...8192), default: "0"),
        SettingsKey("models.embeddings.ask_for_dimensions", .boolean, default: "false"),
        SettingsKey("models.embeddings.former.use", .text, default: "builtin"),
        SettingsKey("models.embeddings.former.model", .text, default: ""),
        SettingsKey("models.embeddings.former.dimensions", .integer(0...8192), default: "0"),
        SettingsKey("models.embeddings.former.ask_for_dimensions", .boolean, default: "false"),
        SettingsKey("models.embeddings.batch", .integer(1...2048), default: "64"),
        SettingsKey("models.embeddings.text_limit", .integer(16...8192), default: "8000"),
        SettingsKey("replies.tone", .text, default: "polite, warm and brief"),
        SettingsKey("replies.companies", .list, default: ""),
        SettingsKey("index.kind", .choice(["builtin", "qdrant"]), default: "builtin"),
        SettingsKey("index.memory_megabytes", .integer(16...1_000_000), default: "512"),
        SettingsKey("index.keep_replaced", .duration(.zero ... .seconds(3650 * 86_400)), default: "7d"),
        SettingsKey("index.qdrant.url", .text, default: ""),
        SettingsKey("index.qdrant.api_key_file", .text, default: ""),
        SettingsKey("index.qdrant.collection", .text, default: "freshet"),
        SettingsKey("index.qdrant.dedicated", .list, default: ""),
        SettingsKey("index.qdrant.on_disk", .boolean, default: "false"),
        SettingsKey("index.qdrant.quantisation", .choice(["none", "scalar"]), default: "none"),
        SettingsKey("index.qdrant.store_text", .boolean, default: "false"),
        SettingsKey("index.qdrant.timeout", .duration(.milliseconds(100) ... .seconds(300)), default: "10s"),
        SettingsKey("recommend.init_deadline", .duration(.milliseconds(100) ... .seconds(60)), default: "3s"),
        SettingsKey("feedback.half_life", .duration(.seconds(3600) ... .seconds(3650 * 86_400)), default: "90d"),
        SettingsKey("readiness.patience", .duration(.seconds(1) ... .seconds(86_400)), default: "5m"),
        SettingsKey("canary.company", .text, default: ""),
        SettingsKey("canary.ticket", .integer(0...Int.max), default: "0"),
        SettingsKey("canary.interval", .duration(.seconds(1) ... .seconds(7 * 86_400)), default: "15m"),
        SettingsKey("canary.patience", .duration(.seconds(1) ... .seconds(86_400)), default: "2m"),
        SettingsKey("retention.deliveries", .duration(.seconds(3600) ... .seconds(3650 * 86_400)), default: "7d"),
        SettingsKey("retention.decisions", .duration(.seconds(3600) ... .seconds(3650 * 86_400)), default: "90d"),
        SettingsKey("retention.decisions_per_item", .integer(1...100_000), default: "50"),
        SettingsKey("retention.usage", .duration(.seconds(62 * 86_400) ... .seconds(36_500 * 86_400)), default: "800d"),
        SettingsKey("retention.audit", .duration(.seconds(86_400) ... .seconds(36_500 * 86_400)), default: "400d"),
        SettingsKey("retention.recommendations", .duration(.seconds(3600) ... .seconds(3650 * 86_400)), default: "30d"),
        SettingsKey("retention.recommendations_per_company", .integer(1000...100_000_000), default: "100000"),
        SettingsKey("retention.feedback", .duration(.seconds(86_400) ... .seconds(3650 * 86_400)), default: "400d"),
    ]
}

/// Durations as people write them.
enum DurationText {
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(digits) else {
                continue
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? nil : .milliseconds(product)
        }
        return nil
    }

    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        for (unit, factor) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        where milliseconds % factor == 0 && milliseconds != 0 {
            return "\(milliseconds / factor)\(unit)"
        }
        return milliseconds == 0 ? "0" : "\(milliseconds)ms"
    }
}
