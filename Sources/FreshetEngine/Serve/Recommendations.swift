package import FreshetCore

/// Answers agents' questions from the index.
package struct Recommendations: Recommender {
    private let index: any SearchIndex
    private let documents: (any Documents)?
    private let seen: RecentlySeen?
    private let random: any RandomSource
    private let clock: any WallClock
    private let metrics: RiverMetrics

    /// - Parameters:
    ///   - documents: know which points are behind; without them none is marked.
    ///   - seen: told what agents were shown.
    package init(
        index: any SearchIndex, documents: (any Documents)? = nil, seen: RecentlySeen? = nil,
        random: any RandomSource, clock: any WallClock, metrics: RiverMetrics
    ) {
        self.index = index
        self.documents = documents
        self.seen = seen
        self.random = random
        self.clock = clock
        self.metrics = metrics
    }

    package func query(_ query: SearchQuery, for company: CompanyID) async throws -> Recommendation {
        let started = clock.now
        defer { metrics.step("search", took: clock.now - started) }
        let degradation = try await index.degradation(of: company)
        var hits = try await index.search(query, in: company)
        let items = hits.map(\.item)
        seen?.note(items, at: started)
        if let stale = try await documents?.stale(among: items), !stale.isEmpty {
            for index in hits.indices { hits[index].isStale = stale.contains(hits[index].item) }
        }
        return Recommendation(
            id: "rcm_" + hex(random.next()) + hex(random.next()), hits: hits, degradation: degradation)
    }

    private func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
