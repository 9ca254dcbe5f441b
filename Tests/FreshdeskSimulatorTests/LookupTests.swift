import FreshdeskSimulator
import Foundation
import Testing

/// Search and look-ups (freshdesk.md 1.4, 3).
@Suite struct LookupTests {
    @Test(
        arguments: [
            ("status:3", [2]), ("priority:4 AND status:2", [3]), ("status:3 OR priority:4", [3, 2]),
            ("(status:2 OR status:3) AND tag:'scan'", [2]), ("tag:'scan'", [2]), ("type:'Problem'", [3]),
            ("type:null", [2, 1]), ("cf_region:'EU'", [1]), ("created_at:>'2026-03-04'", [3]),
            ("created_at:<'2026-03-03'", [2, 1]), ("created_at:'2026-03-04'", [3]), ("agent_id:null", [3, 2, 1]),
            ("status:2 AND status:3", []), ("priority:1 OR priority:4 AND status:3", [2, 1]),
        ] as [(String, [Int64])])
    func `search understands the documented grammar`(query: String, ids: [Int64]) async throws {
        try await World.run { world async throws in
            try await world.create("one", ["custom_fields": ["cf_region": "EU"]])
            try await world.create("two", ["status": 3, "tags": ["scan"]])
            world.advance(86_400)
            try await world.create("three", ["priority": 4, "type": "Problem"])
            let deleted = try await world.create("four", ["status": 3])
            _ = try await world.send("DELETE", "/tickets/\(deleted)")
            // Search lags behind.
            world.advance(60)

            let encoded = try #require("\"\(query)\"".addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let reply = try await world.get("/search/tickets?query=\(encoded)")
            #expect(reply.status == 200)
            #expect(try reply.json["total"]?.integer == Int64(ids.count))
            #expect(try reply.json["results"]?.array?.compactMap { $0["id"]?.integer } == ids)
        }
    }

    @Test(arguments: [
        "status:2", "\"status:2", "\"status\"", "\"requester_id:5\"", "\"company_id:5\"", "\"status:'open'\"",
        "\"created_at:>'yesterday'\"", "\"status:>2\"", "\"(status:2\"", "\"status:2 status:3\"", "\"\"",
    ])
    func `a query outside the grammar is 400`(query: String) async throws {
        try await World.run { world async throws in
            let encoded = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            #expect(try await world.get("/search/tickets?query=\(encoded)").status == 400)
        }
    }

    @Test func `search gives thirty a page and ten pages`() async throws {
        try await World.run { world async throws in
            for _ in 0..<31 { try await world.create() }
            world.advance(60)
            let query = "/search/tickets?query=%22status:2%22"
            #expect(try await world.get(query).json["results"]?.array?.count == 30)
            #expect(try await world.get(query + "&page=2").json["results"]?.array?.count == 1)
            #expect(try await world.get(query + "&page=10").status == 200)
            #expect(try await world.get(query + "&page=11").status == 400)
            #expect(try await world.get(query + "&per_page=100").status == 400)
            let long = String(repeating: "status:2%20OR%20", count: 45) + "status:3"
            #expect(try await world.get("/search/tickets?query=%22\(long)%22").status == 400)
        }
    }

    @Test func `look-ups name agents, groups, products, companies and status labels`() async throws {
        try await World.run({ $0 = .demo(apiKey: World.key).with(plan: .unlimited, clock: $0.clock) }) {
            world async throws in
            let me = try await world.get("/agents/me").json
            #expect(me["ticket_scope"] == 1)
            let agents = try await world.get("/agents?per_page=100").rows
            #expect(agents.contains { $0["contact"]?["name"] == "Mina Park" })
            #expect(try await world.get("/groups").rows.contains { $0["name"] == "고객지원팀" })
            #expect(try await world.get("/products").rows.contains { $0["name"] == "Lumenfold Hub" })

            let ticket = try await world.ticket(1, include: "requester,company")
            #expect(ticket["company"]?["name"] == "Harbor Logistics")
            let company = try #require(ticket["company_id"]?.integer)
            #expect(try await world.get("/companies/\(company)").json["name"] == "Harbor Logistics")
            let requester = try #require(ticket["requester_id"]?.integer)
            #expect(try await world.get("/contacts/\(requester)").json["email"] == "ines@harbor.example")

            let fields = try await world.get("/ticket_fields").rows
            let status = try #require(fields.first { $0["name"] == "status" })
            #expect(status["choices"]?["2"] == ["Open", "Being Processed"])
            #expect(status["choices"]?["6"]?[0] == "Waiting on Customer")
            #expect(status["choices"]?["7"]?[0] == "Waiting on Third Party")
            #expect(try await world.get("/admin/ticket_fields").status == 200)
            #expect(try await world.get("/admin/ticket_fields?page=1").status == 400)
            #expect(try await world.get("/settings/helpdesk").json["primary_language"] == "en")
            #expect(try await world.get("/account").json["account_domain"] == "lumenfold.freshdesk.com")
        }
    }

    @Test func `renaming a contact, agent or group touches no ticket`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            let before = try await world.ticket(id)
            let contact = try #require(before["requester_id"]?.integer)
            world.advance(60)
            #expect(try await world.send("PUT", "/contacts/\(contact)", ["name": "Ines O."]).status == 200)
            let after = try await world.ticket(id, include: "requester")
            #expect(after["requester"]?["name"] == "Ines O.")
            #expect(after["updated_at"] == before["updated_at"])
            #expect(try await world.get("/contacts?updated_since=2026-03-03T09:15:00Z").ids == [contact])
            let me = try #require(try await world.get("/agents/me").json["id"]?.integer)
            #expect(try await world.send("PUT", "/_simulator/agents/\(me)", ["name": "Key"]).status == 204)
            #expect(try await world.get("/agents/\(me)").json["contact"]?["name"] == "Key")
        }
    }
}

extension SimulatorConfiguration {
    func with(plan: Plan, clock: SimulatedClock) -> SimulatorConfiguration {
        var copy = self
        copy.plan = plan
        copy.clock = clock
        return copy
    }
}
