/// Numbers as ECMAScript writes them (ECMA-262, Number::toString with radix 10), which RFC 8785 prescribes.
enum ECMAScriptNumber {
    /// `value` must be finite.
    ///
    /// Swift's own description holds the same digits, the shortest that read back as the number and of those the
    /// closest to it; only the lay-out differs.
    static func text(of value: Double) -> String {
        if value == 0 { return "0" }  // Minus zero as well.
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 { return String(integer) }

        var (digits, point) = decimal(of: value.magnitude)
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        if count <= point, point <= 21 {
            digits += Array(repeating: UInt8(ascii: "0"), count: point - count)
            return sign + text(digits)
        }
        if 0 < point, point <= 21 { return sign + text(digits[..<point]) + "." + text(digits[point...]) }
        if -6 < point, point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + text(digits[...]) }
        let exponent = point - 1
        let mantissa = count == 1 ? text(digits) : text(digits[..<1]) + "." + text(digits[1...])
        return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + String(exponent.magnitude)
    }

    /// Digits without leading or trailing zeros, and where the decimal point stands: 0.d1d2d3… × 10^point.
    private static func decimal(of value: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let description = Array(value.description.utf8)
        for (index, byte) in description.enumerated() {
            switch byte {
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                exponent = Int(text(description[(index + 1)...])) ?? 0
            default: digits.append(byte)
            }
            if byte | 0x20 == UInt8(ascii: "e") { break }
        }
        var place = (point ?? digits.count) + exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        place -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, place)
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
