import FreshetCore
import GRDB

/// The tables `index_slots`, `slot_models` and `slot_debts`: which slots a company's part of the index has, by whom, and
/// what they lack.
enum SlotRow {
    // MARK: - Asking

    /// The serving one first; retired ones are left out.
    static func inUse(by company: CompanyID, in session: Session) throws -> [IndexSlot] {
        try session.all(
            """
            SELECT \(columns) FROM index_slots AS s JOIN slot_models AS m ON m.number = s.slot
            WHERE s.company_id = :company AND s.state <> 'retired' ORDER BY s.state <> 'serving', s.slot
            """, ["company": company.text]
        ) { try slot($0) }
    }

    /// Of all companies: for whoever purges what is left of them.
    static func retired(in session: Session) throws -> [IndexSlot] {
        try session.all(
            """
            SELECT \(columns) FROM index_slots AS s JOIN slot_models AS m ON m.number = s.slot
            WHERE s.state = 'retired'
            """
        ) { try slot($0) }
    }

    private static let columns = """
        s.company_id AS company_id, s.slot AS slot, m.embedder AS embedder, m.dimensions AS dimensions,
            s.summariser AS summariser, s.state AS state, s.since AS since
        """

    private static func slot(_ row: Row) throws -> IndexSlot {
        IndexSlot(
            company: try row.company(), number: row["slot"],
            makers: SlotMakers(
                embedder: row["embedder"], dimensions: row["dimensions"], summariser: row["summariser"]),
            state: try row.word("state"), since: row.time("since"))
    }

    /// Throws `StoreError.retiredSlot` where nobody may write to the slot any more. A company without slots has what is
    /// to be its first.
    static func require(_ number: Int, of company: CompanyID, in session: Session) throws {
        let uses = try session.first(
            """
            SELECT count(*) AS slots, coalesce(sum(slot = :slot AND state <> 'retired'), 0) AS used FROM index_slots
            WHERE company_id = :company
            """, ["slot": number, "company": company.text]
        ) { ($0["slots"] as Int, $0["used"] as Int) }
        if let uses, uses.0 > 0, uses.1 == 0 { throw StoreError.retiredSlot }
    }

    // MARK: - Changing

    static func insert(
        _ makers: SlotMakers, for company: CompanyID, _ state: IndexSlot.State, now: Timestamp, in session: Session
    ) throws {
        try session.run(
            """
            INSERT INTO index_slots (company_id, slot, summariser, state, since)
            VALUES (:company, :slot, :summariser, :state, :now)
            """,
            [
                "company": company.text, "slot": try number(for: makers, company, in: session),
                "summariser": makers.summariser, "state": state.rawValue, "now": now.milliseconds,
            ])
    }

    /// The first that the embedder has and the company does not use; a number means one embedder for ever, so that a late
    /// write to a slot that came back brings no vector of another one.
    private static func number(for makers: SlotMakers, _ company: CompanyID, in session: Session) throws -> Int {
        let free = try session.first(
            """
            SELECT number FROM slot_models WHERE embedder = :embedder AND dimensions IN (0, :dimensions)
                AND number NOT IN (SELECT slot FROM index_slots WHERE company_id = :company)
            ORDER BY number LIMIT 1
            """,
            ["embedder": makers.embedder, "dimensions": makers.dimensions, "company": company.text]
        ) { $0[0] as Int }
        if let free { return free }
        return try session.first(
            """
            INSERT INTO slot_models (number, embedder, dimensions)
            VALUES (1 + coalesce((SELECT max(number) FROM slot_models), 0), :embedder, :dimensions) RETURNING number
            """, ["embedder": makers.embedder, "dimensions": makers.dimensions]
        ) { $0[0] as Int } ?? 1
    }

    static func set(
        _ number: Int, of company: CompanyID, to state: IndexSlot.State, now: Timestamp, in session: Session
    ) throws {
        try session.run(
            """
            UPDATE index_slots SET state = :state, since = :now WHERE slot = :slot AND company_id = :company
            """, ["state": state.rawValue, "now": now.milliseconds, "slot": number, "company": company.text])
    }

    static func delete(_ number: Int, of company: CompanyID, in session: Session) throws {
        try session.run(
            "DELETE FROM index_slots WHERE slot = :slot AND state = 'retired' AND company_id = :company",
            ["slot": number, "company": company.text])
    }

    // MARK: - Debts

    /// With a run's record: the slots in use that the run did not write to owe the item. Throws `StoreError.staleFence`
    /// where the serving one does: the run is so old that its slots are not today's, and another one has to do it again.
    static func settle(_ report: RunReport, _ written: Set<Int>, in session: Session) throws {
        let item = report.run.item
        for slot in try inUse(by: item.company, in: session) {
            if written.contains(slot.number) {
                try forgive(item, slot: slot.number, upTo: report.run.fence, in: session)
            } else if slot.state == .serving {
                throw StoreError.staleFence
            } else {
                try session.run(
                    """
                    INSERT INTO slot_debts (company_id, slot, platform, kind, original_id, generation)
                    VALUES (:company, :slot, :platform, :kind, :id, :generation)
                    ON CONFLICT (company_id, slot, platform, kind, original_id) DO UPDATE SET
                        generation = excluded.generation
                    """, item.arguments(["slot": slot.number, "generation": report.run.fence]))
            }
        }
    }

    static func debts(of company: CompanyID, slot: Int, limit: Int, in session: Session) throws -> [Item] {
        try session.all(
            """
            SELECT platform, kind, original_id FROM slot_debts WHERE slot = :slot AND company_id = :company
            ORDER BY platform, kind, original_id LIMIT :limit
            """, ["slot": slot, "company": company.text, "limit": limit]
        ) { try Item($0, of: company) }
    }

    static func forgive(_ item: Item, slot: Int, upTo generation: Int64, in session: Session) throws {
        try session.run(
            """
            DELETE FROM slot_debts WHERE slot = :slot AND generation <= :generation AND \(Item.isKey)
            """, item.arguments(["slot": slot, "generation": generation]))
    }

    static func forgiveAll(_ slot: Int, of company: CompanyID, in session: Session) throws {
        try session.run(
            "DELETE FROM slot_debts WHERE slot = :slot AND company_id = :company",
            ["slot": slot, "company": company.text])
    }
}
