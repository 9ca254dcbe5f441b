/// Holds the points of all companies and finds them again. Every call names its company, by argument or in its item.
///
/// Writes are fenced: one with a generation below what is there throws `.superseded` and changes nothing; one with the
/// same generation may repeat freely. A write that returned survives a crash and is seen by the next search.
package protocol SearchIndex: Sendable {
    func upsert(_ point: Point) async throws(UpstreamError)

    /// Replaces labels and fingerprint only; vector and text stay. Throws `.refused(404, …)` when there is no point.
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError)

    /// Removes the point; one that is not there is fine. The removal is fenced, too: an older upsert cannot undo it.
    func remove(_ item: Item, generation: Int64) async throws(UpstreamError)

    /// The best matches, best first; never another company's. An unknown company finds nothing.
    func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit]

    /// The attachments whose names and types match best, best first, each as a hit of its item with `attachment` set. Scores
    /// are shares of the question's words, 0...1, weighed by how rare they are among the company's attachments.
    func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit]

    /// A page of the company's points as the index itself holds them, in an order of its own; every point that stays put
    /// is in one of the pages. What a point says about its company is handed on as it is.
    func points(of company: CompanyID, at position: ListingPosition?, limit: Int) async throws(UpstreamError)
        -> PointPage

    /// Those of `items` that have a point. Where another company's point lies in the place of one, that one's label.
    func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel]

    /// How many points the company has.
    func count(of company: CompanyID) async throws(UpstreamError) -> Int

    /// Removes everything of the company; how many points that were.
    func purge(_ company: CompanyID) async throws(UpstreamError) -> Int

    /// What the company's searches have to do without at present; `nil` for nothing.
    func degradation(of company: CompanyID) async throws(UpstreamError) -> SearchDegradation?

    /// Whether it could be asked and written to now.
    func check() async throws(UpstreamError)
}

extension SearchIndex {
    /// What lies in our own store is as well as the store.
    package func check() async throws(UpstreamError) {}

    package func degradation(of company: CompanyID) async throws(UpstreamError) -> SearchDegradation? { nil }
}

/// What tells one state of a point from another.
package struct PointLabel: Sendable, Equatable {
    package var item: Item
    package var generation: Int64
    package var contentHash: Fingerprint
    package var facetsHash: Fingerprint
    /// It lies where no point of its item belongs: a copy, or nothing that we wrote.
    package var isMisplaced: Bool
    /// Where it lies then: the index's own id.
    package var place: String?

    package init(
        item: Item, generation: Int64, contentHash: Fingerprint, facetsHash: Fingerprint, isMisplaced: Bool = false,
        place: String? = nil
    ) {
        self.place = place
        self.isMisplaced = isMisplaced
        self.item = item
        self.generation = generation
        self.contentHash = contentHash
        self.facetsHash = facetsHash
    }
}

package struct PointPage: Sendable, Equatable {
    package var labels: [PointLabel]
    /// `nil` on the last page.
    package var next: ListingPosition?

    package init(labels: [PointLabel], next: ListingPosition?) {
        self.labels = labels
        self.next = next
    }
}

package struct SearchQuery: Sendable, Equatable {
    /// What the user asks: words, a sentence, or a whole ticket (first line as its subject). Not empty.
    package var text: String
    package var kinds: Set<ItemKind>
    /// Besides items of `kinds`: attachments by name and type.
    package var findsAttachments: Bool
    /// At least 1; agents may ask for 100 at once.
    package var limit: Int
    /// How many of the best are left out, for the pages after the first. An index ignores it: whoever asks it for agents
    /// cuts the pages.
    package var offset: Int
    package var filters: SearchFilters
    /// Whether hits say where in their texts the words stand.
    package var highlights: Bool
    /// Left out of the results: the ticket that the agent is looking at.
    package var excluding: Item?

    package init(
        text: String, kinds: Set<ItemKind> = [.ticket], findsAttachments: Bool = false, limit: Int = 10,
        offset: Int = 0, filters: SearchFilters = SearchFilters(), highlights: Bool = false, excluding: Item? = nil
    ) {
        self.text = text
        self.kinds = kinds
        self.findsAttachments = findsAttachments
        self.limit = limit
        self.offset = offset
        self.filters = filters
        self.highlights = highlights
        self.excluding = excluding
    }

    /// `false` when no item can be found: none is wanted, or only attachments pass the filters.
    package var mayFindItems: Bool { limit > 0 && !kinds.isEmpty && filters.contentType.isEmpty }
}

/// All that are set must hold; within one, any value will do. Empty means "do not care".
///
/// What a kind of item does not have never holds for it: a filter by priority lets no article through, one by folder no
/// ticket.
package struct SearchFilters: Sendable, Equatable {
    /// Stage words (`open`, `resolved`) or the help desk's own labels; compared without case.
    package var status: [String]
    package var priority: [String]
    package var type: [String]
    package var tags: [String]
    package var group: [String]
    package var product: [String]
    package var createdAfter: Timestamp?
    package var createdBefore: Timestamp?
    package var updatedAfter: Timestamp?
    package var updatedBefore: Timestamp?
    /// Of articles: names or numbers, compared without case.
    package var category: [String]
    package var folder: [String]
    /// Of articles: any language in which they can be read.
    package var language: [String]
    /// Of articles. What may be quoted to a requester is `everyone` and `customers`.
    package var visibility: [Visibility]
    /// Which tickets whoever asks may see at all; not theirs to choose.
    package var scope: AccessScope
    /// By the field's name: any of the values, as a person would write them (`EMEA`, `5`, `true`), compared without case.
    package var customFields: [String: [String]]
    /// Of attachments: `application/pdf`, or `image` for all of a kind; compared without case.
    package var contentType: [String]

    package init(
        status: [String] = [], priority: [String] = [], type: [String] = [], tags: [String] = [], group: [String] = [],
        product: [String] = [], category: [String] = [], folder: [String] = [], language: [String] = [],
        visibility: [Visibility] = [], customFields: [String: [String]] = [:], contentType: [String] = [],
        createdAfter: Timestamp? = nil, createdBefore: Timestamp? = nil, updatedAfter: Timestamp? = nil,
        updatedBefore: Timestamp? = nil, scope: AccessScope = .everything
    ) {
        self.status = status
        self.priority = priority
        self.type = type
        self.tags = tags
        self.group = group
        self.product = product
        self.createdAfter = createdAfter
        self.createdBefore = createdBefore
        self.updatedAfter = updatedAfter
        self.updatedBefore = updatedBefore
        self.category = category
        self.folder = folder
        self.language = language
        self.visibility = visibility
        self.scope = scope
        self.customFields = customFields
        self.contentType = contentType
    }
}

extension JSONValue {
    /// A custom field's value as a person would write it, for filters; `nil` for what has no such spelling.
    package var filterText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

/// One match.
package struct Hit: Sendable, Equatable {
    package var item: Item
    /// Comparable within one answer only; higher is better.
    package var score: Double
    package var subject: String
    package var summary: Summary
    package var metadata: Metadata
    package var indexedAt: Timestamp
    /// The item's content has changed and its summary could not be made anew yet. An index does not know; who asks it
    /// for agents does.
    package var isStale = false
    /// Why it was found.
    package var match = Match()
    /// Where in its texts the words stand; only when asked for.
    package var highlights: [Highlight] = []
    /// Set where the hit is an attachment of the item and not the item itself.
    package var attachment: Attachment?
    /// How many places feedback has moved it up; negative for down.
    package var movedUp = 0

    package init(
        item: Item, score: Double, subject: String, summary: Summary, metadata: Metadata, indexedAt: Timestamp
    ) {
        self.item = item
        self.score = score
        self.subject = subject
        self.summary = summary
        self.metadata = metadata
        self.indexedAt = indexedAt
    }
}
