package import FreshetCore
package import FreshetSystem
package import Logging

/// A company's account at Freshdesk, read through its API (version 2).
///
/// One ticket costs one call while it has fewer than ten replies and notes, and one more per hundred of them beyond:
/// Freshdesk does not say whether ten are all there are, so at ten it is asked. One article costs two, and one more per
/// configured language.
/// Names come from look-ups that many tickets share. What counts as gone is written at `fetch`.
/// Safe to use from many tasks at once.
package struct FreshdeskHelpDesk: HelpDesk, NoteBoard, AttachmentDesk {
    let account: FreshdeskAccount
    private let governor: RateGovernor
    private let reader: FreshdeskReader
    private let articleReader: FreshdeskArticleReader
    private let lookups: FreshdeskLookups
    private let trash: FreshdeskTrash
    let api: FreshdeskAPI
    let depth: FreshdeskListing.Depth
    private let logger: Logger

    /// - Parameter articleLanguages: which translations of articles are read besides the articles' own language.
    package init(
        account: FreshdeskAccount, http: HTTPClient, clock: any WallClock, random: any RandomSource,
        governor: RateGovernor, logger: Logger, lookupExpiry: LookupExpiry = LookupExpiry(),
        articleLanguages: [String] = []
    ) {
        self.init(
            account: account, http: http, clock: clock, random: random, governor: governor, logger: logger,
            lookupExpiry: lookupExpiry, articleLanguages: articleLanguages, depth: FreshdeskListing.Depth())
    }

    /// `depth` is how far page numbers reach at this account; elsewhere than at Freshdesk it may be less.
    init(
        account: FreshdeskAccount, http: HTTPClient, clock: any WallClock, random: any RandomSource,
        governor: RateGovernor, logger: Logger, lookupExpiry: LookupExpiry,
        articleLanguages: [String] = [], depth: FreshdeskListing.Depth
    ) {
        self.account = account
        self.governor = governor
        self.depth = depth
        var logger = logger
        logger[metadataKey: "company"] = "\(account.company)"
        self.logger = logger
        api = FreshdeskAPI(account: account, http: http, governor: governor, clock: clock)
        reader = FreshdeskReader(api: api)
        articleReader = FreshdeskArticleReader(
            api: api, languages: articleLanguages, expiry: lookupExpiry, clock: clock, random: random, logger: logger)
        lookups = FreshdeskLookups(api: api, expiry: lookupExpiry, clock: clock, random: random, logger: logger)
        trash = FreshdeskTrash(api: api, clock: clock, random: random)
    }

    package var calls: Int64 { governor.answers }
    package var callsPerMinute: Int? { governor.allowance }

    package func callsToRead(_ expected: ExpectedReading) -> Int {
        switch expected {
        case .present(let messages): reader.calls(forConversations: messages ?? 0)
        case .article: articleReader.usualCalls
        case .inTrash: 1
        // The ticket, and the archive.
        case .absent: 2
        }
    }

    /// The ticket or article as it stands.
    ///
    /// It is gone only on Freshdesk's own word: a ticket that says it is deleted or spam; a 403 for one that the trash or
    /// the spam list names; a 404 for it and for an archived copy, while the account answers other calls.
    /// The state is at least as new as the call. A change while several pages are read is read again, at most twice.
    package func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        precondition(item.company == account.company, "an item of one company was asked of another's help desk")
        switch item.kind {
        case .ticket: return try await fetchTicket(item, urgency)
        case .article: return try await articleReader.fetch(item, lookups: lookups, urgency: urgency)
        }
    }

    private func fetchTicket(_ item: Item, _ urgency: Urgency) async throws(UpstreamError) -> Fetched {
        let reading = try await reader.read(ticket: item.originalID, urgency: urgency)
        switch reading.finding {
        case .ticket(let ticket):
            let names = await lookups.names(for: ticket, urgency: urgency)
            return Fetched(.present(ticket.source(of: item, names: names)), calls: reading.calls)
        case .gone(let how):
            return Fetched(.gone(how), calls: reading.calls)
        case .missing:
            // Shared like a look-up: one call proves the account for many tickets.
            try await reader.proveAccount(urgency: urgency)
            return Fetched(.gone(.purged), calls: reading.calls)
        case .forbidden(let code):
            guard let how = try await trash.gone(item.originalID, refusedAs: code, urgency: urgency) else {
                throw .forbidden(code: code)
            }
            return Fetched(.gone(how), calls: reading.calls)
        }
    }

    package func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage {
        if listing == .articles { return try await articles(at: position, urgency: urgency) }
        var place = FreshdeskListing(since: listing.since)
        if let position {
            if let stored = FreshdeskListing(position) { place = stored } else { warnOfPosition() }
        }
        var calls = 0
        for _ in 0...Self.restarts {
            let request = place.request(depth)
            let answer = try await api.get(
                "/api/v2/tickets", query: listing.filter + Self.query(request, since: place.since), isList: true,
                urgency: urgency)
            calls += 1
            let rows = try answer.decode([TicketRowPayload].self, as: "tickets")
            let read = rows.count
            let step = place.step(
                after: rows, hasNextPage: answer.hasNextPage, request: request, depth: depth,
                rollsFreely: listing.rollsFreely)
            switch step {
            case .again(let anew): place = anew
            case .malformed(let path): throw .malformed(path: path)
            case .rows(let rows, let next, let omission):
                if let omission {
                    logger.error(
                        "more tickets changed in one second than can be listed, and some are left out",
                        metadata: ["second": "\(omission)"])
                }
                let items = rows.map { row in
                    let item = Item(
                        company: account.company, platform: .freshdesk, kind: .ticket, originalID: row.id)
                    return ListedItem(item: item, updatedAt: row.updatedAt)
                }
                // A page that is not the last one is full, unless somebody hides rows of it.
                let hidden = answer.hasNextPage ? max(0, request.perPage - read) : 0
                if hidden > 0 {
                    logger.error("a page of the ticket list is short of rows", metadata: ["rows": "\(hidden)"])
                }
                return ListingPage(
                    items: items, next: try next?.position(), calls: calls, omission: omission, hidden: hidden)
            }
        }
        throw .unreachable(detail: "the ticket list moved while it was read")
    }

    func warnOfPosition() {
        logger.warning("a stored listing position cannot be read, and the listing begins anew")
    }

    package func check() async throws(UpstreamError) {
        do {
            _ = try await api.get("/api/v2/agents/me", urgency: .urgent)
        } catch .forbidden, .refused {
            // Not every role may ask who it is; every key that is of use may list tickets.
            let query = [("updated_since", Timestamp.epoch.iso8601), ("per_page", "1")]
            _ = try await api.get("/api/v2/tickets", query: query, isList: true, urgency: .urgent)
        }
    }

    package func addPrivateNote(_ text: String, to item: Item) async throws(UpstreamError) -> Int64 {
        precondition(item.company == account.company && item.kind == .ticket, "notes are for this company's tickets")
        let answer = try await api.write(
            "POST", "/api/v2/tickets/\(item.originalID)/notes",
            body: .object(["body": .string(text), "private": .bool(true)]), urgency: .urgent)
        return try answer.decode(ConversationPayload.self, as: "note").id
    }

    package func deleteNote(_ id: Int64) async throws(UpstreamError) {
        do {
            _ = try await api.write("DELETE", "/api/v2/conversations/\(id)", urgency: .urgent)
        } catch .refused(status: 404, _) {
            // Gone already, which is what was wanted.
        }
    }

    package func attachmentLink(_ attachmentID: Int64, of item: Item) async throws(UpstreamError) -> String? {
        precondition(item.company == account.company && item.kind == .ticket, "files are of this company's tickets")
        return try await FreshdeskFiles(api: api, account: account.url)
            .link(to: attachmentID, ofTicket: item.originalID)
    }

    private static func query(_ request: FreshdeskListing.Request, since: Timestamp) -> [(name: String, value: String)]
    {
        // Without `updated_since` only what was created in the last thirty days is listed.
        [
            ("updated_since", since.iso8601), ("order_by", "updated_at"), ("order_type", "asc"),
            ("per_page", String(request.perPage)), ("page", String(request.page)),
        ]
    }

    /// How often one page may begin anew because rows moved under it.
    private static let restarts = 3
}

extension Listing {
    fileprivate var since: Timestamp {
        switch self {
        case .changed(let since): since
        case .deleted, .spam, .articles: .epoch
        }
    }

    fileprivate var filter: [(name: String, value: String)] {
        switch self {
        case .changed, .articles: []
        case .deleted: [("filter", "deleted")]
        case .spam: [("filter", "spam")]
        }
    }

    /// Whether `updated_since` is documented to choose the rows. Beside a filter it is not.
    fileprivate var rollsFreely: Bool {
        switch self {
        case .changed: true
        case .deleted, .spam, .articles: false
        }
    }
}
