/// Tells people what models cost, whichever door they come through.
package protocol UsageReporting: Sendable {
    /// The present month where no days are named. Throws `StoreError.unknownCompany`.
    func report(
        on company: CompanyID, from first: UTCDay?, through last: UTCDay?, groupedBy grouping: UsageReport.Grouping
    ) async throws -> UsageReport
}
