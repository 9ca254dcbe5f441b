package import FreshetCore

/// Moves hits by what a company's agents thought of them, where the company has that switched on.
package struct FeedbackRanking: Sendable {
    private let memory: FeedbackMemory
    private let rule: FeedbackRule
    private let terms: @Sendable (String) -> [String]
    private let clock: any WallClock

    /// - Parameter terms: as for `FeedbackDesk`.
    package init(
        memory: FeedbackMemory, rule: FeedbackRule, terms: @escaping @Sendable (String) -> [String],
        clock: any WallClock
    ) {
        self.memory = memory
        self.rule = rule
        self.terms = terms
        self.clock = clock
    }

    /// How many hits below the last one that is shown may rise into what is shown.
    static let reach = FeedbackRule.turns

    /// The hits in their new order. The same at any length: what is below `reach` places further down changes nothing.
    func ranked(_ hits: [Hit], for question: String, in company: CompanyID) async throws -> [Hit] {
        guard hits.count > 1, let votes = try await memory.votes(of: company) else { return hits }
        let things = hits.map { Recommended($0) }
        guard things.contains(where: { !votes.on($0).isEmpty }) else { return hits }
        let order = rule.order(things, votes: votes, terms: Set(terms(question)), at: clock.now)
        return order.enumerated().map { place, old in
            var hit = hits[old]
            hit.movedUp = old - place
            return hit
        }
    }
}
