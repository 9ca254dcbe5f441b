package import FreshetCore

/// Turns a failure upstream into a decision about the run. The only place that does.
package struct Verdicts: Sendable {
    private let backoff: Backoff
    private let random: any RandomSource

    package init(backoff: Backoff, random: any RandomSource) {
        self.backoff = backoff
        self.random = random
    }

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

    private func retry(_ run: Run, _ error: UpstreamError, at moment: Timestamp) -> RunReport {
        RunReport(run: run, outcome: .failed, reason: error.description, retryAt: moment)
    }
}
