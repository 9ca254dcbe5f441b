/// Remembers what was recommended to whom.
package protocol RecommendationRecords: Sendable {
    /// All or nothing; durable when it returns. Those of companies that are gone are left out.
    func add(_ records: [RecommendationRecord]) async throws
    func recommendation(_ id: String, of company: CompanyID) async throws -> RecommendationRecord?
    /// Forgets what nobody has judged: all before `moment`, and the oldest beyond `limit`. What was judged is kept until
    /// `judgedBefore`, with its feedback. How many rows went.
    func prune(_ company: CompanyID, before moment: Timestamp, judgedBefore: Timestamp, keeping limit: Int) async throws
        -> Int
}
