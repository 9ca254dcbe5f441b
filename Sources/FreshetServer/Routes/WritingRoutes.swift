package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// What is written for agents: `POST /query/stream`, `POST /generate_reply` and `POST /generate_reply/stream`
/// (design 6.2). The answer of `POST /query` comes from `QueryRoute`.
///
/// A stream tells its results first, then a `token` for every sentence, once that sentence has been checked, and `done` at
/// the end. What keeps a text back is an `error` event before `done`; what fails before the first byte is a status.
package enum WritingRoutes {
    private static let replyBodyLimit = 64 * 1024

    package static func all(
        _ writing: any Writing, recommender: any Recommender, clock: any WallClock, bodyLimit: Int = 256 * 1024
    ) -> [Route] {
        let access = Route.Access.bearer(Set(Role.allCases))
        return [
            Route(.post, "/query/stream", body: .json(limit: bodyLimit), access: access) { request, context in
                let asked = try await QueryRoute.find(request, context, recommender, bodyLimit: bodyLimit)
                return EventStream.response(context, clock: clock) { outlet in
                    outlet.send(
                        "results", QueryRoute.body(asked.found, highlights: asked.query.highlights, answer: nil))
                    let answer =
                        asked.wantsAnswer
                        ? try await writing.answer(asked.query, from: asked.found, for: asked.company) : nil
                    send(answer?.draft, withheld: answer?.withheld, to: outlet)
                    outlet.send("done", WritingJSON.done(asked.found.id, answer))
                }
            },
            Route(.post, "/generate_reply", body: .json(limit: replyBodyLimit), access: access) { request, context in
                let (wish, company) = try await wish(request, context)
                let reply = try there(try await writing.reply(wish, for: company))
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: WritingJSON.body(reply))))
            },
            Route(.post, "/generate_reply/stream", body: .json(limit: replyBodyLimit), access: access) {
                request, context in
                let (wish, company) = try await wish(request, context)
                return EventStream.response(context, clock: clock) { outlet in
                    let reply = try there(try await writing.reply(wish, for: company))
                    send(reply.draft, withheld: reply.reason, to: outlet)
                    outlet.send("done", WritingJSON.body(reply))
                }
            },
        ]
    }

    private static func send(_ draft: Draft?, withheld: WritingFault?, to outlet: EventStream.Outlet) {
        if let withheld { outlet.send("error", WritingJSON.error(withheld)) }
        for sentence in draft?.sentences ?? [] { outlet.send("token", WritingJSON.token(sentence)) }
    }

    private static func wish(_ request: Request, _ context: RouteContext) async throws -> (ReplyWish, CompanyID) {
        guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
        let buffer = try await request.body.collect(upTo: replyBodyLimit)
        var wish = try ReplyBody.read(Array(buffer.readableBytesView))
        wish.scope = bearer.scope
        return (wish, bearer.company)
    }

    /// A ticket that is not the asker's is not there.
    private static func there(_ reply: DraftedReply?) throws -> DraftedReply {
        guard let reply else { throw RouteFault(404, "There is no such ticket.") }
        return reply
    }
}

/// The body of `POST /generate_reply`, read strictly: `{ticket_id, instructions?, language?}`.
enum ReplyBody {
    private static let longestInstructions = 4_000

    /// Throws `RouteFault`: 400 for what is not JSON and for members that nobody knows, 422 for values out of range.
    static func read(_ bytes: [UInt8]) throws(RouteFault) -> ReplyWish {
        let members = try QueryBody.members(of: bytes, known: ["ticket_id", "instructions", "language"])
        guard let given = members["ticket_id"] else { throw QueryBody.fault("is missing", "/ticket_id") }
        var wish = ReplyWish(ticket: try ticket(given))
        if let instructions = members["instructions"] {
            guard case .string(let text) = instructions, text.unicodeScalars.count <= longestInstructions
            else {
                throw QueryBody.fault("must be text of at most \(longestInstructions) characters", "/instructions")
            }
            wish.instructions = text
        }
        if let language = members["language"] {
            guard case .string(let code) = language, code.wholeMatch(of: /[a-z]{2}/) != nil else {
                throw QueryBody.fault("must be an ISO 639-1 code like en or ko", "/language")
            }
            wish.language = code
        }
        return wish
    }

    /// A number, or the same as digits.
    private static func ticket(_ value: JSONValue) throws(RouteFault) -> Int64 {
        switch value {
        case .integer(let id) where id > 0: return id
        case .string(let text):
            if let id = Int64(text), id > 0, String(id) == text { return id }
        default: break
        }
        throw QueryBody.fault("must be a ticket's id, a number or its digits", "/ticket_id")
    }
}

/// Answers and replies as JSON.
enum WritingJSON {
    static func write(_ answer: GroundedAnswer, into text: inout JSONText) {
        text.raw("{\"status\":")
        text.string(answer.status.name)
        if let fault = answer.withheld {
            text.raw(",\"reason\":")
            text.string(fault.rawValue)
        }
        if let draft = answer.draft {
            write(draft, into: &text)
            text.raw(",\"citations\":")
            write(answer.citations, into: &text)
        }
        text.raw(",\"unverified\":\(answer.isUnverified)}")
    }

    static func done(_ recommendation: String, _ answer: GroundedAnswer?) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"recommendation_id\":")
        text.string(recommendation)
        if let answer {
            text.raw(",\"answer\":")
            write(answer, into: &text)
        }
        text.raw("}")
        return text.bytes
    }

    static func body(_ reply: DraftedReply) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"recommendation_id\":")
        text.string(reply.recommendationID)
        text.raw(",\"ticket_id\":\"\(reply.ticket.originalID)\"")
        write(reply.draft, into: &text)
        text.raw(",\"placeholders\":")
        text.strings(reply.draft.placeholders)
        text.raw(",\"citations\":")
        write(reply.citations, into: &text)
        text.raw(",\"builtin\":\(reply.isBuiltin)")
        if let reason = reply.reason {
            text.raw(",\"reason\":")
            text.string(reason.rawValue)
        }
        text.raw(",\"unverified\":\(reply.isUnverified)}")
        return text.bytes
    }

    static func token(_ sentence: Draft.Sentence) -> [UInt8] {
        var text = JSONText()
        write(sentence, into: &text)
        return text.bytes
    }

    static func error(_ fault: WritingFault) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"reason\":")
        text.string(fault.rawValue)
        text.raw(",\"detail\":")
        text.string(fault.detail)
        text.raw("}")
        return text.bytes
    }

    private static func write(_ draft: Draft, into text: inout JSONText) {
        text.raw(",\"text\":")
        text.string(draft.text)
        text.raw(",\"sentences\":[")
        for (index, sentence) in draft.sentences.enumerated() {
            if index > 0 { text.raw(",") }
            write(sentence, into: &text)
        }
        text.raw("],\"language\":")
        text.string(draft.language)
        text.raw(",\"made_by\":")
        text.string(draft.maker)
    }

    private static func write(_ sentence: Draft.Sentence, into text: inout JSONText) {
        text.raw("{\"text\":")
        text.string(sentence.text)
        text.raw(",\"opens_paragraph\":\(sentence.opensParagraph),\"citations\":")
        text.strings(sentence.sources.map(\.name))
        text.raw("}")
    }

    private static func write(_ citations: [Citation], into text: inout JSONText) {
        text.raw("[")
        for (index, citation) in citations.enumerated() {
            if index > 0 { text.raw(",") }
            text.raw("{\"original_id\":\"\(citation.item.originalID)\",\"doc_type\":\"\(citation.item.kind.rawValue)\"")
            text.raw(",\"subject\":")
            text.string(citation.subject)
            text.raw("}")
        }
        text.raw("]")
    }
}

extension GroundedAnswer {
    var withheld: WritingFault? { if case .withheld(let fault) = status { fault } else { nil } }
}

extension WritingFault {
    fileprivate var detail: String {
        switch self {
        case .deadline: "It was not written within the configured deadline."
        case .unavailable: "No model could be asked, or none gave a usable text."
        case .declined: "The models decline to write about this."
        case .budget: "The company's budget for models is used up."
        case .cancelled: "It was cancelled."
        }
    }
}
