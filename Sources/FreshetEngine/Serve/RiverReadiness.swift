package import FreshetCore

/// Ready means: the store answers, and what was marked long ago does not still wait while nobody is to blame upstream.
package struct RiverReadiness: ReadinessCheck {
    private let ledger: any Ledger
    private let health: Health
    private let clock: any WallClock
    /// An urgent mark may wait this long before the river counts as stalled.
    private let patience: Duration

    package init(ledger: any Ledger, health: Health, clock: any WallClock, patience: Duration = .seconds(300)) {
        self.ledger = ledger
        self.health = health
        self.clock = clock
        self.patience = patience
    }

    package func readiness() async -> Readiness {
        var parts: [String: String?] = ["store": String?.none, "river": String?.none]
        do {
            let backlogs = try await ledger.backlog(of: nil)
            let troubled = Set(health.troubled)
            let stalled = backlogs.filter { company, backlog in
                guard !troubled.contains(company), backlog.urgent > 0, let oldest = backlog.oldestMark else {
                    return false
                }
                return clock.now - oldest > patience
            }
            if !stalled.isEmpty {
                parts["river"] = "\(stalled.count) companies have marks older than \(Int(patience.seconds)) s"
            }
        } catch {
            parts["store"] = "the store does not answer"
        }
        if health.storeIsFailing { parts["store"] = "the store refuses writes" }
        return Readiness(parts: parts)
    }
}
