/// Ids in the order of a moment, then of the id. Finding a place is a binary search, so that listing a page of 100,000
/// tickets costs a page, and a write costs one shift of memory and no sort.
struct TicketIndex: Sendable {
    struct Entry: Sendable, Comparable {
        var moment: Int64
        var id: Int64

        static func < (a: Entry, b: Entry) -> Bool { a.moment != b.moment ? a.moment < b.moment : a.id < b.id }
    }

    private(set) var entries: [Entry] = []

    var count: Int { entries.count }

    /// 0 is the latest; `nil` when there are not so many.
    func entry(fromEnd distance: Int) -> Entry? {
        (0..<entries.count).contains(distance) ? entries[entries.count - 1 - distance] : nil
    }

    mutating func insert(_ id: Int64, at moment: Seconds) {
        let entry = Entry(moment: moment.value, id: id)
        if let last = entries.last, last < entry {
            entries.append(entry)
        } else {
            entries.insert(entry, at: position(of: entry))
        }
    }

    mutating func remove(_ id: Int64, at moment: Seconds) {
        let entry = Entry(moment: moment.value, id: id)
        let found = position(of: entry)
        precondition(found < entries.count && entries[found] == entry, "the index and the tickets disagree")
        entries.remove(at: found)
    }

    mutating func load(_ all: [Entry]) { entries = all.sorted() }

    /// Where the entries at or after `moment` begin.
    func start(from moment: Seconds) -> Int { position(of: Entry(moment: moment.value, id: .min)) }

    private func position(of entry: Entry) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
