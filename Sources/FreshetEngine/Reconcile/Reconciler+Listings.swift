import FreshetCore

/// Reading the listings and holding each row against what the last run saw.
extension Reconciler {
    /// - Parameter planned: what is marked already, with the times of change that the plan was made for.
    func listPage(
        _ listing: Listing, _ planned: [Item: Timestamp?], _ reconcile: inout Reconcile
    ) async throws {
        let desk = try await helpDesks.helpDesk(of: reconcile.company)
        let position = reconcile.position
        let page = try await holding(reconcile) {
            try await desk.page(of: listing, at: position, urgency: .backfill)
        }
        let known = try await documents.known(among: page.items.map(\.item))
        let findings =
            switch listing {
            case .changed: try await compare(page, known, planned, &reconcile)
            case .deleted: Self.propose(page, known, as: .deleted, planned, &reconcile)
            case .spam: Self.propose(page, known, as: .spam, planned, &reconcile)
            case .articles: preconditionFailure("articles have a step of their own")
            }
        reconcile.apiCalls += page.calls
        if let moment = page.omission {
            reconcile.failed += 1
            reconcile.certificate.omissions.append(moment)
            reconcile.reason = "the help desk does not list everything changed at \(moment)"
        }
        reconcile.position = page.next
        if page.next == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, findings)
    }

    /// Counts a page of what is there into `reconcile` and says which of its items need a run.
    func compare(
        _ page: ListingPage, _ known: [Item: KnownState], _ planned: [Item: Timestamp?], _ reconcile: inout Reconcile
    ) async throws -> Findings {
        var findings = Findings()
        var rows: [Certificate.Row] = []
        for listed in page.items {
            reconcile.nextCursor = max(reconcile.nextCursor ?? .epoch, listed.updatedAt)
            if let plan = planned[listed.item] {
                // Listed again only because the plan's last second is.
                if plan == listed.updatedAt { continue }
                reconcile.certificate.replanned.append(listed.item)
            }
            let state = known[listed.item]
            let isUnchanged = state?.isUnchanged(at: listed.updatedAt) ?? false
            if !isUnchanged {
                findings.marked.append(
                    .init(Mark(listed.item, cause: .reconcile, urgency: .backfill), listedAt: listed.updatedAt))
            }
            if reconcile.mode == .sweep || state?.isWithheld == true { findings.present.append(listed.item) }
            rows.append(Certificate.Row(at: listed.updatedAt, isMarked: !isUnchanged))
        }
        reconcile.seen += rows.count
        reconcile.marked += findings.marked.count
        reconcile.unchanged += rows.count - findings.marked.count
        reconcile.certificate.add(rows, hidden: page.hidden)
        try await meter(page, &reconcile)
        return findings
    }

    /// Counts the changes whose webhook should have come by now, and those of them that no webhook had announced.
    func meter(_ page: ListingPage, _ reconcile: inout Reconcile) async throws {
        guard let from = reconcile.certificate.judgedFrom, let to = reconcile.certificate.judgedTo else { return }
        let changed = page.items.filter { $0.updatedAt > from && $0.updatedAt <= to }
        guard !changed.isEmpty else { return }
        let announced = try await reconciles.announcements(of: changed.map(\.item))
        reconcile.changes += changed.count
        reconcile.missed += changed.count { change in
            guard let moment = announced[change.item] else { return true }
            return moment < change.updatedAt - configuration.meter.skew
        }
    }

    /// Of what is listed in the trash or as spam, what is on record as present is proposed for removal. Others were never
    /// in the index: nothing to do.
    private static func propose(
        _ page: ListingPage, _ known: [Item: KnownState], as proof: Findings.Proof, _ planned: [Item: Timestamp?],
        _ reconcile: inout Reconcile
    ) -> Findings {
        var findings = Findings()
        for listed in page.items {
            guard let state = known[listed.item], state.isPresent else { continue }
            if reconcile.mode == .sweep { findings.inTrash.append(listed.item) }
            guard !state.isWithheld, planned[listed.item] == nil else { continue }
            reconcile.removed += 1
            findings.removals.append(.init(listed.item, proof: proof))
        }
        return findings
    }
}
