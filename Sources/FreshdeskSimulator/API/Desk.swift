import FreshetSystem
import Foundation
import Synchronization

/// Everything that changes while the simulator runs, behind one lock.
struct DeskState: Sendable {
    var account: Account
    var limiter: RateLimiter
    let faults: FaultPlan
    var lister = TicketLister()
    /// For the signatures of links, so that reading does not disturb what a seed makes.
    var linkRandom: SplitMix64
    var log = CallLog()
    /// The moment of the call in hand.
    var now: Seconds
    /// How its client called us.
    var origin = ""

    /// For one answer. It holds a copy of the account: let go of it before the account changes again.
    mutating func renderer() -> Renderer {
        var links = Links(now: now, random: SplitMix64(seed: linkRandom.next()))
        if account.behaviour.servesAttachments { links.host = origin + Desk.fileHost }
        return Renderer(account: account, links: links)
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
        var truncates = false
        /// It breaks before any of it.
        var isReset = false
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
            state.origin = call.origin
            let outcome = answer(call, &state)
            state.log.note(status: outcome.answer.status)
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

    /// Carries out what the account's clock owes by now.
    func settle() { change { _, _ in } }

    func suffer(_ faults: Faults) { state.withLock { $0.faults.replace(with: faults, now: clock.now) } }
    var calls: [String: Int] { state.withLock { $0.log.endpoints } }

    static let signingApp = "signing_app"
    /// Sends what the account's own automation rules send.
    static let automations = "automations"
    static let rule = "rule"

    /// Tells the signing app where to post.
    func install(_ target: WebhookSender.Target?) {
        for sender in webhooks where sender.name == Self.signingApp { sender.aim(at: target) }
    }

    private func withState<Result>(_ body: (inout DeskState) throws -> sending Result) rethrows -> (
        Result, [(event: AccountEvent, requests: [RuleRequest])], FaultPlan
    ) {
        try state.withLock { state in
            state.now = clock.now
            state.account.settle(now: state.now)
            let result = try body(&state)
            let events = state.account.takeEvents()
            // The account's own rules call out of its quota, as everybody does.
            if webhooks.contains(where: { $0.name == Self.rule && $0.isAimed }) {
                state.limiter.spend(Int64(events.count), now: state.now)
            }
            let requests = events.map { ($0, state.account.ruleRequests(for: $0)) }
            state.limiter.spend(Int64(requests.reduce(0) { $0 + $1.1.count }), now: state.now)
            return (result, requests, state.faults)
        }
    }

    private func hand(_ events: [(event: AccountEvent, requests: [RuleRequest])], _ faults: FaultPlan) {
        for (event, requests) in events {
            for sender in webhooks where sender.name != Self.automations { sender.accept(event, faults) }
            for sender in webhooks where sender.name == Self.automations {
                for request in requests { sender.accept(event, for: .init(request), faults) }
            }
        }
    }

    /// Basic authentication: the key is the user name, the password is anything.
    func isAuthorized(_ call: Call) -> Bool {
        guard let header = call.authorization, header.lowercased().hasPrefix("basic "),
            let credentials = Data(base64Encoded: String(header.dropFirst(6).filter { $0 != " " }))
        else { return false }
        return constantTimeEquals(Array(credentials.prefix { $0 != UInt8(ascii: ":") }), authorization)
    }

    static let endpoints: [Endpoint] =
        ticketEndpoints + conversationEndpoints + solutionEndpoints + lookupEndpoints + automationEndpoints
}
