package import FreshetCore
import Foundation
import GRDB

/// The tables `attachments` and `attachment_terms`: what hangs on live points, and the terms of names and types.
enum AttachmentRow {
    static func replace(
        _ attachments: [Attachment], terms: [Int64: Set<String>], of item: Item, in session: Session
    ) throws {
        try delete(of: item, in: session)
        for attachment in attachments {
            // The help desk's list may repeat one.
            try session.run(
                """
                INSERT INTO attachments
                    (company_id, platform, kind, original_id, attachment_id, name, content_type, size)
                VALUES (:company, :platform, :kind, :id, :attachment, :name, :type, :size)
                ON CONFLICT DO NOTHING
                """,
                item.arguments([
                    "attachment": attachment.attachmentID, "name": attachment.fileName,
                    "type": attachment.contentType, "size": attachment.size,
                ]))
            for term in terms[attachment.attachmentID] ?? [] {
                try session.run(
                    """
                    INSERT INTO attachment_terms (company_id, term, platform, kind, original_id, attachment_id)
                    VALUES (:company, :term, :platform, :kind, :id, :attachment)
                    ON CONFLICT DO NOTHING
                    """, item.arguments(["term": term, "attachment": attachment.attachmentID]))
            }
        }
    }

    /// How many rows went, of both tables.
    @discardableResult
    static func delete(of item: Item, in session: Session) throws -> Int {
        let names = try session.run("DELETE FROM attachments WHERE \(Item.isKey)", item.arguments())
        return try names + session.run("DELETE FROM attachment_terms WHERE \(Item.isKey)", item.arguments())
    }

    /// In how many attachments the term occurs, counted up to `limit`.
    static func frequency(of term: String, in company: CompanyID, limit: Int, in session: Session) throws -> Int {
        try session.first(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM attachment_terms WHERE company_id = :company AND term = :term LIMIT :limit)
            """, ["company": company.text, "term": term, "limit": limit]
        ) { $0[0] as Int } ?? 0
    }

    /// Those whose terms weigh most together, heaviest first; the newest first of equals.
    static func all(
        weighedBy weights: [String: Double], in company: CompanyID, limit: Int, in session: Session
    ) throws -> [(item: Item, attachment: Attachment, weight: Double)] {
        try session.all(
            """
            SELECT m.platform AS platform, m.kind AS kind, m.original_id AS original_id,
                m.attachment_id AS attachment_id, a.name AS name, a.content_type AS content_type, a.size AS size,
                m.weight AS weight
            FROM (
                SELECT t.platform AS platform, t.kind AS kind, t.original_id AS original_id,
                    t.attachment_id AS attachment_id, sum(w.value) AS weight
                FROM json_each(:weights) AS w
                    CROSS JOIN attachment_terms AS t ON t.company_id = :company AND t.term = w.key
                GROUP BY t.platform, t.kind, t.original_id, t.attachment_id
                ORDER BY weight DESC, t.attachment_id DESC LIMIT :limit) AS m
            JOIN attachments AS a ON a.company_id = :company AND a.platform = m.platform AND a.kind = m.kind
                AND a.original_id = m.original_id AND a.attachment_id = m.attachment_id
            ORDER BY m.weight DESC, m.attachment_id DESC
            """, ["weights": try jsonText(weights), "company": company.text, "limit": limit]
        ) { row in
            let attachment = Attachment(
                attachmentID: row["attachment_id"], fileName: row["name"], contentType: row["content_type"],
                size: row["size"])
            return (try Item(row, of: company), attachment, row["weight"])
        }
    }
}

extension SQLitePoints {
    /// Terms that half of a large company's attachments share are not counted to the end, and weigh what they weigh then.
    private static let countedAtMost = 2_000

    package func attachments(
        named terms: [String], in company: CompanyID, limit: Int
    ) async throws -> [(item: Item, attachment: Attachment, score: Double)] {
        try await storage.read { session in
            var weights: [String: Double] = [:]
            for term in terms {
                let count = try AttachmentRow.frequency(
                    of: term, in: company, limit: Self.countedAtMost, in: session)
                weights[term] = 1 / log2(Double(2 + count))
            }
            let whole = weights.values.reduce(0, +)
            guard whole > 0 else { return [] }
            return try AttachmentRow.all(weighedBy: weights, in: company, limit: limit, in: session).map {
                ($0.item, $0.attachment, $0.weight / whole)
            }
        }
    }
}
