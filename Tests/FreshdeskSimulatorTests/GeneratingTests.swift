import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// Accounts made from a seed, and people who edit them.
@Suite struct GeneratingTests {
    /// Everything that the tickets say, by number.
    private func text(_ count: Int, seed: UInt64 = 7, _ configure: (inout SimulatorConfiguration) -> Void = { _ in })
        throws -> [Int64: String]
    {
        var configuration = SimulatorConfiguration(
            apiKey: "k", contents: [.generated(count)], clock: SimulatedClock(source: { World.start }))
        configuration.seed = seed
        configure(&configuration)
        let simulator = try Simulator(configuration: configuration)
        return simulator.withAccount { account, _ in
            account.tickets.mapValues { ticket in
                let thread = ticket.conversations.map {
                    "\($0.id) \($0.createdAt.iso8601) \($0.userID ?? 0) \($0.incoming) \($0.isPrivate) \($0.body)"
                }
                let files = (ticket.attachments + ticket.conversations.flatMap(\.attachments)).map {
                    "\($0.id) \($0.name) \($0.size)"
                }
                return
                    ([
                        ticket.subject ?? "", ticket.description, ticket.tags.description, "\(ticket.status)",
                        ticket.createdAt.iso8601, ticket.updatedAt.iso8601,
                        account.contacts[ticket.requesterID]?.email ?? "nobody",
                        "\(ticket.customFields["cf_version"]!)",
                    ] + thread + files).joined(separator: "\n")
            }
        }
    }

    @Test func `ticket n of a seed is the same whatever the number of tickets`() throws {
        let few = try text(50)
        let many = try text(400)
        #expect(few.count == 50)
        #expect(few.allSatisfy { many[$0.key] == $0.value })
        #expect(try text(50, seed: 8) != few)
    }

    @Test func `a seed tells the same on every machine`() throws {
        let all = try text(300).sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
        #expect(Base64.encode(SHA256.digest(all)) == Self.digest)
    }

    /// Made once; a change to how tickets are made changes it, and every account of every seed.
    private static let digest = "WZJkBQpHQIo52OeJYzkCY3T2qXd/Qwo7a1Z8EdOhEqs="

    @Test func `threads, languages and files are spread as in a help desk`() throws {
        let simulator = try Simulator(
            configuration: SimulatorConfiguration(
                apiKey: "k", contents: [.generated(2000)], clock: SimulatedClock(source: { World.start })))
        let tickets = simulator.withAccount { account, _ in Array(account.tickets.values) }
        let lengths = tickets.map(\.conversations.count).sorted()
        #expect((2...4).contains(lengths[1000]), "half of the threads are short")
        #expect(lengths[1999] > 25 && lengths[1999] < 61, "some are very long")
        func share(_ isMatch: (Ticket) -> Bool) -> Double { Double(tickets.filter(isMatch).count) / 2000 }
        func has(_ ticket: Ticket, _ range: ClosedRange<UInt32>) -> Bool {
            ticket.description.unicodeScalars.contains { range.contains($0.value) }
        }
        #expect((0.25...0.35).contains(share { has($0, 0xAC00...0xD7A3) }), "Korean")
        #expect((0.02...0.09).contains(share { has($0, 0x3041...0x30FF) }), "Japanese")
        #expect((0.04...0.15).contains(share { !$0.attachments.isEmpty }))
        #expect(share { $0.description.contains("inline/attachment?token=") } > 0.01)
        #expect(share { $0.conversations.contains { $0.lastEditedAt != nil } } > 0.01)
        #expect((0.02...0.2).contains(share { !$0.isSettled }), "most are settled")
        let subjects = Dictionary(grouping: tickets.compactMap(\.subject), by: \.self)
        #expect(subjects.values.contains { $0.count > 1 }, "some are about the same thing")
        let sizes = tickets.map(\.description.utf8.count).sorted()
        #expect(sizes[1000] < 900)
        #expect(sizes[1999] > 2500)
    }

    @Test func `shares of them lie in the trash, among spam, in the archive`() throws {
        var shares = GeneratedShares()
        (shares.trash, shares.spam, shares.archive) = (0.1, 0.05, 0.5)
        var configuration = SimulatorConfiguration(
            apiKey: "k", contents: [.generated(1000)], clock: SimulatedClock(source: { World.start }))
        configuration.shares = shares
        let simulator = try Simulator(configuration: configuration)
        func count(_ place: Ticket.Place) -> Int {
            simulator.withAccount { account, _ in account.tickets.values.filter { $0.place == place }.count }
        }
        #expect((70...130).contains(count(.trash)))
        #expect((30...75).contains(count(.spam)))
        #expect((200...500).contains(count(.archive)))
        simulator.advance(bySeconds: 31 * 86_400)
        #expect(count(.trash) + count(.spam) == 0, "all of it is purged in time")
    }

    @Test func `a generated ticket is read, edited and kept like any other`() async throws {
        try await World.run({
            $0.plan = .unlimited
            $0.contents = [.generated(200)]
        }) { world async throws in
            let all = world.simulator.withAccount { account, _ in Array(account.tickets.values) }
            let noted = all.first { $0.conversations.contains { $0.isNote } }
            let ticket = try #require(noted)
            let path = "/tickets/\(ticket.id)/conversations?per_page=100"
            let before = try await world.get(path)
            #expect(try before.ids == ticket.conversations.map(\.id))
            #expect(try await world.get(path).bytes.count == before.bytes.count)
            let notes = ticket.conversations.filter(\.isNote)
            let note = try #require(notes.first)
            #expect(try await world.send("PUT", "/conversations/\(note.id)", ["body": "edited"]).status == 200)
            let added = try await world.send("POST", "/tickets/\(ticket.id)/notes", ["body": "added"])
            let last = try #require(try added.json["id"]?.integer)
            let after = try await world.get(path)
            #expect(try after.ids == ticket.conversations.map(\.id) + [last])
            #expect(try after.rows.first { $0["id"]?.integer == note.id }?["body_text"] == "edited")
            #expect(try await world.send("DELETE", "/conversations/\(note.id)").status == 204)
            #expect(try await world.send("DELETE", "/conversations/\(note.id)").status == 404)
            #expect(try await world.get(path).ids == ticket.conversations.map(\.id).filter { $0 != note.id } + [last])

            let same = try await world.ticket(1)
            world.advance(60)
            let update = try await world.send("PUT", "/tickets/1", ["subject": same["subject"] ?? nil])
            #expect(try update.json["updated_at"] == same["updated_at"], "nothing changed, so nothing moves")
        }
    }

    @Test func `people edit by themselves, the same ones for the same seed, and webhooks tell`() async throws {
        func state(seed: UInt64) async throws -> ([UInt8], Int64) {
            var bytes: [UInt8] = []
            var made: Int64 = 0
            try await World.run({
                $0.plan = .unlimited
                $0.seed = seed
                $0.contents = [.generated(100)]
                $0.churnPerMinute = 10
            }) { world async throws in
                world.advance(3600)
                bytes = try await world.get("/_simulator/tickets").bytes
                made = try #require(try await world.get("/_simulator/stats").json["churned"]?.integer)
                world.advance(3600)
                let later = try await world.get("/_simulator/tickets").bytes
                #expect(later != bytes)
                #expect(try await world.send("PUT", "/_simulator/churn", ["per_minute": 0]).status == 204)
                world.advance(3600)
                let rest = try await world.get("/_simulator/stats").json["churned"]
                #expect(rest == 0)
            }
            return (bytes, made)
        }
        let first = try await state(seed: 3)
        #expect((450...750).contains(first.1), "about ten a minute for an hour")
        #expect(try await state(seed: 3).0 == first.0)
        #expect(try await state(seed: 4).0 != first.0)
    }

    @Test func `a long jump brings a bounded number of edits`() async throws {
        try await World.run({
            $0.plan = .unlimited
            $0.contents = [.generated(50)]
            $0.churnPerMinute = 600
        }) { world async throws in
            world.advance(365 * 86_400)
            let made = try #require(try await world.get("/_simulator/stats").json["churned"]?.integer)
            #expect((10_000...10_100).contains(made))
        }
    }
}
