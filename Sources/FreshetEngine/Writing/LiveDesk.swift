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
        guard !items.isEmpty else { return [:] }
        return await withTaskGroup(of: Look.self) { group in
            for item in items { group.addTask { await look(at: item) } }
            group.addTask {
                do { try await clock.sleep(for: patience) } catch { return .unknown }
                return .timeIsUp
            }
            var states: [Item: SourceState] = [:]
            // One more than items: the timer, which alone may not end it.
            var waiting = items.count
            for await look in group {
                switch look {
                case .timeIsUp: waiting = 0
                case .unknown: waiting -= 1
                case .state(let item, let state):
                    states[item] = state
                    waiting -= 1
                }
                if waiting <= 0 { break }
            }
            group.cancelAll()
            return states
        }
    }

    private enum Look: Sendable {
        case state(Item, SourceState)
        case unknown
        case timeIsUp
    }

    /// Whatever goes wrong says nothing about the item, and whoever asked tells the reader that it is not verified.
    private func look(at item: Item) async -> Look {
        do {
            let desk = try await helpDesks.helpDesk(of: item.company)
            return .state(item, try await desk.fetch(item, urgency: .urgent).state)
        } catch {
            return .unknown
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
