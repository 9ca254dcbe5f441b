import FreshetCore
import GRDB

/// The table `inbox`: whose deliveries wait for `items` to take them in, and from which number on.
///
/// A delivery marks its item by being stored. The item's row is raised later, together with those of many other
/// deliveries and in the order of the rows: before anything else is written, before the ledger is read, and when much
/// waits. So a webhook is durable after a few writes at the ends of tables, and nobody ever sees an item without a mark
/// that was acknowledged. There is a row while something waits; what a crash leaves behind waits on.
struct InboxRow {
    /// With so many numbers not taken in, the next commit of deliveries takes them in: what is put off stays small
    /// beside the patience of a sender.
    private static let mostPutOff: Int64 = 4096

    private let company: CompanyID
    private var waiting: Waiting?

    /// How the deliveries with greater numbers than `folded` fall due: by the policy that held when they came.
    private struct Waiting {
        var folded: Int64
        /// When the first of them came; none is older.
        var since: Timestamp
        var policy: Due
    }

    private struct Due: Equatable {
        var quietPeriod: Int64
        var quietLimit: Int64
        var freshAttempts: Int64

        init(_ policy: MarkPolicy) {
            quietPeriod = policy.quietPeriod.milliseconds
            quietLimit = policy.quietLimit.milliseconds
            freshAttempts = policy.freshAttempts
        }

        init(_ row: Row) {
            quietPeriod = row["quiet_period"]
            quietLimit = row["quiet_limit"]
            freshAttempts = row["fresh_attempts"]
        }
    }

    /// What waits of one company. Throws `StoreError.unknownCompany` when it is not there.
    init(of company: CompanyID, in session: Session) throws {
        let found = try session.first(
            """
            SELECT w.folded AS folded, w.since AS since, w.quiet_period AS quiet_period, w.quiet_limit AS quiet_limit,
                w.fresh_attempts AS fresh_attempts
            FROM companies AS c LEFT JOIN inbox AS w ON w.company_id = c.company_id WHERE c.company_id = :company
            """, ["company": company.text]
        ) { row in
            (row["folded"] as Int64?).map { Waiting(folded: $0, since: row.time("since"), policy: Due(row)) }
        }
        guard let found else { throw StoreError.unknownCompany(company) }
        self.company = company
        waiting = found
    }

    // MARK: - What comes

    /// Makes ready for deliveries that come by this policy and at these moments: what waits by another one, or came
    /// later by a clock that was set back since, is taken in.
    mutating func prepare(for deliveries: [Delivery], _ policy: MarkPolicy, in session: Session) throws {
        guard let waiting, let first = deliveries.map(\.receivedAt).min() else { return }
        if waiting.policy != Due(policy) || first < waiting.since { try fold(in: session) }
    }

    /// Remembers that these wait, which were stored just now and prepared for; takes in all when that is much.
    mutating func add(_ stored: [(number: Int64, receivedAt: Timestamp)], _ policy: MarkPolicy, in session: Session)
        throws
    {
        guard let first = stored.map(\.number).min(), let last = stored.map(\.number).max(),
            let since = stored.map(\.receivedAt).min()
        else { return }
        if waiting == nil {
            let new = Waiting(folded: first - 1, since: since, policy: Due(policy))
            try session.run(
                """
                INSERT INTO inbox (company_id, folded, since, quiet_period, quiet_limit, fresh_attempts)
                VALUES (:company, :folded, :since, :period, :limit, :fresh)
                """,
                [
                    "company": company.text, "folded": new.folded, "since": since.milliseconds,
                    "period": new.policy.quietPeriod, "limit": new.policy.quietLimit, "fresh": new.policy.freshAttempts,
                ])
            waiting = new
        }
        if let waiting, last - waiting.folded >= Self.mostPutOff { try fold(in: session) }
    }

    // MARK: - Taking in

    /// Takes in what waits of this company.
    mutating func fold(in session: Session) throws {
        guard let waiting else { return }
        // By number: the company's other deliveries are many.
        try session.run(
            """
            INSERT INTO items (
                company_id, platform, kind, original_id, wanted, not_before, urgency, cause, marked_at, announced_at)
            SELECT company_id, platform, kind, original_id, count(*),
                min(max(received_at) + min(:quiet, :limit), min(received_at) + :limit), 'urgent', 'webhook',
                min(received_at), max(received_at)
            FROM deliveries NOT INDEXED WHERE company_id = :company AND number > :folded
            GROUP BY platform, kind, original_id
            \(MarkRow.onConflict)
            """,
            [
                "company": company.text, "folded": waiting.folded, "quiet": waiting.policy.quietPeriod,
                "limit": waiting.policy.quietLimit, "fresh": waiting.policy.freshAttempts,
            ])
        try session.run("DELETE FROM inbox WHERE company_id = :company", ["company": company.text])
        self.waiting = nil
    }

    /// Takes in what waits of anybody. Every write to the store begins with this, but for that of deliveries.
    static func foldAll(in session: Session) throws {
        for (company, _) in try all(in: session) {
            var inbox = try InboxRow(of: company, in: session)
            try inbox.fold(in: session)
        }
    }

    // MARK: - Asking

    /// Whether something waits of anybody: cheap, and needs no write lock.
    static func isBehind(in session: Session) throws -> Bool { try !all(in: session).isEmpty }

    /// When the first of what waits falls due at the earliest, of companies that are not paused.
    static func due(in session: Session) throws -> Timestamp? {
        try all(in: session).compactMap(\.due).min()
    }

    /// Of whom something waits. It falls due when its row says and not before; `nil` for who is paused.
    private static func all(in session: Session) throws -> [(company: CompanyID, due: Timestamp?)] {
        try session.all(
            """
            SELECT w.company_id AS company_id,
                CASE WHEN c.paused = 0 THEN w.since + min(w.quiet_period, w.quiet_limit) END AS due
            FROM inbox AS w JOIN companies AS c ON c.company_id = w.company_id
            """
        ) { (try $0.company(), $0.optionalTime("due")) }
    }
}

extension MarkPolicy {
    /// The attempts that a parked item is taken to have used when a new event has come.
    var freshAttempts: Int64 { Int64(max(0, maxAttempts - freshAllowance)) }
}
