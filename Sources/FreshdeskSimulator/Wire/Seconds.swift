/// A moment in whole seconds since 1970-01-01T00:00:00Z: all that Freshdesk's API shows of time.
package struct Seconds: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    package var value: Int64

    package init(_ value: Int64) { self.value = value }
    package init(integerLiteral value: Int64) { self.value = value }
    package init(milliseconds: Int64) {
        value = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    }

    package static func < (a: Seconds, b: Seconds) -> Bool { a.value < b.value }
    package static func + (a: Seconds, seconds: Int64) -> Seconds { Seconds(a.value + seconds) }
    package static func - (a: Seconds, seconds: Int64) -> Seconds { Seconds(a.value - seconds) }

    package static let minute: Int64 = 60
    package static let hour: Int64 = 3600
    package static let day: Int64 = 86_400

    /// `2026-03-03T09:14:22Z`.
    package var iso8601: String { text(separator: UInt8(ascii: "T"), tail: "Z") }

    /// `2026-03-03`.
    package var dateText: String { String(iso8601.prefix(10)) }

    /// `20260303T091422Z`, as in signed links.
    var compact: String { iso8601.filter { $0 != "-" && $0 != ":" } }

    private func text(separator: UInt8, tail: String) -> String {
        let days = Self.floorDivide(value, Self.day)
        let rest = value - days * Self.day
        let (year, month, day) = Self.civil(fromDays: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        func pad(_ number: Int64, _ width: Int) {
            var divisor: Int64 = width == 4 ? 1000 : 10
            while divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
        }
        pad(year, 4)
        bytes.append(UInt8(ascii: "-"))
        pad(month, 2)
        bytes.append(UInt8(ascii: "-"))
        pad(day, 2)
        bytes.append(separator)
        pad(rest / 3600, 2)
        bytes.append(UInt8(ascii: ":"))
        pad(rest / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        pad(rest % 60, 2)
        return String(decoding: bytes, as: UTF8.self) + tail
    }

    /// Reads `YYYY-MM-DD` and `YYYY-MM-DDTHH:MM:SS[.fff](Z|±HH:MM)`; `nil` for anything else. Fractions are cut off.
    package init?(iso8601 text: some StringProtocol) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), year >= 1, (1...12).contains(month), day >= 1,
            day <= Self.days(in: month, of: year)
        else { return nil }
        let midnight = Self.days(fromCivil: year, month, day) * Self.day
        if reader.isAtEnd {
            self.init(midnight)
            return
        }
        guard reader.take("T") || reader.take(" "), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            hour < 24, minute < 60, second < 60
        else { return nil }
        if reader.take(".") {
            guard reader.digits(1) != nil else { return nil }
            while reader.digits(1) != nil {}
        }
        var offset: Int64 = 0
        if !reader.take("Z") {
            let sign: Int64 = reader.take("+") ? 1 : -1
            guard sign == 1 || reader.take("-"), let hours = reader.digits(2), reader.take(":"),
                let minutes = reader.digits(2), hours < 24, minutes < 60
            else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard reader.isAtEnd else { return nil }
        self.init(midnight + hour * 3600 + minute * 60 + second - offset)
    }

    // Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = floorDivide(y, 400)
        let yoe = y - era * 400
        let doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
        return era * 146_097 + doe - 719_468
    }

    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let z = days + 719_468
        let era = floorDivide(z, 146_097)
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }
}

private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        guard position + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[position..<position + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        position += count
        return value
    }
}
