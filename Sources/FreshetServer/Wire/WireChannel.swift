import FreshetCore
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// A connection as Hummingbird's server runs it: our own handler on the wire, the intake or a route behind it.
struct WireChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let wrapped: NIOAsyncChannel<Arrival, HTTPResponsePart>
        let connection: NIOLoopBound<Connection>
        var channel: any Channel { wrapped.channel }
    }

    let shared: Connection.Shared
    /// `nil` where no webhooks are served; the route map lets none through then.
    let intake: (any WebhookIntake)?
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let connection = Connection(
                shared: shared, peer: channel.remoteAddress.flatMap { NetworkAddress($0) })
            try channel.pipeline.syncOperations.addHandler(connection)
            return Value(
                wrapped: try NIOAsyncChannel(wrappingChannelSynchronously: channel),
                connection: NIOLoopBound(connection, eventLoop: channel.eventLoop))
        }
    }

    /// Runs until the connection is closed. A request in hand is finished even when its sender has gone.
    func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        let connection = value.connection
        do {
            try await withTaskCancellationHandler {
                try await value.wrapped.executeThenClose { arrivals, outbound in
                    for try await arrival in arrivals {
                        switch arrival {
                        case .webhook(let request):
                            guard let intake else { return }
                            let answer = await intake.receive(request)
                            channel.eventLoop.execute { connection.value.answer(answer) }
                        case .request(let head, let body):
                            let request = Request(head: head, body: RequestBody(buffer: body))
                            try await responder(request, ResponseWriter(outbound: outbound), channel)
                        }
                    }
                }
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            // An answer could not be finished; the connection is closed, which is all that can be said to the sender.
            logger.debug("connection ended early", metadata: ["error": "\(type(of: error))"])
        }
    }
}
