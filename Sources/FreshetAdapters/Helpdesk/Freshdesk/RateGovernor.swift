package import FreshetCore
import Synchronization

/// Lets calls to one account go when its budget has room for them (`RateBudget` says when).
///
/// Urgent calls go first; after four while backfill waits it is its turn, so that it is never starved. Within a class the order is
/// first come, first served, but a list that waits for the lower limit on lists does not hold up single tickets. Waiting
/// is cancellable and uses the clock it was given; without limits a turn costs one lock. Everybody who calls the account
/// must share one governor.
package final class RateGovernor: Sendable {
    fileprivate final class Waiter: Sendable {
        let cost: RateBudget.Cost
        let urgency: Urgency
        let signal = Signal()

        init(_ cost: RateBudget.Cost, _ urgency: Urgency) {
            self.cost = cost
            self.urgency = urgency
        }
    }

    fileprivate struct State {
        var budget: RateBudget
        var urgent: [Waiter] = []
        var backfill: [Waiter] = []
        /// Got their turn and have not taken notice yet.
        var granted: [ObjectIdentifier: Waiter] = [:]
        /// Urgent turns while backfill waited, since its last one.
        var urgentInARow = 0
        var answers: Int64 = 0
    }

    /// What somebody who waits is to do.
    private enum Duty {
        case go
        /// Sleep until called.
        case rest
        /// Keep time for everybody: look again at this moment, or when called.
        case keepTime(until: Timestamp)
    }

    private let clock: any WallClock
    private let state: Mutex<State>

    package init(share: Double, clock: any WallClock) {
        self.clock = clock
        state = Mutex(State(budget: RateBudget(share: share)))
    }

    /// Calls that the account has answered, with whatever status.
    package var answers: Int64 { state.withLock { $0.answers } }

    /// Credits that may be used in one window of the account's limit; `nil` without one or while it is not known.
    package var allowance: Int? {
        let now = clock.now
        let allowance = state.withLock { $0.budget.allowance(now: now) }
        return allowance == .max ? nil : allowance
    }

    /// Calls that wait for their turn.
    package var waiting: Int { state.withLock { $0.urgent.count + $0.backfill.count } }

    /// Calls that had their turn and have not ended.
    package var inFlight: Int { state.withLock { $0.budget.callsInFlight } }

    package func setShare(_ share: Double) {
        let now = clock.now
        let called = state.withLock { state in
            guard state.budget.share != share else { return [Waiter]() }
            state.budget.share = share
            return state.letGo(now: now).called
        }
        for waiter in called { waiter.signal.fire() }
    }

    /// Returns when the call may go. Each return must be followed by exactly one `end` with the same cost.
    package func turn(_ cost: RateBudget.Cost, urgency: Urgency) async throws(CancellationError) {
        let waiter = Waiter(cost, urgency)
        let now = clock.now
        let isFree = state.withLock { state in
            guard state.urgent.isEmpty, state.backfill.isEmpty,
                state.budget.verdict(on: cost, urgency: urgency, now: now) == .now
            else {
                state.enqueue(waiter)
                return false
            }
            state.grant(waiter, now: now)
            return true
        }
        if isFree { return }
        while true {
            if Task.isCancelled {
                leave(waiter)
                throw CancellationError()
            }
            switch duty(of: waiter) {
            case .go: return
            case .rest: await waiter.signal.wait()
            case .keepTime(let moment):
                do {
                    try await waiter.signal.wait(until: moment, on: clock)
                } catch {
                    leave(waiter)
                    throw CancellationError()
                }
            }
        }
    }

    /// A call that had its turn has ended; `status` is `nil` when no answer came.
    package func end(
        _ cost: RateBudget.Cost, status: Int?, limits: RateBudget.Limits = RateBudget.Limits(),
        retryAfter: Duration? = nil
    ) {
        let now = clock.now
        let called = state.withLock { state in
            if status != nil { state.answers += 1 }
            state.budget.end(cost, status: status, limits: limits, retryAfter: retryAfter, now: now)
            return state.letGo(now: now).called
        }
        for waiter in called { waiter.signal.fire() }
    }

    /// Credits went for our sake though we made no call: they count as ours from now on.
    package func spend(_ credits: Int) {
        let now = clock.now
        state.withLock { $0.budget.spend(credits, now: now) }
    }

    private func duty(of waiter: Waiter) -> Duty {
        let now = clock.now
        let (duty, called): (Duty, [Waiter]) = state.withLock { state in
            let (called, next) = state.letGo(now: now)
            if state.granted.removeValue(forKey: ObjectIdentifier(waiter)) != nil { return (.go, called) }
            // The first in line keeps time for all: one sleeper on the clock, however many wait.
            guard state.first === waiter, let next else { return (.rest, called) }
            return (.keepTime(until: next), called)
        }
        for other in called where other !== waiter { other.signal.fire() }
        return duty
    }

    /// Gives up waiting. A turn that was granted meanwhile is given back as never used.
    private func leave(_ waiter: Waiter) {
        let now = clock.now
        let called = state.withLock { state in
            state.remove(waiter)
            if state.granted.removeValue(forKey: ObjectIdentifier(waiter)) != nil {
                let unused = RateBudget.Limits(used: 0)
                state.budget.end(waiter.cost, status: nil, limits: unused, retryAfter: nil, now: now)
            }
            return state.letGo(now: now).called
        }
        for other in called { other.signal.fire() }
    }
}

extension RateGovernor.State {
    fileprivate var first: RateGovernor.Waiter? { urgent.first ?? backfill.first }

    fileprivate mutating func enqueue(_ waiter: RateGovernor.Waiter) {
        switch waiter.urgency {
        case .urgent: urgent.append(waiter)
        case .backfill: backfill.append(waiter)
        }
    }

    fileprivate mutating func remove(_ waiter: RateGovernor.Waiter) {
        urgent.removeAll { $0 === waiter }
        backfill.removeAll { $0 === waiter }
    }

    /// Grants every turn that there is room for. Answers who must be woken, the keeper of time included, and when to
    /// look again (`nil`: when an answer comes in).
    fileprivate mutating func letGo(now: Timestamp) -> (called: [RateGovernor.Waiter], next: Timestamp?) {
        var called: [RateGovernor.Waiter] = []
        while true {
            let (found, next) = choose(now: now)
            guard let found else {
                if let first { called.append(first) }
                return (called, next)
            }
            remove(found)
            grant(found, now: now)
            granted[ObjectIdentifier(found)] = found
            called.append(found)
        }
    }

    fileprivate mutating func grant(_ waiter: RateGovernor.Waiter, now: Timestamp) {
        budget.grant(waiter.cost, urgency: waiter.urgency, now: now)
        switch waiter.urgency {
        case .urgent: urgentInARow = backfill.isEmpty ? 0 : urgentInARow + 1
        case .backfill: urgentInARow = 0
        }
    }

    private func choose(now: Timestamp) -> (RateGovernor.Waiter?, next: Timestamp?) {
        var next: Timestamp?
        for queue in urgentInARow >= 4 ? [backfill, urgent] : [urgent, backfill] {
            inLine: for waiter in queue {
                switch budget.verdict(on: waiter.cost, urgency: waiter.urgency, now: now) {
                case .now: return (waiter, next)
                case .everybodyWaits(let moment): return (nil, [next, moment].compactMap(\.self).min())
                case .listsWait(let moment): next = [next, moment].compactMap(\.self).min()
                case .backfillWaits(let moment):
                    next = [next, moment].compactMap(\.self).min()
                    break inLine
                }
            }
        }
        return (nil, next)
    }
}
