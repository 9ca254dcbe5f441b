/// Remembers the last merged state of every item and what it was turned into.
package protocol Documents: Sendable {
    /// What is on record for the item, whatever its state; `nil` when it never had a run that recorded something.
    func record(of item: Item) async throws -> DocumentRecord?
    /// Source times by id of those of `items` that the ledger knows, for the reconciler's comparison. Items without
    /// a finished run are absent. `isGone` tells those recorded as removed.
    func known(among items: [Item]) async throws -> [Item: KnownState]
    /// Those of `items` whose point is behind: a run has seen a content that could not be brought into the index yet.
    func stale(among items: [Item]) async throws -> Set<Item>
    /// What an audit holds against the index, in the order of the keys, after `item`.
    func audited(of company: CompanyID, after item: Item?, limit: Int) async throws -> [AuditedRecord]
    /// The same for those of `items` that have a record or a run under way.
    func audited(among items: [Item]) async throws -> [Item: AuditedRecord]
    /// Counts by state, of all kinds together or of one.
    func counts(of company: CompanyID, kind: ItemKind?) async throws -> [DocumentRecord.State: Int]
    /// How many are on record as being at the help desk, of all kinds together or of one; in the index or not, but for
    /// those that were erased: of them nobody knows.
    func present(of company: CompanyID, kind: ItemKind?) async throws -> Int
    /// Whether tickets of this person, by the help desk's id, are never taken in (`Erasures.refuse`).
    func isErased(requester id: Int64, in company: CompanyID) async throws -> Bool
}

extension Documents {
    package func counts(of company: CompanyID) async throws -> [DocumentRecord.State: Int] {
        try await counts(of: company, kind: nil)
    }
}

package struct KnownState: Sendable, Equatable {
    /// As the last finished run saw it; `nil` when it could not tell (the item was gone).
    package var sourceUpdatedAt: Timestamp?
    package var isGone: Bool
    /// Marked and not yet done: another mark would change nothing.
    package var isPending: Bool
    /// Its removal waits for a person's release: only who names the item itself removes it before.
    package var isWithheld: Bool
    /// Whatever the help desk says of it, nothing is to be done.
    package var isErased: Bool
    /// Of an article, as the last run that recorded something saw it.
    package var place: ArticlePlace?

    package init(
        sourceUpdatedAt: Timestamp?, isGone: Bool, isPending: Bool, isWithheld: Bool = false, isErased: Bool = false,
        place: ArticlePlace? = nil
    ) {
        self.sourceUpdatedAt = sourceUpdatedAt
        self.isGone = isGone
        self.isPending = isPending
        self.isWithheld = isWithheld
        self.isErased = isErased
        self.place = place
    }

    /// On record as being at the help desk, so that a removal would change something.
    package var isPresent: Bool { !isGone && !isErased }

    /// Whether a ticket that is listed with this time of change needs no look.
    package func isUnchanged(at moment: Timestamp) -> Bool {
        isErased || (!isGone && sourceUpdatedAt == moment)
    }
}

/// What an audit needs to know of a record.
package struct AuditedRecord: Sendable, Equatable {
    package var item: Item
    /// `nil` while no run has recorded anything.
    package var state: DocumentRecord.State?
    package var contentHash: Fingerprint?
    package var facetsHash: Fingerprint?
    /// A run is under way or due: the index may be ahead of the record.
    package var isBusy: Bool

    package init(
        item: Item, state: DocumentRecord.State?, contentHash: Fingerprint?, facetsHash: Fingerprint?, isBusy: Bool
    ) {
        self.item = item
        self.state = state
        self.contentHash = contentHash
        self.facetsHash = facetsHash
        self.isBusy = isBusy
    }
}

/// The state of an item after a run.
package struct DocumentRecord: Sendable, Equatable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// In the index.
        case indexed
        /// At the help desk, kept out of the index by policy.
        case excluded
        /// Gone from the help desk, on proof.
        case removed
    }

    package var item: Item
    package var state: State
    /// Why it is excluded or removed.
    package var reason: String?
    /// `nil` when removed or erased: then no text is kept.
    package var document: Document?
    package var summary: Summary?
    package var contentHash: Fingerprint?
    package var facetsHash: Fingerprint?
    /// Which models made the summary and the vector; a change of either makes the item due for both.
    package var summariser: String?
    package var embedder: String?
    /// Set exactly while the summary is a stand-in.
    package var standIn: StandIn?
    /// The fence of the run that recorded it.
    package var generation: Int64
    package var recordedAt: Timestamp

    package init(
        item: Item, state: State, reason: String? = nil, document: Document? = nil, summary: Summary? = nil,
        contentHash: Fingerprint? = nil, facetsHash: Fingerprint? = nil, summariser: String? = nil,
        embedder: String? = nil, standIn: StandIn? = nil, generation: Int64, recordedAt: Timestamp
    ) {
        self.standIn = standIn
        self.item = item
        self.state = state
        self.reason = reason
        self.document = document
        self.summary = summary
        self.contentHash = contentHash
        self.facetsHash = facetsHash
        self.summariser = summariser
        self.embedder = embedder
        self.generation = generation
        self.recordedAt = recordedAt
    }

    /// Nothing of the item is ever taken in again.
    package var isErased: Bool { state == .excluded && reason == Erasure.reason }
}

/// How often no model could summarise this content, and when it is tried again.
package struct StandIn: Sendable, Equatable {
    /// In a row, from 1.
    package var tries: Int
    /// `nil` when it has been tried often enough: then only a change of the item or a person brings another try.
    package var due: Timestamp?

    package init(tries: Int, due: Timestamp?) {
        self.tries = tries
        self.due = due
    }

    package func isDue(at now: Timestamp) -> Bool { due.map { $0 <= now } ?? false }
}

/// What models made, kept per company so that nothing is paid for twice. Bounded: the least recently used go first.
///
/// Storing names whose words it was made of; it throws `StoreError.erased`, and stores nothing, where they were erased.
package protocol ModelCache: Sendable {
    func summary(_ key: ModelCacheKey) async throws -> Summary?
    func store(_ summary: Summary, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp) async throws
    func embedding(_ key: ModelCacheKey) async throws -> Embedding?
    func store(_ embedding: Embedding, for key: ModelCacheKey, from origin: Provenance?, now: Timestamp) async throws
}

extension ModelCache {
    /// The same for what is made of nobody's words.
    package func store(_ summary: Summary, for key: ModelCacheKey, now: Timestamp) async throws {
        try await store(summary, for: key, from: nil, now: now)
    }

    package func store(_ embedding: Embedding, for key: ModelCacheKey, now: Timestamp) async throws {
        try await store(embedding, for: key, from: nil, now: now)
    }
}

package struct ModelCacheKey: Sendable, Hashable {
    package var company: CompanyID
    /// `ModelIdentity.name`.
    package var model: String
    /// The content fingerprint of a summary; the fingerprint of the text of an embedding.
    package var fingerprint: Fingerprint

    package init(company: CompanyID, model: String, fingerprint: Fingerprint) {
        self.company = company
        self.model = model
        self.fingerprint = fingerprint
    }
}

/// Keeps points and their full text for the built-in index, which caches the vectors and does the searching.
///
/// A point of what was erased is turned away with `StoreError.erased`.
package protocol PointStore: Sendable {
    /// Fenced by `point.generation`, tombstones included; throws `UpstreamError.superseded` when a newer one is there.
    func upsert(_ point: Point, terms: FullTextTerms) async throws
    /// The same for many, of whatever companies, at the price of one; each hears of its own. Throws where none is written.
    func upsert(_ batch: [(point: Point, terms: FullTextTerms)]) async throws -> [Result<Void, any Error>]
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws
    func remove(_ item: Item, generation: Int64, at moment: Timestamp) async throws

    /// What changed after `sequence` (0 for everything), in order, at most `limit`; removals have no embedding. Sequence
    /// numbers rise with every upsert or removal of the company, over all processes.
    func changes(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [PointChange]
    /// The same of texts.
    func textChanges(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [TextChange]
    /// The highest sequence number of the company; 0 when it has no points. Cheap: asked before every search.
    func sequence(of company: CompanyID) async throws -> Int64

    /// The vectors of record of those of `items` that are there.
    func vectors(of items: [Item], in company: CompanyID) async throws -> [Item: [Float]]

    /// Full text: the best `limit` items by bm25 for the OR of `terms`, best first, scores positive.
    func match(_ terms: [String], in company: CompanyID, kinds: Set<ItemKind>, limit: Int) async throws -> [(
        item: Item, score: Double
    )]
    /// In how many of the company's points each term occurs; terms that occur nowhere are absent.
    func frequencies(of terms: [String], in company: CompanyID) async throws -> [String: Int]

    /// The attachments in whose names and types `terms` occur, best first, the newest first of equals. The score is the
    /// share of the terms that one has, weighed by how rare they are in the company: 0...1.
    func attachments(named terms: [String], in company: CompanyID, limit: Int) async throws -> [(
        item: Item, attachment: Attachment, score: Double
    )]

    /// Payloads of those of `items` that are there and pass the filters.
    func hits(_ items: [Item], in company: CompanyID, filters: SearchFilters) async throws -> [Item: Hit]
    /// Live points in the order of their keys, after `item`.
    func labels(of company: CompanyID, after item: Item?, limit: Int) async throws -> [PointLabel]
    func labels(of items: [Item]) async throws -> [Item: PointLabel]
    func count(of company: CompanyID) async throws -> Int
    func purge(_ company: CompanyID) async throws -> Int
}

extension PointStore {
    package func upsert(_ batch: [(point: Point, terms: FullTextTerms)]) async throws -> [Result<Void, any Error>] {
        var results: [Result<Void, any Error>] = []
        for (point, terms) in batch {
            do {
                try await upsert(point, terms: terms)
                results.append(.success(()))
            } catch {
                results.append(.failure(error))
            }
        }
        return results
    }
}

/// A point's text cut into terms by us, since the database's own tokenisers lose compounds and Hangul. Terms hold no
/// white space; the store joins them with spaces and indexes them as they are.
package struct FullTextTerms: Sendable, Equatable {
    package var subject: [String]
    package var body: [String]
    /// Of names and types, by the attachment's id.
    package var attachments: [Int64: Set<String>]

    package init(subject: [String], body: [String], attachments: [Int64: Set<String>] = [:]) {
        self.subject = subject
        self.body = body
        self.attachments = attachments
    }
}

/// What a change made of a point's full text.
package struct TextChange: Sendable, Equatable {
    package var sequence: Int64
    package var item: Item
    /// Orders points of equal score.
    package var entry: Int64
    /// Without attachments; `nil` when the point was removed.
    package var terms: FullTextTerms?

    package init(sequence: Int64, item: Item, entry: Int64, terms: FullTextTerms?) {
        self.sequence = sequence
        self.item = item
        self.entry = entry
        self.terms = terms
    }
}

package struct PointChange: Sendable, Equatable {
    package var sequence: Int64
    package var item: Item
    /// `nil` when the point was removed.
    package var embedding: Embedding?

    package init(sequence: Int64, item: Item, embedding: Embedding?) {
        self.sequence = sequence
        self.item = item
        self.embedding = embedding
    }
}
