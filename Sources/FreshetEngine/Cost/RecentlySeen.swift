import FreshetCore
import Synchronization

/// Items that agents were shown of late: what is worth paying for first. Bounded; nothing here survives the process.
package final class RecentlySeen: Sendable {
    private struct State {
        var seen: [Item: Timestamp] = [:]
    }

    private let limit: Int
    private let span: Duration
    private let state = Mutex(State())

    package init(limit: Int = 20_000, span: Duration = .seconds(7 * 86_400)) {
        precondition(limit > 0)
        self.limit = limit
        self.span = span
    }

    func note(_ items: [Item], at now: Timestamp) {
        state.withLock { state in
            for item in items { state.seen[item] = now }
            guard state.seen.count > limit else { return }
            // A quarter at once, so that the search for the oldest is rare.
            for (item, _) in state.seen.sorted(by: { $0.value < $1.value }).prefix(state.seen.count - limit * 3 / 4) {
                state.seen[item] = nil
            }
        }
    }

    func contains(_ item: Item, at now: Timestamp) -> Bool {
        state.withLock { state in state.seen[item].map { now - $0 <= span } ?? false }
    }
}
