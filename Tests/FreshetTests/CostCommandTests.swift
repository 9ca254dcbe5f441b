import Foundation
import FreshetCore
import FreshetTestKit
import Testing

/// Prices, budgets, gate and redaction as a configuration spells them, and usage as a person sees it.
struct CostCommandTests {
    @Test func `a configuration with everything about cost in it is read, and usage of built-in models is nothing`()
        async throws
    {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(3))
        _ = try await stage.addCompany("acme", at: url)
        let file = stage.directory.path("freshet.yaml")
        let text = #"""
            summary:
              gate:
                min_characters: 5
                spam_labels: [spam]
                policy: exclude
            privacy:
              redact: [email, order]
              patterns: ['order=\bORD-\d{4,8}\b']
              companies: [acme email phone, globex none]
            prices:
              models: [openai/gpt-4o-mini 0.15 0.075 0.60, openai/text-embedding-3-small 0.02]
            budgets:
              daily_tokens: 1000
              companies: [acme monthly_money=2.5 daily_tokens=0 reserve=0.5]
            log:
              # Nothing here.
            """#
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try await stage.freshet("reconcile", "acme", "--follow", "--json", "--config", file)
        let usage = try stage.json(try await stage.freshet("usage", "acme", "--json", "--config", file))
        #expect(usage["lines"] == .array([]) && usage["currency"] == .string("USD"))
        #expect(usage["budget"] == .object(["monthly_money": .object(["cap": .number(2.5), "spent": .integer(0)])]))
        #expect(
            try await stage.freshet("usage", "acme", "--config", file).contains(
                "budget, monthly money: 0.00 USD of 2.50"))
        let plan = try stage.json(try await stage.freshet("reconcile", "acme", "--dry-run", "--config", file))
        #expect(plan["money"] == .number(0) || plan["money"] == .integer(0))
        _ = try await stage.freshet("usage", "nobody", expecting: 65)
        _ = await simulator.terminate()
    }

    @Test(arguments: [
        ("FRESHET_BUDGETS_COMPANIES", "acme weekly_tokens=3"), ("FRESHET_BUDGETS_COMPANIES", "Acme daily_tokens=3"),
        ("FRESHET_PRICES_MODELS", "gpt-4o 1"), ("FRESHET_PRICES_MODELS", "openai/gpt-4o one"),
        ("FRESHET_PRIVACY_REDACT", "e-mail"), ("FRESHET_PRIVACY_PATTERNS", "order=(a"),
        ("FRESHET_PRIVACY_COMPANIES", "acme"), ("FRESHET_SUMMARY_GATE_POLICY", "drop"),
    ])
    func `what cannot be meant stops the start`(name: String, value: String) async throws {
        let stage = try Stage(environment: [name: value])
        _ = try await stage.freshet("status", expecting: 78)
    }
}
