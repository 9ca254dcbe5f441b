import Foundation
package import FreshetCore
package import FreshetSystem

/// The index in a Qdrant of at least version 1.16: vectors and payloads there, full text in the point store beside it.
///
/// Qdrant has the last word about what there is: it fences writes, and its payloads are what searches answer with. The
/// point store has each point's terms, since Qdrant's own sparse vectors weigh a word by how rare it is in the whole
/// collection, which other companies share; here a company's ranking depends on nothing but its own items.
///
/// A write goes to Qdrant first and to the point store after it. A crash in between leaves a run unfinished, and the next
/// one writes both again; an audit that finds only one of the two says so, and makes both anew.
package struct QdrantIndex: SearchIndex {
    private let configuration: QdrantConfiguration
    private let api: QdrantAPI
    private let collections: QdrantCollections
    private let probe: QdrantCollections
    private let writer: QdrantWriter
    private let points: any PointStore
    private let embedder: any Embedder
    private let clock: any WallClock
    private let statistics: BlockCache
    private let texts: TextCache

    /// `memoryLimit` bounds what is cached to weigh queries with, in bytes over all companies, for embedders that want
    /// that, and the cached full text likewise.
    package init(
        _ configuration: QdrantConfiguration, http: HTTPClient, points: any PointStore, embedder: any Embedder,
        clock: any WallClock = SystemWallClock(), random: any RandomSource = SystemRandomSource(),
        memoryLimit: Int = 512 << 20
    ) {
        self.configuration = configuration
        self.points = points
        self.embedder = embedder
        self.clock = clock
        api = QdrantAPI(configuration, http: http, clock: clock, random: random)
        collections = QdrantCollections(configuration, api: api, dimensions: embedder.dimensions)
        var hasty = configuration
        (hasty.attempts, hasty.deadline) = (1, min(configuration.deadline, .seconds(2)))
        probe = QdrantCollections(
            hasty, api: QdrantAPI(hasty, http: http, clock: clock, random: random), dimensions: embedder.dimensions)
        writer = QdrantWriter(configuration, api: api, collections: collections, points: points)
        // Vectors are not kept here: no dimensions.
        statistics = BlockCache(points: points, dimensions: 0, byteLimit: memoryLimit)
        texts = TextCache(points: points, byteLimit: memoryLimit)
    }

    /// Asks once and waits two seconds at most: whoever wants to know now asks again.
    package func check() async throws(UpstreamError) { try await probe.check() }

    // MARK: - Writing

    package func upsert(_ point: Point) async throws(UpstreamError) {
        // One without a vector is found by its words.
        let vector = point.embedding.vector
        guard vector.isEmpty || vector.count == embedder.dimensions else {
            throw .refused(status: 400, code: "wrong_dimension")
        }
        let payload = QdrantPayload(point, withText: configuration.storesText)
        var stored = point
        stored.embedding.vector = []
        try await write(
            point.item, point.generation, vector: vector.isEmpty ? nil : vector, payload: payload,
            stored: (stored, FullText.terms(of: point)))
    }

    package func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        let labels = QdrantRelabelling(
            metadata: metadata, facetsHash: facetsHash.hex, generation: generation, createdAt: metadata.createdAt,
            updatedAt: metadata.updatedAt, indexedAt: moment, facets: QdrantFacets(metadata))
        let filter = QdrantFilter(item.company).items([item]).notNewer(than: generation)
        var body = Array(#"{"payload":"#.utf8)
        body += try QdrantAPI.bytes(labels)
        body += Array(#","filter":"#.utf8)
        body += try QdrantAPI.bytes(filter.json)
        body.append(UInt8(ascii: "}"))
        _ = try await api.call(
            "POST", path(item.company, "/points/payload?wait=true&ordering=strong"), body, as: JSONValue.self)
        // Nothing says whether there was a point, and how new it was: what stands there now does.
        guard
            let standing = try await scroll(QdrantFilter(item.company).items([item]), of: item.company, limit: 1).first
        else { throw .refused(status: 404, code: "no_point") }
        guard (standing.payload.generation ?? 0) <= generation else { throw .superseded }
        try await beside(item) {
            try await points.relabel(
                item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
        }
    }

    package func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        let moment = clock.now
        try await write(
            item, generation, vector: nil, payload: QdrantTombstone(item, generation: generation, at: moment))
        try await beside(item) { try await points.remove(item, generation: generation, at: moment) }
    }

    private func write(
        _ item: Item, _ generation: Int64, vector: [Float]?, payload: some Encodable,
        stored: (point: Point, terms: FullTextTerms)? = nil
    ) async throws(UpstreamError) {
        let id = PointID.text(of: item)
        var point = Array(#"{"id":"\#(id)","vector":"#.utf8)
        if let vector {
            guard vector.allSatisfy(\.isFinite) else { throw .refused(status: 400, code: "vector_not_finite") }
            point.reserveCapacity(vector.count * 13 + 4096)
            for (index, number) in vector.enumerated() {
                point.append(UInt8(ascii: index == 0 ? "[" : ","))
                point += number.description.utf8
            }
            point.append(UInt8(ascii: "]"))
        } else {
            point += Array("{}".utf8)
        }
        point += Array(#","payload":"#.utf8)
        point += try QdrantAPI.bytes(payload)
        point.append(UInt8(ascii: "}"))
        try await writer.write(
            .init(id: id, generation: generation, point: point, stored: stored), for: item.company)
    }

    /// The part of a write that goes to the point store.
    private func beside(_ item: Item, _ write: () async throws -> Void) async throws(UpstreamError) {
        try await translatingStoreFailures {
            do { try await write() } catch { throw try await writer.undoing(item, after: error) }
        }
    }

    // MARK: - Asking

    package func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        let question = Question(query.text)
        guard !question.isEmpty, query.mayFindItems else { return [] }
        let sequence = try await translatingStoreFailures { try await points.sequence(of: company) }
        var weights = FeatureStatistics()
        if embedder.usesStatistics {
            weights = try await translatingStoreFailures {
                try await statistics.block(of: company, at: sequence).statistics
            }
        }
        let vector = try await embedder.query(question.embeddingText, among: weights, for: company)
        let texts: CompanyTexts = try await translatingStoreFailures {
            try await self.texts.texts(of: company, at: sequence)
        }
        let terms = try await translatingStoreFailures {
            FullText.best(
                of: question.terms, frequencies: try await texts.frequencies(of: question.terms.map(\.text)),
                points: try await points.count(of: company))
        }
        let search = QdrantSearch(
            query: query, company: company, vector: vector, terms: terms,
            textWeight: question.isShort ? Fusion.fewWordsTextWeight : Fusion.textWeight,
            collection: "/collections/\(configuration.collection(of: company))", api: api, texts: texts)
        let matches = Matches(of: terms, highlights: query.highlights)
        return try await search.hits().map(matches.explaining)
    }

    /// Names of files are full text: they stay in the point store, with what their filters need.
    package func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await translatingStoreFailures {
            try await AttachmentSearch(query: query, company: company, points: points).hits()
        }
    }

    package func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        var walk = QdrantWalk()
        if let position {
            guard let read = QdrantWalk(position) else { throw .malformed(path: "position") }
            walk = read
        }
        let filter = walk.isForeign ? QdrantFilter(inCollectionOf: company) : QdrantFilter(company)
        let page = try await scrolled(filter, of: company, limit: limit, offset: walk.offset)
        var labels = page.points.map { $0.label(listedFor: company) }
        if walk.isForeign {
            // What lies at the place of an item of ours is found from there.
            labels = zip(page.points, labels).filter { record, label in
                var own = label.item
                own.company = company
                return PointID.text(of: own) != record.id
            }.map(\.1)
        }
        var next: QdrantWalk?
        if let offset = page.nextPageOffset, offset != .null {
            next = QdrantWalk(isForeign: walk.isForeign, offset: offset)
        } else if !walk.isForeign, configuration.isDedicated(company) {
            next = QdrantWalk(isForeign: true)
        }
        return PointPage(labels: labels, next: try next.map { walk throws(UpstreamError) in try walk.position() })
    }

    /// Also those that lie at the place of one of `items` and name another company: their labels say so.
    package func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        var labels: [Item: PointLabel] = [:]
        for (company, items) in Dictionary(grouping: items, by: \.company) {
            let places = Dictionary(items.map { (PointID.text(of: $0), $0) }) { first, _ in first }
            var found = try await scroll(QdrantFilter(company).items(items), of: company, limit: items.count)
            if found.count < places.count {
                found += try await scroll(QdrantFilter(under: items, notOf: company), of: company, limit: items.count)
            }
            let texts = try await translatingStoreFailures { try await points.labels(of: items) }
            for record in found {
                guard let item = places[record.id] else { continue }
                var label = record.label(listedFor: company)
                if label.item.company == company {
                    // Without its terms a point is as good as missing. Where the two are of different texts one is
                    // stale, whatever the record says.
                    guard let text = texts[item] else { continue }
                    if text.contentHash != label.contentHash { label.contentHash = .ofNothing }
                }
                labels[item] = label
            }
        }
        return labels
    }

    package func count(of company: CompanyID) async throws(UpstreamError) -> Int {
        let answer = try await api.call(
            "POST", path(company, "/points/count"),
            .object(["filter": QdrantFilter(company).json, "exact": .bool(true)]), as: QdrantCount.self)
        return answer?.count ?? 0
    }

    package func purge(_ company: CompanyID) async throws(UpstreamError) -> Int {
        // At the end: until then a search may read them anew.
        defer {
            statistics.forget(company)
            texts.forget(company)
        }
        let count = try await count(of: company)
        if configuration.isDedicated(company) {
            _ = try await api.call(
                "DELETE", "/collections/\(configuration.collection(of: company))", as: JSONValue.self)
            collections.forget(of: company)
        } else {
            _ = try await api.call(
                "POST", path(company, "/points/delete?wait=true&ordering=strong"),
                .object(["filter": QdrantFilter.everything(of: company)]), as: JSONValue.self)
        }
        _ = try await translatingStoreFailures { try await points.purge(company) }
        return count
    }

    private func path(_ company: CompanyID, _ rest: String) -> String {
        "/collections/\(configuration.collection(of: company))" + rest
    }

    private func scroll(
        _ filter: QdrantFilter, of company: CompanyID, limit: Int
    ) async throws(UpstreamError) -> [QdrantRecord] {
        limit == 0 ? [] : try await scrolled(filter, of: company, limit: limit, offset: nil).points
    }

    private func scrolled(
        _ filter: QdrantFilter, of company: CompanyID, limit: Int, offset: JSONValue?
    ) async throws(UpstreamError) -> QdrantPage {
        var body: [String: JSONValue] = [
            "filter": filter.json, "limit": .integer(Int64(limit)), "with_payload": .array(QdrantRecord.labelKeys),
            "with_vector": .bool(false),
        ]
        body["offset"] = offset
        return try await api.call("POST", path(company, "/points/scroll"), .object(body)) ?? QdrantPage(points: [])
    }
}

struct QdrantCount: Decodable { var count: Int }

struct QdrantPage: Decodable {
    var points: [QdrantRecord]
    var nextPageOffset: JSONValue?

    enum CodingKeys: String, CodingKey {
        case points
        case nextPageOffset = "next_page_offset"
    }
}

/// How far a listing has come: through a company's points, then, in a collection of its own, through the foreign ones.
struct QdrantWalk: Codable {
    var isForeign = false
    /// An id: a UUID, or a number for points of others.
    var offset: JSONValue?

    init(isForeign: Bool = false, offset: JSONValue? = nil) {
        self.isForeign = isForeign
        self.offset = offset
    }

    /// `nil` for a text of any other origin.
    init?(_ position: ListingPosition) {
        do { self = try JSONDecoder().decode(QdrantWalk.self, from: Data(position.text.utf8)) } catch { return nil }
    }

    func position() throws(UpstreamError) -> ListingPosition {
        ListingPosition(text: String(decoding: try QdrantAPI.bytes(self), as: UTF8.self))
    }
}
