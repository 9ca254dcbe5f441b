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

    /// Stores the hash of `token`; its number, counted up within the company.
    @discardableResult
    func addToken(_ token: Secret, of id: CompanyID, _ grant: TokenGrant, now: Timestamp) async throws -> Int64
    /// Whose token it is; `nil` when unknown, expired or revoked.
    func bearer(of token: Secret, now: Timestamp) async throws -> Bearer?
    func tokens(of id: CompanyID) async throws -> [TokenInfo]
    /// `false` when there is no such token.
    func revokeToken(_ id: Int64, of company: CompanyID, now: Timestamp) async throws -> Bool
    /// Keeps the latest of each token. Those of tokens that are not there are left out.
    func note(_ uses: [TokenUse]) async throws

    /// Removes everything of the company, in bounded transactions, and says what went: rows by table.
    func purge(_ id: CompanyID) async throws -> [String: Int]
}

extension Companies {
    /// For a token that is nobody's in particular.
    @discardableResult
    package func addToken(
        _ token: Secret, of id: CompanyID, role: Role, label: String, expiresAt: Timestamp?, now: Timestamp
    ) async throws -> Int64 {
        try await addToken(token, of: id, TokenGrant(role: role, label: label, expiresAt: expiresAt), now: now)
    }
}
