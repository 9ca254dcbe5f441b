import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetSystem

/// Companies: the tenants, their help desks, secrets and tokens.
struct CompanyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "company", abstract: "Adds, shows and changes companies; works beside a running server.",
        subcommands: [
            Add.self, List.self, Show.self, RotateSecret.self, SetKey.self, Token.self, Pause.self, Resume.self,
            Erase.self, Purge.self,
        ])
}

extension CompanyID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
extension Platform: ExpressibleByArgument {}
extension WebhookScheme: ExpressibleByArgument {}

struct CompanyArgument: ParsableArguments {
    @Argument(help: "The company: lower-case letters, digits and dashes, at most 63.")
    var company: CompanyID
}

extension CompanyCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a company and prints its webhook URL, secret and token, once.",
            discussion: """
                The API key belongs to one agent of the help desk, best one with global scope that only reads. Only \
                https://<account>.freshdesk.com is called; a loopback URL is taken as a simulator for development.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: "The help desk product.") var platform: Platform = .freshdesk
        @Option(help: "The account's address, https://acme.freshdesk.com.") var url: String
        @Option(
            help: ArgumentHelp("File with the API key, - for standard input; asked for otherwise.", valueName: "file"))
        var apiKeyFile: String?
        @Option(help: "How webhooks prove who sends them: standard (signed), hub (signed), token (weaker).")
        var scheme: WebhookScheme = .standard
        @Option(help: ArgumentHelp("File with a webhook secret of your own; made otherwise.", valueName: "file"))
        var webhookSecretFile: String?
        @Option(help: ArgumentHelp("Share of the account's API quota to use, 0.01...1.", valueName: "share"))
        var apiShare: Double?
        @Flag(help: "Allow a URL that is neither *.freshdesk.com nor loopback.") var development = false
        @Flag(help: "Do not try the API key now.") var noCheck = false

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let address = try address()
                let share = apiShare ?? house.settings.apiShare
                guard (0.01...1).contains(share) else {
                    throw ValidationError("--api-share must be 0.01...1, got \(share)")
                }
                let key = try SecretInput.read(apiKeyFile, name: "API key")
                let secret =
                    try webhookSecretFile.map { try SecretInput.read($0, name: "webhook secret") }
                    ?? NewSecret.webhook(scheme)
                try WebhookSecret.validate(secret, scheme: scheme)
                let company = Company(
                    id: target.company, platform: platform, url: address, scheme: scheme, apiShare: share,
                    createdAt: house.clock.now)
                if !noCheck { try await check(house, company, key) }
                let token = NewSecret.token()
                // The company is not there before, so this is nobody's act but the operator's.
                try await house.auditing("company.add", nil, "\(company.id)") {
                    try await house.companies.add(company, apiKey: key, webhookSecret: secret)
                    try await house.companies.addToken(
                        token, of: company.id, role: .admin, label: "first", expiresAt: nil, now: house.clock.now)
                }
                let webhook = "\(house.settings.publicURL)/webhooks/\(platform.rawValue)/\(company.id)"
                try output.console.result(
                    """
                    Company \(company.id) is added. Shown once, keep them safe:
                      webhook URL     \(webhook)
                      webhook secret  \(secret.text ?? "")
                      admin token     \(token.text ?? "")
                    Next: `freshet reconcile \(company.id) --follow` brings what is there; `freshet serve` keeps it fresh.
                    """,
                    json: .object([
                        "company_id": .string(company.id.text), "webhook_url": .string(webhook),
                        "webhook_secret": .string(secret.text ?? ""), "token": .string(token.text ?? ""),
                        "scheme": .string(scheme.rawValue),
                    ]))
            } catch { throw ExitCodes.explaining(error) }
        }

        private func address() throws -> URL {
            do {
                let address = try FreshdeskURL.validate(url, allowDevelopment: development)
                if address.isDevelopment {
                    output.console.note("note: \(address) is taken as a stand-in for development")
                }
                guard let url = URL(string: address.text) else { throw FreshdeskURLError.notAnAddress }
                return url
            } catch let error as FreshdeskURLError {
                throw ValidationError("--url: \(error)")
            }
        }

        /// A refused key is a mistake worth stopping for; a help desk that does not answer now may answer later.
        private func check(_ house: Assembly, _ company: Company, _ key: Secret) async throws {
            do {
                try await house.helpDesk(for: company, key: key).check()
            } catch UpstreamError.unauthorized {
                throw CommandFailure(
                    "the help desk at \(company.url) refused the API key; nothing was added",
                    code: ExitCodes.noPermission)
            } catch let error as UpstreamError {
                output.console.note("note: the help desk did not answer a test call (\(error)); added all the same")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the companies.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let companies = try await house.companies.all().sorted { $0.id < $1.id }
                var table = Table(header: ["COMPANY", "PLATFORM", "URL", "WEBHOOKS", "STATE"])
                table.rows = companies.map {
                    [
                        $0.id.text, $0.platform.rawValue, $0.url.absoluteString, $0.scheme.rawValue,
                        $0.isPaused ? "paused" : "active",
                    ]
                }
                try output.console.result(
                    companies.isEmpty ? "No companies yet: `freshet company add` makes one." : table.text,
                    json: .array(companies.map(json)))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows a company and its tokens, without secrets.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let tokens = try await house.companies.tokens(of: company.id)
                var object = fields(company)
                object["tokens"] = .array(tokens.map { json($0, at: house.clock.now) })
                try output.console.result(
                    """
                    company   \(company.id)\(company.isPaused ? " (paused)" : "")
                    help desk \(company.platform.rawValue), \(company.url.absoluteString), up to \(Int(company.apiShare * 100)) % of its API quota
                    webhooks  \(house.settings.publicURL)/webhooks/\(company.platform.rawValue)/\(company.id), scheme \(company.scheme.rawValue)
                    since     \(company.createdAt)

                    \(tokenTable(tokens, at: house.clock.now))
                    """, json: .object(object))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct RotateSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret", abstract: "Makes a new webhook secret; the old one stays good for a while.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(help: "Change the scheme, too; then the old secret ends at once.") var scheme: WebhookScheme?
        @Option(help: "How long the old secret stays good: 0, 30m, 24h. Default: webhooks.secret_overlap.") var overlap:
            String?
        @Option(help: ArgumentHelp("File with a secret of your own; made otherwise.", valueName: "file"))
        var webhookSecretFile: String?

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let scheme = self.scheme ?? company.scheme
                guard let duration = overlap.map(DurationText.parse) ?? house.settings.secretOverlap else {
                    throw ValidationError("--overlap must be a duration like 0, 30m or 24h")
                }
                let kept = scheme == company.scheme ? duration : .zero
                let secret =
                    try webhookSecretFile.map { try SecretInput.read($0, name: "webhook secret") }
                    ?? NewSecret.webhook(scheme)
                try WebhookSecret.validate(secret, scheme: scheme)
                let now = house.clock.now
                try await house.auditing("company.rotate-secret", company.id, "webhook secret") {
                    try await house.companies.rotateWebhookSecret(
                        of: company.id, to: secret, scheme: self.scheme, overlapUntil: now + kept, now: now)
                }
                try output.console.result(
                    """
                    New webhook secret of \(company.id), shown once: \(secret.text ?? "")
                    The old one is accepted until \((now + kept).iso8601).
                    """,
                    json: .object([
                        "company_id": .string(company.id.text), "webhook_secret": .string(secret.text ?? ""),
                        "scheme": .string(scheme.rawValue), "old_secret_until": .string((now + kept).iso8601),
                    ]))
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct SetKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-key", abstract: "Replaces the help desk's API key.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Option(
            help: ArgumentHelp("File with the API key, - for standard input; asked for otherwise.", valueName: "file"))
        var apiKeyFile: String?
        @Flag(help: "Do not try the key before it is stored.") var noCheck = false

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let key = try SecretInput.read(apiKeyFile, name: "API key")
                if !noCheck { try await house.helpDesk(for: company, key: key).check() }
                try await house.auditing("company.set-key", company.id, "API key") {
                    try await house.companies.setAPIKey(key, of: company.id, now: house.clock.now)
                }
                try output.console.result(
                    "The API key of \(company.id) is replaced.", json: .object(["company_id": .string(company.id.text)])
                )
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops a company's runs; its webhooks are still accepted and wait.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        func run() async throws { try await setPaused(true, target.company, common, output.console) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets a paused company's runs go on.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        func run() async throws { try await setPaused(false, target.company, common, output.console) }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a company and everything that is kept of it, for good, and says what went.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Flag(help: "Do not ask.") var yes = false

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                if !yes {
                    output.console.note(
                        "This removes \(company.id) for good: tickets' copies, index, secrets, tokens, history.")
                    output.console.note("Type its name to go on:")
                    guard readLine()?.trimmingCharacters(in: .whitespaces) == company.id.text else {
                        throw CommandFailure("nothing was removed", code: ExitCodes.temporary)
                    }
                }
                // While the company is there, so that a purge of which this part fails can be asked for again; and once
                // more for what runs in hand have written meanwhile.
                let removed = try await house.auditing("company.purge", nil, "\(company.id)") {
                    let points = try await house.index.purge(company.id)
                    var removed = try await house.companies.purge(company.id)
                    _ = try await house.index.purge(company.id)
                    if points > 0 { removed["points"] = points }
                    return removed
                }
                var table = Table(header: ["REMOVED", "ROWS"])
                table.rows = removed.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] }
                try output.console.result(
                    table.text,
                    json: .object([
                        "company_id": .string(company.id.text),
                        "removed": .object(removed.mapValues { .integer(Int64($0)) }),
                    ]))
            } catch { throw ExitCodes.explaining(error) }
        }
    }
}

private func setPaused(_ paused: Bool, _ id: CompanyID, _ common: CommonOptions, _ console: Console) async throws {
    do {
        let house = try Assembly.open(common)
        let company = try await house.company(id)
        try await house.auditing(paused ? "company.pause" : "company.resume", company.id, "\(company.id)") {
            try await house.companies.setPaused(paused, company.id, now: house.clock.now)
        }
        try console.result(
            paused ? "\(id) is paused." : "\(id) goes on.",
            json: .object(["company_id": .string(id.text), "paused": .bool(paused)]))
    } catch { throw ExitCodes.explaining(error) }
}

private func json(_ company: Company) -> JSONValue { .object(fields(company)) }

private func fields(_ company: Company) -> [String: JSONValue] {
    [
        "company_id": .string(company.id.text), "platform": .string(company.platform.rawValue),
        "url": .string(company.url.absoluteString), "scheme": .string(company.scheme.rawValue),
        "paused": .bool(company.isPaused), "api_share": .number(company.apiShare),
        "created_at": .string(company.createdAt.iso8601),
    ]
}

/// Secrets that we make: enough random bits that nobody guesses one.
enum NewSecret {
    /// `whsec_` and 32 bytes in base64 for `standard`; 64 hex digits otherwise.
    static func webhook(_ scheme: WebhookScheme) -> Secret {
        switch scheme {
        case .standard: Secret("whsec_" + Base64.encode(randomBytes(32)))
        case .hub, .token: Secret(randomBytes(32).hexEncoded)
        }
    }

    /// `frt_` and 256 bits in hex; the prefix lets secret scanners find one that leaked.
    static func token() -> Secret { Secret("frt_" + randomBytes(32).hexEncoded) }
}
