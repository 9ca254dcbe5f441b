package import FreshetCore
import GRDB

/// The companies in SQLite. See `Companies` for what it promises.
///
/// Changes to a company that is not there throw `StoreError.unknownCompany`. Whatever seals or opens a secret throws
/// `StoreError.unusable` without the right master key.
package struct SQLiteCompanies: Companies {
    let storage: Storage
    let vault: Vault
    let batch: Int

    package func add(_ company: Company, apiKey: Secret, webhookSecret: Secret) async throws {
        try await storage.write { session in
            let now = company.createdAt
            try CompanyRow.insert(company, in: session)
            try SecretRow.set(apiKey, .apiKey, of: company.id, vault: vault, now: now, in: session)
            try SecretRow.set(webhookSecret, .webhook, of: company.id, vault: vault, now: now, in: session)
        }
    }

    package func company(_ id: CompanyID) async throws -> Company? {
        try await storage.read { session in try CompanyRow.company(id, in: session) }
    }

    /// In the order of their ids.
    package func all() async throws -> [Company] {
        try await storage.read { session in try CompanyRow.all(in: session) }
    }

    package func revision() async throws -> Int64 {
        try await storage.read { session in try CompanyRow.revision(in: session) }
    }

    package func apiKey(of id: CompanyID) async throws -> Secret? {
        try await storage.read { session in
            try SecretRow.secret(.apiKey, of: id, vault: vault, now: nil, in: session)
        }
    }

    package func setAPIKey(_ key: Secret, of id: CompanyID, now: Timestamp) async throws {
        try await storage.write { session in
            try CompanyRow.require(id, in: session)
            try SecretRow.set(key, .apiKey, of: id, vault: vault, now: now, in: session)
        }
    }

    package func webhookCredentials(of id: CompanyID, now: Timestamp) async throws -> WebhookCredentials? {
        try await storage.read { session in
            guard let company = try CompanyRow.company(id, in: session) else { return nil }
            let secrets = try [SecretRow.Name.webhook, .webhookPrevious].compactMap {
                try SecretRow.secret($0, of: id, vault: vault, now: now, in: session)
            }
            return secrets.isEmpty ? nil : WebhookCredentials(scheme: company.scheme, secrets: secrets)
        }
    }

    /// With another scheme the old secret ends at once: it is of no use for signatures of the new one.
    package func rotateWebhookSecret(
        of id: CompanyID, to secret: Secret, scheme: WebhookScheme?, overlapUntil: Timestamp, now: Timestamp
    ) async throws {
        try await storage.write { session in
            guard let company = try CompanyRow.company(id, in: session) else { throw StoreError.unknownCompany(id) }
            let isNewScheme = scheme != nil && scheme != company.scheme
            if let scheme, isNewScheme { try CompanyRow.setScheme(scheme, id, now: now, in: session) }
            let old = try SecretRow.secret(.webhook, of: id, vault: vault, now: now, in: session)
            if let old, !isNewScheme, overlapUntil > now {
                try SecretRow.set(
                    old, .webhookPrevious, of: id, expiresAt: overlapUntil, vault: vault, now: now, in: session)
            } else {
                try SecretRow.delete(.webhookPrevious, of: id, in: session)
            }
            try SecretRow.set(secret, .webhook, of: id, vault: vault, now: now, in: session)
        }
    }

    package func setPaused(_ paused: Bool, _ id: CompanyID, now: Timestamp) async throws {
        try await storage.write { session in
            try CompanyRow.require(id, in: session)
            try CompanyRow.setPaused(paused, id, now: now, in: session)
        }
    }

    package func addToken(
        _ token: Secret, of id: CompanyID, _ grant: TokenGrant, now: Timestamp
    ) async throws -> Int64 {
        try await storage.write { session in
            try CompanyRow.require(id, in: session)
            return try TokenRow.insert(token, of: id, grant, now: now, in: session)
        }
    }

    package func bearer(of token: Secret, now: Timestamp) async throws -> Bearer? {
        try await storage.read { session in try TokenRow.bearer(of: token, now: now, in: session) }
    }

    /// In the order in which they were made, revoked and expired ones included.
    package func tokens(of id: CompanyID) async throws -> [TokenInfo] {
        try await storage.read { session in try TokenRow.all(of: id, in: session) }
    }

    package func revokeToken(_ id: Int64, of company: CompanyID, now: Timestamp) async throws -> Bool {
        try await storage.write { session in try TokenRow.revoke(id, of: company, now: now, in: session) }
    }

    package func note(_ uses: [TokenUse]) async throws {
        if uses.isEmpty { return }
        try await storage.write { session in for use in uses { try TokenUseRow.note(use, in: session) } }
    }

    /// Also finishes a purge that was cut short, whose company is gone already.
    package func purge(_ id: CompanyID) async throws -> [String: Int] {
        try await Purge(storage: storage, batch: batch).run(id)
    }
}
