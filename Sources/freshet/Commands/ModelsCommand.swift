import ArgumentParser
import FreshetAdapters
import FreshetCore
import FreshetSystem

/// What has to do with models.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Shows whether the configured models can be used.", subcommands: [Check.self])

    /// One small call to each provider in use.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks every configured model for a word: address, key and name are right, or what is wrong.",
            discussion: """
                Each call costs a few dozen tokens. Needs no store and disturbs no running server. Exit codes: 0 all is \
                well, 77 a key is refused, 78 a model is not known, 69 a provider does not answer.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            do {
                let environment = Assembly.environment
                let settings = try Settings(
                    file: common.config ?? environment["FRESHET_CONFIG"], environment: environment)
                let http = try HTTPClient(configuration: HTTPClientConfiguration(environment: environment))
                let findings = await findings(settings.models, http)
                let text =
                    findings.isEmpty
                    ? "Only the built-in models are used." : findings.map(\.line).joined(separator: "\n")
                try output.console.result(text, json: .object(["providers": .array(findings.map(\.json))]))
                if let code = findings.compactMap(\.code).first { throw code }
            } catch { throw ExitCodes.explaining(error) }
        }

        private func findings(_ settings: ModelSettings, _ http: HTTPClient) async -> [Finding] {
            let clock = SystemWallClock()
            var findings: [Finding] = []
            for provider in settings.used {
                let started = clock.now
                let fault = await ModelService(provider, http: http, clock: clock).probe(
                    embeddings: [settings.embeddings, settings.formerEmbeddings].compactMap { $0 })
                findings.append(
                    Finding(
                        provider: provider, embeddings: settings.embeddings, fault: fault, took: clock.now - started))
            }
            return findings
        }
    }
}

/// What one provider had to say.
private struct Finding {
    var provider: ModelSettings.Provider
    var embeddings: ModelSettings.Embeddings?
    var fault: ModelFault?
    var took: Duration

    private var models: [String] {
        let embedder = embeddings.flatMap { $0.provider == provider.name ? $0.model : nil }
        return [provider.model, embedder ?? ""].filter { !$0.isEmpty }
    }

    var line: String {
        let state = fault.map { "\($0)" } ?? "answers"
        return
            "\(provider.name)  \(provider.kind.rawValue)  \(models.joined(separator: ", "))  \(state)  \(took.milliseconds) ms"
    }

    var json: JSONValue {
        .object([
            "name": .string(provider.name), "kind": .string(provider.kind.rawValue),
            "models": .array(models.map { .string($0) }), "region": .string(provider.region),
            "ok": .bool(fault == nil), "fault": fault.map { .string($0.label) } ?? .null,
            "detail": fault.map { .string("\($0)") } ?? .null, "milliseconds": .integer(took.milliseconds),
        ])
    }

    var code: ExitCode? {
        switch fault {
        case nil: nil
        case .unauthorized?: ExitCodes.noPermission
        case .unknownModel?: ExitCodes.configuration
        default: ExitCodes.unavailable
        }
    }
}
