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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "--", url.path]
        let output = Pipe()
        let complaints = Pipe()
        process.standardOutput = output
        process.standardError = complaints
        process.standardInput = FileHandle.nullDevice
        let data: Data
        let complaint: Data
        do {
            try process.run()
            // gzip's complaints fit into the pipe's buffer, so reading one after the other cannot lock up.
            data = try output.fileHandleForReading.readToEnd() ?? Data()
            complaint = try complaints.fileHandleForReading.readToEnd() ?? Data()
        } catch {
            throw LoadError(file: path, line: nil, problem: "cannot be inflated by gzip: \(Self.reason(error))")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: complaint, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw LoadError(file: path, line: nil, problem: "is no sound gzip file: \(text)")
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
