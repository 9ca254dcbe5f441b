import Foundation
import FreshetAdapters
import FreshetCore
import FreshetSystem

/// The models as the configuration wants them: one gate to each provider and purpose.
struct Models: Sendable {
    let summariser: any Summariser
    /// Of answers and replies; built in where no provider is named.
    let writer: any Writer
    let embedder: any Embedder
    /// What searches in an index need that was filled by others before.
    let otherEmbedders: [any Embedder]
    /// Makes what no provider can, for the time being; `nil` where items wait instead, or nobody else is asked anyway.
    let standIn: (any Summariser)?
    let isBuiltin: Bool

    init(
        _ settings: ModelSettings, http: HTTPClient, clock: any WallClock, random: any RandomSource,
        meter: any UsageMeter
    ) {
        func service(_ provider: ModelSettings.Provider) -> ModelService {
            ModelService(provider, http: http, clock: clock)
        }
        func gate(
            _ provider: ModelSettings.Provider, _ purpose: ModelPurpose,
            probe: @escaping @Sendable () async -> ModelFault?
        ) -> ProviderGate {
            ProviderGate(
                name: provider.name, purpose: purpose, concurrency: provider.concurrency, clock: clock, random: random,
                probe: probe)
        }
        // Companies with routes of their own share the gates with all others. Answers have gates of their own: an agent
        // does not wait behind a backfill.
        func gates(_ purpose: ModelPurpose, _ names: [String]) -> [String: ProviderGate] {
            let named = settings.providers.filter { names.contains($0.name) && !$0.model.isEmpty }
            return Dictionary(
                uniqueKeysWithValues: named.map { provider in
                    let chat = service(provider).chat()
                    return (
                        provider.name, gate(provider, purpose) { await chat.probe(deadline: provider.deadline) }
                    )
                })
        }
        let gatesOfSummaries = gates(.summary, settings.summaries.use + settings.own.values.joined())
        let gatesOfAnswers = gates(.answer, settings.answers.use + settings.ownAnswers.values.joined())
        func route(_ names: [String]) -> any Summariser {
            let choices = names.compactMap { name -> RoutedSummariser.Choice? in
                guard let provider = settings.provider(name), let gate = gatesOfSummaries[name] else { return nil }
                return RoutedSummariser.Choice(
                    gate: gate,
                    summariser: PromptedSummariser(
                        chat: GatedChat(service(provider).chat(), behind: gate),
                        configuration: PromptedSummariser.Configuration(
                            budget: provider.tokenBudget, language: settings.summaries.language,
                            includesPrivate: settings.summaries.includesPrivate, deadline: provider.deadline),
                        clock: clock, meter: meter), weight: provider.weight)
            }
            guard !choices.isEmpty else { return BuiltinSummariser() }
            return RoutedSummariser(choices, deadline: settings.summaries.deadline, clock: clock, random: random)
        }
        func writers(_ names: [String]) -> any Writer {
            let choices = names.compactMap { name -> RoutedWriter.Choice? in
                guard let provider = settings.provider(name), let gate = gatesOfAnswers[name] else { return nil }
                return RoutedWriter.Choice(
                    name: name,
                    writer: PromptedWriter(
                        chat: GatedChat(service(provider).chat(), behind: gate),
                        configuration: PromptedWriter.Configuration(
                            budget: provider.tokenBudget, deadline: provider.deadline),
                        clock: clock, meter: meter), weight: provider.weight)
            }
            return choices.isEmpty ? BuiltinWriter() : RoutedWriter(choices, clock: clock, random: random)
        }
        let ownWriters = settings.ownAnswers.mapValues(writers)
        let standardWriter = writers(settings.answers.use)
        writer = ownWriters.isEmpty ? standardWriter : CompanyWriters(standard: standardWriter, own: ownWriters)
        let standard = route(settings.summaries.use)
        let own = settings.own.mapValues(route)
        summariser = own.isEmpty ? standard : CompanySummarisers(standard: standard, own: own)
        let asksAnybody = !settings.summaries.use.isEmpty || settings.own.values.contains { !$0.isEmpty }
        standIn = asksAnybody && settings.summaries.hasStandIns ? BuiltinSummariser() : nil
        func embedder(_ embeddings: ModelSettings.Embeddings?) -> (any Embedder)? {
            guard let embeddings, let provider = settings.provider(embeddings.provider) else { return nil }
            let bare = service(provider).embedder(embeddings, gate: nil, meter: TokenCounter())
            return service(provider).embedder(
                embeddings, gate: gate(provider, .embedding) { await bare.probe() }, meter: meter)
        }
        self.embedder = embedder(settings.embeddings) ?? BuiltinEmbedder()
        // The built-in one costs nothing and is always to be had.
        otherEmbedders = [embedder(settings.formerEmbeddings), BuiltinEmbedder()].compactMap { $0 }
        isBuiltin = !asksAnybody && settings.embeddings == nil
    }
}

/// One provider, and what can be asked of it.
struct ModelService: Sendable {
    let provider: ModelSettings.Provider
    private let http: HTTPClient
    private let clock: any WallClock

    init(_ provider: ModelSettings.Provider, http: HTTPClient, clock: any WallClock) {
        self.provider = provider
        self.http = http
        self.clock = clock
    }

    func chat() -> any ChatModel {
        guard provider.kind != .anthropic else {
            return AnthropicChat(
                name: provider.name, base: provider.url, credential: credential, model: provider.model, http: http,
                clock: clock)
        }
        return OpenAIChat(service: service, model: provider.model, form: provider.form)
    }

    func embedder(
        _ settings: ModelSettings.Embeddings, gate: ProviderGate?, meter: any UsageMeter
    ) -> OpenAIEmbedder {
        OpenAIEmbedder(
            service: service,
            configuration: OpenAIEmbedder.Configuration(
                model: settings.model, dimensions: settings.dimensions, asksForDimensions: settings.asksForDimensions,
                textLimit: settings.textLimit, batch: settings.batch, width: provider.concurrency,
                deadline: provider.deadline), gate: gate, meter: meter)
    }

    /// A small call for each thing that it is used for; what is wrong, if anything.
    func probe(embeddings: [ModelSettings.Embeddings]) async -> ModelFault? {
        if !provider.model.isEmpty, let fault = await chat().probe(deadline: provider.deadline) { return fault }
        for embeddings in embeddings where embeddings.provider == provider.name {
            if let fault = await embedder(embeddings, gate: nil, meter: TokenCounter()).probe() { return fault }
        }
        return nil
    }

    private var service: OpenAIService {
        let flavour: OpenAIService.Flavour =
            switch provider.kind {
            case .azure: .azure(apiVersion: provider.apiVersion)
            case .compatible: .compatible
            case .openai, .anthropic: .openAI
            }
        return OpenAIService(
            name: provider.name, flavour: flavour, base: provider.url, credential: credential, http: http, clock: clock)
    }

    private var credential: ModelCredential {
        switch provider.key {
        case .none: return ModelCredential(.bearer) { nil }
        case .entraToken(let file):
            return ModelCredential(.bearer) { Secret(try String(contentsOfFile: file, encoding: .utf8)) }
        case .fixed(let secret):
            return switch provider.kind {
            case .azure: ModelCredential(.azureKey) { secret }
            case .anthropic: ModelCredential(.anthropicKey) { secret }
            case .openai, .compatible: ModelCredential(.bearer) { secret }
            }
        }
    }
}
