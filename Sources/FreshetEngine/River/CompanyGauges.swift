import CoreMetrics
import FreshetCore
import Synchronization

/// Gauges with a company in their labels, for so many companies and no more: who comes later shares one series whose
/// company is `_others`, which no company can be called.
final class CompanyGauges: Sendable {
    static let others = "_others"

    private let factory: any MetricsFactory
    private let limit: Int
    private let shown = Mutex<Set<CompanyID>>([])

    /// - Parameter limit: companies with series of their own.
    init(factory: any MetricsFactory, limit: Int = 60) {
        self.factory = factory
        self.limit = limit
    }

    func record(_ backlogs: [CompanyID: Backlog], _ freshness: FreshnessBook, at now: Timestamp) {
        let companies = shown.withLock { shown in
            for company in backlogs.keys.sorted() where shown.count < limit { shown.insert(company) }
            return shown
        }
        func age(_ backlog: Backlog?) -> Double { backlog?.oldestMark.map { max(0, (now - $0).seconds) } ?? 0 }
        let figures = freshness.figures(at: now)
        for company in companies {
            oldestMark(company.text).record(age(backlogs[company]))
            if let figures = figures[company] { record(figures, of: company.text) }
        }
        let rest = Set(backlogs.keys).subtracting(companies)
        guard !rest.isEmpty else { return }
        oldestMark(Self.others).record(rest.map { age(backlogs[$0]) }.max() ?? 0)
        record(freshness.figures(of: rest, at: now), of: Self.others)
    }

    private func record(_ figures: CompanyFreshness, of company: String) {
        for (measure, lags) in [("receipt", figures.receipt), ("source", figures.source)] {
            guard let lags else { continue }
            for (quantile, lag) in [("0.5", lags.p50), ("0.95", lags.p95), ("0.99", lags.p99)] {
                Gauge(
                    label: "freshet_company_freshness_seconds",
                    dimensions: [("company", company), ("measure", measure), ("quantile", quantile)], factory: factory
                ).record(lag.seconds)
            }
        }
    }

    private func oldestMark(_ company: String) -> Gauge {
        Gauge(label: "freshet_company_oldest_mark_seconds", dimensions: [("company", company)], factory: factory)
    }
}
