import FreshetCore

/// Who sleeps in a node, and the clock that wakes them. Confined to the machine's thread.
final class Sleepers: @unchecked Sendable {
    private struct Sleeper {
        var id: Int
        /// In the house's own time, or in true time.
        var deadline: Int64
        var isWall: Bool
        var continuation: UnsafeContinuation<Void, any Error>
    }

    private var sleepers: [Sleeper] = []
    private var cancelled: Set<Int> = []
    private var lastID = 0
    private let machine: Machine

    init(_ machine: Machine) { self.machine = machine }

    /// True time of the next awakening, by the clock as it stands.
    var next: Int64? { sleepers.map(wake).min() }

    private func wake(_ sleeper: Sleeper) -> Int64 {
        max(machine.time, sleeper.isWall ? sleeper.deadline - machine.clockOffset : sleeper.deadline)
    }

    func wakeNext() {
        guard let first = sleepers.indices.min(by: { wake(sleepers[$0]) < wake(sleepers[$1]) }) else { return }
        sleepers.remove(at: first).continuation.resume()
    }

    /// Ends every sleep with a cancellation; `false` when nobody slept.
    func cancelAll() -> Bool {
        let all = sleepers
        sleepers = []
        for sleeper in all { sleeper.continuation.resume(throwing: CancellationError()) }
        return !all.isEmpty
    }

    /// Sleeps until a moment in milliseconds; `isWall`: by the house's clock, else by true time.
    func sleep(until deadline: Int64, isWall: Bool) async throws {
        try Task.checkCancellation()
        lastID += 1
        let id = lastID
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if cancelled.remove(id) != nil {
                    continuation.resume(throwing: CancellationError())
                } else {
                    sleepers.append(
                        Sleeper(id: id, deadline: deadline, isWall: isWall, continuation: continuation))
                }
            }
        } onCancel: {
            if let index = sleepers.firstIndex(where: { $0.id == id }) {
                sleepers.remove(at: index).continuation.resume(throwing: CancellationError())
            } else {
                cancelled.insert(id)
            }
        }
    }
}

/// The house's clock, as a node reads it: it may be wrong, and it may be set while somebody sleeps.
struct NodeClock: WallClock {
    let machine: Machine
    let sleepers: Sleepers

    var now: Timestamp { machine.wallNow }

    func sleep(until deadline: Timestamp) async throws {
        try await sleepers.sleep(
            until: deadline.milliseconds - Machine.beginning.milliseconds, isWall: true)
    }
}
