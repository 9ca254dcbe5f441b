import Foundation
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetStore

/// What each side of the built-in index finds by itself, and what is lost by embedding summaries.
///
/// Works on the store of the running service, which it only reads, and on one of its own.
struct RetrievalParts {
    let data: DuplicatesData
    let house: House
    let tenant: House.Tenant

    func add(to findings: inout Findings) async throws {
        guard let company = CompanyID(tenant.id) else { throw Workshop.Failure("no company") }
        let store = try house.openStore()
        let embedder = BuiltinEmbedder()

        Progress.note("retrieval: vectors alone, full text alone")
        let vectors = try await score(
            BuiltinIndex(points: TextlessPoints(inner: store.points), embedder: embedder), company)
        let texts = try await score(
            BuiltinIndex(points: store.points, embedder: SilentEmbedder(inner: embedder)), company)
        show("vectors alone", vectors, &findings)
        show("full text alone", texts, &findings)

        Progress.note("retrieval: whole texts embedded")
        let whole = try await wholeTexts(of: store, company, embedder)
        let asked = WholeQuestion(inner: embedder)
        let wholeFused = try await score(BuiltinIndex(points: whole.points, embedder: asked), company)
        let wholeVectors = try await score(
            BuiltinIndex(points: TextlessPoints(inner: whole.points), embedder: asked), company)
        show("whole text embedded, fused", wholeFused, &findings)
        show("whole text embedded, vectors alone", wholeVectors, &findings)
        findings.add(
            "lost by embedding summaries, vectors alone  R@10", wholeVectors.recall10 - vectors.recall10, "points")
        try whole.close()
        try store.close()
    }

    private func show(_ name: String, _ scores: DuplicatesData.Scores, _ findings: inout Findings) {
        findings.add("\(name)  R@5", scores.recall5, "%")
        findings.add("\(name)  R@10", scores.recall10, "%")
        findings.add("\(name)  MRR@10", scores.reciprocalRank10, "%")
    }

    private func score(_ index: BuiltinIndex, _ company: CompanyID) async throws -> DuplicatesData.Scores {
        var ranking: [String: [String]] = [:]
        for query in data.queries {
            let whole = embeddable(query.subject, query.description)
            let hits = try await WholeQuestion.$text.withValue(whole) {
                try await index.search(SearchQuery(text: query.text, limit: 50), in: company)
            }
            ranking[query.id] = hits.map { DuplicatesData.id(String($0.item.originalID)) }
        }
        return try await data.score(ranking, in: house.workshop)
    }

    /// A store with the same points, their vectors made of all that was written instead of the summary.
    private func wholeTexts(
        of store: SQLiteStore, _ company: CompanyID, _ embedder: BuiltinEmbedder
    ) async throws -> SQLiteStore {
        let copy = try SQLiteStore(directory: try house.workshop.directory("whole"), masterKey: .generate())
        guard let record = try await store.companies.company(company) else { throw Workshop.Failure("no company") }
        try await copy.companies.add(record, apiKey: Secret("none"), webhookSecret: Secret("whsec_bm9uZQ=="))
        let index = BuiltinIndex(points: copy.points, embedder: embedder)
        for change in try await store.points.changes(of: company, after: 0, limit: 1_000_000) {
            guard let known = try await store.documents.record(of: change.item), let document = known.document,
                let summary = known.summary, let content = known.contentHash, let facets = known.facetsHash
            else { continue }
            let text = embeddable(
                document.subject,
                String(document.content(followsResolution: true).text.dropFirst(document.subject.count)))
            try await index.upsert(
                Point(
                    item: document.item, subject: document.subject, summary: summary, text: document.mergedContent,
                    metadata: document.metadata, contentHash: content, facetsHash: facets, generation: 1,
                    indexedAt: known.recordedAt, embedding: try await embedder.embed(text, for: document.item.company)))
        }
        return copy
    }

    /// As `embeddingText` puts it together, with everything in the place of the summary.
    private func embeddable(_ subject: String, _ rest: String) -> String { "\(subject)\n\(subject)\n\(rest)" }
}

extension House {
    /// The service's own store, beside it.
    func openStore() throws -> SQLiteStore {
        try SQLiteStore(directory: dataDirectory, masterKey: try MasterKeyFile.load(dataDirectory + "/master.key"))
    }
}

/// An embedder whose queries are near to nothing: only full text is left.
private struct SilentEmbedder: Embedder {
    let inner: BuiltinEmbedder

    var identity: ModelIdentity { inner.identity }
    var dimensions: Int { inner.dimensions }
    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        try await inner.embed(text, for: company)
    }
    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        [Float](repeating: 0, count: dimensions)
    }
}

/// An embedder that is asked with the whole text of the query, not with what the index makes of it.
private struct WholeQuestion: Embedder {
    /// Of the search under way.
    @TaskLocal static var text = ""

    let inner: BuiltinEmbedder

    var identity: ModelIdentity { inner.identity }
    var dimensions: Int { inner.dimensions }
    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        try await inner.embed(text, for: company)
    }
    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        try await inner.query(Self.text, among: statistics, for: company)
    }
}

/// A point store whose full text finds nothing: only vectors are left.
struct TextlessPoints: PointStore {
    let inner: SQLitePoints

    func match(_ terms: [String], in company: CompanyID, kinds: Set<ItemKind>, limit: Int) async throws -> [(
        item: Item, score: Double
    )] { [] }

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
        try await inner.changes(of: company, after: sequence, limit: limit)
    }
    func textChanges(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [TextChange] {
        try await inner.textChanges(of: company, after: sequence, limit: limit).map { change in
            var change = change
            if change.terms != nil { change.terms = FullTextTerms(subject: [], body: []) }
            return change
        }
    }
    func sequence(of company: CompanyID) async throws -> Int64 { try await inner.sequence(of: company) }
    func vectors(of items: [Item], in company: CompanyID) async throws -> [Item: [Float]] {
        try await inner.vectors(of: items, in: company)
    }
    func frequencies(of terms: [String], in company: CompanyID) async throws -> [String: Int] {
        try await inner.frequencies(of: terms, in: company)
    }
    func attachments(named terms: [String], in company: CompanyID, limit: Int) async throws -> [(
        item: Item, attachment: Attachment, score: Double
    )] { try await inner.attachments(named: terms, in: company, limit: limit) }
    func hits(_ items: [Item], in company: CompanyID, filters: SearchFilters) async throws -> [Item: Hit] {
        try await inner.hits(items, in: company, filters: filters)
    }
    func labels(of company: CompanyID, after item: Item?, limit: Int) async throws -> [PointLabel] {
        try await inner.labels(of: company, after: item, limit: limit)
    }
    func labels(of items: [Item]) async throws -> [Item: PointLabel] { try await inner.labels(of: items) }
    func count(of company: CompanyID) async throws -> Int { try await inner.count(of: company) }
    func purge(_ company: CompanyID) async throws -> Int { try await inner.purge(company) }
}
