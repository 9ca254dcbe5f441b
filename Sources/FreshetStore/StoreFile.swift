import FreshetCore
import Foundation
import GRDB

/// The store's file before it is opened.
enum StoreFile {
    /// Looks at a file before anything could change it. Throws when it is not one of ours; one that is missing or empty
    /// is fine.
    static func inspect(_ path: String, _ statements: SQLText) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        _ = try queue.read { database in try Schema.check(Session(database: database, text: statements)) }
        try queue.close()
    }

    /// Makes the file if it is missing. Tickets are in it: nobody but its owner reads it, and the log beside it
    /// inherits the mode.
    static func create(_ path: String) throws {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw StoreError.unavailable(detail: "the file cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}
