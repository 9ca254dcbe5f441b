package import FreshetCore

/// The index without a service behind it: cosine with every vector of the company, joined with full text.
///
/// The point store keeps everything and does the fencing; in memory there are only caches of vectors and of full text,
/// which catch up before each search, so a write by any process is seen by the next search. Vectors are held as bytes
/// (`VectorCodes`), and the nearest are measured again with the vectors of record. Opening costs nothing; the first search
/// in a company reads its vectors, from a snapshot and what has changed since where there are many.
package struct BuiltinIndex: SearchIndex {
    private let points: any PointStore
    private let embedder: any Embedder
    private let clock: any WallClock
    private let cache: BlockCache
    private let texts: TextCache

    /// `memoryLimit` bounds the cached vectors of all companies together, in bytes, and the cached full text likewise; the
    /// company being searched is held even where it alone is larger. A company takes about 1 KB a point with the built-in
    /// embedder. `snapshots` is where those of many points are kept for the next start.
    package init(
        points: any PointStore, embedder: any Embedder, clock: any WallClock = SystemWallClock(),
        memoryLimit: Int = 512 << 20, snapshots: (any PointSnapshots)? = nil
    ) {
        self.points = points
        self.embedder = embedder
        self.clock = clock
        cache = BlockCache(
            points: points, dimensions: embedder.dimensions, byteLimit: memoryLimit, snapshots: snapshots,
            embedder: embedder.identity.name)
        texts = TextCache(points: points, byteLimit: memoryLimit)
    }

    package func upsert(_ point: Point) async throws(UpstreamError) {
        try await translatingStoreFailures {
            try await points.upsert(point, terms: FullText.terms(of: point))
        }
    }

    package func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        try await translatingStoreFailures {
            try await points.relabel(
                item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
        }
    }

    package func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        try await translatingStoreFailures { try await points.remove(item, generation: generation, at: clock.now) }
    }

    package func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        try await translatingStoreFailures {
            var last: Item?
            if let position {
                guard let item = Item(position, of: company) else { throw UpstreamError.malformed(path: "position") }
                last = item
            }
            let labels = try await points.labels(of: company, after: last, limit: limit)
            return PointPage(
                labels: labels, next: labels.count < limit ? nil : labels.last.map { ListingPosition($0.item) })
        }
    }

    package func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        try await translatingStoreFailures { try await points.labels(of: items) }
    }

    package func count(of company: CompanyID) async throws(UpstreamError) -> Int {
        try await translatingStoreFailures { try await points.count(of: company) }
    }

    package func purge(_ company: CompanyID) async throws(UpstreamError) -> Int {
        defer {
            cache.forget(company)
            texts.forget(company)
        }
        return try await translatingStoreFailures { try await points.purge(company) }
    }

    package func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await translatingStoreFailures {
            let question = Question(query.text)
            guard !question.isEmpty, query.mayFindItems else { return [] }
            let sequence = try await points.sequence(of: company)
            let block = try await cache.block(of: company, at: sequence)
            guard block.has(query.kinds) else { return [] }
            let texts = try await self.texts.texts(of: company, at: sequence)
            let vector = try await embedder.query(question.embeddingText, among: block.statistics, for: company)
            let frequencies = try await texts.frequencies(of: question.terms.map(\.text))
            guard vector.count == embedder.dimensions, vector.allSatisfy(\.isFinite) else {
                throw UpstreamError.malformed(path: "embedding")
            }
            var search = Search(
                query: query, company: company,
                terms: FullText.best(of: question.terms, frequencies: frequencies, points: block.count),
                texts: texts, nearness: try await Nearness(to: vector, in: block, of: company),
                textWeight: question.isShort ? Fusion.fewWordsTextWeight : Fusion.textWeight)
            let matches = Matches(of: search.terms, highlights: query.highlights)
            return try await search.hits(from: points).map(matches.explaining)
        }
    }

    package func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await translatingStoreFailures {
            try await AttachmentSearch(query: query, company: company, points: points).hits()
        }
    }

    /// The vector half of a search by itself: the `limit` items nearest to `vector`, best first, with their cosine where
    /// vectors are normalised. `vector` has the embedder's dimensions.
    package func nearest(
        to vector: [Float], limit: Int, kinds: Set<ItemKind>, in company: CompanyID
    ) async throws(UpstreamError) -> [(item: Item, similarity: Float)] {
        try await translatingStoreFailures {
            guard vector.count == embedder.dimensions, vector.allSatisfy(\.isFinite) else {
                throw UpstreamError.malformed(path: "embedding")
            }
            var nearness = try await Nearness(to: vector, in: cache.block(of: company), of: company)
            try await nearness.measureAgain(limit, kinds, from: points)
            return nearness.nearest(limit, kinds).map { (nearness.block.key(at: $0).item(of: company), nearness[$0]) }
        }
    }
}
