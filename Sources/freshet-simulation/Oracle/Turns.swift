import FreshetCore
import FreshetEngine

/// Who waits while others are served (G8): a company with work due, by class, counts the claims of others until its own.
struct Turns {
    private struct Queue: Hashable {
        var company: CompanyID
        var isUrgent: Bool
    }

    private var passed: [Queue: Int] = [:]
    /// Urgent claims of a life in a row while backfill was to be had.
    private var urgentInARow: [ObjectIdentifier: Int] = [:]

    /// Round robin gives everybody a turn in as many claims as there are companies, and backfill every fourth claim. Twice
    /// that and a little, since the audit looks after a transaction and not between its claims.
    private static let urgentBound = 9
    private static let backfillBound = 24

    /// - Parameters:
    ///   - claims: what was claimed in one transaction, as it stood before.
    ///   - now: what the claimer took for the time.
    mutating func claimed(
        _ claims: [(Item, LedgerRow)], before rows: [Item: LedgerRow], now: Int64, by node: Node, in world: World
    ) -> Fault? {
        let served = Set(claims.map { Queue(company: $0.0.company, isUrgent: $0.1.isUrgent) })
        var waiting: Set<Queue> = []
        var inFlight: [CompanyID: Int] = [:]
        for (item, row) in rows {
            if row.isDue(at: now) { waiting.insert(Queue(company: item.company, isUrgent: row.isUrgent)) }
            // Its lanes may still hold what has run out.
            if let owner = row.owner, node.owners.contains(owner) { inFlight[item.company, default: 0] += 1 }
        }
        // Whose runs fail one after the other is probed by one at a time, wherever they fail.
        let troubled = node.health.allowances(now: Timestamp(milliseconds: now))
        for queue in passed.keys where !waiting.contains(queue) || served.contains(queue) { passed[queue] = nil }
        var isBackfillPassedOver = false
        for queue in waiting.subtracting(served) {
            let newOnes = claims.count { $0.0.company == queue.company }
            guard troubled[queue.company] == nil, inFlight[queue.company, default: 0] + newOnes < world.perCompany
            else { continue }
            isBackfillPassedOver = isBackfillPassedOver || !queue.isUrgent
            passed[queue, default: 0] += claims.count
            let bound = queue.isUrgent ? Self.urgentBound : Self.backfillBound
            if passed[queue, default: 0] > bound {
                return Fault(
                    promise: "G8",
                    text: "\(queue.company)'s \(queue.isUrgent ? "urgent work" : "backfill") waits while"
                        + " \(passed[queue, default: 0]) others are served")
            }
        }
        let life = ObjectIdentifier(node)
        urgentInARow[life] =
            isBackfillPassedOver && claims.allSatisfy { $0.1.isUrgent }
            ? urgentInARow[life, default: 0] + claims.count : 0
        if urgentInARow[life, default: 0] > 2 * world.backfillEvery {
            return Fault(promise: "G8", text: "backfill waits through \(urgentInARow[life, default: 0]) urgent claims")
        }
        return nil
    }
}
