import FreshetCore
import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes

/// A whole request on its way to whoever answers it.
enum Arrival: Sendable {
    case webhook(WebhookRequest)
    case request(HTTPRequest, body: ByteBuffer)
}

/// One connection: reads requests one at a time, refuses what nobody should see, hands on the rest, writes the answers.
///
/// At most one request is under way; what the sender pipelines behind it waits in a bounded buffer, so answers come in
/// order. Every wait has an end: for the fields, for the whole request, for the next request, for an answer to leave.
/// Lives on its event loop.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Arrival
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = ByteBuffer

    /// What all connections of a listener share.
    struct Shared: Sendable {
        var configuration: ServerConfiguration
        var routes: RouteMap
        /// Whether requests that fail before their path is known were meant as webhooks.
        var servesWebhooks: Bool
        var metrics: ServerMetrics
        var refusals: RefusalLog
        var census: ConnectionCensus
        var clock: any WallClock
        var random: any RandomSource
    }

    private enum Phase {
        case idle, head, body
        /// Somebody else has the request.
        case answering
        /// The answer is written, not yet all sent.
        case answered(closes: Bool)
        /// Refused and closed on our side: reads until the sender has noticed, believes nothing.
        case lingering
        case closed
    }

    private let shared: Shared
    private let peer: NetworkAddress?
    private var hasEntered = false

    private var phase = Phase.idle
    private var parser: RequestParser
    private var input = ByteBuffer()
    private var inputEnded = false
    private var isQuiescing = false
    private var isAdvancing = false
    private var readIsHeld = false
    private var lingered = 0

    private var exchange: Exchange
    private var response: ResponseWriting?
    private var pendingWrites = 0
    private var date = HTTPDate()

    private var requestStart = NIODeadline.distantFuture
    private var deadline = NIODeadline.distantFuture
    private var writeDeadline = NIODeadline.distantFuture
    private var tick: Scheduled<Void>?
    private let tickInterval: TimeAmount
    private var context: ChannelHandlerContext?

    init(shared: Shared, peer: NetworkAddress?) {
        self.shared = shared
        self.peer = peer
        parser = RequestParser(limits: shared.configuration.parserLimits)
        exchange = Exchange(id: [])
        let configuration = shared.configuration
        let shortest = min(
            configuration.headerDeadline, configuration.requestDeadline, configuration.idleTimeout,
            configuration.writeDeadline, configuration.lingerTime)
        tickInterval = TimeAmount(shortest)
    }

    // MARK: - Events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = .now() + TimeAmount(shared.configuration.headerDeadline)
        hasEntered = shared.census.enter(peer)
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard hasEntered else {
            shared.metrics.refusal("connections_of_one_address")
            phase = .closed
            context.close(promise: nil)
            return
        }
        if tick == nil { scheduleTick() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        phase = .closed
        tick?.cancel()
        tick = nil
        context = nil
        if hasEntered { shared.census.leave(peer) }
        hasEntered = false
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The transport failed (reset, TLS): there is nobody left to answer.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // Not passed on: what came before the end is still answered.
            inputEnded = true
            if case .lingering = phase { return context.close(promise: nil) }
            // Nobody follows a stream of events through a connection that is closed on their side.
            if response?.isEventStream == true { return context.close(promise: nil) }
            advance()
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if case .idle = phase { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch phase {
        case .closed: return
        case .lingering:
            lingered += bytes.readableBytes
            if lingered > 4 * 1024 * 1024 { context.close(promise: nil) }
            return
        default:
            if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
            advance()
        }
    }

    func read(context: ChannelHandlerContext) {
        // A sender that runs ahead waits in the kernel's buffers, not in ours.
        if input.readableBytes > 64 * 1024 { readIsHeld = true } else { context.read() }
    }

    // MARK: - Requests

    /// Goes on with what has arrived, as far as it goes.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while let context, takesInput {
            if case .idle = phase, input.readableBytes > 0 { beginRequest() }
            do {
                switch try parser.next(&input) {
                case .head(let head): try begin(head)
                case .end(let body): handOn(body, context)
                case .needsMore:
                    waitForMore(context)
                    return
                }
            } catch { refuse(error) }
        }
        giveBackInput()
    }

    /// What was read lives in a pool of the channel's; keeping an empty buffer would keep its memory from the next read.
    private func giveBackInput() {
        if input.readableBytes == 0 { input = ByteBuffer() } else { input.discardReadBytes() }
    }

    private var takesInput: Bool {
        switch phase {
        case .idle, .head, .body: true
        case .answering, .answered, .lingering, .closed: false
        }
    }

    private func waitForMore(_ context: ChannelHandlerContext) {
        giveBackInput()
        if parser.isIdle, input.readableBytes == 0 {
            if inputEnded || isQuiescing { return context.close(promise: nil) }
            // A stray line end between requests is no request.
            if case .head = phase { becomeIdle() }
        } else if inputEnded {
            return refuse(.truncated)
        }
        if readIsHeld, input.readableBytes <= 64 * 1024 {
            readIsHeld = false
            context.read()
        }
    }

    private func beginRequest() {
        phase = .head
        requestStart = .now()
        deadline =
            requestStart + TimeAmount(min(shared.configuration.headerDeadline, shared.configuration.requestDeadline))
        exchange = Exchange(id: RequestID.make(shared.random))
        exchange.bodyIsUnread = true
        exchange.isWebhook = shared.servesWebhooks
    }

    /// Everything that can be said before the body: path, method, declared length, coding, type.
    private func begin(_ head: RequestHead) throws(Refusal) {
        phase = .body
        deadline = requestStart + TimeAmount(shared.configuration.requestDeadline)
        exchange.closes = head.wantsClose
        exchange.isHead = head.method == .head
        exchange.isVersion11 = head.isVersion11
        exchange.bodyIsUnread = head.hasBody
        if let id = RequestID.given(head.values("x-request-id")) { exchange.id = id }
        if !shared.configuration.trustedProxies.isEmpty { exchange.forwardedFor = head.values("x-forwarded-for") }

        var plan = shared.routes.plan(head)
        exchange.isWebhook = shared.servesWebhooks && Exchange.isWebhook(head.path[...])
        if !shared.configuration.allowedOrigins.isEmpty, !exchange.isWebhook {
            let crossOrigin = CrossOrigin(head, allowed: shared.configuration.allowedOrigins)
            exchange.crossOrigin = crossOrigin
            if crossOrigin.isPreflight(head), case .refused(.method, let allow?) = plan {
                plan = .preflight(methods: allow)
            }
        }
        exchange.plan = plan
        switch plan {
        case .refused(let refusal, let allow):
            exchange.allow = allow
            throw refusal
        case .preflight: try parser.acceptBody(limit: shared.configuration.bodyLimit)
        case .webhook(let company, _):
            exchange.company = company
            exchange.route = "/webhooks/{platform}/{company}"
            try parser.acceptBody(limit: shared.configuration.bodyLimit)
            try JSONContent.check(head)
        case .route(let label, let body):
            exchange.route = label
            switch body {
            case .none: try parser.acceptBody(limit: shared.configuration.bodyLimit)
            case .json(let limit):
                try parser.acceptBody(limit: min(limit, shared.configuration.bodyLimit))
                try JSONContent.check(head)
            }
        }
        exchange.head = head
        if head.expectsContinue, head.hasBody, input.readableBytes == 0 { write("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    /// The request is whole.
    private func handOn(_ body: [UInt8], _ context: ChannelHandlerContext) {
        exchange.bodyIsUnread = false
        guard let plan = exchange.plan, let head = exchange.head else { return }
        exchange.head = nil
        phase = .answering
        deadline = .distantFuture
        let arrival: Arrival
        switch plan {
        case .refused: return
        case .preflight(let methods): return finish(.preflight(methods: methods), reason: nil)
        case .webhook(_, nil):
            return answer(.unauthorized(reason: "unknown_platform"))
        case .webhook(let company, let platform?):
            arrival = .webhook(
                WebhookRequest(
                    company: company, platform: platform, headers: head.fields, body: body,
                    receivedAt: shared.clock.now))
        case .route(_, let kind):
            let bytes = kind == .none ? ByteBuffer() : ByteBuffer(bytes: body)
            arrival = .request(head.forRoutes(requestID: exchange.id), body: bytes)
        }
        context.fireChannelRead(wrapInboundOut(arrival))
        context.fireChannelReadComplete()
    }

    // MARK: - Answers

    /// What the intake said about the webhook under way.
    func answer(_ intake: IntakeAnswer) {
        guard case .answering = phase else { return }
        finish(WebhookAnswers.answer(to: intake), reason: WebhookAnswers.reason(of: intake))
    }

    /// Answers a request without anybody else, and forgets the rest of it.
    private func refuse(_ refusal: Refusal) {
        if let path = parser.pathSeen, exchange.route == nil {
            exchange.isWebhook = shared.servesWebhooks && Exchange.isWebhook(path)
        }
        var fields: [(name: StaticString, value: String)] = []
        switch refusal {
        case .method, .trace: fields.append(("allow", exchange.allow ?? ""))
        case .contentCoding: fields.append(("accept-encoding", "identity"))
        default: break
        }
        if refusal.closes || exchange.bodyIsUnread {
            exchange.closes = true
        } else {
            parser.skipBody()
        }
        finish(Answer(problem: refusal.status, detail: refusal.detail, fields: fields), reason: refusal.rawValue)
    }

    private func finish(_ answer: Answer, reason: String?) {
        guard let context else { return }
        let closes = exchange.closes || isQuiescing
        phase = .answered(closes: closes)
        deadline = .distantFuture
        let now = shared.clock.now
        var buffer = context.channel.allocator.buffer(capacity: 512)
        answer.write(
            into: &buffer, date: date.bytes(at: now), requestID: exchange.id, crossOrigin: exchange.crossOrigin,
            closes: closes, omitsBody: exchange.isHead)
        count(status: answer.status, reason: reason, now: now)
        write(buffer, context)
        context.flush()
    }

    /// Before the bytes leave, so that whoever has read an answer finds it counted.
    private func count(status: Int, reason: String?, now: Timestamp) {
        let elapsed = requestStart == .distantFuture ? .zero : NIODeadline.now() - requestStart
        shared.metrics.request(
            route: exchange.route ?? "other", status: status, nanoseconds: elapsed.nanoseconds)
        if exchange.isWebhook {
            shared.metrics.webhook(answer: status, reason: reason)
        } else if let reason {
            shared.metrics.refusal(reason)
        }
        guard let reason else { return }
        let sender = Sender.address(
            peer: peer, forwardedFor: exchange.forwardedFor, trusted: shared.configuration.trustedProxies)
        shared.refusals.note(
            status: status, reason: reason, company: exchange.company, sender: sender,
            requestID: String(decoding: exchange.id, as: UTF8.self), now: now)
    }

    /// A part of an answer that a route gives.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .answering = phase else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return promise?.succeed() ?? () }
            let closes = exchange.closes || isQuiescing
            let writing = ResponseWriting(head, to: exchange, closes: closes)
            exchange.closes = writing.closes
            if writing.isEventStream, inputEnded {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return context.close(promise: nil)
            }
            response = writing
            let now = shared.clock.now
            var buffer = context.channel.allocator.buffer(capacity: 512)
            writing.writeHead(head, into: &buffer, date: date.bytes(at: now), requestID: exchange.id)
            count(status: Int(head.status.code), reason: nil, now: now)
            write(buffer, context, promise: promise)
        case .body(let body):
            write(response?.part(body) ?? ByteBuffer(), context, promise: promise)
        case .end:
            let ending = response?.ending ?? ByteBuffer()
            response = nil
            phase = .answered(closes: exchange.closes || isQuiescing)
            write(ending, context, promise: promise)
        }
    }

    private func write(_ text: StaticString) {
        guard let context else { return }
        write(ByteBuffer(staticString: text), context)
        context.flush()
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
        if pendingWrites == 0 { writeDeadline = .now() + TimeAmount(shared.configuration.writeDeadline) }
        pendingWrites += 1
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.partHasLeft() }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    private func partHasLeft() {
        pendingWrites -= 1
        guard pendingWrites == 0 else {
            writeDeadline = .now() + TimeAmount(shared.configuration.writeDeadline)
            return
        }
        writeDeadline = .distantFuture
        guard case .answered(let closes) = phase, let context else { return }
        if !closes {
            becomeIdle()
            advance()
        } else if inputEnded {
            context.close(promise: nil)
        } else {
            // Closing with bytes unread would reset the connection and could cost the sender the answer.
            phase = .lingering
            deadline = .now() + TimeAmount(shared.configuration.lingerTime)
            input = ByteBuffer()
            context.close(mode: .output, promise: nil)
            if readIsHeld {
                readIsHeld = false
                context.read()
            }
        }
    }

    private func becomeIdle() {
        phase = .idle
        requestStart = .distantFuture
        deadline = .now() + TimeAmount(shared.configuration.idleTimeout)
    }

    // MARK: - Deadlines

    /// One task for the whole life of the connection instead of one for each request: it comes at least as often as the
    /// shortest deadline, so none is missed, and exactly on time for the one that is next.
    private func scheduleTick() {
        guard let context else { return }
        let next = min(deadline, writeDeadline, .now() + tickInterval)
        tick = context.eventLoop.assumeIsolated().scheduleTask(deadline: next) {
            self.tick = nil
            self.checkDeadlines()
            if self.context != nil { self.scheduleTick() }
        }
    }

    private func checkDeadlines() {
        guard let context else { return }
        let now = NIODeadline.now()
        if pendingWrites > 0, now >= writeDeadline {
            shared.metrics.refusal("write_deadline")
            return context.close(promise: nil)
        }
        guard now >= deadline else { return }
        switch phase {
        case .idle, .lingering: context.close(promise: nil)
        case .head: refuse(.headerDeadline)
        case .body: refuse(.requestDeadline)
        case .answering, .answered, .closed: deadline = .distantFuture
        }
    }
}
