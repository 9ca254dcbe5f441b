import FreshetCore

/// One search: Qdrant's nearest points and the best texts, joined by score.
///
/// Qdrant applies company, kinds and filters itself, so its side has what was asked for however rare that is. The texts
/// do not know labels: what they bring is held against the same filter there, and where that lets too few through, each
/// further round looks ten times as deep.
struct QdrantSearch {
    let query: SearchQuery
    let company: CompanyID
    let vector: [Float]
    let terms: [String]
    /// Share of full text in the score.
    let textWeight: Double
    /// Its path.
    let collection: String
    let api: QdrantAPI
    let texts: CompanyTexts

    private static let firstDepth = 100
    /// Ids in one request.
    private static let chunk = 1000

    private typealias Scores = [Item: Double]

    func hits() async throws(UpstreamError) -> [Hit] {
        let firstDepth = max(Self.firstDepth, 2 * query.limit)
        var depth = firstDepth
        async let vectors = nearest(firstDepth)
        var matches = try await best(depth)
        let near: Scores
        do { near = try await vectors } catch let error as UpstreamError { throw error } catch {
            throw .unreachable(detail: "cancelled")
        }
        // Fixed by the first round, so that scores of later rounds compare with it.
        let fusion = Fusion(
            vectors: near.values.sorted(by: >), texts: matches.map(\.score), textWeight: textWeight)
        var similarities = near
        var judged = 0
        while true {
            let others = matches.dropFirst(judged).map(\.item).filter { near[$0] == nil && $0 != query.excluding }
            similarities.merge(try await scores(of: others)) { $1 }
            judged = matches.count
            if similarities.count >= query.limit || matches.count < depth { break }
            depth *= 10
            matches = try await best(depth)
        }
        let words = Dictionary(matches.map { ($0.item, $0.score) }) { first, _ in first }
        let candidates = similarities.compactMap { item, similarity -> (item: Item, score: Double)? in
            let text = words[item] ?? 0
            guard similarity > 0 || text > 0 else { return nil }
            return (item, fusion.score(vector: similarity, text: text))
        }
        let ranked = candidates.sorted {
            ($1.score, $0.item.originalID, $0.item.kind.rawValue) < (
                $0.score, $1.item.originalID, $1.item.kind.rawValue
            )
        }.prefix(query.limit)
        return try await payloads(Array(ranked))
    }

    private var filter: QdrantFilter {
        let filter = QdrantFilter(company).kinds(query.kinds).passing(query.filters)
        guard let excluded = query.excluding, excluded.company == company else { return filter }
        return filter.excluding(excluded)
    }

    private struct Points: Decodable { var points: [QdrantRecord] }

    private func nearest(_ depth: Int) async throws(UpstreamError) -> Scores {
        guard vector.contains(where: { $0 != 0 }) else { return [:] }
        return try await ask(filter, limit: depth).filter { $0.value > 0 }
    }

    private func best(_ depth: Int) async throws(UpstreamError) -> [(item: Item, score: Double)] {
        try await translatingStoreFailures { try await texts.match(terms, kinds: query.kinds, limit: depth) }
    }

    /// Of those that pass the filters.
    private func scores(of items: [Item]) async throws(UpstreamError) -> Scores {
        var scores: Scores = [:]
        for start in stride(from: 0, to: items.count, by: Self.chunk) {
            var some = Array(items[start..<min(start + Self.chunk, items.count)])
            if vector.contains(where: { $0 != 0 }) {
                scores.merge(try await ask(filter.items(some), limit: some.count)) { $1 }
                some.removeAll { scores[$0] != nil }
            }
            // What has no vector passes the filter all the same.
            if !some.isEmpty {
                let page = try await api.call(
                    "POST", collection + "/points/scroll",
                    .object([
                        "filter": filter.items(some).json, "limit": .integer(Int64(some.count)),
                        "with_payload": .array(QdrantRecord.labelKeys),
                    ]), as: QdrantPage.self)
                for record in page?.points ?? [] {
                    if let item = place(of: record) { scores[item] = 0 }
                }
            }
        }
        return scores
    }

    private func ask(_ filter: QdrantFilter, limit: Int) async throws(UpstreamError) -> Scores {
        let answer = try await api.call(
            "POST", collection + "/points/query",
            .object([
                "query": .array(vector.map { .number(Double($0)) }), "filter": filter.json,
                "limit": .integer(Int64(limit)), "with_payload": .array(QdrantRecord.labelKeys),
            ]), as: Points.self)
        var scores: Scores = [:]
        for record in answer?.points ?? [] {
            if let item = place(of: record) { scores[item] = record.score ?? 0 }
        }
        return scores
    }

    /// The item, where the point lies at its place: copies, and what others have put in, are no results.
    private func place(of record: QdrantRecord) -> Item? {
        guard record.isInPlace, let item = record.item, item.company == company else { return nil }
        return item
    }

    private struct Payloads: Decodable { var points: [QdrantHit] }

    /// Of the points that are still there.
    private func payloads(_ best: [(item: Item, score: Double)]) async throws(UpstreamError) -> [Hit] {
        if best.isEmpty { return [] }
        let answer = try await api.call(
            "POST", collection + "/points/scroll",
            .object([
                "filter": filter.items(best.map(\.item)).json, "limit": .integer(Int64(best.count)),
                "with_payload": .array(QdrantHit.keys),
            ]), as: Payloads.self)
        let found = Dictionary((answer?.points ?? []).map { ($0.id, $0.payload) }) { first, _ in first }
        return best.compactMap { item, score in
            found[PointID.text(of: item)].map {
                Hit(
                    item: item, score: score, subject: $0.subject, summary: $0.summary, metadata: $0.metadata,
                    indexedAt: $0.indexedAt)
            }
        }
    }
}
