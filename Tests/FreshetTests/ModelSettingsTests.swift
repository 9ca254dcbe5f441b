import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import freshet

/// The configuration of models: what it comes to, and what stops the start.
struct ModelSettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try "file-key\n".write(toFile: directory.path("key"), atomically: true, encoding: .utf8)
    }

    private func settings(_ yaml: String, _ environment: [String: String] = [:]) throws -> Settings {
        let file = directory.path("freshet.yaml")
        try yaml.replacing("KEY", with: directory.path("key")).write(toFile: file, atomically: true, encoding: .utf8)
        return try Settings(file: file, environment: environment)
    }

    private func complaint(_ yaml: String, _ environment: [String: String] = [:]) throws -> String {
        do {
            _ = try settings(yaml, environment)
            return "nothing"
        } catch let error as SettingsError {
            return error.description
        }
    }

    @Test func `without a word about models only the built-in ones are used`() throws {
        let models = try settings("quiet_period: 3s").models
        #expect(models.used.isEmpty && models.summaries.use.isEmpty && models.embeddings == nil && models.own.isEmpty)
    }

    @Test func `providers have the names and keys that they are given`() throws {
        let models = try settings(
            """
            models:
              providers: [main, azure-eu]
              main: { model: gpt-4o-mini, api_key_file: KEY, weight: 3, token_budget: 9000, json: object }
              azure-eu: { kind: azure, url: "https://x.openai.azure.com/", model: mini, region: eu, deadline: 20s }
              summaries: { use: [azure-eu, main], language: ko, private_notes: true, fallback: park }
              embeddings: { use: azure-eu, model: small, dimensions: 1536 }
            """, ["FRESHET_MODELS_AZURE_EU_API_KEY": "k", "FRESHET_MODELS_AZURE_EU_CONCURRENCY": "9"]
        ).models
        let main = try #require(models.provider("main"))
        #expect(main.url == "https://api.openai.com/v1" && main.weight == 3 && "\(main.form)" == "object")
        guard case .fixed(let secret) = main.key else { throw Stage.Failure(description: "no key") }
        #expect(secret.text == "file-key")
        let azure = try #require(models.provider("azure-eu"))
        #expect(azure.url == "https://x.openai.azure.com" && azure.concurrency == 9 && azure.deadline == .seconds(20))
        #expect(models.summaries.use == ["azure-eu", "main"] && models.summaries.language == "ko")
        #expect(models.summaries.includesPrivate && !models.summaries.hasStandIns)
        #expect(models.embeddings?.provider == "azure-eu")
        #expect(models.used.map(\.name) == ["main", "azure-eu"])
    }

    @Test func `the environment alone is enough`() throws {
        let environment = [
            "FRESHET_MODELS_PROVIDERS": "local", "FRESHET_MODELS_LOCAL_KIND": "compatible",
            "FRESHET_MODELS_LOCAL_URL": "http://127.0.0.1:11434/v1", "FRESHET_MODELS_LOCAL_MODEL": "llama",
            "FRESHET_MODELS_SUMMARIES_USE": "local", "FRESHET_MODELS_COMPANIES_ACME_EU_SUMMARIES_USE": "builtin",
            "FRESHET_MODELS_LOCAL_WIEGHT": "1",
        ]
        let settings = try Settings(file: nil, environment: environment)
        #expect(settings.models.summaries.use == ["local"])
        #expect(settings.models.own == [CompanyID("acme-eu")!: []])
        #expect(settings.unknownVariables(in: environment) == ["FRESHET_MODELS_LOCAL_WIEGHT"])
    }

    @Test func `a company may be kept to providers and to regions`() throws {
        let models = try settings(
            """
            models:
              providers: [us, eu]
              us: { model: a, api_key_file: KEY, region: us }
              eu: { kind: anthropic, model: b, api_key_file: KEY, region: eu }
              summaries: { use: [us, eu] }
              companies:
                acme: { regions: [eu] }
                globex: { summaries: { use: us } }
            """
        ).models
        #expect(models.own == [CompanyID("acme")!: ["eu"], CompanyID("globex")!: ["us"]])
    }

    @Test func `answers go where summaries go, unless a word about answers says otherwise`() throws {
        let providers = """
            models:
              providers: [us, eu]
              us: { model: a, api_key_file: KEY, region: us }
              eu: { kind: anthropic, model: b, api_key_file: KEY, region: eu }
            """
        let (acme, globex, zeta) = (CompanyID("acme")!, CompanyID("globex")!, CompanyID("zeta")!)
        let following = try settings(
            providers + """

                  summaries: { use: [us, eu] }
                  companies:
                    acme: { regions: [eu] }
                    globex: { summaries: { use: builtin } }
                """
        ).models
        #expect(following.answers.use == ["us", "eu"])
        #expect(following.ownAnswers == [acme: ["eu"], globex: []])
        let own = try settings(
            providers + """

                  answers: { use: us, deadline: 9s }
                  companies:
                    acme: { regions: [eu] }
                    globex: { summaries: { use: builtin }, answers: { use: eu } }
                    zeta: { answers: { use: builtin } }
                """
        ).models
        #expect(own.summaries.use.isEmpty && own.answers.use == ["us"] && own.answers.deadline == .seconds(9))
        #expect(own.ownAnswers == [acme: [], globex: ["eu"], zeta: []], "none is in acme's region: none is asked")
        #expect(own.used.map(\.name) == ["us", "eu"])
    }

    @Test func `a company sounds as it wants to`() throws {
        let settings = try settings("replies: { tone: brief, companies: ['acme formal, in whole sentences'] }")
        #expect(settings.tone == "brief")
        #expect(settings.tones == [CompanyID("acme")!: "formal, in whole sentences"])
    }

    @Test(
        arguments: [
            ("models: { providers: [Main] }", "models.providers: 'Main' cannot name a provider"),
            ("models: { providers: [summaries] }", "cannot name a provider"),
            ("models: { providers: [a, a], a: { api_key_file: KEY } }", "twice"),
            ("models: { main: { kind: openai } }", "unknown key 'models.main.kind'; models.providers lists no 'main'"),
            (
                "models: { providers: [a], a: { api_key_file: KEY, modle: x } }",
                "unknown key 'models.a.modle'; a provider has"
            ),
            (
                "models: { providers: [a], a: { kind: openia, api_key_file: KEY } }",
                "'openia' is not openai | azure | anthropic | compatible"
            ),
            (
                "models: { providers: [a] }",
                "models.a.api_key_file: openai asks for a key: name its file here, or set FRESHET_MODELS_A_API_KEY"
            ),
            ("models: { providers: [a], a: { kind: compatible } }", "models.a.url: say where the server is"),
            ("models: { providers: [a], a: { url: \"http://k:s@x/\", api_key_file: KEY } }", "is not an address"),
            (
                "models: { providers: [a], a: { api_key_file: KEY }, summaries: { use: a } }",
                "models.a.model: say which"
            ),
            ("models: { summaries: { use: [nobody] } }", "models.summaries.use: 'nobody' is not in models.providers"),
            ("models: { summaries: { fallback: maybe } }", "builtin | park"),
            ("models: { answers: { use: [nobody] } }", "models.answers.use: 'nobody' is not in models.providers"),
            ("models: { answers: { hits: 50 } }", "a whole number, 1...10"),
            ("replies: { companies: [acme] }", "is not a company id and its tone"),
            ("replies: { tone: \"\" }", "how replies should sound"),
            (
                "models: { providers: [a], a: { api_key_file: KEY, model: m, region: us }, companies: { x: { regions: eu, answers: { use: a } } } }",
                "answers.use: none of a is in eu"
            ),
            ("models: { summaries: { language: korean } }", "ISO 639-1"),
            ("models: { embeddings: { use: nobody } }", "neither builtin nor in models.providers"),
            (
                "models: { providers: [a], a: { kind: anthropic, api_key_file: KEY }, embeddings: { use: a } }",
                "makes no embeddings"
            ),
            (
                "models: { providers: [a], a: { api_key_file: KEY }, embeddings: { use: a } }",
                "models.embeddings.dimensions"
            ),
            (
                "models: { providers: [a], a: { api_key_file: KEY, entra_token_file: /t } }",
                "entra_token_file is for Azure"
            ),
            ("models: { companies: { Acme: { regions: eu } } }", "'Acme' is not a company id"),
            (
                "models: { providers: [a], a: { api_key_file: KEY, model: m, region: us }, summaries: { use: a }, companies: { x: { regions: eu } } }",
                "none of a is in eu"
            ),
        ])
    func `what cannot be meant stops the start and says what may be`(yaml: String, text: String) throws {
        let complaint = try complaint(yaml)
        #expect(complaint.contains(text), "\(complaint)")
    }

    /// Each commented key with its marks taken away is a key, and there is no other.
    @Test func `the example file shows every key, and no other`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "config/freshet.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
            .replacing(/(?m)^(?<space> *)#(?=[a-z_]+:)/) { $0.output.space }
        let environment = ["FRESHET_MODELS_PROVIDERS": "main"]
        let values = try SettingsFile.parse(text, named: "freshet.yaml", environment: environment)
        let keys = SettingsKey.all + ModelKeys.keys(ofProvider: "main") + ModelKeys.keys(ofCompany: "acme")
        #expect(Set(keys.map(\.path)).subtracting(values.keys).sorted() == [])
        for key in keys where !key.defaultText.isEmpty && key.kind != .list {
            #expect(values[key.path] == key.defaultText, "\(key.path)")
        }
    }
}
