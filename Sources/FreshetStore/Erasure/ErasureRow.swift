import FreshetCore
import FreshetSystem
import Foundation
import GRDB

/// Makes digests of what was erased. Ids are short numbers: a digest without a key would be as good as the id.
struct ErasureKey: Sendable {
    let master: MasterKey?

    /// 32 bytes; `nil` without a master key, under which nobody was ever refused.
    func digest(of wish: ErasureWish) -> Data? {
        let text =
            switch wish {
            case .ticket(let id): "ticket \(id)"
            case .requester(let id): "requester \(id)"
            }
        return master.map { Data(HMACSHA256.authenticate(key: $0.bytes, Array("freshet erasure 1 \(text)".utf8))) }
    }

    func required(_ wish: ErasureWish) throws -> Data {
        guard let digest = digest(of: wish) else {
            throw StoreError.unusable(detail: "an erasure needs a master key; set FRESHET_MASTER_KEY_FILE")
        }
        return digest
    }
}

/// The table `erasures`, and what an erasure does to the tables of an item.
enum ErasureRow {
    // MARK: - What is not taken in

    static func insert(_ digest: Data, of company: CompanyID, now: Timestamp, in session: Session) throws {
        try session.run(
            """
            INSERT INTO erasures (company_id, digest, erased_at) VALUES (:company, :digest, :now)
            ON CONFLICT DO NOTHING
            """, ["company": company.text, "digest": digest, "now": now.milliseconds])
    }

    static func isRefused(
        requester id: Int64, in company: CompanyID, _ key: ErasureKey, in session: Session
    ) throws -> Bool {
        guard let digest = key.digest(of: .requester(id)) else { return false }
        return try session.first(
            "SELECT 1 FROM erasures WHERE company_id = :company AND digest = :digest",
            ["company": company.text, "digest": digest]
        ) { _ in } != nil
    }

    static func isErased(_ item: Item, in session: Session) throws -> Bool {
        try session.first(
            "SELECT 1 FROM documents WHERE \(Item.isKey) AND reason = :reason",
            item.arguments(["reason": Erasure.reason])
        ) { _ in } != nil
    }

    /// Whoever stores something of an item's words asks this first, in the same transaction: an erasure leaves nothing
    /// behind it. Throws `StoreError.erased`.
    static func refuse(_ origin: Provenance, _ key: ErasureKey, in session: Session) throws {
        if try isErased(origin.item, in: session) { throw StoreError.erased }
        guard let requester = origin.requester else { return }
        if try isRefused(requester: requester, in: origin.item.company, key, in: session) { throw StoreError.erased }
    }

    // MARK: - Which items

    static func tickets(ofRequester id: Int64, in company: CompanyID, in session: Session) throws -> [Item] {
        try session.all(
            """
            SELECT platform, kind, original_id FROM documents
            WHERE company_id = :company AND kind = 'ticket'
                AND json_extract(document, '$.metadata.requester.id') = :requester
            ORDER BY platform, kind, original_id
            """, ["company": company.text, "requester": id]
        ) { try Item($0, of: company) }
    }

    static func erased(
        of company: CompanyID, after item: Item?, limit: Int, in session: Session
    ) throws -> [(item: Item, generation: Int64)] {
        try session.all(
            """
            SELECT platform, kind, original_id, generation FROM documents
            WHERE company_id = :company AND (platform, kind, original_id) > (:platform, :kind, :id)
                AND reason = :reason
            ORDER BY platform, kind, original_id LIMIT :limit
            """, page(of: company, after: item, limit, ["reason": Erasure.reason])
        ) { (try Item($0, of: company), $0["generation"]) }
    }

    static func summarised(
        of company: CompanyID, after item: Item?, limit: Int, in session: Session
    ) throws -> [DocumentRecord] {
        try session.all(
            """
            SELECT * FROM documents
            WHERE company_id = :company AND (platform, kind, original_id) > (:platform, :kind, :id)
                AND summary IS NOT NULL
            ORDER BY platform, kind, original_id LIMIT :limit
            """, page(of: company, after: item, limit)
        ) { try DocumentRow.record($0, of: company) }
    }

    private static func page(
        of company: CompanyID, after item: Item?, _ limit: Int, _ more: Arguments = [:]
    ) -> StatementArguments {
        var arguments: Arguments = [
            "company": company.text, "platform": item?.platform.rawValue ?? "", "kind": item?.kind.rawValue ?? "",
            "id": item?.originalID ?? 0, "limit": limit,
        ]
        arguments.merge(more) { _, new in new }
        return StatementArguments(arguments)
    }

    // MARK: - What goes

    /// Takes the item from whoever has it, and lets nothing of it wait; makes its row where it was never marked. The new
    /// fence, above all that it ever had.
    static func release(_ item: Item, now: Timestamp, in session: Session) throws -> Int64 {
        try session.first(
            """
            INSERT INTO items (
                company_id, platform, kind, original_id, wanted, claimed, done, fence, not_before, urgency, cause)
            VALUES (:company, :platform, :kind, :id, 1, 1, 1, 1, :now, 'backfill', 'admin')
            ON CONFLICT (company_id, platform, kind, original_id) DO UPDATE SET
                fence = fence + 1, claimed = wanted, done = wanted, owner = NULL, lease_until = NULL, attempts = 0,
                marked_at = NULL, next_urgency = NULL, next_cause = NULL, next_marked_at = NULL, state = 'ready',
                reason = NULL, source_updated_at = NULL, deferred = NULL, is_stale = 0, removal_by = NULL,
                removal_proof = NULL, removal_held = 0
            RETURNING fence
            """, item.arguments(["now": now.milliseconds])
        ) { $0[0] as Int64 } ?? 1
    }

    /// Leaves a record that says so and nothing else.
    static func blank(_ item: Item, generation: Int64, now: Timestamp, in session: Session) throws {
        try DocumentRow.upsert(
            DocumentRecord(
                item: item, state: .excluded, reason: Erasure.reason, generation: generation, recordedAt: now),
            in: session)
    }

    static func deleteDecisions(about item: Item, in session: Session) throws -> Int {
        try session.run("DELETE FROM decisions WHERE \(Item.isKey)", item.arguments())
    }

    static func deleteDebts(of item: Item, in session: Session) throws -> Int {
        try session.run("DELETE FROM slot_debts WHERE \(Item.isKey)", item.arguments())
    }

    static func deleteDeliveries(aboutErasedOf company: CompanyID, in session: Session) throws -> Int {
        try session.run(
            """
            DELETE FROM deliveries WHERE company_id = :company AND (platform, kind, original_id) IN (
                SELECT platform, kind, original_id FROM documents WHERE company_id = :company AND reason = :reason)
            """, ["company": company.text, "reason": Erasure.reason])
    }

    // MARK: - Recommendations and feedback

    /// Recommendations that were made beside the ticket, showed it or a file of its, or answer a question that holds one of
    /// the texts; and all verdicts on them, on the ticket itself, or with a comment that holds one of the texts. Whole,
    /// since what was asked and said there may be about the ticket in words of its own.
    static func unrecommend(
        _ item: Item, files: [Int64], quoting texts: [String], in session: Session
    ) throws -> (recommendations: Int, feedback: Int) {
        let texts = try jsonText(texts)
        let names = ([Recommended(item)] + files.map { Recommended(.attachment, $0) }).map { " \($0) " }
        let found = try session.all(
            """
            SELECT id FROM recommendations WHERE company_id = :company AND (ticket = :ticket
                OR EXISTS (SELECT 1 FROM json_each(:texts) AS t WHERE instr(lower(question), lower(t.value)) > 0)
                OR EXISTS (SELECT 1 FROM json_each(:names) AS n
                    WHERE instr(' ' || shown || ' ' || coalesce(unaided, '') || ' ', n.value) > 0))
            """,
            [
                "company": item.company.text, "ticket": item.originalID, "texts": texts, "names": try jsonText(names),
            ]
        ) { $0[0] as String }
        let ids = try jsonText(found)
        let feedback = try session.run(
            """
            DELETE FROM feedback WHERE company_id = :company AND ((kind = :kind AND original_id = :id)
                OR recommendation_id IN (SELECT value FROM json_each(:ids))
                OR EXISTS (SELECT 1 FROM json_each(:texts) AS t WHERE instr(lower(comment), lower(t.value)) > 0))
            """,
            [
                "company": item.company.text, "kind": Recommended(item).kind.rawValue, "id": item.originalID,
                "ids": ids, "texts": texts,
            ])
        let gone = try session.run(
            """
            DELETE FROM recommendations WHERE company_id = :company AND id IN (SELECT value FROM json_each(:ids))
            """, ["company": item.company.text, "ids": ids])
        if feedback > 0 { try FeedbackStateRow.nextEpoch(of: item.company, in: session) }
        return (gone, feedback)
    }

    // MARK: - Results of models

    struct Result: Hashable {
        var kind: String
        var model: String
        var fingerprint: String
    }

    /// Results that belong to nothing on record, given the texts that were embedded of what is.
    static func unclaimedResults(
        of company: CompanyID, butFor embedded: Set<Fingerprint>, usedUntil moment: Timestamp, in session: Session
    ) throws -> [Result] {
        let known = Set(embedded.map(\.hex))
        return try session.all(
            """
            SELECT kind, model, fingerprint FROM model_cache
            WHERE company_id = :company AND last_used <= :moment AND (kind = 'embedding' OR fingerprint NOT IN (
                SELECT content_hash FROM documents WHERE company_id = :company AND content_hash IS NOT NULL))
            """, ["company": company.text, "moment": moment.milliseconds]
        ) { Result(kind: $0["kind"], model: $0["model"], fingerprint: $0["fingerprint"]) }
        .filter { $0.kind != ModelCacheRow.Kind.embedding.rawValue || !known.contains($0.fingerprint) }
    }
}
