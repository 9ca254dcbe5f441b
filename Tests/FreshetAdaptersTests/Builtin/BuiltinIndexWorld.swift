import Foundation
import FreshetAdapters
import FreshetCore
import FreshetStore
import FreshetTestKit
import Synchronization

/// An index over a real store, with two companies.
struct IndexWorld {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let key = MasterKey.generate()
    let store: SQLiteStore
    let points: CountingPoints
    let embedder = BuiltinEmbedder(dimensions: 256)
    let index: BuiltinIndex

    /// The store itself, uncounted.
    var stored: any PointStore { store.points }

    init(memoryLimit: Int = 64 << 20) async throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: key, clock: clock)
        points = CountingPoints(store.points)
        index = BuiltinIndex(points: points, embedder: embedder, clock: clock, memoryLimit: memoryLimit)
        for company in [CompanyID.acme, .globex] { try await add(company) }
    }

    func add(_ company: CompanyID) async throws {
        guard let url = URL(string: "https://\(company).freshdesk.com") else { return }
        try await store.companies.add(
            Company(id: company, platform: .freshdesk, url: url, scheme: .standard, createdAt: clock.now),
            apiKey: Secret("key"), webhookSecret: Secret("whsec_\(company)"))
    }

    /// The same file as another process has it.
    func elsewhere() throws -> BuiltinIndex {
        let other = try SQLiteStore(path: directory.path("freshet.db"), masterKey: key, clock: clock)
        return BuiltinIndex(points: other.points, embedder: embedder, clock: clock)
    }

    /// Summarised, embedded and put into the index, as the river does it.
    func put(
        _ id: Int64, _ subject: String, _ text: String = "", in company: CompanyID = .acme, kind: ItemKind = .ticket,
        tags: [String] = [], generation: Int64 = 1, through index: BuiltinIndex? = nil
    ) async throws {
        let content = Content(subject: subject, description: text, entries: [], attachments: [], isResolved: false)
        let summary = try await BuiltinSummariser().summary(of: content, for: .acme)
        try await (index ?? self.index).upsert(
            Point(
                item: item(id, in: company, kind: kind), subject: subject, summary: summary, text: text,
                metadata: .tagged(tags, at: clock.now), contentHash: .zero, facetsHash: .zero, generation: generation,
                indexedAt: clock.now,
                embedding: try await embedder.embed(embeddingText(subject: subject, summary: summary), for: .acme)))
    }

    func item(_ id: Int64, in company: CompanyID = .acme, kind: ItemKind = .ticket) -> Item {
        Item(company: company, platform: .freshdesk, kind: kind, originalID: id)
    }

    func found(_ text: String, in company: CompanyID = .acme, _ change: (inout SearchQuery) -> Void = { _ in })
        async throws -> [Int64]
    {
        var query = SearchQuery(text: text)
        change(&query)
        return try await index.search(query, in: company).map(\.item.originalID)
    }
}

extension CompanyID {
    static let acme = named("acme")
    static let globex = named("globex")

    static func named(_ text: String) -> CompanyID {
        guard let id = CompanyID(text) else { preconditionFailure("not a company id: \(text)") }
        return id
    }
}

extension Fingerprint {
    static var zero: Fingerprint {
        guard let zero = Fingerprint(hex: String(repeating: "0", count: 64)) else { preconditionFailure("64 digits") }
        return zero
    }
}

extension Metadata {
    static func tagged(_ tags: [String], at moment: Timestamp) -> Metadata {
        Metadata(
            stage: .open, status: Label(id: 2, name: "Open"), priority: Label(id: 1, name: "Low"), type: nil,
            source: Label(id: 1), tags: tags, createdAt: moment, updatedAt: moment)
    }
}

/// Passes everything on to a real store and counts what a search costs it.
final class CountingPoints: PointStore {
    struct Counts: Equatable {
        var changes = 0
        var changedPoints = 0
        var payloads = 0
        var matches = 0
    }

    private let inner: any PointStore
    private let state = Mutex((counts: Counts(), isBroken: false))

    init(_ inner: any PointStore) { self.inner = inner }

    var counts: Counts { state.withLock { $0.counts } }
    func reset() { state.withLock { $0.counts = Counts() } }
    /// From now on, every reading fails.
    func breakDown() { state.withLock { $0.isBroken = true } }

    private func read(_ note: (inout Counts) -> Void = { _ in }) throws {
        try state.withLock { state in
            if state.isBroken { throw StoreError.unavailable(detail: "disk gone") }
            note(&state.counts)
        }
    }

    func upsert(_ point: Point, terms: FullTextTerms) async throws { try await inner.upsert(point, terms: terms) }
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws {
        try await inner.relabel(item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
    }
    func remove(_ item: Item, generation: Int64, at moment: Timestamp) async throws {
        try await inner.remove(item, generation: generation, at: moment)
    }
    func changes(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [PointChange] {
        let changes = try await inner.changes(of: company, after: sequence, limit: limit)
        try read {
            $0.changes += 1
            $0.changedPoints += changes.count
        }
        return changes
    }
    func textChanges(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [TextChange] {
        try read()
        return try await inner.textChanges(of: company, after: sequence, limit: limit)
    }
    func sequence(of company: CompanyID) async throws -> Int64 {
        try read()
        return try await inner.sequence(of: company)
    }
    func vectors(of items: [Item], in company: CompanyID) async throws -> [Item: [Float]] {
        try read()
        return try await inner.vectors(of: items, in: company)
    }
    func match(_ terms: [String], in company: CompanyID, kinds: Set<ItemKind>, limit: Int) async throws -> [(
        item: Item, score: Double
    )] {
        try read { $0.matches += 1 }
        return try await inner.match(terms, in: company, kinds: kinds, limit: limit)
    }
    func frequencies(of terms: [String], in company: CompanyID) async throws -> [String: Int] {
        try await inner.frequencies(of: terms, in: company)
    }
    func attachments(named terms: [String], in company: CompanyID, limit: Int) async throws -> [(
        item: Item, attachment: Attachment, score: Double
    )] { try await inner.attachments(named: terms, in: company, limit: limit) }
    func hits(_ items: [Item], in company: CompanyID, filters: SearchFilters) async throws -> [Item: Hit] {
        try read { $0.payloads += items.count }
        return try await inner.hits(items, in: company, filters: filters)
    }
    func labels(of company: CompanyID, after item: Item?, limit: Int) async throws -> [PointLabel] {
        try await inner.labels(of: company, after: item, limit: limit)
    }
    func labels(of items: [Item]) async throws -> [Item: PointLabel] { try await inner.labels(of: items) }
    func count(of company: CompanyID) async throws -> Int { try await inner.count(of: company) }
    func purge(_ company: CompanyID) async throws -> Int { try await inner.purge(company) }
}
