import FreshetCore
import GRDB

/// The rows of a table as the audit last saw them, kept beside the store's own in the audit's connection, so that SQLite
/// finds what has changed since and only that is read.
struct SeenRows {
    private let changed: String
    private let keep: String
    private let vanished: String
    private let forget: String

    /// - Parameter columns: what is compared, beside the columns `company_id` and `original_id`.
    init(of table: String, comparing columns: [String], in database: Database) throws {
        let all = ["company_id", "original_id"] + columns
        let list = all.joined(separator: ", ")
        func prefixed(_ alias: String, _ names: [String]) -> String {
            names.map { "\(alias).\($0)" }.joined(separator: ", ")
        }
        let isSame = "s.company_id = t.company_id AND s.original_id = t.original_id"
        let isOfItem = "company_id = ? AND original_id = ?"
        changed = """
            SELECT \(prefixed("t", all)) FROM main.\(table) t LEFT JOIN temp.seen_\(table) s ON \(isSame)
            WHERE s.company_id IS NULL OR (\(prefixed("t", columns))) IS NOT (\(prefixed("s", columns)))
            ORDER BY 1, 2
            """
        keep = "INSERT OR REPLACE INTO temp.seen_\(table) SELECT \(list) FROM main.\(table) WHERE \(isOfItem)"
        vanished = """
            SELECT s.company_id, s.original_id FROM temp.seen_\(table) s
            WHERE NOT EXISTS (SELECT 1 FROM main.\(table) t WHERE \(isSame)) ORDER BY 1, 2
            """
        forget = "DELETE FROM temp.seen_\(table) WHERE \(isOfItem)"
        // The columns' affinities come along, or the index below would be of no use.
        try database.execute(
            sql: """
                CREATE TEMP TABLE seen_\(table) AS SELECT \(list) FROM main.\(table) WHERE 0;
                CREATE UNIQUE INDEX temp.seen_\(table)_key ON seen_\(table) (company_id, original_id);
                """)
    }

    /// What is new or not as it was, in order; the values follow the key. Seen with that.
    func changes<State>(in database: Database, _ state: (Row) -> State) throws -> [(Item, State)] {
        let changes = try database.rowsOfItems(changed, state)
        for (item, _) in changes {
            try database.cachedStatement(sql: keep).execute(arguments: [item.company.text, item.originalID])
        }
        return changes
    }

    /// What was there and is not, in order. Forgotten with that.
    func losses(in database: Database) throws -> [Item] {
        let losses = try database.rowsOfItems(vanished) { _ in }.map(\.0)
        for item in losses {
            try database.cachedStatement(sql: forget).execute(arguments: [item.company.text, item.originalID])
        }
        return losses
    }
}
