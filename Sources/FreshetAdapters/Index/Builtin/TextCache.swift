import FreshetCore

/// The full text of the companies that were searched lately, in memory. See `CompanyCache`.
///
/// What the store's own full text would answer, and sooner. Until a large company is read, the store answers.
struct TextCache: Sendable {
    private let points: any PointStore
    private let cache: CompanyCache<TextBlock>

    /// Changes that a search reads itself; more are read beside the searches.
    private static let patience: Int64 = 2048

    init(points: any PointStore, byteLimit: Int) {
        self.points = points
        cache = CompanyCache(
            points: points, byteLimit: byteLimit, empty: TextBlock(), changesPerRead: 1024,
            changes: { try await points.textChanges(of: $0, after: $1, limit: $2) })
    }

    /// The company's texts with everything that was written up to this sequence number, which is the company's by now.
    func texts(of company: CompanyID, at sequence: Int64) async throws -> CompanyTexts {
        let block = try await cache.value(of: company, at: sequence, missing: Self.patience)
        return CompanyTexts(company: company, block: block, points: points)
    }

    func forget(_ company: CompanyID) { cache.forget(company) }
}

/// One company's full text as a search asks it.
struct CompanyTexts: Sendable {
    let company: CompanyID
    /// Without it the store answers.
    let block: TextBlock?
    let points: any PointStore

    /// In how many of the company's points each term occurs; terms that occur nowhere are absent.
    func frequencies(of terms: [String]) async throws -> [String: Int] {
        if let block { return block.frequencies(of: terms) }
        return try await points.frequencies(of: terms, in: company)
    }

    /// The best `limit` items for any of the terms, best first, scores positive.
    func match(_ terms: [String], kinds: Set<ItemKind>, limit: Int) async throws -> [(item: Item, score: Double)] {
        if terms.isEmpty { return [] }
        if let block {
            return block.match(terms, kinds: kinds, limit: limit).map { ($0.key.item(of: company), $0.score) }
        }
        // One company's words never name another's items, whatever the store answers.
        return try await points.match(terms, in: company, kinds: kinds, limit: limit)
            .filter { $0.item.company == company }
    }
}
