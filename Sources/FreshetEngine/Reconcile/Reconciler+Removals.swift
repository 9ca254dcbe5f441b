import FreshetCore

/// What may be gone: proposed without believing it, judged together at the end.
extension Reconciler {
    /// Proposes what is on record and was listed nowhere, for a run to ask by id. A listing without a single row is no
    /// listing: then nothing is proposed at all.
    func goThroughAbsent(_ reconcile: inout Reconcile) async throws {
        if reconcile.seen == reconcile.certificate.articles ?? 0 {
            let present = try await documents.present(of: reconcile.company, kind: .ticket)
            guard present == 0 else { throw ListingRefused(known: present) }
        }
        let absent = try await reconciles.absent(
            from: reconcile, kinds: reconcile.sweptKinds,
            after: reconcile.position.flatMap { Item($0, of: reconcile.company) }, limit: Self.absentPage)
        let vanished = absent.filter { !$0.isArchived }
        reconcile.certificate.absent += vanished.count
        reconcile.certificate.archived += absent.count - vanished.count
        reconcile.removed += vanished.count
        reconcile.position = absent.last.map { ListingPosition($0.item) }
        if absent.count < Self.absentPage { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings(removals: vanished.map { .init($0.item, proof: .absent) }))
    }

    func judge(_ reconcile: inout Reconcile) async throws {
        let cap = configuration.cap.removals(of: try await documents.present(of: reconcile.company, kind: nil))
        let now = clock.now
        let (judged, isDone) = try await reconciles.judge(
            reconcile, cap: cap, policy: configuration.marks, owner: owner, leaseUntil: now + configuration.lease,
            now: now)
        reconcile = judged
        if reconcile.withheld > 0 {
            reconcile.alarm =
                "\(reconcile.withheld) removals are withheld, more than \(cap) at once need a person:"
                + " `freshet reconcile \(reconcile.company) --release \(reconcile.id)`"
        } else if reconcile.removed > 0 {
            marked()
        }
        if isDone { reconcile.enterNextPhase() }
    }
}

/// How many removals one reconcile may bring about without a person: the larger of the two.
package struct RemovalCap: Sendable, Equatable {
    /// Of what is on record as present, 0...100.
    package var percent: Double
    package var items: Int

    package init(percent: Double = 5, items: Int = 25) {
        self.percent = percent
        self.items = items
    }

    package func removals(of present: Int) -> Int { max(items, Int(Double(present) * percent / 100)) }
}

/// A help desk that lists nothing at all, although much of it is on record.
struct ListingRefused: Error, CustomStringConvertible {
    var known: Int
    var description: String {
        "the help desk listed nothing although \(known) items are on record; nothing was removed"
    }
}
