import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// What every chat adapter owes, whoever is behind it.
struct ChatConformanceTests {
    private static let question = ChatQuestion(
        instructions: "Condense.", material: "<ticket>\nhello \"world\"\u{1}\n</ticket>", schema: SummaryPrompt.schema,
        answerLimit: 100)

    private func fault(_ vendor: Vendor, _ answer: ScriptedHTTPServer.Answer) async throws -> ModelFault? {
        let server = try ScriptedHTTPServer { _ in answer }
        let reply = await (try vendor.chat(at: server.url)).answer(Self.question, deadline: .patient)
        if case .failure(let fault) = reply.answer { return fault }
        return nil
    }

    @Test(arguments: Vendor.allCases)
    func `an answer comes as an object, with what it cost and what is left`(vendor: Vendor) async throws {
        let names =
            vendor == .anthropic
            ? ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-tokens-remaining"]
            : ["x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens"]
        let server = try ScriptedHTTPServer { _ in
            var answer = vendor.answer(exportAnswer())
            answer.headers = ["\(names[0]): 7", "\(names[1]): 9000"]
            return answer
        }
        let reply = await (try vendor.chat(at: server.url)).answer(Self.question, deadline: .patient)
        #expect(try reply.answer.get().at("solution")?.text == "Raise the page limit to 2000.")
        #expect(reply.usage == TokenUsage(input: 70, output: 30))
        #expect(reply.signals.requestsLeft == 7 && reply.signals.tokensLeft == 9000)
    }

    @Test(arguments: Vendor.allCases)
    func `the call goes where the vendor has it, opened by the key, the ticket apart from the task`(
        vendor: Vendor
    ) async throws {
        let server = try ScriptedHTTPServer { _ in vendor.answer(exportAnswer()) }
        _ = await (try vendor.chat(at: server.url)).answer(Self.question, deadline: .patient)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.target == vendor.target)
        #expect(request.headers[vendor.key.name] == vendor.key.value)
        let body = request.json
        let user = vendor == .anthropic ? body.at("messages", "0") : body.at("messages", "1")
        #expect(user?.at("role")?.text == "user")
        #expect(user?.at("content")?.text == Self.question.material)
        let system =
            vendor == .anthropic ? body.at("system", "0", "text") : body.at("messages", "0", "content")
        #expect(system?.text == "Condense.")
        let schema =
            vendor == .anthropic
            ? body.at("tools", "0", "input_schema") : body.at("response_format", "json_schema", "schema")
        #expect(schema?.at("required")?.elements?.count == 5)
        if vendor == .anthropic {
            #expect(body.at("system", "0", "cache_control", "type")?.text == "ephemeral")
            #expect(request.headers["anthropic-version"] == "2023-06-01")
        }
    }

    @Test(arguments: Vendor.allCases)
    func `a refusal, a cut-off answer, an empty one and one that is not JSON are told apart`(
        vendor: Vendor
    ) async throws {
        #expect(try await fault(vendor, vendor.refusal()) == .refusal)
        #expect(try await fault(vendor, vendor.cutOff()) == .cutOff)
        #expect(try await fault(vendor, vendor.answer("")) == .empty)
        #expect(try await fault(vendor, vendor.answer("Here you go: {}")) == .notJSON)
        #expect(try await fault(vendor, vendor.answer("{\"problem\":\"a\",}")) == .notJSON)
        #expect(try await fault(vendor, .init(200, "{}"))?.label == "malformed")
        #expect(try await fault(vendor, .init(200, "<html>"))?.label == "malformed")
    }

    @Test(arguments: Vendor.allCases)
    func `every status is told apart by what it asks of us`(vendor: Vendor) async throws {
        let throttled = vendor.error(429, code: "rate_limit", headers: ["Retry-After: 7"])
        #expect(try await fault(vendor, throttled) == .throttled(retryAfter: .seconds(7)))
        let precise = vendor.error(429, code: "rate_limit", headers: ["retry-after-ms: 250", "Retry-After: 1"])
        #expect(try await fault(vendor, precise) == .throttled(retryAfter: .milliseconds(250)))
        #expect(try await fault(vendor, vendor.error(429, code: "insufficient_quota")) == .exhausted)
        #expect(try await fault(vendor, vendor.error(401, code: "x")) == .unauthorized(status: 401))
        #expect(try await fault(vendor, vendor.error(404, code: "x")) == .unknownModel)
        for status in [302, 408, 500, 503, 529] {
            #expect(
                try await fault(vendor, vendor.error(status, code: "x"))
                    == .unreachable(detail: "status \(status)"))
        }
        #expect(try await fault(vendor, .init(502, "<html>bad gateway</html>")) == .unreachable(detail: "status 502"))
        #expect(try await fault(vendor, vendor.error(400, code: "context_length_exceeded")) == .tooLong)
        let long = vendor.error(400, code: "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")
        #expect(try await fault(vendor, long) == .tooLong)
        #expect(try await fault(vendor, vendor.error(400, code: "content_filter")) == .refusal)
        #expect(
            try await fault(vendor, vendor.error(400, code: "invalid_value"))
                == .rejected(status: 400, code: "invalid_value"))
        #expect(try await fault(vendor, .init(0))?.label == "unreachable")
    }

    @Test(arguments: Vendor.allCases)
    func `a server that says nothing costs the deadline and no more`(vendor: Vendor) async throws {
        let server = try ScriptedHTTPServer { _ in .init(-1) }
        let reply = await (try vendor.chat(at: server.url)).answer(Self.question, deadline: .milliseconds(200))
        guard case .failure(let fault) = reply.answer else { throw ModelFault.empty }
        #expect(fault == .timedOut)
    }

    @Test(arguments: Vendor.allCases)
    func `what an error's text repeats of a ticket is not in ours`(vendor: Vendor) async throws {
        let fault = try await fault(vendor, vendor.error(400, code: "bad: SECRET text", "SECRET text of a ticket"))
        #expect(fault.map { "\($0)" }?.contains("SECRET") == false)
    }

    @Test func `a server that knows no schema is asked for JSON from then on`() async throws {
        let vendor = Vendor.compatible
        let server = try ScriptedHTTPServer { request in
            request.json.at("response_format", "type")?.text == "json_schema"
                ? vendor.error(400, code: "invalid_request_error", "response_format type json_schema is not supported")
                : vendor.answer(exportAnswer())
        }
        let chat = try vendor.chat(at: server.url)
        for _ in 0..<2 {
            #expect(try await chat.answer(Self.question, deadline: .patient).answer.get().at("cause") != nil)
        }
        #expect(server.requests.count == 3)
        let system = server.requests.last?.json.at("messages", "0", "content")?.text ?? ""
        #expect(system.contains("JSON") && system.contains("\"required\":[\"problem\""))
    }
}
