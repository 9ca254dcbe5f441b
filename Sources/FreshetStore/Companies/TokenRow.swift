import FreshetCore
import FreshetSystem
import Foundation
import GRDB

/// The table `tokens`: only the digests of tokens, which are random and long enough to need no salt. `id` counts up
/// within a company.
enum TokenRow {
    static func insert(
        _ token: Secret, of company: CompanyID, _ grant: TokenGrant, now: Timestamp, in session: Session
    ) throws -> Int64 {
        let (agent, groups) = try columns(grant.scope)
        let id = try session.first(
            """
            INSERT INTO tokens (company_id, id, hash, role, label, user, assigned_to, groups, created_at, expires_at)
            VALUES (:company, (SELECT coalesce(max(id), 0) + 1 FROM tokens WHERE company_id = :company), :hash, :role,
                :label, :user, :agent, :groups, :now, :expires)
            RETURNING id
            """,
            [
                "company": company.text, "hash": hash(token), "role": grant.role.rawValue, "label": grant.label,
                "user": grant.user, "agent": agent, "groups": groups, "now": now.milliseconds,
                "expires": grant.expiresAt?.milliseconds,
            ]
        ) { $0[0] as Int64 }
        guard let id else { throw StoreError.unusable(detail: "a token was not given a number") }
        return id
    }

    /// The token itself says whose it is: the one look-up without a company.
    static func bearer(of token: Secret, now: Timestamp, in session: Session) throws -> Bearer? {
        try session.first(
            """
            SELECT company_id, role, id, user, assigned_to, groups FROM tokens
            WHERE hash = :hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
            """, ["hash": hash(token), "now": now.milliseconds]
        ) {
            Bearer(
                company: try $0.company(), role: try $0.word("role"), tokenID: $0["id"], user: $0["user"],
                scope: try scope($0))
        }
    }

    static func all(of company: CompanyID, in session: Session) throws -> [TokenInfo] {
        try session.all(
            """
            SELECT t.*, u.used_at AS used_at FROM tokens AS t
            LEFT JOIN token_uses AS u ON u.company_id = t.company_id AND u.id = t.id
            WHERE t.company_id = :company ORDER BY t.id
            """, ["company": company.text]
        ) { row in
            TokenInfo(
                id: row["id"],
                grant: TokenGrant(
                    role: try row.word("role"), label: row["label"], user: row["user"], scope: try scope(row),
                    expiresAt: row.optionalTime("expires_at")), createdAt: row.time("created_at"),
                revokedAt: row.optionalTime("revoked_at"), lastUsedAt: row.optionalTime("used_at"))
        }
    }

    static func revoke(_ id: Int64, of company: CompanyID, now: Timestamp, in session: Session) throws -> Bool {
        try session.run(
            """
            UPDATE tokens SET revoked_at = coalesce(revoked_at, :now) WHERE company_id = :company AND id = :id
            """, ["now": now.milliseconds, "company": company.text, "id": id]) > 0
    }

    private static func columns(_ scope: AccessScope) throws -> (agent: String?, groups: String?) {
        guard case .tickets(let agent, let groups) = scope else { return (nil, nil) }
        return (agent, try jsonText(groups))
    }

    private static func scope(_ row: Row) throws -> AccessScope {
        guard let groups = try row.optionalJSON("groups", as: [String].self) else { return .everything }
        return .tickets(assignedTo: row["assigned_to"], groups: groups)
    }

    private static func hash(_ token: Secret) -> Data { Data(SHA256.digest(token.bytes)) }
}

/// The table `token_uses`: when each token was last used, about.
enum TokenUseRow {
    static func note(_ use: TokenUse, in session: Session) throws {
        try session.run(
            """
            INSERT INTO token_uses (company_id, id, used_at)
            SELECT company_id, id, :at FROM tokens WHERE company_id = :company AND id = :id
            ON CONFLICT (company_id, id) DO UPDATE SET used_at = max(used_at, excluded.used_at)
            """, ["company": use.company.text, "id": use.tokenID, "at": use.at.milliseconds])
    }
}
