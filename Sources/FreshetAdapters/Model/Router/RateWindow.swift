import FreshetCore

/// How much a provider will take, learned from what it says beside its answers. Nothing is known before the first answer,
/// and nothing any more once the provider's window is over: then calls go, and their answers tell anew.
struct RateWindow: Sendable, Equatable {
    private struct Allowance: Sendable, Equatable {
        var left: Int
        var reset: Timestamp
    }

    private var requests: Allowance?
    private var tokens: Allowance?
    private var pausedUntil = Timestamp.epoch
    /// Times in a row that it asked to slow down without saying for how long.
    private var vagueDemands = 0

    /// Azure tells what is left and not until when.
    private static let usualWindow = Duration.seconds(10)

    /// Takes a call of about so many tokens out of what is left; when there is not enough, the moment to come again.
    mutating func take(tokens amount: Int, now: Timestamp) -> Timestamp? {
        if let moment = opens(now: now) { return moment }
        if let known = requests, now >= known.reset { requests = nil }
        if let known = tokens, now >= known.reset { tokens = nil }
        if let known = requests, known.left < 1 { return known.reset }
        if let known = tokens, known.left < amount { return known.reset }
        requests?.left -= 1
        tokens?.left -= amount
        return nil
    }

    /// `nil` for now.
    func opens(now: Timestamp) -> Timestamp? { now < pausedUntil ? pausedUntil : nil }

    mutating func learn(_ signals: ProviderSignals, now: Timestamp) {
        if let left = signals.requestsLeft {
            requests = Allowance(left: left, reset: now + (signals.requestsReset ?? Self.usualWindow))
        }
        if let left = signals.tokensLeft {
            tokens = Allowance(left: left, reset: now + (signals.tokensReset ?? Self.usualWindow))
        }
    }

    /// The provider's word wins; without one, a second, then twice as long each time, a minute at most.
    mutating func throttled(for wait: Duration?, now: Timestamp) {
        if wait == nil { vagueDemands += 1 }
        let pause = wait ?? .seconds(min(60, 1 << min(vagueDemands - 1, 6)))
        pausedUntil = max(pausedUntil, now + pause)
    }

    mutating func answered() { vagueDemands = 0 }
}
