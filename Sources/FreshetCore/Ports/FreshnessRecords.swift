/// Keeps the latest figures of freshness where other processes find them: `freshet status` beside the server.
package protocol FreshnessRecords: Sendable {
    /// Replaces the figures of these companies; those that are not there any more are skipped. Durable when it returns.
    func record(_ freshness: [CompanyID: CompanyFreshness]) async throws
    /// Of one company or all; those without figures are absent.
    func freshness(of company: CompanyID?) async throws -> [CompanyID: CompanyFreshness]
}
