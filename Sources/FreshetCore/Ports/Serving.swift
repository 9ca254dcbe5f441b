/// Takes webhooks in: checks, counts and stores them. The server answers what this says, and nothing before it.
package protocol WebhookIntake: Sendable {
    /// Returns only when the delivery is durable, or certain not to be stored. Never throws: every input has an answer.
    func receive(_ request: WebhookRequest) async -> IntakeAnswer
}

/// The answers of design 6.1 that need more than the framing to decide. `reason` is one of our own words, for counters
/// and logs; it never reaches the sender.
package enum IntakeAnswer: Sendable, Equatable {
    /// 202: durable.
    case accepted(Acceptance)
    /// 401, one body for all.
    case unauthorized(reason: String)
    /// 400.
    case malformed(reason: String)
    /// 422.
    case unusable(reason: String)
    /// 429, with `Retry-After` in seconds, 1...59.
    case limited(retryAfter: Int)
    /// 503, with `Retry-After` in seconds, 1...59.
    case unavailable(reason: String, retryAfter: Int)
}

/// Proves who asks.
package protocol BearerCheck: Sendable {
    /// `nil` when the token is unknown, expired or revoked.
    func bearer(of token: Secret) async throws -> Bearer?
}

/// Answers agents.
package protocol Recommender: Sendable {
    func query(_ query: SearchQuery, for company: CompanyID) async throws -> Recommendation
}

package struct Recommendation: Sendable, Equatable {
    /// Random; feedback will name it.
    package var id: String
    package var hits: [Hit]
    /// What the search had to do without; `nil` for nothing.
    package var degradation: SearchDegradation?

    package init(id: String, hits: [Hit], degradation: SearchDegradation? = nil) {
        self.degradation = degradation
        self.id = id
        self.hits = hits
    }
}

/// Says whether the service can do its work, and where it stalls if not.
package protocol ReadinessCheck: Sendable {
    func readiness() async -> Readiness
}

package struct Readiness: Sendable, Equatable {
    /// Part by part, in the order of the river: `intake`, `ledger`, `fetch`, `models`, `index`, and the `store` under all
    /// of them; `nil` is well, text says what is wrong in our own words.
    package var parts: [String: String?]
    /// What is worth knowing of a part that is well enough for the service as a whole.
    package var notes: [String: String]
    package var isReady: Bool { parts.values.allSatisfy { $0 == nil } }

    package init(parts: [String: String?], notes: [String: String] = [:]) {
        self.parts = parts
        self.notes = notes
    }
}
