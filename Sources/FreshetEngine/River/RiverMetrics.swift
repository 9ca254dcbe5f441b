package import CoreMetrics
import FreshetCore

/// The river's counters. Every name is here, so that a newcomer finds what `/metrics` shows.
package struct RiverMetrics: Sendable {
    private let factory: any MetricsFactory
    private let deliveries: Counter
    private let commits: Counter
    private let backlog: Gauge
    private let oldestMark: Gauge
    private let parked: Gauge
    private let deferred: Gauge
    private let lag: CoreMetrics.Timer
    private let companies: CompanyGauges
    /// By company, of the last hour.
    package let freshness: FreshnessBook

    package init(factory: any MetricsFactory, freshness: FreshnessBook = FreshnessBook()) {
        self.factory = factory
        self.freshness = freshness
        companies = CompanyGauges(factory: factory)
        deliveries = Counter(label: "freshet_deliveries_total", dimensions: [], factory: factory)
        commits = Counter(label: "freshet_intake_commits_total", dimensions: [], factory: factory)
        backlog = Gauge(label: "freshet_backlog", dimensions: [], factory: factory)
        oldestMark = Gauge(label: "freshet_oldest_mark_seconds", dimensions: [], factory: factory)
        parked = Gauge(label: "freshet_parked", dimensions: [], factory: factory)
        deferred = Gauge(label: "freshet_waiting_for_budget", dimensions: [], factory: factory)
        lag = CoreMetrics.Timer(label: "freshet_freshness_seconds", dimensions: [], factory: factory)
        for outcome in Outcome.allCases { runs(outcome).increment(by: 0) }
        for purpose in ModelPurpose.allCases { modelCalls(purpose, provider: "builtin").increment(by: 0) }
        backlog.record(0)
    }

    /// One transaction that stored this many deliveries.
    func committed(deliveries count: Int) {
        deliveries.increment(by: count)
        commits.increment()
    }

    func ended(_ report: RunReport, at now: Timestamp) {
        runs(report.outcome).increment()
        switch report.outcome {
        case .created, .updated, .relabelled, .unchanged, .excluded, .removed:
            if report.run.cause == .webhook { lag.recordMilliseconds((now - report.run.markedAt).milliseconds) }
            freshness.note(report, at: now)
        case .failed, .parked: break
        }
    }

    func step(_ name: String, took duration: Duration) {
        CoreMetrics.Timer(label: "freshet_step_seconds", dimensions: [("step", name)], factory: factory)
            .recordNanoseconds(duration.milliseconds * 1_000_000)
    }

    func called(_ purpose: ModelPurpose, _ model: ModelIdentity) {
        modelCalls(purpose, provider: model.provider).increment()
    }

    /// A call that was not needed.
    func saved(_ purpose: ModelPurpose, _ reason: SavedReason) {
        Counter(
            label: "freshet_model_calls_saved_total",
            dimensions: [("purpose", purpose.rawValue), ("reason", reason.rawValue)], factory: factory
        ).increment()
    }

    /// What a call to a paid model cost; `nil` money where it has no price.
    func used(_ usage: ModelUsage, money: Int64?, currency: String) {
        let labels = [("purpose", usage.purpose.rawValue), ("provider", usage.provider)]
        guard let money else {
            return Counter(label: "freshet_model_calls_unpriced_total", dimensions: labels, factory: factory)
                .increment()
        }
        FloatingPointCounter(
            label: "freshet_model_money_total", dimensions: labels + [("currency", currency)], factory: factory
        ).increment(by: Double(money) / 1_000_000)
    }

    /// No model wrote what was asked for.
    func withheld(_ reason: WritingFault) {
        Counter(label: "freshet_texts_withheld_total", dimensions: [("reason", reason.rawValue)], factory: factory)
            .increment()
    }

    /// A summary was made by the built-in summariser because no model could.
    func stoodIn() { Counter(label: "freshet_stand_ins_total", dimensions: [], factory: factory).increment() }

    /// An answer whose recommendation could not be kept for the store's sake.
    func recommendationDropped() {
        Counter(label: "freshet_recommendations_dropped_total", dimensions: [], factory: factory).increment()
    }

    func upstreamFailed(_ error: UpstreamError) {
        Counter(label: "freshet_upstream_failures_total", dimensions: [("kind", error.label)], factory: factory)
            .increment()
    }

    func observed(_ backlogs: [CompanyID: Backlog], at now: Timestamp) {
        backlog.record(backlogs.values.reduce(0) { $0 + $1.waiting })
        parked.record(backlogs.values.reduce(0) { $0 + $1.parked })
        deferred.record(backlogs.values.reduce(0) { $0 + $1.deferred })
        let oldest = backlogs.values.compactMap(\.oldestMark).min()
        oldestMark.record(oldest.map { max(0, (now - $0).seconds) } ?? 0)
        companies.record(backlogs, freshness, at: now)
    }

    /// How one round of the canary ended.
    func canary(_ result: CanaryResult, after lag: Duration) {
        canaryRounds(result).increment()
        if result != .failed {
            CoreMetrics.Timer(label: "freshet_canary_seconds", dimensions: [], factory: factory)
                .recordMilliseconds(lag.milliseconds)
        }
    }

    /// 1 from the moment that the canary's patience is over until a round ends in time.
    func canaryAlarm(_ isRaised: Bool) {
        Gauge(label: "freshet_canary_alarm", dimensions: [], factory: factory).record(isRaised ? 1 : 0)
    }

    func canaryBegins() {
        for result in CanaryResult.allCases { canaryRounds(result).increment(by: 0) }
        canaryAlarm(false)
    }

    private func canaryRounds(_ result: CanaryResult) -> Counter {
        Counter(label: "freshet_canary_rounds_total", dimensions: [("result", result.rawValue)], factory: factory)
    }

    private func runs(_ outcome: Outcome) -> Counter {
        Counter(label: "freshet_runs_total", dimensions: [("outcome", outcome.rawValue)], factory: factory)
    }

    private func modelCalls(_ purpose: ModelPurpose, provider: String) -> Counter {
        Counter(
            label: "freshet_model_calls_total", dimensions: [("purpose", purpose.rawValue), ("provider", provider)],
            factory: factory)
    }
}
