import Metrics
import Synchronization

/// What the listener counts. The counters for every answer of design 6.1 exist from the start, at zero.
final class ServerMetrics: Sendable {
    static let webhooks = "freshet_webhooks_total"
    static let rejections = "freshet_webhook_rejections_total"
    static let refusals = "freshet_http_refusals_total"
    static let requests = "freshet_http_request_seconds"

    /// More words than our own code has are a mistake somewhere; they share one counter.
    private static let mostReasons = 64

    private struct RequestKey: Hashable {
        var route: String
        var status: Int
    }

    private struct State {
        var answers: [Int: Counter] = [:]
        var rejections: [String: Counter] = [:]
        var refusals: [String: Counter] = [:]
        var timers: [RequestKey: Timer] = [:]
    }

    private let factory: any MetricsFactory
    private let state: Mutex<State>

    init(factory: any MetricsFactory) {
        self.factory = factory
        var state = State()
        for status in Set([202, 401, 422, 429, 503] + Refusal.allCases.map(\.status)) {
            state.answers[status] = Self.answer(status, factory)
        }
        for reason in Refusal.allCases {
            state.refusals[reason.rawValue] = Self.counter(Self.refusals, reason.rawValue, factory)
        }
        self.state = Mutex(state)
    }

    /// One webhook was answered; `reason` says why not 202.
    func webhook(answer: Int, reason: String?) {
        let counters: [Counter] = state.withLock { state in
            let answers = state.answers[answer] ?? Self.answer(answer, factory)
            state.answers[answer] = answers
            guard let reason else { return [answers] }
            return [answers, Self.reason(reason, Self.rejections, &state.rejections, factory)]
        }
        for counter in counters { counter.increment() }
    }

    /// A request that is no webhook was refused before any route saw it.
    func refusal(_ reason: String) {
        let counter = state.withLock { Self.reason(reason, Self.refusals, &$0.refusals, factory) }
        counter.increment()
    }

    /// `route` is one of our own patterns, never a path as sent.
    func request(route: String, status: Int, nanoseconds: Int64) {
        let timer = state.withLock { state in
            let key = RequestKey(route: route, status: status)
            if let timer = state.timers[key] { return timer }
            let timer = Timer(
                label: Self.requests, dimensions: [("route", route), ("status", "\(status)")], factory: factory)
            state.timers[key] = timer
            return timer
        }
        timer.recordNanoseconds(nanoseconds)
    }

    private static func answer(_ status: Int, _ factory: any MetricsFactory) -> Counter {
        Counter(label: webhooks, dimensions: [("answer", "\(status)")], factory: factory)
    }

    private static func counter(_ name: String, _ reason: String, _ factory: any MetricsFactory) -> Counter {
        Counter(label: name, dimensions: [("reason", reason)], factory: factory)
    }

    private static func reason(
        _ word: String, _ name: String, _ known: inout [String: Counter], _ factory: any MetricsFactory
    ) -> Counter {
        if let counter = known[word] { return counter }
        let isOurs =
            (1...40).contains(word.utf8.count)
            && word.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
        let bounded = isOurs && known.count < mostReasons ? word : "other"
        let counter = known[bounded] ?? Self.counter(name, bounded, factory)
        known[bounded] = counter
        return counter
    }
}
