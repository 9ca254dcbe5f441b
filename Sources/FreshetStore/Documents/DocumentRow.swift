package import FreshetCore
import GRDB

/// The table `documents`: the last merged state of every item that had a run which recorded something.
enum DocumentRow {
    /// Only called by the holder of the item's fence, in the transaction that checks it.
    static func upsert(_ record: DocumentRecord, in session: Session) throws {
        try session.run(
            """
            INSERT INTO documents
                (company_id, platform, kind, original_id, state, reason, document, summary, content_hash, facets_hash,
                summariser, embedder, stand_in_tries, stand_in_due, generation, recorded_at)
            VALUES (:company, :platform, :kind, :id, :state, :reason, :document, :summary, :content, :facets,
                :summariser, :embedder, :tries, :due, :generation, :at)
            ON CONFLICT (company_id, platform, kind, original_id) DO UPDATE SET
                state = excluded.state, reason = excluded.reason, document = excluded.document,
                summary = excluded.summary, content_hash = excluded.content_hash, facets_hash = excluded.facets_hash,
                summariser = excluded.summariser, embedder = excluded.embedder, stand_in_tries = excluded.stand_in_tries,
                stand_in_due = excluded.stand_in_due, generation = excluded.generation, recorded_at = excluded.recorded_at
            """,
            record.item.arguments([
                "state": record.state.rawValue, "reason": record.reason,
                "document": try record.document.map { try jsonText(DocumentJSON($0)) },
                "summary": try record.summary.map { try jsonText($0) }, "content": record.contentHash?.hex,
                "facets": record.facetsHash?.hex, "summariser": record.summariser, "embedder": record.embedder,
                "tries": record.standIn?.tries, "due": record.standIn?.due?.milliseconds,
                "generation": record.generation, "at": record.recordedAt.milliseconds,
            ]))
    }

    static func record(of item: Item, in session: Session) throws -> DocumentRecord? {
        try session.first("SELECT * FROM documents WHERE \(Item.isKey)", item.arguments()) {
            try record($0, of: item.company)
        }
    }

    static func record(_ row: Row, of company: CompanyID) throws -> DocumentRecord {
        DocumentRecord(
            item: try Item(row, of: company), state: try row.word("state"), reason: row["reason"],
            document: try row.optionalJSON("document", as: DocumentJSON.self)?.document,
            summary: try row.optionalJSON("summary"), contentHash: try row.fingerprint("content_hash"),
            facetsHash: try row.fingerprint("facets_hash"), summariser: row["summariser"], embedder: row["embedder"],
            standIn: (row["stand_in_tries"] as Int?).map {
                StandIn(tries: $0, due: row.optionalTime("stand_in_due"))
            }, generation: row["generation"], recordedAt: row.time("recorded_at"))
    }

    /// Those that wait for no run: what is marked, in flight or parked is left alone.
    static func dueStandIns(of company: CompanyID, limit: Int, now: Timestamp, in session: Session) throws -> [Item] {
        try session.all(
            """
            SELECT d.platform AS platform, d.kind AS kind, d.original_id AS original_id
            FROM documents AS d JOIN items AS i ON i.company_id = d.company_id AND i.platform = d.platform
                AND i.kind = d.kind AND i.original_id = d.original_id
            WHERE d.company_id = :company AND d.stand_in_due <= :now AND i.wanted = i.done AND i.state = 'ready'
            ORDER BY d.stand_in_due LIMIT :limit
            """, ["company": company.text, "now": now.milliseconds, "limit": limit]
        ) { try Item($0, of: company) }
    }

    /// `nil` when no run of the item has ended well yet. A mark is pending as long as no run has taken it up: one that
    /// comes later than that changes something.
    static func known(_ item: Item, in session: Session) throws -> KnownState? {
        try session.first(
            """
            SELECT i.source_updated_at AS source_updated_at, coalesce(d.state = 'removed', 0) AS gone,
                i.state = 'ready' AND i.wanted > i.done AND (i.lease_until IS NULL OR i.next_marked_at IS NOT NULL)
                    AS pending, i.removal_held AS withheld, coalesce(d.reason = :erased, 0) AS erased,
                CASE WHEN i.kind = 'article' THEN json_extract(d.document, '$.metadata.article.place') END AS place
            FROM items AS i LEFT JOIN documents AS d ON d.company_id = i.company_id AND d.platform = i.platform
                AND d.kind = i.kind AND d.original_id = i.original_id
            WHERE i.company_id = :company AND i.platform = :platform AND i.kind = :kind AND i.original_id = :id
                AND i.done > 0
            """, item.arguments(["erased": Erasure.reason])
        ) { row in
            KnownState(
                sourceUpdatedAt: row.optionalTime("source_updated_at"), isGone: row["gone"], isPending: row["pending"],
                isWithheld: row["withheld"], isErased: row["erased"], place: try row.optionalJSON("place"))
        }
    }

    // MARK: - Slots

    static func indexed(of company: CompanyID, after item: Item?, limit: Int, in session: Session) throws -> [Item] {
        try session.all(
            """
            SELECT platform, kind, original_id FROM documents
            WHERE company_id = :company AND (platform, kind, original_id) > (:platform, :kind, :id)
                AND state = 'indexed'
            ORDER BY platform, kind, original_id LIMIT :limit
            """,
            [
                "company": company.text, "platform": item?.platform.rawValue ?? "", "kind": item?.kind.rawValue ?? "",
                "id": item?.originalID ?? 0, "limit": limit,
            ]
        ) { try Item($0, of: company) }
    }

    /// What the slot says of the content that is on record takes the place of what the record says. Content, generation
    /// and whatever a run decides by stay, so whoever holds the item is not disturbed.
    static func adopt(_ item: Item, from slot: Int, in session: Session) throws {
        try session.run(
            """
            UPDATE documents SET summary = p.summary, summariser = coalesce(p.summariser, documents.summariser),
                embedder = p.embedder,
                stand_in_tries = CASE WHEN p.summary = documents.summary THEN stand_in_tries END,
                stand_in_due = CASE WHEN p.summary = documents.summary THEN stand_in_due END
            FROM points AS p
            WHERE documents.company_id = :company AND documents.platform = :platform AND documents.kind = :kind
                AND documents.original_id = :id AND documents.state = 'indexed'
                AND p.company_id = documents.company_id AND p.slot = :slot AND p.platform = documents.platform
                AND p.kind = documents.kind AND p.original_id = documents.original_id AND p.tombstone = 0
                AND p.content_hash = documents.content_hash
                AND (p.summary, p.summariser, p.embedder)
                    IS NOT (documents.summary, documents.summariser, documents.embedder)
            """, item.arguments(["slot": slot]))
    }

    // MARK: - Audits

    static func audited(
        of company: CompanyID, after item: Item?, limit: Int, in session: Session
    ) throws -> [AuditedRecord] {
        try session.all(
            """
            SELECT \(audited)
            FROM items AS i LEFT JOIN documents AS d ON \(isItems)
            WHERE i.company_id = :company AND (i.platform, i.kind, i.original_id) > (:platform, :kind, :id)
            ORDER BY i.platform, i.kind, i.original_id LIMIT :limit
            """,
            [
                "company": company.text, "platform": item?.platform.rawValue ?? "", "kind": item?.kind.rawValue ?? "",
                "id": item?.originalID ?? 0, "limit": limit,
            ]
        ) { try audited($0, of: company) }
    }

    static func audited(_ item: Item, in session: Session) throws -> AuditedRecord? {
        try session.first(
            """
            SELECT \(audited)
            FROM items AS i LEFT JOIN documents AS d ON \(isItems)
            WHERE i.company_id = :company AND i.platform = :platform AND i.kind = :kind AND i.original_id = :id
            """, item.arguments()
        ) { try audited($0, of: item.company) }
    }

    private static let audited = """
        i.platform AS platform, i.kind AS kind, i.original_id AS original_id, d.state AS state,
            d.content_hash AS content_hash, d.facets_hash AS facets_hash,
            i.lease_until IS NOT NULL OR (i.state = 'ready' AND i.wanted > i.done) AS busy
        """

    private static let isItems = """
        d.company_id = i.company_id AND d.platform = i.platform
            AND d.kind = i.kind AND d.original_id = i.original_id
        """

    private static func audited(_ row: Row, of company: CompanyID) throws -> AuditedRecord {
        let state = row["state"] as String?
        return AuditedRecord(
            item: try Item(row, of: company), state: try state.map { _ in try row.word("state") },
            contentHash: try row.fingerprint("content_hash"), facetsHash: try row.fingerprint("facets_hash"),
            isBusy: row["busy"])
    }

    static func counts(
        of company: CompanyID, kind: ItemKind?, in session: Session
    ) throws -> [DocumentRecord.State: Int] {
        let counts = try session.all(
            """
            SELECT state, count(*) AS items FROM documents
            WHERE company_id = :company AND kind = coalesce(:kind, kind) GROUP BY state
            """, ["company": company.text, "kind": kind?.rawValue]
        ) { (try $0.word("state", as: DocumentRecord.State.self), $0["items"] as Int) }
        return Dictionary(counts) { first, _ in first }
    }

    static func present(of company: CompanyID, kind: ItemKind?, in session: Session) throws -> Int {
        try session.first(
            """
            SELECT count(*) FROM documents
            WHERE company_id = :company AND kind = coalesce(:kind, kind) AND state <> 'removed'
                AND reason IS NOT :erased
            """, ["company": company.text, "kind": kind?.rawValue, "erased": Erasure.reason]
        ) { $0[0] as Int } ?? 0
    }
}

/// The documents in SQLite. See `Documents` for what it promises; `SQLiteLedger.finish` is what writes them.
package struct SQLiteDocuments: Documents {
    let storage: Storage
    let erasing: ErasureKey

    package func record(of item: Item) async throws -> DocumentRecord? {
        try await storage.read { session in try DocumentRow.record(of: item, in: session) }
    }

    package func known(among items: [Item]) async throws -> [Item: KnownState] {
        try await storage.readLedger { session in
            var known: [Item: KnownState] = [:]
            for item in items { known[item] = try DocumentRow.known(item, in: session) }
            return known
        }
    }

    package func stale(among items: [Item]) async throws -> Set<Item> {
        guard !items.isEmpty else { return [] }
        return try await storage.read { session in
            var stale: Set<Item> = []
            for company in Set(items.map(\.company)) {
                for some in items.groups(of: company) { stale.formUnion(try ItemRow.stale(among: some, in: session)) }
            }
            return stale
        }
    }

    package func audited(of company: CompanyID, after item: Item?, limit: Int) async throws -> [AuditedRecord] {
        try await storage.readLedger { session in
            try DocumentRow.audited(of: company, after: item, limit: limit, in: session)
        }
    }

    package func audited(among items: [Item]) async throws -> [Item: AuditedRecord] {
        try await storage.readLedger { session in
            var found: [Item: AuditedRecord] = [:]
            for item in items { found[item] = try DocumentRow.audited(item, in: session) }
            return found
        }
    }

    package func counts(of company: CompanyID, kind: ItemKind?) async throws -> [DocumentRecord.State: Int] {
        try await storage.read { session in try DocumentRow.counts(of: company, kind: kind, in: session) }
    }

    package func present(of company: CompanyID, kind: ItemKind?) async throws -> Int {
        try await storage.read { session in try DocumentRow.present(of: company, kind: kind, in: session) }
    }

    package func isErased(requester id: Int64, in company: CompanyID) async throws -> Bool {
        try await storage.read { session in
            try ErasureRow.isRefused(requester: id, in: company, erasing, in: session)
        }
    }
}
