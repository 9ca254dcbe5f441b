/// What the account's own clock will do by itself, earliest first (a binary heap).
struct Agenda: Sendable {
    enum Task: Sendable, Equatable {
        /// Freshdesk works out when answers are due, seconds after a ticket came or changed.
        case computeDueTimes
        case checkFirstResponse
        case checkResolution
        /// Thirty days in the trash or among spam are over.
        case purge
        /// A closed ticket may have rested long enough.
        case archive
        /// Search learns what a ticket has become.
        case tellSearch
    }

    struct Entry: Sendable {
        var due: Seconds
        var ticketID: Int64
        var task: Task
        /// Orders entries of the same second by their making, so that a seed replays exactly.
        var sequence: Int
    }

    private var heap: [Entry] = []
    private var made = 0

    var next: Seconds? { heap.first?.due }

    mutating func add(_ task: Task, for ticketID: Int64, at due: Seconds) {
        made += 1
        heap.append(Entry(due: due, ticketID: ticketID, task: task, sequence: made))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func takeDue(at now: Seconds) -> Entry? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].due != heap[b].due ? heap[a].due < heap[b].due : heap[a].sequence < heap[b].sequence
    }
}
