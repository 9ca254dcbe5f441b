import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetStore

@Suite struct `A file of an earlier version` {
    /// What the file holds, as an earlier version kept it. What waited in version 3 had raised its item already.
    private func age(_ path: String, to version: Int = 3) throws {
        let earlier = path + ".earlier"
        let raw = try Raw(earlier)
        for step in Schema.steps.prefix(version) { try raw.execute(step) }
        try raw.execute("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(version)")
        try raw.execute("ATTACH '\(path)' AS now")
        let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
        for table in try raw.texts(tables) {
            let names = try raw.texts("SELECT name FROM pragma_table_info('\(table)', 'main')")
            let columns = names.joined(separator: ", ")
            try raw.execute(
                "DELETE FROM main.\(table); INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM now.\(table)")
        }
        for table in try raw.texts("SELECT name FROM now.sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'") {
            for made in try raw.texts("SELECT sql FROM now.sqlite_master WHERE name = '\(table)'") {
                try raw.execute(made)
            }
            try raw.execute(
                "INSERT INTO main.\(table) (rowid, subject, body) SELECT rowid, subject, body FROM now.\(table)")
        }
        try raw.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try FileManager.default.moveItem(atPath: earlier, toPath: path)
    }

    @Test func `keeps its deliveries, what is marked and what is done`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let policy = MarkPolicy(quietPeriod: .zero)
        let ledger = fixture.store.ledger
        let deliveries = [
            Delivery.sample(.ticket(1), id: "a", at: fixture.now),
            .sample(.ticket(2), id: "b", at: fixture.now - .seconds(60)),
            .sample(.ticket(2), id: "b", body: 5, at: fixture.now), .sample(.ticket(3), id: nil, at: fixture.now),
            .sample(.ticket(1, of: globex), id: "a", body: 2, at: fixture.now + .seconds(60)),
        ]
        #expect(
            try await ledger.accept(deliveries, policy: policy, now: fixture.now)
                == [.new, .new, .conflicting, .new, .new])
        // One done, one in flight, the others wait.
        try await fixture.finish(fixture.claim())
        _ = try await fixture.claim()
        let items = [Item.ticket(1), .ticket(2), .ticket(3), .ticket(1, of: globex)]
        var before: [LedgerEntry] = []
        for item in items { before.append(try await fixture.entry(item)) }
        let raw = try Raw(fixture.path)
        let columns = "delivery_id || digest || received_at || conflicts || company_id"
        let stored = try raw.texts("SELECT \(columns) FROM deliveries ORDER BY 1")
        try raw.close()
        try fixture.store.close()
        try age(fixture.path)

        let store = try fixture.another()
        #expect(try await store.condition().schemaVersion >= 4)
        let aged = try Raw(fixture.path)
        #expect(try aged.texts("SELECT \(columns) FROM deliveries ORDER BY 1") == stored)
        for (item, entry) in zip(items, before) { #expect(try await store.ledger.entry(item) == entry) }
        // Repeats are known, new ones mark, and what is old goes.
        #expect(
            try await store.ledger.accept(
                [deliveries[0], .sample(.ticket(1), id: "new", at: fixture.now)], policy: policy, now: fixture.now)
                == [.repeated, .new])
        #expect(try await store.ledger.entry(.ticket(1))?.wanted == (before[0].wanted) + 1)
        let gone = try await store.ledger.prune(
            deliveriesBefore: fixture.now, decisionsBefore: .epoch, decisionsPerItem: 9)
        #expect(gone == 1)
        #expect(try aged.texts("SELECT name FROM sqlite_master WHERE name LIKE '%earlier%'") == [])
    }

    @Test func `has its points in slot 1, by whom most of them are, and goes on with them`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let point = Point.sample(.ticket(1), generation: 4, at: fixture.now)
        try await fixture.store.points.upsert(point, terms: .words("refund"))
        try await fixture.store.points.remove(.ticket(2), generation: 7, at: fixture.now)
        try await fixture.mark(.ticket(1), policy: MarkPolicy(quietPeriod: .zero))
        let run = try await fixture.claim()
        try await fixture.store.ledger.finish(
            RunReport(run: run, outcome: .created, document: .sample(.ticket(1), at: fixture.now)), now: fixture.now)
        try fixture.store.close()
        try age(fixture.path, to: 6)

        let store = try fixture.another()
        #expect(
            try await store.slots.slots(of: acme) == [
                IndexSlot(
                    company: acme, number: 1,
                    makers: SlotMakers(
                        embedder: "builtin/hashed/1", dimensions: 0, summariser: "builtin/extractive/1"),
                    state: .serving, since: .epoch)
            ])
        #expect(try await store.slots.slots(of: globex).isEmpty)
        #expect(try await store.points.vectors(of: [.ticket(1)], in: acme) == [.ticket(1): point.embedding.vector])
        #expect(try await store.points.match(["refund"], in: acme, kinds: [.ticket], limit: 9).count == 1)
        await #expect(throws: UpstreamError.superseded) {
            try await store.points.upsert(.sample(.ticket(2), generation: 6, at: fixture.now), terms: .words("old"))
        }
        try await store.points.upsert(.sample(.ticket(3), at: fixture.now), terms: .words("refund"))
        #expect(try await store.points.match(["refund"], in: acme, kinds: [.ticket], limit: 9).count == 2)
        // Another slot beside it has a number, and words, of its own.
        let makers = SlotMakers(embedder: "other/e/1", dimensions: 3, summariser: "builtin/extractive/1")
        #expect(try await store.slots.fill(makers, for: acme, now: fixture.now).number == 2)
        try await store.points.slot(2).upsert(.sample(.ticket(1), at: fixture.now), terms: .words("numbat"))
        #expect(try await store.points.match(["numbat"], in: acme, kinds: [.ticket], limit: 9).isEmpty)
        #expect(try await store.points.slot(2).frequencies(of: ["refund", "numbat"], in: acme) == ["numbat": 1])
    }
}
