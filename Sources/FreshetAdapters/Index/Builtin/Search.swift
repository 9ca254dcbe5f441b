import FreshetCore

/// One search over a company's block: ranks by vectors and full text, and fetches payloads until enough pass the
/// filters.
///
/// The first round looks at the best of both sides; where filters let too few of them through, each further round looks
/// ten times as deep, to the end if need be.
struct Search {
    let query: SearchQuery
    let company: CompanyID
    let terms: [String]
    let texts: CompanyTexts
    var nearness: Nearness
    /// Share of full text in the score.
    let textWeight: Double

    private var block: CompanyBlock { nearness.block }

    private static let firstDepth = 100

    mutating func hits(from points: any PointStore) async throws -> [Hit] {
        try await nearness.measureAgain(query.limit, query.kinds, from: points)
        let excluded = query.excluding.flatMap { $0.company == company ? CompanyBlock.Key($0) : nil }
        var depth = max(Self.firstDepth, 2 * query.limit)
        var fusion: Fusion?
        var seen: Set<CompanyBlock.Key> = []
        var found: [Hit] = []
        while true {
            try Task.checkCancellation()
            let near = nearness.nearest(depth, query.kinds)
            let matches = try await texts.match(terms, kinds: query.kinds, limit: depth)
            // Fixed by the first round, so that scores of later rounds compare with it.
            let scale =
                fusion
                ?? Fusion(
                    vectors: near.map { Double(nearness[$0]) }, texts: matches.lazy.map(\.score),
                    textWeight: textWeight)
            fusion = scale
            let candidates = fuse(near, matches, by: scale).filter { $0.key != excluded && !seen.contains($0.key) }
            seen.formUnion(candidates.map(\.key))
            try await fetch(candidates, into: &found, from: points)
            let isExhausted = near.count < depth && matches.count < depth
            if found.count >= query.limit || isExhausted { break }
            depth = depth > block.count / 10 ? max(block.count, depth) + 1 : depth * 10
        }
        return Array(
            found.sorted { ($1.score, $0.item.originalID) < ($0.score, $1.item.originalID) }.prefix(query.limit))
    }

    private struct Candidate {
        var key: CompanyBlock.Key
        var score: Double
    }

    private func fuse(_ near: [Int], _ matches: [(item: Item, score: Double)], by fusion: Fusion) -> [Candidate] {
        var texts: [CompanyBlock.Key: Double] = [:]
        for match in matches { texts[CompanyBlock.Key(match.item)] = match.score }
        var candidates: [Candidate] = []
        for row in near {
            let key = block.key(at: row)
            let score = fusion.score(vector: Double(nearness[row]), text: texts.removeValue(forKey: key) ?? 0)
            candidates.append(Candidate(key: key, score: score))
        }
        for (key, score) in texts {
            let similarity = block.row(of: key).map { Double(nearness[$0]) } ?? 0
            candidates.append(Candidate(key: key, score: fusion.score(vector: similarity, text: score)))
        }
        return candidates.sorted { ($1.score, $0.key) < ($0.score, $1.key) }
    }

    /// Payloads of the candidates that pass the filters, best first, until there are enough.
    private func fetch(_ candidates: [Candidate], into found: inout [Hit], from points: any PointStore) async throws {
        var rest = candidates[...]
        // A little more than needed, since a point may have gone meanwhile; more where filters turn most away.
        var batch = query.limit + 5
        while !rest.isEmpty, found.count < query.limit {
            try Task.checkCancellation()
            let some = rest.prefix(batch)
            rest = rest.dropFirst(batch)
            let payloads = try await points.hits(
                some.map { $0.key.item(of: company) }, in: company, filters: query.filters)
            for candidate in some {
                guard var hit = payloads[candidate.key.item(of: company)] else { continue }
                hit.score = candidate.score
                found.append(hit)
            }
            batch = min(batch * 2, 500)
        }
    }
}

/// The best `limit` rows of those offered: a heap with the worst on top.
struct TopRows<Score: BinaryFloatingPoint, Key: Comparable> {
    private struct Row {
        var number: Int
        var score: Score
        var key: Key

        /// Equal scores go by key, so that the order of rows in memory never shows.
        func isWorse(than other: Row) -> Bool { score != other.score ? score < other.score : other.key < key }
    }

    private let limit: Int
    private var heap: [Row] = []

    init(limit: Int) { self.limit = limit }

    /// What a row must score at least to be among the best so far; more than nothing in any case.
    var bar: Score {
        if limit == 0 { return .infinity }
        return heap.count < limit ? .leastNonzeroMagnitude : heap[0].score
    }

    mutating func offer(_ number: Int, _ score: Score, _ key: Key) {
        let row = Row(number: number, score: score, key: key)
        if heap.count < limit {
            heap.append(row)
            var child = heap.count - 1
            while child > 0, heap[child].isWorse(than: heap[(child - 1) / 2]) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else if let worst = heap.first, worst.isWorse(than: row) {
            heap[0] = row
            var parent = 0
            while true {
                var worstPlace = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                    if heap[child].isWorse(than: heap[worstPlace]) { worstPlace = child }
                }
                if worstPlace == parent { break }
                heap.swapAt(parent, worstPlace)
                parent = worstPlace
            }
        }
    }

    /// Row numbers, best first.
    func sorted() -> [Int] { heap.sorted { $1.isWorse(than: $0) }.map(\.number) }
}
