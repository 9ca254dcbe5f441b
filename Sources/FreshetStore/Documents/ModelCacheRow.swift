import FreshetCore
import Foundation
import GRDB

/// The table `model_cache` and its count `model_cache_sizes`: what models made, by company.
enum ModelCacheRow {
    enum Kind: String { case summary, embedding }

    struct Found<Value: Sendable>: Sendable {
        var value: Value
        var lastUsed: Timestamp
    }

    static func summary(_ key: ModelCacheKey, in session: Session) throws -> Found<Summary>? {
        try session.first(
            "SELECT summary, last_used FROM model_cache WHERE \(isKey)", arguments(key, .summary)
        ) { Found(value: try $0.json("summary"), lastUsed: $0.time("last_used")) }
    }

    static func embedding(_ key: ModelCacheKey, in session: Session) throws -> Found<Embedding>? {
        try session.first(
            "SELECT vector, features, last_used FROM model_cache WHERE \(isKey)", arguments(key, .embedding)
        ) { row in
            try PackedNumbers.embedding(row).map { Found(value: $0, lastUsed: row.time("last_used")) }
        } ?? nil
    }

    static func touch(_ key: ModelCacheKey, _ kind: Kind, now: Timestamp, in session: Session) throws {
        try session.run(
            "UPDATE model_cache SET last_used = :now WHERE \(isKey)",
            arguments(key, kind, ["now": now.milliseconds]))
    }

    /// Stores a value of a known company, then makes room if there are more than `limit` now.
    static func store(
        _ key: ModelCacheKey, _ kind: Kind, summary: String?, embedding: Embedding?, limit: Int, now: Timestamp,
        in session: Session
    ) throws {
        let values: Arguments = [
            "summary": summary, "vector": embedding.map { PackedNumbers.bytes($0.vector) },
            "features": embedding.map { PackedNumbers.bytes($0.features) }, "now": now.milliseconds,
        ]
        let replaced = try session.run(
            """
            UPDATE model_cache SET summary = :summary, vector = :vector, features = :features, last_used = :now
            WHERE \(isKey)
            """, arguments(key, kind, values))
        guard replaced == 0 else { return }
        try session.run(
            """
            INSERT INTO model_cache (company_id, kind, model, fingerprint, summary, vector, features, last_used)
            VALUES (:company, :kind, :model, :fingerprint, :summary, :vector, :features, :now)
            """, arguments(key, kind, values))
        let entries =
            try session.first(
                """
                INSERT INTO model_cache_sizes (company_id, entries) VALUES (:company, 1)
                ON CONFLICT (company_id) DO UPDATE SET entries = entries + 1 RETURNING entries
                """, ["company": key.company.text]
            ) { $0[0] as Int } ?? 0
        if entries > limit { try evict(entries - limit + limit / 20, of: key.company, in: session) }
    }

    /// The least recently used go first, some more than needed at once, so that it does not happen at every store.
    private static func evict(_ count: Int, of company: CompanyID, in session: Session) throws {
        let gone = try session.run(
            """
            DELETE FROM model_cache WHERE company_id = :company AND (kind, model, fingerprint) IN (
                SELECT kind, model, fingerprint FROM model_cache WHERE company_id = :company
                ORDER BY last_used LIMIT :count)
            """, ["company": company.text, "count": min(count, 1000)])
        try subtract(gone, of: company, in: session)
    }

    static func delete(
        _ fingerprints: [String], kind: String, model: String, of company: CompanyID, in session: Session
    ) throws {
        let gone = try session.run(
            """
            DELETE FROM model_cache WHERE company_id = :company AND kind = :kind AND model = :model
                AND fingerprint IN (SELECT value FROM json_each(:fingerprints))
            """,
            [
                "company": company.text, "kind": kind, "model": model, "fingerprints": try jsonText(fingerprints),
            ])
        try subtract(gone, of: company, in: session)
    }

    private static func subtract(_ gone: Int, of company: CompanyID, in session: Session) throws {
        try session.run(
            "UPDATE model_cache_sizes SET entries = entries - :gone WHERE company_id = :company",
            ["company": company.text, "gone": gone])
    }

    private static let isKey =
        "company_id = :company AND kind = :kind AND model = :model AND fingerprint = :fingerprint"

    private static func arguments(
        _ key: ModelCacheKey, _ kind: Kind, _ more: Arguments = [:]
    ) -> StatementArguments {
        var arguments: Arguments = [
            "company": key.company.text, "kind": kind.rawValue, "model": key.model, "fingerprint": key.fingerprint.hex,
        ]
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }
}
