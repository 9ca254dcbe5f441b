import FreshetCore
import Foundation
import GRDB

/// The table `secrets`: sealed, one row per company and name.
enum SecretRow {
    enum Name: String { case apiKey = "api_key", webhook, webhookPrevious = "webhook_previous" }

    static func set(
        _ secret: Secret, _ name: Name, of company: CompanyID, expiresAt: Timestamp? = nil, vault: Vault,
        now: Timestamp, in session: Session
    ) throws {
        try KeyCheck.claim(vault, in: session)
        let (keyID, sealed) = try vault.seal(secret, name.rawValue, of: company)
        try session.run(
            """
            INSERT INTO secrets (company_id, name, key_id, sealed, expires_at, updated_at)
            VALUES (:company, :name, :key, :sealed, :expires, :now)
            ON CONFLICT (company_id, name) DO UPDATE SET
                key_id = excluded.key_id, sealed = excluded.sealed, expires_at = excluded.expires_at,
                updated_at = excluded.updated_at
            """,
            [
                "company": company.text, "name": name.rawValue, "key": keyID, "sealed": sealed,
                "expires": expiresAt?.milliseconds, "now": now.milliseconds,
            ])
    }

    /// Expired ones are not there.
    static func secret(
        _ name: Name, of company: CompanyID, vault: Vault, now: Timestamp?, in session: Session
    ) throws -> Secret? {
        let row = try session.first(
            "SELECT key_id, sealed, expires_at FROM secrets WHERE company_id = :company AND name = :name",
            ["company": company.text, "name": name.rawValue]
        ) { (keyID: $0["key_id"] as String, sealed: $0["sealed"] as Data, expiresAt: $0.optionalTime("expires_at")) }
        guard let row else { return nil }
        if let now, let end = row.expiresAt, now >= end { return nil }
        return try vault.open(row.sealed, keyID: row.keyID, name.rawValue, of: company)
    }

    static func delete(_ name: Name, of company: CompanyID, in session: Session) throws {
        try session.run(
            "DELETE FROM secrets WHERE company_id = :company AND name = :name",
            ["company": company.text, "name": name.rawValue])
    }
}
