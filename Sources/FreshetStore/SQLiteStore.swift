package import FreshetCore
import Foundation
import GRDB

/// Everything that Freshet remembers, in one SQLite file that survives kill -9 and power loss.
///
/// Write-ahead log, `synchronous=FULL`: what a call has returned is on disk. Several processes may have the same file
/// open (a command beside the running server). Safe to use from any task. The parts share the file and its pool.
package final class SQLiteStore: Sendable {
    package let ledger: SQLiteLedger
    package let documents: SQLiteDocuments
    package let modelCache: SQLiteModelCache
    /// Of slot 1.
    package let points: SQLitePoints
    package let snapshots: SQLiteSnapshots
    package let slots: SQLiteIndexSlots
    package let companies: SQLiteCompanies
    package let reconciles: SQLiteReconciles
    package let audit: SQLiteAudit
    package let freshness: SQLiteFreshness
    package let usage: SQLiteUsage
    package let recommendations: SQLiteRecommendations
    package let feedback: SQLiteFeedback
    package let erasures: SQLiteErasures

    private let storage: Storage

    /// Opens the file at `path`, made when it is missing, readable by its owner alone. `clock` says when a cached result
    /// was used; all other moments are told by callers.
    ///
    /// Blocks while it opens the file: a call for the start of a program. Throws `StoreError.unusable` and changes
    /// nothing when the file is not a database, not ours or newer than this program, and when it holds sealed secrets
    /// that `masterKey` does not open; `.unavailable` when the file system says no.
    package init(
        path: String, masterKey: MasterKey?, clock: any WallClock = SystemWallClock(),
        limits: StoreLimits = StoreLimits(), statements: SQLText = .unchanged,
        scheduling: StoreScheduling = .ownQueues
    ) throws {
        let pool: DatabasePool
        do {
            try StoreFile.inspect(path, statements)
            try StoreFile.create(path)
            pool = try DatabasePool(path: path, configuration: Self.configuration(statements, limits.lockPatience))
            try pool.writeWithoutTransaction { database in
                let session = Session(database: database, text: statements)
                // The pool relaxes this when it switches to the write-ahead log.
                try session.run("PRAGMA synchronous = FULL")
                try database.inTransaction(.immediate) {
                    try Schema.migrate(session)
                    try KeyCheck.verify(masterKey, in: session)
                    return .commit
                }
            }
        } catch {
            throw StoreFailure.translated(error)
        }
        storage = Storage(pool: pool, text: statements, scheduling: scheduling)
        let erasing = ErasureKey(master: masterKey)
        ledger = SQLiteLedger(storage: storage, erasing: erasing, batch: limits.rowsPerTransaction)
        documents = SQLiteDocuments(storage: storage, erasing: erasing)
        modelCache = SQLiteModelCache(
            storage: storage, erasing: erasing, clock: clock, entriesPerCompany: limits.modelCacheEntries)
        points = SQLitePoints(storage: storage, erasing: erasing, batch: limits.rowsPerTransaction)
        snapshots = SQLiteSnapshots(storage: storage)
        slots = SQLiteIndexSlots(storage: storage)
        companies = SQLiteCompanies(storage: storage, vault: Vault(key: masterKey), batch: limits.rowsPerTransaction)
        reconciles = SQLiteReconciles(
            storage: storage, kept: limits.reconcilesKept, batch: limits.rowsPerTransaction)
        audit = SQLiteAudit(storage: storage, batch: limits.rowsPerTransaction)
        freshness = SQLiteFreshness(storage: storage)
        usage = SQLiteUsage(storage: storage)
        feedback = SQLiteFeedback(storage: storage)
        erasures = SQLiteErasures(storage: storage, key: erasing, batch: limits.rowsPerTransaction)
        recommendations = SQLiteRecommendations(storage: storage, batch: limits.rowsPerTransaction)
    }

    /// The same for a data directory, made when it is missing; the file is `freshet.db` in it.
    package convenience init(
        directory: String, masterKey: MasterKey?, clock: any WallClock = SystemWallClock(),
        limits: StoreLimits = StoreLimits()
    ) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError.unavailable(detail: "the data directory cannot be made")
        }
        try self.init(
            path: URL(fileURLWithPath: directory).appendingPathComponent("freshet.db").path, masterKey: masterKey,
            clock: clock, limits: limits)
    }

    /// Answers from the file, or throws what is wrong with it: for the readiness probe.
    package func check() async throws {
        _ = try await storage.read { session in try Schema.check(session) }
    }

    /// What an operator wants to know of the file.
    package func condition() async throws -> StoreCondition {
        // On the connection that writes: how durable a commit is, is its own setting.
        try await storage.write { session in
            func number(_ pragma: String) throws -> Int64 {
                try session.first("PRAGMA \(pragma)") { $0[0] as Int64 } ?? 0
            }
            return StoreCondition(
                schemaVersion: Int(try number("user_version")),
                journalMode: try session.first("PRAGMA journal_mode") { $0[0] as String } ?? "",
                syncsEveryCommit: try number("synchronous") >= 2, overwritesDeleted: try number("secure_delete") == 1,
                bytes: try number("page_count") * number("page_size"),
                freeBytes: try number("freelist_count") * number("page_size"))
        }
    }

    /// Rewrites the file without its free space, and empties the write-ahead log. Takes the write lock throughout.
    package func compact() async throws {
        try await storage.compact()
        try await storage.truncateLog()
    }

    /// Closes the connections. Calls after it throw.
    package func close() throws {
        do {
            try storage.pool.close()
        } catch {
            throw StoreFailure.translated(error)
        }
    }

    private static func configuration(_ statements: SQLText, _ lockPatience: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(lockPatience.seconds)
        // Each of the threads that answers run on may be reading.
        configuration.maximumReaderCount = max(4, ProcessInfo.processInfo.activeProcessorCount)
        configuration.prepareDatabase { database in
            let session = Session(database: database, text: statements)
            for pragma in [
                "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY", "cache_size = -16000",
                // What a burst has made of the log is given back at the next checkpoint.
                "journal_size_limit = 16777216",
            ] {
                _ = try session.all("PRAGMA \(pragma)") { _ in }
            }
        }
        return configuration
    }
}

/// What bounds the store's growth and its transactions.
package struct StoreLimits: Sendable, Equatable {
    /// Model results kept for each company; the least recently used go first. At least 1.
    package var modelCacheEntries: Int
    /// Ended reconciles kept for each company. At least 1.
    package var reconcilesKept: Int
    /// How many rows one transaction of a purge or a pruning deletes. At least 1.
    package var rowsPerTransaction: Int
    /// How long a write waits for another process's transaction before it is `.unavailable`.
    package var lockPatience: Duration

    package init(
        modelCacheEntries: Int = 200_000, reconcilesKept: Int = 500, rowsPerTransaction: Int = 500,
        lockPatience: Duration = .seconds(5)
    ) {
        precondition(modelCacheEntries > 0 && reconcilesKept > 0 && rowsPerTransaction > 0)
        self.modelCacheEntries = modelCacheEntries
        self.reconcilesKept = reconcilesKept
        self.rowsPerTransaction = rowsPerTransaction
        self.lockPatience = lockPatience
    }
}

/// How the file is set up and how large it is.
package struct StoreCondition: Sendable, Equatable {
    package var schemaVersion: Int
    /// `wal`.
    package var journalMode: String
    package var syncsEveryCommit: Bool
    package var overwritesDeleted: Bool
    /// Of the file, without the write-ahead log.
    package var bytes: Int64
    /// Of it, to be used again.
    package var freeBytes: Int64
}
