import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// Whose key it is, what the plan allows, what time does to a ticket that nobody touches (freshdesk.md 1.8, 1.9, 3, 4).
@Suite struct AccountRuleTests {
    private func set(_ behaviour: JSON, _ world: World) async throws {
        let reply = try await world.send("PUT", "/_simulator/behaviour", behaviour)
        try #require(reply.status == 200)
    }

    @Test func `the free plan has no API`() async throws {
        try await World.run({ $0.plan = .free }) { world async throws in
            let reply = try await world.get("/tickets")
            #expect(reply.status == 403)
            #expect(try reply.json["code"] == "require_feature")
        }
    }

    @Test(arguments: [
        (Plan.trial, 50, nil, nil), (.growth, 200, 80, 20), (.pro, 400, 160, 100), (.enterprise, 700, 280, 200),
        (.bought1000, 1000, 400, 300), (.bought2000, 2000, 800, 400),
    ])
    func `the plans have the documented limits`(plan: Plan, total: Int64, writes: Int64?, lists: Int64?) {
        #expect(plan.total == total)
        #expect(plan.ticketCreate == writes)
        #expect(plan.ticketUpdate == writes)
        #expect(plan.ticketList == lists)
        #expect(plan.contactList == lists)
        #expect(Plan.named(plan.name) == plan)
    }

    @Test func `creating, updating and listing contacts have limits of their own`() async throws {
        var plan = Plan.pro
        (plan.ticketCreate, plan.ticketUpdate, plan.contactList) = (1, 1, 1)
        try await World.run({ $0.plan = plan }) { world async throws in
            let id = try await world.create()
            let second: JSON = ["subject": "x", "description": "x", "email": "a@b.example"]
            #expect(try await world.send("POST", "/tickets", second).status == 429)
            #expect(try await world.send("PUT", "/tickets/\(id)", ["priority": 2]).status == 200)
            let refused = try await world.send("PUT", "/tickets/\(id)", ["priority": 3])
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "60")
            #expect(refused.header("x-ratelimit-remaining") != "0", "the rest of the budget is left")
            #expect(try await world.get("/contacts").status == 200)
            #expect(try await world.get("/contacts").status == 429)
            #expect(try await world.send("POST", "/tickets/\(id)/notes", ["body": "x"]).status == 201)
        }
    }

    @Test func `calls without a key use the account's limit, too`() async throws {
        try await World.run({ $0.plan = Plan.pro.limited(to: 3) }) { world async throws in
            for left in ["2", "1"] {
                let reply = try await world.send("GET", "/tickets", key: "wrong")
                #expect(reply.status == 401)
                #expect(reply.header("x-ratelimit-remaining") == left)
            }
            #expect(try await world.get("/agents/me").status == 200)
            #expect(try await world.get("/agents/me").status == 429)
        }
    }

    @Test func `an agent's key is refused what only admins see`() async throws {
        try await World.run { world async throws in
            try await set(["key_admin": false], world)
            for path in ["/agents", "/groups", "/admin/ticket_fields", "/admin/groups", "/business_hours", "/account"] {
                let reply = try await world.get(path)
                #expect(reply.status == 403, "\(path)")
                #expect(try reply.json["code"] == "access_denied")
            }
            for path in ["/agents/me", "/ticket_fields", "/tickets"] {
                #expect(try await world.get(path).status == 200, "\(path)")
            }
            try await set(["key_admin": true], world)
            #expect(try await world.get("/business_hours").rows.count == 1)
        }
    }

    @Test func `a scoped key misses rows and is refused the rest`() async throws {
        try await World.run({
            $0.plan = .unlimited
            $0.contents = [.generated(60)]
        }) { world async throws in
            let me = try #require(try await world.get("/agents/me").json["id"]?.integer)
            let mine = try await world.create("mine", ["responder_id": .integer(me)])
            let other = try await world.create("other")
            try await set(["key_scope": "restricted"], world)
            #expect(try await world.get("/agents/me").json["ticket_scope"] == 3)
            #expect(try await world.get("/tickets?updated_since=1970-01-01").ids == [mine])
            #expect(try await world.get("/tickets/\(mine)").status == 200)
            for path in ["/tickets/\(other)", "/tickets/\(other)/conversations"] {
                #expect(try await world.get(path).status == 403)
            }
            #expect(try await world.send("PUT", "/tickets/\(other)", ["status": 4]).status == 403)
            try await set(["key_scope": "group"], world)
            let seen = try await world.get("/tickets?updated_since=1970-01-01&per_page=100")
            #expect(Set(try seen.rows.compactMap { $0["group_id"]?.integer }).count == 1)
            #expect(try seen.ids.contains(mine))
            #expect((2..<61).contains(try seen.rows.count))
        }
    }

    @Test func `a closed ticket is archived after its rest, and what its customer writes opens a new one`() async throws
    {
        try await World.run({
            $0.plan = .unlimited
            $0.behaviour.archivesAfterDays = 120
        }) { world async throws in
            let closed = try await world.create("old", ["status": 5])
            let open = try await world.create("open", ["status": 4])
            world.advance(100 * 86_400)
            _ = try await world.send("POST", "/tickets/\(closed)/notes", ["body": "touched"])
            world.advance(119 * 86_400)
            #expect(try await world.get("/tickets/\(closed)").status == 200)
            world.advance(2 * 86_400)
            #expect(try await world.get("/tickets/\(closed)").status == 404)
            #expect(try await world.get("/tickets/archived/\(closed)").json["archived"] == true)
            #expect(try await world.get("/tickets/\(open)").status == 200)
            #expect(try await world.send("PUT", "/tickets/archived/\(closed)", ["status": 2]).status == 405)

            let reply = try await world.send(
                "POST", "/_simulator/tickets/\(closed)/customer-reply", ["body": "Again!"])
            #expect(reply.status == 201)
            let new = try await world.ticket(open + 1)
            #expect(new["subject"] == "Re: old")
            #expect(new["status"] == 2)
        }
    }

    @Test func `a 404 can be a page`() async throws {
        try await World.run { world async throws in
            try await set(["not_found_body": "html"], world)
            let reply = try await world.get("/tickets/99")
            #expect(reply.status == 404)
            #expect(reply.header("content-type") == "text/html")
            #expect(String(decoding: reply.bytes, as: UTF8.self).contains("<html>"))
            let wrong = try await world.send("PUT", "/_simulator/behaviour", ["not_found_body": "xml"])
            #expect(wrong.status == 400)
        }
    }

    @Test func `search lags behind`() async throws {
        try await World.run { world async throws in
            let id = try await world.create("x", ["status": 3])
            func found(_ status: Int) async throws -> [Int64] {
                let rows = try await world.get("/search/tickets?query=%22status:\(status)%22").json["results"]?.array
                return (rows ?? []).compactMap { $0["id"]?.integer }
            }
            #expect(try await found(3) == [])
            world.advance(61)
            #expect(try await found(3) == [id])
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(try await found(3) == [id])
            #expect(try await found(4) == [])
            world.advance(61)
            #expect(try await found(4) == [id])
        }
    }

    @Test func `a ticket's summary is a resource of its own`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            #expect(try await world.get("/tickets/\(id)/summary").status == 404)
            let before = try await world.ticket(id)
            world.advance(60)
            #expect(try await world.send("PUT", "/tickets/\(id)/summary", ["body": "A fire."]).status == 200)
            world.advance(60)
            let edited = try await world.send("PUT", "/tickets/\(id)/summary", ["body": "Two fires."])
            #expect(try edited.json["body_text"] == "Two fires.")
            #expect(try edited.json["last_edited_at"] == "2026-03-03T09:16:22Z")
            #expect(try await world.ticket(id)["updated_at"] == before["updated_at"])
            #expect(try await world.send("DELETE", "/tickets/\(id)/summary").status == 204)
            #expect(try await world.get("/tickets/\(id)/summary").status == 404)
        }
    }

    @Test func `a call with files is multipart`() async throws {
        try await World.run { world async throws in
            let form = [
                ("subject", "Printer"), ("description", "<p>Smoke</p>"), ("email", "ines@harbor.example"),
                ("status", "2"),
                ("priority", "3"), ("tags[]", "a"), ("tags[]", "b"), ("custom_fields[cf_region]", "EU"),
            ].map { "--XX\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }.joined()
            let file =
                "--XX\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"a b.txt\"\r\n"
                + "Content-Type: text/plain\r\n\r\nhello\r\n--XX--\r\n"
            let reply = try await world.raw(
                "POST", "/tickets", Array((form + file).utf8), type: "multipart/form-data; boundary=XX")
            #expect(reply.status == 201)
            let ticket = try reply.json
            #expect(ticket["priority"] == 3)
            #expect(ticket["tags"] == ["a", "b"])
            #expect(ticket["custom_fields"] == ["cf_region": "EU"])
            #expect(ticket["attachments"]?[0]?["name"] == "a b.txt")
            #expect(ticket["attachments"]?[0]?["size"] == 5)
            #expect(ticket["attachments"]?[0]?["content_type"] == "text/plain")
            let broken = try await world.raw(
                "POST", "/tickets", Array("--XX\r\nnothing".utf8), type: "multipart/form-data; boundary=XX")
            #expect(broken.status == 400)
        }
    }

    @Test func `what moves by itself moves without a person`() async throws {
        try await World.run { world async throws in
            let id = try await world.create("file", ["attachments": [["name": "a.txt", "size": 12]]])
            let before = try await world.ticket(id)
            #expect(before["sentiment_score"] == .null)
            #expect(before["attachments"]?[0]?["scan_state"] == 0)
            world.advance(90)
            let after = try await world.ticket(id)
            #expect(after["sentiment_score"]?.integer != nil)
            #expect(after["attachments"]?[0]?["scan_state"] == 1)
            #expect(after["updated_at"] == before["updated_at"])
        }
    }

    @Test func `the clock goes ahead by seconds or to a moment, never back`() async throws {
        try await World.run { world async throws in
            let to = try await world.send("POST", "/_simulator/clock", ["to": "2026-03-10T00:00:00Z"])
            #expect(try to.json["now"] == "2026-03-10T00:00:00Z")
            let plain = try await world.raw(
                "POST", "/_simulator/clock", Array(#"{"advance_seconds": 60}"#.utf8),
                type: "application/x-www-form-urlencoded")
            #expect(try plain.json["now"] == "2026-03-10T00:01:00Z", "control calls take JSON from a plain curl -d")
            for wrong: JSON in [["to": "2026-03-09"], ["advance_seconds": -1], [:], ["to": "x"]] {
                #expect(try await world.send("POST", "/_simulator/clock", wrong).status == 400)
            }
        }
    }

    @Test func `a frozen clock starts where it is told and moves only when told`() {
        let start = Seconds(iso8601: "2024-02-29T12:00:00Z")
        let clock = SimulatedClock(start: start, isFrozen: true)
        #expect(clock.now == start)
        clock.advance(bySeconds: 60)
        #expect(clock.now.iso8601 == "2024-02-29T12:01:00Z")
    }

    @Test func `the plan can change while running`() async throws {
        try await World.run { world async throws in
            #expect(try await world.send("PUT", "/_simulator/plan", ["name": "growth", "per_minute": 2]).status == 204)
            #expect(try await world.get("/agents/me").header("x-ratelimit-total") == "2")
            #expect(try await world.send("PUT", "/_simulator/plan", ["name": "gold"]).status == 400)
        }
    }
}
