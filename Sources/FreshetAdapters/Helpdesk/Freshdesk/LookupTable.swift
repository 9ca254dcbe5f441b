import FreshetCore
import Synchronization

/// A small table of the account (agents, groups, …) that is fetched whole, kept for a while and never waited for twice
/// at once.
///
/// A table that cannot be fetched degrades: what was known stays, a table that was never known is empty, and nobody asks
/// again for `retryAfterFailure` (a minute, when the account only did not answer). An id that is not in the table has it fetched again, at most every `refreshForUnknown`,
/// and once only: an id that a fresh table does not hold is taken as absent until the table expires.
final class LookupTable<Value: Sendable>: Sendable {
    private struct State {
        var values: [Int64: Value]?
        var absent: Set<Int64> = []
        var fetchedAt = Timestamp.epoch
        var expiresAt = Timestamp.epoch
        /// After a failure.
        var notBefore = Timestamp.epoch
        var isFetching = false
        var waiting: [Signal] = []
    }

    private enum Step {
        case use([Int64: Value])
        case fetch
        case wait(Signal)
    }

    private let expiry: LookupExpiry
    private let clock: any WallClock
    private let random: any RandomSource
    private let state = Mutex(State())

    init(expiry: LookupExpiry, clock: any WallClock, random: any RandomSource) {
        self.expiry = expiry
        self.clock = clock
        self.random = random
    }

    /// The table, fresh enough to know `ids`. `fetch` runs in at most one caller at a time; meanwhile the others take what
    /// is known, or wait when nothing is. An error of `fetch` is answered with what is known, and given to `failed`.
    func values(
        knowing ids: Set<Int64>, fetch: () async throws(UpstreamError) -> [Int64: Value],
        failed: (UpstreamError) -> Void
    ) async -> [Int64: Value] {
        if ids.isEmpty { return known }
        while true {
            switch step(for: ids) {
            case .use(let values): return values
            case .wait(let signal):
                await signal.wait()
                if Task.isCancelled { return known }
            case .fetch:
                do throws(UpstreamError) {
                    return finish(with: try await fetch(), ids: ids)
                } catch {
                    if !Task.isCancelled { failed(error) }
                    return fail(error)
                }
            }
        }
    }

    private static var absentLimit: Int { 10_000 }

    private var known: [Int64: Value] { state.withLock { $0.values ?? [:] } }

    private func step(for ids: Set<Int64>) -> Step {
        let now = clock.now
        return state.withLock { state in
            let isDue: Bool
            if let values = state.values, now < state.expiresAt {
                let isUnknown = ids.contains { values[$0] == nil && !state.absent.contains($0) }
                isDue = isUnknown && now >= state.fetchedAt + expiry.refreshForUnknown
            } else {
                isDue = true
            }
            guard isDue, now >= state.notBefore else { return .use(state.values ?? [:]) }
            if !state.isFetching {
                state.isFetching = true
                return .fetch
            }
            if let values = state.values { return .use(values) }
            let signal = Signal()
            state.waiting.append(signal)
            return .wait(signal)
        }
    }

    private func finish(with values: [Int64: Value], ids: Set<Int64>) -> [Int64: Value] {
        let now = clock.now
        // Up to a tenth earlier, so that the tables of many accounts do not expire together.
        let kept = Double(expiry.kept.milliseconds) * (1 - random.fraction() / 10)
        wake { state in
            state.values = values
            state.absent = state.absent.union(ids).filter { values[$0] == nil }
            if state.absent.count > Self.absentLimit { state.absent = [] }
            state.fetchedAt = now
            state.expiresAt = now + .milliseconds(Int64(kept))
            state.notBefore = .epoch
        }
        return values
    }

    private func fail(_ error: UpstreamError) -> [Int64: Value] {
        let pause: Duration
        switch error {
        case .throttled, .unreachable: pause = min(expiry.retryAfterFailure, .seconds(60))
        case .unauthorized, .forbidden, .refused, .malformed, .tooLarge, .superseded: pause = expiry.retryAfterFailure
        }
        let now = clock.now
        // Being cancelled says nothing about the table: the next caller may try at once.
        let isCancelled = Task.isCancelled
        wake { state in if !isCancelled { state.notBefore = now + pause } }
        return known
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            state.isFetching = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for signal in waiting { signal.fire() }
    }
}
