import FreshetCore

/// One thread, one clock, and the order of everything: picks the next job of a living node by lot, and lets time pass
/// when nobody has anything to do.
///
/// Confined to the thread that runs it; `Sendable` only because tasks that it schedules on that thread hold it.
final class Machine: @unchecked Sendable {
    /// Milliseconds since the simulation began: true time, which no clock in the house need agree with.
    private(set) var time: Int64 = 0
    /// Jobs run so far: what a seed is shortened by.
    private(set) var steps = 0
    /// What the house's clock is ahead of true time, in milliseconds.
    var clockOffset: Int64 = 0
    /// Whether time may pass while jobs wait: a slow machine.
    var isSlow = false
    var trace: Trace
    var violation: Violation?

    private(set) var nodes: [Node] = []
    private(set) var current: Node?
    private var dice: Dice
    private var agenda = Agenda()

    /// 2026-01-01T00:00:00Z.
    static let beginning = Timestamp(seconds: 1_767_225_600)

    init(seed: UInt64, isVerbose: Bool) {
        dice = Dice(seed: seed, for: "schedule")
        trace = Trace(isVerbose: isVerbose)
        Runtime.accept = { [unowned self] job in
            guard let current else { fatalError("a job that no node made") }
            current.jobs.append(job)
        }
    }

    var trueNow: Timestamp { Timestamp(milliseconds: Self.beginning.milliseconds + time) }
    var wallNow: Timestamp { Timestamp(milliseconds: Self.beginning.milliseconds + time + clockOffset) }

    func note(_ line: @autoclosure () -> String) {
        trace.note("\(Double(time) / 1000) \(current.map { "\($0.name): " } ?? "")\(line())")
    }

    /// The first violation is the one that counts; the run ends with it.
    func violate(_ promise: String, _ text: String) {
        guard violation == nil else { return }
        violation = Violation(promise: promise, text: text, steps: steps, time: time)
        note("VIOLATION of \(promise): \(text)")
    }

    // MARK: - Events

    /// Something that the world outside does, after `delay` milliseconds.
    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        agenda.add(at: time + max(0, delay), action)
    }

    // MARK: - Nodes

    func add(_ node: Node) { nodes.append(node) }

    /// Runs `work` as that node: jobs that become ready in it are its own.
    func inside<Value>(_ node: Node, _ work: () throws -> Value) rethrows -> Value {
        let previous = current
        current = node
        defer { current = previous }
        return try work()
    }

    /// The end of a node, from one moment to the next. Its tasks are unwound so that their memory comes back, with every
    /// door shut that leads out of it.
    func bury(_ node: Node) {
        node.isDead = true
        nodes.removeAll { $0 === node }
        inside(node) {
            node.root?.cancel()
            var left = 200_000
            while left > 0, node.wakeAll() || node.hasJobs {
                while left > 0, node.hasJobs, let job = node.takeJob(0) {
                    Runtime.run(job)
                    left -= 1
                }
            }
            node.close()
        }
    }

    // MARK: - Running

    /// Runs until `end`, a violation, or the limit of steps.
    func run(until end: Int64, stepLimit: Int = .max) {
        while violation == nil, steps < stepLimit {
            let runnable = nodes.filter { $0.hasJobs && $0.frozenUntil <= time }
            if runnable.isEmpty || (isSlow && dice.chance(0.02)) {
                guard pass(until: end, hurried: !runnable.isEmpty) else { return }
                continue
            }
            let node = runnable.count == 1 ? runnable[0] : runnable[dice.int(0...runnable.count - 1)]
            step(node)
        }
    }

    private func step(_ node: Node) {
        steps += 1
        let choice = node.jobCount == 1 ? 0 : dice.int(0...node.jobCount - 1)
        trace.scheduled(choice)
        inside(node) {
            guard let job = node.takeJob(choice) else { return }
            Runtime.run(job)
        }
        node.lifeInJobs -= 1
        if node.isDead || node.lifeInJobs <= 0 { node.died() }
    }

    /// Lets time pass to the next thing that happens. `false` when that is not before `end`.
    private func pass(until end: Int64, hurried: Bool) -> Bool {
        let wake = nodes.compactMap { node in node.nextWake.map { (max($0, node.frozenUntil), node) } }
            .min { $0.0 < $1.0 }
        let thaw = nodes.filter { $0.hasJobs && $0.frozenUntil > time }.map(\.frozenUntil).min()
        let next = [agenda.next, wake?.0, thaw].compactMap { $0 }.min() ?? .max
        guard next <= end else {
            if !hurried { time = end }
            return hurried
        }
        time = max(time, next)
        if let action = agenda.take(at: time) {
            action()
        } else if let wake, wake.0 <= time {
            inside(wake.1) { wake.1.wakeNext() }
        }
        return true
    }
}

/// A promise that did not hold.
struct Violation: Sendable, Equatable {
    /// `G5`, `I1`, …
    var promise: String
    var text: String
    var steps: Int
    var time: Int64
}

/// What is to happen when, in order; at one moment in the order of asking.
struct Agenda {
    private var entries: [(time: Int64, number: Int, action: () -> Void)] = []
    private var count = 0

    var next: Int64? { entries.first?.time }

    mutating func add(at time: Int64, _ action: @escaping () -> Void) {
        count += 1
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        entries.insert((time, count, action), at: low)
    }

    mutating func take(at time: Int64) -> (() -> Void)? {
        guard let first = entries.first, first.time <= time else { return nil }
        return entries.removeFirst().action
    }
}
