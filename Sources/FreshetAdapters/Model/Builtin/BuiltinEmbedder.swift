package import FreshetCore

/// Makes vectors of texts by hashing their words and letters: no model file, no network, the same to the last bit on
/// every machine.
///
/// A stored vector depends on nothing but its text. What is rare in a company weighs more in the query, by the
/// company's own counts (`FeatureStatistics`), so nothing stored changes when other texts arrive.
package struct BuiltinEmbedder: Embedder {
    package let dimensions: Int
    package let identity: ModelIdentity

    /// Feature buckets for the document frequencies.
    package static let buckets = 1 << 14

    /// `dimensions` is a power of two, 64...4096.
    package init(dimensions: Int = 1024) {
        precondition(dimensions.nonzeroBitCount == 1 && (64...4096).contains(dimensions))
        self.dimensions = dimensions
        identity = ModelIdentity(provider: "builtin", model: "hashed-\(dimensions)", version: 1)
    }

    package func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        embedding(of: text)
    }

    package func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        queryVector(of: text, among: statistics)
    }

    /// Of a text without words the zero vector, which is near to nothing.
    func embedding(of text: String) -> Embedding {
        let bag = FeatureBag(Tokens(text, limit: Self.textLimit))
        var features: [UInt16] = []
        for bucket in bag.features.map({ UInt16(Self.bucket($0.hash)) }).sorted() where features.last != bucket {
            features.append(bucket)
        }
        return Embedding(vector: vector(of: bag) { _ in 1 }, features: features)
    }

    func queryVector(of text: String, among statistics: FeatureStatistics) -> [Float] {
        let bag = FeatureBag(Tokens(text, limit: Self.textLimit))
        guard statistics.counts.count == Self.buckets else { return vector(of: bag) { _ in 1 } }
        let points = Double(statistics.points)
        return vector(of: bag) { hash in
            let rarity = 1 + Logarithm.natural((points + 1) / (Double(statistics.counts[Self.bucket(hash)]) + 1))
            return rarity * rarity.squareRoot()
        }
    }

    /// Longer texts are read up to here: a vector is made of a summary.
    private static let textLimit = 32_768

    private static func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: (hash >> 8) & UInt64(buckets - 1)) }

    /// The families, each at unit length and times the root of its weight, added up: one dimension and one sign a
    /// feature. Every sum runs in the order of the features, so it is the same everywhere.
    private func vector(of bag: FeatureBag, factor: (UInt64) -> Double) -> [Float] {
        var squares = [Double](repeating: 0, count: FeatureBag.Family.allCases.count)
        for feature in bag.features {
            let weight = Logarithm.damped(feature.count) * feature.emphasis
            squares[feature.family.rawValue] += weight * weight
        }
        let scales = FeatureBag.Family.allCases.map { family in
            let square = squares[family.rawValue]
            guard square > 0 else { return 0.0 }
            return (Double(family.weight * bag.shares[Int(family.script.rawValue)]) / square).squareRoot()
        }
        var sums = [Double](repeating: 0, count: dimensions)
        for feature in bag.features {
            let weight =
                Logarithm.damped(feature.count) * feature.emphasis * scales[feature.family.rawValue]
                * factor(feature.hash)
            let dimension = Int(truncatingIfNeeded: feature.hash >> 40) & (dimensions - 1)
            sums[dimension] += feature.hash & 1 == 0 ? weight : -weight
        }
        var square = 0.0
        for sum in sums { square += sum * sum }
        guard square > 0 else { return sums.map { Float($0) } }
        let scale = 1 / square.squareRoot()
        return sums.map { Float($0 * scale) }
    }
}
