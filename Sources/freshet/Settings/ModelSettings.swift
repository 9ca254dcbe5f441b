import Foundation
import FreshetAdapters
import FreshetCore

/// Which models make summaries and vectors, for whom, and how they are reached.
///
/// Providers have names that the configuration gives them: `models.providers` lists them, `models.NAME.…` says what each
/// is (`ModelKeys`).
struct ModelSettings: Sendable {
    /// In the order of `models.providers`.
    var providers: [Provider]
    var summaries: Summaries
    var answers: Answers
    /// `nil` for the built-in embedder.
    var embeddings: Embeddings?
    /// Of an index that still serves, or is kept, until it is rebuilt; `nil` for none but the built-in one.
    var formerEmbeddings: Embeddings?
    /// Companies whose summaries have providers of their own; empty for the built-in summariser.
    var own: [CompanyID: [String]]
    /// The same for answers and replies.
    var ownAnswers: [CompanyID: [String]]

    struct Provider: Sendable {
        enum Kind: String, Sendable, CaseIterable { case openai, azure, anthropic, compatible }

        var name: String
        var kind: Kind
        var url: String
        /// Of Azure, the deployment. Empty where it makes no summaries.
        var model: String
        var apiVersion: String
        var key: Key
        /// A word for where the provider keeps what it is sent; compared with `models.companies.ID.regions`.
        var region: String
        var deadline: Duration
        var concurrency: Int
        var weight: Int
        var form: OpenAIChat.Form
        var tokenBudget: Int
    }

    enum Key: Sendable {
        case none
        case fixed(Secret)
        /// Read anew for every call: something else renews it.
        case entraToken(file: String)
    }

    struct Summaries: Sendable {
        /// In order; empty for the built-in summariser.
        var use: [String]
        var language: String?
        var includesPrivate: Bool
        /// What no provider can summarise gets a built-in summary for the time being; else it waits.
        var hasStandIns: Bool
        /// A newly configured model also summarises what has not changed, when a run looks at it.
        var renewsUnchanged: Bool
        var deadline: Duration
    }

    struct Answers: Sendable {
        /// In order; empty for none: results without an answer, and built-in drafts.
        var use: [String]
        /// Of a text, over all providers.
        var deadline: Duration
        /// That an answer may rest on.
        var hits: Int
        /// For looking up at the help desk what is cited.
        var checkPatience: Duration
    }

    struct Embeddings: Sendable {
        var provider: String
        var model: String
        var dimensions: Int
        var asksForDimensions: Bool
        var batch: Int
        var textLimit: Int
    }

    func provider(_ name: String) -> Provider? { providers.first { $0.name == name } }

    /// The names of those that write summaries, answers or replies.
    private var writers: [String] { summaries.use + answers.use + own.values.joined() + ownAnswers.values.joined() }

    /// The providers that anything is asked of.
    var used: [Provider] {
        let names = Set(writers + [embeddings?.provider, formerEmbeddings?.provider].compactMap { $0 })
        return providers.filter { names.contains($0.name) }
    }

    init(_ raw: Raw) throws {
        let names = try raw.list("models.providers")
        for name in names where !ModelKeys.isName(name) {
            throw SettingsError(
                "models.providers: '\(name)' cannot name a provider: lower-case letters, digits and -, a letter first, "
                    + "32 at most, and none of \(ModelKeys.reserved.sorted().joined(separator: ", "))")
        }
        guard Set(names).count == names.count else { throw SettingsError("models.providers: a name is there twice") }
        providers = try names.map { try Self.provider($0, raw) }
        summaries = try Self.summaries(raw, names)
        embeddings = try Self.embeddings("models.embeddings", raw, names)
        formerEmbeddings = try Self.embeddings("models.embeddings.former", raw, names)
        answers = Answers(
            use: try Self.answersUse("models.answers.use", raw, names) ?? summaries.use,
            deadline: try raw.duration("models.answers.deadline"), hits: try raw.integer("models.answers.hits"),
            checkPatience: try raw.duration("models.answers.check"))
        own = [:]
        ownAnswers = [:]
        for text in ModelKeys.companies(in: raw.values, raw.environment) {
            guard let company = CompanyID(text) else {
                throw SettingsError("models.companies: '\(text)' is not a company id like acme")
            }
            own[company] = try ownUse(of: company, raw, names)
            ownAnswers[company] = try ownAnswersUse(of: company, raw, names)
        }
        for name in Set(writers) where provider(name)?.model.isEmpty == true {
            throw SettingsError(
                "models.\(name).model: say which model (of Azure: which deployment) makes summaries and answers")
        }
    }

    // MARK: - Parts

    private static func provider(_ name: String, _ raw: Raw) throws -> Provider {
        let path = { (leaf: String) in "models.\(name).\(leaf)" }
        guard let kind = Provider.Kind(rawValue: try raw.text(path("kind"))) else {
            preconditionFailure("checked by the key's kind")
        }
        var url = try raw.text(path("url"))
        if url.isEmpty {
            switch kind {
            case .openai: url = "https://api.openai.com/v1"
            case .anthropic: url = "https://api.anthropic.com"
            case .azure, .compatible:
                throw SettingsError(
                    kind == .azure
                        ? "\(path("url")): Azure needs the resource's address, like https://NAME.openai.azure.com"
                        : "\(path("url")): say where the server is, like http://127.0.0.1:11434/v1")
            }
        }
        if url.hasSuffix("/") { url.removeLast() }
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host != nil,
            parts.user == nil, parts.query == nil, parts.fragment == nil
        else {
            throw SettingsError(
                "\(path("url")): '\(url)' is not an address like https://api.openai.com/v1; the key goes into "
                    + path("api_key_file"))
        }
        guard let form = OpenAIChat.Form(rawValue: try raw.text(path("json"))) else {
            preconditionFailure("checked by the key's kind")
        }
        return Provider(
            name: name, kind: kind, url: url, model: try raw.text(path("model")),
            apiVersion: try raw.text(path("api_version")), key: try key(of: name, kind, raw),
            region: try raw.text(path("region")), deadline: try raw.duration(path("deadline")),
            concurrency: try raw.integer(path("concurrency")), weight: try raw.integer(path("weight")), form: form,
            tokenBudget: try raw.integer(path("token_budget")))
    }

    private static func key(of name: String, _ kind: Provider.Kind, _ raw: Raw) throws -> Key {
        let path = "models.\(name).api_key_file"
        let variable = ModelKeys.keyVariable(name)
        let file = try raw.text(path)
        let tokenFile = try raw.text("models.\(name).entra_token_file")
        if !tokenFile.isEmpty {
            guard kind == .azure, file.isEmpty else {
                throw SettingsError("models.\(name).entra_token_file is for Azure, and in the place of \(path)")
            }
            return .entraToken(file: tokenFile)
        }
        if !file.isEmpty { return .fixed(try SecretInput.read(file, name: "key of \(path)")) }
        if let text = raw.environment[variable], !text.isEmpty { return .fixed(Secret(text)) }
        guard kind == .compatible else {
            throw SettingsError("\(path): \(kind.rawValue) asks for a key: name its file here, or set \(variable)")
        }
        return .none
    }

    private static func summaries(_ raw: Raw, _ names: [String]) throws -> Summaries {
        let language = try raw.text("models.summaries.language")
        guard language.isEmpty || language.wholeMatch(of: /[a-z]{2}/) != nil else {
            throw SettingsError("models.summaries.language: '\(language)' is not an ISO 639-1 code like en or ko")
        }
        return Summaries(
            use: try use("models.summaries.use", raw, names), language: language.isEmpty ? nil : language,
            includesPrivate: try raw.text("models.summaries.private_notes") == "true",
            hasStandIns: try raw.text("models.summaries.fallback") == "builtin",
            renewsUnchanged: try raw.text("models.summaries.renew") == "next_run",
            deadline: try raw.duration("models.summaries.deadline"))
    }

    /// `builtin`, or names of providers in order.
    private static func use(_ path: String, _ raw: Raw, _ names: [String]) throws -> [String] {
        let use = try raw.list(path)
        if use.isEmpty || use == ["builtin"] { return [] }
        for name in use where !names.contains(name) {
            throw SettingsError(
                "\(path): '\(name)' is not in models.providers; allowed is builtin alone, or a list of "
                    + (names.isEmpty ? "names that models.providers holds" : names.joined(separator: ", ")))
        }
        guard Set(use).count == use.count else { throw SettingsError("\(path): a provider is there twice") }
        return use
    }

    /// `nil` for whoever makes summaries.
    private static func answersUse(_ path: String, _ raw: Raw, _ names: [String]) throws -> [String]? {
        let use = try raw.list(path)
        return use.isEmpty || use == ["summaries"] ? nil : try Self.use(path, raw, names)
    }

    /// - Parameter base: the path above `use`, `model` and `dimensions`. How many texts go in a call is said once for all.
    private static func embeddings(_ base: String, _ raw: Raw, _ names: [String]) throws -> Embeddings? {
        let path = base + ".use"
        let name = try raw.text(path)
        if name == "builtin" { return nil }
        guard names.contains(name) else {
            throw SettingsError("\(path): '\(name)' is neither builtin nor in models.providers")
        }
        guard try raw.text("models.\(name).kind") != Provider.Kind.anthropic.rawValue else {
            throw SettingsError("\(path): '\(name)' is Anthropic, which makes no embeddings")
        }
        let model = try raw.text(base + ".model")
        let dimensions = try raw.integer(base + ".dimensions")
        guard !model.isEmpty, dimensions > 0 else {
            throw SettingsError(
                "\(base).model and \(base).dimensions: say which model (of Azure: which deployment) "
                    + "and how long its vectors are, like text-embedding-3-small and 1536")
        }
        return Embeddings(
            provider: name, model: model, dimensions: dimensions,
            asksForDimensions: try raw.text(base + ".ask_for_dimensions") == "true",
            batch: try raw.integer("models.embeddings.batch"),
            textLimit: try raw.integer("models.embeddings.text_limit"))
    }

    /// The company's own providers, those outside its regions left out.
    private func ownUse(of company: CompanyID, _ raw: Raw, _ names: [String]) throws -> [String] {
        let path = "models.companies.\(company).summaries.use"
        let use =
            try raw.list(path).isEmpty ? summaries.use : Self.use(path, raw, names)
        let regionsPath = "models.companies.\(company).regions"
        let regions = Set(try raw.list(regionsPath))
        guard !regions.isEmpty else { return use }
        for embeddings in [embeddings, formerEmbeddings].compactMap({ $0 }) {
            guard let region = provider(embeddings.provider)?.region, !regions.contains(region) else { continue }
            throw SettingsError(
                "\(regionsPath): models.embeddings is '\(embeddings.provider)' in region '\(region)', and all companies "
                    + "share it: use another for all, or allow its region")
        }
        let inside = self.inside(regions, use)
        guard use.isEmpty || !inside.isEmpty else {
            throw SettingsError(
                "\(regionsPath): none of \(use.joined(separator: ", ")) is in \(regions.sorted().joined(separator: ", ")); "
                    + "set models.NAME.region, or \(path) to builtin")
        }
        return inside
    }
}

extension ModelSettings {
    /// The company's own word about answers first, then its word about summaries, which says where its texts may go, then
    /// what holds for all; those outside its regions left out.
    fileprivate func ownAnswersUse(of company: CompanyID, _ raw: Raw, _ names: [String]) throws -> [String] {
        let path = "models.companies.\(company)."
        let hasOwnSummaries = try !raw.list(path + "summaries.use").isEmpty
        let regions = Set(try raw.list(path + "regions"))
        guard let use = try Self.answersUse(path + "answers.use", raw, names) else {
            if hasOwnSummaries { return own[company] ?? [] }
            return regions.isEmpty ? answers.use : inside(regions, answers.use)
        }
        guard !regions.isEmpty else { return use }
        let kept = inside(regions, use)
        guard use.isEmpty || !kept.isEmpty else {
            throw SettingsError(
                "\(path)answers.use: none of \(use.joined(separator: ", ")) is in "
                    + "\(regions.sorted().joined(separator: ", ")), where the company's texts may go")
        }
        return kept
    }

    fileprivate func inside(_ regions: Set<String>, _ use: [String]) -> [String] {
        use.filter { name in provider(name).map { regions.contains($0.region) } ?? false }
    }
}

/// Keys whose paths hold names that the configuration itself chooses.
enum ModelKeys {
    /// What stands beside the names of providers.
    static let reserved: Set<String> = [
        "providers", "summaries", "answers", "embeddings", "companies", "builtin",
    ]

    static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z][a-z0-9-]{0,31}/) != nil && !reserved.contains(text)
    }

    /// Those that this file and environment may hold.
    static func all(in values: [String: String], _ environment: [String: String]) -> [SettingsKey] {
        let names = (environment["FRESHET_MODELS_PROVIDERS"] ?? values["models.providers"] ?? "")
            .split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter(isName)
        return names.flatMap(keys(ofProvider:)) + companies(in: values, environment).flatMap(keys(ofCompany:))
    }

    static func keys(ofProvider name: String) -> [SettingsKey] {
        let path = "models.\(name)."
        return [
            SettingsKey(
                path + "kind", .choice(ModelSettings.Provider.Kind.allCases.map(\.rawValue)), default: "openai"),
            SettingsKey(path + "url", .text, default: ""),
            SettingsKey(path + "model", .text, default: ""),
            SettingsKey(path + "api_version", .text, default: "2024-10-21"),
            SettingsKey(path + "api_key_file", .text, default: ""),
            SettingsKey(path + "entra_token_file", .text, default: ""),
            SettingsKey(path + "region", .text, default: ""),
            SettingsKey(path + "deadline", .duration(.milliseconds(100) ... .seconds(600)), default: "60s"),
            SettingsKey(path + "concurrency", .integer(1...256), default: "4"),
            SettingsKey(path + "weight", .integer(0...1000), default: "0"),
            SettingsKey(path + "json", .choice(OpenAIChat.Form.allCases.map(\.rawValue)), default: "schema"),
            SettingsKey(path + "token_budget", .integer(500...1_000_000), default: "24000"),
        ]
    }

    static func keys(ofCompany id: String) -> [SettingsKey] {
        [
            SettingsKey("models.companies.\(id).summaries.use", .list, default: ""),
            SettingsKey("models.companies.\(id).answers.use", .list, default: ""),
            SettingsKey("models.companies.\(id).regions", .list, default: ""),
        ]
    }

    /// Companies that have keys of their own.
    static func companies(in values: [String: String], _ environment: [String: String]) -> [String] {
        let inFile = values.keys.compactMap { path -> String? in
            let parts = path.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count > 3 && parts[0] == "models" && parts[1] == "companies" ? String(parts[2]) : nil
        }
        let inEnvironment = environment.keys.compactMap { name -> String? in
            for suffix in ["_SUMMARIES_USE", "_ANSWERS_USE", "_REGIONS"] where name.hasSuffix(suffix) {
                let prefix = "FRESHET_MODELS_COMPANIES_"
                guard name.hasPrefix(prefix), name.count > prefix.count + suffix.count else { continue }
                return name.dropFirst(prefix.count).dropLast(suffix.count).lowercased().replacing("_", with: "-")
            }
            return nil
        }
        return Set(inFile + inEnvironment).sorted()
    }

    /// `FRESHET_MODELS_MAIN_API_KEY`.
    static func keyVariable(_ name: String) -> String {
        SettingsKey("models.\(name).api_key", .text, default: "").environmentName
    }
}
