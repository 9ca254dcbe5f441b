/// One company's account at a help desk product.
///
/// An adapter knows one vendor's endpoints, payloads and limits, and nothing about the ledger, models or the index.
/// It keeps within the company's share of the account's API quota: calls wait for their turn, urgent ones first.
package protocol HelpDesk: Sendable {
    /// The item as it stands at the source, its whole conversation included. Isolated: one bad item fails alone.
    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched

    /// One page of a listing, oldest change first. May repeat a row, never misses one that stayed put while listed.
    ///
    /// `position` is `nil` for the first page, else what the page before returned; it survives a restart.
    func page(of listing: Listing, at position: ListingPosition?, urgency: Urgency) async throws(UpstreamError)
        -> ListingPage

    /// Proves URL and key with one cheap call.
    func check() async throws(UpstreamError)

    /// API calls that this account has answered since the process started.
    var calls: Int64 { get }

    /// API calls a minute that we may use, as far as the account has told; `nil` while that is not known or unlimited.
    var callsPerMinute: Int? { get }

    /// How many API calls a `fetch` of such an item will take, for plans.
    func callsToRead(_ expected: ExpectedReading) -> Int
}

extension HelpDesk {
    package var callsPerMinute: Int? { nil }
    package func callsToRead(_ expected: ExpectedReading) -> Int { 1 }
}

/// What a fetch is expected to find.
package enum ExpectedReading: Sendable, Equatable {
    /// With so many messages behind the first; `nil` when nobody has read it yet.
    case present(messages: Int?)
    /// An article, with the translations that are configured.
    case article
    case inTrash
    /// Listed nowhere.
    case absent
}

/// What a fetch found and what it cost.
package struct Fetched: Sendable, Equatable {
    package var state: SourceState
    /// API calls made for this item alone; shared look-ups are not in it.
    package var calls: Int

    package init(_ state: SourceState, calls: Int) {
        self.state = state
        self.calls = calls
    }
}

/// Which items a help desk is asked to list.
package enum Listing: Sendable, Equatable {
    /// Changed at or after the moment, neither in the trash nor spam.
    case changed(since: Timestamp)
    case deleted
    case spam
    /// All articles of the knowledge base, drafts included, in no particular order; `ListedItem.place` is set.
    case articles
}

/// Where a listing goes on: the adapter's own text, stored as it is.
package struct ListingPosition: Sendable, Equatable, Codable {
    package var text: String
    package init(text: String) { self.text = text }
}

// Where a walk in the order of the keys goes on.

extension ListingPosition {
    package init(_ item: Item) { self.init(text: "\(item.platform.rawValue)/\(item.name)") }
}

extension Item {
    package init?(_ position: ListingPosition, of company: CompanyID) {
        let parts = position.text.split(separator: "/")
        guard parts.count == 3, let platform = Platform(rawValue: String(parts[0])),
            let kind = ItemKind(rawValue: String(parts[1])), let id = Int64(parts[2])
        else { return nil }
        self.init(company: company, platform: platform, kind: kind, originalID: id)
    }
}

package struct ListedItem: Sendable, Equatable {
    package var item: Item
    package var updatedAt: Timestamp
    /// Of an article: it follows the folder, whose changes leave `updatedAt` as it is.
    package var place: ArticlePlace?

    package init(item: Item, updatedAt: Timestamp, place: ArticlePlace? = nil) {
        self.item = item
        self.updatedAt = updatedAt
        self.place = place
    }
}

package struct ListingPage: Sendable, Equatable {
    package var items: [ListedItem]
    /// `nil` on the last page.
    package var next: ListingPosition?
    /// API calls made for this page.
    package var calls: Int
    /// A second in which more items changed than the help desk can be made to list: the listing goes on after it and is
    /// not complete. Nearly always `nil`.
    package var omission: Timestamp?
    /// Rows that this page should have held and did not, although more follow: somebody hides them. Nearly always 0.
    package var hidden: Int
    /// What the listing could not read and went around, in our own words: then nothing follows from what it did not
    /// name. Nearly always `nil`.
    package var gap: String?

    package init(
        items: [ListedItem], next: ListingPosition?, calls: Int = 1, omission: Timestamp? = nil, hidden: Int = 0,
        gap: String? = nil
    ) {
        self.items = items
        self.next = next
        self.calls = calls
        self.omission = omission
        self.hidden = hidden
        self.gap = gap
    }
}

/// Finds the help desk of a company: its URL, key and adapter. Keys changed meanwhile are picked up.
package protocol HelpDesks: Sendable {
    func helpDesk(of company: CompanyID) async throws -> any HelpDesk
}

// MARK: - Webhooks

/// A webhook as it came off the wire, before anything in it is believed.
package struct WebhookRequest: Sendable {
    package var company: CompanyID
    package var platform: Platform
    /// Every field line in order; names in lower case, values as the raw bytes between the optional white space.
    package var headers: [(name: String, value: [UInt8])]
    package var body: [UInt8]
    package var receivedAt: Timestamp

    package init(
        company: CompanyID, platform: Platform, headers: [(name: String, value: [UInt8])], body: [UInt8],
        receivedAt: Timestamp
    ) {
        self.company = company
        self.platform = platform
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// A webhook that is authentic and names an item.
package struct Delivery: Sendable, Equatable {
    package var item: Item
    /// The sender's id, which a retry repeats; `nil` where the scheme has none.
    package var id: String?
    /// Of the body, to tell a repeat from a conflict.
    package var bodyDigest: Fingerprint
    /// The sender's word for what happened, bounded and printable; a hint for logs only.
    package var event: String?
    package var receivedAt: Timestamp

    package init(item: Item, id: String?, bodyDigest: Fingerprint, event: String? = nil, receivedAt: Timestamp) {
        self.item = item
        self.id = id
        self.bodyDigest = bodyDigest
        self.event = event
        self.receivedAt = receivedAt
    }
}

/// Why a webhook was not accepted. `reason` is one of our own words, for the counter and the log line.
package enum Rejection: Error, Sendable, Equatable {
    /// 401: anything wrong with company, signature or timestamp.
    case unauthorized(reason: String)
    /// 400: authentic, not strict JSON.
    case malformed(reason: String)
    /// 422: authentic JSON without a usable id.
    case unusable(reason: String)
}

/// Reads one platform's webhooks. Pure: no network, no clock but `request.receivedAt`.
package protocol WebhookReader: Sendable {
    /// `credentials` is `nil` for a company that does not exist or has no secret: the same work is done and the same
    /// rejection thrown as for a wrong signature.
    func read(_ request: WebhookRequest, with credentials: WebhookCredentials?) throws(Rejection) -> Delivery
}

// MARK: - Writing

/// Where the canary leaves a word to be found: the one thing that Freshet ever writes into a help desk's tickets.
///
/// Calls wait for their turn like all others of the account.
package protocol NoteBoard: Sendable {
    /// Adds a note that customers never see; its id. Where it is `.unreachable` it may be there all the same.
    func addPrivateNote(_ text: String, to item: Item) async throws(UpstreamError) -> Int64
    /// A note that is not there any more is fine.
    func deleteNote(_ id: Int64) async throws(UpstreamError)
}

/// Finds the note board of a company, like `HelpDesks` its help desk.
package protocol NoteBoards: Sendable {
    func notes(of company: CompanyID) async throws -> any NoteBoard
}

// MARK: - Files

/// Where links to attachments come from.
///
/// Calls wait for their turn like all others of the account.
package protocol AttachmentDesk: Sendable {
    /// A link to the file's bytes, signed for this call: over TLS, or to the account's own development address. `nil`
    /// only on the platform's own word that ticket or file is not there, or in the trash.
    func attachmentLink(_ attachmentID: Int64, of item: Item) async throws(UpstreamError) -> String?
}

/// Finds the attachments of a company, like `HelpDesks` its help desk.
package protocol AttachmentDesks: Sendable {
    func attachments(of company: CompanyID) async throws -> any AttachmentDesk
}
