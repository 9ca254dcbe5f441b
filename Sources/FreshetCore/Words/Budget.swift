/// What a company may spend on paid models. `nil` is no cap. Days and months are those of UTC.
package struct Budget: Sendable, Equatable {
    package var dailyTokens: Int64?
    package var monthlyTokens: Int64?
    /// In millionths of the price table's currency.
    package var dailyMoney: Int64?
    package var monthlyMoney: Int64?
    /// Share of each cap, 0...0.9, that is kept for what is worth most: open and urgent items and such as agents have
    /// seen lately. The rest stops short of it.
    package var reserve: Double

    package init(
        dailyTokens: Int64? = nil, monthlyTokens: Int64? = nil, dailyMoney: Int64? = nil, monthlyMoney: Int64? = nil,
        reserve: Double = 0.2
    ) {
        self.dailyTokens = dailyTokens
        self.monthlyTokens = monthlyTokens
        self.dailyMoney = dailyMoney
        self.monthlyMoney = monthlyMoney
        self.reserve = reserve
    }

    package var hasCaps: Bool { [dailyTokens, monthlyTokens, dailyMoney, monthlyMoney].contains { $0 != nil } }
}

/// Budgets of all companies.
package struct BudgetTable: Sendable, Equatable {
    package var usual: Budget
    package var companies: [CompanyID: Budget]

    package init(usual: Budget = Budget(), companies: [CompanyID: Budget] = [:]) {
        self.usual = usual
        self.companies = companies
    }

    package func budget(of company: CompanyID) -> Budget { companies[company] ?? usual }
}

/// How much a piece of paid work is worth when the budget is short.
package enum WorkValue: String, Sendable {
    /// May use the whole budget.
    case high
    /// Stops where the reserve begins.
    case low
}

/// What a company has spent in the present day and month.
package struct Spending: Sendable, Equatable {
    package var dailyTokens: Int64
    package var monthlyTokens: Int64
    package var dailyMoney: Int64
    package var monthlyMoney: Int64

    package init(dailyTokens: Int64 = 0, monthlyTokens: Int64 = 0, dailyMoney: Int64 = 0, monthlyMoney: Int64 = 0) {
        self.dailyTokens = dailyTokens
        self.monthlyTokens = monthlyTokens
        self.dailyMoney = dailyMoney
        self.monthlyMoney = monthlyMoney
    }
}
