import Foundation
import Synchronization

/// One of our own executables, run as a user would: its own process, its own memory, killable.
///
/// It is taken from the folder of the running tests, so it is the build under test. Whoever starts one kills or
/// terminates it; what is left over dies with the value.
package final class ServiceProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private struct Output {
        var text = ""
        var isClosed = false
        var waiters: [(match: String, continuation: CheckedContinuation<String, any Error>)] = []
    }

    private struct Handles: @unchecked Sendable {
        // Foundation's Process is not Sendable; it is configured before it is shared and only signalled after.
        let process: Process
    }

    private let handles: Handles
    private let output = Mutex(Output())
    private let ended = Mutex<(status: Int32?, waiters: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// Starts `name` with a clean environment plus `environment`. Both of its outputs are kept.
    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = try Self.path(of: name)
        process.arguments = arguments
        var variables = ["PATH": Self.path, "HOME": NSTemporaryDirectory()]
        for key in ["LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
            variables[key] = ProcessInfo.processInfo.environment[key]
        }
        process.environment = variables.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        handles = Handles(process: process)
        // No other child may be born between the making of the pipe and its marking: it would hold the pipe open, and
        // the end of this process' output would never be seen.
        try Self.spawning.withLock { _ in try start(process) }
    }

    private static let spawning = Mutex(())

    private func start(_ process: Process) throws {
        let pipe = Pipe()
        for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            self?.received(data)
            if data.isEmpty { handle.readabilityHandler = nil }
        }
        process.terminationHandler = { [weak self] process in self?.finished(process.terminationStatus) }
        try process.run()
    }

    deinit { if handles.process.isRunning { Foundation.kill(handles.process.processIdentifier, SIGKILL) } }

    package var processIdentifier: Int32 { handles.process.processIdentifier }
    package var text: String { output.withLock { $0.text } }

    /// The rest of the first line that contains `match`, as soon as it was printed.
    package func line(after match: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            output.withLock { output in
                if let rest = Self.rest(of: output.text, after: match) {
                    continuation.resume(returning: rest)
                } else if output.isClosed {
                    continuation.resume(
                        throwing: Failure(description: "it ended without saying '\(match)':\n\(output.text)"))
                } else {
                    output.waiters.append((match, continuation))
                }
            }
        }
    }

    /// `kill -9`: no chance to tidy up. Returns when the process is gone.
    package func kill() async {
        Foundation.kill(handles.process.processIdentifier, SIGKILL)
        _ = await exitStatus()
    }

    /// SIGTERM; its exit status.
    package func terminate() async -> Int32 {
        Foundation.kill(handles.process.processIdentifier, SIGTERM)
        return await exitStatus()
    }

    package func exitStatus() async -> Int32 {
        await withCheckedContinuation { continuation in
            ended.withLock { ended in
                if let status = ended.status {
                    continuation.resume(returning: status)
                } else {
                    ended.waiters.append(continuation)
                }
            }
        }
    }

    /// Runs a command to its end: its status and everything it printed on both outputs.
    package static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, text: String) {
        let process = try ServiceProcess(name, arguments, environment: environment)
        let status = await process.exitStatus()
        await process.outputEnd()
        return (status, process.text)
    }

    private func outputEnd() async {
        do { _ = try await line(after: "\u{0}never printed\u{0}") } catch {}
    }

    private static var path: String { ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin" }

    private static func path(of name: String) throws -> URL {
        // Other people's programs come from the PATH; ours from the test bundle's folder, whatever runner loaded it.
        for folder in Self.path.split(separator: ":").map(String.init) where !name.hasPrefix("fresh") {
            let candidate = URL(fileURLWithPath: folder).appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
        }
        for argument in CommandLine.arguments + [Bundle.main.bundlePath] {
            let folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
            let candidate = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
        }
        throw Failure(description: "no executable '\(name)' beside the tests")
    }

    private func received(_ data: Data) {
        let resumptions: [() -> Void] = output.withLock { output in
            if data.isEmpty { output.isClosed = true } else { output.text += String(decoding: data, as: UTF8.self) }
            var left: [(match: String, continuation: CheckedContinuation<String, any Error>)] = []
            var resumptions: [() -> Void] = []
            for waiter in output.waiters {
                if let rest = Self.rest(of: output.text, after: waiter.match) {
                    resumptions.append { waiter.continuation.resume(returning: rest) }
                } else if output.isClosed {
                    let text = output.text
                    resumptions.append {
                        waiter.continuation.resume(
                            throwing: Failure(description: "it ended without saying '\(waiter.match)':\n\(text)"))
                    }
                } else {
                    left.append(waiter)
                }
            }
            output.waiters = left
            return resumptions
        }
        for resume in resumptions { resume() }
    }

    private func finished(_ status: Int32) {
        let waiters = ended.withLock { ended in
            ended.status = status
            defer { ended.waiters = [] }
            return ended.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Only whole lines count, so that a port is never read half.
    private static func rest(of text: String, after match: String) -> String? {
        guard let range = text.range(of: match), let end = text[range.upperBound...].firstIndex(of: "\n") else {
            return nil
        }
        return String(text[range.upperBound..<end])
    }
}
