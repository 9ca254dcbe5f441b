import FreshetCore
import GRDB

/// The table `freshness`, one row per company and measure.
enum FreshnessRow {
    private enum Measure: String { case receipt, source }

    static func replace(_ figures: CompanyFreshness, of company: CompanyID, in session: Session) throws {
        try session.run("DELETE FROM freshness WHERE company_id = :company", ["company": company.text])
        for (measure, lags) in [(Measure.receipt, figures.receipt), (.source, figures.source)] {
            guard let lags else { continue }
            try session.run(
                """
                INSERT INTO freshness (company_id, measure, measured_at, samples, p50, p95, p99)
                VALUES (:company, :measure, :at, :samples, :p50, :p95, :p99)
                """,
                [
                    "company": company.text, "measure": measure.rawValue, "at": figures.measuredAt.milliseconds,
                    "samples": lags.samples, "p50": lags.p50.milliseconds, "p95": lags.p95.milliseconds,
                    "p99": lags.p99.milliseconds,
                ])
        }
    }

    /// `nil` when nothing was measured.
    static func figures(of company: CompanyID, in session: Session) throws -> CompanyFreshness? {
        let rows = try session.all(
            "SELECT * FROM freshness WHERE company_id = :company", ["company": company.text]
        ) { row in
            (
                try row.word("measure", as: Measure.self), at: row.time("measured_at"),
                lags: Lags(
                    samples: row["samples"], p50: .milliseconds(row["p50"] as Int64),
                    p95: .milliseconds(row["p95"] as Int64), p99: .milliseconds(row["p99"] as Int64))
            )
        }
        guard let at = rows.map(\.at).max() else { return nil }
        var figures = CompanyFreshness(measuredAt: at)
        for (measure, _, lags) in rows {
            switch measure {
            case .receipt: figures.receipt = lags
            case .source: figures.source = lags
            }
        }
        return figures
    }
}
