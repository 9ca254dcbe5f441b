/// Writes what agents read and send: grounded answers and drafted replies.
package protocol Writing: Sendable {
    /// What the hits say about the question; `nil` where nobody writes answers for the company. What keeps an answer back
    /// is in it, by name; only a store that fails and a cancelled caller throw.
    func answer(
        _ query: SearchQuery, from found: Recommendation, for company: CompanyID
    ) async throws -> GroundedAnswer?
    /// `nil` when there is no such ticket. Throws `UpstreamError` when the help desk cannot be asked about a ticket of
    /// which nothing is on record.
    func reply(_ wish: ReplyWish, for company: CompanyID) async throws -> DraftedReply?
}

/// An answer to an agent's question, every sentence of which rests on a hit.
package struct GroundedAnswer: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        case answered
        /// The hits do not say it.
        case notEnoughEvidence
        /// There are results, and no answer for this reason.
        case withheld(WritingFault)

        package var name: String {
            switch self {
            case .answered: "answered"
            case .notEnoughEvidence: "not_enough_evidence"
            case .withheld: "withheld"
            }
        }
    }

    package var status: Status
    /// `nil` unless there is an answer.
    package var draft: Draft?
    /// Of the items that the draft rests on, in the order of first mention.
    package var citations: [Citation]
    /// The help desk could not say in time whether all that is cited is still there.
    package var isUnverified: Bool

    package init(_ status: Status, draft: Draft? = nil, citations: [Citation] = [], isUnverified: Bool = false) {
        self.status = status
        self.draft = draft
        self.citations = citations
        self.isUnverified = isUnverified
    }
}

/// An item that a text rests on.
package struct Citation: Sendable, Equatable {
    package var item: Item
    package var subject: String

    package init(item: Item, subject: String) {
        self.item = item
        self.subject = subject
    }
}

/// What `POST /generate_reply` asks for.
package struct ReplyWish: Sendable, Equatable {
    /// The help desk's id of the ticket.
    package var ticket: Int64
    package var instructions: String
    /// ISO 639-1; `nil` for the ticket's own.
    package var language: String?
    /// Which tickets whoever asks may see; another one is not there, and nothing of it is used.
    package var scope: AccessScope

    package init(
        ticket: Int64, instructions: String = "", language: String? = nil, scope: AccessScope = .everything
    ) {
        self.scope = scope
        self.ticket = ticket
        self.instructions = instructions
        self.language = language
    }
}

package struct DraftedReply: Sendable, Equatable {
    package var recommendationID: String
    package var ticket: Item
    package var draft: Draft
    package var citations: [Citation]
    /// Written by what is built in.
    package var isBuiltin: Bool
    /// Why it was not a model that wrote it, where one should have.
    package var reason: WritingFault?
    /// The help desk could not say in time how the ticket stands, or whether all that is cited is still there.
    package var isUnverified: Bool

    package init(
        recommendationID: String, ticket: Item, draft: Draft, citations: [Citation], isBuiltin: Bool,
        reason: WritingFault?, isUnverified: Bool
    ) {
        self.recommendationID = recommendationID
        self.ticket = ticket
        self.draft = draft
        self.citations = citations
        self.isBuiltin = isBuiltin
        self.reason = reason
        self.isUnverified = isUnverified
    }
}
