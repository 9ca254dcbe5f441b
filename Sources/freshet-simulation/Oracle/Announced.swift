import FreshetCore
import GRDB

/// Deliveries of an item that are stored and have not raised its row yet. They have marked it all the same: what its row
/// is as good as, is told here by the words of the ledger and without any of the store's statements.
struct Announced: Equatable {
    var count: Int64
    var first: Int64
    var last: Int64

    /// Grows in the file's order; items of no company of ours are left out. The `+` keeps SQLite from reading all
    /// deliveries of the company by an index: those that wait are the last few by number.
    static func all(in database: Database) throws -> [Item: Announced] {
        let found = try database.rowsOfItems(
            """
            SELECT d.company_id, d.original_id, count(*), min(d.received_at), max(d.received_at)
            FROM main.deliveries d JOIN main.inbox i ON i.company_id = +d.company_id AND d.number > i.folded
            GROUP BY 1, 2 ORDER BY 1, 2
            """
        ) { Announced(count: $0[2], first: $0[3], last: $0[4]) }
        return Dictionary(found) { first, _ in first }
    }

    /// The row as it counts, `nil` where there is none yet.
    func onto(_ row: LedgerRow?, policy: MarkPolicy) -> LedgerRow {
        let limit = policy.quietLimit.milliseconds
        let due = min(last + min(policy.quietPeriod.milliseconds, limit), first + limit)
        guard var row else {
            return LedgerRow(
                wanted: count, claimed: 0, done: 0, fence: 0, attempts: 0, notBefore: due, isUrgent: true,
                isParked: false, markedAt: first)
        }
        let isIdle = row.wanted == row.done
        row.wanted += count
        if row.lease != nil { return row }
        if row.isParked || isIdle {
            if row.isParked { row.attempts = max(0, policy.maxAttempts - policy.freshAllowance) }
            row.notBefore = due
            row.markedAt = first
        } else {
            let settled = min(due, (row.markedAt ?? first) + limit)
            // A back-off is never shortened.
            row.notBefore = row.attempts > 0 ? max(row.notBefore, settled) : settled
        }
        row.isParked = false
        row.isUrgent = true
        return row
    }
}
