import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// Authentication, limits, errors and faults (freshdesk.md 4).
@Suite struct LimitTests {
    @Test func `a call without the key is 401 in the documented shape`() async throws {
        try await World.run { world async throws in
            for key in [nil, "wrong", ""] as [String?] {
                let reply = try await world.send("GET", "/tickets", key: key)
                #expect(reply.status == 401)
                #expect(
                    try reply.json == [
                        "code": "invalid_credentials", "message": "You have to be logged in to perform this action.",
                    ])
            }
            #expect(try await world.send("GET", "/_simulator/tickets", key: nil).status == 401)
            let none = try await world.send(
                "GET", "/tickets", headers: [("authorization", "Bearer \(World.key)")], key: nil)
            #expect(none.status == 401)
        }
    }

    @Test func `every answer carries the limit's headers`() async throws {
        try await World.run({ $0.plan = .growth }) { world async throws in
            let reply = try await world.get("/agents/me")
            #expect(reply.header("x-ratelimit-total") == "200")
            #expect(reply.header("x-ratelimit-remaining") == "199")
            #expect(reply.header("x-ratelimit-used-currentrequest") == "1")
            #expect(reply.header("x-freshdesk-api-version") == "latest=v2; requested=v2")
            #expect(reply.header("x-request-id")?.isEmpty == false)
            #expect(reply.header("retry-after") == nil)
            #expect(try await world.get("/tickets/404").header("x-ratelimit-remaining") == "198", "invalid calls count")
            #expect(try await world.get("/tickets?include=stats,requester").header("x-ratelimit-remaining") == "193")
        }
    }

    @Test(arguments: [(Plan.growth, 20), (.pro, 100), (.enterprise, 200)])
    func `a plan's limit on lists is its own`(plan: Plan, lists: Int) async throws {
        try await World.run({ $0.plan = plan }) { world async throws in
            for _ in 0..<lists { #expect(try await world.get("/tickets?per_page=1").status == 200) }
            let refused = try await world.get("/tickets?per_page=1")
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "60")
            #expect(try await world.get("/agents/me").status == 200, "the rest of the budget is left")
        }
    }

    @Test func `over the limit is 429 with Retry-After, and time heals it`() async throws {
        try await World.run({ $0.plan = Plan.pro.limited(to: 5) }) { world async throws in
            for _ in 0..<5 { #expect(try await world.get("/agents/me").status == 200) }
            world.advance(20)
            let refused = try await world.get("/agents/me")
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "40")
            #expect(refused.header("x-ratelimit-remaining") == "0")
            world.advance(39)
            #expect(try await world.get("/agents/me").status == 429)
            #expect(try await world.get("/_simulator/stats").status == 200, "control calls are free")
            world.advance(1)
            let healed = try await world.get("/agents/me")
            #expect(healed.status == 200)
            #expect(healed.header("x-ratelimit-remaining") == "4")
        }
    }

    @Test func `a call that costs more than is left does nothing`() async throws {
        try await World.run({ $0.plan = Plan.pro.limited(to: 4) }) { world async throws in
            let id = try await world.create()
            #expect(try await world.get("/tickets/\(id)?include=conversations,requester,stats").status == 429)
            #expect(try await world.get("/tickets/\(id)?include=conversations,requester").status == 200)
        }
    }

    @Test func `wrong verbs, types and bodies have their answers`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            let verb = try await world.send("PATCH", "/tickets/\(id)")
            #expect(verb.status == 405)
            #expect(verb.header("allow") == "GET, PUT, DELETE")
            #expect(
                try verb.json["message"]
                    == "PATCH method is not allowed. It should be one of these method(s): GET, PUT, DELETE")
            #expect(try await world.get("/tickets", headers: [("accept", "text/csv")]).status == 406)

            func post(_ type: String, _ body: String) async throws -> World.Reply {
                let client = try HTTPClient()
                defer { client.close() }
                let key = Base64.encode(Array("\(World.key):X".utf8))
                let response = try await client.send(
                    HTTPRequest(
                        "POST", world.url + "/api/v2/tickets",
                        headers: [("authorization", "Basic \(key)"), ("content-type", type)], body: Array(body.utf8)))
                return World.Reply(status: response.status, headers: response.headers, bytes: response.body)
            }
            #expect(try await post("text/plain", "{}").status == 415)
            let broken = try await post("application/json", "{\"subject\":")
            #expect(broken.status == 400)
            #expect(try broken.json["code"] == "invalid_json")
            #expect(try await post("application/json", "[1]").json["code"] == "invalid_json")
        }
    }

    @Test func `faults strike the API and not the controls`() async throws {
        try await World.run { world async throws in
            let on = try await world.send(
                "PUT", "/_simulator/faults", ["fail_next": 2, "fail_status": 502, "only_path": "/api/v2/tickets"])
            #expect(on.status == 200)
            #expect(try await world.get("/agents/me").status == 200)
            let failed = try await world.get("/tickets")
            #expect(failed.status == 502)
            #expect(failed.header("content-type") == "text/html")
            #expect(try await world.get("/tickets").status == 502)
            #expect(try await world.get("/tickets").status == 200)

            _ = try await world.send("PUT", "/_simulator/faults", ["error_rate": 1])
            #expect(try await world.get("/tickets").status == 503)
            #expect(try await world.send("PUT", "/_simulator/faults", ["error_rate": 2]).status == 400)
            _ = try await world.send("PUT", "/_simulator/faults", ["throttle_rate": 1])
            #expect(try await world.get("/tickets").header("retry-after") == "1")
            _ = try await world.send("PUT", "/_simulator/faults", ["reset_rate": 1])
            await #expect(throws: HTTPFailure.self) { _ = try await world.get("/agents/me") }
            _ = try await world.send("PUT", "/_simulator/faults", [:])
            #expect(try await world.get("/tickets").status == 200)
        }
    }

    @Test func `a port in use is an error that says so`() async throws {
        try await World.run { world async throws in
            var configuration = SimulatorConfiguration(apiKey: "k")
            configuration.port = try #require(Int(world.url.split(separator: ":").last ?? ""))
            let second = try Simulator(configuration: configuration)
            let error = await #expect(throws: SimulatorError.self) { _ = try await second.start() }
            #expect(error?.description.contains("cannot listen on 127.0.0.1:\(configuration.port)") == true)
        }
    }
}
