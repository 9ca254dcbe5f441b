import Foundation
import Synchronization

/// A process that we started. Its outputs go to files, so that nothing has to be read while it is measured.
///
/// Started without Foundation's `Process`, which hands a child the blocked signals of the thread that happens to start
/// it: other programs would then never hear SIGTERM.
final class Child: Sendable {
    /// How it ended.
    struct End: Sendable {
        /// The exit status; 128 and the signal's number where a signal ended it.
        var status: Int32
        var lifetime: Duration
        var peakMegabytes: Double
        var processorSeconds: Double
    }

    private struct State {
        var end: End?
        var waiters: [CheckedContinuation<End, Never>] = []
    }

    let name: String
    let processIdentifier: pid_t
    private let startedAt: ContinuousClock.Instant
    private let outputPath: String
    private let errorPath: String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - environment: all of it.
    ///   - output: where to put `….out` and `….err`.
    init(path: String, _ arguments: [String], environment: [String: String], output: String) throws {
        name = URL(fileURLWithPath: path).lastPathComponent
        outputPath = output + ".out"
        errorPath = output + ".err"
        startedAt = .now
        processIdentifier = try Self.spawn(
            path, arguments, environment.map { "\($0.key)=\($0.value)" }, outputPath, errorPath)
        // A thread of its own: waiting blocks, and the time of the end is that of the end.
        Thread.detachNewThread { self.wait() }
    }

    /// Everything on standard output so far.
    var output: String { Self.read(outputPath) }
    /// The end of what it said, for an error message.
    var lastWords: String { String((Self.read(errorPath) + output).suffix(2000)) }
    /// Its memory and processor time now; `nil` when it has ended.
    var sample: ProcessSample? { ProcessSample(of: processIdentifier) }

    /// The rest of the first line, on either output, that contains `match`.
    func line(after match: String, within patience: Duration = .seconds(60)) async throws -> String {
        let deadline = ContinuousClock.now + patience
        while true {
            let hasEnded = state.withLock { $0.end != nil }
            for text in [output, Self.read(errorPath)] {
                if let range = text.range(of: match), let end = text[range.upperBound...].firstIndex(of: "\n") {
                    return String(text[range.upperBound..<end])
                }
            }
            if hasEnded { throw Workshop.Failure("\(name) ended without saying '\(match)':\n\(lastWords)") }
            if .now > deadline {
                throw Workshop.Failure("\(name) has not said '\(match)' for \(patience):\n\(lastWords)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func end() async -> End {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state -> End? in
                if state.end == nil { state.waiters.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    /// Asks it to end, and takes care that it does: after ten seconds it is killed.
    @discardableResult
    func terminate(by signal: Int32 = SIGTERM) async -> End {
        send(signal)
        let deadline = Task {
            try await Task.sleep(for: .seconds(10))
            kill()
        }
        defer { deadline.cancel() }
        return await end()
    }

    /// SIGKILL.
    func kill() { send(SIGKILL) }

    /// To a process that has ended, nothing is sent: its number may be another's by then.
    private func send(_ signal: Int32) {
        state.withLock { state in
            if state.end == nil { _ = Foundation.kill(processIdentifier, signal) }
        }
    }

    private func wait() {
        // Looked at first and reaped under the lock, so that `send` never meets a number that is free again.
        var information = siginfo_t()
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let lifetime = ContinuousClock.now - startedAt
        let (end, waiters) = state.withLock { state in
            var status: Int32 = 0
            var usage = rusage()
            _ = wait4(processIdentifier, &status, 0, &usage)
            let signal = status & 0x7F
            let end = End(
                status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, lifetime: lifetime,
                peakMegabytes: Double(usage.ru_maxrss) * 1024 / 1e6,
                processorSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime))
            state.end = end
            defer { state.waiters = [] }
            return (end, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: end) }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func read(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// In a process group of its own, so that Ctrl-C reaches us alone, with every signal at its default and none blocked.
    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String], _ output: String, _ errors: String
    ) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&files)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&files)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, file) in [(Int32(1), output), (2, errors)] {
            posix_spawn_file_actions_addopen(&files, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &files, &attributes, &argv, &envp)
        guard code == 0 else { throw Workshop.Failure("cannot start \(path): \(String(cString: strerror(code)))") }
        return process
    }
}
