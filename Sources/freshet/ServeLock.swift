import Foundation

/// One server a data directory. The lock goes with the process, however it ends.
final class ServeLock {
    private let descriptor: Int32

    /// Throws when another server holds it.
    init(_ directory: String) throws {
        descriptor = try Self.open(directory)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                "another server is running on \(directory); stop it, or choose another FRESHET_DATA_DIRECTORY",
                code: ExitCodes.temporary)
        }
    }

    deinit { close(descriptor) }

    static func isHeld(_ directory: String) throws -> Bool {
        let descriptor = try open(directory)
        defer { close(descriptor) }
        // Shared, so that two look-ups never see each other.
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    private static func open(_ directory: String) throws -> Int32 {
        let path = directory + "/serve.lock"
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SettingsError("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }
}
