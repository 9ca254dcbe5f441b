import FreshetCore
import GRDB

/// Removes everything of a company, in transactions of bounded size.
///
/// The company itself goes first, with its tokens and secrets: from then on nothing of it is accepted, claimed, recorded
/// or answered. What is left goes table by table. A purge that was cut short goes on when it is called again.
struct Purge {
    let storage: Storage
    /// Rows that go in one transaction.
    let batch: Int

    /// A table with a company's rows and the columns that, within the company, tell them apart.
    struct Table {
        var name: String
        /// `nil` where there is one row at most.
        var key: String?
        /// Which of the company's rows; all of them unless said.
        var condition = ""

        static let points = Table(name: "points", key: "slot, number")
        /// Of one slot only.
        static func points(of slot: Int) -> Table {
            Table(name: "points", key: "slot, number", condition: " AND slot = \(slot)")
        }
        static let attachments = Table(name: "attachments", key: "platform, kind, original_id, attachment_id")
        static let attachmentTerms = Table(
            name: "attachment_terms", key: "term, platform, kind, original_id, attachment_id")
        static let snapshots = [
            Table(name: "point_snapshots", key: "number"), Table(name: "point_snapshot_parts", key: "number, part"),
        ]
        static func snapshots(of slot: Int) -> [Table] {
            snapshots.map { Table(name: $0.name, key: $0.key, condition: " AND slot = \(slot)") }
        }
        /// All that go after the company, the largest last. Not `inbox`: the write that removes the company has taken in
        /// what waited, and nothing comes after it.
        static let rest =
            snapshots + [
                Table(name: "turns", key: "urgency"), Table(name: "cursors"), Table(name: "freshness", key: "measure"),
                Table(name: "usage", key: "day, provider, model, purpose, currency"),
                Table(name: "saved_calls", key: "day, purpose, reason"),
                Table(name: "token_uses", key: "id"), Table(name: "audit", key: "number"),
                Table(name: "erasures", key: "digest"), Table(name: "index_slots", key: "slot"),
                Table(name: "slot_debts", key: "slot, platform, kind, original_id"),
                Table(name: "reconciles", key: "id"), Table(name: "model_cache_sizes"),
                Table(name: "items", key: "platform, kind, original_id"),
                Table(name: "deliveries", key: "platform, generated, delivery_id"),
                Table(name: "decisions", key: "platform, kind, original_id, number"),
                Table(name: "documents", key: "platform, kind, original_id"),
                Table(name: "feedback_states"),
                Table(name: "feedback", key: "recommendation_id, user, kind, original_id"),
                Table(name: "recommendations", key: "judged, id"),
                Table(name: "model_cache", key: "kind, model, fingerprint"), .attachmentTerms, .attachments, .points,
            ]
        static let first = [
            Table(name: "tokens", key: "id"), Table(name: "secrets", key: "name"),
            Table(name: "companies"),
        ]
    }

    /// Rows by table; tables where nothing was are absent.
    func run(_ company: CompanyID) async throws -> [String: Int] {
        var counts = try await storage.write { session in
            var counts: [String: Int] = [:]
            try CompanyRow.beginPurge(company, in: session)
            // Few rows each, and they refer to one another.
            for table in Table.first {
                var count = 0
                while case let gone = try delete(table, of: company, in: session), gone > 0 { count += gone }
                counts[table.name] = count
            }
            try PointRow.closeScopes(of: company, in: session)
            return counts
        }
        for table in Table.rest { counts[table.name] = try await empty(table, of: company) }
        try await dismantleTermTables()
        try await storage.write { session in try CompanyRow.endPurge(company, in: session) }
        // Old pages in the log still hold what was deleted from the file.
        try await storage.truncateLog()
        return counts.filter { $0.value > 0 }
    }

    func empty(_ table: Table, of company: CompanyID) async throws -> Int {
        var count = 0
        while true {
            let gone = try await storage.write { session in try delete(table, of: company, in: session) }
            count += gone
            if gone < batch { return count }
        }
    }

    private func delete(_ table: Table, of company: CompanyID, in session: Session) throws -> Int {
        guard let key = table.key else {
            return try session.run(
                "DELETE FROM \(table.name) WHERE company_id = :company", ["company": company.text])
        }
        return try session.run(
            """
            DELETE FROM \(table.name) WHERE (company_id, \(key)) IN (
                SELECT company_id, \(key) FROM \(table.name) WHERE company_id = :company\(table.condition) LIMIT :limit)
            """, ["company": company.text, "limit": batch])
    }

    func dismantleTermTables() async throws {
        while let table = try await storage.read({ session in try PointRow.nextDroppedTermTable(in: session) }) {
            try await storage.write { session in
                // Somebody else may be at it, too.
                guard try PointRow.isDropped(table, in: session) else { return }
                if try table.dismantle(batch, in: session) { try PointRow.forgetDropped(table, in: session) }
            }
        }
    }
}
