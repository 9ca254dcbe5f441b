import FreshetCore
import Logging
import Synchronization

/// One log line for each answer that is no success, but never more than a flood can fill a disk with.
///
/// A burst of `capacity` lines passes, then `perSecond` on average; what was left out is counted on the next line.
final class RefusalLog: Sendable {
    private struct State {
        var tokens: Double
        var refilledAt: Timestamp
        var suppressed = 0
    }

    private let logger: Logger
    private let capacity: Double
    private let perSecond: Double
    private let state: Mutex<State>

    init(logger: Logger, capacity: Double = 100, perSecond: Double = 5, now: Timestamp) {
        self.logger = logger
        self.capacity = capacity
        self.perSecond = perSecond
        state = Mutex(State(tokens: capacity, refilledAt: now))
    }

    /// Every value is our own word or was checked against a grammar, so no line holds text of a request.
    func note(
        status: Int, reason: String, company: CompanyID?, sender: NetworkAddress?, requestID: String, now: Timestamp
    ) {
        let suppressed: Int? = state.withLock { state in
            let elapsed = max(0, (now - state.refilledAt).seconds)
            state.tokens = min(capacity, state.tokens + elapsed * perSecond)
            state.refilledAt = now
            guard state.tokens >= 1 else {
                state.suppressed += 1
                return nil
            }
            state.tokens -= 1
            let suppressed = state.suppressed
            state.suppressed = 0
            return suppressed
        }
        guard let suppressed else { return }
        var metadata: Logger.Metadata = [
            "status": "\(status)", "reason": "\(reason)", "request": "\(requestID)",
        ]
        if let company { metadata["company"] = "\(company)" }
        if let sender { metadata["sender"] = "\(sender)" }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.info("request refused", metadata: metadata)
    }
}
