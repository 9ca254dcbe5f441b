/// How long changes took to become searchable, over a stretch of time.
package struct Lags: Sendable, Equatable {
    package var samples: Int
    /// Half of them took no longer than this. Read from a histogram: up to a third too long, never too short by more.
    package var p50: Duration
    package var p95: Duration
    package var p99: Duration

    package init(samples: Int, p50: Duration, p95: Duration, p99: Duration) {
        self.samples = samples
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}

/// How fresh a company's part of the index was lately.
package struct CompanyFreshness: Sendable, Equatable {
    /// From the receipt of a webhook to the end of the run that answered it. `nil` when there was none.
    package var receipt: Lags?
    /// From the help desk's own time of change to its being searchable, however we learned of it. The help desk counts
    /// whole seconds, so this is up to a second too long. `nil` when nothing changed.
    package var source: Lags?
    package var measuredAt: Timestamp

    package init(receipt: Lags? = nil, source: Lags? = nil, measuredAt: Timestamp) {
        self.receipt = receipt
        self.source = source
        self.measuredAt = measuredAt
    }
}
