import FreshetCore
import FreshetEngine

/// Prices, budgets and the gate as the configuration spells them: lists of short texts.
enum CostSettings {
    /// - Parameter lines: `openai/gpt-4o-mini 0.15 0.075 0.60`: input, cached input and output of a million tokens; for
    ///   embedders the first is enough.
    static func prices(_ lines: [String], currency: String, at path: String) throws -> PriceTable {
        var table = PriceTable(currency: currency)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard let name = words.first, name.contains("/"), (2...4).contains(words.count) else {
                throw SettingsError(
                    "\(path): '\(line)' is not PROVIDER/MODEL and the prices of a million tokens: input, or input and "
                        + "output, or input, cached input and output, like openai/gpt-4o-mini 0.15 0.075 0.60")
            }
            let amounts = try words.dropFirst().map { try money($0, in: line, at: path) }
            guard table.prices[name] == nil else { throw SettingsError("\(path): '\(name)' has two prices") }
            table.prices[name] = Price(
                input: amounts[0], cached: amounts.count == 3 ? amounts[1] : nil,
                output: amounts.count > 1 ? amounts[amounts.count - 1] : 0)
        }
        return table
    }

    /// - Parameter lines: `acme daily_tokens=200000 monthly_money=40`; what a line leaves out is as for all.
    static func budgets(_ usual: Budget, _ lines: [String], at path: String) throws -> BudgetTable {
        var table = BudgetTable(usual: usual)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard let company = words.first.flatMap({ CompanyID($0) }), table.companies[company] == nil else {
                throw SettingsError("\(path): '\(line)' does not begin with a company id that has no line yet")
            }
            var budget = usual
            for word in words.dropFirst() {
                let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                let value = parts.count == 2 ? parts[1] : ""
                switch parts[0] {
                case "daily_tokens": budget.dailyTokens = try tokens(value, in: line, at: path)
                case "monthly_tokens": budget.monthlyTokens = try tokens(value, in: line, at: path)
                case "daily_money": budget.dailyMoney = try cap(money(value, in: line, at: path))
                case "monthly_money": budget.monthlyMoney = try cap(money(value, in: line, at: path))
                case "reserve":
                    guard let share = Double(value), (0...0.9).contains(share) else {
                        throw SettingsError("\(path): '\(line)': reserve must be a number, 0...0.9")
                    }
                    budget.reserve = share
                default:
                    throw SettingsError(
                        "\(path): '\(line)': '\(word)' is none of daily_tokens=, monthly_tokens=, daily_money=, "
                            + "monthly_money=, reserve=")
                }
            }
            table.companies[company] = budget
        }
        return table
    }

    /// Zero is no cap.
    static func cap(_ value: Int64) -> Int64? { value > 0 ? value : nil }

    private static func tokens(_ text: String, in line: String, at path: String) throws -> Int64? {
        guard let value = Int64(text), value >= 0 else {
            throw SettingsError("\(path): '\(line)': '\(text)' is not a number of tokens; 0 is no cap")
        }
        return cap(value)
    }

    /// Millionths.
    private static func money(_ text: String, in line: String, at path: String) throws -> Int64 {
        guard let value = Double(text), (0...1_000_000_000).contains(value) else {
            throw SettingsError("\(path): '\(line)': '\(text)' is not an amount like 0.15")
        }
        return Int64((value * 1_000_000).rounded())
    }
}
