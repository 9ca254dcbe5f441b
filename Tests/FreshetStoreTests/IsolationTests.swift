import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

@Suite struct `Companies do not see one another` {
    /// What each company sees of the script, in files of its own; from where another was, if it is told where.
    func run(
        _ companies: [CompanyID], statements: SQLText = .unchanged, from start: Start? = nil,
        expected: StoreScript.Seen? = nil, before: (StoreScript.Chapter, Fixture) throws -> Void = { _, _ in }
    ) async throws -> StoreScript.Seen {
        // Small bounds, so that evictions and purges take several steps.
        let limits = StoreLimits(modelCacheEntries: 4, reconcilesKept: 1, rowsPerTransaction: 1)
        let statements = SQLText { sql in
            // Durability is not what is tested here, and hundreds of files are written.
            sql == "PRAGMA synchronous = FULL" ? "PRAGMA synchronous = OFF" : statements.rewritten(sql)
        }
        let fixture =
            if let start {
                try Fixture(start.copy, limits: limits, statements: statements)
            } else {
                try await Fixture([], limits: limits, statements: statements)
            }
        return try await StoreScript(fixture: fixture).run(
            companies, from: start?.chapter ?? .companies, expected: expected
        ) { try before($0, fixture) }
    }

    /// Where a chapter of the script begins.
    struct Start {
        let chapter: StoreScript.Chapter
        let copy: Fixture.Copy
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
            #expect(
                !alone.contains { $0.text.contains("throws") && !$0.text.contains("nobody") },
                "the script must run through")
        }
        #expect(!together[acme, default: []].contains { $0.text.contains("globex") })
        #expect(!together[globex, default: []].contains { $0.text.contains("acme") })
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
        let intact = try await intact()
        let filter = "company_id = :company"
        var mutants: [Mutant] = []
        for (sql, chapter) in intact.uses.values.sorted(by: { $0.sql < $1.sql }) {
            for range in sql.ranges(of: filter) {
                // `:company` stays, so that the arguments fit.
                let term = Self.startOfTerm(sql, range.lowerBound)..<range.upperBound
                mutants.append(
                    Mutant(
                        sql: sql, without: sql.replacingCharacters(in: term, with: ":company IS NOT NULL"),
                        start: intact.starts[chapter]))
            }
        }
        #expect(mutants.count > 70, "\(mutants.count)")
        for start in intact.starts.values {
            #expect(
                try await run([acme, globex], from: start) == intact.seen(from: start),
                "nothing but a mutant may make a difference, but \(start.chapter) does")
        }
        // Each on files of its own, so a few at once.
        let survivors = try await withThrowingTaskGroup(of: String?.self) { group in
            var rest = mutants[...]
            func begin() {
                guard let mutant = rest.popFirst() else { return }
                group.addTask { try await isNoticed(mutant, intact) ? nil : mutant.without }
            }
            for _ in 0..<8 { begin() }
            var survivors: [String] = []
            while let survivor = try await group.next() {
                if let survivor { survivors.append(survivor) }
                begin()
            }
            return survivors
        }
        #expect(survivors.isEmpty, "\(survivors.joined(separator: "\n---\n"))")
        print("measured: \(mutants.count) filters taken out, \(mutants.count - survivors.count) noticed")
    }

    /// A statement without one of its filters, and where the first chapter to use it begins: until there all is as it
    /// was.
    private struct Mutant {
        let sql: String
        let without: String
        let start: Start?
    }

    /// The script with every filter in its place.
    private struct Intact {
        let seen: StoreScript.Seen
        /// What each statement is and which chapter is the first to use it, by its text without the numbers of tables: a
        /// table of terms has the number of its slot, and one of them stands for all.
        let uses: [String: (sql: String, chapter: StoreScript.Chapter)]
        /// Where each chapter but the first begins.
        let starts: [StoreScript.Chapter: Start]
        /// Keeps the files of the starts.
        let copies: TemporaryDirectory

        func seen(from start: Start?) -> StoreScript.Seen {
            guard let start else { return seen }
            return seen.mapValues { $0.filter { $0.chapter >= start.chapter } }
        }
    }

    private func intact() async throws -> Intact {
        let copies = try TemporaryDirectory()
        let current = Mutex(StoreScript.Chapter.companies)
        let uses = Mutex<[String: (sql: String, chapter: StoreScript.Chapter)]>([:])
        var starts: [StoreScript.Chapter: Start] = [:]
        let seen = try await run(
            [acme, globex],
            statements: SQLText { sql in
                let chapter = current.withLock { $0 }
                uses.withLock { uses in
                    let key = Self.numberless(sql)
                    if uses[key] == nil { uses[key] = (sql, chapter) }
                }
                return sql
            }
        ) { chapter, fixture in
            current.withLock { $0 = chapter }
            guard chapter != .companies else { return }
            starts[chapter] = Start(chapter: chapter, copy: try fixture.copy(to: copies.path("\(chapter).db")))
        }
        return Intact(seen: seen, uses: uses.withLock { $0 }, starts: starts, copies: copies)
    }

    private func isNoticed(_ mutant: Mutant, _ intact: Intact) async throws -> Bool {
        let uses = Atomic(0)
        let numberless = Self.numberless(mutant.sql)
        let expected = intact.seen(from: mutant.start)
        return try await run(
            [acme, globex],
            statements: SQLText { sql in
                guard Self.numberless(sql) == numberless else { return sql }
                // Without its filter a loop over a company's rows may find no end; here it does.
                guard uses.wrappingAdd(1, ordering: .relaxed).newValue < 500 else { return "SELECT endless" }
                guard let terms = sql.firstMatch(of: /terms_[0-9]+/)?.output else { return mutant.without }
                return mutant.without.replacing(/terms_[0-9]+/, with: terms)
            }, from: mutant.start, expected: expected) != expected
    }

    private static func numberless(_ sql: String) -> String {
        if let known = numberless.withLock({ $0[sql] }) { return known }
        let text = sql.contains("terms_") ? sql.replacing(/terms_[0-9]+/, with: "terms") : sql
        numberless.withLock { $0[sql] = text }
        return text
    }

    /// Asked of every statement of every script.
    private static let numberless = Mutex<[String: String]>([:])

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
