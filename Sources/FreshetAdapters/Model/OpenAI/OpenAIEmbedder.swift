package import FreshetCore

/// Vectors from OpenAI, Azure OpenAI or a compatible server. Calls that come while others are under way travel together,
/// those of one company only.
package final class OpenAIEmbedder: Embedder {
    package let identity: ModelIdentity
    package let dimensions: Int
    /// A query's vector depends on its text alone.
    package var usesStatistics: Bool { false }
    private let service: OpenAIService
    private let configuration: Configuration
    private let batcher: Batcher<CompanyID, String, [Float], ModelFault>

    package struct Configuration: Sendable, Equatable {
        /// Of Azure, the deployment.
        package var model: String
        /// How long a vector must be; anything else is a fault.
        package var dimensions: Int
        /// Ask for that length: only models that can be shortened know it.
        package var asksForDimensions: Bool
        /// Tokens of a text that are read; the rest is cut off.
        package var textLimit: Int
        /// Texts a call, 1...2048.
        package var batch: Int
        /// Calls at once.
        package var width: Int
        package var deadline: Duration

        package init(
            model: String, dimensions: Int, asksForDimensions: Bool = false, textLimit: Int = 8_000, batch: Int = 64,
            width: Int = 4, deadline: Duration = .seconds(30)
        ) {
            self.model = model
            self.dimensions = dimensions
            self.asksForDimensions = asksForDimensions
            self.textLimit = textLimit
            self.batch = batch
            self.width = width
            self.deadline = deadline
        }
    }

    /// - Parameter gate: of the provider; `nil` lets every call through.
    package init(
        service: OpenAIService, configuration: Configuration, gate: ProviderGate? = nil, meter: any UsageMeter
    ) {
        precondition(configuration.dimensions > 0 && (1...2048).contains(configuration.batch))
        self.service = service
        self.configuration = configuration
        dimensions = configuration.dimensions
        identity = ModelIdentity(
            provider: service.name, model: "\(configuration.model)-\(configuration.dimensions)", version: 1)
        let call = Call(service: service, configuration: configuration, gate: gate, meter: meter)
        batcher = Batcher(width: configuration.width, batch: configuration.batch) { company, texts in
            await call.vectors(of: texts, for: company)
        }
    }

    package func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        Embedding(vector: try await query(text, among: FeatureStatistics(), for: company))
    }

    package func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        do throws(ModelFault) {
            return try await vector(of: text, for: company)
        } catch {
            throw error.upstreamError(of: identity.provider, now: service.endpoint.clock.now)
        }
    }

    /// A vector of a word: what is wrong with the provider, the key or the model, if anything.
    package func probe() async -> ModelFault? {
        do throws(ModelFault) {
            _ = try await Call(service: service, configuration: configuration, gate: nil, meter: TokenCounter())
                .vectors(of: ["ready"], for: nil)[0].get()
            return nil
        } catch {
            return error
        }
    }

    /// Of a text without words the zero vector, which is near to nothing: providers refuse to be asked for it.
    package func vector(of text: String, for company: CompanyID) async throws(ModelFault) -> [Float] {
        var limit = configuration.textLimit
        while true {
            let cut = String(TokenEstimate.prefix(of: text[...], tokens: limit))
            guard cut.contains(where: { !$0.isWhitespace }) else { return [Float](repeating: 0, count: dimensions) }
            let result = await batcher.value(of: cut, in: company, cancelled: .cancelled)
            switch result {
            case .success(let vector): return vector
            case .failure(.tooLong) where limit > 100: limit /= 2
            case .failure(let fault): throw fault
            }
        }
    }
}

/// One call for several texts, taken apart where one of them spoils it for the others.
private struct Call: Sendable {
    var service: OpenAIService
    var configuration: OpenAIEmbedder.Configuration
    var gate: ProviderGate?
    var meter: any UsageMeter

    /// As many results as texts, in their order. For no company it is a probe, on nobody's bill.
    func vectors(of texts: [String], for company: CompanyID?) async -> [Result<[Float], ModelFault>] {
        do throws(ModelFault) {
            return try await patiently(texts, for: company).map { .success($0) }
        } catch {
            switch error {
            case .tooLong, .rejected, .refusal:
                guard texts.count > 1 else { return [.failure(error)] }
                var results: [Result<[Float], ModelFault>] = []
                for text in texts { results += await vectors(of: [text], for: company) }
                return results
            default:
                return texts.map { _ in .failure(error) }
            }
        }
    }

    /// What only the rate keeps back is asked again when the provider says that it may be.
    private func patiently(_ texts: [String], for company: CompanyID?) async throws(ModelFault) -> [[Float]] {
        let clock = service.endpoint.clock
        let end = clock.now + Self.patience
        while true {
            do throws(ModelFault) {
                return try await pass(texts, for: company)
            } catch {
                guard case .throttled(let wait) = error, clock.now + (wait ?? .seconds(1)) < end else { throw error }
                do { try await clock.sleep(for: wait ?? .seconds(1)) } catch { throw .cancelled }
            }
        }
    }

    private func pass(_ texts: [String], for company: CompanyID?) async throws(ModelFault) -> [[Float]] {
        try await gate?.enter(tokens: texts.reduce(0) { $0 + TokenEstimate.count($1) })
        var signals = ProviderSignals()
        do throws(ModelFault) {
            let vectors = try await ask(texts, for: company, &signals)
            gate?.leave(nil, signals)
            return vectors
        } catch {
            gate?.leave(error, signals)
            throw error
        }
    }

    /// A rate is counted by the minute.
    private static let patience = Duration.seconds(65)

    private func ask(
        _ texts: [String], for company: CompanyID?, _ signals: inout ProviderSignals
    ) async throws(ModelFault) -> [[Float]] {
        var members: [(name: String, value: WireJSON)] = [
            ("model", .string(configuration.model)), ("input", .array(texts.map { .string($0) })),
            ("encoding_format", .string("base64")),
        ]
        if configuration.asksForDimensions { members.append(("dimensions", .integer(configuration.dimensions))) }
        let value = try await service.endpoint.post(
            service.path("embeddings", model: configuration.model), .object(members), deadline: configuration.deadline,
            signals: &signals)
        let tokens = value.at("usage", "prompt_tokens")?.integer ?? 0
        if let company, tokens > 0 {
            await meter.record(
                ModelUsage(
                    company: company, provider: service.name, model: configuration.model, purpose: .embedding,
                    tokens: TokenUsage(input: tokens)))
        }
        return try EmbeddingPayload.vectors(value, count: texts.count, dimensions: configuration.dimensions)
    }
}
