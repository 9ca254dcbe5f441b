import FreshetCore

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), written anew only when the second changes.
struct HTTPDate: Sendable {
    private var second = Int64.min
    private var text: [UInt8] = []

    mutating func bytes(at moment: Timestamp) -> [UInt8] {
        let now = moment.secondsSinceEpoch
        if now != second {
            second = now
            text = Self.format(moment)
        }
        return text
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func format(_ moment: Timestamp) -> [UInt8] {
        // `YYYY-MM-DDTHH:MM:SS…`: the calendar is Timestamp's; only the words are ours.
        let iso = Array(moment.iso8601.utf8)
        let month = Int(iso[5] - 48) * 10 + Int(iso[6] - 48)
        let day = Int(((moment.secondsSinceEpoch / 86_400) % 7 + 7) % 7)
        var text = Array("\(days[day]), ".utf8)
        text += iso[8..<10]
        text += Array(" \(months[month - 1]) ".utf8)
        text += iso[0..<4]
        text.append(0x20)
        text += iso[11..<19]
        text += Array(" GMT".utf8)
        return text
    }
}
