package import FreshetCore
import GRDB

/// What models made, in SQLite, at most `entriesPerCompany` for each company. See `ModelCache`.
///
/// A use is written down only when the last one is more than a day ago: reading stays reading.
package struct SQLiteModelCache: ModelCache {
    let storage: Storage
    let erasing: ErasureKey
    let clock: any WallClock
    let entriesPerCompany: Int

    private static let touchAfter = Duration.seconds(86_400)

    package func summary(_ key: ModelCacheKey) async throws -> Summary? {
        let found = try await storage.read { session in try ModelCacheRow.summary(key, in: session) }
        return try await used(found, key, .summary)
    }

    package func embedding(_ key: ModelCacheKey) async throws -> Embedding? {
        let found = try await storage.read { session in try ModelCacheRow.embedding(key, in: session) }
        return try await used(found, key, .embedding)
    }

    package func store(
        _ summary: Summary, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp
    ) async throws {
        let text = try jsonText(summary)
        try await admitting(origin, for: key) { session in
            try ModelCacheRow.store(
                key, .summary, summary: text, embedding: nil, limit: entriesPerCompany, now: now, in: session)
        }
    }

    package func store(
        _ embedding: Embedding, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp
    ) async throws {
        try await admitting(origin, for: key) { session in
            try ModelCacheRow.store(
                key, .embedding, summary: nil, embedding: embedding, limit: entriesPerCompany, now: now, in: session)
        }
    }

    /// Writes for a company that is there, and of what was not erased.
    private func admitting(
        _ origin: Provenance?, for key: ModelCacheKey, _ body: @escaping @Sendable (Session) throws -> Void
    ) async throws {
        try await storage.write { session in
            try CompanyRow.require(key.company, in: session)
            if let origin { try ErasureRow.refuse(origin, erasing, in: session) }
            try body(session)
        }
    }

    private func used<Value: Sendable>(
        _ found: ModelCacheRow.Found<Value>?, _ key: ModelCacheKey, _ kind: ModelCacheRow.Kind
    ) async throws -> Value? {
        guard let found else { return nil }
        let now = clock.now
        if now - found.lastUsed > Self.touchAfter {
            try await storage.write { session in try ModelCacheRow.touch(key, kind, now: now, in: session) }
        }
        return found.value
    }
}
