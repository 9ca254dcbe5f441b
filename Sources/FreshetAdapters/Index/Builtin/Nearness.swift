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

    /// How far codes may put a row off, in standard deviations; of two rows together, twice that.
    private static let deviations: Float = 4.5

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

    /// Measures those again that may be among the nearest `count`: the nearest by codes, and the next ones that are behind
    /// them by no more than codes may be off.
    mutating func measureAgain(_ count: Int, _ kinds: Set<ItemKind>, from points: any PointStore) async throws {
        var rows = nearest(2 * count + 20, kinds)
        if count > 0, rows.count > count {
            let last = rows[count - 1]
            // Of codes that are off by up to half a step each, as any number is.
            let length = cvectors_dot(vector, vector, vector.count).squareRoot()
            let step = rows.reduce(Float(0)) { max($0, block.step(of: $1)) }
            let margin = 2 * Self.deviations * length * step / Float(12).squareRoot()
            let bar = similarities[last] - margin
            rows.removeAll { similarities[$0] < bar }
        }
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
        let wanted = WantedKinds(kinds)
        var best = TopRows<Float, CompanyBlock.Key>(limit: depth)
        similarities.withUnsafeBufferPointer { similarities in
            var bar = best.bar
            for row in similarities.indices where similarities[row] >= bar {
                let key = block.key(at: row)
                guard wanted.contains(key.kind) else { continue }
                best.offer(row, similarities[row], key)
                bar = best.bar
            }
        }
        return best.sorted()
    }
}

/// A set of kinds that is asked for each row.
struct WantedKinds {
    private let tickets: Bool
    private let articles: Bool

    init(_ kinds: Set<ItemKind>) {
        tickets = kinds.contains(.ticket)
        articles = kinds.contains(.article)
    }

    func contains(_ kind: ItemKind) -> Bool {
        switch kind {
        case .ticket: tickets
        case .article: articles
        }
    }
}
