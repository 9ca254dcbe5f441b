/// Joins two rankings of the same things by score: vectors and full text.
///
/// Each side is measured against the mean of its second to eleventh best, which one outlier (the ticket itself, when a
/// ticket is the question) does not move; then the weighted sum decides. A thing that only one side found has nothing
/// from the other.
struct Fusion {
    /// Whole tickets: vectors lead.
    static let textWeight = 0.4
    /// A few words: who types them means them, and their few letter groups make a noisy vector.
    static let fewWordsTextWeight = 0.75

    private let textWeight: Double
    private let vectorScale: Double
    private let textScale: Double

    /// Both best first, scores positive.
    init(vectors: some Collection<Double>, texts: some Collection<Double>, textWeight: Double = Fusion.textWeight) {
        self.textWeight = textWeight
        vectorScale = Self.scale(vectors)
        textScale = Self.scale(texts)
    }

    /// 0..<1; grows with both scores.
    func score(vector: Double, text: Double) -> Double {
        let sum = (1 - textWeight) * max(0, vector) * vectorScale + textWeight * max(0, text) * textScale
        return sum / (1 + sum)
    }

    private static func scale(_ scores: some Collection<Double>) -> Double {
        let reference = scores.count > 1 ? Array(scores.dropFirst().prefix(10)) : Array(scores)
        let mean = reference.reduce(0, +) / Double(max(1, reference.count))
        return mean > 0 ? 1 / mean : 0
    }
}
