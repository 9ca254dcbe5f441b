package import FreshetCore
import FreshetDocuments

/// The models behind their cache: a content fingerprint is summarised once, a text embedded once, per company.
///
/// What a model made is stored before anybody uses it, so a crash afterwards costs nothing. Callers that ask for the
/// same thing at the same time share one call.
package struct PaidModels: Sendable {
    package let summariser: any Summariser
    package let embedder: any Embedder
    private let cache: any ModelCache
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let summaries = SingleFlight<ModelCacheKey, Summary>()
    private let embeddings = SingleFlight<ModelCacheKey, Embedding>()

    package init(
        summariser: any Summariser, embedder: any Embedder, cache: any ModelCache, clock: any WallClock,
        metrics: RiverMetrics
    ) {
        self.summariser = summariser
        self.embedder = embedder
        self.cache = cache
        self.clock = clock
        self.metrics = metrics
    }

    /// Something made or found, and whether it had to be made.
    package struct Result<Value: Sendable>: Sendable {
        package var value: Value
        package var wasPaid: Bool
    }

    package func summary(of content: Content, hash: Fingerprint, for company: CompanyID) async throws -> Result<Summary>
    {
        let key = ModelCacheKey(company: company, model: summariser.identity.name, fingerprint: hash)
        let result = try await summaries.value(for: key) {
            if let known = try await cache.summary(key) { return Result(value: known, wasPaid: false) }
            metrics.called(.summary, summariser.identity)
            let made = try await summariser.summary(of: content, for: company)
            try SummaryRules.check(made)
            try await cache.store(made, for: key, now: clock.now)
            return Result(value: made, wasPaid: true)
        }
        if !result.wasPaid { metrics.reused(.summary) }
        return result
    }

    /// What is stored for the text; never asks a model.
    func storedEmbedding(of text: String, for company: CompanyID) async throws -> Embedding? {
        let key = ModelCacheKey(company: company, model: embedder.identity.name, fingerprint: Fingerprint(of: text))
        return try await cache.embedding(key)
    }

    package func embedding(of text: String, for company: CompanyID) async throws -> Result<Embedding> {
        let key = ModelCacheKey(
            company: company, model: embedder.identity.name, fingerprint: Fingerprint(of: text))
        let result = try await embeddings.value(for: key) {
            if let known = try await cache.embedding(key), known.vector.count == embedder.dimensions {
                return Result(value: known, wasPaid: false)
            }
            metrics.called(.embedding, embedder.identity)
            let made = try await embedder.embed(text)
            guard made.vector.count == embedder.dimensions, made.vector.allSatisfy(\.isFinite) else {
                throw UpstreamError.malformed(path: "embedding")
            }
            try await cache.store(made, for: key, now: clock.now)
            return Result(value: made, wasPaid: true)
        }
        if !result.wasPaid { metrics.reused(.embedding) }
        return result
    }
}

/// What a summary must look like before it is stored, whoever made it.
enum SummaryRules {
    static let longestField = 4_000
    static let longestTag = 64

    static func check(_ summary: Summary) throws(UpstreamError) {
        for (name, text) in [
            ("problem", summary.problem), ("cause", summary.cause), ("solution", summary.solution),
            ("result", summary.result),
        ] where text.utf8.count > longestField * 4 || text.count > longestField {
            throw .malformed(path: "summary.\(name)")
        }
        guard summary.tags.count <= 5, summary.tags.allSatisfy({ !$0.isEmpty && $0.count <= longestTag }) else {
            throw .malformed(path: "summary.tags")
        }
        guard (2...3).contains(summary.language.utf8.count),
            summary.language.utf8.allSatisfy({ (97...122).contains($0) })
        else { throw .malformed(path: "summary.language") }
    }
}

/// Lets callers that want the same value at the same time wait for one maker.
///
/// The making goes on when its first caller is cancelled, because others may wait for it; it ends by itself.
actor SingleFlight<Key: Hashable & Sendable, Value: Sendable> {
    private var flights: [Key: Task<PaidModels.Result<Value>, any Error>] = [:]

    /// The first caller's `make` serves all; only the first is told that it was paid.
    func value(
        for key: Key, make: @escaping @Sendable () async throws -> PaidModels.Result<Value>
    ) async throws -> PaidModels.Result<Value> {
        if let flight = flights[key] {
            var shared = try await flight.value
            shared.wasPaid = false
            return shared
        }
        let flight = Task { try await make() }
        flights[key] = flight
        defer { flights[key] = nil }
        return try await flight.value
    }
}
