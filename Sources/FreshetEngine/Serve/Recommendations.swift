package import FreshetCore

/// Answers agents' questions from the index.
package struct Recommendations: Recommender {
    private let index: any SearchIndex
    private let random: any RandomSource
    private let clock: any WallClock
    private let metrics: RiverMetrics

    package init(index: any SearchIndex, random: any RandomSource, clock: any WallClock, metrics: RiverMetrics) {
        self.index = index
        self.random = random
        self.clock = clock
        self.metrics = metrics
    }

    package func query(_ query: SearchQuery, for company: CompanyID) async throws -> Recommendation {
        let started = clock.now
        defer { metrics.step("search", took: clock.now - started) }
        let hits = try await index.search(query, in: company)
        return Recommendation(id: "rcm_" + hex(random.next()) + hex(random.next()), hits: hits)
    }

    private func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
