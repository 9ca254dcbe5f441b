import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `The usage of models` {
    @Test func `is written down call by call, at the prices of its time, and adds up however many write at once`()
        async throws
    {
        let cost = try await CostWorld()
        let (book, company) = (cost.book, cost.world.company)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await book.record(
                        ModelUsage(
                            company: company, provider: "paid", model: "chat-1", purpose: .summary,
                            tokens: TokenUsage(input: 90, output: 10, cached: 40)))
                }
            }
        }
        let day = UTCDay(cost.clock.now)
        let entries = try await cost.records.usage(of: company, from: day, through: day)
        #expect(
            entries.map(\.figures) == [
                UsageFigures(
                    calls: 200, tokens: TokenUsage(input: 18_000, output: 2_000, cached: 8_000),
                    money: ["EUR": 20_000_000])
            ])
        let spent = try await cost.records.spending(of: company, on: day, currency: "EUR")
        #expect(
            spent
                == Spending(
                    dailyTokens: 20_000, monthlyTokens: 20_000, dailyMoney: 20_000_000, monthlyMoney: 20_000_000))
        // The next day of the month, and another month.
        let next = try await cost.records.spending(of: company, on: day.next, currency: "EUR")
        #expect(next.dailyTokens == 0 && next.monthlyTokens == 20_000)
        #expect(try await cost.records.spending(of: company, on: day.firstOfNextMonth, currency: "EUR") == Spending())
        #expect(try await cost.records.spending(of: company, on: day, currency: "USD").monthlyMoney == 0)
    }

    @Test func `of a model without a price counts its tokens and never passes for free`() async throws {
        let cost = try await CostWorld(prices: PriceTable())
        cost.put(1)
        try await cost.world.converge(1)
        let day = UTCDay(cost.clock.now)
        let entries = try await cost.records.usage(of: cost.world.company, from: day, through: day)
        #expect(entries.count == 2)
        #expect(entries.allSatisfy { $0.figures.money.isEmpty && $0.figures.unpricedCalls == 1 })
        #expect(entries.reduce(0) { $0 + $1.figures.tokens.input + $1.figures.tokens.output } == 1_100)
        let report = UsageReport(
            company: cost.world.company, from: day, through: day, used: entries, saved: [], groupedBy: .day)
        #expect(report.lines.count == 1 && report.lines[0].moneyText == "unknown")
    }

    @Test(
        arguments: [
            (TokenUsage(input: 1_000_000), 2_000_000), (TokenUsage(input: 1), 2), (TokenUsage(output: 1), 8),
            (TokenUsage(input: 10, cached: 10), 5), (TokenUsage(input: 10, cached: 99), 5), (TokenUsage(), 0),
            (TokenUsage(input: .max / 2), .max / 4),
        ] as [(TokenUsage, Int64)])
    func `costs what the table says, a started millionth counted whole`(tokens: TokenUsage, money: Int64) {
        #expect(Price(input: 2_000_000, cached: 500_000, output: 8_000_000).money(for: tokens) == money)
    }

    @Test func `finds a price by the model's name with and without its date or dimensions`() {
        let table = PriceTable(
            prices: [
                "openai/gpt-4o": Price(input: 1), "openai/gpt-4o-2024-05-13": Price(input: 2),
                "openai/text-embedding-3-small": Price(input: 3),
            ])
        #expect(table.price(of: "openai", "gpt-4o-2024-08-06")?.input == 1)
        #expect(table.price(of: "openai", "gpt-4o-2024-05-13")?.input == 2)
        #expect(table.price(of: "openai", "text-embedding-3-small-1536")?.input == 3)
        #expect(table.price(of: "openai", "gpt-4o-mini") == nil)
        #expect(table.price(of: "azure", "gpt-4o") == nil)
        #expect(table.price(of: "builtin", "extractive")?.input == 0)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-02-01", "2026-02-01"), ("2028-02-28", "2028-02-29", "2028-03-01"),
        ("2026-12-31", "2027-01-01", "2027-01-01"), ("2026-02-01", "2026-02-02", "2026-03-01"),
    ])
    func `knows days and months`(day: String, next: String, month: String) throws {
        let day = try #require(UTCDay(text: day))
        #expect(day.next.text == next && day.firstOfNextMonth.text == month)
        #expect(UTCDay(day.next.start - .milliseconds(1)) == day)
    }
}
