import FreshetCore
import FreshetSystem

/// What a provider says beside its answer about how much more it will take.
package struct ProviderSignals: Sendable, Equatable {
    /// Calls and tokens that are left in the provider's window, and when it is full again.
    package var requestsLeft: Int?
    package var tokensLeft: Int?
    package var requestsReset: Duration?
    package var tokensReset: Duration?
    package var retryAfter: Duration?

    package init() {}

    /// OpenAI and compatible servers (`x-ratelimit-*`, Go's durations), Azure (the same without resets), Anthropic
    /// (`anthropic-ratelimit-*`, moments), and `retry-after` in milliseconds, seconds or as a date's absence.
    init(_ headers: HTTPHeaders, now: Timestamp) {
        func count(_ names: String...) -> Int? {
            names.lazy.compactMap { headers.first($0) }.first.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        }
        requestsLeft = count("x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining")
        tokensLeft = count("x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining")
        requestsReset = Self.reset(
            headers.first("x-ratelimit-reset-requests"), headers.first("anthropic-ratelimit-requests-reset"), now)
        tokensReset = Self.reset(
            headers.first("x-ratelimit-reset-tokens"), headers.first("anthropic-ratelimit-tokens-reset"), now)
        if let milliseconds = headers.first("retry-after-ms").flatMap({ Double($0) }), milliseconds.isFinite {
            retryAfter = Self.bounded(milliseconds / 1000)
        } else if let seconds = headers.first("retry-after").flatMap({ Double($0) }), seconds.isFinite {
            retryAfter = Self.bounded(seconds)
        }
    }

    private static func reset(_ span: String?, _ moment: String?, _ now: Timestamp) -> Duration? {
        if let span { return duration(span) }
        if let moment, let at = Timestamp(iso8601: moment) { return bounded((at - now).seconds) }
        return nil
    }

    /// `6m0s`, `1.5s`, `20ms`, `1h2m`; a bare number counts seconds.
    static func duration(_ text: String) -> Duration? {
        if let seconds = Double(text), seconds.isFinite { return bounded(seconds) }
        var seconds = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
            guard let value = Double(number), let factor = ["ms": 0.001, "s": 1, "m": 60, "h": 3600][String(unit)]
            else { return nil }
            seconds += value * factor
            rest = rest.dropFirst(number.count + unit.count)
        }
        return bounded(seconds)
    }

    /// Never more than an hour: a provider's clock may be off.
    private static func bounded(_ seconds: Double) -> Duration {
        .milliseconds(Int64((min(max(seconds, 0), 3600) * 1000).rounded(.up)))
    }
}
