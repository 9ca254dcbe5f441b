import FreshetCore
import GRDB

/// What reconciles note in the table `items`: who was seen, who marked it, whose removal is proposed or withheld.
enum SweepRow {
    // MARK: - Pages

    /// The sweep has seen the item. One that is listed as present is not to be removed.
    static func see(_ item: Item, isPresent: Bool, sweep: String?, in session: Session) throws {
        try session.run(
            """
            UPDATE items SET
                seen_in = coalesce(:sweep, seen_in),
                removal_by = CASE WHEN :present THEN NULL ELSE removal_by END,
                removal_proof = CASE WHEN :present THEN NULL ELSE removal_proof END,
                removal_held = CASE WHEN :present THEN 0 ELSE removal_held END
            WHERE \(Item.isKey)
            """, item.arguments(["sweep": sweep, "present": isPresent]))
    }

    /// Follows the mark itself, in its transaction.
    static func noteMark(_ item: Item, by reconcile: String, listedAt: Timestamp?, in session: Session) throws {
        try session.run(
            """
            UPDATE items SET marked_by = :reconcile, marked_wanted = wanted, marked_source = :source
            WHERE \(Item.isKey)
            """, item.arguments(["reconcile": reconcile, "source": listedAt?.milliseconds]))
    }

    // MARK: - Removals

    /// One that is withheld already stays with the reconcile that withheld it.
    static func propose(_ removal: Findings.Removal, by reconcile: String, in session: Session) throws {
        try session.run(
            """
            UPDATE items SET removal_by = :reconcile, removal_proof = :proof
            WHERE \(Item.isKey) AND removal_held = 0
            """, removal.item.arguments(["reconcile": reconcile, "proof": removal.proof.rawValue]))
    }

    static func proposals(of reconcile: Reconcile, in session: Session) throws -> Int {
        try session.first(
            """
            SELECT count(*) FROM items
            WHERE company_id = :company AND removal_by = :reconcile AND removal_held = 0
            """, ["company": reconcile.company.text, "reconcile": reconcile.id]
        ) { $0[0] as Int } ?? 0
    }

    /// Withholds everything that the reconcile proposed.
    static func hold(_ reconcile: Reconcile, in session: Session) throws {
        try session.run(
            """
            UPDATE items SET removal_held = 1
            WHERE company_id = :company AND removal_by = :reconcile AND removal_held = 0
            """, ["company": reconcile.company.text, "reconcile": reconcile.id])
    }

    /// Forgets proposals that nobody judged.
    static func dropProposals(of reconcile: Reconcile, in session: Session) throws {
        try session.run(
            """
            UPDATE items SET removal_by = NULL, removal_proof = NULL
            WHERE company_id = :company AND removal_by = :reconcile AND removal_held = 0
            """, ["company": reconcile.company.text, "reconcile": reconcile.id])
    }

    /// Takes up to `limit` removals that the reconcile proposed or withheld, to be marked in the same transaction.
    static func take(
        of reconcile: String, _ company: CompanyID, held: Bool, limit: Int, in session: Session
    ) throws -> [Item] {
        let items = try session.all(
            """
            SELECT platform, kind, original_id FROM items
            WHERE company_id = :company AND removal_by = :reconcile AND removal_held = :held LIMIT :limit
            """, ["company": company.text, "reconcile": reconcile, "held": held, "limit": limit]
        ) { try Item($0, of: company) }
        for item in items {
            try session.run(
                """
                UPDATE items SET removal_by = NULL, removal_proof = NULL, removal_held = 0 WHERE \(Item.isKey)
                """, item.arguments())
        }
        return items
    }

    static func withheld(of company: CompanyID, in session: Session) throws -> [String: Int] {
        let counts = try session.all(
            """
            SELECT removal_by, count(*) AS items FROM items
            WHERE company_id = :company AND removal_by IS NOT NULL AND removal_held = 1 GROUP BY removal_by
            """, ["company": company.text]
        ) { ($0["removal_by"] as String, $0["items"] as Int) }
        return Dictionary(counts) { first, _ in first }
    }

    static func absent(
        from reconcile: Reconcile, kinds: Set<ItemKind>, after item: Item?, limit: Int, in session: Session
    ) throws -> [AbsentItem] {
        try session.all(
            """
            SELECT i.platform AS platform, i.kind AS kind, i.original_id AS original_id,
                coalesce(json_extract(d.document, '$.metadata.is_archived'), 0) AS archived
            FROM items AS i CROSS JOIN documents AS d ON d.company_id = i.company_id AND d.platform = i.platform
                AND d.kind = i.kind AND d.original_id = i.original_id
            WHERE i.company_id = :company AND (i.platform, i.kind, i.original_id) > (:platform, :kind, :id)
                AND instr(:kinds, i.kind) > 0 AND i.seen_in IS NOT :sweep AND i.removal_held = 0
                AND d.state <> 'removed' AND d.reason IS NOT :erased AND d.recorded_at < :started
            ORDER BY i.platform, i.kind, i.original_id LIMIT :limit
            """,
            [
                "company": reconcile.company.text, "platform": item?.platform.rawValue ?? "",
                "kind": item?.kind.rawValue ?? "", "id": item?.originalID ?? 0,
                "kinds": kinds.map(\.rawValue).sorted().joined(separator: " "), "sweep": reconcile.id,
                "erased": Erasure.reason,
                "started": (reconcile.startedAt ?? reconcile.requestedAt).milliseconds, "limit": limit,
            ]
        ) { AbsentItem(item: try Item($0, of: reconcile.company), isArchived: $0["archived"]) }
    }

    // MARK: - Certificate and meter

    /// Of the items listed between the two times, or of those marked without one.
    static func settlement(
        of reconcile: Reconcile, between range: (from: Timestamp, to: Timestamp)?, in session: Session
    ) throws -> Settlement {
        try session.first(
            """
            SELECT
                coalesce(sum(i.state = 'parked'), 0) AS failed,
                coalesce(sum(i.state = 'ready' AND i.done < i.marked_wanted), 0) AS pending,
                coalesce(sum(i.state = 'ready' AND i.done >= i.marked_wanted AND d.state = 'indexed'), 0) AS indexed,
                coalesce(sum(i.state = 'ready' AND i.done >= i.marked_wanted AND d.state = 'excluded'), 0) AS excluded,
                coalesce(sum(i.state = 'ready' AND i.done >= i.marked_wanted
                    AND coalesce(d.state, 'removed') = 'removed'), 0) AS removed
            FROM items AS i LEFT JOIN documents AS d ON d.company_id = i.company_id AND d.platform = i.platform
                AND d.kind = i.kind AND d.original_id = i.original_id
            WHERE i.company_id = :company AND i.marked_by = :reconcile
                AND \(range == nil ? "i.marked_source IS NULL" : "i.marked_source BETWEEN :from AND :to")
            """,
            StatementArguments(
                range.map {
                    [
                        "company": reconcile.company.text, "reconcile": reconcile.id,
                        "from": $0.from.milliseconds, "to": $0.to.milliseconds,
                    ] as Arguments
                } ?? ["company": reconcile.company.text, "reconcile": reconcile.id])
        ) { row in
            Settlement(
                indexed: row["indexed"], excluded: row["excluded"], removed: row["removed"], failed: row["failed"],
                pending: row["pending"])
        } ?? Settlement()
    }

    static func announcedAt(_ item: Item, in session: Session) throws -> Timestamp? {
        try session.first("SELECT announced_at FROM items WHERE \(Item.isKey)", item.arguments()) {
            $0.optionalTime("announced_at")
        } ?? nil
    }
}
