import FreshetCore

/// Carrying out what a dry run found.
extension Reconciler {
    /// Marks what the plan says, but for what a run has brought up to date since. Removals are proposed, and judged like
    /// any other.
    func markSteps(of plan: ReconcilePlan?, _ reconcile: inout Reconcile) async throws -> [Item: Timestamp?] {
        guard let plan else { return [:] }
        var planned: [Item: Timestamp?] = [:]
        var steps = plan.steps[...]
        while !steps.isEmpty {
            let batch = steps.prefix(Self.absentPage)
            steps = steps.dropFirst(batch.count)
            let items = batch.compactMap { step in plan.item(of: step).map { (step, $0) } }
            let known = try await documents.known(among: items.map(\.1))
            var findings = Findings()
            for (step, item) in items {
                planned[item] = .some(step.listedAt)
                if let state = known[item], state.sourceUpdatedAt != step.knownAt || state.isPending {
                    reconcile.certificate.replanned.append(item)
                    planned[item] = nil
                    continue
                }
                switch step.action {
                case .create, .update:
                    reconcile.marked += 1
                    findings.marked.append(
                        .init(Mark(item, cause: .reconcile, urgency: .backfill), listedAt: step.listedAt))
                case .remove, .check:
                    guard let state = known[item], state.isPresent, !state.isWithheld else { continue }
                    reconcile.removed += 1
                    findings.removals.append(.init(item, proof: step.proof ?? .absent))
                }
            }
            try await advance(reconcile, findings)
        }
        return planned
    }
}
