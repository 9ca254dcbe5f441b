import Dispatch
import Foundation
import Synchronization

/// The temporary folder of a run and the processes that it started. Both are gone after `close`, and after Ctrl-C or
/// SIGTERM.
final class Workshop: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    let folder: URL
    private let children = Mutex<[Child]>([])
    private let names = Atomic<Int>(0)
    private let isClosed = Mutex(false)
    private let interrupts: Interrupts

    private struct Interrupts: @unchecked Sendable {
        // Dispatch's own objects, which any thread may use; they are kept here only to live.
        let sources: [(signal: Int32, source: any DispatchSourceSignal)]
    }

    /// - Parameter parent: where to make the folder; the system's own place where `nil`.
    init(in parent: String?) throws {
        let parent =
            parent.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? FileManager.default.temporaryDirectory
        folder = parent.appendingPathComponent("freshet-bench-\(UUID().uuidString.prefix(8))", isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        interrupts = Interrupts(
            sources: [SIGINT, SIGTERM].map { ($0, DispatchSource.makeSignalSource(signal: $0, queue: .global())) })
        for (number, source) in interrupts.sources {
            // Does nothing, unlike SIG_IGN not in our children either: they get the default back.
            signal(number) { _ in }
            source.setEventHandler { [weak self] in
                self?.close()
                // At once: whoever waits for a process that is gone must not go on with half a measurement.
                _exit(128 + number)
            }
            source.resume()
        }
    }

    /// Kills what still runs and removes the folder. Who calls it while another does, waits for that one.
    func close() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            endChildren()
            do {
                try FileManager.default.removeItem(at: folder)
            } catch {
                Progress.note("cannot remove \(folder.path): \(error.localizedDescription)")
            }
        }
    }

    /// Kills what still runs.
    func endChildren() {
        let running = children.withLock { children in
            defer { children = [] }
            return children
        }
        for child in running { child.kill() }
    }

    /// A path that nothing else uses.
    func path(_ name: String) -> String {
        folder.appendingPathComponent("\(names.add(1, ordering: .relaxed).newValue)-\(name)").path
    }

    func directory(_ name: String) throws -> String {
        let path = path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A file that only we can read.
    func file(_ name: String, _ text: String) throws -> String {
        let path = path(name)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Failure("cannot write \(path)") }
        return path
    }

    // MARK: - Processes

    /// Starts one of our own executables, from the folder of this one.
    func start(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Child {
        try start(path: try Self.beside(name), arguments, environment: environment)
    }

    /// - Parameters:
    ///   - environment: added to a clean one: proxies and settings of the caller's shell must not change a figure.
    func start(path: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Child {
        let inherited = ProcessInfo.processInfo.environment.filter {
            ["PATH", "HOME", "LD_LIBRARY_PATH"].contains($0.key)
        }
        let child = try Child(
            path: path, arguments, environment: inherited.merging(environment) { $1 },
            output: self.path(URL(fileURLWithPath: path).lastPathComponent))
        children.withLock { $0.append(child) }
        return child
    }

    /// Runs one of our own executables to its end and returns its standard output.
    func run(_ name: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        try await finish(try start(name, arguments, environment: environment))
    }

    func run(path: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        try await finish(try start(path: path, arguments, environment: environment))
    }

    private func finish(_ child: Child) async throws -> String {
        let status = await child.end().status
        guard status == 0 else { throw Failure("\(child.name) ended with \(status):\n\(child.lastWords)") }
        return child.output
    }

    /// The program as the shell would find it; a path is one already.
    static func installed(_ name: String) -> String? {
        if name.contains("/") { return name }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(
            separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// This very executable, to run parts of a measurement in processes of their own.
    static var own: String {
        get throws { try beside("freshet-bench") }
    }

    private static func beside(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(
                "there is no \(name) beside this executable (\(path)): build everything, `swift build -c release`")
        }
        return path
    }
}
