package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /query`: finds solved tickets like this one, articles about it, and attachments by name, and says what they say
/// where a model can (design 6.2).
package enum QueryRoute {
    /// - Parameter writing: `nil` where only results are given.
    package static func route(
        _ recommender: any Recommender, writing: (any Writing)? = nil, bodyLimit: Int = 256 * 1024
    ) -> Route {
        // Every role may read; the company is the token's, whatever the request says.
        Route(.post, "/query", body: .json(limit: bodyLimit), access: .bearer(Set(Role.allCases))) {
            request, context in
            let asked = try await find(request, context, recommender, bodyLimit: bodyLimit)
            let answer =
                asked.wantsAnswer
                ? try await writing?.answer(asked.query, from: asked.found, for: asked.company) : nil
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(bytes: body(asked.found, highlights: asked.query.highlights, answer: answer))
                ))
        }
    }

    /// A query and what was found.
    struct Asked: Sendable {
        var query: SearchQuery
        var wantsAnswer: Bool
        var company: CompanyID
        var found: Recommendation
    }

    static func find(
        _ request: Request, _ context: RouteContext, _ recommender: any Recommender, bodyLimit: Int
    ) async throws -> Asked {
        guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
        let buffer = try await request.body.collect(upTo: bodyLimit)
        var (query, wantsAnswer) = try QueryBody.read(Array(buffer.readableBytesView), company: bearer.company)
        query.filters.scope = bearer.scope
        var found = try await recommender.query(query, for: bearer.company, by: bearer.person)
        // Whatever the index makes of it.
        found.hits.removeAll { hit in
            hit.item.company != bearer.company || !bearer.scope.allows(hit.metadata)
                || (hit.attachment == nil ? !query.kinds.contains(hit.item.kind) : !query.findsAttachments)
        }
        return Asked(query: query, wantsAnswer: wantsAnswer, company: bearer.company, found: found)
    }

    static func body(
        _ recommendation: Recommendation, highlights: Bool = false, answer: GroundedAnswer?
    ) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"recommendation_id\":")
        text.string(recommendation.id)
        text.raw(",\"results\":")
        HitJSON.write(recommendation.hits, highlights: highlights, into: &text)
        if let next = recommendation.nextOffset { text.raw(",\"next_offset\":\(next)") }
        if let answer {
            text.raw(",\"answer\":")
            WritingJSON.write(answer, into: &text)
        }
        if let degradation = recommendation.degradation { text.raw(",\"degraded\":\"\(degradation.rawValue)\"") }
        text.raw("}")
        return text.bytes
    }
}
