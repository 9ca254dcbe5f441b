package import FreshetCore

/// What is believed of tokens that an identity provider signed, and which claim means what.
package struct IssuedTokenPolicy: Sendable {
    /// Which tickets an agent sees.
    package enum Sight: String, Sendable, CaseIterable {
        case all
        /// Those of the groups that the token names, and those assigned to its user.
        case groups
        /// Those assigned to its user.
        case assigned
    }

    package var algorithm: JWTAlgorithm
    /// Exactly what `iss` must be.
    package var issuer: String
    /// What `aud` must be or hold.
    package var audience: String
    /// How far the issuer's clock may be off ours.
    package var clockSkew: Duration
    /// Names of claims; a dot leads into an object where no claim has the whole name.
    package var companyClaim: String
    package var userClaim: String
    package var roleClaim: String
    package var groupsClaim: String
    /// Values of the role claim.
    package var agentRoles: Set<String>
    package var adminRoles: Set<String>
    package var sight: Sight

    package init(
        algorithm: JWTAlgorithm, issuer: String, audience: String, clockSkew: Duration = .seconds(30),
        companyClaim: String = "company_id", userClaim: String = "sub", roleClaim: String = "role",
        groupsClaim: String = "groups", agentRoles: Set<String> = ["agent"], adminRoles: Set<String> = ["admin"],
        sight: Sight = .all
    ) {
        self.algorithm = algorithm
        self.issuer = issuer
        self.audience = audience
        self.clockSkew = clockSkew
        self.companyClaim = companyClaim
        self.userClaim = userClaim
        self.roleClaim = roleClaim
        self.groupsClaim = groupsClaim
        self.agentRoles = agentRoles
        self.adminRoles = adminRoles
        self.sight = sight
    }
}

/// Proves who asks by JSON Web Tokens that an identity provider signed (RFC 7519, RFC 8725).
///
/// The algorithm is the configured one whatever a token says, keys come from a file or the configured URL and never from
/// the token, and every token must end (`exp`). It never makes an operator.
package struct IssuedBearers: BearerCheck {
    package enum Keys: Sendable {
        case fixed(JWTKeySet)
        case fetched(JWKSAddress)
    }

    private let policy: IssuedTokenPolicy
    private let keys: Keys
    private let companies: any Companies
    private let clock: any WallClock
    private let refused: @Sendable (String) -> Void

    /// The words that `refused` is told.
    package static let reasons = JWTFault.allCases.map(\.rawValue)

    /// - Parameter refused: told why, in one of our own words, each time a token proves nothing.
    package init(
        policy: IssuedTokenPolicy, keys: Keys, companies: any Companies, clock: any WallClock,
        refused: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.policy = policy
        self.keys = keys
        self.companies = companies
        self.clock = clock
        self.refused = refused
    }

    /// `nil` for a token that proves nothing. Throws `UpstreamError` when the issuer's keys cannot be had, and what the
    /// store throws.
    package func bearer(of token: Secret) async throws -> Bearer? {
        do {
            return try await proved(token)
        } catch let fault as JWTFault {
            refused(fault.rawValue)
            return nil
        }
    }

    private func proved(_ text: Secret) async throws -> Bearer {
        let token = try JSONWebToken(text.bytes)
        guard token.algorithm == policy.algorithm.rawValue else { throw JWTFault.algorithm }
        guard let key = try await key(named: token.keyID) else { throw JWTFault.key }
        guard key.proves(token) else { throw JWTFault.signature }
        try checkTimes(token)
        guard token.claims["iss"] == .string(policy.issuer) else { throw JWTFault.issuer }
        guard try Self.texts(token.claims["aud"]).contains(policy.audience) else { throw JWTFault.audience }
        guard case .string(let name)? = token.claim(policy.companyClaim), let company = CompanyID(name),
            try await companies.company(company) != nil
        else { throw JWTFault.company }
        let role = try role(token)
        let user = try user(token)
        return Bearer(
            company: company, role: role, tokenID: nil, user: user, scope: try scope(token, role: role, user: user))
    }

    private func key(named id: String?) async throws -> JWTKey? {
        switch keys {
        case .fixed(let set): set.key(named: id)
        case .fetched(let address): try await address.key(named: id)
        }
    }

    private func checkTimes(_ token: JSONWebToken) throws(JWTFault) {
        let now = Double(clock.now.milliseconds) / 1000
        let skew = policy.clockSkew.seconds
        guard let end = try Self.moment(token.claims["exp"]) else { throw .claims }
        guard now < end + skew else { throw .expired }
        for name in ["nbf", "iat"] {
            if let start = try Self.moment(token.claims[name]), now < start - skew { throw .early }
        }
    }

    private func role(_ token: JSONWebToken) throws(JWTFault) -> Role {
        let names = Set(try Self.texts(token.claim(policy.roleClaim)))
        if !names.isDisjoint(with: policy.adminRoles) { return .admin }
        if !names.isDisjoint(with: policy.agentRoles) { return .agent }
        throw .role
    }

    /// Who it is; a token must say so, since feedback and the audit log name people.
    private func user(_ token: JSONWebToken) throws(JWTFault) -> String {
        let name: String
        switch token.claim(policy.userClaim) {
        case .string(let text)?: name = text
        case .integer(let number)?: name = String(number)
        default: throw .claims
        }
        guard (1...256).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw .claims
        }
        return name
    }

    private func scope(_ token: JSONWebToken, role: Role, user: String) throws(JWTFault) -> AccessScope {
        guard role == .agent else { return .everything }
        switch policy.sight {
        case .all: return .everything
        case .assigned: return .tickets(assignedTo: user, groups: [])
        case .groups:
            let groups = try Self.texts(token.claim(policy.groupsClaim))
            guard groups.count <= 200 else { throw .claims }
            return .tickets(assignedTo: user, groups: groups)
        }
    }

    /// NumericDate (RFC 7519, section 2).
    private static func moment(_ value: JSONValue?) throws(JWTFault) -> Double? {
        switch value {
        case nil: nil
        case .integer(let seconds)?: Double(seconds)
        case .number(let seconds)?: seconds
        default: throw .claims
        }
    }

    /// One text, or a list of them.
    private static func texts(_ value: JSONValue?) throws(JWTFault) -> [String] {
        switch value {
        case nil: return []
        case .string(let text)?: return [text]
        case .array(let values)?:
            var texts: [String] = []
            for value in values {
                switch value {
                case .string(let text): texts.append(text)
                case .integer(let number): texts.append(String(number))
                default: throw .claims
                }
            }
            return texts
        default: throw .claims
        }
    }
}
