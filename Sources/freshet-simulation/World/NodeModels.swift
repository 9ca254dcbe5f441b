import FreshetCore
import FreshetDocuments
import FreshetEngine

/// A summariser that costs: it counts what it is paid for, takes its time and fails now and then. What it makes depends
/// on the content alone.
struct NodeSummariser: Summariser {
    let node: Node

    var identity: ModelIdentity { ModelIdentity(provider: "simulated", model: "summary", version: 1) }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let key = "summary " + Fingerprint(of: content).hex
        try await node.modelCall(key)
        return Summary(
            problem: content.subject, cause: content.description, solution: content.entries.last?.text ?? "",
            result: content.isResolved ? "resolved" : "open", tags: [], language: "en")
    }
}

/// An embedder of the same kind.
struct NodeEmbedder: Embedder {
    let node: Node

    var identity: ModelIdentity { ModelIdentity(provider: "simulated", model: "embedding", version: 1) }
    var dimensions: Int { 4 }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        // By meaning, as the cache keeps it: else a call and its excuse would be two things.
        try await node.modelCall("embedding " + Fingerprint(of: Meaning.normalised(text)).hex)
        return Embedding(vector: vector(text))
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        vector(text)
    }

    private func vector(_ text: String) -> [Float] {
        var hash = Trace.Hash()
        hash.add(text)
        let raw = (0..<4).map { Float(Int(truncatingIfNeeded: hash.value >> (16 * $0)) & 0xFFFF) - 32_768 }
        let length = max(1, raw.reduce(0) { $0 + $1 * $1 }.squareRoot())
        return raw.map { $0 / length }
    }
}

extension Node {
    fileprivate func modelCall(_ key: String) async throws(UpstreamError) {
        if isDead { throw .unreachable(detail: "the process is dead") }
        world.bills.called(key, by: self)
        do throws(UpstreamError) {
            try await wait(world.toss(0.1) ? world.dice.milliseconds(0...90) : 500)
            if world.toss(world.weather.modelFaults) {
                throw world.dice.chance(0.5)
                    ? UpstreamError.unreachable(detail: "no model") : .throttled(retryAfter: .seconds(20))
            }
        } catch {
            world.bills.failed(key, by: self)
            throw error
        }
    }
}

/// The real cache, with an eye on what is looked for and kept.
struct NodeCache: ModelCache {
    let node: Node
    let inner: any ModelCache

    func summary(_ key: ModelCacheKey) async throws -> Summary? {
        node.world.bills.looked("summary " + key.fingerprint.hex, by: node)
        let found = try await inner.summary(key)
        if let found, !found.problem.isEmpty, !found.problem.hasPrefix(key.company.text + "secret") {
            node.world.machine.violate("G14", "\(key.company) was given another company's summary")
        }
        return found
    }

    func store(_ summary: Summary, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp) async throws {
        try await keeping("summary " + key.fingerprint.hex) {
            try await inner.store(summary, for: key, from: origin, now: now)
        }
    }

    func embedding(_ key: ModelCacheKey) async throws -> Embedding? {
        node.world.bills.looked("embedding " + key.fingerprint.hex, by: node)
        return try await inner.embedding(key)
    }

    func store(_ embedding: Embedding, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp) async throws {
        try await keeping("embedding " + key.fingerprint.hex) {
            try await inner.store(embedding, for: key, from: origin, now: now)
        }
    }

    private func keeping(_ key: String, _ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch {
            node.world.bills.lost(key, by: node)
            throw error
        }
        if !node.isDead { node.world.bills.kept(key, by: node) }
    }
}
