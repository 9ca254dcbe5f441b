import FreshetCore
import FreshetTestKit
import Testing

/// The service with real model adapters, against providers on sockets.
struct ModelRiverTests {
    private static let tickets = (1...6).map { id in
        #"{"id":\#(id),"subject":"Wombat number \#(id) eats cable","description":"It is loose again.","created_at":"2026-03-0\#(id)T08:00:00Z"}"#
    }

    private func environment(_ kind: String, _ provider: ScriptedProvider) -> [String: String] {
        var environment = [
            "FRESHET_MODELS_PROVIDERS": "main", "FRESHET_MODELS_MAIN_KIND": kind, "FRESHET_MODELS_MAIN_MODEL": "m",
            "FRESHET_MODELS_MAIN_URL": kind == "openai" || kind == "compatible" ? provider.url + "/v1" : provider.url,
            "FRESHET_MODELS_MAIN_API_KEY": "k-4711", "FRESHET_MODELS_SUMMARIES_USE": "main",
            "FRESHET_MODELS_MAIN_DEADLINE": "5s",
        ]
        if kind != "anthropic" {
            environment.merge([
                "FRESHET_MODELS_EMBEDDINGS_USE": "main", "FRESHET_MODELS_EMBEDDINGS_MODEL": "e",
                "FRESHET_MODELS_EMBEDDINGS_DIMENSIONS": "64",
            ]) { $1 }
        }
        return environment
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["compatible", "openai", "azure", "anthropic"])
    func `a company runs on a provider by configuration only`(kind: String) async throws {
        let provider = try ScriptedProvider()
        let stage = try Stage(environment: environment(kind, provider))
        let (simulator, desk) = try await stage.simulator(tickets: Self.tickets)
        let acme = try await stage.addCompany("acme", at: desk)
        let check = try await stage.freshet("models", "check", "--json")
        #expect(check.contains(#""ok":true"#), "\(check)")
        let (server, base) = try await stage.serve()
        try await stage.freshet("reconcile", "acme", "--follow")
        let hits = try await stage.query("wombat number 3 eats cable", at: base, token: acme.token)
        #expect(hits.count == 6 && hits.first?.id == "3")
        let chats = provider.requests.filter { $0.body.contains("<ticket>") }
        #expect(chats.count == 6, "each content once")
        let explanation = try await stage.json(stage.freshet("explain", "acme", "ticket/3", "--json"))
        #expect(explanation["provisional"] == .bool(false) && explanation["made_by"] == .string("main/m/1"))
        // The same again costs nothing.
        try await stage.freshet("reconcile", "acme", "--mode", "sweep", "--follow")
        #expect(provider.requests.filter { $0.body.contains("<ticket>") }.count == 6)
        let (_, metrics) = try await stage.get(base + "/metrics")
        #expect(metrics.contains(#"freshet_model_provider_state{provider="main",purpose="summary"} 0"#))
        #expect(metrics.contains(#"freshet_model_tokens_total"#))
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a provider that is down costs a provisional summary, and results say so`() async throws {
        let provider = try ScriptedProvider(.status(503))
        var environment = environment("openai", provider)
        environment["FRESHET_MODELS_EMBEDDINGS_USE"] = "builtin"
        let stage = try Stage(environment: environment)
        let (simulator, desk) = try await stage.simulator(tickets: Self.tickets)
        _ = try await stage.addCompany("acme", at: desk)
        try await stage.freshet("models", "check", expecting: 69)
        try await stage.freshet("reconcile", "acme", "--follow")
        let found = try await stage.freshet("search", "acme", "wombat number 3 eats cable", "--json")
        #expect(found.ranges(of: #""provisional":true"#).count == 6, "\(found)")
        #expect((3...6).contains(provider.calls), "three in a row open the breaker, and no more than four are at once")
        _ = await simulator.terminate()
    }
}
