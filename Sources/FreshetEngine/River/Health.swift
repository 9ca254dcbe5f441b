package import FreshetCore
import Synchronization

/// Remembers which help desks do not answer, so that an outage costs a probe now and then instead of every item's
/// attempts; and whether our own store works.
package final class Health: Sendable {
    private struct Trouble {
        var failures = 0
        var items: Set<Item> = []
        var pausedUntil = Timestamp.epoch
    }

    private struct State {
        var troubles: [CompanyID: Trouble] = [:]
        var storeFailing = false
    }

    private let state = Mutex(State())
    private let backoff: Backoff

    package init(backoff: Backoff = Backoff(first: .seconds(1), cap: .seconds(120))) { self.backoff = backoff }

    /// Runs that a troubled company may have in flight now: 0 while paused, 1 to probe. Companies that are well are absent.
    func allowances(now: Timestamp) -> [CompanyID: Int] {
        state.withLock { state in
            state.troubles.compactMapValues { trouble in
                // One bad item is its own problem; only several in a row speak of the help desk.
                trouble.items.count >= 3 ? (now < trouble.pausedUntil ? 0 : 1) : nil
            }
        }
    }

    func ended(_ report: RunReport, now: Timestamp) {
        let item = report.run.item
        state.withLock { state in
            guard report.outcome == .failed else {
                state.troubles[item.company] = nil
                return
            }
            var trouble = state.troubles[item.company] ?? Trouble()
            trouble.failures += 1
            if trouble.items.count < 8 { trouble.items.insert(item) }
            trouble.pausedUntil = max(
                trouble.pausedUntil, now + backoff.delay(attempt: max(1, trouble.failures - 2), fraction: 0.99))
            state.troubles[item.company] = trouble
        }
    }

    func storeFailed() { state.withLock { $0.storeFailing = true } }
    func storeAnswered() { state.withLock { $0.storeFailing = false } }

    /// Companies whose help desk does not answer.
    package var troubled: [CompanyID] {
        state.withLock { $0.troubles.filter { $0.value.items.count >= 3 }.keys.sorted() }
    }
    package var storeIsFailing: Bool { state.withLock { $0.storeFailing } }
}
