import Foundation

/// A master key in a file that only its owner can read.
package enum MasterKeyFile {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case missing(path: String)
        case unreadable(path: String, why: String)
        /// `mode` in octal, `0644`.
        case tooOpen(path: String, mode: String)
        case notAKey(path: String)
        case exists(path: String)
        case unwritable(path: String, why: String)

        package var description: String {
            switch self {
            case .missing(let path): "there is no master key file at \(path)"
            case .unreadable(let path, let why): "the master key file \(path) cannot be read: \(why)"
            case .tooOpen(let path, let mode):
                "the master key file \(path) has mode \(mode), so others can read or change it; run: chmod 600 \(path)"
            case .notAKey(let path):
                "the master key file \(path) holds neither 64 hex digits nor the base64 of 32 bytes"
            case .exists(let path): "\(path) exists already; a master key is never overwritten"
            case .unwritable(let path, let why): "the master key file \(path) cannot be written: \(why)"
            }
        }
    }

    /// Reads the key. The file must be a regular one with mode 0600 or 0400. Blocks: for the start of a program.
    package static func load(_ path: String) throws(Failure) -> MasterKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing(path: path) }
            throw .unreadable(path: path, why: Self.lastError)
        }
        defer { close(descriptor) }
        // Asked of the open file, so that it is the one which is read.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, why: Self.lastError) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, why: "it is not a regular file") }
        let mode = status.st_mode & 0o7777
        guard mode == 0o600 || mode == 0o400 else {
            throw .tooOpen(path: path, mode: "0" + String(mode, radix: 8))
        }
        // The longest spelling is 64 digits and some white space.
        var bytes = [UInt8](repeating: 0, count: 1024)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + length, $0.count - length) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, why: Self.lastError) }
            if count == 0 { break }
            length += count
        }
        guard let text = String(validating: bytes[..<length], as: UTF8.self), let key = MasterKey(text: text) else {
            throw .notAKey(path: path)
        }
        return key
    }

    /// Makes a new key and its file, mode 0600; durable when it returns. Never overwrites.
    package static func create(_ path: String) throws(Failure) -> MasterKey {
        let key = MasterKey.generate()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw .exists(path: path) }
            throw .unwritable(path: path, why: Self.lastError)
        }
        let line = Array((key.text + "\n").utf8)
        // A narrower umask than usual must not make a file that `load` refuses.
        let isWritten =
            fchmod(descriptor, 0o600) == 0 && write(descriptor, line, line.count) == line.count
            && fsync(descriptor) == 0
        let why = Self.lastError
        close(descriptor)
        guard isWritten else {
            // Half a key is worse than none.
            unlink(path)
            throw .unwritable(path: path, why: why)
        }
        return key
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
