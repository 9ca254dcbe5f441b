import FreshdeskSimulator
import Foundation
import Testing

/// One ticket and its thread (freshdesk.md 1.2, 1.3, 1.5–1.9).
@Suite struct TicketTests {
    @Test func `a new ticket has every documented member and null due times`() async throws {
        try await World.run { world async throws in
            let reply = try await world.send(
                "POST", "/tickets",
                [
                    "subject": "Invoice", "description": "<p>Total is <b>wrong</b></p>", "email": "ines@harbor.example",
                    "name": "Ines Okafor", "priority": 3, "status": 2, "source": 1, "tags": ["billing"],
                    "custom_fields": ["cf_version": "4.2.1"], "cc_emails": ["ops@harbor.example"], "type": "Problem",
                ])
            #expect(reply.status == 201)
            let ticket = try #require(try reply.json.object)
            let id = try #require(ticket["id"]?.integer)
            #expect(reply.header("location") == "\(world.url)/api/v2/tickets/\(id)")
            #expect(ticket["created_at"] == "2026-03-03T09:14:22Z")
            for missing in ["due_by", "fr_due_by", "nr_due_by", "responder_id", "product_id", "association_type"] {
                #expect(ticket[missing] == .null, "\(missing)")
            }
            #expect(ticket["custom_fields"] == ["cf_version": "4.2.1"])
            #expect(ticket["cc_emails"] == ["ops@harbor.example"])
            #expect(ticket["spam"] == false)
            #expect(ticket["deleted"] == nil)
            #expect(ticket["description"]?.string?.contains("<div>Total is <b>wrong</b></div>") == true)
            #expect(ticket["description_text"] == "Total is wrong")
        }
    }

    @Test func `due times appear some seconds later without touching updated_at`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            world.advance(10)
            let ticket = try await world.ticket(id)
            #expect(ticket["due_by"] == "2026-03-08T09:14:22Z")
            #expect(ticket["fr_due_by"] == "2026-03-04T09:14:22Z")
            #expect(ticket["updated_at"] == "2026-03-03T09:14:22Z")
        }
    }

    @Test func `a breach of the SLA flips the flag and raises updated_at, and an answer prevents it`() async throws {
        try await World.run { world async throws in
            let late = try await world.create()
            let answered = try await world.create()
            _ = try await world.send("POST", "/tickets/\(answered)/reply", ["body": "On it."])
            world.advance(86_400 + 60)
            let ticket = try await world.ticket(late)
            #expect(ticket["fr_escalated"] == true)
            #expect(ticket["is_escalated"] == false)
            #expect(ticket["updated_at"] == "2026-03-04T09:14:22Z")
            #expect(try await world.ticket(answered)["fr_escalated"] == false)

            _ = try await world.send("PUT", "/tickets/\(answered)", ["status": 4])
            world.advance(5 * 86_400)
            #expect(try await world.ticket(late)["is_escalated"] == true)
            #expect(try await world.ticket(answered)["is_escalated"] == false)
        }
    }

    @Test func `links to files are signed anew on every fetch, and nothing else moves`() async throws {
        try await World.run { world async throws in
            let id = try await world.create(
                "file", ["attachments": [["name": "a b.png", "content_type": "image/png", "size": 9]]])
            func fetch() async throws -> (attachment: [String: JSON], rest: [String: JSON]) {
                var ticket = try #require(try await world.ticket(id, include: "requester,stats,conversations").object)
                let attachment = try #require(ticket.removeValue(forKey: "attachments")?[0]?.object)
                return (attachment, ticket)
            }
            let (first, rest) = try await fetch()
            let (second, restAgain) = try await fetch()
            #expect(rest == restAgain)
            for link in ["attachment_url", "thumb_url"] {
                let one = try #require(first[link]?.string)
                #expect(one.contains("/\(try #require(first["id"]?.integer))/"))
                #expect(one.contains("a%20b.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"))
                #expect(one != second[link]?.string)
                #expect(one.prefix { $0 != "?" } == second[link]?.string?.prefix { $0 != "?" })
            }
            for stable in ["id", "name", "size", "content_type", "created_at"] {
                #expect(first[stable] == second[stable])
            }
        }
    }

    @Test func `includes cost a credit each and show at most ten conversations, oldest first`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            var ids: [Int64] = []
            for number in 0..<35 {
                world.advance(60)
                let note = try await world.send("POST", "/tickets/\(id)/notes", ["body": .string("note \(number)")])
                ids.append(try #require(try note.json["id"]?.integer))
            }
            let reply = try await world.get("/tickets/\(id)?include=conversations,requester,company,stats")
            #expect(reply.header("x-ratelimit-used-currentrequest") == "5")
            #expect(try reply.json["conversations"]?.array?.compactMap { $0["id"]?.integer } == Array(ids.prefix(10)))

            let first = try await world.get("/tickets/\(id)/conversations")
            #expect(try first.ids == Array(ids.prefix(30)))
            let second = try await world.get(try #require(first.next))
            #expect(try second.ids == Array(ids.suffix(5)))
            #expect(second.next == nil)
            #expect(first.header("x-ratelimit-used-currentrequest") == "1")
            #expect(try await world.get("/tickets/\(id)/conversations?per_page=100").ids == ids)
            #expect(try await world.get("/tickets/\(id)/conversations?per_page=101").status == 400)
            #expect(try await world.get("/tickets/\(id)/conversations?updated_since=2026-01-01").status == 400)
        }
    }

    @Test func `replies, notes and customers' answers look as documented and keep the statistics`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            world.advance(60)
            let reply = try await world.send("POST", "/tickets/\(id)/reply", ["body": "Which version?"])
            #expect(reply.status == 201)
            #expect(try reply.json["category"] == 3)
            #expect(try reply.json["source"] == 0)
            #expect(try reply.json["to_emails"] == ["ines@harbor.example"])
            world.advance(60)
            let note = try await world.send("POST", "/tickets/\(id)/notes", ["body": "Known."])
            #expect(try note.json["private"] == true)
            #expect(try note.json["category"] == 2)
            #expect(try note.json["bcc_emails"] == .null)
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(try await world.ticket(id, include: "stats")["stats"]?["resolved_at"] == "2026-03-03T09:16:22Z")
            world.advance(60)
            let answer = try await world.send("POST", "/_simulator/tickets/\(id)/customer-reply", ["body": "4.2"])
            #expect(try answer.json["incoming"] == true)
            #expect(try answer.json["category"] == 1)

            let ticket = try await world.ticket(id, include: "stats")
            #expect(ticket["status"] == 2)
            #expect(ticket["updated_at"] == "2026-03-03T09:17:22Z")
            #expect(
                ticket["stats"] == [
                    "agent_responded_at": "2026-03-03T09:15:22Z", "first_responded_at": "2026-03-03T09:15:22Z",
                    "requester_responded_at": "2026-03-03T09:17:22Z", "status_updated_at": "2026-03-03T09:17:22Z",
                    "reopened_at": "2026-03-03T09:17:22Z", "resolved_at": nil, "closed_at": nil, "pending_since": nil,
                ])
        }
    }

    @Test func `only notes can be edited, any message deleted, and there is no reading of one`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            let note = try #require(
                try await world.send("POST", "/tickets/\(id)/notes", ["body": "a"]).json["id"]?.integer)
            let reply = try #require(
                try await world.send("POST", "/tickets/\(id)/reply", ["body": "b"]).json["id"]?.integer)
            world.advance(90)
            let edited = try await world.send("PUT", "/conversations/\(note)", ["body": "better"])
            #expect(edited.status == 200)
            #expect(try edited.json["body_text"] == "better")
            #expect(try edited.json["last_edited_at"] == "2026-03-03T09:15:52Z")
            #expect(try edited.json["last_edited_user_id"]?.integer != nil)
            #expect(try await world.ticket(id)["updated_at"] == "2026-03-03T09:15:52Z")

            #expect(try await world.send("PUT", "/conversations/\(reply)", ["body": "c"]).status == 405)
            #expect(try await world.get("/conversations/\(note)").status == 405)
            #expect(try await world.send("DELETE", "/conversations/\(reply)").status == 204)
            #expect(try await world.send("DELETE", "/conversations/\(reply)").status == 404)
            #expect(try await world.get("/tickets/\(id)/conversations").ids == [note])
        }
    }

    @Test func `an update that changes nothing moves nothing`() async throws {
        try await World.run { world async throws in
            let id = try await world.create("same", ["tags": ["a"]])
            world.advance(60)
            let reply = try await world.send("PUT", "/tickets/\(id)", ["tags": ["a"], "status": 2])
            #expect(reply.status == 200)
            #expect(try reply.json["updated_at"] == "2026-03-03T09:14:22Z")
        }
    }

    @Test(
        arguments: [
            (["status": 9], ["status", "invalid_value"]), (["priority": "high"], ["priority", "datatype_mismatch"]),
            (["tags": "a"], ["tags", "datatype_mismatch"]), (["colour": 1], ["colour", "invalid_field"]),
            (["group_id": 12], ["group_id", "invalid_value"]), (["email": "nobody"], ["email", "invalid_value"]),
            (["due_by": "soon"], ["due_by", "invalid_value"]),
        ] as [([String: JSON], [String])])
    func `a bad field is named`(field: [String: JSON], complaint: [String]) async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            let reply = try await world.send("PUT", "/tickets/\(id)", .object(field))
            #expect(reply.status == 400)
            #expect(try reply.complaint == complaint)
        }
    }

    @Test func `a new ticket needs subject, description and requester, and all is said at once`() async throws {
        try await World.run { world async throws in
            let reply = try await world.send("POST", "/tickets", ["status": 2])
            #expect(reply.status == 400)
            let fields = try reply.json["errors"]?.array?.compactMap { $0["field"]?.string }
            #expect(fields == ["subject", "description", "requester_id"])
        }
    }

    @Test func `a web chat repeats its first message as first conversation`() async throws {
        try await World.run { world async throws in
            let id = try await world.create("chat", ["source": 15])
            let ticket = try await world.ticket(id, include: "conversations")
            #expect(ticket["conversations"]?[0]?["body"] == ticket["description"])
            #expect(ticket["conversations"]?[0]?["incoming"] == true)
        }
    }
}
