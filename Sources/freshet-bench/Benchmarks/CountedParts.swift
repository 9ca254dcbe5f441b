import FreshetAdapters
import FreshetCore
import Synchronization

/// How often models were asked and the index written.
final class CallCounts: Sendable {
    struct Values: Sendable {
        var models = 0
        var indexWrites = 0

        static func - (a: Values, b: Values) -> Values {
            Values(models: a.models - b.models, indexWrites: a.indexWrites - b.indexWrites)
        }
    }

    private let state = Mutex(Values())
    var values: Values { state.withLock { $0 } }

    func askedModel() { state.withLock { $0.models += 1 } }
    func wroteIndex() { state.withLock { $0.indexWrites += 1 } }
}

struct CountedSummariser: Summariser {
    let inner = BuiltinSummariser()
    let counts: CallCounts

    var identity: ModelIdentity { inner.identity }
    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        counts.askedModel()
        return try await inner.summary(of: content, for: company)
    }
}

struct CountedEmbedder: Embedder {
    let inner: BuiltinEmbedder
    let counts: CallCounts

    var identity: ModelIdentity { inner.identity }
    var dimensions: Int { inner.dimensions }
    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        counts.askedModel()
        return try await inner.embed(text, for: company)
    }
    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        try await inner.query(text, among: statistics, for: company)
    }
}

struct CountedIndex: SearchIndex {
    let inner: BuiltinIndex
    let counts: CallCounts

    func upsert(_ point: Point) async throws(UpstreamError) {
        counts.wroteIndex()
        try await inner.upsert(point)
    }
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        counts.wroteIndex()
        try await inner.relabel(item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
    }
    func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        counts.wroteIndex()
        try await inner.remove(item, generation: generation)
    }
    func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await inner.search(query, in: company)
    }
    func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await inner.attachments(query, in: company)
    }
    func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        try await inner.points(of: company, at: position, limit: limit)
    }
    func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        try await inner.labels(of: items)
    }
    func count(of company: CompanyID) async throws(UpstreamError) -> Int { try await inner.count(of: company) }
    func purge(_ company: CompanyID) async throws(UpstreamError) -> Int { try await inner.purge(company) }
}

/// A help desk that answers from memory, the same every time.
struct MemoryHelpDesk: HelpDesk, HelpDesks {
    private let tickets: [Int64: SourceTicket]

    init(_ company: CompanyID, count: Int) {
        var samples = SampleTickets(seed: 7)
        var tickets: [Int64: SourceTicket] = [:]
        for id in 1...Int64(count) { tickets[id] = samples.ticket(id, of: company) }
        self.tickets = tickets
    }

    var calls: Int64 { 0 }
    func helpDesk(of company: CompanyID) async throws -> any HelpDesk { self }
    func check() async throws(UpstreamError) {}
    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        guard let ticket = tickets[item.originalID] else { throw .refused(status: 404, code: "no such ticket") }
        return Fetched(.present(ticket), calls: 1)
    }
    func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage {
        ListingPage(items: [], next: nil)
    }
}
