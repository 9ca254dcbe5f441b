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
            guard
                let conversations = try await conversations(
                    of: ticket, path: "/api/v2/tickets/\(id)/conversations", urgency, &calls)
            else { continue }
            let whole = FreshdeskTicket(ticket: ticket, conversations: conversations, isArchived: ticket.isArchived)
            let known = last?.ticket.updatedAt
            last = whole
            if known == ticket.updatedAt || !whole.hasMessageAfterUpdate { break }
        }
        guard let last else { throw Self.moved }
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
        guard
            let conversations = try await conversations(of: ticket, path: path + "/conversations", urgency, &calls)
        else { throw Self.moved }
        return .ticket(FreshdeskTicket(ticket: ticket, conversations: conversations, isArchived: true))
    }

    /// One credit, and one more for each of the three includes.
    private func detail(
        _ id: Int64, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> TicketPayload {
        calls += 1
        return try await decode(
            try await api.get(
                "/api/v2/tickets/\(id)", query: [("include", "conversations,requester,stats")], credits: 4,
                urgency: urgency), id)
    }

    private func decode(_ answer: FreshdeskAnswer, _ id: Int64) async throws(UpstreamError) -> TicketPayload {
        let ticket = try answer.decode(TicketPayload.self, as: "ticket")
        guard ticket.id == id else { throw .malformed(path: "ticket.id") }
        return ticket
    }

    /// All conversations, oldest first; `nil` when one was deleted while the pages were read, so that others have moved.
    ///
    /// A page is of one moment, but over several a deleted message moves others from one page to the one before, where
    /// they were not yet and are no longer. So each page begins at a message that has been read already: if that is
    /// not there, messages have moved. This costs no call of its own but a few rows of the page.
    private func conversations(
        of ticket: TicketPayload, path: String, _ urgency: Urgency, _ calls: inout Int
    ) async throws(UpstreamError) -> [ConversationPayload]? {
        if let included = ticket.conversations, included.count < Self.includedAtMost {
            return included.uniqueByID.oldestFirst
        }
        var found: [ConversationPayload] = []
        var last: Int64?
        var largest = Self.perPage
        for _ in 1...Self.pageLimit {
            let request = ConversationPage(after: found.count, largest: largest)
            calls += 1
            let (rows, hasNextPage) = try await page(request, at: path, urgency)
            if let last, !rows.contains(where: { $0.id == last }) { return nil }
            let before = found.count
            found = (found + rows).uniqueByID
            if rows.count < request.perPage {
                // Where a short page is not the last one, the account grants no more rows a page than this.
                guard hasNextPage, !rows.isEmpty else { return found.oldestFirst }
                largest = rows.count
            }
            // A page that brings nothing new and promises more would be asked for without end.
            guard found.count > before else { throw .malformed(path: "conversations") }
            last = rows.last?.id
        }
        throw .tooLarge(limit: Self.pageLimit * Self.perPage)
    }

    private func page(
        _ request: ConversationPage, at path: String, _ urgency: Urgency
    ) async throws(UpstreamError) -> ([ConversationPayload], hasNextPage: Bool) {
        let query = [("per_page", String(request.perPage)), ("page", String(request.page))]
        do {
            let answer = try await api.get(path, query: query, urgency: urgency)
            return (try answer.decode([ConversationPayload].self, as: "conversations"), answer.hasNextPage)
        } catch .refused(status: 404, _) {
            // It was there a moment ago: a later look will tell.
            throw .unreachable(detail: "the ticket vanished while it was read")
        }
    }

    private static let moved = UpstreamError.unreachable(detail: "the conversation moved while it was read")
    private static let rounds = 3
    /// Freshdesk includes no more than this; exactly so many may be all, or the first of many.
    private static let includedAtMost = 10
    private static let perPage = 100
    private static let pageLimit = 200
}

/// A page of a conversation that begins at or before the last message read and, of all such, reaches furthest.
private struct ConversationPage {
    var page = 1
    var perPage: Int

    init(after read: Int, largest: Int) {
        perPage = largest
        var end = read
        for size in 1...largest where read > 0 {
            let number = (read - 1) / size + 1
            if number * size > end { (page, perPage, end) = (number, size, number * size) }
        }
    }
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
