import Foundation
import FreshetAdapters
import FreshetCore
import FreshetStore
import FreshetSystem
import FreshetTestKit

/// The indexes that keep the contract. Those in a Qdrant take part where `FRESHET_QDRANT_URL` names one.
enum IndexKind: String, CaseIterable {
    case builtin, qdrant, qdrantDedicated, qdrantQuantised

    static let available = allCases.filter { $0 == .builtin || QdrantPeer.url != nil }
    static let inQdrant = available.filter { $0 != .builtin }
}

/// The Qdrant that tests may use, if there is one.
enum QdrantPeer {
    static let url: String? = ProcessInfo.processInfo.environment["FRESHET_QDRANT_URL"]
    static let apiKey: Secret? = ProcessInfo.processInfo.environment["FRESHET_QDRANT_API_KEY"].map { Secret($0) }
    static let absence = "no Qdrant: start one and set FRESHET_QDRANT_URL=http://127.0.0.1:6333 to run this"
}

/// An index of some kind over a real store, with two companies. Its collections are gone afterwards.
struct IndexContractWorld: Sendable {
    let kind: IndexKind
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let store: SQLiteStore
    let embedder = BuiltinEmbedder(dimensions: 256)
    let http: HTTPClient
    let configuration: QdrantConfiguration
    let index: any SearchIndex

    private init(_ kind: IndexKind) async throws {
        self.kind = kind
        directory = try TemporaryDirectory()
        store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: .generate(), clock: clock)
        http = try HTTPClient()
        configuration = QdrantConfiguration(
            url: QdrantPeer.url ?? "http://127.0.0.1:9", apiKey: QdrantPeer.apiKey,
            collection: "contract-" + UUID().uuidString, dedicated: kind == .qdrantDedicated ? [.acme, .globex] : [],
            onDisk: kind == .qdrantQuantised, quantises: kind == .qdrantQuantised, deadline: .seconds(60))
        index =
            kind == .builtin
            ? BuiltinIndex(points: store.points, embedder: embedder, clock: clock)
            : QdrantIndex(configuration, http: http, points: store.points, embedder: embedder)
        for company in [CompanyID.acme, .globex] {
            guard let url = URL(string: "https://\(company).freshdesk.com") else { continue }
            try await store.companies.add(
                Company(id: company, platform: .freshdesk, url: url, scheme: .standard, createdAt: clock.now),
                apiKey: Secret("key"), webhookSecret: Secret("whsec_\(company)"))
        }
    }

    static func with(_ kind: IndexKind, _ body: (IndexContractWorld) async throws -> Void) async throws {
        let world = try await IndexContractWorld(kind)
        do { try await body(world) } catch {
            try await world.removeCollections()
            throw error
        }
        try await world.removeCollections()
    }

    private func removeCollections() async throws {
        guard kind != .builtin else { return }
        for name in [
            configuration.collection, "\(configuration.collection)_acme", "\(configuration.collection)_globex",
        ] {
            _ = try await http.send(request("DELETE", "/collections/\(name)"))
        }
    }

    /// Behind the index's back.
    func request(_ method: String, _ path: String, _ body: String = "") -> HTTPRequest {
        var headers = [(name: "content-type", value: "application/json")]
        if let key = configuration.apiKey?.text { headers.append((name: "api-key", value: key)) }
        return HTTPRequest(
            method, configuration.url + path, headers: headers, body: Array(body.utf8), deadline: .seconds(60))
    }

    func item(_ id: Int64, in company: CompanyID = .acme, kind: ItemKind = .ticket) -> Item {
        Item(company: company, platform: .freshdesk, kind: kind, originalID: id)
    }

    func point(
        _ id: Int64, _ subject: String, _ text: String = "", in company: CompanyID = .acme, kind: ItemKind = .ticket,
        attachments: [Attachment] = [], metadata: Metadata? = nil, generation: Int64 = 1, hash: String = "0"
    ) async throws -> Point {
        let content = Content(subject: subject, description: text, entries: [], attachments: [], isResolved: false)
        let summary = try await BuiltinSummariser().summary(of: content, for: company)
        return Point(
            item: item(id, in: company, kind: kind), subject: subject, summary: summary, text: text,
            attachments: attachments, metadata: metadata ?? .tagged([], at: clock.now), contentHash: .repeating(hash),
            facetsHash: .zero, generation: generation, indexedAt: clock.now,
            embedding: try await embedder.embed(embeddingText(subject: subject, summary: summary), for: .acme))
    }

    func put(
        _ id: Int64, _ subject: String, _ text: String = "", in company: CompanyID = .acme, kind: ItemKind = .ticket,
        metadata: Metadata? = nil, generation: Int64 = 1, hash: String = "0"
    ) async throws {
        try await index.upsert(
            try await point(
                id, subject, text, in: company, kind: kind, metadata: metadata, generation: generation, hash: hash))
    }

    func relabel(
        _ id: Int64, in company: CompanyID = .acme, _ tags: [String], generation: Int64, hash: String = "1"
    ) async throws {
        try await index.relabel(
            item(id, in: company), metadata: .tagged(tags, at: clock.now), facetsHash: .repeating(hash),
            generation: generation, at: clock.now)
    }

    func found(_ text: String, in company: CompanyID = .acme, _ change: (inout SearchQuery) -> Void = { _ in })
        async throws -> [Int64]
    {
        var query = SearchQuery(text: text)
        change(&query)
        return try await index.search(query, in: company).map(\.item.originalID)
    }

    /// By pages of `limit`.
    func listed(_ company: CompanyID, limit: Int) async throws -> [PointLabel] {
        var labels: [PointLabel] = []
        var position: ListingPosition?
        for _ in 0..<1000 {
            let page = try await index.points(of: company, at: position, limit: limit)
            labels += page.labels
            position = page.next
            if position == nil { break }
        }
        return labels
    }
}

extension Fingerprint {
    static func repeating(_ digit: String) -> Fingerprint {
        guard let print = Fingerprint(hex: String(repeating: digit, count: 64)) else {
            preconditionFailure("one hex digit")
        }
        return print
    }
}
