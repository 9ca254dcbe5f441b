package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /query`: finds solved tickets like this one, and articles about it, and says what they say where a model can
/// (design 6.2).
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
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body(asked.found, answer: answer))))
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
        var found = try await recommender.query(query, for: bearer.company)
        // An empty set of kinds (only such as are still to come) finds nothing, whatever the index makes of it.
        found.hits.removeAll {
            !query.kinds.contains($0.item.kind) || $0.item.company != bearer.company
                || !bearer.scope.allows($0.metadata)
        }
        return Asked(query: query, wantsAnswer: wantsAnswer, company: bearer.company, found: found)
    }

    static func body(_ recommendation: Recommendation, answer: GroundedAnswer?) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"recommendation_id\":")
        text.string(recommendation.id)
        text.raw(",\"results\":[")
        for (index, hit) in recommendation.hits.enumerated() {
            if index > 0 { text.raw(",") }
            write(hit, into: &text)
        }
        text.raw("]")
        if let answer {
            text.raw(",\"answer\":")
            WritingJSON.write(answer, into: &text)
        }
        if let degradation = recommendation.degradation { text.raw(",\"degraded\":\"\(degradation.rawValue)\"") }
        text.raw("}")
        return text.bytes
    }

    private static func write(_ hit: Hit, into text: inout JSONText) {
        func member(_ name: String, _ value: String?) {
            text.raw(",\"\(name)\":")
            text.string(value)
        }
        text.raw("{\"original_id\":\"\(hit.item.originalID)\",\"doc_type\":\"\(hit.item.kind.rawValue)\",\"score\":")
        text.number(hit.score)
        member("subject", hit.subject)
        text.raw(",\"summary\":{\"problem\":")
        text.string(hit.summary.problem)
        member("cause", hit.summary.cause)
        member("solution", hit.summary.solution)
        member("result", hit.summary.result)
        text.raw(",\"tags\":")
        text.strings(hit.summary.tags)
        member("language", hit.summary.language)
        text.raw("}")
        // Made by the built-in summariser while no model could; it is replaced as soon as one can.
        if hit.summary.isStandIn { text.raw(",\"provisional\":true") }
        member("status", hit.metadata.status.name ?? hit.metadata.stage.rawValue)
        member("priority", hit.metadata.priority.name)
        text.raw(",\"tags\":")
        text.strings(hit.metadata.tags)
        if let article = hit.metadata.article {
            member("category", article.place.category.name)
            member("folder", article.place.folder.name)
            member("visibility", article.place.visibility.rawValue)
            text.raw(",\"internal\":\(article.place.visibility.isInternal)")
            text.raw(",\"languages\":")
            text.strings(article.languages)
        }
        member("updated_at", hit.metadata.updatedAt.iso8601)
        member("created_at", hit.metadata.createdAt.iso8601)
        member("indexed_at", hit.indexedAt.iso8601)
        text.raw(",\"stale\":\(hit.isStale)")
        text.raw("}")
    }
}
