/// Remembers what agents thought of what they were recommended.
package protocol FeedbackRecords: Sendable {
    /// In one transaction: a verdict of the same user on the same thing takes the place of the earlier one, and an equal
    /// one changes nothing. `nil` when the company has no such recommendation.
    func record(_ feedback: Feedback) async throws -> FeedbackAnswer?
    /// Cheap: asked before every answer.
    func state(of company: CompanyID) async throws -> FeedbackState
    /// What is above `sequence`, in its order.
    func changes(of company: CompanyID, after sequence: Int64) async throws -> [FeedbackChange]
    /// Takes back what is selected; how many verdicts that were. They stay on record as taken back.
    func undo(_ selection: FeedbackSelection, of company: CompanyID, now: Timestamp) async throws -> Int
    func setEnabled(_ isEnabled: Bool, of company: CompanyID, now: Timestamp) async throws
    /// In the order in which they were made.
    func judged(of company: CompanyID) async throws -> [JudgedRecommendation]
    /// Of what was given since the moment; at most `limit` groups, tags and questions each.
    func report(on company: CompanyID, since: Timestamp, limit: Int) async throws -> FeedbackReport
    /// Forgets what is older; how many rows went.
    func prune(_ company: CompanyID, before moment: Timestamp) async throws -> Int
}

/// Takes feedback in.
package protocol FeedbackTaking: Sendable {
    /// Returns only when it is on disk. Throws `StoreError`.
    func take(_ wish: FeedbackWish, for company: CompanyID, by user: String) async throws -> FeedbackAnswer
}
