import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Query plans` {
    /// What is asked all the time must not walk a table that grows with the company or with time.
    @Test func `no statement of daily work scans a growing table`() async throws {
        let recorder = Recorder()
        let fixture = try await Fixture(
            [],
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        _ = try await StoreScript(fixture: fixture).run([acme, globex], withPurge: false)
        let raw = try Raw(fixture.path)
        let growing = [
            "items", "deliveries", "decisions", "documents", "points", "model_cache", "tokens", "secrets", "audit",
            "recommendations", "attachments", "attachment_terms", "feedback",
        ]
        // Slots come and go with their tables; the statements on them are the same but for its number.
        let terms = try #require(
            raw.texts("SELECT name FROM sqlite_master WHERE name LIKE 'terms%' AND sql LIKE '%fts5%'").first)
        let statements = Set(recorder.statements.map { $0.replacing(/terms_[0-9]+/, with: terms) })
        var checked = 0
        for sql in statements
        where !sql.hasPrefix("PRAGMA") && !sql.hasPrefix("CREATE")
            && !sql.hasPrefix("ALTER")
        {
            checked += 1
            for step in try raw.plan(sql) where step.hasPrefix("SCAN") {
                let table = step.split(separator: " ").dropFirst().first.map(String.init) ?? ""
                #expect(!growing.contains(table) && !["i", "d", "p", "o"].contains(table), "\(step)\n\(sql)")
            }
        }
        #expect(checked > 60, "\(checked)")
    }

    @Test func `what waits is taken in from where it begins, however many deliveries there are`() async throws {
        let recorder = Recorder()
        let fixture = try await Fixture(
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        _ = try await fixture.store.ledger.accept(
            [.sample(.ticket(1), id: "a", at: fixture.now)], policy: MarkPolicy(), now: fixture.now)
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)
        let folds = recorder.statements.filter { $0.hasPrefix("INSERT INTO items") }
        #expect(folds.count == 1)
        for sql in folds {
            let plan = try Raw(fixture.path).plan(sql)
            #expect(plan.contains { $0.contains("INTEGER PRIMARY KEY (rowid>?)") }, "\(plan)")
        }
    }

    @Test func `claims read from the index of what is due`() async throws {
        let recorder = Recorder()
        let fixture = try await Fixture(
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        try await fixture.mark(.ticket(1), .backfill)
        _ = try await fixture.claim()
        _ = try await fixture.store.ledger.nextDue(now: fixture.now)
        let raw = try Raw(fixture.path)
        let due = recorder.statements.filter { $0.contains("due_at <= :now") || $0.contains("due_at > :now") }
        #expect(due.count == 3)
        for sql in due {
            let plan = try raw.plan(sql)
            #expect(plan.contains { $0.contains("items_due") }, "\(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") && sql.contains("ORDER BY due_at") }, "\(plan)")
        }
    }
}
