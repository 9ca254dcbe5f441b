import GRDB

/// The one point that every SQL text passes on its way to the database.
///
/// It changes nothing in service. It is the seam for dialects, and for tests: they record every statement and take a
/// company's filter out of one of them, to prove that the filter is what keeps companies apart. For that, each
/// statement on company data spells its filter in the same way: `company_id = :company`.
package struct SQLText: Sendable {
    package let rewritten: @Sendable (String) -> String

    package static let unchanged = SQLText { $0 }

    package init(_ rewritten: @escaping @Sendable (String) -> String) { self.rewritten = rewritten }
}

/// A transaction as the rows see it: the database and the door that all SQL takes.
///
/// Arguments are named, or positional in the order in which the names first occur.
struct Session {
    let database: Database
    let text: SQLText

    /// Runs one statement; how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try database.cachedStatement(sql: text.rewritten(sql)).execute(arguments: arguments)
        return database.changesCount
    }

    /// The first row that a query or a `RETURNING` statement gives.
    func first<Value>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), _ value: (Row) throws -> Value
    ) throws -> Value? {
        let statement = try database.cachedStatement(sql: text.rewritten(sql))
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        guard let row = try rows.next() else { return nil }
        // A copy: the cursor's own row ends with the next step, and its statement stays busy until then.
        let copy = row.copy()
        while try rows.next() != nil {}
        return try value(copy)
    }

    func all<Value>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), _ value: (Row) throws -> Value
    ) throws -> [Value] {
        let statement = try database.cachedStatement(sql: text.rewritten(sql))
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var values: [Value] = []
        while let row = try rows.next() { values.append(try value(row)) }
        return values
    }

    /// Queries whose text holds the number of a term table: not kept, since there are as many as companies.
    func allOnce<Value>(
        _ sql: String, _ arguments: StatementArguments = StatementArguments(), _ value: (Row) throws -> Value
    ) throws -> [Value] {
        let statement = try database.makeStatement(sql: text.rewritten(sql))
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var values: [Value] = []
        while let row = try rows.next() { values.append(try value(row)) }
        return values
    }

    /// The same for statements that change something.
    @discardableResult
    func runOnce(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try database.makeStatement(sql: text.rewritten(sql)).execute(arguments: arguments)
        return database.changesCount
    }
}
