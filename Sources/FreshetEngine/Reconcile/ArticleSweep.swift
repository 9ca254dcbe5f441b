import FreshetCore
import FreshetDocuments

/// The part of a reconcile that looks after articles: no event tells of them, so they are listed whole and compared.
///
/// An article differs when the listing says another time of change or another place than its last run saw: moving it, or
/// changing who may read its folder, need not touch its own time. What a whole listing no longer names is absent like a
/// ticket; one with a gap, or one that names nothing at all, proves nothing about what it did not name.
enum ArticleSweep {
    /// Sweeps list articles, and so does a company's first backfill.
    static func isDue(in mode: Reconcile.Mode, since: Timestamp?, isFirst: Bool) -> Bool {
        switch mode {
        case .sweep: true
        case .incremental: isFirst && since == nil
        case .audit, .rebuild, .rollback: false
        }
    }

    static func isUnchanged(_ listed: ListedItem, _ known: KnownState?) -> Bool {
        guard let known, !known.isGone else { return false }
        return known.sourceUpdatedAt == listed.updatedAt && known.place == listed.place?.normalised
    }

    /// Why nothing follows from what the listing, read to its end, did not name; `nil` when something does.
    static func gap(told: String?, seen: Int, present: Int) -> String? {
        told ?? (seen == 0 && present > 0 ? "no article was listed although \(present) are on record" : nil)
    }
}

extension Reconciler {
    /// One page of the articles. They have no place in the certificate's windows, whose rows come in the order of time.
    func listArticles(_ reconcile: inout Reconcile) async throws {
        let desk = try await helpDesks.helpDesk(of: reconcile.company)
        let position = reconcile.position
        let page = try await holding(reconcile) {
            try await desk.page(of: .articles, at: position, urgency: .backfill)
        }
        let known = try await documents.known(among: page.items.map(\.item))
        var findings = Findings()
        for listed in page.items {
            let state = known[listed.item]
            if reconcile.mode == .sweep || state?.isWithheld == true { findings.present.append(listed.item) }
            if !ArticleSweep.isUnchanged(listed, state) {
                findings.marked.append(
                    .init(Mark(listed.item, cause: .reconcile, urgency: .backfill), listedAt: nil))
            }
        }
        reconcile.seen += page.items.count
        reconcile.marked += findings.marked.count
        reconcile.unchanged += page.items.count - findings.marked.count
        reconcile.apiCalls += page.calls
        reconcile.certificate.articles = (reconcile.certificate.articles ?? 0) + page.items.count
        reconcile.position = page.next
        if page.next == nil {
            let gap = ArticleSweep.gap(
                told: page.gap, seen: reconcile.certificate.articles ?? 0,
                present: try await documents.present(of: reconcile.company, kind: .article))
            reconcile.certificate.articlesGap = gap
            reconcile.reason = gap ?? reconcile.reason
            reconcile.enterNextPhase()
        }
        try await advance(reconcile, findings)
    }
}
