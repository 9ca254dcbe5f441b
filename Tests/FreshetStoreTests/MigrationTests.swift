import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetStore

@Suite struct `A file of an earlier version` {
    /// What the file holds, as version 3 kept it. What waited then had raised its item already.
    private func age(_ path: String) throws {
        let earlier = path + ".earlier"
        let raw = try Raw(earlier)
        for step in Schema.steps.prefix(3) { try raw.execute(step) }
        try raw.execute("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 3")
        try raw.execute("ATTACH '\(path)' AS now")
        let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'"
        for table in try raw.texts(tables) {
            let names = try raw.texts("SELECT name FROM pragma_table_info('\(table)', 'main')")
            let columns = names.joined(separator: ", ")
            try raw.execute(
                "DELETE FROM main.\(table); INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM now.\(table)")
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
}
