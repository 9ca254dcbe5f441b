import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// Answers and replies through the front door: the service, the simulator and a provider, each on its socket.
struct WritingTests {
    private static func ticket(
        _ id: Int, _ subject: String, _ description: String, _ replies: [(role: String, body: String, note: Bool)] = []
    ) -> String {
        let messages = [("requester", description, false)] + replies.map { ($0.role, $0.body, $0.note) }
        let lines = messages.enumerated().map { index, message in
            #"{"role":"\#(message.0)","author":"Person \#(index)","created_at":"2026-03-01T0\#(index):00:00Z","#
                + #""body":"\#(message.1)","private":\#(message.2)}"#
        }
        let status = replies.isEmpty ? "Open" : "Resolved"
        return #"{"id":\#(id),"subject":"\#(subject)","created_at":"2026-03-01T00:00:00Z","status":"\#(status)","#
            + #""requester":{"name":"Nora Quill","email":"nora\#(id)@customer.example"},"#
            + #""messages":[\#(lines.joined(separator: ","))]}"#
    }

    private static let tickets = [
        ticket(
            1, "Label printer prints blank pages", "Since the update the label printer prints blank pages.",
            [
                ("agent", "Bad payer, keep him waiting: wombat margin.", true),
                ("agent", "Please clean the thermal head of the label printer with alcohol.", false),
            ]),
        ticket(
            2, "Blank pages from the label printer", "My label printer prints blank pages, order ORD-55231.",
            [("agent", "Please install driver 7.2 for the label printer.", false)]),
        ticket(3, "Blank labels", "Our label printer prints blank pages today."),
        ticket(
            4, "Password forgotten", "I cannot log in.", [("agent", "Use the reset link on the login page.", false)]),
    ]
    private static let question = "label printer prints blank pages"

    private struct House {
        var stage: Stage
        var provider: ScriptedProvider
        var simulator: ServiceProcess
        var desk: String
        var company: Stage.Company
        var server: ServiceProcess
        var base: String
    }

    private func house(_ extra: [String: String] = [:], mood: ScriptedProvider.Mood = .good) async throws -> House {
        let provider = try ScriptedProvider(mood)
        let stage = try Stage(
            environment: [
                "FRESHET_MODELS_PROVIDERS": "main", "FRESHET_MODELS_MAIN_KIND": "openai",
                "FRESHET_MODELS_MAIN_MODEL": "m", "FRESHET_MODELS_MAIN_URL": provider.url + "/v1",
                "FRESHET_MODELS_MAIN_API_KEY": "k", "FRESHET_MODELS_ANSWERS_USE": "main",
            ].merging(extra) { $1 })
        let (simulator, desk) = try await stage.simulator(tickets: Self.tickets)
        let company = try await stage.addCompany("acme", at: desk)
        try await stage.freshet("reconcile", "acme", "--follow")
        let (server, base) = try await stage.serve()
        return House(
            stage: stage, provider: provider, simulator: simulator, desk: desk, company: company, server: server,
            base: base)
    }

    private func end(_ house: House) async throws {
        #expect(await house.server.terminate() == 0)
        _ = await house.simulator.terminate()
    }

    private func request(_ house: House, _ path: String, _ body: [String: JSONValue]) throws -> HTTPRequest {
        HTTPRequest(
            "POST", house.base + path,
            headers: [
                ("Content-Type", "application/json"), ("Authorization", "Bearer " + house.company.token),
            ], body: Array(try JSONEncoder().encode(JSONValue.object(body))))
    }

    private func post(_ house: House, _ path: String, _ body: [String: JSONValue]) async throws -> (Int, JSONValue) {
        let response = try await house.stage.http.send(try request(house, path, body))
        return (response.status, try JSONDecoder().decode(JSONValue.self, from: Data(response.body)))
    }

    private func ask(_ house: House) async throws -> JSONValue {
        let (status, answer) = try await post(house, "/query", ["query": .string(Self.question)])
        #expect(status == 200)
        #expect(answer["results"]?.elements.count ?? 0 >= 3)
        return answer
    }

    /// All of a stream, an event a line.
    private func events(
        _ house: House, _ path: String, _ body: [String: JSONValue]
    ) async throws -> [(name: String, data: JSONValue)] {
        let response = try await house.stage.http.send(try request(house, path, body))
        #expect(response.status == 200 && response.headers.first("content-type") == "text/event-stream")
        return try String(decoding: response.body, as: UTF8.self).components(separatedBy: "\n\n").compactMap { block in
            guard let match = block.wholeMatch(of: /event: (\w+)\ndata: (.*)/) else { return nil }
            return (
                String(match.output.1), try JSONDecoder().decode(JSONValue.self, from: Data(match.output.2.utf8))
            )
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `an answer cites hits only, and loses what the help desk has deleted`() async throws {
        let house = try await house()
        let whole = try await ask(house)
        let results = Set(whole["results"]?.elements.compactMap { $0["original_id"]?.text } ?? [])
        let answer = try #require(whole["answer"])
        #expect(answer["status"] == .string("answered") && answer["unverified"] == .bool(false))
        let cited = answer["citations"]?.elements.compactMap { $0["original_id"]?.text } ?? []
        #expect(cited.contains("1") && cited.contains("2") && results.isSuperset(of: cited) && cited.count <= 3)
        #expect(answer["text"]?.text?.contains("clean the thermal head") == true, "\(answer)")
        #expect(house.provider.writings.allSatisfy { !$0.contains("wombat") }, "private notes stay here")

        #expect(try await house.stage.write("DELETE", house.desk + "/api/v2/tickets/1") == 204)
        let after = try #require(try await ask(house)["answer"])
        #expect(after["text"]?.text?.contains("thermal head") == false)
        #expect(after["text"]?.text?.contains("driver 7.2") == true)
        #expect(after["citations"]?.elements.contains { $0["original_id"] == .string("1") } == false)

        let faults = #"{"fail_next":100000,"fail_status":500,"only_path":"/api/v2/tickets"}"#
        #expect(try await house.stage.write("PUT", house.desk + "/_simulator/faults", faults) == 200)
        let blind = try #require(try await ask(house)["answer"])
        #expect(blind["status"] == .string("answered") && blind["unverified"] == .bool(true))

        let (_, bare) = try await post(house, "/query", ["query": .string(Self.question), "answer": .bool(false)])
        #expect(bare["answer"] == nil && bare["results"] != nil)
        let nothing = try await post(
            house, "/query", ["query": .string("zzz"), "types": .array([.string("articles")])])
        #expect(nothing.1["answer"]?["status"] == .string("not_enough_evidence"))
        let usage = try await house.stage.freshet("usage", "acme", "--by", "purpose", "--json")
        #expect(usage.contains("answer"), "\(usage)")
        try await end(house)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a poisoned answer says nothing, and a budget that is used up withholds answers by name`() async throws {
        let house = try await house(["FRESHET_BUDGETS_DAILY_TOKENS": "150"], mood: .poison)
        let poisoned = try await ask(house)
        #expect(poisoned["answer"]?["status"] == .string("not_enough_evidence"))
        #expect(!"\(poisoned)".contains(ScriptedProvider.canary))
        house.provider.become(.good)
        #expect(try await ask(house)["answer"]?["status"] == .string("answered"))
        let calls = house.provider.calls
        let capped = try await ask(house)
        #expect(capped["answer"]?["status"] == .string("withheld") && capped["answer"]?["reason"] == .string("budget"))
        let (status, reply) = try await post(house, "/generate_reply", ["ticket_id": .integer(3)])
        #expect(status == 200 && reply["builtin"] == .bool(true) && reply["reason"] == .string("budget"))
        #expect(house.provider.calls == calls)
        try await end(house)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a stream tells its results first, then checked sentences, then its end`() async throws {
        let house = try await house()
        let events = try await events(house, "/query/stream", ["query": .string(Self.question)])
        #expect(events.map(\.name) == ["results", "token", "token", "token", "done"], "\(events)")
        #expect(events.first?.data["results"]?.elements.isEmpty == false)
        #expect(events[1].data["citations"]?.elements.count == 1)
        #expect(events.last?.data["answer"]?["status"] == .string("answered"))
        let (status, problem) = try await post(house, "/query/stream", ["query": .string(" ")])
        #expect(status == 422 && problem["pointer"] == .string("/query"))
        try await end(house)
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (ScriptedProvider.Mood.status(503), "unavailable"), (.reset, "unavailable"), (.garbage, "unavailable"),
            (.throttled(seconds: 600), "unavailable"), (.refusal, "declined"), (.silent, "deadline"),
        ])
    func `a provider in trouble ends a stream with its reason, and nothing hangs`(
        mood: ScriptedProvider.Mood, reason: String
    ) async throws {
        let deadline = mood == .silent ? "1s" : "60s"
        let house = try await house(["FRESHET_MODELS_ANSWERS_DEADLINE": deadline], mood: mood)
        let query = try await events(house, "/query/stream", ["query": .string(Self.question)])
        #expect(query.map(\.name) == ["results", "error", "done"])
        #expect(query[1].data["reason"] == .string(reason))
        #expect(query.last?.data["answer"]?["status"] == .string("withheld"))
        let reply = try await events(house, "/generate_reply/stream", ["ticket_id": .string("3")])
        #expect(reply.first?.name == "error" && reply.last?.name == "done", "\(reply.map(\.name))")
        #expect(reply.last?.data["builtin"] == .bool(true))
        #expect(reply.last?.data["text"]?.text?.contains("driver 7.2") == true, "\(reply)")
        try await end(house)
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["/query/stream", "/generate_reply/stream"])
    func `a client that leaves takes its model call along`(path: String) async throws {
        let house = try await house(["FRESHET_MODELS_ANSWERS_DEADLINE": "10m"], mood: .silent)
        let body: [String: JSONValue] =
            path.hasPrefix("/query") ? ["query": .string(Self.question)] : ["ticket_id": .integer(3)]
        do {
            let stream = try await house.stage.http.stream(try request(house, path, body))
            #expect(stream.status == 200)
            try await house.stage.poll(for: "the call") { house.provider.calls == 1 ? () : nil }
            #expect(house.provider.abandoned == 0)
        }
        try await house.stage.poll(for: "the call's end") { house.provider.abandoned == 1 ? () : nil }
        // Nothing of it is left that would keep the service from stopping.
        try await end(house)
    }

    @Test(.timeLimit(.minutes(10)))
    func `kill -9 and a stop in the middle of streams leave no connection hanging`() async throws {
        let house = try await house(
            ["FRESHET_MODELS_ANSWERS_DEADLINE": "10m", "FRESHET_HTTP_SHUTDOWN_GRACE": "1s"], mood: .silent)
        var here = house
        for stop in ["stop", "kill"] {
            if stop == "kill" { (here.server, here.base) = try await house.stage.serve() }
            let calls = house.provider.calls
            let before = try await house.stage.http.stream(
                try request(here, "/query/stream", ["query": .string(Self.question)]))
            try await house.stage.poll(for: "the call") { house.provider.calls > calls ? () : nil }
            if stop == "kill" { await here.server.kill() } else { _ = await here.server.terminate() }
            var text = ""
            do {
                for try await piece in before.body { text += String(decoding: piece, as: UTF8.self) }
            } catch {
                // The connection broke off: an end, too.
            }
            #expect(text.hasPrefix("event: results\n") && !text.contains("event: done"), "\(text)")
        }
        _ = await house.simulator.terminate()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a reply rests on what requesters may see, greets by name and cites apart from its text`() async throws {
        let house = try await house()
        let (status, reply) = try await post(
            house, "/generate_reply",
            ["ticket_id": .integer(3), "instructions": .string("Offer to call back."), "language": .string("en")])
        #expect(status == 200 && reply["builtin"] == .bool(false) && reply["reason"] == nil, "\(reply)")
        let text = reply["text"]?.text ?? ""
        #expect(text.hasPrefix("Hello Nora Quill,\n\n") && text.contains("thermal head"), "\(text)")
        #expect(!text.contains("[1]") && !text.contains("ORD-55231"))
        let cited = reply["citations"]?.elements.compactMap { $0["original_id"]?.text } ?? []
        #expect(cited.contains("1") && !cited.contains("3"))
        let shown = house.provider.writings.joined()
        for secret in ["wombat", "Bad payer", "ORD-55231", "nora1@", "Nora"] {
            #expect(!shown.contains(secret), "\(secret) must not leave")
        }
        #expect(shown.contains("<wish>\nOffer to call back.\n</wish>"))

        for id in [99, 4_711_000] {
            #expect(try await post(house, "/generate_reply", ["ticket_id": .integer(Int64(id))]).0 == 404)
        }
        for (body, pointer) in [
            ([:], "/ticket_id"), (["ticket_id": .string("03")], "/ticket_id"),
            (["ticket_id": .integer(0)], "/ticket_id"),
            (["ticket_id": .integer(3), "language": .string("English")], "/language"),
            (["ticket_id": .integer(3), "instructions": .integer(1)], "/instructions"),
        ] as [([String: JSONValue], String)] {
            let (status, problem) = try await post(house, "/generate_reply", body)
            #expect(status == 422 && problem["pointer"] == .string(pointer))
        }
        // Another company's token does not see the ticket.
        let (other, otherDesk) = try await house.stage.simulator(tickets: [], key: "other")
        var foreign = house
        foreign.company = try await house.stage.addCompany("globex", at: otherDesk, key: "other")
        #expect(try await post(foreign, "/generate_reply", ["ticket_id": .integer(3)]).0 == 404)

        #expect(try await house.stage.write("DELETE", house.desk + "/api/v2/tickets/3") == 204)
        #expect(try await post(house, "/generate_reply", ["ticket_id": .integer(3)]).0 == 404)
        let events = try await events(house, "/generate_reply/stream", ["ticket_id": .integer(3)])
        #expect(events.map(\.name) == ["error"] && events.first?.data["status"] == .integer(404))
        _ = await other.terminate()
        try await end(house)
    }

    @Test(.timeLimit(.minutes(10)))
    func `without a model there are results without an answer, and a draft that says what it is`() async throws {
        let house = try await house(["FRESHET_MODELS_ANSWERS_USE": "builtin"])
        #expect(try await ask(house)["answer"] == nil)
        let (status, reply) = try await post(house, "/generate_reply", ["ticket_id": .integer(3)])
        #expect(status == 200 && reply["builtin"] == .bool(true) && reply["reason"] == nil)
        #expect(reply["text"]?.text?.contains("install driver 7.2") == true, "\(reply)")
        #expect(reply["text"]?.text?.contains("login") == false, "what has little to do with it helps nobody")
        #expect(reply["made_by"] == .string("builtin/extractive-reply/1"))
        #expect(house.provider.calls == 0)
        try await end(house)
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
    fileprivate var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
