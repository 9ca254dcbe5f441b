package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /feedback`: what an agent thinks of a recommendation (design 6.2). Repeating it is free, and another verdict of
/// the same user on the same thing takes the place of the first.
package enum FeedbackRoute {
    private static let bodyLimit = 64 * 1024

    package static func route(_ feedback: any FeedbackTaking) -> Route {
        Route(.post, "/feedback", body: .json(limit: bodyLimit), access: .bearer(Set(Role.allCases))) {
            request, context in
            guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
            let buffer = try await request.body.collect(upTo: bodyLimit)
            let wish = try read(Array(buffer.readableBytesView))
            switch try await feedback.take(wish, for: bearer.company, by: bearer.person) {
            case .recorded(let moment, let repeats):
                var text = JSONText()
                text.raw("{\"status\":\"recorded\",\"recommendation_id\":")
                text.string(wish.recommendation)
                text.member("recorded_at", moment.iso8601)
                text.raw(",\"repeated\":\(repeats)}")
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: text.bytes)))
            case .noRecommendation:
                throw RouteFault(404, "There is no such recommendation.", pointer: "/recommendation_id")
            case .noHit:
                throw RouteFault(
                    404, "The recommendation has no such hit; original_id is that of one of its results.",
                    pointer: "/original_id")
            case .ambiguous:
                throw RouteFault(
                    409, "Several results have this id; doc_type says which one is meant.", pointer: "/doc_type")
            }
        }
    }

    private static func read(_ bytes: [UInt8]) throws(RouteFault) -> FeedbackWish {
        let members = try QueryBody.members(
            of: bytes, known: ["recommendation_id", "verdict", "original_id", "doc_type", "comment"])
        guard let id = members["recommendation_id"] else { throw QueryBody.fault("is missing", "/recommendation_id") }
        guard case .string(let recommendation) = id, (1...64).contains(recommendation.utf8.count),
            recommendation.utf8.allSatisfy(Grammar.isToken)
        else { throw QueryBody.fault("must be the recommendation_id of an answer", "/recommendation_id") }
        guard case .string(let word)? = members["verdict"], let verdict = Verdict(rawValue: word) else {
            throw QueryBody.fault("must be up or down", "/verdict")
        }
        var wish = FeedbackWish(recommendation: recommendation, verdict: verdict)
        if let id = members["original_id"] {
            guard case .string(let text) = id, let number = Int64(text), number > 0, String(number) == text else {
                throw QueryBody.fault("must be a string of digits", "/original_id")
            }
            wish.originalID = number
        }
        if let kind = members["doc_type"] {
            guard wish.originalID != nil, case .string(let word) = kind, let known = Recommended.Kind(rawValue: word)
            else {
                throw QueryBody.fault("must be ticket, article or attachment, and belongs to original_id", "/doc_type")
            }
            wish.kind = known
        }
        if let comment = members["comment"] {
            guard case .string(let text) = comment, !text.isEmpty, text.count <= Feedback.longestComment else {
                throw QueryBody.fault("must be a text of 1 to \(Feedback.longestComment) characters", "/comment")
            }
            wish.comment = text
        }
        return wish
    }
}
