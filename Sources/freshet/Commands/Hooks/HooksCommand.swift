import ArgumentParser
import FreshetAdapters
import FreshetCore

/// What is installed into a company's help desk, so that it calls us.
struct HooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Shows, installs, proves and removes what makes the help desk call us.",
        discussion: """
            A company of the scheme token is served by automation rules, which these commands install; one of the scheme \
            standard by the signing app, whose settings `hooks print` shows. hooks/README.md says which to choose.
            """,
        subcommands: [Print.self, Install.self, Verify.self, Remove.self])
}

/// An administrator's key for one call, where the stored one only reads.
struct AdministratorKey: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the API key of an administrator, - for standard input; used for this call and not stored. Default: the stored key.",
            valueName: "file"))
    var apiKeyFile: String?

    func read() throws -> Secret? { try apiKeyFile.map { try SecretInput.read($0, name: "API key") } }
}

extension Assembly {
    func webhookURL(of company: Company) -> String {
        "\(settings.publicURL)/webhooks/\(company.platform.rawValue)/\(company.id)"
    }

    /// The secret that new hooks get; an older one may be good for a while besides.
    func webhookSecret(of company: Company) async throws -> Secret {
        guard let secret = try await companies.webhookCredentials(of: company.id, now: clock.now)?.secrets.first else {
            throw CommandFailure(
                "\(company.id) has no webhook secret; `freshet company rotate-secret \(company.id)` makes one",
                code: ExitCodes.configuration)
        }
        return secret
    }

    func hookTarget(of company: Company) async throws -> HookTarget {
        HookTarget(url: webhookURL(of: company), secret: try await webhookSecret(of: company))
    }

    /// Automation rules can only send a static secret, and must not send it in the clear.
    func rulesTarget(of company: Company) async throws -> HookTarget {
        guard company.scheme == .token else {
            throw CommandFailure(
                """
                the webhooks of \(company.id) are signed (scheme \(company.scheme.rawValue)), and automation rules cannot sign. \
                Either `freshet company rotate-secret \(company.id) --scheme token`, then install again (what signs today is \
                refused from then on); or install the signing app of hooks/freshdesk-app instead, which is the stronger way
                """, code: ExitCodes.configuration)
        }
        let target = try await hookTarget(of: company)
        let isDevelopment = try FreshdeskURL.recorded(company.url).isDevelopment
        guard target.url.hasPrefix("https://") || isDevelopment else {
            throw CommandFailure(
                "the webhook URL \(target.url) is not https, and rules send the secret with every call: set public_url "
                    + "(FRESHET_PUBLIC_URL) to the address that the help desk reaches us by",
                code: ExitCodes.configuration)
        }
        return target
    }
}

extension HooksCommand {
    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the rules, or the settings of the signing app, to be entered by hand.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @Flag(help: "Print the webhook secret, too; a placeholder stands for it otherwise.") var showSecret = false

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let secret =
                    showSecret
                    ? try await house.webhookSecret(of: company) : Secret("<webhook secret of \(company.id)>")
                switch company.scheme {
                case .token: try await printRules(house, company, secret)
                case .standard: try printApp(house, company, secret)
                case .hub:
                    throw CommandFailure(
                        """
                        nothing that is installed into this help desk signs as scheme hub: \
                        `freshet company rotate-secret \(company.id) --scheme standard` for the signing app, or --scheme token for \
                        automation rules
                        """, code: ExitCodes.configuration)
                }
            } catch { throw ExitCodes.explaining(error) }
        }

        private func printRules(_ house: Assembly, _ company: Company, _ secret: Secret) async throws {
            let url = house.webhookURL(of: company)
            let definitions = try await house.hooks(of: company, key: Secret("unused"))
                .definitions(for: HookTarget(url: url, secret: secret))
            let texts = try definitions.map { "# \($0.label), under \($0.place)\n\(try Console.pretty($0.rule))" }
            try output.console.result(
                texts.joined(separator: "\n\n"),
                json: .object([
                    "company_id": .string(company.id.text), "scheme": .string(company.scheme.rawValue),
                    "webhook_url": .string(url),
                    "rules": .array(
                        definitions.map {
                            .object(["label": .string($0.label), "place": .string($0.place), "rule": $0.rule])
                        }),
                ]))
        }

        /// The settings carry the names of the app's installation parameters.
        private func printApp(_ house: Assembly, _ company: Company, _ secret: Secret) throws {
            let url = house.webhookURL(of: company)
            let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
            let host = parts.count > 1 ? String(parts[1]) : ""
            if !url.hasPrefix("https://") || host.contains(":") {
                output.console.note(
                    "note: the app calls https on port 443 only; \(url) is not there. Set public_url to what the help desk reaches us by"
                )
            }
            try output.console.result(
                """
                Settings of the app in hooks/freshdesk-app:
                  Host of Freshet  \(host)
                  Company          \(company.id)
                  Webhook secret   \(secret.text ?? "")
                """,
                json: .object([
                    "company_id": .string(company.id.text), "scheme": .string(company.scheme.rawValue),
                    "webhook_url": .string(url),
                    "app": .object([
                        "freshet_host": .string(host), "freshet_company": .string(company.id.text),
                        "webhook_secret": .string(secret.text ?? ""),
                    ]),
                ]))
        }
    }

    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Makes the automation rules, or renews them; safe to repeat, and after a change of secret or URL.",
            discussion: """
                Only rules that bear Freshet's name and the company's are touched. The key must belong to an administrator \
                of the help desk.
                """)
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @OptionGroup var key: AdministratorKey

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let aim = try await house.rulesTarget(of: company)
                let hooks = try await house.hooks(of: company, key: try key.read())
                let survey = try await house.auditing("hooks.install", company.id, "hooks") {
                    try await hooks.install(aim)
                }
                try output.console.show(
                    survey, of: company,
                    [
                        "Next: `freshet hooks verify \(company.id)` proves that a change arrives."
                    ])
            } catch { throw ExitCodes.explaining(error) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes the company's automation rules from the help desk, and no others.")
        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: CompanyArgument
        @OptionGroup var key: AdministratorKey

        func run() async throws {
            do {
                let house = try Assembly.open(common)
                let company = try await house.company(target.company)
                let hooks = try await house.hooks(of: company, key: try key.read())
                let survey = try await house.auditing("hooks.remove", company.id, "hooks") { try await hooks.remove() }
                try output.console.show(survey, of: company, [])
            } catch { throw ExitCodes.explaining(error) }
        }
    }
}

extension Console {
    fileprivate func show(_ survey: HookSurvey, of company: Company, _ next: [String]) throws {
        for warning in survey.warnings { note("warning: \(warning)") }
        let lines = survey.hooks.map { hook in
            let id = hook.id.map { ", rule \($0)" } ?? ""
            return "\(hook.name): \(hook.change?.rawValue ?? hook.state.rawValue)\(id)"
        }
        try result(
            (lines.isEmpty ? ["There was no rule of \(company.id)."] : lines + next).joined(separator: "\n"),
            json: .object([
                "company_id": .string(company.id.text),
                "rules": .array(
                    survey.hooks.map { hook in
                        .object([
                            "name": .string(hook.name), "id": hook.id.map { .integer($0) } ?? .null,
                            "state": .string(hook.state.rawValue),
                            "change": hook.change.map { .string($0.rawValue) } ?? .null,
                        ])
                    }),
                "warnings": .array(survey.warnings.map { .string("\($0)") }),
            ]))
    }
}
