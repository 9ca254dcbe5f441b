import FreshetCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// An answer of server-sent events: what a route produces, a comment now and then to keep the line open, and an end.
///
/// It ends when what produces has ended, when the client has gone or when the service stops; in the last two cases the
/// producing task is cancelled at once, and with it whatever it waits for. A failure becomes an event of its own, `error`,
/// since the status has been told already.
enum EventStream {
    /// Where a route puts its events. Never waits: what a route produces is bounded, and a client that does not read is
    /// dropped by the listener's write deadline.
    struct Outlet: Sendable {
        fileprivate let inlet: AsyncStream<Sign>.Continuation

        /// - Parameters:
        ///   - name: one of our own words.
        ///   - data: JSON without line breaks.
        func send(_ name: String, _ data: [UInt8]) { inlet.yield(.event(name, data)) }
    }

    fileprivate enum Sign: Sendable {
        case event(String, [UInt8])
        case quiet
        case clientLeft
        case end
    }

    /// With nothing else to say for at most twice this long, a comment is sent.
    static let heartbeat = Duration.seconds(5)

    static func response(
        _ context: RouteContext, clock: any WallClock, _ produce: @escaping @Sendable (Outlet) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let (signs, inlet) = AsyncStream<Sign>.makeStream()
            context.connectionClosed.whenComplete { _ in inlet.yield(.clientLeft) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        try await produce(Outlet(inlet: inlet))
                    } catch is CancellationError {
                        // Nobody is left to tell.
                    } catch {
                        inlet.yield(.event("error", failure(error, context.logger)))
                    }
                    inlet.yield(.end)
                }
                group.addTask {
                    while true {
                        do { try await clock.sleep(for: heartbeat) } catch { return }
                        inlet.yield(.quiet)
                    }
                }
                defer { group.cancelAll() }
                var hasSpoken = true
                for await sign in signs {
                    switch sign {
                    case .event(let name, let data):
                        hasSpoken = true
                        var event = ByteBuffer(string: "event: \(name)\ndata: ")
                        event.writeBytes(data)
                        event.writeStaticString("\n\n")
                        try await writer.write(event)
                    case .quiet:
                        if !hasSpoken { try await writer.write(ByteBuffer(string: ": still at it\n\n")) }
                        hasSpoken = false
                    case .clientLeft, .end: return
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }

    /// What a problem document would say, with our own words only.
    private static func failure(_ error: any Error, _ logger: Logger) -> [UInt8] {
        let fault: RouteFault
        if let known = RouteFault(error) {
            fault = known
        } else {
            logger.error("stream failed unforeseen", metadata: ["error": "\(type(of: error))"])
            fault = RouteFault(500, "Something failed that should not; the operator's log has the request id.")
        }
        return Problem.body(status: fault.status, detail: fault.detail)
    }
}
