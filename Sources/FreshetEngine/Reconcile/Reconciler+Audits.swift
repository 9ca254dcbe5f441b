import FreshetCore

/// The two directions of an audit, a page a step.
extension Reconciler {
    func auditRecords(_ reconcile: inout Reconcile) async throws {
        let (page, last) = try await auditor.auditRecords(
            of: reconcile.company, after: reconcile.position.flatMap { Item($0, of: reconcile.company) },
            repairs: true, rebuilds: reconcile.certificate.rebuilds)
        count(page, &reconcile)
        reconcile.position = last.map { ListingPosition($0) }
        if last == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    func auditPoints(_ reconcile: inout Reconcile) async throws {
        let page = try await auditor.auditPoints(of: reconcile.company, at: reconcile.position, repairs: true)
        count(page, &reconcile)
        reconcile.position = page.next
        if page.next == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    func count(_ page: Auditor.Page, _ reconcile: inout Reconcile) {
        reconcile.seen += page.checked
        reconcile.certificate.audit = (reconcile.certificate.audit ?? AuditCounts()) + page.counts
    }
}
