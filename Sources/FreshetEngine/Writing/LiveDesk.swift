import FreshetCore
import FreshetDocuments

/// Looks at the help desk itself, for as long as somebody may be kept waiting.
struct LiveDesk: Sendable {
    let helpDesks: any HelpDesks
    /// Of all that is asked for at once.
    let patience: Duration
    let clock: any WallClock

    /// How each of the items stands; those are missing of which the help desk could not say so in time.
    func states(of items: [Item]) async -> [Item: SourceState] {
        let limit = TimeLimit(moment: clock.now + patience, clock: clock)
        return await withTaskGroup(of: (Item, SourceState?).self) { group in
            for item in items { group.addTask { (item, await look(at: item, within: limit)) } }
            return await group.reduce(into: [:]) { states, look in states[look.0] = look.1 }
        }
    }

    /// Whatever goes wrong says nothing about the item, and whoever asked tells the reader that it is not verified.
    private func look(at item: Item, within limit: TimeLimit) async -> SourceState? {
        do {
            return try await limit.value {
                try await helpDesks.helpDesk(of: item.company).fetch(item, urgency: .urgent).state
            }
        } catch {
            return nil
        }
    }
}

extension SourceState {
    /// Nobody who asks is to be shown it any more.
    func isWithdrawn(fromRequesters: Bool) -> Bool {
        switch self {
        case .present: return false
        case .gone: return true
        case .article(let article):
            guard let place = article.metadata.article?.place else { return true }
            return place.isDraft || (fromRequesters ? place.visibility.isInternal : place.visibility.isRestricted)
        }
    }
}
