import FreshetCore
import FreshetSystem
import Foundation
import GRDB

/// The table `tokens`: only the digests of tokens, which are random and long enough to need no salt. `id` counts up
/// within a company.
enum TokenRow {
    static func insert(
        _ token: Secret, of company: CompanyID, role: Role, label: String, expiresAt: Timestamp?, now: Timestamp,
        in session: Session
    ) throws {
        try session.run(
            """
            INSERT INTO tokens (company_id, id, hash, role, label, created_at, expires_at)
            VALUES (:company, (SELECT coalesce(max(id), 0) + 1 FROM tokens WHERE company_id = :company), :hash, :role,
                :label, :now, :expires)
            """,
            [
                "company": company.text, "hash": hash(token), "role": role.rawValue, "label": label,
                "now": now.milliseconds, "expires": expiresAt?.milliseconds,
            ])
    }

    /// The token itself says whose it is: the one look-up without a company.
    static func bearer(of token: Secret, now: Timestamp, in session: Session) throws -> Bearer? {
        try session.first(
            """
            SELECT company_id, role, id FROM tokens
            WHERE hash = :hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
            """, ["hash": hash(token), "now": now.milliseconds]
        ) { Bearer(company: try $0.company(), role: try $0.word("role"), tokenID: $0["id"]) }
    }

    static func all(of company: CompanyID, in session: Session) throws -> [TokenInfo] {
        try session.all(
            "SELECT * FROM tokens WHERE company_id = :company ORDER BY id", ["company": company.text]
        ) { row in
            TokenInfo(
                id: row["id"], role: try row.word("role"), label: row["label"], createdAt: row.time("created_at"),
                expiresAt: row.optionalTime("expires_at"), revokedAt: row.optionalTime("revoked_at"))
        }
    }

    static func revoke(_ id: Int64, of company: CompanyID, now: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE tokens SET revoked_at = coalesce(revoked_at, :now) WHERE company_id = :company AND id = :id
            """, ["now": now.milliseconds, "company": company.text, "id": id]) > 0
    }

    private static func hash(_ token: Secret) -> Data { Data(SHA256.digest(token.bytes)) }
}
