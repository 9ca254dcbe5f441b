package import FreshetCore

/// Ready means that what is marked becomes searchable; if it does not, the answer names the part where it stalls.
///
/// - `store`: it does not answer or refuses writes; `intake`: webhooks cannot be stored, or the backlog is full.
/// - `ledger`: urgent marks have been due for longer than the patience and nobody claims them: no worker runs.
/// - `fetch`: the same, because help desks do not answer. Of one among many companies that is a note only: a tenant whose
///   help desk is down must not take the service from the others.
/// - `models`, `index`: three items in a row have failed there, or a run has been there for longer than the patience; an
///   index that does not answer counts at once.
///
/// Paused companies wait on purpose and are not counted.
package struct RiverReadiness: ReadinessCheck {
    private let ledger: any Ledger
    private let companies: any Companies
    private let backlog: BacklogGauge
    private let health: Health
    private let index: any SearchIndex
    private let clock: any WallClock
    /// An urgent mark that is due may wait this long before the river counts as stalled.
    private let patience: Duration

    package init(
        ledger: any Ledger, companies: any Companies, backlog: BacklogGauge, health: Health,
        index: any SearchIndex, clock: any WallClock, patience: Duration = .seconds(300)
    ) {
        self.ledger = ledger
        self.companies = companies
        self.backlog = backlog
        self.health = health
        self.index = index
        self.clock = clock
        self.patience = patience
    }

    package func readiness() async -> Readiness {
        var readiness = Readiness(parts: ["store": String?.none, "intake": nil, "ledger": nil])
        for stage in RiverStage.allCases { readiness.parts.updateValue(nil, forKey: stage.rawValue) }
        do {
            try await judgeMarks(&readiness)
        } catch {
            readiness.parts["store"] = "the store does not answer"
        }
        if health.storeIsFailing { readiness.parts["store"] = "the store refuses writes" }
        if health.intakeIsFailing {
            readiness.parts["intake"] = "webhooks cannot be stored"
        } else if backlog.isFull {
            readiness.parts["intake"] = "more is waiting than webhooks.max_backlog allows"
        }
        for stage in [RiverStage.models, .index] where health.isBlocked(stage) {
            readiness.parts[stage.rawValue] = "three items in a row have failed here"
        }
        do throws(UpstreamError) { try await index.check() } catch {
            // The probe is open to everybody: not where the index is.
            readiness.parts["index"] = "the index cannot be used now (\(error.label))"
        }
        return readiness
    }

    private func judgeMarks(_ readiness: inout Readiness) async throws {
        let limit = clock.now - patience
        let active = try await companies.all().filter { !$0.isPaused }.map(\.id)
        let backlogs = try await ledger.backlog(of: nil)
        let troubled = Set(health.troubled)
        var silent = 0
        var unclaimed = 0
        var stuck: [RiverStage: Int] = [:]
        for company in active {
            let inStage = health.stuck(company, since: limit)
            stuck.merge(inStage, uniquingKeysWith: +)
            guard let due = backlogs[company]?.urgentDueSince, due < limit else {
                // Its probes hold what is due; that nothing comes of them is known all the same.
                if troubled.contains(company), (backlogs[company]?.urgent ?? 0) > 0,
                    let oldest = backlogs[company]?.oldestMark, oldest < limit
                {
                    silent += 1
                }
                continue
            }
            if troubled.contains(company) {
                silent += 1
            } else if inStage.isEmpty {
                unclaimed += 1
            }
        }
        if unclaimed > 0 {
            readiness.parts["ledger"] =
                "\(count(unclaimed)) marks that have been due for more than \(seconds) s, and nobody claims them"
        }
        for (stage, runs) in stuck {
            readiness.parts[stage.rawValue] = "\(runs) runs have been here for more than \(seconds) s"
        }
        guard silent > 0 else { return }
        let finding = "the help desks of \(silent) of \(active.count) companies do not answer, and marks wait for them"
        if silent * 2 > active.count {
            readiness.parts["fetch"] = finding
        } else {
            readiness.notes["fetch"] = finding
        }
    }

    private var seconds: Int { Int(patience.seconds.rounded()) }

    private func count(_ companies: Int) -> String { companies == 1 ? "1 company has" : "\(companies) companies have" }
}
