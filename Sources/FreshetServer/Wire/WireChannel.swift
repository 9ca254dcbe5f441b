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
    private let executors = EventLoopTaskExecutors()

    init(shared: Connection.Shared, intake: (any WebhookIntake)?, responder: @escaping HTTPChannelHandler.Responder) {
        self.shared = shared
        self.intake = intake
        self.responder = responder
    }

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
        await withTaskExecutorPreference(executors[channel.eventLoop]) {
            do {
                try await withTaskCancellationHandler {
                    try await value.wrapped.executeThenClose { arrivals, outbound in
                        for try await arrival in arrivals {
                            guard try await answer(arrival, on: value, outbound) else { return }
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

    /// `false` for what does not belong here and ends the connection.
    private func answer(
        _ arrival: Arrival, on value: Value, _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
    ) async throws -> Bool {
        switch arrival {
        case .webhook(let request):
            guard let intake else { return false }
            let answer = await intake.receive(request)
            // On the connection's loop all the while: see `handle`.
            value.connection.value.answer(answer)
        case .request(let head, let body):
            // A route may compute at length and must not hold up the loop's other connections.
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await responder(
                    Request(head: head, body: RequestBody(buffer: body)), ResponseWriter(outbound: outbound),
                    value.channel)
            }
        }
        return true
    }
}
