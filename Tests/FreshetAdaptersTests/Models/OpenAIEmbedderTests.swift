import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshetAdapters

struct OpenAIEmbedderTests {
    /// A text's vector: its length, its first byte, 1 and 0; the same for everybody who knows the text.
    private static func vector(_ text: String) -> [Float] {
        [Float(text.utf8.count), Float(text.utf8.first ?? 0), 1, 0]
    }

    private static func base64(_ vector: [Float]) -> String {
        Base64.encode(
            vector.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } })
    }

    private static func inputs(_ request: ScriptedHTTPServer.Request) -> [String] {
        request.json.at("input")?.elements?.compactMap(\.text) ?? []
    }

    private static func answer(_ rows: [(index: Int, vector: String)]) -> ScriptedHTTPServer.Answer {
        let data = rows.map { "{\"index\":\($0.index),\"embedding\":\($0.vector)}" }.joined(separator: ",")
        return .init(200, "{\"data\":[\(data)],\"usage\":{\"prompt_tokens\":5}}")
    }

    private static func good(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Answer {
        // In another order than asked: the index counts.
        answer(
            inputs(request).enumerated().reversed().map { ($0.offset, "\"\(base64(vector($0.element)))\"") })
    }

    private func embedder(
        _ server: ScriptedHTTPServer, _ configuration: OpenAIEmbedder.Configuration = .init(model: "e", dimensions: 4),
        _ flavour: OpenAIService.Flavour = .openAI, meter: UsageNotes = UsageNotes()
    ) throws -> OpenAIEmbedder {
        let base = flavour == .openAI ? server.url + "/v1" : server.url
        var configuration = configuration
        // By the real clock: no test is about it, and a busy machine may keep a call waiting.
        configuration.deadline = .patient
        return OpenAIEmbedder(
            service: OpenAIService(
                name: "openai", flavour: flavour, base: base,
                credential: ModelCredential(.bearer) { Secret("k") }, http: try HTTPClient(), clock: ManualClock()),
            configuration: configuration, meter: meter)
    }

    @Test func `texts that come together travel together and each gets its own vector, at unit length`() async throws {
        let server = try ScriptedHTTPServer { Self.good($0) }
        let embedder = try embedder(server, .init(model: "e", dimensions: 4, batch: 8, width: 1))
        let texts = (0..<40).map { String(repeating: "x", count: $0 + 1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts {
                group.addTask {
                    let vector = try await embedder.embed(text, for: .acme).vector
                    #expect(abs(vector[0] / vector[2] - Float(text.utf8.count)) < 1e-3)
                    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
                }
            }
            try await group.waitForAll()
        }
        #expect(server.requests.flatMap(Self.inputs).sorted() == texts.sorted())
        #expect(server.requests.count < texts.count)
        #expect(server.requests.allSatisfy { Self.inputs($0).count <= 8 })
        #expect(server.requests[0].json.at("encoding_format")?.text == "base64")
        #expect(server.requests[0].json.at("dimensions") == nil)
    }

    @Test func `no call carries texts of two companies, and each call's tokens are its company's`() async throws {
        let server = try ScriptedHTTPServer { Self.good($0) }
        let meter = UsageNotes()
        let embedder = try embedder(server, .init(model: "e", dimensions: 4, batch: 8, width: 1), meter: meter)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let company: CompanyID = number.isMultiple(of: 2) ? .acme : .globex
                group.addTask { _ = try await embedder.embed("\(company) \(number)", for: company) }
            }
            try await group.waitForAll()
        }
        for request in server.requests {
            #expect(Set(Self.inputs(request).map { $0.prefix(while: { $0 != " " }) }).count == 1)
        }
        #expect(server.requests.count < 40)
        #expect(meter.all.count == server.requests.count)
        #expect(meter.all.allSatisfy { $0.tokens == TokenUsage(input: 5) && $0.purpose == .embedding })
        #expect(Set(meter.all.map(\.company)) == [.acme, .globex])
    }

    @Test func `a provider in trouble is not asked for vectors, one that is only busy is waited for`() async throws {
        let provider = try ScriptedProvider(.silent)
        let clock = ManualClock()
        let gate = ProviderGate(
            name: "openai", concurrency: 2, clock: clock, random: SeededRandomSource(seed: 1), probe: { nil })
        let embedder = OpenAIEmbedder(
            service: OpenAIService(
                name: "openai", flavour: .openAI, base: provider.url + "/v1",
                credential: ModelCredential(.bearer) { Secret("k") }, http: try HTTPClient(), clock: clock),
            configuration: .init(model: "e", dimensions: 64, deadline: .milliseconds(200)), gate: gate,
            meter: UsageNotes())
        for _ in 0..<4 {
            await #expect(throws: UpstreamError.self) { try await embedder.embed("a", for: .acme) }
        }
        #expect(provider.calls == 1)
        clock.advance(by: .seconds(10))
        #expect(!gate.isReady())
        await gate.settle()
        provider.become(.throttled(seconds: 20))
        async let embedding = embedder.embed("a", for: .acme)
        while clock.sleepers == 0 { await Task.yield() }
        provider.become(.good)
        clock.advance(by: .seconds(21))
        #expect(try await embedding.vector.count == 64)
        #expect(provider.calls == 3)
    }

    @Test func `Azure's deployment is in the path, and a length is asked for where the model knows it`() async throws {
        let server = try ScriptedHTTPServer { Self.good($0) }
        let configuration = OpenAIEmbedder.Configuration(model: "my emb", dimensions: 4, asksForDimensions: true)
        _ = try await embedder(server, configuration, .azure(apiVersion: "2024-10-21")).embed("a", for: .acme)
        #expect(
            server.requests[0].target == "/openai/deployments/my%20emb/embeddings?api-version=2024-10-21")
        #expect(server.requests[0].json.at("dimensions")?.integer == 4)
    }

    @Test func `a server that knows no base64 may answer with numbers`() async throws {
        let server = try ScriptedHTTPServer { _ in Self.answer([(0, "[3, 0, 4.0, 0]")]) }
        #expect(try await embedder(server).embed("a", for: .acme).vector == [0.6, 0, 0.8, 0])
    }

    @Test(
        arguments: [
            "[1,2,3]", "[0,0,0,0]", "\"AAAA\"", "\"!\"", "[1,2,3,\"4\"]", "null", "[1e39,1e39,1e39,1e39]",
        ])
    func `a vector that is not one is never handed on`(vector: String) async throws {
        let server = try ScriptedHTTPServer { _ in Self.answer([(0, vector)]) }
        let embedder = try embedder(server)
        await #expect(throws: UpstreamError.self) { try await embedder.embed("a", for: .acme) }
    }

    @Test func `a short batch and a doubled index are faults`() async throws {
        for rows in [[], [(0, "[1,0,0,0]"), (0, "[1,0,0,0]")], [(7, "[1,0,0,0]")]] as [[(Int, String)]] {
            let server = try ScriptedHTTPServer { _ in Self.answer(rows.map { (index: $0.0, vector: $0.1) }) }
            let embedder = try embedder(server)
            await #expect(throws: UpstreamError.self) { try await embedder.embed("a", for: .acme) }
        }
    }

    @Test func `a long text is cut to what the model takes, and further where it takes less`() async throws {
        let server = try ScriptedHTTPServer { request in
            Self.inputs(request).contains { $0.utf8.count > 2_000 }
                ? Vendor.openAI.error(400, code: "context_length_exceeded") : Self.good(request)
        }
        let embedder = try embedder(server, .init(model: "e", dimensions: 4, textLimit: 1_000))
        _ = try await embedder.embed(String(repeating: "word ", count: 10_000), for: .acme)
        #expect(server.requests.map { Self.inputs($0)[0].utf8.count } == [4_000, 2_000])
    }

    @Test func `one text that is refused does not spoil the others`() async throws {
        let server = try ScriptedHTTPServer { request in
            Self.inputs(request).contains("bad")
                ? Vendor.openAI.error(400, code: "invalid_value") : Self.good(request)
        }
        let embedder = try embedder(server, .init(model: "e", dimensions: 4, width: 1))
        let results = await withTaskGroup(of: (String, Bool).self) { group in
            for text in ["a", "bb", "bad", "cc", "dd"] {
                group.addTask {
                    do {
                        _ = try await embedder.embed(text, for: .acme)
                        return (text, true)
                    } catch {
                        return (text, false)
                    }
                }
            }
            return await group.reduce(into: [String: Bool]()) { $0[$1.0] = $1.1 }
        }
        #expect(results == ["a": true, "bb": true, "bad": false, "cc": true, "dd": true])
    }

    @Test func `a text without words is near to nothing and costs nothing`() async throws {
        let server = try ScriptedHTTPServer { Self.good($0) }
        #expect(try await embedder(server).embed(" \n", for: .acme).vector == [0, 0, 0, 0])
        #expect(server.requests.isEmpty)
    }

    @Test func `a caller who leaves does not take the others along`() async throws {
        let server = try ScriptedHTTPServer { request in
            // The first call hangs until its caller goes.
            request.number == 0 ? .init(-1) : Self.good(request)
        }
        let embedder = try embedder(server, .init(model: "e", dimensions: 4, width: 1))
        let first = Task { try await embedder.embed("first", for: .acme) }
        let bound = ContinuousClock.now + .patient
        while server.requests.isEmpty, ContinuousClock.now < bound { await Task.yield() }
        async let second = embedder.embed("second", for: .acme)
        async let third = embedder.embed("third", for: .acme)
        first.cancel()
        _ = try await (second, third)
        await #expect(throws: UpstreamError.self) { try await first.value }
    }
}
