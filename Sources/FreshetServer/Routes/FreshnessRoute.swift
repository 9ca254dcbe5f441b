package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /admin/companies/{company}/freshness`: how long changes took to become searchable lately, and what still waits.
package enum FreshnessRoute {
    package static func route(
        _ records: any FreshnessRecords, companies: any Companies, ledger: any Ledger, clock: any WallClock
    ) -> Route {
        Route(.get, "/admin/companies/{company}/freshness", access: .operatorOrAdmin) { _, context in
            guard let id = context.parameters.get("company").flatMap({ CompanyID($0) }),
                try await companies.company(id) != nil
            else { throw RouteFault.noCompany }
            let figures = try await records.freshness(of: id)[id]
            let backlog = try await ledger.backlog(of: id)[id] ?? Backlog()
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body(id, figures, backlog, at: clock.now))))
        }
    }

    /// Lags in seconds; a measure without samples is null.
    private static func body(
        _ company: CompanyID, _ figures: CompanyFreshness?, _ backlog: Backlog, at now: Timestamp
    ) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"company_id\":")
        text.string(company.text)
        text.raw(",\"measured_at\":")
        text.string(figures?.measuredAt.iso8601)
        for (name, lags) in [("receipt_to_searchable", figures?.receipt), ("source_to_searchable", figures?.source)] {
            text.raw(",\"\(name)\":")
            guard let lags else {
                text.raw("null")
                continue
            }
            text.raw("{\"samples\":\(lags.samples)")
            for (quantile, lag) in [("p50", lags.p50), ("p95", lags.p95), ("p99", lags.p99)] {
                text.raw(",\"\(quantile)\":")
                text.number(lag.seconds)
            }
            text.raw("}")
        }
        text.raw(",\"waiting\":\(backlog.waiting),\"oldest_mark\":")
        text.string(backlog.oldestMark?.iso8601)
        text.raw(",\"oldest_mark_seconds\":")
        if let oldest = backlog.oldestMark { text.number(max(0, (now - oldest).seconds)) } else { text.raw("null") }
        text.raw("}")
        return text.bytes
    }
}
