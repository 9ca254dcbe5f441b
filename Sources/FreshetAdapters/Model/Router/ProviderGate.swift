package import FreshetCore
import Metrics
import Synchronization

/// The way to what one provider does for one purpose: how many calls at once, how many a minute, and none at all while it
/// is in trouble. A provider's models have rates and troubles of their own.
///
/// Whoever enters must leave. A call that finds all lanes taken waits for one, in the order of coming; everything else
/// that keeps it back is thrown at once, for there may be another provider to ask. While the breaker is open nobody
/// waits: a probe of its own, one at a time, finds out when the provider is back.
package final class ProviderGate: Sendable {
    package let name: String
    private let purpose: ModelPurpose
    private let concurrency: Int
    private let clock: any WallClock
    private let random: any RandomSource
    private let probe: @Sendable () async -> ModelFault?
    private let state = Mutex(State())

    private struct Waiting {
        var id: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var breaker = CircuitBreaker()
        var window = RateWindow()
        var inside = 0
        var nextID: UInt64 = 0
        var waiting: [Waiting] = []
        var cancelled: Set<UInt64> = []
        var probing: Task<Void, Never>?
    }

    /// - Parameters:
    ///   - name: as the configuration calls the provider; a metric label.
    ///   - concurrency: calls at once, at least 1.
    ///   - probe: a small call past this gate; what is wrong with the provider, if anything.
    package init(
        name: String, purpose: ModelPurpose = .summary, concurrency: Int, clock: any WallClock,
        random: any RandomSource,
        probe: @escaping @Sendable () async -> ModelFault?
    ) {
        precondition(concurrency > 0)
        self.name = name
        self.purpose = purpose
        self.concurrency = concurrency
        self.clock = clock
        self.random = random
        self.probe = probe
        show(.closed)
    }

    deinit { state.withLock { $0.probing }?.cancel() }

    /// Whether a call would go through now; begins a probe where one is due, as a call would.
    package func isReady() -> Bool {
        do throws(ModelFault) {
            try admit(nil)
            return true
        } catch {
            return false
        }
    }

    /// - Parameter tokens: about how many the call will use.
    func enter(tokens: Int) async throws(ModelFault) {
        do throws(ModelFault) {
            try await lane()
            do throws(ModelFault) { try admit(tokens) } catch {
                handOn()
                throw error
            }
        } catch {
            count(error.label)
            throw error
        }
    }

    /// - Parameter fault: what came of the call; `nil` for an answer.
    func leave(_ fault: ModelFault?, _ signals: ProviderSignals) {
        let now = clock.now
        let fraction = random.fraction()
        let changed = state.withLock { state -> CircuitBreaker.State? in
            let before = state.breaker.state
            state.window.learn(signals, now: now)
            switch fault {
            case .throttled(let wait)?: state.window.throttled(for: wait ?? signals.retryAfter, now: now)
            case .cancelled?: break
            case let fault? where fault.isProvidersTrouble:
                state.breaker.failed(fault, now: now, fraction: fraction)
            default:
                state.window.answered()
                state.breaker.succeeded()
            }
            return state.breaker.state == before ? nil : state.breaker.state
        }
        if let changed { show(changed) }
        count(fault?.label ?? "answered")
        handOn()
    }

    /// Waits for the probe that is under way, if there is one.
    package func settle() async { await state.withLock { $0.probing }?.value }

    // MARK: - Admission

    /// - Parameter tokens: `nil` takes nothing.
    private func admit(_ tokens: Int?) throws(ModelFault) {
        let now = clock.now
        let (fault, isProbe) = state.withLock { state -> (ModelFault?, Bool) in
            if state.breaker.beginsProbe(now: now) {
                // Kept before anybody else can look: the one place where a probe begins.
                state.probing = Task { [weak self] in await self?.find() }
                return (.held(until: now + .seconds(1)), true)
            }
            switch state.breaker.state {
            case .open(let until): return (.held(until: until), false)
            case .halfOpen: return (.held(until: now + .seconds(1)), false)
            case .closed:
                let moment =
                    tokens.map { state.window.take(tokens: $0, now: now) } ?? state.window.opens(now: now)
                guard let moment else { return (nil, false) }
                return (.throttled(retryAfter: max(.milliseconds(1), moment - now)), false)
            }
        }
        if isProbe { show(.halfOpen) }
        if let fault { throw fault }
    }

    /// The probe. What it is told about the text does not matter: a provider that talks to us is well.
    private func find() async {
        let fault = await probe()
        let now = clock.now
        let fraction = random.fraction()
        let after = state.withLock { state in
            if let fault, fault.isProvidersTrouble || fault == .cancelled {
                state.breaker.probeFailed(now: now, fraction: fraction)
                if case .throttled(let wait) = fault { state.window.throttled(for: wait, now: now) }
            } else {
                state.breaker.succeeded()
            }
            state.probing = nil
            return state.breaker.state
        }
        show(after)
    }

    // MARK: - Lanes

    private func lane() async throws(ModelFault) {
        if Task.isCancelled { throw .cancelled }
        let id: UInt64? = state.withLock { state in
            if state.inside < concurrency {
                state.inside += 1
                return nil
            }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { return }
        let hasLane = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return false }
                    if state.inside < concurrency {
                        state.inside += 1
                        return true
                    }
                    state.waiting.append(Waiting(id: id, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiting: Waiting? = state.withLock { state in
                guard let place = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiting.remove(at: place)
            }
            waiting?.continuation.resume(returning: false)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
        guard hasLane else { throw .cancelled }
    }

    /// Gives the lane to whoever waits longest.
    private func handOn() {
        let next: Waiting? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.inside -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }

    // MARK: - Figures

    private func show(_ breaker: CircuitBreaker.State) {
        Gauge(label: "freshet_model_provider_state", dimensions: labels).record(breaker.number)
    }

    private var labels: [(String, String)] { [("provider", name), ("purpose", purpose.rawValue)] }

    private func count(_ outcome: String) {
        Counter(label: "freshet_model_attempts_total", dimensions: labels + [("outcome", outcome)]).increment()
    }
}
