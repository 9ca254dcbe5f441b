/// One thing that goes wrong on purpose: which calls or webhooks, when, and what happens to them.
///
/// A rule without conditions strikes everything. Several rules may strike one call; where they disagree the earlier one
/// has its way.
package struct FaultRule: Sendable, Equatable, Codable {
    package enum Body: String, Sendable, Codable, CaseIterable { case json, html, empty }

    package enum Reset: String, Sendable, Codable, CaseIterable {
        /// The connection breaks and nothing was done.
        case before
        /// Everything was done, then the connection breaks without an answer.
        case after
    }

    package enum Webhook: String, Sendable, Codable, CaseIterable {
        case drop, double
        /// Sent `delay_ms` later.
        case late
        /// Sent up to `delay_ms` later, each as chance will have it, so that they overtake each other.
        case shuffle
    }

    /// To remove it by, and to see in the list of calls; made up when it is missing.
    package var name: String?

    // MARK: Which calls
    package var method: String?
    /// Behind `/api/v2/`: `tickets/*/conversations`. `*` is any one part, a final `**` any rest.
    package var path: String?
    /// Parameters and their values; `"*"` is any value, `null` says that it must be absent. `page` 1 is also meant where
    /// no page is asked for.
    package var query: [String: String?]?

    // MARK: Which webhooks
    /// `onTicketUpdate`.
    package var event: String?
    /// `signing_app` or `rule`.
    package var sender: String?
    package var tickets: [Int64]?

    // MARK: When
    /// Lets so many pass first.
    package var skip: Int?
    /// Strikes so often, then never again.
    package var times: Int?
    package var probability: Double?
    /// Moments of the account's time, ISO 8601.
    package var from: String?
    package var until: String?
    /// Seconds of the account's time since the rule was added.
    package var afterSeconds: Int64?
    package var forSeconds: Int64?

    // MARK: What happens to a call
    package var latencyMilliseconds: Int64?
    package var jitterMilliseconds: Int64?
    /// Answered instead of carrying out the call.
    package var status: Int?
    package var body: Body?
    package var code: String?
    package var message: String?
    /// Seconds, or any text; an empty text leaves the header out.
    package var retryAfter: JSON?
    package var reset: Reset?
    /// The body breaks off half way, with the headers of the whole.
    package var truncate: Bool?
    /// A list answers with no rows and no next page.
    package var empty: Bool?
    /// Share of a list's rows that are left out.
    package var hideRows: Double?
    /// Rows that are left out of lists, by id.
    package var hideIDs: [Int64]?
    /// The link to the next page is left out.
    package var lastPage: Bool?
    /// `updated_since` is disregarded, so that the 30-day default strikes.
    package var thirtyDays: Bool?

    // MARK: What happens to a webhook
    package var webhook: Webhook?
    package var delayMilliseconds: Int64?

    package init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, method, path, query, event, sender, tickets, skip, times, probability, from, until
        case afterSeconds = "after_seconds"
        case forSeconds = "for_seconds"
        case latencyMilliseconds = "latency_ms"
        case jitterMilliseconds = "jitter_ms"
        case status, body, code, message
        case retryAfter = "retry_after"
        case reset, truncate, empty
        case hideRows = "hide_rows"
        case hideIDs = "hide_ids"
        case lastPage = "last_page"
        case thirtyDays = "thirty_days"
        case webhook
        case delayMilliseconds = "delay_ms"
    }

    // MARK: Checking

    /// Says what is impossible; `nil` when all is well.
    var complaint: String? {
        if let probability, !(0...1).contains(probability) { return "probability must be between 0 and 1" }
        if let hideRows, !(0...1).contains(hideRows) { return "hide_rows must be between 0 and 1" }
        if let status, !(400...599).contains(status) { return "status must be between 400 and 599" }
        for (name, value) in [("skip", skip), ("times", times)] {
            if let value, value < 0 { return "\(name) must not be below 0" }
        }
        let delays = [latencyMilliseconds, jitterMilliseconds, delayMilliseconds]
        guard delays.allSatisfy({ (0...600_000).contains($0 ?? 0) }) else {
            return "a delay must be between 0 and 600000 ms"
        }
        for (name, text) in [("from", from), ("until", until)] {
            if let text, Seconds(iso8601: text) == nil { return "\(name) must be an ISO 8601 time" }
        }
        for (name, seconds) in [("after_seconds", afterSeconds), ("for_seconds", forSeconds)] {
            if let seconds, !(0...(100 * 365 * Seconds.day)).contains(seconds) {
                return "\(name) must be between 0 and a hundred years"
            }
        }
        if let event, !AccountEvent.Kind.allCases.contains(where: { $0.rawValue == event }) {
            return "event must be one of \(AccountEvent.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
        }
        switch retryAfter {
        case nil, .integer, .string: break
        default: return "retry_after must be a number or a text"
        }
        return mixture
    }

    /// A rule is about calls or about webhooks.
    private var mixture: String? {
        let strikesCalls =
            latencyMilliseconds != nil || jitterMilliseconds != nil || status != nil || reset != nil || truncate == true
            || empty == true || hideRows != nil || hideIDs != nil || lastPage == true || thirtyDays == true
        if webhook != nil {
            guard !strikesCalls, method == nil, path == nil, query == nil else {
                return "a rule with webhook is about webhooks only: no method, path, query, nor what happens to calls"
            }
            if webhook == .late || webhook == .shuffle, delayMilliseconds == nil {
                return "webhook late and shuffle need delay_ms"
            }
            return nil
        }
        guard strikesCalls else {
            return
                "a rule says what happens: latency_ms, jitter_ms, status, reset, truncate, empty, hide_rows, hide_ids, last_page, thirty_days or webhook"
        }
        guard event == nil, sender == nil, tickets == nil else {
            return "event, sender and tickets are for rules with webhook"
        }
        return nil
    }

    // MARK: Matching

    func matches(_ call: Call) -> Bool {
        guard webhook == nil, method.map({ $0.uppercased() == call.method }) ?? true else { return false }
        if let path, !Self.path(path, matches: call.path.dropFirst(2)) { return false }
        for (name, wanted) in query ?? [:] {
            let sent = call.query.last { $0.name == name }?.value ?? (name == "page" ? "1" : nil)
            switch wanted {
            case nil: guard !call.query.contains(where: { $0.name == name }) else { return false }
            case "*": guard sent != nil else { return false }
            case let value: guard sent == value else { return false }
            }
        }
        return true
    }

    func matches(_ event: AccountEvent, of sender: String) -> Bool {
        webhook != nil && self.event.map { $0 == event.kind.rawValue } ?? true
            && self.sender.map { $0 == sender } ?? true && tickets?.contains(event.ticketID) ?? true
    }

    private static func path(_ pattern: String, matches path: ArraySlice<String>) -> Bool {
        var parts = pattern.split(separator: "/")[...]
        if parts.prefix(2) == ["api", "v2"] { parts = parts.dropFirst(2) }
        let isOpen = parts.last == "**"
        if isOpen { parts = parts.dropLast() }
        guard isOpen ? path.count >= parts.count : path.count == parts.count else { return false }
        return zip(parts, path).allSatisfy { $0 == "*" || $0 == $1 }
    }

    func isInForce(at now: Seconds, addedAt added: Seconds) -> Bool {
        if let from = from.flatMap({ Seconds(iso8601: $0) }), now < from { return false }
        if let until = until.flatMap({ Seconds(iso8601: $0) }), now >= until { return false }
        let begins = added + (afterSeconds ?? 0)
        return now >= begins && (forSeconds.map { now < begins + $0 } ?? true)
    }
}
