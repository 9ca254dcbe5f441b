import FreshetSystem
import Foundation
import Synchronization

/// Everything that changes while the simulator runs, behind one lock.
struct DeskState: Sendable {
    var account: Account
    var limiter: RateLimiter
    var faults: Faults
    var lister = TicketLister()
    /// For the signatures of links, so that reading does not disturb what a seed makes.
    var linkRandom: SplitMix64
    var faultRandom: SplitMix64
    var counts: [String: Int] = [:]
    var answers: [Int: Int] = [:]
    /// The moment of the call in hand.
    var now: Seconds

    /// For one answer. It holds a copy of the account: let go of it before the account changes again.
    mutating func renderer() -> Renderer {
        Renderer(account: account, links: Links(now: now, random: SplitMix64(seed: linkRandom.next())))
    }
}

/// Answers calls from the account's state: authentication, budget, faults, then the endpoint. Without network; one call
/// at a time.
final class Desk: Sendable {
    /// How one call ends.
    struct Outcome: Sendable {
        var answer: Answer
        var delayMilliseconds: Int64 = 0
        /// The connection breaks in the middle of the answer.
        var breaksOff = false
    }

    let clock: SimulatedClock
    let webhooks: [WebhookSender]
    private let authorization: [UInt8]
    private let state: Mutex<DeskState>

    init(state: DeskState, clock: SimulatedClock, apiKey: String, webhooks: [WebhookSender]) {
        self.clock = clock
        self.webhooks = webhooks
        authorization = Array(apiKey.utf8)
        self.state = Mutex(state)
    }

    func answer(_ call: Call) -> Outcome {
        let (outcome, events, faults) = withState { state in
            let outcome = answer(call, &state)
            state.answers[outcome.answer.status, default: 0] += 1
            return outcome
        }
        hand(events, faults)
        return outcome
    }

    /// Changes the account directly, as a call of the API would: what happened is sent as webhooks.
    func change<Result>(_ edit: (inout Account, Seconds) throws -> sending Result) rethrows -> Result {
        let (result, events, faults) = try withState { state in try edit(&state.account, state.now) }
        hand(events, faults)
        return result
    }

    static let signingApp = "signing_app"

    /// Tells the signing app where to post.
    func install(_ target: WebhookSender.Target?) {
        for sender in webhooks where sender.name == Self.signingApp { sender.aim(at: target) }
    }

    private func withState<Result>(_ body: (inout DeskState) throws -> sending Result) rethrows -> (
        Result, [AccountEvent], Faults
    ) {
        try state.withLock { state in
            state.now = clock.now
            state.account.settle(now: state.now)
            let result = try body(&state)
            return (result, state.account.takeEvents(), state.faults)
        }
    }

    private func hand(_ events: [AccountEvent], _ faults: Faults) {
        for event in events { for sender in webhooks { sender.accept(event, faults) } }
    }

    // MARK: One call

    private func answer(_ call: Call, _ state: inout DeskState) -> Outcome {
        let requestID = state.linkRandom.hex(bytes: 16)
        func finished(_ answer: Answer, _ verdict: RateLimiter.Verdict? = nil) -> Answer {
            var answer = answer
            answer.headers.append(("X-Request-Id", requestID))
            answer.headers.append(("X-Freshdesk-Api-Version", "latest=v2; requested=v2"))
            if let verdict {
                answer.headers.append(("X-Ratelimit-Total", String(verdict.total)))
                answer.headers.append(("X-Ratelimit-Remaining", String(verdict.remaining)))
                answer.headers.append(("X-Ratelimit-Used-CurrentRequest", String(verdict.used)))
            }
            return answer
        }

        guard isAuthorized(call) else { return Outcome(answer: finished(Answer(.notLoggedIn))) }
        if call.path.first == "_simulator" {
            return Outcome(answer: finished(control(call, &state)))
        }
        guard call.path.prefix(2) == ["api", "v2"] else { return Outcome(answer: finished(Answer(.notFound))) }

        let path = call.path.dropFirst(2)
        let match = Self.endpoints.lazy.compactMap { endpoint in endpoint.match(path).map { (endpoint, $0) } }.first
        let verb = match?.0.verb(call.method)
        state.counts["\(call.method) \(match?.0.pattern ?? "elsewhere")", default: 0] += 1

        let includes = Int64(Set(Parameters.includes(of: call)).count)
        let credits = 1 + includes * (verb?.creditsPerInclude ?? 0)
        let verdict = state.limiter.take(credits, for: verb?.kind ?? .other, now: state.now)
        var outcome = Outcome(
            answer: Answer.noContent, delayMilliseconds: state.faults.delay(random: &state.faultRandom))
        if let retryAfter = verdict.retryAfter {
            outcome.answer = finished(Answer(.tooMany(retryAfter: retryAfter)), verdict)
            return outcome
        }
        switch state.faults.fate(of: "/" + call.path.joined(separator: "/"), random: &state.faultRandom) {
        case .fail(429):
            outcome.answer = finished(Answer(.tooMany(retryAfter: 1)), verdict)
            return outcome
        case .fail(let status):
            // Not JSON, as the machines in front of the real thing answer.
            let page = "<html><body><h1>\(status)</h1></body></html>"
            outcome.answer = finished(
                Answer(status: status, headers: [("Content-Type", "text/html")], body: Array(page.utf8)), verdict)
            return outcome
        case .breakOff: outcome.breaksOff = true
        case .fine: break
        }
        outcome.answer = finished(carryOut(call, match, verb, &state), verdict)
        return outcome
    }

    private func carryOut(
        _ call: Call, _ match: (Endpoint, [Int64])?, _ verb: Endpoint.Verb?, _ state: inout DeskState
    ) -> Answer {
        do throws(Refusal) {
            guard let (endpoint, ids) = match else { throw .notFound }
            guard let verb else {
                throw .methodNotAllowed(used: call.method, allowed: endpoint.verbs.map(\.method))
            }
            if let accept = call.accept, !Self.takesJSON(accept) { throw .notAcceptable }
            return try verb.handler(&state, call, ids)
        } catch {
            return Answer(error)
        }
    }

    private static func takesJSON(_ accept: String) -> Bool {
        ["application/json", "application/*", "*/*"].contains { accept.lowercased().contains($0) }
    }

    /// Basic authentication: the key is the user name, the password is anything.
    private func isAuthorized(_ call: Call) -> Bool {
        guard let header = call.authorization, header.lowercased().hasPrefix("basic "),
            let credentials = Data(base64Encoded: String(header.dropFirst(6).filter { $0 != " " }))
        else { return false }
        return constantTimeEquals(Array(credentials.prefix { $0 != UInt8(ascii: ":") }), authorization)
    }

    static let endpoints: [Endpoint] = ticketEndpoints + conversationEndpoints + lookupEndpoints
}
