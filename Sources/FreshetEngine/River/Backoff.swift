import FreshetCore

/// When to try again: exponential with full jitter, capped (Brooker, "Exponential Backoff And Jitter", 2015).
package struct Backoff: Sendable, Equatable {
    package var first: Duration
    package var cap: Duration

    package init(first: Duration = .seconds(2), cap: Duration = .seconds(900)) {
        precondition(first > .zero && cap >= first)
        self.first = first
        self.cap = cap
    }

    /// - Parameters:
    ///   - attempt: from 1.
    ///   - fraction: uniform in 0..<1.
    /// - Returns: between a twentieth and the whole of `first` × 2^(attempt - 1), never above `cap`.
    package func delay(attempt: Int, fraction: Double) -> Duration {
        let doublings = min(max(0, attempt - 1), 30)
        let ceiling = min(Double(cap.milliseconds), Double(first.milliseconds) * Double(1 << doublings))
        return .milliseconds(Int64(max(ceiling / 20, ceiling * fraction)))
    }
}
