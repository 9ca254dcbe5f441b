import FreshetCore

/// Whether a provider is worth asking: closed while it answers, open for a while after it failed, half-open while one
/// probe finds out how it is.
///
/// Only the probe, or an answer that was under way already, closes it: no item waits for a provider that is known to be
/// in trouble. Each opening without an answer in between lasts twice as long as the last.
struct CircuitBreaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case closed
        case open(until: Timestamp)
        case halfOpen

        /// What the gauge shows.
        var number: Int {
            switch self {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        }
    }

    private(set) var state = State.closed
    /// Quick failures in a row.
    private var failures = 0
    private var openings = 0

    /// So many quick failures in a row open it. One that took the whole deadline does at once, and so does what only a
    /// person can mend.
    static let tolerance = 3
    private static let first = Duration.seconds(5)
    private static let longest = Duration.seconds(120)

    /// - Parameter fraction: uniform in 0..<1; spreads what several processes do.
    mutating func failed(_ fault: ModelFault, now: Timestamp, fraction: Double) {
        guard state == .closed else { return }
        failures += 1
        switch fault {
        case .timedOut, .unauthorized, .unknownModel, .exhausted: open(now, fraction)
        default: if failures >= Self.tolerance { open(now, fraction) }
        }
    }

    mutating func succeeded() {
        state = .closed
        failures = 0
        openings = 0
    }

    /// `true` for the one who is to probe now.
    mutating func beginsProbe(now: Timestamp) -> Bool {
        guard case .open(let until) = state, now >= until else { return false }
        state = .halfOpen
        return true
    }

    mutating func probeFailed(now: Timestamp, fraction: Double) {
        guard state == .halfOpen else { return }
        open(now, fraction)
    }

    private mutating func open(_ now: Timestamp, _ fraction: Double) {
        let doubled = Self.first.milliseconds << Int64(min(openings, 10))
        let span = Double(min(doubled, Self.longest.milliseconds)) * (0.75 + fraction / 4)
        state = .open(until: now + .milliseconds(Int64(span)))
        openings += 1
        failures = 0
    }
}
