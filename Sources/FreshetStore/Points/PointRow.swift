import FreshetCore
import Foundation
import GRDB

/// Payloads that were taken apart lately.
struct DecodedPayloads: Sendable {
    let summaries = DecodedTexts<Summary>(byteLimit: 8 << 20)
    let metadata = DecodedTexts<Metadata>(byteLimit: 8 << 20)
}

/// The tables `points` and `point_scopes`: an item's vector and payload in one slot of the index, and the counters of a
/// company's slot.
struct PointRow {
    /// The number of the slot that all of this is about.
    let slot: Int

    init(slot: Int) { self.slot = slot }

    /// What is there of a point: also of one that was removed.
    struct Standing {
        var number: Int64
        var generation: Int64
        var isTombstone: Bool
    }

    func standing(of item: Item, in session: Session) throws -> Standing? {
        try session.first(
            "SELECT number, generation, tombstone FROM points WHERE slot = :slot AND \(Item.isKey)",
            item.arguments(["slot": slot])
        ) {
            Standing(number: $0["number"], generation: $0["generation"], isTombstone: $0["tombstone"])
        }
    }

    /// Writes a live point under its number and a new sequence number.
    func upsert(_ point: Point, number: Int64, in session: Session) throws {
        try session.run(
            """
            INSERT INTO points
                (company_id, slot, number, platform, kind, original_id, sequence, generation, tombstone, subject,
                summary, metadata, content_hash, facets_hash, created_at, updated_at, indexed_at, summariser, embedder,
                vector, features)
            VALUES (:company, :slot, :number, :platform, :kind, :id, :sequence, :generation, 0, :subject, :summary,
                :metadata, :content, :facets, :created, :updated, :indexed, :summariser, :embedder, :vector, :features)
            ON CONFLICT (company_id, slot, platform, kind, original_id) DO UPDATE SET
                sequence = excluded.sequence, generation = excluded.generation, tombstone = 0,
                subject = excluded.subject, summary = excluded.summary, metadata = excluded.metadata,
                content_hash = excluded.content_hash, facets_hash = excluded.facets_hash,
                created_at = excluded.created_at, updated_at = excluded.updated_at, indexed_at = excluded.indexed_at,
                summariser = excluded.summariser, embedder = excluded.embedder, vector = excluded.vector,
                features = excluded.features
            """,
            point.item.arguments([
                "slot": slot, "number": number,
                "sequence": try nextSequence(of: point.item.company, in: session), "generation": point.generation,
                "summariser": point.summariser, "embedder": point.embedder, "subject": point.subject,
                "summary": try jsonText(point.summary),
                "metadata": try jsonText(point.metadata), "content": point.contentHash.hex,
                "facets": point.facetsHash.hex, "created": point.metadata.createdAt.milliseconds,
                "updated": point.metadata.updatedAt.milliseconds, "indexed": point.indexedAt.milliseconds,
                "vector": PackedNumbers.bytes(point.embedding.vector),
                "features": PackedNumbers.bytes(point.embedding.features),
            ]))
    }

    /// New labels for a live point; its vector, and so its sequence number, stay.
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp,
        in session: Session
    ) throws {
        try session.run(
            """
            UPDATE points SET
                metadata = :metadata, facets_hash = :facets, generation = :generation, created_at = :created,
                updated_at = :updated, indexed_at = :moment
            WHERE slot = :slot AND \(Item.isKey)
            """,
            item.arguments([
                "slot": slot, "metadata": try jsonText(metadata), "facets": facetsHash.hex, "generation": generation,
                "created": metadata.createdAt.milliseconds, "updated": metadata.updatedAt.milliseconds,
                "moment": moment.milliseconds,
            ]))
    }

    /// Leaves a tombstone, also where there was no point, so that an older upsert cannot bring one.
    func bury(
        _ item: Item, number: Int64, generation: Int64, at moment: Timestamp, in session: Session
    ) throws {
        try session.run(
            """
            INSERT INTO points
                (company_id, slot, number, platform, kind, original_id, sequence, generation, tombstone, indexed_at)
            VALUES (:company, :slot, :number, :platform, :kind, :id, :sequence, :generation, 1, :moment)
            ON CONFLICT (company_id, slot, platform, kind, original_id) DO UPDATE SET
                sequence = excluded.sequence, generation = excluded.generation, tombstone = 1, subject = NULL,
                summary = NULL, metadata = NULL, content_hash = NULL, facets_hash = NULL, created_at = NULL,
                updated_at = NULL, indexed_at = excluded.indexed_at, summariser = NULL, embedder = NULL,
                vector = NULL, features = NULL
            """,
            item.arguments([
                "slot": slot, "number": number, "sequence": try nextSequence(of: item.company, in: session),
                "generation": generation, "moment": moment.milliseconds,
            ]))
    }

    // MARK: - Asking

    func changes(
        of company: CompanyID, after sequence: Int64, limit: Int, in session: Session
    ) throws -> [PointChange] {
        try session.all(
            """
            SELECT sequence, platform, kind, original_id, vector, features FROM points
            WHERE company_id = :company AND slot = :slot AND sequence > :sequence ORDER BY sequence LIMIT :limit
            """, ["company": company.text, "slot": slot, "sequence": sequence, "limit": limit]
        ) { row in
            PointChange(
                sequence: row["sequence"], item: try Item(row, of: company), embedding: try PackedNumbers.embedding(row)
            )
        }
    }

    func textChanges(
        of company: CompanyID, after sequence: Int64, limit: Int, in session: Session
    ) throws -> [TextChange] {
        guard let table = try termTable(of: company, in: session) else { return [] }
        let changes = try session.all(
            """
            SELECT sequence, platform, kind, original_id, number, tombstone FROM points
            WHERE company_id = :company AND slot = :slot AND sequence > :sequence ORDER BY sequence LIMIT :limit
            """, ["company": company.text, "slot": slot, "sequence": sequence, "limit": limit]
        ) { row in
            let item = try Item(row, of: company)
            let change = TextChange(
                sequence: row["sequence"], item: item, entry: TermTable.entry(of: row["number"], item.kind), terms: nil)
            return (change: change, isTombstone: row["tombstone"] as Bool)
        }
        let terms = try table.terms(of: changes.filter { !$0.isTombstone }.map(\.change.entry), in: session)
        return changes.map { change, _ in
            var change = change
            change.terms = terms[change.entry]
            return change
        }
    }

    func vectors(of items: ItemGroup, in session: Session) throws -> [(item: Item, vector: [Float])] {
        try session.all(
            "SELECT original_id, vector FROM points WHERE slot = :slot AND \(ItemGroup.isKey) AND tombstone = 0",
            items.arguments(["slot": slot])
        ) { row in
            (
                items.item(row["original_id"]),
                try row.withUnsafeData(named: "vector") { $0.map(PackedNumbers.floats) ?? [] }
            )
        }
    }

    func labels(
        of company: CompanyID, after item: Item?, limit: Int, in session: Session
    ) throws -> [PointLabel] {
        try session.all(
            """
            SELECT platform, kind, original_id, generation, content_hash, facets_hash FROM points
            WHERE company_id = :company AND slot = :slot AND (platform, kind, original_id) > (:platform, :kind, :id)
                AND tombstone = 0
            ORDER BY platform, kind, original_id LIMIT :limit
            """,
            [
                "company": company.text, "slot": slot, "platform": item?.platform.rawValue ?? "",
                "kind": item?.kind.rawValue ?? "",
                "id": item?.originalID ?? 0, "limit": limit,
            ]
        ) { try label($0, of: company) }
    }

    func label(of item: Item, in session: Session) throws -> PointLabel? {
        try session.first(
            """
            SELECT platform, kind, original_id, generation, content_hash, facets_hash FROM points
            WHERE slot = :slot AND \(Item.isKey) AND tombstone = 0
            """, item.arguments(["slot": slot])
        ) { try label($0, of: item.company) }
    }

    private func label(_ row: Row, of company: CompanyID) throws -> PointLabel {
        guard let content = try row.fingerprint("content_hash"), let facets = try row.fingerprint("facets_hash") else {
            throw Row.unreadable("content_hash")
        }
        return PointLabel(
            item: try Item(row, of: company), generation: row["generation"], contentHash: content, facetsHash: facets)
    }

    func count(of company: CompanyID, in session: Session) throws -> Int {
        try session.first(
            "SELECT count(*) FROM points WHERE company_id = :company AND slot = :slot AND tombstone = 0",
            ["company": company.text, "slot": slot]
        ) { $0[0] as Int } ?? 0
    }

    func isEmpty(_ company: CompanyID, in session: Session) throws -> Bool {
        try session.first(
            "SELECT 1 FROM points WHERE company_id = :company AND slot = :slot LIMIT 1",
            ["company": company.text, "slot": slot]
        ) { _ in } == nil
    }

    /// The payloads of those that are there, with score 0.
    func hits(_ items: ItemGroup, decoded: DecodedPayloads, in session: Session) throws -> [Hit] {
        try session.all(
            """
            SELECT original_id, subject, summary, metadata, indexed_at FROM points
            WHERE slot = :slot AND \(ItemGroup.isKey) AND tombstone = 0
            """, items.arguments(["slot": slot])
        ) { row in
            Hit(
                item: items.item(row["original_id"]), score: 0, subject: row["subject"],
                summary: try decoded.summaries.value(of: row["summary"]),
                metadata: try decoded.metadata.value(of: row["metadata"]), indexedAt: row.time("indexed_at"))
        }
    }

    // MARK: - Scopes

    func termTable(of company: CompanyID, in session: Session) throws -> TermTable? {
        try session.first(
            "SELECT term_table FROM point_scopes WHERE company_id = :company AND slot = :slot",
            ["company": company.text, "slot": slot]
        ) { TermTable(number: $0[0]) }
    }

    /// Of all the company's slots in use; what is to be its first is one.
    static func termTables(of company: CompanyID, in session: Session) throws -> [TermTable] {
        let slots = Set(try SlotRow.inUse(by: company, in: session).map(\.number)).union([1])
        return try slots.sorted().compactMap { try PointRow(slot: $0).termTable(of: company, in: session) }
    }

    /// The company's term table, made at its first point.
    func makeTermTable(of company: CompanyID, in session: Session) throws -> TermTable {
        if let table = try termTable(of: company, in: session) { return table }
        try session.run(
            """
            INSERT INTO point_scopes (company_id, slot, sequence)
            VALUES (:company, :slot, (SELECT value FROM sequence_floor))
            """, ["company": company.text, "slot": slot])
        let table = TermTable(number: session.database.lastInsertedRowID)
        try table.create(in: session)
        return table
    }

    func sequence(of company: CompanyID, in session: Session) throws -> Int64 {
        try session.first(
            "SELECT sequence FROM point_scopes WHERE company_id = :company AND slot = :slot",
            ["company": company.text, "slot": slot]
        ) { $0[0] as Int64 } ?? 0
    }

    func nextNumber(of company: CompanyID, in session: Session) throws -> Int64 {
        try counter("last_number", of: company, in: session)
    }

    private func nextSequence(of company: CompanyID, in session: Session) throws -> Int64 {
        try counter("sequence", of: company, in: session)
    }

    private func counter(_ name: String, of company: CompanyID, in session: Session) throws -> Int64 {
        let value = try session.first(
            """
            UPDATE point_scopes SET \(name) = \(name) + 1 WHERE company_id = :company AND slot = :slot
            RETURNING \(name)
            """, ["company": company.text, "slot": slot]
        ) { $0[0] as Int64 }
        guard let value else { throw StoreError.unusable(detail: "the counters of a company's points are missing") }
        return value
    }

    /// Whether no other slot of the company's has points, or had some.
    func isOnlyScope(of company: CompanyID, in session: Session) throws -> Bool {
        try session.first(
            "SELECT 1 FROM point_scopes WHERE company_id = :company AND slot <> :slot",
            ["company": company.text, "slot": slot]
        ) { _ in } == nil
    }

    /// Closes the scopes of all of the company's slots, or of one: from here on nobody finds their points. Their term
    /// tables wait to be dismantled.
    static func closeScopes(of company: CompanyID, slot: Int? = nil, in session: Session) throws {
        let arguments: StatementArguments = ["company": company.text, "slot": slot]
        try session.run(
            """
            UPDATE sequence_floor SET value = max(value, coalesce((SELECT max(sequence) FROM point_scopes), 0))
            """)
        try session.run(
            """
            INSERT INTO dropped_term_tables (term_table)
            SELECT term_table FROM point_scopes WHERE company_id = :company AND slot = coalesce(:slot, slot)
            """, arguments)
        try session.run(
            "DELETE FROM point_scopes WHERE company_id = :company AND slot = coalesce(:slot, slot)", arguments)
    }

    static func nextDroppedTermTable(in session: Session) throws -> TermTable? {
        try session.first("SELECT term_table FROM dropped_term_tables LIMIT 1") { TermTable(number: $0[0]) }
    }

    static func isDropped(_ table: TermTable, in session: Session) throws -> Bool {
        try session.first(
            "SELECT 1 FROM dropped_term_tables WHERE term_table = :table", ["table": table.number]
        ) { _ in } != nil
    }

    static func forgetDropped(_ table: TermTable, in session: Session) throws {
        try session.run("DELETE FROM dropped_term_tables WHERE term_table = :table", ["table": table.number])
    }
}
