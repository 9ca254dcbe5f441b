package import Foundation
import Synchronization

/// A program run as a user would: its own process, its own memory, killable.
///
/// Ours are taken from the folder of the running tests, so they are the build under test; other people's from the PATH.
/// Whoever starts one kills or terminates it; what is left over dies with the value. No wait is for ever: what does not
/// come within `patience` is a failure that says what was waited for.
///
/// Started without Foundation's `Process`: that learns of the end by `select`, which cannot see descriptors from 1024
/// on, and a test run that tries many connections has those.
package final class ServiceProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// How long anything is waited for. Generous: a busy machine is no failure, a process that hangs is.
    package static let patience = Duration.seconds(600)

    private struct Output {
        /// Somebody who waits for something in the text. `offer` gives what to call when it is there.
        struct Waiter {
            var number: Int
            var offer: (_ text: String) -> (() -> Void)?
            var fail: (_ why: String) -> Void
        }

        var bytes: [UInt8] = []
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var isClosed = false
        var waiters: [Waiter] = []
        var asked = 0
    }

    private struct Ending {
        var status: Int32?
        var waiters: [Int: CheckedContinuation<Int32, Never>] = [:]
        var asked = 0
    }

    package let processIdentifier: pid_t
    private let output = Mutex(Output())
    private let ended = Mutex(Ending())

    /// Starts `name` with a clean environment plus `environment`. Both of its outputs are kept.
    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        var variables = ["PATH": Self.path, "HOME": NSTemporaryDirectory()]
        for key in ["LD_LIBRARY_PATH", "LLVM_PROFILE_FILE", "SWIFT_BACKTRACE"] {
            variables[key] = ProcessInfo.processInfo.environment[key]
        }
        let child = try Child.spawn(
            try Self.path(of: name), arguments, environment: variables.merging(environment) { $1 })
        processIdentifier = child.processIdentifier
        // Threads of their own, since both block; each ends with the process.
        let this = Weak(value: self)
        Thread.detachNewThread {
            while let bytes = child.read() { this.value?.received(bytes) }
            this.value?.received(nil)
        }
        Thread.detachNewThread { Self.reap(child.processIdentifier, this) }
    }

    /// What the threads hold: they must not keep alive a process that nobody wants any more.
    private final class Weak: @unchecked Sendable {
        // A weak reference is read and cleared atomically, by the runtime's own promise.
        private(set) weak var value: ServiceProcess?
        init(value: ServiceProcess) { self.value = value }
    }

    deinit { if ended.withLock({ $0.status == nil }) { Foundation.kill(processIdentifier, SIGKILL) } }

    package var text: String { output.withLock { $0.text } }

    // MARK: - What it says

    /// The rest of the first line that contains `match`, as soon as it was printed.
    package func line(after match: String) async throws -> String {
        try await first("'\(match)'") { text in
            guard let range = text.range(of: match), let end = text[range.upperBound...].firstIndex(of: "\n") else {
                return nil  // Only whole lines count, so that a port is never read half.
            }
            return String(text[range.upperBound..<end])
        }
    }

    /// What `find` makes of everything printed so far, as soon as it makes something. Throws when the outputs end first.
    package func first<Value: Sendable>(
        _ what: String, _ find: @escaping @Sendable (_ text: String) -> Value?
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            output.withLock { output in
                if let value = find(output.text) { return continuation.resume(returning: value) }
                let fail = { (why: String) in
                    continuation.resume(throwing: Failure(description: "it \(why) without saying \(what)"))
                }
                if output.isClosed { return fail("ended:\n\(output.text)\nand that") }
                output.asked += 1
                let number = output.asked
                output.waiters.append(
                    .init(
                        number: number,
                        offer: { text in find(text).map { value in { continuation.resume(returning: value) } } },
                        fail: fail))
                Self.afterPatience { [weak self] in self?.giveUp(waitingForLine: number) }
            }
        }
    }

    private func giveUp(waitingForLine number: Int) {
        output.withLock { output in
            guard let index = output.waiters.firstIndex(where: { $0.number == number }) else { return }
            output.waiters.remove(at: index).fail("ran for \(Self.patience):\n\(output.text)\nand that")
        }
    }

    private func received(_ bytes: [UInt8]?) {
        output.withLock { output in
            if let bytes { output.bytes += bytes } else { output.isClosed = true }
            guard !output.waiters.isEmpty else { return }
            let text = output.text
            output.waiters.removeAll { waiter in
                if let resume = waiter.offer(text) {
                    resume()
                } else if output.isClosed {
                    waiter.fail("ended:\n\(text)\nand that")
                } else {
                    return false
                }
                return true
            }
        }
    }

    // MARK: - How it ends

    /// `kill -9`: no chance to tidy up. Returns when the process is gone.
    package func kill() async {
        send(SIGKILL)
        _ = await exitStatus()
    }

    /// SIGTERM; its exit status.
    package func terminate() async -> Int32 {
        send(SIGTERM)
        return await exitStatus()
    }

    /// To a process that has ended, nothing is sent: its number may be another's by then.
    private func send(_ signal: Int32) {
        ended.withLock { if $0.status == nil { Foundation.kill(processIdentifier, signal) } }
    }

    /// The exit status, or 128 and the signal that ended it. A process that has not ended within `patience` is told to
    /// say where it stands, is killed, and -1 is said.
    package func exitStatus() async -> Int32 {
        await withCheckedContinuation { continuation in
            ended.withLock { ended in
                if let status = ended.status {
                    continuation.resume(returning: status)
                } else {
                    ended.asked += 1
                    let number = ended.asked
                    ended.waiters[number] = continuation
                    Self.afterPatience { [weak self] in self?.giveUp(waitingForEnd: number) }
                }
            }
        }
    }

    private func giveUp(waitingForEnd number: Int) {
        guard let waiter = ended.withLock({ $0.waiters.removeValue(forKey: number) }) else { return }
        // Where SWIFT_BACKTRACE asks for it, SIGQUIT prints the stacks of all threads.
        send(SIGQUIT)
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(20)) {
            self.send(SIGKILL)
            waiter.resume(returning: -1)
        }
    }

    private static func afterPatience(_ work: @escaping @Sendable () -> Void) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(patience.components.seconds)), execute: work)
    }

    private static func reap(_ process: pid_t, _ this: Weak) {
        // Looked at first and reaped under the lock, so that `send` never meets a number that is free again.
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        guard let owner = this.value else {
            var status: Int32 = 0
            waitpid(process, &status, 0)
            return
        }
        let (status, waiters) = owner.ended.withLock { ended in
            var status: Int32 = 0
            waitpid(process, &status, 0)
            let signal = status & 0x7F
            let end = signal == 0 ? status >> 8 & 0xFF : 128 + signal
            ended.status = end
            defer { ended.waiters = [:] }
            return (end, ended.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    // MARK: - Running to the end

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

    private static func path(of name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        // Other people's programs come from the PATH; ours from the test bundle's folder, whatever runner loaded it.
        for folder in Self.path.split(separator: ":").map(String.init) where !name.hasPrefix("fresh") {
            let candidate = URL(fileURLWithPath: folder).appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate.path }
        }
        for argument in CommandLine.arguments + [Bundle.main.bundlePath] {
            let folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
            let candidate = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate.path }
        }
        throw Failure(description: "no executable '\(name)' beside the tests")
    }
}

/// A process just born, and the pipe on which both of its outputs come.
private struct Child: Sendable {
    let processIdentifier: pid_t
    private let pipe: Int32

    /// What was printed next; `nil` at the end, where the pipe is closed. Blocks.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(pipe, &buffer, buffer.count)
            if count > 0 { return Array(buffer[..<count]) }
            if count < 0, errno == EINTR { continue }
            close(pipe)
            return nil
        }
    }

    // One at a time: a child that is born between the making of another's pipe and its marking would hold that pipe open.
    private static let births = Mutex(())

    static func spawn(_ path: String, _ arguments: [String], environment: [String: String]) throws -> Child {
        try births.withLock { _ in
            var ends: [Int32] = [0, 0]
            guard Foundation.pipe(&ends) == 0 else {
                throw ServiceProcess.Failure(description: "no pipe: \(String(cString: strerror(errno)))")
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[1]) }
            do {
                return Child(processIdentifier: try start(path, arguments, environment, output: ends[1]), pipe: ends[0])
            } catch {
                close(ends[0])
                throw error
            }
        }
    }

    /// With no input, none of our other descriptors, every signal at its default and none blocked.
    private static func start(
        _ path: String, _ arguments: [String], _ environment: [String: String], output: Int32
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
        for descriptor in [Int32(1), 2] { posix_spawn_file_actions_adddup2(&files, output, descriptor) }
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&files, descriptor) }
        }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &files, &attributes, &argv, &envp)
        guard code == 0 else {
            throw ServiceProcess.Failure(description: "cannot start \(path): \(String(cString: strerror(code)))")
        }
        return process
    }
}
