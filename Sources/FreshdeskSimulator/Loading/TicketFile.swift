import Foundation

/// Reads JSON Lines, gzipped or not.
enum TicketFile {
    /// The file's bytes, inflated where the name ends in `.gz`. Throws `LoadError`.
    static func read(_ path: String) throws(LoadError) -> Data {
        let url = URL(fileURLWithPath: path)
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw LoadError(file: path, line: nil, problem: "cannot be read: \(Self.reason(error))")
        }
        guard path.hasSuffix(".gz") else { return data }
        return try inflated(url, path)
    }

    /// By the system's gzip, which every Debian has; Foundation has no inflater of its own.
    private static func inflated(_ url: URL, _ path: String) throws(LoadError) -> Data {
        let quoted = "'" + url.path.replacingOccurrences(of: "'", with: "'\\''") + "'"
        guard let pipe = popen("gzip -dc -- \(quoted) 2>&1", "r") else {
            throw LoadError(file: path, line: nil, problem: "cannot be inflated: gzip does not start")
        }
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
            data.append(contentsOf: buffer[..<count])
        }
        guard pclose(pipe) == 0 else {
            // What gzip says comes last, behind whatever it could inflate.
            let complaint = String(decoding: data.suffix(500), as: UTF8.self).split(separator: "\n").last ?? ""
            throw LoadError(file: path, line: nil, problem: "is no sound gzip file: \(complaint)")
        }
        return data
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError { return underlying.localizedDescription }
        return error.localizedDescription
    }
}

/// What is wrong with a file of tickets, and where.
package struct LoadError: Error, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1.
    package var line: Int?
    package var problem: String

    package var description: String { "\(file): \(line.map { "line \($0): " } ?? "")\(problem)" }
}
