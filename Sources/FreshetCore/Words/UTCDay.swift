/// A day in UTC, as bills and budgets count them.
package struct UTCDay: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `2026-03-01`.
    package let text: String

    package init(_ moment: Timestamp) { text = String(moment.iso8601.prefix(10)) }

    /// Reads `YYYY-MM-DD`; `nil` for anything else.
    package init?(text: some StringProtocol) {
        guard text.utf8.count == 10, Timestamp(iso8601: text) != nil else { return nil }
        self.text = String(text)
    }

    package var start: Timestamp { Timestamp(iso8601: text) ?? .epoch }
    package var next: UTCDay { UTCDay(start + .seconds(86_400)) }
    package var firstOfMonth: UTCDay { UTCDay(text: text.prefix(8) + "01") ?? self }
    /// No month has more than 31 days, and none follows another one by less.
    package var firstOfNextMonth: UTCDay { UTCDay(firstOfMonth.start + .seconds(31 * 86_400)).firstOfMonth }
    package var description: String { text }

    package static func < (a: UTCDay, b: UTCDay) -> Bool { a.text < b.text }
}
