import FreshetCore
import FreshetServer
import FreshetSystem
import FreshetTestKit
import Synchronization
import Testing

/// Writes when it is told to.
private final class WritingFake: Writing {
    private struct State {
        var gate: CheckedContinuation<GroundedAnswer?, any Error>?
        var begun = false
        var wasCancelled = false
        var watchers: [(when: @Sendable (Bool, Bool) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    func answer(
        _ query: SearchQuery, from found: Recommendation, for company: CompanyID
    ) async throws -> GroundedAnswer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                change { state in
                    state.begun = true
                    state.gate = continuation
                }
                if Task.isCancelled { abandon() }
            }
        } onCancel: {
            abandon()
        }
    }

    func reply(_ wish: ReplyWish, for company: CompanyID) async throws -> DraftedReply? {
        throw StoreError.unavailable(detail: "told to")
    }

    func release(_ answer: GroundedAnswer) { take { _ in }?.resume(returning: answer) }

    private func abandon() { take { $0.wasCancelled = true }?.resume(throwing: CancellationError()) }

    private func take(_ alter: (inout State) -> Void) -> CheckedContinuation<GroundedAnswer?, any Error>? {
        change { state in
            alter(&state)
            defer { state.gate = nil }
            return state.gate
        }
    }

    private func change<Value>(_ alter: (inout State) -> Value) -> Value {
        let (value, due) = state.withLock { state in
            let value = alter(&state)
            let due = state.watchers.filter { $0.when(state.begun, state.wasCancelled) }
            state.watchers.removeAll { $0.when(state.begun, state.wasCancelled) }
            return (value, due)
        }
        for watcher in due { watcher.continuation.resume() }
        return value
    }

    func begun() async { await reached { begun, _ in begun } }
    func cancelled() async { await reached { $1 } }

    private func reached(_ when: @escaping @Sendable (Bool, Bool) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if when(state.begun, state.wasCancelled) { return true }
                state.watchers.append((when, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

@Suite struct `Streams of events` {
    private func with(_ body: (Stand, WritingFake, ManualClock) async throws -> Void) async throws {
        let (writing, clock) = (WritingFake(), ManualClock())
        let routes = WritingRoutes.all(writing, recommender: RecommenderFake(), clock: clock)
        try await Stand.with(routes: routes) { try await body($0, writing, clock) }
    }

    private func request(_ path: String, _ json: String) -> [UInt8] {
        let head =
            "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Authorization: Bearer \(Stand.token)\r\nContent-Length: \(json.utf8.count)\r\n\r\n"
        return Array((head + json).utf8)
    }

    @Test func `a quiet stream is kept open by comments, on the clock that it is given`() async throws {
        try await with { stand, writing, clock in
            async let transcript = RawSocket.exchange(
                port: stand.port, request("/query/stream", #"{"query":"q"}"#), until: .closed)
            await writing.begun()
            // One more than one whole silence; each turn waits until the stream sleeps again.
            for _ in 0..<3 {
                while clock.sleepers == 0 { await Task.yield() }
                clock.advance(by: .seconds(5))
            }
            while clock.sleepers == 0 { await Task.yield() }
            writing.release(GroundedAnswer(.withheld(.declined)))
            let text = try await transcript.text
            #expect(text.ranges(of: ": still at it\n\n").count >= 1, "\(text)")
            let order = ["event: results", ": still at it", "event: error", "event: done"].map {
                text.firstRange(of: $0)?.lowerBound
            }
            #expect(order.allSatisfy { $0 != nil } && order.compactMap(\.self) == order.compactMap(\.self).sorted())
            #expect(text.contains(#""reason":"declined""#))
        }
    }

    @Test func `who has gone before the first byte is written nothing`() async throws {
        try await with { stand, _, _ in
            _ = try await RawSocket.exchange(
                port: stand.port, request("/query/stream", #"{"query":"q"}"#), until: .leave)
            // The stand stops, which it could not with somebody still writing.
        }
    }

    @Test func `who closes their side has gone, and what was being written is cancelled`() async throws {
        try await with { stand, writing, _ in
            let http = try HTTPClient()
            do {
                let stream = try await http.stream(
                    HTTPRequest(
                        "POST", "http://127.0.0.1:\(stand.port)/query/stream",
                        headers: [
                            ("Content-Type", "application/json"), ("Authorization", "Bearer \(Stand.token)"),
                        ], body: Array(#"{"query":"q"}"#.utf8)))
                #expect(stream.status == 200)
                await writing.begun()
            }
            await writing.cancelled()
        }
    }

    @Test func `what fails after the first byte is an event with our own words`() async throws {
        try await with { stand, _, _ in
            let transcript = try await RawSocket.exchange(
                port: stand.port, request("/generate_reply/stream", #"{"ticket_id":1}"#), until: .closed)
            #expect(transcript.text.contains("event: error\ndata: {"))
            #expect(transcript.text.contains(#""status":503"#) && !transcript.text.contains("told to"))
            #expect(!transcript.timedOut)
        }
    }
}
