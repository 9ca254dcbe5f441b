package import FreshetCore

/// When a company is due for its next reconcile, and for which.
package struct ReconcileSchedule: Sendable, Equatable {
    /// Between incremental reconciles; `nil` for none but those that are asked for.
    package var interval: Duration?
    /// Between sweeps; `nil` likewise.
    package var sweepInterval: Duration?
    package var meter: MeterPolicy

    package init(interval: Duration?, sweepInterval: Duration?, meter: MeterPolicy = MeterPolicy()) {
        self.interval = interval
        self.sweepInterval = sweepInterval
        self.meter = meter
    }

    /// `nil` when nothing is due. However long nobody looked, it is one reconcile, and a sweep stands for both kinds.
    ///
    /// - Parameter last: the company's last reconcile, which has ended.
    package func due(
        after last: Reconcile, progress: ReconcileProgress?, meter counts: MissedWebhooks, now: Timestamp
    ) -> Reconcile.Mode? {
        let waited = now - last.requestedAt
        let jitter = Self.jitter(of: last)
        if let sweepInterval, let progress, now - progress.sweptAt >= sweepInterval * (1 + jitter) {
            // One that failed is tried again, but not without a pause.
            let pause = min(sweepInterval, .seconds(3600))
            if last.mode != .sweep || waited >= pause * (1 + jitter) { return .sweep }
        }
        guard let interval else { return nil }
        return waited >= meter.interval(interval, given: counts) * (1 + jitter) ? .incremental : nil
    }

    /// 0..<0.1, and the same at every look, so that many companies do not call at the same second.
    private static func jitter(of last: Reconcile) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(last.company)/\(last.id)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // The last letters would not reach the high bits by themselves.
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        return Double(hash >> 11) * 0x1p-53 * 0.1
    }
}
