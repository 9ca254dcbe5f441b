package import FreshetCore
import Synchronization

/// Remembers which help desks do not answer, so that an outage costs a probe now and then instead of every item's
/// attempts; where runs are and where they fail; and whether our own store works.
package final class Health: Sendable {
    private struct Trouble {
        var failures = 0
        var items: Set<Item> = []
        var pausedUntil = Timestamp.epoch
        var stage = RiverStage.fetch
    }

    /// Failures of one stage in a row, over all companies.
    private struct Streak {
        var failures = 0
        var items: Set<Item> = []
    }

    private struct State {
        var troubles: [CompanyID: Trouble] = [:]
        var storeFailing = false
        var intakeFailing = false
        var runs: [Item: (stage: RiverStage, since: Timestamp)] = [:]
        var streaks: [RiverStage: Streak] = [:]
    }

    private let state = Mutex(State())
    private let backoff: Backoff

    package init(backoff: Backoff = Backoff(first: .seconds(1), cap: .seconds(120))) { self.backoff = backoff }

    /// Runs that a troubled company may have in flight now: 0 while paused, 1 to probe. Companies that are well are absent.
    package func allowances(now: Timestamp) -> [CompanyID: Int] {
        state.withLock { state in
            state.troubles.compactMapValues { trouble in
                // One bad item is its own problem; only several in a row speak of the help desk.
                trouble.items.count >= 3 ? (now < trouble.pausedUntil ? 0 : 1) : nil
            }
        }
    }

    /// The run goes into a stage; what it leaves behind has worked.
    func entered(_ stage: RiverStage, _ item: Item, at now: Timestamp) {
        state.withLock { state in
            if let last = state.runs[item]?.stage, last != stage { state.streaks[last] = nil }
            state.runs[item] = (stage, now)
        }
    }

    /// The run is over, however it went.
    func left(_ item: Item) { state.withLock { $0.runs[item] = nil } }

    func ended(_ report: RunReport, now: Timestamp) {
        let item = report.run.item
        state.withLock { state in
            let stage = state.runs[item]?.stage ?? .fetch
            guard report.outcome == .failed else {
                state.troubles[item.company] = nil
                if report.outcome != .parked { state.streaks[stage] = nil }
                return
            }
            var trouble = state.troubles[item.company] ?? Trouble()
            trouble.failures += 1
            trouble.stage = stage
            if trouble.items.count < 8 { trouble.items.insert(item) }
            trouble.pausedUntil = max(
                trouble.pausedUntil, now + backoff.delay(attempt: max(1, trouble.failures - 2), fraction: 0.99))
            state.troubles[item.company] = trouble
            var streak = state.streaks[stage] ?? Streak()
            streak.failures += 1
            if streak.items.count < 8 { streak.items.insert(item) }
            state.streaks[stage] = streak
        }
    }

    func storeFailed() { state.withLock { $0.storeFailing = true } }
    func storeAnswered() { state.withLock { $0.storeFailing = false } }

    func intakeFailed() { state.withLock { $0.intakeFailing = true } }
    /// Something was written: what comes in can be, too.
    func storeWrote() { state.withLock { $0.intakeFailing = false } }

    /// Companies whose help desk does not answer.
    package var troubled: [CompanyID] {
        state.withLock { $0.troubles.filter { $0.value.items.count >= 3 && $0.value.stage == .fetch }.keys.sorted() }
    }
    package var storeIsFailing: Bool { state.withLock { $0.storeFailing } }
    package var intakeIsFailing: Bool { state.withLock { $0.intakeFailing } }

    /// Nothing has passed the stage lately: three items in a row have failed there.
    func isBlocked(_ stage: RiverStage) -> Bool { state.withLock { ($0.streaks[stage]?.items.count ?? 0) >= 3 } }

    /// How many runs of the company have been in one stage since before `moment`, by stage.
    func stuck(_ company: CompanyID, since moment: Timestamp) -> [RiverStage: Int] {
        state.withLock { state in
            state.runs.reduce(into: [:]) { counts, run in
                guard run.key.company == company, run.value.since < moment else { return }
                counts[run.value.stage, default: 0] += 1
            }
        }
    }
}
