package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /init/{ticket_id}`: what an agent wants to see beside a ticket that they open (design 6.2).
package enum OpeningRoute {
    package static func route(_ openings: any Openings) -> Route {
        Route(.get, "/init/{ticket}", access: .bearer(Set(Role.allCases))) { _, context in
            guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
            guard let ticket = PathID.read("ticket", context),
                let opening = try await openings.opening(
                    of: ticket, for: bearer.company, within: bearer.scope, by: bearer.person),
                opening.ticket.company == bearer.company
            else { throw RouteFault(404, "There is no such ticket.") }
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body(opening))))
        }
    }

    private static func body(_ opening: Opening) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"recommendation_id\":")
        text.string(opening.id)
        text.raw(",\"ticket_id\":\"\(opening.ticket.originalID)\"")
        text.member("subject", opening.subject)
        text.member("status", opening.metadata.status.name ?? opening.metadata.stage.rawValue)
        text.member("updated_at", opening.metadata.updatedAt.iso8601)
        text.raw(",\"stale\":\(opening.isStale),\"summary\":")
        if let summary = opening.summary { HitJSON.write(summary, into: &text) } else { text.raw("null") }
        text.raw(",\"provisional\":\(opening.summary?.isStandIn ?? false),\"similar\":")
        HitJSON.write(opening.similar, into: &text)
        text.raw(",\"articles\":")
        HitJSON.write(opening.articles, into: &text)
        text.raw(",\"failures\":{")
        let failures = Opening.Part.allCases.compactMap { part in opening.failures[part].map { (part, $0) } }
        for (index, failure) in failures.enumerated() {
            if index > 0 { text.raw(",") }
            text.raw("\"\(failure.0.rawValue)\":")
            text.string(failure.1)
        }
        text.raw("}}")
        return text.bytes
    }
}

/// Ids in paths: 1...2^63-1 in their one spelling.
enum PathID {
    static func read(_ name: String, _ context: RouteContext) -> Int64? {
        guard let text = context.parameters.get(name), let id = Int64(text), id > 0, String(id) == text else {
            return nil
        }
        return id
    }
}
