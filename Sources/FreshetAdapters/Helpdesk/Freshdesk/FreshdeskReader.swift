import FreshetCore

/// Reads one ticket with its whole conversation, or finds out why it cannot be read.
struct FreshdeskReader: Sendable {
    enum Finding: Sendable {
        case ticket(FreshdeskTicket)
        case gone(Gone)
        /// The account says 404 for the ticket and for an archived copy.
        case missing
        /// Refused with 403: out of the key's reach, or perhaps in the trash.
        case forbidden(code: String)
    }

    struct Reading: Sendable {
        var finding: Finding
        var calls: Int
    }

    let api: FreshdeskAPI

    func read(ticket id: Int64, urgency: Urgency) async throws(UpstreamError) -> Reading {
        var calls = 0
        do {
            let finding = try await readLive(id, urgency, &calls)
            return Reading(finding: finding, calls: calls)
        } catch .refused(status: 404, _) {
            let finding = try await readArchived(id, urgency, &calls)
            return Reading(finding: finding, calls: calls)
        } catch .forbidden(let code) {
            return Reading(finding: .forbidden(code: code), calls: calls)
        }
    }

    /// What `read` takes for a ticket that stays as it is meanwhile: a full last page is asked for its successor, and
    /// several pages are checked by reading the ticket once more.
    func calls(forConversations count: Int) -> Int {
        guard count >= Self.includedAtMost else { return 1 }
        return 1 + count / Self.perPage + 1 + (count > Self.perPage ? 1 : 0)
    }

    /// Throws unless the account has lately given an authenticated answer, or gives one now: a 404 for everything must
    /// not pass for everything being gone.
    func proveAccount(urgency: Urgency) async throws(UpstreamError) {
        if api.isProven { return }
        do {
            _ = try await api.get("/api/v2/agents/me", urgency: urgency)
        } catch .refused {
            throw .unreachable(detail: "the account answers 404 to everything")
        }
    }

    /// Reads until ticket and conversation are of one moment, at most three times over.
    private func readLive(_ id: Int64, _ urgency: Urgency, _ calls: inout Int) async throws(UpstreamError) -> Finding {
        var last: FreshdeskTicket?
        for _ in 0..<Self.rounds {
            let ticket = try await detail(id, urgency, &calls)
            if ticket.isDeleted { return .gone(.deleted) }
            if ticket.isSpam { return .gone(.spam) }
            let (conversations, pages) = try await conversations(
                of: ticket, path: "/api/v2/tickets/\(id)/conversations", urgency, &calls)
            let whole = FreshdeskTicket(ticket: ticket, conversations: conversations, isArchived: ticket.isArchived)
            let known = last?.ticket.updatedAt
            last = whole
            // A page is of one moment. Over several, a deleted message moves others from one page to the one before.
            if pages > 1 {
                let updatedAt = try await detail(id, including: nil, urgency, &calls).updatedAt
                if updatedAt == ticket.updatedAt { break }
            } else if known == ticket.updatedAt || !whole.hasMessageAfterUpdate {
                break
            }
        }
        guard let last else { throw .unreachable(detail: "the ticket was not read") }
        return .ticket(last)
    }

    private func readArchived(
        _ id: Int64, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> Finding {
        let path = "/api/v2/tickets/archived/\(id)"
        let ticket: TicketPayload
        do {
            calls += 1
            ticket = try await decode(try await api.get(path, urgency: urgency), id)
        } catch .refused(status: 404, _) {
            return .missing
        }
        if ticket.isDeleted { return .gone(.deleted) }
        if ticket.isSpam { return .gone(.spam) }
        let (conversations, _) = try await conversations(of: ticket, path: path + "/conversations", urgency, &calls)
        return .ticket(FreshdeskTicket(ticket: ticket, conversations: conversations, isArchived: true))
    }

    /// `including` costs one credit more for each.
    private func detail(
        _ id: Int64, including: String? = "conversations,requester,stats", _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> TicketPayload {
        calls += 1
        let query = including.map { [(name: "include", value: $0)] } ?? []
        return try await decode(
            try await api.get(
                "/api/v2/tickets/\(id)", query: query, credits: including == nil ? 1 : 4, urgency: urgency), id)
    }

    private func decode(_ answer: FreshdeskAnswer, _ id: Int64) async throws(UpstreamError) -> TicketPayload {
        let ticket = try answer.decode(TicketPayload.self, as: "ticket")
        guard ticket.id == id else { throw .malformed(path: "ticket.id") }
        return ticket
    }

    /// All conversations, oldest first, and how many pages they filled (none when the ticket brought them all).
    private func conversations(
        of ticket: TicketPayload, path: String, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> ([ConversationPayload], pages: Int) {
        if let included = ticket.conversations, included.count < Self.includedAtMost {
            return (included.uniqueByID.oldestFirst, 0)
        }
        var found: [ConversationPayload] = []
        for page in 1...Self.pageLimit {
            calls += 1
            let query = [("per_page", String(Self.perPage)), ("page", String(page))]
            let answer: FreshdeskAnswer
            do {
                answer = try await api.get(path, query: query, urgency: urgency)
            } catch .refused(status: 404, _) {
                // It was there a moment ago: a later look will tell.
                throw .unreachable(detail: "the ticket vanished while it was read")
            }
            let rows = try answer.decode([ConversationPayload].self, as: "conversations")
            let before = found.count
            found = (found + rows).uniqueByID
            let isLast = !answer.hasNextPage && rows.count < Self.perPage
            if isLast { return (found.oldestFirst, rows.isEmpty ? page - 1 : page) }
            // A page that brings nothing new and promises more would be asked for without end.
            guard found.count > before else { throw .malformed(path: "conversations") }
        }
        throw .tooLarge(limit: Self.pageLimit * Self.perPage)
    }

    private static let rounds = 3
    /// Freshdesk includes no more than this; exactly so many may be all, or the first of many.
    private static let includedAtMost = 10
    private static let perPage = 100
    private static let pageLimit = 200
}

extension FreshdeskTicket {
    /// The conversation is newer than the ticket that was read: replies and notes raise `updated_at`.
    fileprivate var hasMessageAfterUpdate: Bool {
        conversations.contains { $0.createdAt > ticket.updatedAt }
    }
}

extension [ConversationPayload] {
    /// Without repetitions; of several with one id the last read counts.
    fileprivate var uniqueByID: [ConversationPayload] {
        var places: [Int64: Int] = [:]
        var unique: [ConversationPayload] = []
        for conversation in self {
            if let place = places[conversation.id] {
                unique[place] = conversation
            } else {
                places[conversation.id] = unique.count
                unique.append(conversation)
            }
        }
        return unique
    }

    fileprivate var oldestFirst: [ConversationPayload] {
        sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
}
