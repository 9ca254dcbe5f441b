import HTTPTypes
import Hummingbird
import NIOCore

/// Between Hummingbird and the desk.
struct DeskResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let desk: Desk
    /// Freshdesk takes 20 MB of files with a call.
    private static let bodyLimit = 20 << 20

    func respond(to request: Request, context: Context) async throws -> Response {
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: Self.bodyLimit)
        } catch let error as HTTPError {
            return Response(status: error.status)
        }
        let call = Call(
            method: request.method.rawValue, target: request.head.path ?? "/",
            origin: "http://" + (request.head.authority ?? "localhost"),
            authorization: request.headers[.authorization], accept: request.headers[.accept],
            contentType: body.readableBytes == 0 ? nil : request.headers[.contentType],
            body: Array(body.readableBytesView))
        let outcome = desk.answer(call)
        if outcome.delayMilliseconds > 0 { try await Task.sleep(for: .milliseconds(outcome.delayMilliseconds)) }
        return response(outcome)
    }

    private func response(_ outcome: Desk.Outcome) -> Response {
        let answer = outcome.answer
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            guard let field = HTTPField.Name(name) else { continue }
            headers.append(HTTPField(name: field, value: value))
        }
        if !answer.body.isEmpty, headers[.contentType] == nil {
            headers[.contentType] = "application/json; charset=utf-8"
        }
        let status = HTTPResponse.Status(code: answer.status)
        if outcome.breaksOff {
            let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
            let body = ResponseBody(contentLength: answer.body.count + 1) { writer in
                try await writer.write(half)
                throw BrokenOff()
            }
            return Response(status: status, headers: headers, body: body)
        }
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    /// Makes the server close the connection in the middle of an answer.
    private struct BrokenOff: Error {}
}
