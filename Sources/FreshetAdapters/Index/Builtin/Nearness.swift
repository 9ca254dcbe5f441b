import CVectors
import FreshetCore

/// How near each row of a company's block is to a vector: as near as codes tell, and for the nearest as the vectors of
/// record do.
struct Nearness: Sendable {
    let block: CompanyBlock
    let company: CompanyID
    private let vector: [Float]
    /// By row of the block.
    private var similarities: [Float]

    /// More than codes ever put out of order by their being off.
    private static let leastMeasuredAgain = 50

    /// Looks at every row. Others get their turn after each megabyte, so a large company does not hold up the pool.
    init(to vector: [Float], in block: CompanyBlock, of company: CompanyID) async throws {
        self.block = block
        self.company = company
        self.vector = vector
        let query = CodedQuery(vector)
        similarities = [Float](repeating: 0, count: block.count)
        for chunk in 0..<block.chunkCount {
            block.scan(chunk: chunk, query, into: &similarities)
            if chunk % 8 == 7 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    subscript(row: Int) -> Float { similarities[row] }

    /// Measures those again that may be among the nearest `count`.
    mutating func measureAgain(_ count: Int, _ kinds: Set<ItemKind>, from points: any PointStore) async throws {
        let rows = nearest(max(Self.leastMeasuredAgain, count), kinds)
        let items = rows.map { block.key(at: $0).item(of: company) }
        let vectors = try await points.vectors(of: items, in: company)
        for (row, item) in zip(rows, items) {
            // Gone or made anew meanwhile: what is told is of the moment when the search began.
            guard let stored = vectors[item], stored.count == vector.count else { continue }
            similarities[row] = cvectors_dot(vector, stored, vector.count)
        }
    }

    /// The nearest rows of these kinds, best first; those without any similarity are not near.
    func nearest(_ depth: Int, _ kinds: Set<ItemKind>) -> [Int] {
        var best = TopRows(limit: depth)
        for row in similarities.indices where similarities[row] > 0 && best.admits(similarities[row]) {
            let key = block.key(at: row)
            if kinds.contains(key.kind) { best.offer(row, similarities[row], key) }
        }
        return best.sorted()
    }
}
