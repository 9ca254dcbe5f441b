package import FreshetCore

/// Turns what stopped a run, upstream or for want of budget, into a decision about it. The only place that does.
package struct Verdicts: Sendable {
    private let backoff: Backoff
    private let random: any RandomSource

    package init(backoff: Backoff, random: any RandomSource) {
        self.backoff = backoff
        self.random = random
    }

    /// Uniform in 0..<1, for other decisions about when.
    var chance: Double { random.fraction() }

    package func report(on error: UpstreamError, of run: Run, now: Timestamp) -> RunReport {
        switch error {
        case .throttled(let retryAfter?):
            // The provider's word wins over ours; a little jitter keeps the herd apart.
            retry(run, error, at: now + retryAfter + .milliseconds(Int64(random.fraction() * 1000)))
        case .throttled(nil), .unreachable, .unauthorized, .superseded:
            retry(run, error, at: now + backoff.delay(attempt: run.attempt, fraction: random.fraction()))
        case .forbidden, .refused, .malformed, .tooLarge:
            RunReport(run: run, outcome: .parked, reason: error.description)
        }
    }

    /// Paid work waits for its window, what is worth most a little less than the rest, and not all at one moment.
    package func report(on obstacle: BudgetObstacle, of run: Run) -> RunReport {
        let spread = random.fraction()
        let delay =
            switch obstacle.value {
            case .high: Duration.milliseconds(Int64(spread * 60_000))
            case .low: Duration.milliseconds(60_000 + Int64(spread * 600_000))
            }
        return RunReport(
            run: run, outcome: .parked, reason: obstacle.reason,
            deferral: Deferral(until: obstacle.until + delay, value: obstacle.value))
    }

    private func retry(_ run: Run, _ error: UpstreamError, at moment: Timestamp) -> RunReport {
        RunReport(run: run, outcome: .failed, reason: error.description, retryAt: moment)
    }
}
