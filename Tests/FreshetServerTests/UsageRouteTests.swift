import FreshetCore
import FreshetServer
import FreshetTestKit
import Testing

@Suite struct `Usage by HTTP` {
    private struct Fake: UsageReporting {
        func report(
            on company: CompanyID, from first: UTCDay?, through last: UTCDay?,
            groupedBy grouping: UsageReport.Grouping
        ) async throws -> UsageReport {
            guard company.text == "acme", let day = UTCDay(text: "2026-03-02") else {
                throw StoreError.unknownCompany(company)
            }
            func entry(_ model: String, money: [String: Int64], unpriced: Int) -> UsageEntry {
                UsageEntry(
                    company: company, day: day, provider: "openai", model: model, purpose: .summary,
                    figures: UsageFigures(
                        calls: 2, tokens: TokenUsage(input: 1_000, output: 50, cached: 300), money: money,
                        unpricedCalls: unpriced))
            }
            return UsageReport(
                company: company, from: first ?? day.firstOfMonth, through: last ?? day,
                used: [entry("a", money: ["USD": 1_234_500], unpriced: 0), entry("b", money: [:], unpriced: 2)],
                saved: [SavedEntry(company: company, day: day, purpose: .summary, reason: .tooShort, calls: 7)],
                groupedBy: grouping, budget: Budget(dailyTokens: 5_000, monthlyMoney: 2_000_000),
                spending: Spending(dailyTokens: 2_100, monthlyMoney: 1_234_500))
        }
    }

    private func ask(_ path: String, token: String = "operator-token") async throws -> RawAnswer {
        try await Stand.with(
            { $0.operatorToken = Secret("operator-token") }, operatorRoutes: [UsageRoute.route(Fake())]
        ) { try await $0.get(path, fields: "Authorization: Bearer \(token)\n") }
    }

    @Test func `tells calls, tokens, money, what was spared and what is left, and knows unknown from nothing`()
        async throws
    {
        let answer = try await ask("/admin/companies/acme/usage?by=model&since=2026-03-01")
        #expect(answer.status == 200)
        let text = String(decoding: answer.body, as: UTF8.self)
        for part in [
            #""since":"2026-03-01""#, #""model":"openai/a""#, #""money":{"USD":1.2345}"#, #""money":null"#,
            #""unpriced_calls":2"#, #""cached_tokens":600"#, #""reason":"too_short""#,
            #""daily_tokens":{"cap":5000,"spent":2100}"#, #""monthly_money":{"cap":2,"spent":1.2345}"#,
        ] { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test(arguments: [
        ("/admin/companies/globex/usage", 404), ("/admin/companies/acme/usage?by=week", 422),
        ("/admin/companies/acme/usage?since=yesterday", 422), ("/admin/companies/acme/usage?form=x", 400),
        ("/admin/companies/acme/usage?since=2026-03-02&until=2026-03-01", 422),
    ])
    func `refuses what it cannot answer`(path: String, status: Int) async throws {
        #expect(try await ask(path).status == status)
    }

    @Test func `is the operator's and the company's admin's`() async throws {
        #expect(try await ask("/admin/companies/acme/usage", token: "admin-token").status == 200)
        #expect(try await ask("/admin/companies/globex/usage", token: "admin-token").status == 404)
        #expect(try await ask("/admin/companies/acme/usage", token: Stand.token).status == 403)
        #expect(try await ask("/admin/companies/acme/usage", token: "unknown").status == 401)
    }
}
