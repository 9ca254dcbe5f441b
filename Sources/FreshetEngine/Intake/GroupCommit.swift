package import FreshetCore
import Synchronization

/// Makes many deliveries durable with one commit.
///
/// At most one transaction is in flight; what arrives meanwhile is the next one. Every waiter hears of its own
/// delivery: its acceptance after COMMIT, or the error that kept the whole batch out of the store.
package final class GroupCommit: Sendable {
    private struct Waiter {
        var delivery: Delivery
        var continuation: CheckedContinuation<Acceptance, any Error>
    }

    private struct State {
        var waiting: [Waiter] = []
        var isWriting = false
    }

    /// The queue is full: the sender should come back later.
    package struct Overflow: Error {}

    private let ledger: any Ledger
    private let policy: MarkPolicy
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let largestBatch: Int
    private let longestQueue: Int
    private let committed: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - largestBatch: deliveries in one transaction, at least 1.
    ///   - longestQueue: deliveries that may wait; beyond that `Overflow` is thrown at once.
    ///   - committed: called after every commit that marked something, to wake the worker.
    package init(
        ledger: any Ledger, policy: MarkPolicy, clock: any WallClock, metrics: RiverMetrics, largestBatch: Int = 512,
        longestQueue: Int = 8192, committed: @escaping @Sendable () -> Void
    ) {
        precondition(largestBatch > 0 && longestQueue > 0)
        self.ledger = ledger
        self.policy = policy
        self.clock = clock
        self.metrics = metrics
        self.largestBatch = largestBatch
        self.longestQueue = longestQueue
        self.committed = committed
    }

    /// Returns once the delivery is on disk. Throws `Overflow`, or what the store threw: then nothing is stored.
    package func commit(_ delivery: Delivery) async throws -> Acceptance {
        try await withCheckedThrowingContinuation { continuation in
            enum Turn { case write, wait, overflow }
            let turn: Turn = state.withLock { state in
                if state.waiting.count >= longestQueue { return .overflow }
                state.waiting.append(Waiter(delivery: delivery, continuation: continuation))
                if state.isWriting { return .wait }
                state.isWriting = true
                return .write
            }
            switch turn {
            case .write: writeNext()
            case .wait: break
            case .overflow: continuation.resume(throwing: Overflow())
            }
        }
    }

    private func writeNext() {
        if let batch = nextBatch() { write(batch) }
    }

    private func write(_ batch: [Waiter]) {
        ledger.accept(batch.map(\.delivery), policy: policy, now: clock.now) { result in
            self.answer(batch, result)
        }
    }

    /// Tells everybody in the batch, then goes on with those who have come meanwhile: all on the thread that writes, so
    /// that between two commits nothing waits for another thread.
    private func answer(_ batch: [Waiter], _ result: Result<[Acceptance], any Error>) {
        switch result {
        case .success(let answers):
            metrics.committed(deliveries: batch.count)
            for (waiter, answer) in zip(batch, answers) { waiter.continuation.resume(returning: answer) }
            if answers.contains(where: { $0 != .repeated }) { committed() }
        case .failure(StoreError.unknownCompany(let company)):
            // Purged a moment ago: its deliveries must not take the others' with them.
            let others = batch.filter { $0.delivery.item.company != company }
            let isCause = others.count < batch.count
            for waiter in batch where !isCause || waiter.delivery.item.company == company {
                waiter.continuation.resume(throwing: StoreError.unknownCompany(company))
            }
            if isCause, !others.isEmpty { return write(others) }
        case .failure(let error):
            for waiter in batch { waiter.continuation.resume(throwing: error) }
        }
        writeNext()
    }

    /// `nil` when nobody waits: then the writer's turn is over.
    private func nextBatch() -> [Waiter]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            if state.waiting.count <= largestBatch {
                defer { state.waiting = [] }
                return state.waiting
            }
            let batch = Array(state.waiting.prefix(largestBatch))
            state.waiting.removeFirst(largestBatch)
            return batch
        }
    }
}
