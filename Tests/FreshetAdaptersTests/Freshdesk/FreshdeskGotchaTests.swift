import Foundation
import FreshetCore
import FreshetDocuments
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshdeskSimulator
@testable import FreshetAdapters

/// The traps that users of Freshdesk's API fall into (freshdesk.md 8), in its order, each set by the simulator. The
/// twelfth, rules made by API, belongs to the automations client.
struct FreshdeskGotchaTests {
    typealias World = FreshdeskSimulatorTests.World

    @Test func `gotcha 1: an account with more tickets than page numbers reach is listed whole`() async throws {
        try await World.run {
            $0.contents = [.generated(450)]
            $0.behaviour.deepestPage = 3
        } _: { world in
            #expect(try await world.raw("GET", "/api/v2/tickets?per_page=100&page=4").status == 400)
            let desk = try FreshdeskHelpDesk.testing(world.url, depth: FreshdeskListing.Depth(pages: 3, perPage: 100))
            let (items, calls) = try await World.list(.changed(since: .epoch), with: desk)
            #expect(items.map(\.item.originalID).sorted() == Array(1...450))
            #expect(calls <= 6)
        }
    }

    @Test func `gotcha 2: tickets older than thirty days are listed, and so are closed ones of others`() async throws {
        try await World.run {
            $0.contents = [.generated(60)]
        } _: { world in
            let (_, _, text) = try await world.raw("GET", "/api/v2/tickets?per_page=100")
            guard case .array(let recent) = FreshdeskSample.value(text) else { throw Trap(what: text) }
            #expect(recent.count < 10, "without updated_since most are left out")
            #expect(try await world.ids(.changed(since: .epoch)).count == 60)
        }
    }

    @Test func `gotcha 3: what was deleted, marked as spam or purged is found out`() async throws {
        try await World.run { world in
            var ids: [Int64] = []
            for _ in 0..<4 { ids.append(try await world.newTicket()) }
            try await world.send("DELETE", "/api/v2/tickets/\(ids[0])")
            try await world.send("POST", "/_simulator/tickets/\(ids[1])/spam")
            try await world.send("POST", "/_simulator/tickets/\(ids[2])/purge")
            #expect(try await world.ids(.changed(since: .epoch)) == [ids[3]], "the list itself says nothing of them")
            #expect(try await world.ids(.deleted) == [ids[0]])
            #expect(try await world.ids(.spam) == [ids[1]])
            let states = try await [
                world.desk.fetch(ids[0]).state, world.desk.fetch(ids[1]).state, world.desk.fetch(ids[2]).state,
            ]
            #expect(states == [.gone(.deleted), .gone(.spam), .gone(.purged)])
        }
    }

    @Test func `gotcha 4: one ticket in the trash that answers 403 fails nobody else`() async throws {
        try await World.run {
            $0.contents = [.generated(5)]
            $0.behaviour.hidesTrash = true
        } _: { world in
            try await world.send("DELETE", "/api/v2/tickets/3")
            #expect(try await world.raw("GET", "/api/v2/tickets/3").status == 403)
            for id in 1...5 as ClosedRange<Int64> {
                let state = try await world.desk.fetch(id).state
                if id == 3 { #expect(state == .gone(.deleted)) } else if case .gone = state { Issue.record("\(id)") }
            }
        }
    }

    /// Four credits for a ticket with three includes, one for a page. With ten messages nobody can tell whether those are
    /// all without asking.
    @Test(arguments: [
        (0, 1, 4), (1, 1, 4), (9, 1, 4), (10, 2, 5), (11, 2, 5), (30, 2, 5), (31, 2, 5), (99, 2, 5), (130, 3, 6),
        (197, 3, 6),
    ])
    func `gotcha 5: the whole conversation is read, at the least that it can cost`(
        messages: Int, calls: Int, credits: Int
    ) async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            try world.simulator.withAccount { account, now in
                for number in 0..<messages {
                    _ = try account.addNote(to: id, MessageDraft(body: "<p>note \(number)</p>"), now: now)
                }
            }
            _ = try await world.desk.fetch(id)  // Names are looked up once, for many tickets.
            let before = try await (world.remaining(), world.desk.calls)
            let fetched = try await world.desk.fetch(id)
            let after = try await (world.remaining(), world.desk.calls)
            guard case .present(let ticket) = fetched.state else { throw Trap(what: "gone") }
            #expect(ticket.messages.count == messages)
            #expect(fetched.calls == calls)
            #expect(after.1 - before.1 == Int64(calls), "nothing is called that is not counted")
            // One more for the call that asks what remains.
            #expect(before.0 - after.0 == credits + 1)
        }
    }

    @Test func `gotcha 6: S3 answers 400 to our key, and never gets it`() async throws {
        try await World.run {
            $0.behaviour.servesAttachments = true
        } _: { world in
            let id = try await world.newTicketWithFile()
            let link = try await world.link(of: id)
            #expect(try await world.raw("GET", link).status == 400)
            #expect(try await world.raw("GET", link, authorized: false).status == 200)
            #expect(try await world.desk.ticket(id).attachments.map(\.fileName) == ["rows.csv"])
            #expect(try await world.count("GET file") == 2, "ours are the two above: the connector follows no link")
        }
    }

    @Test func `gotcha 7: links to attachments change and expire, and a ticket stays the same`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) {
            $0.behaviour.servesAttachments = true
        } _: { world in
            let id = try await world.newTicketWithFile()
            let link = try await world.link(of: id)
            let prints = try await world.prints(of: id)
            clock.advance(by: .seconds(600))
            #expect(try await world.raw("GET", link, authorized: false).status == 403, "expired")
            #expect(try await world.link(of: id) != link)
            #expect(try await world.prints(of: id) == prints)
            var dumped = ""
            dump(try await world.desk.ticket(id), to: &dumped)
            #expect(!dumped.contains("X-Amz"))
        }
    }

    @Test(arguments: [
        "<img src=\"cid:https://image001.png@01D9\">", "<img src=\"data:image/png;base64,iVBORw0KGgo=\">",
        "<img src=>", "<img src=\"http://[not-a-host/x.png\">", "<img src='//half\" alt=\"quoted'>",
        "<img src=\"https://attachment.freshdesk.com/inline/attachment?token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln\">",
        "<img src=\"\u{0}\u{FFFD}%zz\">",
    ])
    func `gotcha 8: whatever stands in the source of an inline image, the text is read`(image: String) async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            try world.simulator.withAccount { account, now in
                _ = try account.addNote(to: id, MessageDraft(body: "<p>before</p>\(image)<p>after</p>"), now: now)
            }
            let document = Document(merging: try await world.desk.ticket(id))
            let text = try #require(document.conversations.first?.body)
            #expect(text.contains("before") && text.contains("after"))
        }
    }

    @Test func `gotcha 9: an account that others use up is left alone for as long as it says`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) {
            $0.plan = .growth
        } _: { world in
            let id = try await world.newTicket()
            while try await world.raw("GET", "/api/v2/agents/me").status == 200 {}
            await #expect(throws: UpstreamError.throttled(retryAfter: .seconds(60))) {
                try await world.desk.fetch(id)
            }
            let asked = world.desk.calls
            let desk = world.desk
            async let later = desk.ticket(id)
            while (clock.nextDeadline ?? .epoch) <= clock.now { await Task.yield() }
            #expect(clock.nextDeadline == clock.now + .seconds(60))
            #expect(world.desk.calls == asked, "nobody asks before the time is over")
            clock.advance(by: .seconds(60))
            let pump = Task {
                while !Task.isCancelled {
                    if world.governor.waiting > 0, world.governor.inFlight == 0, let next = clock.nextDeadline {
                        clock.advance(to: next)
                    }
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            let ticket = try await later
            #expect(ticket.subject == "Ledger stops")
            pump.cancel()
        }
    }

    @Test func `gotcha 10: a ticket without due times is read, and they change nothing when they come`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { world in
            let id = try await world.newTicket()
            #expect(try await world.raw("GET", "/api/v2/tickets/\(id)").text.contains("\"due_by\":null"))
            let prints = try await world.prints(of: id)
            clock.advance(by: .seconds(30))
            #expect(try await world.raw("GET", "/api/v2/tickets/\(id)").text.contains("\"due_by\":null") == false)
            #expect(try await world.prints(of: id) == prints)
        }
    }

    @Test func `gotcha 11: replies and notes are all there, and private ones say so`() async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            try await world.post("/api/v2/tickets/\(id)/reply", ["body": .string("<p>public answer</p>")])
            try await world.post("/api/v2/tickets/\(id)/notes", ["body": .string("<p>between us</p>")])
            try await world.post(
                "/api/v2/tickets/\(id)/notes", ["body": .string("<p>for all</p>"), "private": .bool(false)])
            try await world.post("/_simulator/tickets/\(id)/customer-reply", ["body": .string("<p>thanks</p>")])
            let messages = Document(merging: try await world.desk.ticket(id)).conversations
            #expect(messages.map(\.body) == ["public answer", "between us", "for all", "thanks"])
            #expect(messages.map(\.isPrivate) == [false, true, false, false])
            #expect(messages.map(\.isIncoming) == [false, false, false, true])
            #expect(messages.map(\.author.role) == [.agent, .agent, .agent, .requester])
        }
    }

    @Test func `gotcha 13: endpoints that refuse paging are asked without it`() async throws {
        try await World.run { world in
            #expect(try await world.raw("GET", "/api/v2/admin/ticket_fields?page=1&per_page=100").status == 400)
            let id = try await world.newTicket()
            try await world.send("PUT", "/api/v2/tickets/\(id)", ["status": .integer(6)])
            // Only the account itself knows what its sixth status is called.
            #expect(try await world.desk.ticket(id).metadata.status.name == "Waiting on Customer")
            #expect(try await world.count("GET ticket_fields") == 1)
        }
    }

    @Test func `gotcha 14: contacts are never listed, since requesters come with their tickets`() async throws {
        try await World.run {
            $0.contents = [.generated(40)]
        } _: { world in
            for id in 1...40 as ClosedRange<Int64> {
                let ticket = try await world.desk.ticket(id)
                #expect(ticket.metadata.requester?.name != nil)
            }
            #expect(try await world.count("GET contacts") == 0)
            #expect(try await world.count("GET contacts/{id}") == 0)
            // Four tables for all of them: agents, groups, products, ticket fields.
            let pages = try await world.count("GET tickets/{id}/conversations")
            #expect(world.desk.calls <= Int64(40 + pages + 4))
        }
    }

    @Test func `gotcha 15: a web chat's first message counts once, and nobody needs a user or a known source`()
        async throws
    {
        try await World.run { world in
            let chat = try await world.newTicket(["source": .integer(15)])
            try world.simulator.withAccount { account, now in
                _ = try account.addNote(to: chat, MessageDraft(body: "<p>seen</p>"), now: now)
                try account.change(chat, touching: now) { ticket throws(Refusal) in
                    for index in ticket.conversations.indices { ticket.conversations[index].userID = nil }
                }
            }
            let source = try await world.desk.ticket(chat)
            #expect(source.messages.count == 2, "Freshdesk repeats the first message")
            let document = Document(merging: source)
            #expect(document.description == "It stops.")
            #expect(document.conversations.map(\.body) == ["seen"])
            #expect(document.metadata.source.name == "Web Chat")

            let odd = try await world.newTicket()
            try world.simulator.withAccount { account, now in
                try account.change(odd, touching: now) { ticket throws(Refusal) in ticket.source = 4711 }
            }
            #expect(try await world.desk.ticket(odd).metadata.source == Label(id: 4711))
        }
    }

    @Test(arguments: [502, 503, 504])
    func `also: an error page that is no JSON is no answer, and is asked for again later`(status: Int) async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            try await world.send(
                "PUT", "/_simulator/faults",
                ["fail_next": .integer(1), "fail_status": .integer(Int64(status)), "only_path": .string("/api/v2/ti")])
            await #expect(throws: UpstreamError.unreachable(detail: "status \(status)")) {
                try await world.desk.fetch(id)
            }
            #expect(try await world.desk.ticket(id).subject == "Ledger stops")
        }
    }

    @Test func `also: what the plan does not have leaves names out and nothing else`() async throws {
        try await World.run {
            $0.contents = [.generated(12)]
            $0.behaviour.gated = ["products", "groups", "ticket_fields"]
        } _: { world in
            #expect(try await world.raw("GET", "/api/v2/products").text.contains("require_feature"))
            for id in 1...12 as ClosedRange<Int64> {
                let ticket = try await world.desk.ticket(id)
                #expect(ticket.metadata.product?.name == nil && ticket.metadata.product != nil)
                #expect(ticket.metadata.agent?.name != nil)
            }
            // The test's own and the connector's one.
            #expect(try await world.count("GET products") == 2)
        }
    }

    @Test func `also: a write to a ticket in the trash or among spam is refused with 405`() async throws {
        try await World.run { world in
            let (trashed, spam) = (try await world.newTicket(), try await world.newTicket())
            try await world.send("DELETE", "/api/v2/tickets/\(trashed)")
            try await world.send("POST", "/_simulator/tickets/\(spam)/spam")
            for id in [trashed, spam] {
                await #expect(throws: UpstreamError.refused(status: 405, code: "unknown")) {
                    try await world.desk.addPrivateNote("word", to: world.item(id))
                }
            }
        }
    }

    @Test func `a note is added for agents only, deleted, and deleted once more without complaint`() async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            let note = try await world.desk.addPrivateNote("a word", to: world.item(id))
            let message = try #require(try await world.desk.ticket(id).messages.first)
            #expect(message.id == note && message.isPrivate && message.bodyHTML.contains("a word"))
            try await world.desk.deleteNote(note)
            #expect(try await world.desk.ticket(id).messages.isEmpty)
            try await world.desk.deleteNote(note)
        }
    }
}

/// The trap did not look as it should.
private struct Trap: Error { var what: String }

extension FreshdeskSimulatorTests.World {
    fileprivate func newTicket(_ members: [String: JSONValue]) async throws -> Int64 {
        let standard: [String: JSONValue] = [
            "subject": .string("Ledger stops"), "description": .string("<p>It stops.</p>"),
            "email": .string("ines@harbor.example"), "status": .integer(2), "priority": .integer(1),
        ]
        let answer = try await post("/api/v2/tickets", standard.merging(members) { $1 })
        guard case .object(let ticket) = FreshdeskSample.value(answer), case .integer(let id)? = ticket["id"] else {
            throw Trap(what: answer)
        }
        return id
    }

    fileprivate func newTicketWithFile() async throws -> Int64 {
        try await newTicket([
            "attachments": .array([.object(["name": .string("rows.csv"), "size": .integer(18_432)])])
        ])
    }

    fileprivate func link(of id: Int64) async throws -> String {
        let text = try await send("GET", "/api/v2/tickets/\(id)")
        guard case .object(let ticket) = FreshdeskSample.value(text),
            case .array(let attachments)? = ticket["attachments"], case .object(let attachment)? = attachments.first,
            case .string(let link)? = attachment["attachment_url"]
        else { throw Trap(what: text) }
        return link
    }

    fileprivate func prints(of id: Int64) async throws -> Fingerprints {
        Fingerprints(of: Document(merging: try await desk.ticket(id)), followsResolution: true)
    }

    /// Credits that are left of the minute after this call.
    fileprivate func remaining() async throws -> Int {
        let answer = try await raw("GET", "/api/v2/agents/me")
        guard let text = answer.headers.first("x-ratelimit-remaining"), let count = Int(text) else {
            throw Trap(what: "no limits")
        }
        return count
    }
}
