/// Which model made something; part of every cache key, so that a change of model or prompt is a different thing.
package struct ModelIdentity: Sendable, Hashable, Codable {
    /// `builtin`, `openai`, …; a metric label.
    package var provider: String
    package var model: String
    /// Rises whenever the prompt or the algorithm changes what comes out.
    package var version: Int

    package init(provider: String, model: String, version: Int) {
        self.provider = provider
        self.model = model
        self.version = version
    }

    /// The provider of what is built in and costs nothing.
    package static let builtinProvider = "builtin"
    package var isBuiltin: Bool { provider == Self.builtinProvider }

    /// `builtin/extractive/3`.
    package var name: String { "\(provider)/\(model)/\(version)" }
}

/// Makes summaries of items. The content is hostile text: data, never instructions.
package protocol Summariser: Sendable {
    var identity: ModelIdentity { get }
    /// The same for one company, where its texts go to other models than those of the rest.
    func identity(for company: CompanyID) -> ModelIdentity
    /// Whether it could be asked now. One that cannot may use the question to find out how it is, so it is asked again.
    func isReady(for company: CompanyID) -> Bool
    /// `company` keeps apart whatever the summariser remembers or reports.
    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary
}

extension Summariser {
    package func identity(for company: CompanyID) -> ModelIdentity { identity }
    package func isReady(for company: CompanyID) -> Bool { true }
}

/// Makes vectors of texts.
package protocol Embedder: Sendable {
    var identity: ModelIdentity { get }
    var dimensions: Int { get }
    /// What is stored for a text; never depends on other texts. Texts of two companies never leave in one call.
    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding
    /// What a query looks like among the texts of one company.
    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float]
    /// Whether a query's vector depends on the statistics; else nobody needs to keep any.
    var usesStatistics: Bool { get }
}

extension Embedder {
    package var usesStatistics: Bool { true }
}

/// In how many of a company's points each feature bucket occurs.
package struct FeatureStatistics: Sendable, Equatable {
    /// Points counted.
    package var points: Int
    /// Points by bucket; empty when the embedder has no features.
    package var counts: [UInt32]

    package init(points: Int = 0, counts: [UInt32] = []) {
        self.points = points
        self.counts = counts
    }
}
