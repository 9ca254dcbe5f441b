import Foundation
package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /admin/companies/{company}/usage?since=DAY&until=DAY&by=day|model|purpose`: what a company's models used, what
/// that cost, which calls were spared, and how far its budget has gone. The present month unless days are named.
package enum UsageRoute {
    package static func route(_ reporting: any UsageReporting) -> Route {
        Route(.get, "/admin/companies/{company}/usage", access: .operatorOrAdmin) { request, context in
            guard let company = context.parameters.get("company").flatMap({ CompanyID($0) }) else {
                throw RouteFault.noCompany
            }
            let query = request.uri.queryParameters
            for (name, _) in query where !["since", "until", "by"].contains(String(name)) {
                throw RouteFault(400, "There is no such parameter; known are by, since, until.")
            }
            let first = try day("since", query.get("since"))
            let last = try day("until", query.get("until"))
            if let first, let last, first > last { throw RouteFault(422, "since must not be later than until.") }
            guard let grouping = UsageReport.Grouping(rawValue: query.get("by") ?? "day") else {
                throw RouteFault(422, "by must be one of day, model, purpose.")
            }
            let report: UsageReport
            do {
                report = try await reporting.report(on: company, from: first, through: last, groupedBy: grouping)
            } catch StoreError.unknownCompany {
                throw RouteFault.noCompany
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(report.json))))
        }
    }

    private static func day(_ name: String, _ text: String?) throws(RouteFault) -> UTCDay? {
        guard let text else { return nil }
        guard let day = UTCDay(text: text) else { throw RouteFault(422, "\(name) must be a day like 2026-03-01.") }
        return day
    }
}
