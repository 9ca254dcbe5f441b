import ArgumentParser
import Foundation
import Synchronization

/// Several seeds at once, each lane a process of its own: a trap in one is a finding and not the end of all.
struct Fleet {
    private struct State {
        var results: [SeedResult] = []
        var running: [Int: UInt64] = [:]
        var findings: [String] = []
        var toldAt = Date()
    }

    /// One child and what it has said of a line not yet ended. Read by one thread.
    private final class Lane: @unchecked Sendable {
        let process = Process()
        let pipe = Pipe()
        var rest = ""
    }

    private let command: FreshetSimulation
    private let first: UInt64
    /// What a child leaves behind when it is ended in the midst goes with it.
    private let directory: String

    init(_ command: FreshetSimulation) {
        self.command = command
        first = command.first ?? UInt64.random(in: 1...(1 << 40))
        directory = "\(command.place)/freshet-simulations-\(getpid())"
    }

    func run() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let started = Date()
        let count = command.seeds ?? (command.seconds == nil ? 100 : Int.max)
        let lanes = min(command.jobs, count)
        if !command.json { print("seeds from \(first), \(command.hours.formatted) h each, \(lanes) at once") }
        let state = try withChildren(lanes, count)
        try FileManager.default.removeItem(atPath: directory)
        let hours = state.results.reduce(0) { $0 + $1.hours }
        let seconds = Date().timeIntervalSince(started)
        if command.json {
            for result in state.results { print(try result.json()) }
        } else {
            print(
                "\(state.results.count) seeds, \(hours.formatted) simulated hours in \(seconds.formatted) s: "
                    + "\(sum(state, \.steps)) steps, \(sum(state, \.changes)) changes, "
                    + "\(sum(state, \.webhooks)) webhooks acknowledged, \(sum(state, \.modelCalls)) model calls, "
                    + "\(sum(state, \.crashes)) crashes")
        }
        for finding in state.findings { print(finding) }
        if !state.findings.isEmpty { throw ExitCode.failure }
        if state.results.isEmpty { throw ValidationError("no seed was run to its end: give it more --seconds") }
        if !command.json { print("every promise held") }
    }

    private func sum(_ state: State, _ part: KeyPath<SeedResult, Int>) -> Int {
        state.results.reduce(0) { $0 + $1[keyPath: part] }
    }

    private func withChildren(_ count: Int, _ seeds: Int) throws -> State {
        let children = try (0..<count).map { try start($0, of: count, seeds) }
        let listener = Listener(
            children: children, seeds: seeds, hours: command.hours, keepsGoing: command.keepGoing)
        DispatchQueue.concurrentPerform(iterations: count) { listener.listen(to: $0) }
        return listener.state.withLock { $0 }
    }

    private func start(_ lane: Int, of lanes: Int, _ seeds: Int) throws -> Lane {
        let child = Lane()
        child.process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var arguments = [
            "--first", "\(first &+ UInt64(lane))", "--stride", "\(lanes)", "--hours", "\(command.hours)",
            "--directory", directory,
        ]
        if seeds != .max { arguments += ["--seeds", "\((seeds - lane + lanes - 1) / lanes)"] }
        if let seconds = command.seconds { arguments += ["--seconds", "\(seconds)"] }
        child.process.arguments = arguments
        child.process.standardOutput = child.pipe
        child.process.standardInput = FileHandle.nullDevice
        try child.process.run()
        return child
    }

    /// Hears what the children say, each on a thread of its own.
    private final class Listener: Sendable {
        let state = Mutex(State())
        private let children: [Lane]
        private let seeds: Int
        private let hours: Double
        private let keepsGoing: Bool
        private let started = Date()

        init(children: [Lane], seeds: Int, hours: Double, keepsGoing: Bool) {
            self.children = children
            self.seeds = seeds
            self.hours = hours
            self.keepsGoing = keepsGoing
        }

        /// Until the child ends.
        func listen(to lane: Int) {
            let child = children[lane]
            while true {
                let data = child.pipe.fileHandleForReading.availableData
                if data.isEmpty { break }
                child.rest += String(decoding: data, as: UTF8.self)
                while let end = child.rest.firstIndex(of: "\n") {
                    let line = String(child.rest[..<end])
                    child.rest = String(child.rest[child.rest.index(after: end)...])
                    if hear(line, lane), !keepsGoing { for child in children { child.process.terminate() } }
                }
            }
            child.process.waitUntilExit()
            state.withLock { state in
                let status = child.process.terminationStatus
                // Ended by us, because another one has found something.
                guard let seed = state.running[lane], status != 0, status != SIGTERM else { return }
                state.findings.append(
                    "seed \(seed) ended its process (\(status))\n"
                        + "replay: swift run freshet-simulation --seed \(seed) --hours \(hours.formatted)")
            }
        }

        /// `true` for a violation.
        private func hear(_ line: String, _ lane: Int) -> Bool {
            state.withLock { state in
                if line.hasPrefix("begin ") {
                    state.running[lane] = UInt64(line.dropFirst(6))
                    return false
                }
                state.running[lane] = nil
                do {
                    let result = try JSONDecoder().decode(SeedResult.self, from: Data(line.utf8))
                    state.results.append(result)
                    if result.violation != nil {
                        state.findings.append(result.text)
                        // Who goes on may do so for hours: said now as well as at the end.
                        if keepsGoing { FileHandle.standardError.write(Data((result.text + "\n").utf8)) }
                    }
                    tellProgress(&state)
                    return result.violation != nil
                } catch {
                    state.findings.append("a child said what is no result: \(line)")
                    return true
                }
            }
        }

        /// On standard error: a line that is written over on a terminal, one a minute elsewhere.
        private func tellProgress(_ state: inout State) {
            let isTerminal = isatty(STDERR_FILENO) == 1
            guard isTerminal || Date().timeIntervalSince(state.toldAt) >= 60 else { return }
            state.toldAt = Date()
            let done = state.results.count
            let seconds = Date().timeIntervalSince(started)
            var line = "\(done)" + (seeds == .max ? "" : " of \(seeds)") + " seeds, \(state.findings.count) violations"
            if seeds != .max, done < seeds {
                line += ", about \(Int(seconds / Double(done) * Double(seeds - done) / 60) + 1) min to go"
            }
            let text = isTerminal ? "\r\u{1B}[K" + line + (done == seeds ? "\n" : "") : line + "\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
    }
}
