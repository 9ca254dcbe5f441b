/// What a company's models used and what was spared over some days, for people and machines.
package struct UsageReport: Sendable, Equatable {
    package enum Grouping: String, Sendable, CaseIterable { case day, model, purpose }

    package struct Line: Sendable, Equatable {
        /// The day, `provider/model` or the purpose.
        package var name: String
        package var figures: UsageFigures

        /// `1.20 USD`, `unknown`, or both.
        package var moneyText: String { figures.moneyText }
    }

    package var company: CompanyID
    package var first: UTCDay
    package var last: UTCDay
    package var grouping: Grouping
    package var lines: [Line]
    /// Spared calls by purpose and reason.
    package var saved: [SavedLine]
    package var budget: Budget
    /// Against the budget, in the present day and month.
    package var spending: Spending
    package var currency: String

    package struct SavedLine: Sendable, Equatable {
        package var purpose: ModelPurpose
        package var reason: SavedReason
        package var calls: Int
    }

    package init(
        company: CompanyID, from first: UTCDay, through last: UTCDay, used: [UsageEntry], saved: [SavedEntry],
        groupedBy grouping: Grouping, budget: Budget = Budget(), spending: Spending = Spending(),
        currency: String = "USD"
    ) {
        self.company = company
        self.first = first
        self.last = last
        self.grouping = grouping
        self.budget = budget
        self.spending = spending
        self.currency = currency
        var groups: [String: UsageFigures] = [:]
        for entry in used {
            let name =
                switch grouping {
                case .day: entry.day.text
                case .model: "\(entry.provider)/\(entry.model)"
                case .purpose: entry.purpose.rawValue
                }
            groups[name] = (groups[name] ?? UsageFigures()) + entry.figures
        }
        lines = groups.sorted { $0.key < $1.key }.map { Line(name: $0.key, figures: $0.value) }
        var spared: [[String]: Int] = [:]
        for entry in saved { spared[[entry.purpose.rawValue, entry.reason.rawValue], default: 0] += entry.calls }
        self.saved = ModelPurpose.allCases.flatMap { purpose in
            SavedReason.allCases.compactMap { reason in
                spared[[purpose.rawValue, reason.rawValue]].map {
                    SavedLine(purpose: purpose, reason: reason, calls: $0)
                }
            }
        }
    }

    package var total: UsageFigures { lines.reduce(UsageFigures()) { $0 + $1.figures } }

    /// Each cap with what is spent of it.
    package var caps: [(name: String, spent: Int64, cap: Int64, isMoney: Bool)] {
        let all: [(String, Int64, Int64?, Bool)] = [
            ("daily_tokens", spending.dailyTokens, budget.dailyTokens, false),
            ("monthly_tokens", spending.monthlyTokens, budget.monthlyTokens, false),
            ("daily_money", spending.dailyMoney, budget.dailyMoney, true),
            ("monthly_money", spending.monthlyMoney, budget.monthlyMoney, true),
        ]
        return all.compactMap { name, spent, cap, isMoney in cap.map { (name, spent, $0, isMoney) } }
    }

    package var json: JSONValue {
        .object([
            "company_id": .string(company.text), "since": .string(first.text), "until": .string(last.text),
            "by": .string(grouping.rawValue),
            "lines": .array(
                lines.map { line in
                    .object(line.figures.members.merging([grouping.rawValue: .string(line.name)]) { $1 })
                }), "total": .object(total.members),
            "saved": .array(
                saved.map { line in
                    .object([
                        "purpose": .string(line.purpose.rawValue), "reason": .string(line.reason.rawValue),
                        "calls": .count(line.calls),
                    ])
                }),
            "budget": .object(
                Dictionary(
                    uniqueKeysWithValues: caps.map { cap in
                        func value(_ amount: Int64) -> JSONValue {
                            cap.isMoney ? .number(Double(amount) / 1_000_000) : .integer(amount)
                        }
                        return (cap.name, .object(["cap": value(cap.cap), "spent": value(cap.spent)]))
                    })), "currency": .string(currency),
        ])
    }
}

extension UsageFigures {
    /// Not a single call had a price: then the money is not known, which is not nothing.
    package var isUnpriced: Bool { calls > 0 && unpricedCalls == calls }

    package var moneyText: String {
        if isUnpriced { return "unknown" }
        let known = money.sorted { $0.key < $1.key }.map { "\(FreshetCore.moneyText($0.value)) \($0.key)" }
        let text = known.isEmpty ? "0" : known.joined(separator: " + ")
        return unpricedCalls > 0 ? "\(text) + \(unpricedCalls) calls of unknown price" : text
    }

    var members: [String: JSONValue] {
        [
            "calls": .count(calls), "input_tokens": .count(tokens.input), "cached_tokens": .count(tokens.cached),
            "output_tokens": .count(tokens.output), "unpriced_calls": .count(unpricedCalls),
            "money": isUnpriced ? .null : .object(money.mapValues { .number(Double($0) / 1_000_000) }),
        ]
    }
}
