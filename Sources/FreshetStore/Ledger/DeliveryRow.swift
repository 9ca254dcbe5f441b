import FreshetCore
import GRDB

/// The table `deliveries`: one row per accepted delivery, numbered in the order in which they came. A new row marks its
/// item by being there, see `InboxRow`.
enum DeliveryRow {
    /// Stores deliveries of one known company and platform. The answers are in their order and say whether the item is
    /// to be marked beyond what new rows mark by themselves.
    static func store(
        _ deliveries: [Delivery], of company: CompanyID, on platform: Platform, policy: MarkPolicy, now: Timestamp,
        into inbox: inout InboxRow, in session: Session
    ) throws -> [(acceptance: Acceptance, marks: Bool)] {
        let identified = deliveries.filter { $0.id != nil }
        let stored = try insert(identified, of: company, on: platform, in: session)
        try inbox.add(stored.map { ($0.number, $0.receivedAt) }, policy, in: session)
        if stored.count == deliveries.count { return Array(repeating: (.new, false), count: deliveries.count) }
        // Byte for byte, as the table tells ids apart.
        var new = Set(stored.map { Array($0.id.utf8) })
        return try deliveries.map { delivery in
            guard let id = delivery.id else {
                return try storeWithoutID(delivery, policy: policy, now: now, into: &inbox, in: session)
            }
            // Of several with one id, the first is the one that was stored.
            if new.remove(Array(id.utf8)) != nil { return (.new, false) }
            return try meetAgain(delivery, id: id, in: session)
        }
    }

    /// A delivery whose id is known.
    private static func meetAgain(
        _ delivery: Delivery, id: String, in session: Session
    ) throws -> (Acceptance, Bool) {
        let key: Arguments = [
            "company": delivery.item.company.text, "platform": delivery.item.platform.rawValue, "id": id,
        ]
        let known = try session.first(
            "SELECT digest FROM deliveries WHERE \(isKey)", StatementArguments(key)
        ) { $0[0] as String }
        if known == delivery.bodyDigest.hex { return (.repeated, false) }
        try session.run(
            "UPDATE deliveries SET conflicts = conflicts + 1 WHERE \(isKey)", StatementArguments(key))
        return (.conflicting, true)
    }

    private static let isKey =
        "company_id = :company AND platform = :platform AND generated = 0 AND delivery_id = :id"

    /// Without an id only the body tells. Within the window an equal body is the same delivery and no row of its own;
    /// yet it may as well be a second change, so its item is marked again where a run has taken the first mark up
    /// already and might have read the state between the two.
    private static func storeWithoutID(
        _ delivery: Delivery, policy: MarkPolicy, now: Timestamp, into inbox: inout InboxRow, in session: Session
    ) throws -> (Acceptance, Bool) {
        let digest = delivery.bodyDigest.hex
        let last = try session.first(
            """
            SELECT delivery_id FROM deliveries
            WHERE company_id = :company AND platform = :platform AND generated = 1
                AND delivery_id > :digest || '/' AND delivery_id < :digest || '0'
            ORDER BY delivery_id DESC LIMIT 1
            """,
            ["company": delivery.item.company.text, "platform": delivery.item.platform.rawValue, "digest": digest]
        ) { $0[0] as String }
        let time = now.milliseconds
        if let last, let lastTime = Int64(last.dropFirst(digest.utf8.count + 1)),
            // Both ways: a clock that was set back must not make repeats of everything until it has caught up.
            abs(time - lastTime) < policy.repeatWindow.milliseconds || time == lastTime
        {
            try inbox.fold(in: session)
            return (.repeated, try ItemRow.needsAnotherMark(delivery.item, in: session))
        }
        // Padded, so that the order of the keys is the order of time.
        let digits = String(time)
        let padded = String(repeating: "0", count: max(0, 15 - digits.utf8.count)) + digits
        guard let number = try insertWithoutID(delivery, key: "\(digest)/\(padded)", in: session) else {
            return (.repeated, false)
        }
        try inbox.add([(number, delivery.receivedAt)], policy, in: session)
        return (.new, false)
    }

    /// Stores those whose id is not known yet. The answer holds those that are new, in any order.
    ///
    /// The hot path: many go in one statement, since most of what a small one costs is its arguments and its start.
    private static func insert(
        _ deliveries: [Delivery], of company: CompanyID, on platform: Platform, in session: Session
    ) throws -> [(id: String, number: Int64, receivedAt: Timestamp)] {
        var new: [(id: String, number: Int64, receivedAt: Timestamp)] = []
        var rest = deliveries[...]
        while !rest.isEmpty {
            let insertion = Insertion.small.first { $0.rows >= rest.count } ?? Insertion.large
            new += try session.all(
                insertion.sql,
                insertion.arguments(rest.prefix(insertion.rows)) + [
                    "company": company.text, "platform": platform.rawValue,
                ]
            ) { ($0[0], $0[1], Timestamp(milliseconds: $0[2])) }
            rest = rest.dropFirst(insertion.rows)
        }
        return new
    }

    /// A statement for so many rows. Those that it is not given are rows of nothing, which it passes over.
    private struct Insertion {
        let rows: Int
        let sql: String

        /// Few, since each connection keeps them.
        static let small = [Insertion(rows: 1), Insertion(rows: 8)]
        static let large = Insertion(rows: 64)

        private init(rows: Int) {
            self.rows = rows
            let values = Array(repeating: "(?, ?, ?, ?, ?, ?)", count: rows).joined(separator: ", ")
            sql = """
                INSERT INTO deliveries
                    (company_id, platform, generated, delivery_id, kind, original_id, digest, event, received_at)
                SELECT
                    c.company_id, :platform, 0, given.column1, given.column2, given.column3, given.column4, given.column5,
                    given.column6
                FROM companies AS c, (VALUES \(values)) AS given
                WHERE c.company_id = :company AND given.column1 IS NOT NULL
                ON CONFLICT (company_id, platform, generated, delivery_id) DO NOTHING
                    RETURNING delivery_id, number, received_at
                """
        }

        func arguments(_ deliveries: ArraySlice<Delivery>) -> StatementArguments {
            var values: [DatabaseValue] = []
            values.reserveCapacity(6 * rows)
            for delivery in deliveries {
                values.append(delivery.id.databaseValue)
                values.append(delivery.item.kind.rawValue.databaseValue)
                values.append(delivery.item.originalID.databaseValue)
                values.append(delivery.bodyDigest.hex.databaseValue)
                values.append(delivery.event.databaseValue)
                values.append(delivery.receivedAt.milliseconds.databaseValue)
            }
            values += repeatElement(.null, count: 6 * (rows - deliveries.count))
            return StatementArguments(values)
        }
    }

    /// The new row's number; `nil` when there was such a row.
    private static func insertWithoutID(_ delivery: Delivery, key: String, in session: Session) throws -> Int64? {
        try session.first(
            """
            INSERT INTO deliveries
                (company_id, platform, generated, delivery_id, kind, original_id, digest, event, received_at)
            VALUES (:company, :platform, 1, :id, :kind, :original, :digest, :event, :received)
            ON CONFLICT (company_id, platform, generated, delivery_id) DO NOTHING RETURNING number
            """,
            [
                delivery.item.company.text, delivery.item.platform.rawValue, key, delivery.item.kind.rawValue,
                delivery.item.originalID, delivery.bodyDigest.hex, delivery.event, delivery.receivedAt.milliseconds,
            ]
        ) { $0[0] }
    }

    static func all(about item: Item, since moment: Timestamp, in session: Session) throws -> [ReceivedDelivery] {
        try session.all(
            """
            SELECT received_at, event FROM deliveries
            WHERE company_id = :company AND received_at >= :moment
                AND platform = :platform AND kind = :kind AND original_id = :original
            ORDER BY received_at
            """,
            [
                "company": item.company.text, "moment": moment.milliseconds, "platform": item.platform.rawValue,
                "kind": item.kind.rawValue, "original": item.originalID,
            ]
        ) { ReceivedDelivery(receivedAt: Timestamp(milliseconds: $0[0]), event: $0[1]) }
    }

    /// Deletes at most `limit` of a company's oldest deliveries received before `moment`; how many went. All of them have
    /// been taken in: the write that calls this began with that.
    static func prune(_ company: CompanyID, before moment: Timestamp, limit: Int, in session: Session) throws -> Int {
        try session.run(
            """
            DELETE FROM deliveries WHERE company_id = :company AND (platform, generated, delivery_id) IN (
                SELECT platform, generated, delivery_id FROM deliveries
                WHERE company_id = :company AND received_at < :moment ORDER BY received_at LIMIT :limit)
            """, ["company": company.text, "moment": moment.milliseconds, "limit": limit])
    }
}
