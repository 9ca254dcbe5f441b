import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// The signing app and the automation rule (freshdesk.md 5, 7; Standard Webhooks).
@Suite struct WebhookTests {
    static let secret = "whsec_" + Base64.encode(Array("a secret of the tests, 32 bytes!".utf8))

    private func world(
        _ inbox: Inbox, _ more: @escaping (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (World) async throws -> Void
    ) async throws {
        let secret = try #require(WebhookSecret(Self.secret))
        try await World.run(
            { configuration in
                configuration.plan = .unlimited
                configuration.signingApp = SimulatorConfiguration.SigningApp(url: inbox.url, secret: secret)
                more(&configuration)
            }, body)
        inbox.close()
    }

    /// Checks the signature with nothing of the simulator's own.
    private func isSigned(_ request: Inbox.Request) throws -> Bool {
        let key = try #require(Base64.decode(Self.secret.dropFirst(6)))
        let id = try #require(request.headers["webhook-id"])
        let time = try #require(request.headers["webhook-timestamp"])
        let code = HMACSHA256.authenticate(key: key, Array("\(id).\(time).".utf8) + request.body)
        return request.headers["webhook-signature"] == "v1," + Base64.encode(code)
    }

    @Test func `every change is posted, signed as Standard Webhooks`() async throws {
        let inbox = try Inbox()
        try await world(inbox) { world async throws in
            let id = try await world.create()
            let request = try await inbox.next()
            #expect(try isSigned(request))
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["webhook-timestamp"] == "1772529262")
            #expect(request.headers["webhook-id"]?.hasPrefix("msg_") == true)
            #expect(
                try JSON(parsing: request.body) == [
                    "event": "onTicketCreate", "ticket_id": .integer(id), "account_id": "1093377",
                    "domain": "tidewater.freshdesk.com",
                ])

            func events() async throws -> JSON? { try JSON(parsing: try await inbox.next().body)["event"] }
            let note = try await world.send("POST", "/tickets/\(id)/notes", ["body": "x"])
            let message = try #require(try note.json["id"]?.integer)
            let posted = try JSON(parsing: try await inbox.next().body)
            #expect(posted["event"] == "onConversationCreate")
            #expect(posted["conversation_id"] == .integer(message))
            _ = try await world.send("PUT", "/conversations/\(message)", ["body": "y"])
            #expect(try await events() == "onConversationUpdate")
            _ = try await world.send("DELETE", "/conversations/\(message)")
            #expect(try await events() == "onConversationDelete")
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(try await events() == "onTicketUpdate")
            _ = try await world.send("DELETE", "/tickets/\(id)")
            #expect(try await events() == "onTicketUpdate")
            world.advance(31 * 86_400)
            #expect(try await events() == "onTicketDelete")
        }
    }

    @Test func `a retry keeps the id and is signed anew`() async throws {
        let inbox = try Inbox(answering: [503, 429, 500])
        try await world(inbox) { world async throws in
            try await world.create()
            try await settled(world, turning: 60) { $0.pending == 0 }
            var ids = Set<String>()
            for _ in 0..<4 {
                let request = try await inbox.next()
                #expect(try isSigned(request))
                ids.insert(try #require(request.headers["webhook-id"]))
            }
            #expect(ids.count == 1)
            let counts = try #require(world.simulator.webhookCounts())
            #expect(counts.attempts == 4)
            #expect(counts.delivered == 1)
            #expect(counts.failed == 0)
        }
    }

    @Test func `a refusal is final, and a listener that stays down is given up in the end`() async throws {
        let inbox = try Inbox(answering: [401] + Array(repeating: 503, count: 7))
        try await world(inbox) { world async throws in
            try await world.create()
            try await settled(world) { $0.failed == 1 }
            #expect(world.simulator.webhookCounts()?.attempts == 1)
            try await world.create()
            try await settled(world, turning: 60) { $0.failed == 2 }
            #expect(world.simulator.webhookCounts()?.attempts == 8)
            #expect(world.simulator.webhookCounts()?.pending == 0)
        }
    }

    @Test func `webhooks can be dropped and doubled`() async throws {
        let inbox = try Inbox()
        try await world(inbox, { $0.faults.webhookDropRate = 1 }) { world async throws in
            try await world.create()
            #expect(world.simulator.webhookCounts()?.dropped == 1)
            _ = try await world.send("PUT", "/_simulator/faults", ["webhook_double_rate": 1])
            try await world.create()
            let first = try await inbox.next()
            let second = try await inbox.next()
            #expect(first.headers["webhook-id"] == second.headers["webhook-id"])
            #expect(first.body == second.body)
        }
    }

    @Test func `the SLA clock and archiving tell nobody`() async throws {
        let inbox = try Inbox()
        try await world(inbox) { world async throws in
            let id = try await world.create()
            _ = try await inbox.next()
            world.advance(10 * 86_400)
            #expect(try await world.ticket(id)["is_escalated"] == true)
            _ = try await world.send("POST", "/_simulator/tickets/\(id)/archive")
            let other = try await world.create()
            let next = try JSON(parsing: try await inbox.next().body)
            #expect(next["ticket_id"] == .integer(other))
        }
    }

    @Test func `an automation rule posts strings with its token, and misses what rules miss`() async throws {
        let inbox = try Inbox()
        try await World.run({ configuration in
            configuration.plan = .unlimited
            configuration.rule = SimulatorConfiguration.Rule(url: inbox.url, token: "t0ken")
        }) { world async throws in
            let id = try await world.create()
            let request = try await inbox.next()
            #expect(request.headers["x-freshet-token"] == "t0ken")
            #expect(request.headers["webhook-signature"] == nil)
            let body = try JSON(parsing: request.body)
            #expect(body["ticket_id"] == .string(String(id)))
            #expect(body["event"] == "{ticket_action:created}")
            #expect(body["modified_on"]?.string?.isEmpty == false)
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(try JSON(parsing: try await inbox.next().body)["event"] == "{status:{from:2,to:4}}")
            let note = try await world.send("POST", "/tickets/\(id)/notes", ["body": "x", "private": false])
            #expect(try JSON(parsing: try await inbox.next().body)["event"] == "{note_type:public}")

            let message = try #require(try note.json["id"]?.integer)
            _ = try await world.send("PUT", "/conversations/\(message)", ["body": "edited"])
            _ = try await world.send("DELETE", "/conversations/\(message)")
            let other = try await world.create()
            let next = try JSON(parsing: try await inbox.next().body)
            #expect(next["ticket_id"] == .string(String(other)), "edits and deletions of notes fire no rule")
        }
        inbox.close()
    }

    @Test func `the signing app can be installed and removed while running`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            try await world.create()
            let bad = try await world.send(
                "PUT", "/_simulator/signing-app", ["url": .string(inbox.url), "secret": "x"])
            #expect(bad.status == 400)
            let on = try await world.send(
                "PUT", "/_simulator/signing-app", ["url": .string(inbox.url), "secret": .string(Self.secret)])
            #expect(on.status == 204)
            let id = try await world.create()
            let request = try await inbox.next()
            #expect(try isSigned(request))
            #expect(try JSON(parsing: request.body)["ticket_id"] == .integer(id))
            #expect(try await world.send("DELETE", "/_simulator/signing-app").status == 204)
            try await world.create()
            try await settled(world) { $0.pending == 0 }
            #expect(world.simulator.webhookCounts()?.attempts == 1)
        }
        inbox.close()
    }

    @Test(arguments: ["ticket-creation.json", "ticket-updates.json", "ticket-trash-and-spam.json"])
    func `the rule definitions in hooks send what the simulated rule sends`(name: String) async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("hooks/freshdesk-automations")
        let rule = try JSON(parsing: Data(contentsOf: folder.appendingPathComponent(name)))
        let action = try #require(rule["actions"]?[0]?.object)
        for key in ["request_type", "url", "content_type", "content_layout", "content", "custom_headers"] {
            #expect(action[key] != nil, "a missing \(key) makes Freshdesk answer 500")
        }
        #expect(action["content_layout"] == "2")

        let inbox = try Inbox()
        try await World.run({ configuration in
            configuration.plan = .unlimited
            configuration.rule = SimulatorConfiguration.Rule(url: inbox.url, token: "t0ken")
        }) { world async throws in
            try await world.create()
            let request = try await inbox.next()
            let sent = try #require(try JSON(parsing: request.body).object)
            let asked = try #require(action["content"]?.object)
            #expect(Set(sent.keys) == Set(asked.keys))
            let headers = try #require(action["custom_headers"]?.object)
            for header in headers.keys {
                #expect(request.headers[header.lowercased()] != nil)
            }
        }
        inbox.close()
    }

    @Test func `an answer does not wait for webhooks`() async throws {
        // A listener that is not there: nobody ever accepts, and the calls are answered all the same.
        let inbox = try Inbox()
        inbox.close()
        try await world(inbox) { world async throws in
            for _ in 0..<20 { try await world.create() }
            let stats = try await world.get("/_simulator/stats").json
            #expect(stats["webhooks"]?["signing_app"]?["delivered"] == 0)
        }
    }
}
