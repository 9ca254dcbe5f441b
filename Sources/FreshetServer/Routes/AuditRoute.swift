import Foundation
package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /admin/audit?company=ID&limit=N&before=POSITION`: what people with power did, newest first. The operator sees
/// all, a company's admin the own company's.
package enum AuditRoute {
    package static func route(_ trail: any AuditTrail, companies: any Companies) -> Route {
        Route(.get, "/admin/audit", access: .operatorOrAdmin) { request, context in
            let query = request.uri.queryParameters
            for (name, _) in query where !["company", "limit", "before"].contains(String(name)) {
                throw RouteFault(400, "There is no such parameter; known are before, company, limit.")
            }
            let company = try await company(query.get("company"), context, companies)
            let limit = query.get("limit").map { Int($0) } ?? 50
            guard let limit, (1...1000).contains(limit) else {
                throw RouteFault(422, "limit must be a whole number, 1 to 1000.")
            }
            var position: AdminActID?
            if let text = query.get("before") {
                guard let named = AdminActID(text) else {
                    throw RouteFault(422, "before must be the next of an answer.")
                }
                position = named
            }
            let acts = try await trail.acts(of: company, before: position, limit: limit)
            let next = acts.count == limit ? acts.last?.0.description : nil
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let answer = JSONValue.object([
                "acts": .array(acts.map(\.1.json)), "next": next.map { .string($0) } ?? .null,
            ])
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(answer))))
        }
    }

    /// `nil` for all of them. Another company than the asker's is not there.
    private static func company(
        _ text: String?, _ context: RouteContext, _ companies: any Companies
    ) async throws -> CompanyID? {
        if let own = context.bearer?.company {
            guard text == nil || text == own.text else { throw RouteFault.noCompany }
            return own
        }
        guard let text else { return nil }
        guard let id = CompanyID(text), try await companies.company(id) != nil else { throw RouteFault.noCompany }
        return id
    }
}
