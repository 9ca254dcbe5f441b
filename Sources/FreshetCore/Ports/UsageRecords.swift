/// Remembers what models used and which calls were spared, by company and day.
package protocol UsageRecords: Sendable {
    /// Adds to what is there, all or nothing; durable when it returns. What is of companies that are gone is left out.
    func add(_ used: [UsageEntry], saved: [SavedEntry]) async throws
    /// By day, then provider, model and purpose.
    func usage(of company: CompanyID, from first: UTCDay, through last: UTCDay) async throws -> [UsageEntry]
    /// By day, then purpose and reason.
    func saved(of company: CompanyID, from first: UTCDay, through last: UTCDay) async throws -> [SavedEntry]
    /// In the day and its month up to it; money of this currency only.
    func spending(of company: CompanyID, on day: UTCDay, currency: String) async throws -> Spending
    /// Forgets what is older; how many rows went.
    func prune(_ company: CompanyID, before day: UTCDay) async throws -> Int
}

/// What one model used for one purpose on one day.
package struct UsageEntry: Sendable, Equatable {
    package var company: CompanyID
    package var day: UTCDay
    package var provider: String
    package var model: String
    package var purpose: ModelPurpose
    package var figures: UsageFigures

    package init(
        company: CompanyID, day: UTCDay, provider: String, model: String, purpose: ModelPurpose, figures: UsageFigures
    ) {
        self.company = company
        self.day = day
        self.provider = provider
        self.model = model
        self.purpose = purpose
        self.figures = figures
    }
}

package struct UsageFigures: Sendable, Equatable {
    package var calls: Int
    package var tokens: TokenUsage
    /// By currency, in millionths of it, at the prices of the time.
    package var money: [String: Int64]
    /// Of `calls`, those whose model had no price: their money is not known, which is not nothing.
    package var unpricedCalls: Int

    package init(
        calls: Int = 0, tokens: TokenUsage = TokenUsage(), money: [String: Int64] = [:], unpricedCalls: Int = 0
    ) {
        self.calls = calls
        self.tokens = tokens
        self.money = money
        self.unpricedCalls = unpricedCalls
    }

    package static func + (a: UsageFigures, b: UsageFigures) -> UsageFigures {
        UsageFigures(
            calls: a.calls + b.calls, tokens: a.tokens + b.tokens, money: a.money.merging(b.money, uniquingKeysWith: +),
            unpricedCalls: a.unpricedCalls + b.unpricedCalls)
    }
}

/// Why a call to a paid model was not needed; a metric label.
package enum SavedReason: String, Sendable, CaseIterable, Codable {
    /// The same was made before.
    case cache
    /// The summary was made anew and says the same: its vector stays.
    case sameMeaning = "same_meaning"
    // The gate.
    case tooShort = "too_short"
    case machineMade = "machine_made"
    case spam
    case unresolved
}

/// Calls that were spared on one day.
package struct SavedEntry: Sendable, Equatable {
    package var company: CompanyID
    package var day: UTCDay
    package var purpose: ModelPurpose
    package var reason: SavedReason
    package var calls: Int

    package init(company: CompanyID, day: UTCDay, purpose: ModelPurpose, reason: SavedReason, calls: Int) {
        self.company = company
        self.day = day
        self.purpose = purpose
        self.reason = reason
        self.calls = calls
    }
}
