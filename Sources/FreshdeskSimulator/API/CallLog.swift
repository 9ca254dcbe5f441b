/// What was called and what it cost, since the start or the last time that it was forgotten.
struct CallLog: Sendable {
    struct Entry: Sendable {
        var number: Int
        var at: Seconds
        var method: String
        var target: String
        var endpoint: String
        var family: String
        var status: Int
        var credits: Int64
        var remaining: Int64
        var faults: [String]
    }

    struct Family: Sendable {
        var calls = 0
        var credits: Int64 = 0
        /// Answered 429, whether by the limit or by a fault.
        var throttled = 0
    }

    /// The latest calls, oldest first; older ones live on in the sums only.
    private(set) var entries: [Entry] = []
    private(set) var families: [String: Family] = [:]
    private(set) var endpoints: [String: Int] = [:]
    private(set) var answers: [Int: Int] = [:]
    private var made = 0
    static let keptAtMost = 2000

    mutating func note(_ entry: Entry) {
        made += 1
        var entry = entry
        entry.number = made
        entries.append(entry)
        // Now and then, so that a call costs no shifting of the whole list.
        if entries.count >= 2 * Self.keptAtMost { entries.removeFirst(entries.count - Self.keptAtMost) }
        families[entry.family, default: Family()].calls += 1
        families[entry.family]?.credits += entry.credits
        if entry.status == 429 { families[entry.family]?.throttled += 1 }
        endpoints["\(entry.method) \(entry.endpoint)", default: 0] += 1
    }

    /// A call that costs no credits and is of no family.
    mutating func note(file endpoint: String) { endpoints[endpoint, default: 0] += 1 }

    mutating func note(status: Int) { answers[status, default: 0] += 1 }

    /// Entries with higher numbers than `number`, at most `limit` of them, the latest ones.
    func entries(after number: Int, limit: Int) -> ArraySlice<Entry> {
        entries.suffix(Self.keptAtMost).drop { $0.number <= number }.suffix(limit)
    }
}
