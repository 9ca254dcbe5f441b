/// Which tickets somebody may see. Articles are not limited by it: who may read them is decided by their folder.
///
/// The same rule is applied inside every index (`SearchFilters.scope`), so that limits and pages count what may be seen,
/// and by `allows(_:)` wherever a single ticket is asked for. What is not allowed is not there: 404, never 403.
package enum AccessScope: Sendable, Hashable {
    case everything
    /// Tickets assigned to this agent, named by the help desk's id or the e-mail address, and tickets of these groups,
    /// by name or id. One of them is enough; where nothing is named, no ticket is seen.
    case tickets(assignedTo: String?, groups: [String])

    /// Texts are compared without case.
    package func allows(_ metadata: Metadata) -> Bool {
        guard case .tickets(let agent, let groups) = self, metadata.article == nil else { return true }
        if let agent, let assigned = metadata.agent, Self.names(assigned).contains(agent.lowercased()) { return true }
        let present = [metadata.group?.name, metadata.group.map { String($0.id) }].compactMap { $0?.lowercased() }
        return groups.contains { present.contains($0.lowercased()) }
    }

    /// What an agent is named by, in lower case: id and e-mail address.
    package static func names(_ person: Person) -> [String] {
        [String(person.id), person.email].compactMap { $0?.lowercased() }
    }
}

/// Who asks, as proved by a token.
package struct Bearer: Sendable, Equatable {
    package var company: CompanyID
    package var role: Role
    /// Of our own tokens, counted up within the company; `nil` for one that somebody else signed.
    package var tokenID: Int64?
    /// Who it is at the help desk (id or e-mail address) or at the identity provider; `nil` for a token of no person.
    package var user: String?
    package var scope: AccessScope

    package init(
        company: CompanyID, role: Role, tokenID: Int64?, user: String? = nil, scope: AccessScope = .everything
    ) {
        self.company = company
        self.role = role
        self.tokenID = tokenID
        self.user = user
        self.scope = scope
    }

    /// For records of who did something: the person where one is named, else the token.
    package var actor: String { user ?? tokenID.map { "token \($0)" } ?? "nobody" }
}

extension Bearer {
    /// Under which name their feedback and what they are shown are noted: the same for one person or token.
    package var person: String { user ?? tokenID.map { "token-\($0)" } ?? "nobody" }
}

/// What a new token is to be good for.
package struct TokenGrant: Sendable, Equatable {
    package var role: Role
    /// For people: who or what uses it.
    package var label: String
    package var user: String?
    package var scope: AccessScope
    /// `nil`: until it is revoked.
    package var expiresAt: Timestamp?

    package init(
        role: Role, label: String, user: String? = nil, scope: AccessScope = .everything, expiresAt: Timestamp? = nil
    ) {
        self.role = role
        self.label = label
        self.user = user
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

/// A token as it is shown: everything but itself.
package struct TokenInfo: Sendable, Equatable {
    package var id: Int64
    package var grant: TokenGrant
    package var createdAt: Timestamp
    package var revokedAt: Timestamp?
    /// Written down within seconds, to about a minute.
    package var lastUsedAt: Timestamp?

    package init(
        id: Int64, grant: TokenGrant, createdAt: Timestamp, revokedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.grant = grant
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
    }

    package enum State: String, Sendable { case active, expired, revoked }

    package func state(at now: Timestamp) -> State {
        if revokedAt != nil { return .revoked }
        return grant.expiresAt.map { $0 <= now } ?? false ? .expired : .active
    }
}

/// When a token was last used.
package struct TokenUse: Sendable, Equatable {
    package var company: CompanyID
    package var tokenID: Int64
    package var at: Timestamp

    package init(company: CompanyID, tokenID: Int64, at: Timestamp) {
        self.company = company
        self.tokenID = tokenID
        self.at = at
    }
}

/// What a person with power did, or tried to do.
package struct AdminAct: Sendable, Equatable {
    /// `nil`: of no single company, or of one that is not there any more.
    package var company: CompanyID?
    package var at: Timestamp
    /// `operator`, a user, `token 3`, or `command line (NAME)`.
    package var actor: String
    /// `reconcile.start`, `token.revoke`: one of our own words.
    package var act: String
    /// What it was done to, in our own spelling: `/ingest/rec_…`, `token 3`.
    package var target: String
    /// Of the request that asked for it.
    package var requestID: String?
    /// `done` or why not (`refused 422`); `nil` while it is under way, and for ever where the process died with it.
    package var outcome: String?

    package init(
        company: CompanyID?, at: Timestamp, actor: String, act: String, target: String, requestID: String? = nil,
        outcome: String? = nil
    ) {
        self.company = company
        self.at = at
        self.actor = actor
        self.act = act
        self.target = target
        self.requestID = requestID
        self.outcome = outcome
    }

    package var json: JSONValue {
        .object([
            "company_id": company.map { .string($0.text) } ?? .null, "at": .time(at), "actor": .string(actor),
            "act": .string(act), "target": .string(target), "request_id": requestID.map { .string($0) } ?? .null,
            "outcome": outcome.map { .string($0) } ?? .null,
        ])
    }
}
