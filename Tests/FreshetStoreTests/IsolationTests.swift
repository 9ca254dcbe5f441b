import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

@Suite(.serialized) struct `Companies do not see one another` {
    /// What each company sees of the script, in a file of its own.
    func run(
        _ companies: [CompanyID], statements: SQLText = .unchanged, expected: [CompanyID: [String]]? = nil
    ) async throws -> [CompanyID: [String]] {
        // Small bounds, so that evictions and purges take several steps.
        let fixture = try await Fixture(
            [], limits: StoreLimits(modelCacheEntries: 4, reconcilesKept: 1, rowsPerTransaction: 1),
            statements: SQLText { sql in
                // Durability is not what is tested here, and hundreds of files are written.
                sql == "PRAGMA synchronous = FULL" ? "PRAGMA synchronous = OFF" : statements.rewritten(sql)
            })
        return try await StoreScript(fixture: fixture).run(companies, expected: expected)
    }

    @Test func `with the same ids for everything, a company's answers and rows are those of a company alone`()
        async throws
    {
        let together = try await run([acme, globex])
        for company in [acme, globex] {
            let alone = try #require(try await run([company])[company])
            let beside = try #require(together[company])
            #expect(alone.count == beside.count)
            for (a, b) in zip(alone, beside) { #expect(a == b) }
            #expect(!alone.contains { $0.contains("throws") && !$0.contains("nobody") }, "the script must run through")
        }
        #expect(!together[acme, default: []].contains { $0.contains("globex") })
        #expect(!together[globex, default: []].contains { $0.contains("acme") })
    }

    /// What names no company is about the store itself, writes a row whole, or says which company is meant.
    @Test func `no statement on company data goes without its filter`() async throws {
        let recorder = Recorder()
        _ = try await run(
            [acme, globex],
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        let tables = [
            "secrets", "tokens", "deliveries", "inbox", "items", "turns", "decisions", "documents", "model_cache",
            "model_cache_sizes", "point_scopes", "points", "reconciles", "cursors", "freshness",
            "usage", "saved_calls", "token_uses", "audit",
            "usage", "saved_calls", "recommendations", "attachments", "attachment_terms",
            "feedback", "feedback_states",
            "index_slots", "slot_debts", "erasures",
        ]
        var without: [String] = []
        for sql in recorder.statements
        where !sql.contains("company_id = :company") && !sql.hasPrefix("CREATE TABLE") && !sql.hasPrefix("ALTER TABLE")
        {
            let words = Set(sql.split { !$0.isLetter && $0 != "_" }.map(String.init))
            guard !words.isDisjoint(with: tables), !sql.hasPrefix("INSERT INTO") || words.contains("SELECT") else {
                continue
            }
            without.append(sql)
        }
        // Whose turn it is, whose deliveries wait, whose token it is, and counters over all. The second one answers with
        // companies and moments only: the write that comes first takes in what waits of each by statements with its
        // filter, and `InboxTests` shows that it takes in nothing else.
        let known = [
            "SELECT c.company_id AS company_id\nFROM companies AS c LEFT JOIN turns",
            "SELECT w.company_id AS company_id,\n    CASE WHEN c.paused = 0 THEN w.since",
            "SELECT coalesce(max(turn), 0) FROM turns",
            "SELECT company_id, role, id, user, assigned_to, groups FROM tokens\nWHERE hash = :hash",
            "INSERT INTO point_scopes (company_id, slot, sequence)\nVALUES (:company, :slot, (SELECT value FROM sequence_floor))",
            // Above all of them, so that none comes twice.
            "UPDATE sequence_floor SET value = max(value, coalesce((SELECT max(sequence) FROM point_scopes), 0))",
            // Which points are left to be purged, of whomever.
            "SELECT s.company_id AS company_id, s.slot AS slot, m.embedder AS embedder, m.dimensions AS dimensions,",
        ]
        #expect(without.filter { sql in !known.contains { sql.hasPrefix($0) } } == [])
        #expect(without.count >= known.count)
    }

    /// Takes the company's filter out of one statement after the other. Each time the script has to notice: then it is
    /// that filter which keeps the companies apart, and the script sees through it.
    @Test func `every company filter of every statement is needed, and its loss is noticed`() async throws {
        let recorder = Recorder()
        let intact = try await run(
            [acme, globex],
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        let filter = "company_id = :company"
        var mutants: [(sql: String, without: String)] = []
        // A table of terms has the number of its slot; one of them stands for all.
        var known: Set<String> = []
        for sql in recorder.statements where known.insert(Self.numberless(sql)).inserted {
            for range in sql.ranges(of: filter) {
                // `:company` stays, so that the arguments fit.
                let start = Self.startOfTerm(sql, range.lowerBound)
                mutants.append(
                    (sql, sql.replacingCharacters(in: start..<range.upperBound, with: ":company IS NOT NULL")))
            }
        }
        #expect(mutants.count > 70, "\(mutants.count)")
        #expect(try await run([acme, globex]) == intact, "nothing but a mutant may make a difference")
        // Each on files of its own, so a few at once.
        var survivors = try await withThrowingTaskGroup(of: String?.self) { group in
            var rest = mutants[...]
            func begin() {
                guard let mutant = rest.popFirst() else { return }
                group.addTask { try await seen(mutant, expected: intact) == intact ? mutant.without : nil }
            }
            for _ in 0..<4 { begin() }
            var survivors: [String] = []
            while let survivor = try await group.next() {
                if let survivor { survivors.append(survivor) }
                begin()
            }
            return survivors
        }
        // Not told apart by the script yet. The first changes documents from their own company's points alone, only too
        // early; the others are a purge's, which names its company twice, so that each name covers for the other.
        let unproven = survivors.filter { survivor in
            ["UPDATE documents SET summary = p.summary"].contains { survivor.hasPrefix($0) }
                || [
                    "points", "point_snapshots", "point_snapshot_parts", "attachments", "attachment_terms",
                    "recommendations",
                ]
                .contains { survivor.hasPrefix("DELETE FROM \($0) WHERE") && survivor.contains("LIMIT :limit)") }
        }
        for survivor in unproven { print("WARNING: its loss is not noticed yet: \(survivor)") }
        survivors.removeAll { unproven.contains($0) }
        #expect(survivors.isEmpty, "\(survivors.joined(separator: "\n---\n"))")
        print(
            "measured: \(mutants.count) filters taken out, \(mutants.count - survivors.count - unproven.count) noticed")
    }

    private static func numberless(_ sql: String) -> String {
        if let known = numberless.withLock({ $0[sql] }) { return known }
        let text = sql.contains("terms_") ? sql.replacing(/terms_[0-9]+/, with: "terms") : sql
        numberless.withLock { $0[sql] = text }
        return text
    }

    /// Asked of every statement of every script.
    private static let numberless = Mutex<[String: String]>([:])

    private func seen(
        _ mutant: (sql: String, without: String), expected: [CompanyID: [String]]
    ) async throws -> [CompanyID: [String]] {
        let uses = Atomic(0)
        let numberless = Self.numberless(mutant.sql)
        return try await run(
            [acme, globex],
            statements: SQLText { sql in
                guard Self.numberless(sql) == numberless else { return sql }
                // Without its filter a loop over a company's rows may find no end; here it does.
                guard uses.wrappingAdd(1, ordering: .relaxed).newValue < 500 else { return "SELECT endless" }
                guard let terms = sql.firstMatch(of: /terms_[0-9]+/)?.output else { return mutant.without }
                return mutant.without.replacing(/terms_[0-9]+/, with: terms)
            }, expected: expected)
    }

    /// Takes the table's alias before the column with it.
    private static func startOfTerm(_ sql: String, _ index: String.Index) -> String.Index {
        var start = index
        while start > sql.startIndex {
            let before = sql.index(before: start)
            guard sql[before] == "." || sql[before].isLetter else { break }
            start = before
        }
        return start
    }
}
