import FreshetCore
import GRDB

/// A row of the ledger as the audit sees it, and the rules by which it may change.
struct LedgerRow: Equatable, CustomStringConvertible {
    var wanted: Int64
    var claimed: Int64
    var done: Int64
    var fence: Int64
    var owner: String? = nil
    var lease: Int64? = nil
    var attempts: Int
    var notBefore: Int64
    var isUrgent: Bool
    var isParked: Bool
    var reason: String? = nil
    /// When the oldest unanswered mark was made.
    var markedAt: Int64?

    var description: String {
        "wanted \(wanted) claimed \(claimed) done \(done) fence \(fence) attempts \(attempts)"
            + (lease.map { " leased until \($0) by \(owner ?? "nobody")" } ?? "") + (isParked ? " parked" : "")
            + (reason.map { " (\($0))" } ?? "")
    }

    static let columns = [
        "wanted", "claimed", "done", "fence", "owner", "lease_until", "attempts", "not_before", "urgency", "state",
        "reason", "marked_at",
    ]

    func isDue(at now: Int64) -> Bool { !isParked && wanted > done && (lease ?? notBefore) <= now }

    /// What is wrong with this row coming after `old`; `ending` is the end of a run that the present task writes.
    func fault(after old: LedgerRow, ending: Node.Ending?, policy: World) -> Fault? {
        if wanted < old.wanted || done < old.done || fence < old.fence || done > claimed || claimed > wanted {
            return Fault(promise: "I2", text: "generations run backwards")
        }
        if isParked, !old.isParked, old.lease == nil, old.attempts < policy.maxAttempts {
            return Fault(promise: "I3", text: "parked with attempts left")
        }
        if wanted > old.wanted, isParked { return Fault(promise: "G6", text: "a new mark leaves it parked") }
        if lease == nil, old.lease == nil, wanted == old.wanted, notBefore > old.notBefore {
            return Fault(promise: "G4", text: "due later than its marks have said")
        }
        if fence != old.fence { return faultOfClaim(after: old, policy: policy) }
        if lease != nil {
            let isHeld = old.lease != nil && owner == old.owner
            return isHeld && done == old.done ? nil : Fault(promise: "I1", text: "held without a claim")
        }
        if old.lease != nil || done != old.done { return faultOfEnd(after: old, ending: ending, policy: policy) }
        return nil
    }

    private func faultOfClaim(after old: LedgerRow, policy: World) -> Fault? {
        guard let lease else { return Fault(promise: "I1", text: "claimed by nobody") }
        // The clock may have been set since: what the claimer thought the time was is in the lease.
        let now = lease - policy.lease
        if let held = old.lease, held > now { return Fault(promise: "I1", text: "claimed while another run holds it") }
        if fence != old.fence + 1 { return Fault(promise: "I1", text: "claimed twice at once") }
        if old.isParked || old.wanted == old.done { return Fault(promise: "G3", text: "claimed without a mark") }
        if old.lease == nil, old.notBefore > now { return Fault(promise: "G11", text: "claimed before it was due") }
        if claimed != old.wanted { return Fault(promise: "G4", text: "a claim leaves marks out") }
        if attempts != old.attempts + 1 { return Fault(promise: "G7", text: "a claim does not count as an attempt") }
        if attempts > policy.maxAttempts { return Fault(promise: "G7", text: "tried more often than allowed") }
        return nil
    }

    private func faultOfEnd(after old: LedgerRow, ending: Node.Ending?, policy: World) -> Fault? {
        guard let run = ending?.run else {
            let isUsedUp = isParked && done == old.done && old.attempts >= policy.maxAttempts
            return isUsedUp ? nil : Fault(promise: "G5", text: "ended by nobody")
        }
        if old.lease == nil { return Fault(promise: "G5", text: "run \(run.fence) ends what it does not hold") }
        if run.fence != old.fence {
            return Fault(promise: "G5", text: "run \(run.fence) ends run \(old.fence)")
        }
        if done != old.done, done != old.claimed {
            return Fault(promise: "G4", text: "marks made during the run are taken for done")
        }
        if let retryAt = ending?.retryAt, notBefore < retryAt.milliseconds {
            return Fault(promise: "G11", text: "due again before the time that was asked for")
        }
        if isParked, reason?.isEmpty != false { return Fault(promise: "I3", text: "parked without a reason") }
        return nil
    }
}

extension LedgerRow {
    /// From the key and `columns`.
    init(_ row: Row) {
        self.init(
            wanted: row[2], claimed: row[3], done: row[4], fence: row[5], owner: row[6], lease: row[7],
            attempts: row[8], notBefore: row[9], isUrgent: (row[10] as String) == "urgent",
            isParked: (row[11] as String) == "parked", reason: row[12], markedAt: row[13])
    }
}

extension Database {
    /// The rows of a query whose first two columns are `company_id` and `original_id`, in its order; rows of no item of
    /// ours are left out.
    func rowsOfItems<State>(_ sql: String, _ state: (Row) -> State) throws -> [(Item, State)] {
        var found: [(Item, State)] = []
        let rows = try Row.fetchCursor(cachedStatement(sql: sql))
        while let row = try rows.next() {
            if let item = Item(auditing: row) { found.append((item, state(row))) }
        }
        return found
    }
}

extension Item {
    /// From the columns `company_id` and `original_id`, the first two.
    init?(auditing row: Row) {
        guard let company = CompanyID(row[0] as String) else { return nil }
        self.init(company: company, platform: .freshdesk, kind: .ticket, originalID: row[1])
    }
}

/// What is stored of deliveries.
struct DeliveryState {
    var ids: [CompanyID: Set<String>] = [:]
    var digests: [CompanyID: Set<String>] = [:]

    static func all(in database: Database) throws -> DeliveryState {
        var state = DeliveryState()
        let cursor = try Row.fetchCursor(
            database.cachedStatement(sql: "SELECT company_id, delivery_id, generated, digest FROM deliveries"))
        while let row = try cursor.next() {
            guard let company = CompanyID(row[0] as String) else { continue }
            if row[2] as Bool {
                state.digests[company, default: []].insert(row[3])
            } else {
                state.ids[company, default: []].insert(row[1])
            }
        }
        return state
    }
}
