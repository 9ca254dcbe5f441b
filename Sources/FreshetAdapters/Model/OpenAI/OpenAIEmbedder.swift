package import FreshetCore
import Metrics

/// Vectors from OpenAI, Azure OpenAI or a compatible server. Calls that come while others are under way travel together.
package final class OpenAIEmbedder: Embedder {
    package let identity: ModelIdentity
    package let dimensions: Int
    /// A query's vector depends on its text alone.
    package var usesStatistics: Bool { false }
    private let service: OpenAIService
    private let configuration: Configuration
    private let batcher: Batcher<String, [Float], ModelFault>

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

    package init(service: OpenAIService, configuration: Configuration) {
        precondition(configuration.dimensions > 0 && (1...2048).contains(configuration.batch))
        self.service = service
        self.configuration = configuration
        dimensions = configuration.dimensions
        identity = ModelIdentity(
            provider: service.name, model: "\(configuration.model)-\(configuration.dimensions)", version: 1)
        let call = Call(service: service, configuration: configuration)
        batcher = Batcher(width: configuration.width, batch: configuration.batch) { texts in
            await call.vectors(of: texts)
        }
    }

    package func embed(_ text: String) async throws(UpstreamError) -> Embedding {
        Embedding(vector: try await query(text, among: FeatureStatistics()))
    }

    package func query(_ text: String, among statistics: FeatureStatistics) async throws(UpstreamError) -> [Float] {
        do throws(ModelFault) {
            return try await vector(of: text)
        } catch {
            throw error.upstreamError(of: identity.provider, now: service.endpoint.clock.now)
        }
    }

    /// Of a text without words the zero vector, which is near to nothing: providers refuse to be asked for it.
    package func vector(of text: String) async throws(ModelFault) -> [Float] {
        var limit = configuration.textLimit
        while true {
            let cut = String(TokenEstimate.prefix(of: text[...], tokens: limit))
            guard cut.contains(where: { !$0.isWhitespace }) else { return [Float](repeating: 0, count: dimensions) }
            let result = await batcher.value(of: cut, cancelled: .cancelled)
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

    /// As many results as texts, in their order.
    func vectors(of texts: [String]) async -> [Result<[Float], ModelFault>] {
        do throws(ModelFault) {
            return try await ask(texts).map { .success($0) }
        } catch {
            switch error {
            case .tooLong, .rejected, .refusal:
                guard texts.count > 1 else { return [.failure(error)] }
                var results: [Result<[Float], ModelFault>] = []
                for text in texts { results += await vectors(of: [text]) }
                return results
            default:
                return texts.map { _ in .failure(error) }
            }
        }
    }

    private func ask(_ texts: [String]) async throws(ModelFault) -> [[Float]] {
        var members: [(name: String, value: WireJSON)] = [
            ("model", .string(configuration.model)), ("input", .array(texts.map { .string($0) })),
            ("encoding_format", .string("base64")),
        ]
        if configuration.asksForDimensions { members.append(("dimensions", .integer(configuration.dimensions))) }
        var signals = ProviderSignals()
        let value = try await service.endpoint.post(
            service.path("embeddings", model: configuration.model), .object(members), deadline: configuration.deadline,
            signals: &signals)
        let tokens = value.at("usage", "prompt_tokens")?.integer ?? 0
        if tokens > 0 {
            Counter(
                label: "freshet_model_tokens_total",
                dimensions: [("purpose", "embedding"), ("provider", service.name), ("direction", "input")]
            ).increment(by: tokens)
        }
        return try EmbeddingPayload.vectors(value, count: texts.count, dimensions: configuration.dimensions)
    }
}
