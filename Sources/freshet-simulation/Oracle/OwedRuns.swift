import FreshetCore

/// What every mark is owed (G4, I4): a run that reads a state of the help desk no older than the mark.
struct OwedRuns {
    private struct Debt {
        /// By generation: how old a state a run for it may read.
        var marks: [(generation: Int64, version: Int)] = []
        /// The youngest state whose webhook was acknowledged.
        var acknowledged = -1
        /// The youngest state that a run which ended well has read.
        var read = -1
        /// Whether it is sure that the last one that ended well has read no other.
        var isReadSure = false
    }

    private var debts: [Item: Debt] = [:]

    /// Whether the last run that ended well has read this state, and no older one.
    func hasRead(_ item: Item, version: Int) -> Bool {
        debts[item].map { $0.isReadSure && $0.read == version } ?? false
    }

    /// A mark was committed while the ticket stood at `version`.
    mutating func marked(_ item: Item, generation: Int64, version: Int) {
        debts[item, default: Debt()].marks.append((generation, version))
    }

    /// A run ended well; `reading` is what its life has read since it claimed the item.
    mutating func done(_ item: Item, _ row: LedgerRow, _ reading: Node.Reading) -> Fault? {
        let readVersion = reading.version
        var debt = debts[item] ?? Debt()
        defer { debts[item] = debt }
        debt.isReadSure = reading.oldest == readVersion && readVersion >= debt.read
        debt.read = max(debt.read, readVersion)
        let due = debt.marks.filter { $0.generation <= row.done }
        debt.marks.removeAll { $0.generation <= row.done }
        if let mark = due.first(where: { $0.version > readVersion }) {
            return Fault(
                promise: "I4", text: "marked at version \(mark.version), its run has read version \(readVersion)")
        }
        return row.done == row.wanted ? unread(debt) : nil
    }

    mutating func acknowledged(_ item: Item, version: Int, row: LedgerRow?) -> Fault? {
        debts[item, default: Debt()].acknowledged = max(debts[item]?.acknowledged ?? -1, version)
        guard let row else { return Fault(promise: "I5", text: "a webhook was acknowledged and nothing is marked") }
        return row.done == row.wanted ? unread(debts[item] ?? Debt()) : nil
    }

    /// Nothing waits any more.
    private func unread(_ debt: Debt) -> Fault? {
        debt.read >= debt.acknowledged
            ? nil
            : Fault(
                promise: "G4",
                text: "version \(debt.acknowledged) was acknowledged, \(debt.read) is the last that was read")
    }
}
