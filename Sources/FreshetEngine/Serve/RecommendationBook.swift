package import FreshetCore
package import Logging
import ServiceLifecycle
import Synchronization

/// Writes down what was recommended, beside the answers: none waits for the disk, and one commit takes all that has come
/// since the last.
///
/// A crash loses those of the last moment, and feedback on them finds nothing. `flush` returns when everything noted
/// before is on disk. While the store cannot be written, the newest beyond `limit` are dropped and counted. Safe to use
/// from any task.
package final class RecommendationBook: Service {
    private struct State {
        var page: [RecommendationRecord] = []
        var isWriting = false
        /// Resumed with `true` to write, with `false` when all of theirs is written or could not be.
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let records: any RecommendationRecords
    private let limit: Int
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let logger: Logger
    private let signal = Signal()
    private let state = Mutex(State())

    /// - Parameter limit: how many may wait to be written, at least 1.
    package init(
        records: any RecommendationRecords, limit: Int = 10_000, clock: any WallClock, metrics: RiverMetrics,
        logger: Logger
    ) {
        precondition(limit > 0)
        self.records = records
        self.limit = limit
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    func note(_ record: RecommendationRecord) {
        let isNoted = state.withLock { state in
            guard state.page.count < limit else { return false }
            state.page.append(record)
            return true
        }
        if isNoted { signal.raise() } else { metrics.recommendationDropped() }
    }

    /// What is remembered of a recommendation, those included that are not written yet.
    package func record(_ id: String, of company: CompanyID) async throws -> RecommendationRecord? {
        await flush()
        return try await records.recommendation(id, of: company)
    }

    /// Writes until asked to stop, and then what is left.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.signal.wait(until: self.clock.now + Self.lookAgain, by: self.clock)
                await self.flush()
            }
        }
        await flush()
    }

    /// What could not be written is tried again this often.
    private static let lookAgain = Duration.seconds(5)

    /// Returns when all that was noted before has been written, or could not be.
    package func flush() async {
        let mayWrite = await withCheckedContinuation { continuation in
            let now: Bool? = state.withLock { state in
                if state.isWriting {
                    state.waiting.append(continuation)
                    return nil
                }
                state.isWriting = !state.page.isEmpty
                return state.isWriting
            }
            if let now { continuation.resume(returning: now) }
        }
        guard mayWrite else { return }
        let (page, served) = state.withLock { state in
            defer { (state.page, state.waiting) = ([], []) }
            return (state.page, state.waiting)
        }
        // In a task of its own: an agent who hangs up does not take back what others were recommended.
        let failure = await Task { () -> (any Error)? in
            if page.isEmpty { return nil }
            do {
                try await records.add(page)
                return nil
            } catch {
                return error
            }
        }.value
        if let failure {
            logger.error("recommendations are not written down yet", metadata: ["error": "\(failure)"])
        }
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if failure != nil { state.page = Array((page + state.page).prefix(limit)) }
            let next = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            state.isWriting = next != nil
            return next
        }
        for continuation in served { continuation.resume(returning: false) }
        next?.resume(returning: true)
    }
}
