import HTTPTypes
import Hummingbird
import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Between Hummingbird and the desk.
struct DeskResponder: HTTPResponder {
    /// Knows its connection, since faults break it.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

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
        if outcome.isReset {
            await reset(context.channel)
            throw BrokenOff()
        }
        return response(outcome)
    }

    /// Closes a connection the hard way: what the client sees is a reset, not an end.
    private func reset(_ channel: any Channel) async {
        let abrupt = linger(l_onoff: 1, l_linger: 0)
        do {
            try await (channel as? any SocketOptionProvider)?.setSoLinger(abrupt).get()
            try await channel.close().get()
        } catch {
            // It is closed already: that is all we wanted.
        }
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
        if outcome.truncates {
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
