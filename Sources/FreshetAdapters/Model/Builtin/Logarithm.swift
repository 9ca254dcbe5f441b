/// Natural logarithms from additions and multiplications alone, so that vectors come out the same to the last bit on
/// every machine; the C library's may differ in the last place from one version to the next.
enum Logarithm {
    /// ln(`value`) for a positive finite value, to about 15 digits.
    static func natural(_ value: Double) -> Double {
        // value = significand * 2^exponent with the significand in 0.75..<1.5, where the series is quick.
        var exponent = Double(value.exponent)
        var significand = value.significand
        if significand >= 1.5 {
            significand /= 2
            exponent += 1
        }
        // ln x = 2 artanh((x - 1) / (x + 1))
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var term = ratio
        var sum = ratio
        var divisor = 3.0
        for _ in 0..<12 {
            term *= square
            sum += term / divisor
            divisor += 2
        }
        return 2 * sum + exponent * 0.693147180559945309417232121458
    }

    /// 1 + ln(`count`), the weight of a feature that occurs `count` times.
    static func damped(_ count: Int) -> Double {
        count < table.count ? table[count] : 1 + natural(Double(count))
    }

    private static let table: [Double] = (0..<256).map { $0 == 0 ? 0 : 1 + natural(Double($0)) }
}
