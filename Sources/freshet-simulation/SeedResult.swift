import Foundation

/// What became of one seed.
struct SeedResult: Codable, Sendable {
    struct Broken: Codable, Sendable {
        var promise: String
        var text: String
        var step: Int
        var hour: Double
    }

    var seed: UInt64
    var hours: Double
    var steps: Int
    /// Over everything that happened: the same for every run of the seed.
    var hash: String
    var changes: Int
    var webhooks: Int
    var modelCalls: Int
    var crashes: Int
    var violation: Broken?
    var tail: [String] = []
    /// The limit it was run with, when there was one.
    var stepLimit: Int?

    /// Runs it.
    init(seed: UInt64, hours: Double, steps limit: Int, directory: String, isVerbose: Bool = false) throws {
        let world = try World(seed: seed, directory: directory, isVerbose: isVerbose)
        defer { world.discard() }
        world.run(hours: hours, stepLimit: limit)
        self.seed = seed
        self.hours = hours
        steps = world.machine.steps
        hash = String(world.machine.trace.hash.value, radix: 16)
        changes = world.changes
        webhooks = world.post.accepted
        modelCalls = world.bills.calls
        crashes = world.crashes
        stepLimit = limit == .max ? nil : limit
        if let found = world.machine.violation {
            violation = Broken(
                promise: found.promise, text: found.text, step: found.steps, hour: Double(found.time) / 3_600_000)
            tail = world.machine.trace.lastLines
        }
    }

    var command: String {
        "swift run freshet-simulation --seed \(seed) --hours \(hours.formatted)"
            + (stepLimit.map { " --steps \($0)" } ?? "")
    }

    var text: String {
        let story =
            "seed \(seed): \(hours.formatted) h, \(steps) steps, \(changes) changes, \(webhooks) webhooks, "
            + "\(modelCalls) model calls, \(crashes) crashes, trace \(hash)"
        guard let violation else { return story + ": every promise held" }
        return story
            + "\nVIOLATION of \(violation.promise) at step \(violation.step), hour \(violation.hour.formatted): "
            + violation.text + "\nreplay: \(command)"
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension Double {
    /// Two decimals at most.
    var formatted: String {
        let hundredths = Int((self * 100).rounded())
        return hundredths % 100 == 0 ? "\(hundredths / 100)" : "\(Double(hundredths) / 100)"
    }
}

/// Looks for the fewest steps of trouble after which a seed still fails.
///
/// A seed that is cut short has the very same beginning, and calm follows. So what fails in the midst is at its
/// shortest where it fails, and of what only shows at the end the cause is found by halving.
struct Shrinking {
    private let failing: SeedResult
    private let directory: String

    init(_ failing: SeedResult, directory: String) {
        self.failing = failing
        self.directory = directory
    }

    func smallest() throws -> SeedResult {
        var smallest = failing
        var low = 0
        var high = failing.violation?.step ?? failing.steps
        while low < high {
            let middle = (low + high) / 2
            let result = try SeedResult(
                seed: failing.seed, hours: failing.hours, steps: middle, directory: directory)
            if result.violation == nil {
                low = middle + 1
            } else {
                smallest = result
                high = middle
            }
        }
        return smallest
    }
}
