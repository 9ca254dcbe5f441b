import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// The fault plan: as a file and at run time (design, section 9).
@Suite struct FaultTests {
    private func add(_ rule: JSON, to world: World) async throws {
        let reply = try await world.send("POST", "/_simulator/faults", rule)
        try #require(reply.status == 201, "\(String(decoding: reply.bytes, as: UTF8.self))")
    }

    @Test func `a rule strikes the calls that it names, so often, and says what it did`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            try await add(
                [
                    "name": "down", "method": "GET", "path": "tickets/*/conversations", "status": 502, "times": 2,
                    "skip": 1,
                ],
                to: world)
            func status() async throws -> Int { try await world.get("/tickets/\(id)/conversations").status }
            #expect(try await world.get("/tickets/\(id)").status == 200)
            #expect(try await status() == 200)
            #expect(try await status() == 502)
            #expect(try await status() == 502)
            #expect(try await status() == 200)
            let rule = try await world.get("/_simulator/faults/down").json
            #expect(rule["seen"] == 3)
            #expect(rule["struck"] == 2)
            #expect(rule["path"] == "tickets/*/conversations")
            #expect(try await world.get("/_simulator/faults").json["rules"]?.array?.count == 1)
            #expect(try await world.send("DELETE", "/_simulator/faults/down").status == 204)
            #expect(try await world.send("DELETE", "/_simulator/faults/down").status == 404)
        }
    }

    @Test(
        arguments: [
            (["status": 503], nil, "text/html", nil), (["status": 503, "body": "empty"], nil, nil, nil),
            (["status": 404], nil, nil, nil), (["status": 404, "body": "html"], nil, "text/html", nil),
            (["status": 403, "code": "account_suspended"], "account_suspended", "json", nil),
            (["status": 429], nil, "json", "1"), (["status": 429, "retry_after": 27], nil, "json", "27"),
            (["status": 429, "retry_after": ""], nil, "json", nil),
            (["status": 429, "retry_after": "soon"], nil, "json", "soon"),
            (["status": 500, "body": "json"], nil, "json", nil),
        ] as [([String: JSON], JSON?, String?, String?)])
    func `an answer can be any status in any shape`(
        rule: [String: JSON], code: JSON?, type: String?, retryAfter: String?
    ) async throws {
        try await World.run { world async throws in
            try await add(.object(rule), to: world)
            let reply = try await world.get("/tickets")
            #expect(.integer(Int64(reply.status)) == rule["status"])
            #expect(reply.header("retry-after") == retryAfter)
            #expect(reply.bytes.isEmpty == (type == nil))
            if let type { #expect(reply.header("content-type")?.contains(type) == true) }
            if let code { #expect(try reply.json["code"] == code) }
        }
    }

    @Test func `a validation error of a fault has the documented shape`() async throws {
        try await World.run { world async throws in
            try await add(["status": 409], to: world)
            let reply = try await world.get("/tickets")
            #expect(try reply.json["description"] == "Validation failed")
            #expect(try reply.complaint == ["page", "inconsistent_state"])
        }
    }

    @Test func `a connection breaks before the call, after it, or in the middle of the answer`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            func note(_ text: String) async throws {
                // On a connection of its own: curl asks again by itself where one that it had kept turns out dead.
                let client = try HTTPClient()
                defer { client.close() }
                let key = Base64.encode(Array("\(World.key):X".utf8))
                let body: JSON = ["body": .string(text)]
                _ = try await client.send(
                    HTTPRequest(
                        "POST", world.url + "/api/v2/tickets/\(id)/notes",
                        headers: [("authorization", "Basic \(key)"), ("content-type", "application/json")],
                        body: body.bytes))
            }
            for (what, count): (JSON, Int) in [
                (["reset": "before", "method": "POST", "times": 1], 0),
                (["reset": "after", "method": "POST", "times": 1], 1),
                (["truncate": true, "method": "POST", "times": 1], 2),
            ] {
                try await add(what, to: world)
                await #expect(throws: HTTPFailure.self) { try await note("x") }
                #expect(try await world.get("/tickets/\(id)/conversations").rows.count == count)
            }
            try await note("the next one is well")
        }
    }

    @Test func `rows are hidden by id or by chance, pages end early, and lists are empty`() async throws {
        try await World.run { world async throws in
            for _ in 0..<40 { try await world.create() }
            try await add(
                ["name": "f", "path": "tickets", "query": ["page": "1"], "hide_ids": [40, 39, 5]], to: world)
            let first = try await world.get("/tickets")
            #expect(try first.ids == Array((11...38).reversed()).map(Int64.init))
            let second = try await world.get(try #require(first.next))
            #expect(try second.ids.contains(5), "page 2 is left alone")
            #expect(try await world.get("/tickets/40").status == 200)

            try await add(["name": "f", "path": "tickets", "last_page": true], to: world)
            let last = try await world.get("/tickets")
            #expect(try last.rows.count == 30)
            #expect(last.next == nil)

            try await add(["name": "f", "path": "tickets", "empty": true], to: world)
            let none = try await world.get("/tickets")
            #expect(none.status == 200)
            #expect(try none.json == [])
            #expect(none.next == nil)

            try await add(["name": "f", "path": "tickets", "hide_rows": .number(0.5)], to: world)
            let some = try await world.get("/tickets?per_page=40").rows.count
            #expect((5...35).contains(some))
            #expect(try await world.send("DELETE", "/_simulator/faults").status == 204)
            #expect(try await world.get("/tickets?per_page=40").rows.count == 40)
        }
    }

    @Test func `the thirty-day default can be forced on`() async throws {
        try await World.run { world async throws in
            try await world.create()
            world.advance(31 * 86_400)
            let new = try await world.create()
            #expect(try await world.get("/tickets?updated_since=1970-01-01").ids.count == 2)
            try await add(["path": "tickets", "thirty_days": true], to: world)
            #expect(try await world.get("/tickets?updated_since=1970-01-01").ids == [new])
        }
    }

    @Test func `a rule can be in force for a while only`() async throws {
        try await World.run { world async throws in
            try await add(["status": 503, "after_seconds": 60, "for_seconds": 120], to: world)
            try await add(["status": 500, "from": "2026-03-04", "until": "2026-03-05"], to: world)
            func status() async throws -> Int { try await world.get("/agents/me").status }
            #expect(try await status() == 200)
            world.advance(60)
            #expect(try await status() == 503)
            world.advance(120)
            #expect(try await status() == 200)
            world.advance(86_400)
            #expect(try await status() == 500)
            world.advance(86_400)
            #expect(try await status() == 200)
        }
    }

    @Test func `query patterns ask for a value, any value, or none`() async throws {
        try await World.run { world async throws in
            try await add(["path": "tickets/**", "query": ["filter": "deleted"], "status": 500], to: world)
            try await add(["path": "tickets", "query": ["updated_since": "*", "page": "2"], "status": 501], to: world)
            try await add(["path": "contacts", "query": ["email": nil], "status": 502], to: world)
            #expect(try await world.get("/tickets?filter=deleted").status == 500)
            #expect(try await world.get("/tickets?filter=spam").status == 200)
            #expect(try await world.get("/tickets?updated_since=2026-01-01").status == 200)
            #expect(try await world.get("/tickets?updated_since=2026-01-01&page=2").status == 501)
            #expect(try await world.get("/contacts").status == 502)
            #expect(try await world.get("/contacts?email=a%40b.example").status == 200)
        }
    }

    @Test func `chance comes from the seed and a rule's name, whatever other rules do`() async throws {
        func pattern(seed: UInt64, others: Bool) async throws -> [Int] {
            var statuses: [Int] = []
            try await World.run({
                $0.plan = .unlimited
                $0.seed = seed
            }) { world async throws in
                if others { try await add(["name": "other", "latency_ms": 0, "probability": .number(0.3)], to: world) }
                try await add(["name": "maybe", "status": 503, "probability": .number(0.5)], to: world)
                for _ in 0..<40 { statuses.append(try await world.get("/agents/me").status) }
            }
            return statuses
        }
        let first = try await pattern(seed: 5, others: false)
        #expect(Set(first) == [200, 503])
        #expect(try await pattern(seed: 5, others: true) == first)
        #expect(try await pattern(seed: 6, others: false) != first)
    }

    @Test(arguments: [
        (#"{"latency_ms": 5, "rules": [{"status": 503}]}"#, 1), (#"[{"status": 503}, {"reset": "after"}]"#, 2),
        ("# a comment\n{\"status\": 503}\n\n{\"webhook\": \"drop\"}\n", 2), (#"{"name": "one", "status": 503}"#, 1),
        (#"{"error_rate": 0.5}"#, 0),
    ])
    func `a file holds rates and rules, a list of rules, or one a line`(text: String, rules: Int) throws {
        #expect(try Faults.read(Array(text.utf8)).rules.count == rules)
    }

    @Test(arguments: [
        (#"{"status": 503, "tims": 2}"#, "the rule: 'tims' is not known"),
        (#"[{"status": 200}]"#, "rule 1: status must be"),
        ("{\"status\": 503}\n{\"status\"", "line 2 is not JSON"), ("", "there is nothing in it"),
        (#"[{"path": "tickets"}]"#, "rule 1: a rule says what happens"), (#"{"error_rate": 3}"#, "a rate must be"),
        (#"[{"webhook": "late"}]"#, "rule 1: webhook late and shuffle need delay_ms"),
        (#"[{"webhook": "drop", "path": "tickets"}]"#, "rule 1: a rule with webhook is about webhooks only"),
        (#"[{"status": "many"}]"#, "rule 1: 'status' cannot be that"), ("7", "an object or an array is expected"),
        (#"{"rules": [{"probability": 2, "status": 500}]}"#, "rules[0]: probability must be"),
    ])
    func `a plan that cannot be is refused in words`(text: String, problem: String) async throws {
        let error = #expect(throws: FaultsError.self) { _ = try Faults.read(Array(text.utf8)) }
        #expect(error?.description.hasPrefix(problem) == true, "\(String(describing: error))")
        guard let json = try? JSON(parsing: Array(text.utf8)) else { return }
        try await World.run { world async throws in
            let reply = try await world.send("PUT", "/_simulator/faults", json)
            #expect(reply.status == 400)
            #expect(try await world.get("/agents/me").status == 200, "nothing of it is in force")
        }
    }

    @Test func `calls, credits, refusals and faults can be seen`() async throws {
        try await World.run({ $0.plan = Plan.pro.limited(to: 8) }) { world async throws in
            try await add(["name": "slow", "path": "tickets", "latency_ms": 1], to: world)
            _ = try await world.get("/tickets?include=stats,requester")
            _ = try await world.create()
            _ = try await world.get("/tickets/1?include=stats")
            let stats = try await world.get("/_simulator/stats").json
            #expect(stats["calls_total"] == 3)
            #expect(stats["credits_total"] == 8)
            #expect(stats["throttled_total"] == 0)
            #expect(try await world.get("/tickets").status == 429)
            let families = try await world.get("/_simulator/stats").json["families"]
            #expect(families?["ticket list"] == ["calls": 2, "credits": 5, "throttled": 1])
            #expect(families?["ticket create"] == ["calls": 1, "credits": 1, "throttled": 0])

            let calls = try await world.get("/_simulator/calls").rows
            #expect(calls.map { $0["status"] } == [200, 201, 200, 429])
            #expect(calls[0]["target"] == "/api/v2/tickets?include=stats,requester")
            #expect(calls[0]["faults"] == ["slow"])
            #expect(calls[0]["credits"] == 5)
            #expect(calls[1]["endpoint"] == "tickets")
            #expect(try await world.get("/_simulator/calls?after=3").rows.count == 1)
            #expect(try await world.get("/_simulator/calls?limit=2").rows.map { $0["number"] } == [3, 4])
            #expect(try await world.send("DELETE", "/_simulator/stats").status == 204)
            #expect(try await world.get("/_simulator/calls").json == [])
        }
    }
}
