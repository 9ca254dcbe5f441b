import FreshetCore
import FreshetDocuments
import FreshetEngine
import FreshetTestKit
import Testing

@Suite struct `A forecast of cost` {
    private let chat = ModelIdentity(provider: "openai", model: "chat", version: 1)
    private let vectors = ModelIdentity(provider: "openai", model: "vectors-1536", version: 1)
    private let builtin = ModelIdentity(provider: "builtin", model: "x", version: 1)
    private let prices = PriceTable(
        prices: ["openai/chat": Price(input: 1_000_000, output: 4_000_000), "openai/vectors": Price(input: 100_000)])

    private func document(_ text: String, stage: Metadata.Stage = .closed) throws -> Document {
        let company = try #require(CompanyID("acme"))
        var ticket = SourceTicket.sample(
            Item(company: company, platform: .freshdesk, kind: .ticket, originalID: 1), text, at: .epoch)
        ticket.metadata.stage = stage
        return Document(merging: ticket)
    }

    @Test func `grows with the text, and a Korean one of the same bytes costs more`() throws {
        let forecast = CostForecast(summariser: chat, embedder: vectors, prices: prices)
        let short = forecast.estimate(try document("Hello"))
        let long = forecast.estimate(try document(String(repeating: "Hello there. ", count: 1_000)))
        let korean = forecast.estimate(try document(String(repeating: "안녕하세요. ", count: 1_000)))
        #expect(try #require(short.money) > 0 && short.tokens > 900)
        // Twice in the sample: as its subject and in its description.
        #expect((6_500...9_000).contains(long.tokens))
        #expect(try #require(long.money) > (try #require(short.money)) && korean.tokens > long.tokens)
        #expect(forecast.currency == "USD")
    }

    @Test func `is nothing for what is built in, and unknown where a price is missing`() throws {
        let free = CostForecast(summariser: builtin, embedder: builtin, prices: prices)
        #expect(free.estimate(try document("Hello")).money == 0 && free.currency == nil)
        let unknown = CostForecast(summariser: chat, embedder: vectors, prices: PriceTable())
        #expect(unknown.estimate(try document("Hello")).money == nil)
    }

    @Test func `knows the gate`() throws {
        let gate = GateRules(unresolved: true)
        let forecast = CostForecast(
            summariser: chat, embedder: vectors, prices: prices, policy: ContentPolicy(gate: gate))
        let gated = forecast.estimate(try document("Hello", stage: .open))
        #expect(gated.isGated && gated.tokens < 100)
        #expect(try #require(gated.money) < 100)
        #expect(!forecast.estimate(try document("Hello")).isGated)
    }
}
