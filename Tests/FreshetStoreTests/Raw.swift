import Foundation
import FreshetCore
import GRDB
import GRDBSQLite
import Synchronization

/// The file as somebody else's program sees it, without our store.
final class Raw {
    private let queue: DatabaseQueue

    init(_ path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func close() throws { try queue.close() }

    func execute(_ sql: String) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func number(_ sql: String) throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: sql) ?? 0 }
    }

    func texts(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] {
        try queue.read { try String.fetchAll(try $0.cachedStatement(sql: sql), arguments: arguments) }
    }

    /// The steps of the plan for a statement, without values for its arguments.
    func plan(_ sql: String) throws -> [String] {
        try queue.read { database in
            let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
            statement.setUncheckedArguments(StatementArguments())
            return try Row.fetchAll(statement).map { $0["detail"] }
        }
    }

    /// Every table's rows as text: table by table, value by value.
    func dump() throws -> [String: String] {
        try queue.read { database in
            var tables: [String: String] = [:]
            for name in try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
                let rows = try Row.fetchAll(database, sql: "SELECT * FROM \"\(name)\"")
                tables[name] = rows.map { row in
                    row.map { _, value in
                        if case .blob(let data) = value.storage { return String(decoding: data, as: UTF8.self) }
                        return "\(value)"
                    }.joined(separator: "|")
                }.joined(separator: "\n")
            }
            return tables
        }
    }
}

/// A flag that several tasks see.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set(_ isSet: Bool) { value.store(isSet, ordering: .releasing) }
}

/// Statements as they pass the store's door.
final class Recorder: Sendable {
    private let seen = Mutex<Set<String>>([])
    func record(_ sql: String) { seen.withLock { _ = $0.insert(sql) } }
    var statements: [String] { seen.withLock { $0.sorted() } }
}

/// Texts of rows by SQLite itself: hundreds of files are looked at, and GRDB notes every column that a statement reads.
private final class PlainReader {
    private var connection: OpaquePointer?
    private var statements: [String: OpaquePointer] = [:]

    init(_ path: String) throws {
        try check(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil))
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close(connection)
    }

    /// The first column of all rows of a query with one argument.
    func texts(_ sql: String, _ argument: String) throws -> [String] {
        if statements[sql] == nil {
            var statement: OpaquePointer?
            try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
            statements[sql] = statement
        }
        let statement = statements[sql]
        defer { sqlite3_reset(statement) }
        var texts: [String] = []
        try argument.withCString { argument in
            try check(sqlite3_bind_text(statement, 1, argument, -1, nil))
            while case let code = sqlite3_step(statement), code != SQLITE_DONE {
                guard code == SQLITE_ROW else { return try check(code) }
                texts.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
            }
        }
        return texts
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

/// A company's rows in every table that has any, but for what chance or the order of companies puts in them.
struct CompanyRows {
    let raw: Raw
    private let reader: PlainReader
    private let all: [Table]
    private let withoutPointCounters: [Table]

    private struct Table {
        var name: String
        var rows: String
    }

    init(_ path: String) throws {
        let raw = try Raw(path)
        self.raw = raw
        reader = try PlainReader(path)
        let tables = try raw.texts(
            """
            SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
            WHERE m.type = 'table' AND c.name = 'company_id' ORDER BY m.name
            """
        ).map { (name: $0, columns: try raw.texts("SELECT name FROM pragma_table_info('\($0)')")) }

        func queries(skipping skipped: [String: Set<String>]) -> [Table] {
            tables.map { table in
                let columns = table.columns.filter { !(skipped[table.name]?.contains($0) ?? false) }
                let row = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ' ' || ")
                return Table(
                    name: table.name,
                    rows: "SELECT \(row) AS row FROM \"\(table.name)\" WHERE company_id = :company ORDER BY 1")
            }
        }
        // Keys and nonces are random; turns, deliveries and the numbers of term tables are counted over all companies.
        let random: [String: Set<String>] = [
            "secrets": ["key_id", "sealed"], "turns": ["turn"], "point_scopes": ["term_table"],
            "deliveries": ["number"], "inbox": ["folded"], "recommendations": ["number"],
            "erasures": ["digest"],
        ]
        all = queries(skipping: random)
        withoutPointCounters = queries(
            skipping: random.merging(["point_scopes": ["term_table", "sequence"], "points": ["sequence"]]) { $1 })
    }

    func text(of company: CompanyID, withPointCounters: Bool = true) throws -> String {
        try (withPointCounters ? all : withoutPointCounters).map { table in
            "\(table.name):\n" + (try reader.texts(table.rows, company.text)).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
