extension Duration {
    var microseconds: Double { Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12 }
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Collection<Double> {
    /// Not a number when there is none.
    var median: Double { sorted().quantile(0.5) }
    var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }
}

extension [Double] {
    /// Of values in ascending order: the smallest that at least `share` of them do not exceed.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        return self[Swift.min(count - 1, Swift.max(0, Int((share * Double(count)).rounded(.up)) - 1))]
    }
}
