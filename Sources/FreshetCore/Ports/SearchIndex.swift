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
    /// 1...100.
    package var limit: Int
    package var filters: SearchFilters
    /// Left out of the results: the ticket that the agent is looking at.
    package var excluding: Item?

    package init(
        text: String, kinds: Set<ItemKind> = [.ticket], limit: Int = 10, filters: SearchFilters = SearchFilters(),
        excluding: Item? = nil
    ) {
        self.text = text
        self.kinds = kinds
        self.limit = limit
        self.filters = filters
        self.excluding = excluding
    }
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

    package init(
        status: [String] = [], priority: [String] = [], type: [String] = [], tags: [String] = [], group: [String] = [],
        product: [String] = [], category: [String] = [], folder: [String] = [], language: [String] = [],
        visibility: [Visibility] = [], createdAfter: Timestamp? = nil, createdBefore: Timestamp? = nil,
        updatedAfter: Timestamp? = nil, updatedBefore: Timestamp? = nil, scope: AccessScope = .everything
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
