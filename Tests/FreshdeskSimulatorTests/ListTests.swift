import FreshdeskSimulator
import Foundation
import Testing

/// `GET /tickets` (freshdesk.md 1.1).
@Suite struct ListTests {
    @Test func `pages of thirty by default, newest first, linked to the next until the last`() async throws {
        try await World.run { world async throws in
            for _ in 0..<65 { try await world.create() }

            let first = try await world.get("/tickets")
            #expect(first.status == 200)
            #expect(try first.ids == Array((36...65).reversed()).map(Int64.init))
            #expect(first.header("link") == "<\(world.url)/api/v2/tickets?page=2>; rel=\"next\"")
            let second = try await world.get(try #require(first.next))
            let third = try await world.get(try #require(second.next))
            #expect(try third.ids == [5, 4, 3, 2, 1])
            #expect(third.header("link") == nil)
            #expect(try await world.get("/tickets?page=4").ids == [])
        }
    }

    @Test func `a link keeps every other parameter`() async throws {
        try await World.run { world async throws in
            for _ in 0..<3 { try await world.create() }
            let path = "/tickets?updated_since=1970-01-01T00%3A00%3A00Z&order_by=updated_at&order_type=asc&per_page=2"
            let first = try await world.get(path)
            #expect(first.next == world.url + "/api/v2" + path + "&page=2")
            #expect(try await world.get(try #require(first.next)).ids == [3])
        }
    }

    @Test(arguments: [
        ("per_page=101", ["per_page", "invalid_value"]),
        ("per_page=0", ["per_page", "datatype_mismatch"]),
        ("per_page=many", ["per_page", "datatype_mismatch"]),
        ("page=0", ["page", "datatype_mismatch"]),
        ("page=301", ["page", "invalid_value"]),
        ("filter=mine", ["filter", "invalid_value"]),
        ("order_by=subject", ["order_by", "invalid_value"]),
        ("order_type=up", ["order_type", "invalid_value"]),
        ("include=conversations", ["include", "invalid_value"]),
        ("updated_since=yesterday", ["updated_since", "invalid_value"]),
        ("created_since=2026-01-01", ["created_since", "invalid_field"]),
        ("email=nobody%40nowhere.example", ["email", "invalid_value"]),
    ])
    func `what the list does not take is a validation error`(query: String, complaint: [String]) async throws {
        try await World.run { world async throws in
            let reply = try await world.get("/tickets?" + query)
            #expect(reply.status == 400)
            #expect(try reply.json["description"] == "Validation failed")
            #expect(try reply.complaint == complaint)
        }
    }

    @Test func `page 300 is the deepest`() async throws {
        try await World.run { world async throws in
            #expect(try await world.get("/tickets?page=300&per_page=100").status == 200)
            #expect(try await world.get("/tickets?page=301&per_page=100").status == 400)
        }
    }

    @Test func `tickets created more than thirty days ago show only with updated_since`() async throws {
        try await World.run { world async throws in
            let old = try await world.create()
            world.advance(30 * 86_400 + 1)
            let new = try await world.create()

            #expect(try await world.get("/tickets").ids == [new])
            #expect(try await world.get("/tickets?updated_since=1970-01-01T00:00:00Z").ids == [new, old])
        }
    }

    @Test func `updated_since is inclusive and compares whole seconds`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            let updated = try #require(try await world.ticket(id)["updated_at"]?.string)
            #expect(updated == "2026-03-03T09:14:22Z")
            func count(since text: String) async throws -> Int {
                try await world.get("/tickets?updated_since=\(text)").rows.count
            }
            #expect(try await count(since: updated) == 1)
            #expect(try await count(since: "2026-03-03T09:14:23Z") == 0)
            #expect(try await count(since: "2026-03-03") == 1)
            #expect(try await count(since: "2026-03-04") == 0)
            #expect(try await count(since: "2026-03-03T10:14:22%2B01:00") == 1)
        }
    }

    @Test func `ascending by updated_at follows the changes`() async throws {
        try await World.run { world async throws in
            let ids = [try await world.create(), try await world.create(), try await world.create()]
            world.advance(10)
            _ = try await world.send("PUT", "/tickets/\(ids[0])", ["priority": 3])
            let path = "/tickets?updated_since=1970-01-01&order_by=updated_at&order_type="
            #expect(try await world.get(path + "asc").ids == [ids[1], ids[2], ids[0]])
            #expect(try await world.get(path + "desc").ids == [ids[0], ids[2], ids[1]])
        }
    }

    @Test func `other orders and filters list the right tickets`() async throws {
        try await World.run { world async throws in
            let low = try await world.create("low", ["status": 3, "email": "a+b@harbor.example"])
            world.advance(60)
            let high = try await world.create("high", ["priority": 4])
            world.advance(60)

            #expect(try await world.get("/tickets?order_by=due_by&order_type=asc").ids == [high, low])
            #expect(try await world.get("/tickets?order_by=status").ids == [low, high])
            #expect(try await world.get("/tickets?email=a%2Bb%40harbor.example").ids == [low])
            let requester = try #require(try await world.ticket(high)["requester_id"]?.integer)
            #expect(try await world.get("/tickets?requester_id=\(requester)").ids == [high])
            #expect(try await world.get("/tickets?filter=new_and_my_open").ids == [high])
            #expect(try await world.get("/tickets?filter=watching").ids == [])
            #expect(try await world.get("/tickets?filter=all_tickets").ids == [high, low])
        }
    }

    @Test func `a row has text, stats and requester only when included, and never files or messages`() async throws {
        try await World.run { world async throws in
            try await world.create("with file", ["attachments": [["name": "a.txt", "size": 12]]])
            let plain = try #require(try await world.get("/tickets").rows.first?.object)
            for absent in ["description", "stats", "requester", "company", "attachments", "conversations", "deleted"] {
                #expect(plain[absent] == nil, "\(absent)")
            }
            let reply = try await world.get("/tickets?include=description,stats,requester,company")
            let full = try #require(try reply.rows.first?.object)
            #expect(full["description_text"] == "It burns.")
            #expect(full["requester"]?["email"] == "ines@harbor.example")
            #expect(full["stats"]?.object?.count == 8)
            #expect(full["company"] == [:])
            #expect(full["attachments"] == nil)
        }
    }

    @Test func `30,000 rows can be read and the next window goes on from there`() async throws {
        try await World.run({ configuration in
            configuration.plan = .unlimited
            configuration.contents = [.generated(30_100)]
        }) { world async throws in
            let path = "/tickets?updated_since=1970-01-01&order_by=updated_at&order_type=asc&per_page=100"
            let last = try await world.get(path + "&page=300")
            #expect(last.next != nil)
            let beyond = try await world.get(try #require(last.next))
            #expect(beyond.status == 400)
            #expect(try beyond.complaint == ["page", "invalid_value"])
            let moment = try #require(try last.rows.last?["updated_at"]?.string)
            let window = try await world.get(
                "/tickets?updated_since=\(moment)&order_by=updated_at&order_type=asc&per_page=100")
            let seen = Set(try last.ids)
            #expect(try window.ids.contains { seen.contains($0) }, "inclusive, so the last row comes again")
            #expect(try window.ids.contains { !seen.contains($0) })
        }
    }
}
