package import FreshetCore

/// Adds up what was written down about the cost of models.
package struct UsageDesk: UsageReporting {
    private let records: any UsageRecords
    private let companies: any Companies
    private let budgets: BudgetTable
    private let currency: String
    private let clock: any WallClock

    package init(
        records: any UsageRecords, companies: any Companies, budgets: BudgetTable, currency: String,
        clock: any WallClock
    ) {
        self.records = records
        self.companies = companies
        self.budgets = budgets
        self.currency = currency
        self.clock = clock
    }

    package func report(
        on company: CompanyID, from first: UTCDay?, through last: UTCDay?, groupedBy grouping: UsageReport.Grouping
    ) async throws -> UsageReport {
        guard try await companies.company(company) != nil else { throw StoreError.unknownCompany(company) }
        let today = UTCDay(clock.now)
        let last = last ?? today
        let first = first ?? last.firstOfMonth
        return UsageReport(
            company: company, from: first, through: last,
            used: try await records.usage(of: company, from: first, through: last),
            saved: try await records.saved(of: company, from: first, through: last), groupedBy: grouping,
            budget: budgets.budget(of: company),
            spending: try await records.spending(of: company, on: today, currency: currency), currency: currency)
    }
}
