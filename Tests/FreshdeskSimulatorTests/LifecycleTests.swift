import FreshdeskSimulator
import Foundation
import Testing

/// Deleted, spam, merged, archived (freshdesk.md 1.8).
@Suite struct LifecycleTests {
    @Test func `the trash hides a ticket from lists, shows it by id, and takes no writes`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            world.advance(60)
            #expect(try await world.send("DELETE", "/tickets/\(id)").status == 204)
            #expect(try await world.get("/tickets").ids == [])
            #expect(try await world.get("/tickets?filter=deleted").ids == [id])
            let ticket = try await world.ticket(id)
            #expect(ticket["deleted"] == true)
            #expect(ticket["updated_at"] == "2026-03-03T09:15:22Z")

            let write = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(write.status == 405)
            #expect(
                try write.json == [
                    "message": "PUT method is not allowed. It should be one of these method(s): GET"
                ])
            #expect(write.header("allow") == "GET")
            #expect(try await world.send("DELETE", "/tickets/\(id)").status == 405)
            #expect(try await world.send("POST", "/tickets/\(id)/notes", ["body": "x"]).status == 405)

            world.advance(60)
            #expect(try await world.send("PUT", "/tickets/\(id)/restore").status == 204)
            #expect(try await world.send("PUT", "/tickets/\(id)/restore").status == 404)
            #expect(try await world.get("/tickets").ids == [id])
            let restored = try await world.ticket(id)
            #expect(restored["deleted"] == nil)
            #expect(restored["updated_at"] == "2026-03-03T09:16:22Z")
        }
    }

    @Test func `a trashed ticket can answer 403 instead`() async throws {
        try await World.run({
            $0.plan = .unlimited
            $0.behaviour.hidesTrash = true
        }) { world async throws in
            let id = try await world.create()
            _ = try await world.send("DELETE", "/tickets/\(id)")
            let reply = try await world.get("/tickets/\(id)")
            #expect(reply.status == 403)
            #expect(try reply.json["code"] == "access_denied")
        }
    }

    @Test func `spam is flagged, listed apart, and can come back`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            #expect(try await world.send("POST", "/_simulator/tickets/\(id)/spam").status == 204)
            #expect(try await world.get("/tickets").ids == [])
            #expect(try await world.get("/tickets?filter=spam").ids == [id])
            #expect(try await world.get("/tickets?filter=deleted").ids == [])
            #expect(try await world.ticket(id)["spam"] == true)
            #expect(try await world.send("PUT", "/tickets/\(id)", ["status": 4]).status == 405)
            #expect(try await world.send("POST", "/_simulator/tickets/\(id)/unspam").status == 204)
            #expect(try await world.get("/tickets").ids == [id])
        }
    }

    @Test func `trash and spam are purged after thirty days, unless restored`() async throws {
        try await World.run { world async throws in
            let ids = [try await world.create(), try await world.create(), try await world.create()]
            _ = try await world.send("DELETE", "/tickets/\(ids[0])")
            _ = try await world.send("POST", "/_simulator/tickets/\(ids[1])/spam")
            _ = try await world.send("DELETE", "/tickets/\(ids[2])")
            _ = try await world.send("PUT", "/tickets/\(ids[2])/restore")
            world.advance(30 * 86_400 - 10)
            #expect(try await world.get("/tickets/\(ids[0])").status == 200)
            world.advance(20)
            #expect(try await world.get("/tickets/\(ids[0])").status == 404)
            #expect(try await world.get("/tickets/\(ids[1])").status == 404)
            #expect(try await world.get("/tickets?filter=deleted").ids == [])
            #expect(try await world.get("/tickets/\(ids[2])").status == 200)
        }
    }

    @Test func `what never existed or was purged is 404 with an empty body`() async throws {
        try await World.run { world async throws in
            let id = try await world.create()
            #expect(try await world.send("POST", "/_simulator/tickets/\(id)/purge").status == 204)
            for path in ["/tickets/\(id)", "/tickets/999", "/tickets/\(id)/conversations", "/nowhere", "/contacts/1"] {
                let reply = try await world.get(path)
                #expect(reply.status == 404, "\(path)")
                #expect(reply.bytes.isEmpty)
            }
            #expect(try await world.create() == id + 1, "ids are not used again")
        }
    }

    @Test func `an archived ticket is found only in the archive and in no list or search`() async throws {
        try await World.run { world async throws in
            let id = try await world.create("old", ["status": 5])
            _ = try await world.send("POST", "/tickets/\(id)/notes", ["body": "x"])
            #expect(try await world.get("/tickets/archived/\(id)").status == 404)
            #expect(try await world.send("POST", "/_simulator/tickets/\(id)/archive").status == 204)

            #expect(try await world.get("/tickets/\(id)").status == 404)
            let archived = try await world.get("/tickets/archived/\(id)?include=stats")
            #expect(archived.status == 200)
            #expect(try archived.json["archived"] == true)
            #expect(try await world.get("/tickets/archived/\(id)/conversations").rows.count == 1)
            #expect(try await world.get("/tickets?updated_since=1970-01-01").ids == [])
            #expect(try await world.get("/search/tickets?query=%22status:5%22").json["total"] == 0)
            #expect(try await world.send("PUT", "/tickets/\(id)", ["status": 2]).status == 404)
            #expect(try await world.send("DELETE", "/tickets/archived/\(id)").status == 204)
            #expect(try await world.get("/tickets/archived/\(id)").status == 404)
        }
    }

    @Test func `a merge closes the secondary with a note and copies its text into the primary`() async throws {
        try await World.run { world async throws in
            let primary = try await world.create("first")
            let secondary = try await world.create("second", ["email": "ravi@ridgeway.example"])
            world.advance(60)
            let body: JSON = [
                "primary_id": .integer(primary), "ticket_ids": [.integer(secondary)],
                "note_in_primary": ["body": "merged", "private": true], "convert_recepients_to_cc": true,
            ]
            #expect(try await world.send("PUT", "/tickets/merge", body).status == 204)
            let kept = try await world.ticket(primary, include: "conversations")
            #expect(kept["status"] == 2)
            #expect(kept["cc_emails"] == ["ravi@ridgeway.example"])
            let notes = try #require(kept["conversations"]?.array)
            #expect(notes.count == 2)
            #expect(notes[0]["body_text"]?.string?.contains("It burns.") == true)
            let closed = try await world.ticket(secondary, include: "conversations,stats")
            #expect(closed["status"] == 5)
            #expect(closed["conversations"]?.array?.count == 1)
            #expect(closed["stats"]?["closed_at"] == "2026-03-03T09:15:22Z")
            #expect(closed["updated_at"] == "2026-03-03T09:15:22Z")

            let wrong: JSON = ["primary_id": .integer(primary), "ticket_ids": [77]]
            #expect(try await world.send("PUT", "/tickets/merge", wrong).status == 400)
        }
    }

    @Test func `bulk calls do their work and answer with a job`() async throws {
        try await World.run { world async throws in
            let ids = [try await world.create(), try await world.create()]
            let list = JSON.array(ids.map { .integer($0) } + [99])
            let update = try await world.send(
                "POST", "/tickets/bulk_update", ["bulk_action": ["ids": list, "properties": ["priority": 4]]])
            #expect(update.status == 202)
            let job = try await world.get(try #require(try update.json["href"]?.string))
            #expect(try job.json["status"] == "PARTIAL")
            #expect(try job.json["data"]?[2]?["success"] == false)
            #expect(try await world.ticket(ids[1])["priority"] == 4)
            let delete = try await world.send("POST", "/tickets/bulk_delete", ["bulk_action": ["ids": list]])
            #expect(delete.status == 202)
            #expect(try await world.get("/tickets?filter=deleted").rows.count == 2)
        }
    }
}
