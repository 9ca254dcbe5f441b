import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// Webhooks that get lost, come twice, late or out of order by rules of the fault plan.
@Suite struct WebhookFaultTests {
    private func world(_ body: (World, Inbox) async throws -> Void) async throws {
        let inbox = try Inbox()
        defer { inbox.close() }
        let secret = try #require(
            WebhookSecret("whsec_" + Base64.encode(Array("a secret of the tests, 32 bytes!".utf8))))
        try await World.run({ configuration in
            configuration.plan = .unlimited
            configuration.signingApp = SimulatorConfiguration.SigningApp(url: inbox.url, secret: secret)
        }) { world async throws in try await body(world, inbox) }
    }

    private func next(_ inbox: Inbox) async throws -> (event: String?, ticket: Int64?) {
        let json = try JSON(parsing: try await inbox.next().body)
        return (json["event"]?.string, json["ticket_id"]?.integer)
    }

    @Test func `a rule drops the webhooks of one event, so often`() async throws {
        try await world { world, inbox in
            _ = try await world.send(
                "POST", "/_simulator/faults", ["webhook": "drop", "event": "onTicketUpdate", "times": 1])
            let id = try await world.create()
            #expect(try await next(inbox) == ("onTicketCreate", id))
            _ = try await world.send("PUT", "/tickets/\(id)", ["priority": 2])
            _ = try await world.send("PUT", "/tickets/\(id)", ["priority": 3])
            #expect(try await next(inbox) == ("onTicketUpdate", id))
            let counts = try await world.get("/_simulator/stats").json["webhooks"]?["signing_app"]
            #expect(counts?["dropped"] == 1)
            #expect(try await world.get("/_simulator/faults").json["rules"]?[0]?["struck"] == 1)
        }
    }

    @Test func `a rule doubles the webhooks of one ticket`() async throws {
        try await world { world, inbox in
            _ = try await world.send("POST", "/_simulator/faults", ["webhook": "double", "tickets": [2]])
            for id in [1, 2, 3] as [Int64] {
                try await world.create()
                for _ in 0..<(id == 2 ? 2 : 1) { #expect(try await next(inbox).ticket == id) }
            }
            let counts = try await world.get("/_simulator/stats").json["webhooks"]?["signing_app"]
            #expect(counts?["doubled"] == 1)
        }
    }

    @Test func `a late webhook comes when the account's time has come`() async throws {
        try await world { world, inbox in
            _ = try await world.send(
                "POST", "/_simulator/faults", ["webhook": "late", "tickets": [1], "delay_ms": 60_000])
            try await world.create()
            try await world.create()
            #expect(try await next(inbox).ticket == 2)
            // The second has arrived; its sender may not know yet.
            try await settled(world) { $0.pending == 1 }
            #expect(world.simulator.webhookCounts()?.delivered == 1)
            world.advance(60)
            #expect(try await next(inbox).ticket == 1)
        }
    }

    @Test func `shuffled webhooks overtake each other`() async throws {
        try await world { world, inbox in
            _ = try await world.send("POST", "/_simulator/faults", ["webhook": "shuffle", "delay_ms": 600_000])
            for _ in 0..<20 { try await world.create() }
            world.advance(600)
            var order: [Int64] = []
            for _ in 0..<20 { order.append(try #require(try await next(inbox).ticket)) }
            #expect(order.sorted() == Array(1...20))
            #expect(order != order.sorted())
        }
    }
}
