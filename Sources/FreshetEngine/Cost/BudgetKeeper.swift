package import FreshetCore

/// Says whether a company may pay for a model now.
///
/// It asks the store before every paid call, so all processes on one store share a budget, and one that was raised or a
/// window that has turned counts at once. Calls that are in flight have not cost anything yet: a cap is overshot by what
/// they come to, at most one call for each run at work.
package struct BudgetKeeper: Sendable {
    private let records: any UsageRecords
    private let budgets: BudgetTable
    private let currency: String
    private let clock: any WallClock

    package init(records: any UsageRecords, budgets: BudgetTable, currency: String, clock: any WallClock) {
        self.records = records
        self.budgets = budgets
        self.currency = currency
        self.clock = clock
    }

    /// What stands in the way of paid work of this value; `nil` when nothing does.
    package func obstacle(to value: WorkValue, for company: CompanyID) async throws -> BudgetObstacle? {
        let budget = budgets.budget(of: company)
        guard budget.hasCaps else { return nil }
        let today = UTCDay(clock.now)
        let spent = try await records.spending(of: company, on: today, currency: currency)
        // The month first: it is what one waits for longer.
        let windows: [(name: String, spent: Int64, cap: Int64?, unit: String?, turn: UTCDay)] = [
            ("monthly", spent.monthlyMoney, budget.monthlyMoney, currency, today.firstOfNextMonth),
            ("monthly", spent.monthlyTokens, budget.monthlyTokens, nil, today.firstOfNextMonth),
            ("daily", spent.dailyMoney, budget.dailyMoney, currency, today.next),
            ("daily", spent.dailyTokens, budget.dailyTokens, nil, today.next),
        ]
        for window in windows {
            guard let cap = window.cap else { continue }
            let amount = window.unit.map { "\(moneyText(cap)) \($0)" } ?? "\(cap) tokens"
            if window.spent >= cap {
                return BudgetObstacle(
                    until: window.turn.start, value: value,
                    reason: "the \(window.name) budget of \(amount) is used up; paid work goes on at "
                        + "\(window.turn.start) or when the budget is raised")
            }
            if value == .low, Double(window.spent) >= Double(cap) * (1 - budget.reserve) {
                return BudgetObstacle(
                    until: window.turn.start, value: value,
                    reason: "the rest of the \(window.name) budget of \(amount) is kept for open and urgent items; "
                        + "this one goes on at \(window.turn.start) or when the budget is raised")
            }
        }
        return nil
    }
}

/// Paid work cannot be done for lack of budget.
package struct BudgetObstacle: Error, Equatable, Sendable {
    /// When the window turns.
    package var until: Timestamp
    package var value: WorkValue
    /// Safe to show and to log.
    package var reason: String
}
