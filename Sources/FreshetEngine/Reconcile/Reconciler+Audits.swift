import FreshetCore

/// The two directions of an audit, a page a step: first looked at, then repaired. What could not be read to its end
/// repairs nothing.
extension Reconciler {
    func auditRecords(_ reconcile: inout Reconcile, repairs: Bool) async throws {
        let (page, last) = try await auditor.auditRecords(
            of: reconcile.company, after: reconcile.position.flatMap { Item($0, of: reconcile.company) },
            repairs: repairs)
        count(page, &reconcile, repairs: repairs)
        reconcile.position = last.map { ListingPosition($0) }
        if last == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    func auditPoints(_ reconcile: inout Reconcile, repairs: Bool) async throws {
        let page = try await auditor.auditPoints(of: reconcile.company, at: reconcile.position, repairs: repairs)
        count(page, &reconcile, repairs: repairs)
        reconcile.position = page.next
        if page.next == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    /// Repairing finds again what is counted already.
    private func count(_ page: Auditor.Page, _ reconcile: inout Reconcile, repairs: Bool) {
        let known = reconcile.certificate.audit ?? AuditCounts()
        guard repairs else {
            reconcile.seen += page.checked
            reconcile.certificate.audit = known + page.counts
            let named = reconcile.certificate.auditFindings ?? []
            if !page.findings.isEmpty, named.count < Self.mostFindings {
                reconcile.certificate.auditFindings =
                    named + page.findings.prefix(Self.mostFindings - named.count)
            }
            return
        }
        reconcile.certificate.audit =
            known + AuditCounts(unknown: page.counts.unknown, repaired: page.counts.repaired)
    }

    /// Named in a certificate; more are only counted.
    private static var mostFindings: Int { 500 }
}

extension Reconcile {
    private var isReadToTheEnd: Bool { certificate.audit?.unknown == 0 }

    /// Whether there are points to write anew.
    var wantsRecordsRepaired: Bool {
        guard isReadToTheEnd, let audit = certificate.audit else { return false }
        return audit.missing + audit.stale > 0
    }

    /// Whether there are points to remove.
    var wantsPointsRepaired: Bool { isReadToTheEnd && (certificate.audit?.orphan ?? 0) > 0 }
}
