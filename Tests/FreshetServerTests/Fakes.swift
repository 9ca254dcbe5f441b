import FreshetCore
import FreshetSystem
import FreshetTestKit
import Synchronization

/// An intake that checks what it needs to notice a listener that spoils requests, and remembers what it took.
///
/// It knows the three schemes in their plainest form. What only a careful reader finds is another suite's matter.
final class IntakeFake: WebhookIntake {
    private struct State {
        var stored: [WebhookRequest] = []
        var received = 0
        var override: IntakeAnswer?
        var gate: [CheckedContinuation<Void, Never>] = []
        var isHeld = false
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let scene: HostileScene
    private let state = Mutex(State())

    init(_ scene: HostileScene) { self.scene = scene }

    var stored: [WebhookRequest] { state.withLock { $0.stored } }
    var received: Int { state.withLock { $0.received } }

    /// What it says from now on, whatever it gets.
    func say(_ answer: IntakeAnswer?) { state.withLock { $0.override = answer } }

    /// Keeps requests waiting until `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.gate = [] }
            return state.gate
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when `count` requests have come in.
    func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.received >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func receive(_ request: WebhookRequest) async -> IntakeAnswer {
        let ready = state.withLock { state in
            state.received += 1
            let ready = state.waiters.filter { $0.count <= state.received }
            state.waiters.removeAll { $0.count <= state.received }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.gate.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        let answer = state.withLock { $0.override } ?? judge(request)
        if case .accepted = answer { state.withLock { $0.stored.append(request) } }
        return answer
    }

    private func judge(_ request: WebhookRequest) -> IntakeAnswer {
        func value(_ name: String) -> String? {
            let lines = request.headers.filter { $0.name == name }
            return lines.count == 1 ? String(decoding: lines[0].value, as: UTF8.self) : nil
        }
        switch request.company.text {
        case scene.company:
            guard let id = value("webhook-id"), let timestamp = value("webhook-timestamp"),
                let signature = value("webhook-signature")
            else { return .unauthorized(reason: "signature") }
            let mac = Base64.encode(scene.mac(id: id, timestamp: timestamp, body: request.body))
            guard signature == "v1,\(mac)" else { return .unauthorized(reason: "signature") }
        case scene.hubCompany, scene.tokenCompany: break
        default: return .unauthorized(reason: "company")
        }
        return .accepted(.new)
    }
}

/// Finds what it was given, for the company that asks, and remembers what it was asked.
final class RecommenderFake: Recommender {
    private struct State {
        var hits: [Hit] = []
        var asked: [(SearchQuery, CompanyID)] = []
        var failure: (any Error)?
    }
    private let state = Mutex(State())

    func find(_ hits: [Hit]) { state.withLock { $0.hits = hits } }
    func fail(_ error: any Error) { state.withLock { $0.failure = error } }
    var asked: [(SearchQuery, CompanyID)] { state.withLock { $0.asked } }

    func query(_ query: SearchQuery, for company: CompanyID, by user: String?) async throws -> Recommendation {
        let state = state.withLock { state in
            state.asked.append((query, company))
            return state
        }
        if let failure = state.failure { throw failure }
        return Recommendation(id: "rec-1", hits: state.hits)
    }
}

/// Tokens by text.
struct BearersFake: BearerCheck {
    var known: [String: Bearer] = [:]
    var failure: (any Error)?

    func bearer(of token: Secret) async throws -> Bearer? {
        if let failure { throw failure }
        return token.text.flatMap { known[$0] }
    }
}

final class ReadinessFake: ReadinessCheck {
    private let state = Mutex(Readiness(parts: ["store": nil]))
    func say(_ readiness: Readiness) { state.withLock { $0 = readiness } }
    func readiness() async -> Readiness { state.withLock { $0 } }
}

/// An audit log in memory that a test may break.
final class TrailFake: AuditTrail {
    private struct State {
        var acts: [AdminAct] = []
        var isBroken = false
    }
    private let state = Mutex(State())

    var acts: [AdminAct] { state.withLock { $0.acts } }
    func breakDown() { state.withLock { $0.isBroken = true } }

    func begin(_ act: AdminAct) async throws -> AdminActID {
        try state.withLock { state in
            if state.isBroken { throw StoreError.unavailable(detail: "the disk is full") }
            state.acts.append(act)
            return AdminActID(at: act.at, company: act.company, number: Int64(state.acts.count))
        }
    }

    func end(_ id: AdminActID, outcome: String) async throws {
        state.withLock { $0.acts[Int(id.number) - 1].outcome = outcome }
    }

    func acts(
        of company: CompanyID?, before position: AdminActID?, limit: Int
    ) async throws -> [(AdminActID, AdminAct)] {
        let all = state.withLock { $0.acts }.enumerated().map {
            (AdminActID(at: $1.at, company: $1.company, number: Int64($0 + 1)), $1)
        }
        return Array(
            all.reversed().filter { id, act in
                (company == nil || act.company == company) && position.map { id.number < $0.number } ?? true
            }.prefix(limit))
    }

    func prune(_ company: CompanyID?, before moment: Timestamp, keeping kept: Int) async throws -> Int { 0 }
}
