package import FreshetCore
import FreshetDocuments

/// The models behind their cache: a content fingerprint is summarised once, a text embedded once, per company.
///
/// What a model made is stored before anybody uses it, so a crash afterwards costs nothing. Callers that ask for the
/// same thing at the same time share one call. A paid call is made only while the company's budget allows it; what is
/// built in goes on.
package struct PaidModels: Sendable {
    package let summariser: any Summariser
    package let embedder: any Embedder
    /// Summarises what the gate keeps from the paid one.
    package let builtin: any Summariser
    /// Makes what the summariser cannot, for the time being; `nil` where the item waits instead.
    private let standIn: (any Summariser)?
    private let cache: any ModelCache
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let keeper: BudgetKeeper?
    private let book: UsageBook?
    private let summaries = SingleFlight<ModelCacheKey, Summary>()
    private let embeddings = SingleFlight<ModelCacheKey, Embedding>()

    /// - Parameters:
    ///   - builtin: the built-in one; `nil` where the summariser is built in itself.
    ///   - keeper: `nil` where no budget is.
    ///   - book: where spared calls are counted beside the metrics.
    package init(
        summariser: any Summariser, embedder: any Embedder, builtin: (any Summariser)? = nil,
        standIn: (any Summariser)? = nil, cache: any ModelCache, clock: any WallClock, metrics: RiverMetrics,
        keeper: BudgetKeeper? = nil, book: UsageBook? = nil
    ) {
        self.summariser = summariser
        self.embedder = embedder
        self.builtin = builtin ?? summariser
        self.standIn = standIn
        self.cache = cache
        self.clock = clock
        self.metrics = metrics
        self.keeper = keeper
        self.book = book
    }

    /// Something made or found, and whether it had to be made.
    package struct Result<Value: Sendable>: Sendable {
        package var value: Value
        package var wasPaid: Bool
        /// Why it is a stand-in.
        package var standsInFor: UpstreamError?
    }

    /// On which terms something is wanted.
    package struct Terms: Sendable {
        package var value: WorkValue
        /// Why the paid summariser is not to be asked.
        package var gate: SavedReason?
        /// The text whose vector this one's would take the place of.
        package var replacing: String?
        /// Whose words it is made of.
        package var origin: Provenance?

        package init(
            value: WorkValue = .high, gate: SavedReason? = nil, replacing: String? = nil, from origin: Provenance? = nil
        ) {
            self.value = value
            self.gate = gate
            self.replacing = replacing
            self.origin = origin
        }
    }

    /// Whether anything of the company's runs may cost.
    func arePaid(for company: CompanyID) -> Bool {
        !summariser.identity(for: company).isBuiltin || !embedder.identity.isBuiltin
    }

    /// What stands in the way of paid work; `nil` when nothing does or nothing is paid.
    func obstacle(to value: WorkValue, for company: CompanyID) async throws -> BudgetObstacle? {
        guard arePaid(for: company), let keeper else { return nil }
        return try await keeper.obstacle(to: value, for: company)
    }

    /// Who summarises for the company, given what the gate says.
    func identity(past gate: SavedReason?, for company: CompanyID) -> ModelIdentity {
        summariser(past: gate).identity(for: company)
    }

    private func summariser(past gate: SavedReason?) -> any Summariser { gate == nil ? summariser : builtin }

    /// Throws `BudgetObstacle` when it would have to be paid for and cannot be, and `StoreError.erased` where what it is
    /// made of was erased meanwhile.
    package func summary(
        of content: Content, hash: Fingerprint, for company: CompanyID, terms: Terms = Terms()
    ) async throws -> Result<Summary> {
        let summariser = summariser(past: terms.gate)
        let identity = summariser.identity(for: company)
        let key = ModelCacheKey(company: company, model: identity.name, fingerprint: hash)
        let result = try await summaries.value(for: key) {
            if let known = try await cache.summary(key) { return Result(value: known, wasPaid: false) }
            try await admit(identity, terms.value, for: company)
            metrics.called(.summary, identity)
            do {
                let made = try await summariser.summary(of: content, for: company)
                try SummaryRules.check(made)
                try await cache.store(made, for: key, from: terms.origin, now: clock.now)
                return Result(value: made, wasPaid: true)
            } catch let error as UpstreamError {
                return try await standIn(for: error, content, company)
            }
        }
        let paid = self.summariser.identity(for: company)
        if let gate = terms.gate, result.wasPaid, !paid.isBuiltin { saved(.summary, gate, paid, for: company) }
        if !result.wasPaid, result.standsInFor == nil { saved(.summary, .cache, identity, for: company) }
        return result
    }

    /// Never kept in the cache: what is there under the model's name was made by a model.
    private func standIn(
        for error: UpstreamError, _ content: Content, _ company: CompanyID
    ) async throws -> Result<Summary> {
        guard let standIn else { throw error }
        metrics.upstreamFailed(error)
        metrics.stoodIn()
        var made = try await standIn.summary(of: content, for: company)
        made.isStandIn = true
        made.maker = standIn.identity.name
        return Result(value: made, wasPaid: false, standsInFor: error)
    }

    /// The gate has kept an item out of the index: neither model is asked.
    func kept(out gate: SavedReason, for company: CompanyID) {
        guard arePaid(for: company) else { return }
        saved(.summary, gate, summariser.identity(for: company), for: company)
        saved(.embedding, gate, embedder.identity, for: company)
    }

    /// What is stored for the text; never asks a model.
    func storedEmbedding(
        of text: String, by embedder: any Embedder, for company: CompanyID
    ) async throws -> Embedding? {
        try await cache.embedding(key(of: text, by: embedder, for: company))
    }

    /// The same of a summary.
    func storedSummary(
        of hash: Fingerprint, past gate: SavedReason?, for company: CompanyID
    ) async throws -> Summary? {
        let name = identity(past: gate, for: company).name
        return try await cache.summary(ModelCacheKey(company: company, model: name, fingerprint: hash))
    }

    /// Throws as `summary` does.
    ///
    /// - Parameter embedder: another than the configured one, for a slot of the index that is another's.
    package func embedding(
        of text: String, by other: (any Embedder)? = nil, for company: CompanyID, terms: Terms = Terms()
    ) async throws -> Result<Embedding> {
        let embedder = other ?? self.embedder
        let key = key(of: text, by: embedder, for: company)
        let result = try await embeddings.value(for: key) {
            if let known = try await cache.embedding(key), known.vector.count == embedder.dimensions {
                return Result(value: known, wasPaid: false)
            }
            try await admit(embedder.identity, terms.value, for: company)
            metrics.called(.embedding, embedder.identity)
            let made = try await embedder.embed(text, for: company)
            guard made.vector.count == embedder.dimensions, made.vector.allSatisfy(\.isFinite) else {
                throw UpstreamError.malformed(path: "embedding")
            }
            try await cache.store(made, for: key, from: terms.origin, now: clock.now)
            return Result(value: made, wasPaid: true)
        }
        if !result.wasPaid {
            let isAnew = !embedder.identity.isBuiltin && terms.replacing.map { $0 != text } ?? false
            let saysTheSame = isAnew && terms.replacing.map { self.key(of: $0, by: embedder, for: company) } == key
            saved(.embedding, saysTheSame ? .sameMeaning : .cache, embedder.identity, for: company)
        }
        return result
    }

    /// The meaning gate: texts that a paid embedder need not tell apart have one vector. What is built in costs nothing,
    /// and its vectors depend on nothing but their text.
    private func key(of text: String, by embedder: any Embedder, for company: CompanyID) -> ModelCacheKey {
        ModelCacheKey(
            company: company, model: embedder.identity.name,
            fingerprint: Fingerprint(of: embedder.identity.isBuiltin ? text : Meaning.normalised(text)))
    }

    /// Under which a vector of the text may be in the cache, whoever made it.
    func fingerprints(of text: String) -> [Fingerprint] {
        [Fingerprint(of: text), Fingerprint(of: Meaning.normalised(text))]
    }

    private func admit(_ identity: ModelIdentity, _ value: WorkValue, for company: CompanyID) async throws {
        guard !identity.isBuiltin, let keeper else { return }
        if let obstacle = try await keeper.obstacle(to: value, for: company) { throw obstacle }
    }

    private func saved(
        _ purpose: ModelPurpose, _ reason: SavedReason, _ model: ModelIdentity, for company: CompanyID
    ) {
        metrics.saved(purpose, reason)
        if !model.isBuiltin { book?.saved(purpose, reason, for: company) }
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
