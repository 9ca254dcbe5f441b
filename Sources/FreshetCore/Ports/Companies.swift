/// Remembers the companies, their secrets (sealed) and tokens (hashed).
package protocol Companies: Sendable {
    /// Throws `StoreError.companyExists`.
    func add(_ company: Company, apiKey: Secret, webhookSecret: Secret) async throws
    func company(_ id: CompanyID) async throws -> Company?
    func all() async throws -> [Company]
    /// Rises with every change to any company, secret or token, by any process. Cheap.
    func revision() async throws -> Int64

    func apiKey(of id: CompanyID) async throws -> Secret?
    func setAPIKey(_ key: Secret, of id: CompanyID, now: Timestamp) async throws
    /// Current secret first, then the previous one until its overlap ends. `nil` for an unknown company.
    func webhookCredentials(of id: CompanyID, now: Timestamp) async throws -> WebhookCredentials?
    /// The old secret stays good until `overlapUntil`.
    func rotateWebhookSecret(
        of id: CompanyID, to secret: Secret, scheme: WebhookScheme?, overlapUntil: Timestamp, now: Timestamp
    ) async throws
    func setPaused(_ paused: Bool, _ id: CompanyID, now: Timestamp) async throws

    /// Stores the hash of `token`. `label` is for people.
    func addToken(_ token: Secret, of id: CompanyID, role: Role, label: String, expiresAt: Timestamp?, now: Timestamp)
        async throws
    /// Whose token it is; `nil` when unknown, expired or revoked.
    func bearer(of token: Secret, now: Timestamp) async throws -> Bearer?
    func tokens(of id: CompanyID) async throws -> [TokenInfo]
    /// `false` when there is no such token.
    func revokeToken(_ id: Int64, of company: CompanyID, now: Timestamp) async throws -> Bool

    /// Removes everything of the company, in bounded transactions, and says what went: rows by table.
    func purge(_ id: CompanyID) async throws -> [String: Int]
}

/// Who asks, as proved by a token.
package struct Bearer: Sendable, Equatable {
    package var company: CompanyID
    package var role: Role
    package var tokenID: Int64

    package init(company: CompanyID, role: Role, tokenID: Int64) {
        self.company = company
        self.role = role
        self.tokenID = tokenID
    }
}

package struct TokenInfo: Sendable, Equatable, Codable {
    package var id: Int64
    package var role: Role
    package var label: String
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?

    package init(
        id: Int64, role: Role, label: String, createdAt: Timestamp, expiresAt: Timestamp?, revokedAt: Timestamp?
    ) {
        self.id = id
        self.role = role
        self.label = label
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, role, label
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
    }
}
