import ArgumentParser
import Foundation

@main
struct FreshetSimulation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshet-simulation",
        abstract: "Runs the real engine on the real store through days of virtual time in which everything fails.",
        discussion: """
            Each seed is a world of its own: companies with equal ticket ids, people who edit, trash and restore tickets, \
            webhooks that are lost, doubled, late, shuffled and forged, a help desk, models and an index that fail, crashes \
            between any two jobs and any two SQL statements, frozen processes, full disks and clocks that jump. After every \
            transaction the invariants I1-I5 are checked, and after the last change, in calm, that the index is what the \
            help desks hold (G3-G8, G13, G14).

            A seed replays exactly. A failing seed prints the command that shows it again.
            """)

    @Option(help: "Run this seed only, in this process.")
    var seed: UInt64?

    @Option(help: "How many seeds to run, counted up from --first. Default: until --seconds are over, else 100.")
    var seeds: Int?

    @Option(help: "The first seed. Default: by lot, and printed.")
    var first: UInt64?

    @Option(help: "Troubled hours of each seed, in virtual time.")
    var hours: Double = 24

    @Option(help: "Begin no new seed after so many seconds.")
    var seconds: Double?

    @Option(help: "Processes at once, 1...64.")
    var jobs: Int = 2

    @Option(help: "End the trouble of a single seed after so many steps.")
    var steps: Int?

    @Flag(help: "Find the fewest steps after which the seed still fails, and show what led there.")
    var shrink = false

    @Flag(help: "Go on after a violation, and count.")
    var keepGoing = false

    @Flag(help: "Tell everything that happens, on standard error.")
    var verbose = false

    @Option(help: "Where the stores' files lie while they are in use. Default: in memory, if there is a /dev/shm.")
    var directory: String?

    @Flag(help: "One JSON object a seed.")
    var json = false

    /// A child of ours: every how many seeds it takes one.
    @Option(help: .hidden)
    var stride: UInt64?

    func validate() throws {
        guard hours > 0, hours <= 24 * 366 else { throw ValidationError("--hours must be above 0 and at most 8784") }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be 1...64") }
        if let seeds, seeds < 1 { throw ValidationError("--seeds must be at least 1") }
        if let steps, steps < 0 { throw ValidationError("--steps must not be negative") }
        if seed == nil, stride == nil, steps != nil || shrink || verbose {
            throw ValidationError("--steps, --shrink and --verbose look at one seed: name it with --seed")
        }
    }

    func run() throws {
        Self.makeHashingPredictable()
        if let seed {
            try Runtime.takeOver()
            try one(seed)
        } else if let stride {
            try Runtime.takeOver()
            try several(by: stride)
        } else {
            try Fleet(self).run()
        }
    }

    var place: String {
        let memory = "/dev/shm"
        return directory ?? (FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory())
    }

    /// Sets of one process come in another order in the next, unless the runtime is told otherwise before it starts.
    private static func makeHashingPredictable() {
        let name = "SWIFT_DETERMINISTIC_HASHING"
        guard getenv(name) == nil else { return }
        setenv(name, "1", 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", arguments)
        perror("freshet-simulation cannot start itself again")
        Foundation.exit(71)
    }

    private func one(_ seed: UInt64) throws {
        var result = try SeedResult(
            seed: seed, hours: hours, steps: steps ?? .max, directory: place, isVerbose: verbose)
        if shrink, result.violation != nil { result = try Shrinking(result, directory: place).smallest() }
        if json { print(try result.json()) } else { print(result.text) }
        if result.violation != nil {
            if !json { print(result.tail.joined(separator: "\n")) }
            throw ExitCode.failure
        }
    }

    /// Every `stride`-th seed, a line each before and after, so that whoever listens knows which one a trap was in.
    private func several(by stride: UInt64) throws {
        let start = Date()
        for number in 0..<UInt64(seeds ?? .max) {
            if let seconds, Date().timeIntervalSince(start) > seconds { return }
            let seed = (first ?? 0) &+ number &* stride
            say("begin \(seed)")
            let result = try SeedResult(seed: seed, hours: hours, steps: .max, directory: place)
            say(try result.json())
        }
    }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
