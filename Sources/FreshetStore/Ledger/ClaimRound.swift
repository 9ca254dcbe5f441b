import FreshetCore
import GRDB

/// One round of claims: whose turn it is and which class goes first. Lives within one transaction.
///
/// Urgent work goes first, but for every n-th claim, which prefers backfill. Within a class the company that has waited
/// longest for its turn is next. The turns are kept in the store, per class and for all workers: a company that is
/// served backfill does not lose its place in the urgent queue, and nobody starves however few claims a call asks for.
struct ClaimRound {
    private var queues: [Urgency: [CompanyID]]
    private var inFlight: [CompanyID: Int]
    private var served: [Urgency: [CompanyID]] = [:]
    private let policy: ClaimPolicy

    init(_ policy: ClaimPolicy, now: Timestamp, in session: Session) throws {
        self.policy = policy
        inFlight = policy.inFlight
        queues = [:]
        for urgency in Urgency.allCases {
            queues[urgency] = try ItemRow.companiesDue(urgency, after: policy.after, now: now, in: session)
        }
    }

    /// Whether anything is due for anybody: cheap, and needs no write lock.
    static func isWorthwhile(now: Timestamp, in session: Session) throws -> Bool {
        if let due = try InboxRow.due(in: session), due <= now { return true }
        for urgency in Urgency.allCases
        where try !ItemRow.companiesDue(urgency, after: nil, now: now, in: session).isEmpty { return true }
        return false
    }

    mutating func claim(_ limit: Int, owner: String, now: Timestamp, in session: Session) throws -> [Run] {
        var runs: [Run] = []
        while runs.count < limit {
            let isBackfillsTurn = (policy.claimsSoFar + runs.count + 1) % max(2, policy.backfillEvery) == 0
            let classes: [Urgency] = isBackfillsTurn ? [.backfill, .urgent] : [.urgent, .backfill]
            var run: Run?
            for urgency in classes where run == nil {
                run = try claimNext(urgency, owner: owner, now: now, in: session)
            }
            guard let run else { break }
            runs.append(run)
        }
        for (urgency, companies) in served {
            try TurnRow.record(companies, urgency, in: session)
        }
        return runs
    }

    private mutating func claimNext(
        _ urgency: Urgency, owner: String, now: Timestamp, in session: Session
    ) throws -> Run? {
        while let company = queues[urgency]?.first {
            queues[urgency]?.removeFirst()
            guard inFlight[company, default: 0] < policy.perCompany,
                let run = try ItemRow.claimNext(
                    of: company, urgency, owner: owner, policy: policy, now: now, in: session)
            else { continue }
            inFlight[company, default: 0] += 1
            queues[urgency]?.append(company)
            served[urgency, default: []].removeAll { $0 == company }
            served[urgency, default: []].append(company)
            return run
        }
        return nil
    }
}

/// The table `turns`.
enum TurnRow {
    /// Remembers that these were served, the last one last.
    static func record(_ companies: [CompanyID], _ urgency: Urgency, in session: Session) throws {
        let last =
            try session.first("SELECT coalesce(max(turn), 0) FROM turns") { $0[0] as Int64 } ?? 0
        for (offset, company) in companies.enumerated() {
            try session.run(
                """
                INSERT INTO turns (company_id, urgency, turn) VALUES (:company, :urgency, :turn)
                ON CONFLICT (company_id, urgency) DO UPDATE SET turn = excluded.turn
                """,
                ["company": company.text, "urgency": urgency.rawValue, "turn": last + 1 + Int64(offset)])
        }
    }
}
