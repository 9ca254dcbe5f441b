package import CoreMetrics
package import FreshetCore

/// When missed webhooks are many, and what follows from it.
package struct MeterPolicy: Sendable, Equatable {
    /// A change is judged once it is this old: until then its webhook may be on its way.
    package var grace: Duration
    /// How far the help desk's clock may be ahead of ours.
    package var skew: Duration
    /// The share of changes without a webhook from which on it is an alarm.
    package var alarmRatio: Double
    /// Fewer changes than this prove nothing.
    package var fewestChanges: Int

    package init(
        grace: Duration = .seconds(60), skew: Duration = .seconds(5), alarmRatio: Double = 0.2, fewestChanges: Int = 10
    ) {
        self.grace = grace
        self.skew = skew
        self.alarmRatio = alarmRatio
        self.fewestChanges = fewestChanges
    }

    package func isAlarming(_ meter: MissedWebhooks) -> Bool {
        meter.changes >= fewestChanges && (meter.ratio ?? 0) >= alarmRatio
    }

    /// How often to reconcile: five times as often while it is an alarm, but not more than once a minute.
    package func interval(_ usual: Duration, given meter: MissedWebhooks) -> Duration {
        isAlarming(meter) ? min(usual, max(usual / 5, .seconds(60))) : usual
    }
}

/// What `/metrics` shows of reconciling.
package struct ReconcileMetrics: Sendable {
    private let factory: any MetricsFactory

    package init(factory: any MetricsFactory) { self.factory = factory }

    /// Something that a person should look at.
    func alarmed(_ company: CompanyID) {
        Counter(label: "freshet_reconcile_alarms_total", dimensions: [("company", company.text)], factory: factory)
            .increment()
    }

    /// Nothing to say while nothing has changed.
    func metered(_ meter: MissedWebhooks, of company: CompanyID) {
        guard let ratio = meter.ratio else { return }
        Gauge(label: "freshet_missed_webhooks_ratio", dimensions: [("company", company.text)], factory: factory)
            .record(ratio)
    }
}
