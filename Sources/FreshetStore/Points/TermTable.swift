import FreshetCore
import GRDB

/// A company's full text table: `terms_<number>`, one for each of its slots.
///
/// Of its own, since bm25 counts over the whole table: with one table for all, another company's tickets would shift
/// this one's ranking, and a query would walk everybody's postings (measured over 5 × 20,000 tickets, 20 terms: 30 ms
/// against 19). The number comes from the store and is never used twice; nothing a user says is part of a table's name.
///
/// Terms come ready-made, joined by spaces. The tokeniser only takes them apart again: letters, digits and marks of all
/// scripts, `_` and `~` are parts of terms.
struct TermTable: Equatable {
    let number: Int64

    private var name: String { "terms_\(number)" }

    func create(in session: Session) throws {
        try session.runOnce(
            """
            CREATE VIRTUAL TABLE \(name) USING fts5(subject, body,
                tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co' tokenchars '_~'")
            """)
    }

    // MARK: - Writing

    func insert(_ terms: FullTextTerms, as entry: Int64, in session: Session) throws {
        try session.runOnce(
            "INSERT INTO \(name) (rowid, subject, body) VALUES (:entry, :subject, :body)",
            [
                "entry": entry, "subject": terms.subject.joined(separator: " "),
                "body": terms.body.joined(separator: " "),
            ])
    }

    func delete(_ entry: Int64, in session: Session) throws {
        try session.runOnce("DELETE FROM \(name) WHERE rowid = :entry", ["entry": entry])
    }

    // MARK: - Asking

    /// The best entries for any of the terms, with their points' keys. A subject counts three times.
    func match(
        _ terms: [String], of company: CompanyID, slot: Int, kinds: Set<ItemKind>, limit: Int, in session: Session
    ) throws -> [(item: Item, score: Double)] {
        let phrases = terms.compactMap(Self.phrase)
        guard !phrases.isEmpty, !kinds.isEmpty, limit > 0 else { return [] }
        return try session.allOnce(
            """
            SELECT p.platform AS platform, p.kind AS kind, p.original_id AS original_id, m.score AS score
            FROM (
                SELECT rowid AS entry, -bm25(\(name), 3.0, 1.0) AS score FROM \(name)
                WHERE \(name) MATCH :query AND (:kinds >> (rowid & 3)) & 1
                ORDER BY score DESC, entry LIMIT :limit) AS m
            JOIN points AS p ON p.company_id = :company AND p.slot = :slot AND p.number = m.entry >> 2
            ORDER BY m.score DESC, m.entry
            """,
            [
                "query": phrases.joined(separator: " OR "), "company": company.text, "slot": slot, "limit": limit,
                "kinds": kinds.reduce(0) { $0 | 1 << Self.code(of: $1) },
            ]
        ) { (try Item($0, of: company), $0["score"]) }
    }

    /// The terms of those entries that are there, as they were put in.
    func terms(of entries: [Int64], in session: Session) throws -> [Int64: FullTextTerms] {
        let statement = try session.database.makeStatement(
            sql: session.text.rewritten("SELECT subject, body FROM \(name) WHERE rowid = :entry"))
        var terms: [Int64: FullTextTerms] = [:]
        for entry in entries {
            guard let row = try Row.fetchOne(statement, arguments: ["entry": entry]) else { continue }
            func column(_ name: String) -> [String] { (row[name] as String).split(separator: " ").map(String.init) }
            terms[entry] = FullTextTerms(subject: column("subject"), body: column("body"))
        }
        return terms
    }

    /// In how many entries each term occurs.
    func frequencies(of terms: [String], in session: Session) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let statement = try session.database.makeStatement(
            sql: session.text.rewritten("SELECT count(*) FROM \(name) WHERE \(name) MATCH :term"))
        for term in Set(terms) {
            guard let phrase = Self.phrase(term) else { continue }
            let count = try Int.fetchOne(statement, arguments: ["term": phrase]) ?? 0
            if count > 0 { counts[term] = count }
        }
        return counts
    }

    /// A term in the query language: quoted, so that nothing in it means anything. `nil` for what cannot be in the table.
    private static func phrase(_ term: String) -> String? {
        guard !term.isEmpty, !term.utf8.contains(0) else { return nil }
        return "\"" + term.replacing("\"", with: "\"\"") + "\""
    }

    // MARK: - Numbers

    /// The entry of a point: its number, and its kind in the two lowest bits, so that a match can tell kinds apart
    /// without looking at the points.
    static func entry(of number: Int64, _ kind: ItemKind) -> Int64 { number << 2 | Int64(code(of: kind)) }

    private static func code(of kind: ItemKind) -> Int {
        switch kind {
        case .ticket: 0
        case .article: 1
        }
    }

    // MARK: - The end

    /// Writes about so many pages of the index anew, without what was deleted; a negative number begins such a round.
    /// `false` when the round is over.
    func merge(_ pages: Int, in session: Session) throws -> Bool {
        let before = session.database.totalChangesCount
        try session.runOnce(
            "INSERT INTO \(name) (\(name), rank) VALUES ('merge', :pages)", ["pages": pages])
        // One change is the command itself.
        return session.database.totalChangesCount - before >= 2
    }

    /// Empties the table by at most `limit` rows, directly in its shadow tables; drops it when there is nothing left.
    /// `false` as long as there is more. Nobody may use the table any more.
    func dismantle(_ limit: Int, in session: Session) throws -> Bool {
        for (shadow, key) in [("content", "id"), ("docsize", "id"), ("data", "id"), ("idx", "(segid, term)")] {
            // The first records of `data` hold the table together until it is dropped.
            let columns = key.trimmingParentheses
            let gone = try session.runOnce(
                """
                DELETE FROM \(name)_\(shadow) WHERE \(key) IN (
                    SELECT \(columns) FROM \(name)_\(shadow)\(shadow == "data" ? " WHERE id > 10" : "") LIMIT :limit)
                """, ["limit": limit])
            if gone == limit { return false }
        }
        try session.runOnce("DROP TABLE \(name)")
        return true
    }
}

extension String {
    fileprivate var trimmingParentheses: String { filter { $0 != "(" && $0 != ")" } }
}
