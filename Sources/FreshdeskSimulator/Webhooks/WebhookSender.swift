import FreshetSystem
import ServiceLifecycle
import Synchronization

/// Sends what happens in the account to one URL, if it has been given one, without making anybody wait.
///
/// Deliveries of one ticket begin in order but are not kept in it: a retry comes after what succeeded meanwhile. The
/// queue is bounded; what does not fit, or is given up, is counted and gone, as with the real sender. Delays and retries
/// run on the account's time, so advancing it brings them at once.
package final class WebhookSender: Service {
    package struct Counts: Sendable, Equatable {
        /// Accepted and neither delivered, failed nor dropped yet.
        package var pending = 0
        package var delivered = 0
        /// Given up.
        package var failed = 0
        /// Never tried: by a fault, or since the queue was full.
        package var dropped = 0
        /// Events that a fault sends twice.
        package var doubled = 0
        package var attempts = 0
    }

    package struct Target: Sendable {
        package var url: String
        package var format: WebhookFormat

        package init(url: String, format: WebhookFormat) {
            self.url = url
            self.format = format
        }

        init(_ request: RuleRequest) { self.init(url: request.url, format: .automation(request)) }
    }

    private struct Delivery: Sendable {
        var id: String
        /// Where it was going when it happened.
        var target: Target
        var ticketID: Int64
        var body: [UInt8]
        var attempts = 0
        var accepted: Int64
        var due: Int64
    }

    private struct State: Sendable {
        var target: Target?
        var counts = Counts()
        var delayed: [Delivery] = []
        var random: SplitMix64
    }

    static let lanes = 8
    private static let queueLimit = 100_000

    package let name: String
    private let identity: Account.Identity
    private let clock: SimulatedClock
    private let client: HTTPClient
    private let retries: RuleRetries
    private let allowance: HourlyAllowance
    private let state: Mutex<State>
    private let ready: [(stream: AsyncStream<Delivery>, input: AsyncStream<Delivery>.Continuation)]
    private let wake = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(
        name: String, target: Target?, identity: Account.Identity, clock: SimulatedClock, client: HTTPClient,
        retries: RuleRetries, allowance: HourlyAllowance, seed: UInt64
    ) {
        self.name = name
        self.identity = identity
        self.clock = clock
        self.client = client
        self.retries = retries
        self.allowance = allowance
        state = Mutex(State(target: target, random: SplitMix64(seed: seed ^ stableHash(name))))
        ready = (0..<Self.lanes).map { _ in
            let (stream, input) = AsyncStream<Delivery>.makeStream()
            return (stream, input)
        }
    }

    /// Sends from now on to `target`, or nowhere. What was accepted before still goes where it was going.
    func aim(at target: Target?) { state.withLock { $0.target = target } }

    var isAimed: Bool { state.withLock { $0.target != nil } }

    package var counts: Counts { state.withLock { $0.counts } }

    /// Queues an event for where the sender is aimed at, as often and as late as the faults will have it; returns at once.
    func accept(_ event: AccountEvent, _ faults: FaultPlan) {
        if let target = state.withLock({ $0.target }) { accept(event, for: target, faults) }
    }

    func accept(_ event: AccountEvent, for target: Target, _ faults: FaultPlan) {
        guard let body = target.format.body(of: event, in: identity) else { return }
        let now = clock.milliseconds
        let delays = faults.deliveries(of: event, by: name, now: Seconds(milliseconds: now))
        let deliveries: [Delivery] = state.withLock { state in
            guard !delays.isEmpty, state.counts.pending < Self.queueLimit else {
                state.counts.dropped += 1
                return []
            }
            let id = "msg_" + state.random.hex(bytes: 12)
            let copies = delays.map { delay in
                Delivery(
                    id: id, target: target, ticketID: event.ticketID, body: body, accepted: now, due: now + delay)
            }
            if copies.count > 1 { state.counts.doubled += 1 }
            state.counts.pending += copies.count
            return copies
        }
        for delivery in deliveries { schedule(delivery, now: now) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for lane in self.ready {
                    group.addTask { for await delivery in lane.stream { await self.attempt(delivery) } }
                }
                group.addTask { await self.releaseDelayed() }
            }
        }
    }

    private func schedule(_ delivery: Delivery, now: Int64) {
        if delivery.due <= now {
            ready[Int(delivery.ticketID % Int64(Self.lanes))].input.yield(delivery)
        } else {
            state.withLock { $0.delayed.append(delivery) }
            wake.continuation.yield()
        }
    }

    private func attempt(_ delivery: Delivery) async {
        guard !Task.isCancelled else { return }
        var delivery = delivery
        let format = delivery.target.format
        if format.isNative, let later = allowance.take(at: clock.milliseconds) {
            delivery.due = later
            return postpone(delivery)
        }
        delivery.attempts += 1
        var request = HTTPRequest(
            format.method, delivery.target.url,
            headers: format.headers(id: delivery.id, body: delivery.body, at: clock.wall),
            body: delivery.body, deadline: .seconds(15))
        request.maxRedirects = format.redirects
        let status: Int?
        do throws(HTTPFailure) {
            status = try await client.send(request).status
        } catch {
            // Whatever it was, no answer came: that is all the sender decides by.
            status = nil
        }
        let isDelivered = status.map { (200...299).contains($0) } ?? false
        let mayRetry = status.map(format.isRetried) ?? true
        let delays = format.retryDelays(retries)
        let retries = !isDelivered && mayRetry && delivery.attempts <= delays.count
        // Before it is counted: who sees the count may turn the clock.
        let now = clock.milliseconds
        state.withLock { state in
            state.counts.attempts += 1
            if isDelivered { state.counts.delivered += 1 }
            if !isDelivered && !retries { state.counts.failed += 1 }
            if !retries { state.counts.pending -= 1 }
        }
        guard retries else { return }
        delivery.due = now + delays[delivery.attempts - 1]
        schedule(delivery, now: now)
    }

    /// Over the hourly limit: kept for the next hour, but not for ever.
    private func postpone(_ delivery: Delivery) {
        if delivery.due - delivery.accepted > HourlyAllowance.patience {
            state.withLock { state in
                state.counts.dropped += 1
                state.counts.pending -= 1
            }
        } else {
            schedule(delivery, now: clock.milliseconds)
        }
    }

    /// Hands on what has become due. Looks every 25 ms while something waits, since the account's time can jump.
    private func releaseDelayed() async {
        for await _ in wake.stream {
            while true {
                let now = clock.milliseconds
                let (due, isEmpty) = state.withLock { state in
                    let due = state.delayed.filter { $0.due <= now }.sorted { $0.due < $1.due }
                    state.delayed.removeAll { $0.due <= now }
                    return (due, state.delayed.isEmpty)
                }
                for delivery in due { schedule(delivery, now: now) }
                if isEmpty { break }
                do { try await Task.sleep(for: .milliseconds(25)) } catch { return }
            }
        }
    }
}
