import Synchronization

/// How much is waiting in the ledger, as last counted, and whether that is more than we are willing to hold.
package final class BacklogGauge: Sendable {
    private let limit: Int
    private let waiting = Atomic<Int>(0)

    /// - Parameter limit: items marked and not done, at least 1.
    package init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    package var count: Int { waiting.load(ordering: .relaxed) }
    package var isFull: Bool { count >= limit }

    package func update(_ count: Int) { waiting.store(count, ordering: .relaxed) }
}
