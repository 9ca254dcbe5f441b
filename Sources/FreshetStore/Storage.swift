import FreshetCore
import GRDB

/// The pool of connections to the file, and the only way into a transaction.
///
/// Both calls run on the database's own queues, never on the cooperative pool, unless `scheduling` says otherwise; reads
/// of a task that may be held up run on its own thread. A write takes the file's one write lock at its start, so it never
/// fails half-way for somebody else's sake.
struct Storage: Sendable {
    let pool: DatabasePool
    let text: SQLText
    let scheduling: StoreScheduling

    func read<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        try await translating {
            switch scheduling {
            case .ownQueues where BlockingReads.mayBlock: try readHere(body)
            case .ownQueues: try await pool.read { database in try body(Session(database: database, text: text)) }
            case .callersThread(let turn): try await taking(turn) { try readHere(body) }
            }
        }
    }

    /// The same for what deliveries change: those that came before the call are taken in first. Takes the write lock
    /// only for that.
    func readLedger<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        if try await read({ session in try InboxRow.isBehind(in: session) }) { try await write { _ in } }
        return try await read(body)
    }

    /// Returns after COMMIT, with everything on disk; throws when nothing was written. Takes in first what deliveries
    /// wait.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        try await writeRaw { session in
            try InboxRow.foldAll(in: session)
            return try body(session)
        }
    }

    private func writeRaw<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value
    {
        try await translating {
            switch scheduling {
            case .ownQueues: try await pool.write { database in try body(Session(database: database, text: text)) }
            case .callersThread(let turn): try await taking(turn) { try writeHere(body) }
            }
        }
    }

    private func taking<Value>(
        _ turn: @Sendable () async -> Void, _ transaction: () throws -> Value
    ) async throws -> Value {
        await turn()
        let result = Result { try transaction() }
        await turn()
        return try result.get()
    }

    private func readHere<Value>(_ body: (Session) throws -> Value) throws -> Value {
        try pool.read { database in try body(Session(database: database, text: text)) }
    }

    private func writeHere<Value>(_ body: (Session) throws -> Value) throws -> Value {
        try pool.write { database in try body(Session(database: database, text: text)) }
    }

    private func translating<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            throw StoreFailure.translated(error)
        }
    }

    /// A write that takes deliveries and puts off what they change. Without waiting: `done` is called once, on the queue
    /// that writes, after COMMIT or when nothing was written. A write that `done` asks for begins there without a change
    /// of threads.
    func take<Value: Sendable>(
        _ body: @escaping @Sendable (Session) throws -> Value,
        done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        switch scheduling {
        case .ownQueues:
            pool.asyncWrite { database in
                try body(Session(database: database, text: text))
            } completion: { _, result in
                done(result.mapError(StoreFailure.translated))
            }
        case .callersThread:
            // Ends by itself, and `done` tells whoever waits.
            Task {
                do { done(.success(try await writeRaw(body))) } catch { done(.failure(error)) }
            }
        }
    }

    /// Rewrites the file without its free space. Takes the write lock throughout.
    func compact() async throws {
        do {
            try await pool.vacuum()
        } catch {
            throw StoreFailure.translated(error)
        }
    }

    /// Gives the write-ahead log back to the file system as far as nobody reads from it; whether all of it went.
    @discardableResult
    func truncateLog() async throws -> Bool {
        do {
            return try await pool.writeWithoutTransaction { database in
                // Busy readers leave a part of the log in place; that is an answer (a row), not an error.
                let statement = try database.makeStatement(sql: text.rewritten("PRAGMA wal_checkpoint(TRUNCATE)"))
                return try Row.fetchAll(statement).first.map { $0["busy"] == 0 } ?? false
            }
        } catch {
            throw StoreFailure.translated(error)
        }
    }
}

/// On which thread the store's transactions run.
package enum StoreScheduling: Sendable {
    /// On the database's own queues: a task that waits for the disk holds no thread. What a service wants.
    case ownQueues
    /// On the caller's thread, which they block: for a program that schedules every step of its tasks itself. `turn` is
    /// awaited before and after each transaction, so that others may get theirs between any two.
    case callersThread(turn: @Sendable () async -> Void)
}

/// Turns the database's failures into the store's.
enum StoreFailure {
    static func translated(_ error: any Error) -> any Error {
        switch error {
        case let error as DatabaseError: translated(error)
        case is DecodingError, is RowDecodingError:
            StoreError.unusable(detail: "a stored record cannot be read; restore the file from a backup")
        default: error
        }
    }

    /// The text holds the kind of failure only: SQL and its arguments may be a ticket's.
    private static func translated(_ error: DatabaseError) -> any Error {
        switch error.resultCode {
        case .SQLITE_FULL: StoreError.unavailable(detail: "the disk is full")
        case .SQLITE_IOERR: StoreError.unavailable(detail: "input/output error \(error.extendedResultCode.rawValue)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            StoreError.unavailable(detail: "another process holds the file for too long")
        case .SQLITE_READONLY: StoreError.unavailable(detail: "the file or its folder is read-only")
        case .SQLITE_CANTOPEN: StoreError.unavailable(detail: "the file cannot be opened")
        case .SQLITE_PERM: StoreError.unavailable(detail: "no permission to open the file")
        case .SQLITE_NOMEM: StoreError.unavailable(detail: "out of memory")
        case .SQLITE_NOTADB: StoreError.unusable(detail: "the file is not a database")
        case .SQLITE_CORRUPT: StoreError.unusable(detail: "the file is damaged; restore it from a backup")
        // Anything else is a fault of our own and must not look like weather. Only a constraint's message is sure to
        // name columns and nothing else.
        case .SQLITE_CONSTRAINT:
            StoreFault(code: error.extendedResultCode.rawValue, detail: error.message ?? "constraint failed")
        default: StoreFault(code: error.extendedResultCode.rawValue, detail: "unexpected")
        }
    }
}

/// A fault in this program that the database has found: nothing was written, and trying again will not help.
struct StoreFault: Error, CustomStringConvertible {
    /// SQLite's extended result code.
    var code: Int32
    var detail: String

    var description: String { "the store met a fault of its own (\(code), \(detail)); please report it" }
}
