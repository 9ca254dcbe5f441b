package import FreshetCore
package import Logging

/// Finds what webhooks missed, by comparing the help desk's listings with what the last runs saw.
///
/// It marks and never removes: an item that a listing calls deleted or spam gets a run, and only that run's own answer
/// by id removes a point. An absence proves nothing. Its position is stored with the marks of every page, so a killed
/// reconcile goes on where it was.
package struct Reconciler: Sendable {
    private let helpDesks: any HelpDesks
    private let documents: any Documents
    private let reconciles: any Reconciles
    private let configuration: Configuration
    private let clock: any WallClock
    private let owner: String
    private let marked: @Sendable () -> Void
    private let logger: Logger

    package struct Configuration: Sendable, Equatable {
        /// How far behind its cursor a listing begins, for clocks that differ and changes that settle late.
        package var overlap: Duration
        package var lease: Duration
        package var marks: MarkPolicy

        package init(
            overlap: Duration = .seconds(600), lease: Duration = .seconds(30), marks: MarkPolicy = MarkPolicy()
        ) {
            self.overlap = overlap
            self.lease = lease
            self.marks = marks
        }
    }

    /// - Parameter marked: called after every page that marked something, to wake the worker.
    package init(
        helpDesks: any HelpDesks, documents: any Documents, reconciles: any Reconciles, configuration: Configuration,
        clock: any WallClock, random: any RandomSource, marked: @escaping @Sendable () -> Void, logger: Logger
    ) {
        self.helpDesks = helpDesks
        self.documents = documents
        self.reconciles = reconciles
        self.configuration = configuration
        self.clock = clock
        self.owner = "reconciler-" + String(random.next(), radix: 16)
        self.marked = marked
        self.logger = logger
    }

    /// Takes a waiting or abandoned reconcile, if there is one, and carries it out. `nil` when there was none.
    package func carryOutNext() async throws -> Reconcile? {
        guard let claimed = try await reconciles.claim(owner: owner, lease: configuration.lease, now: clock.now) else {
            return nil
        }
        return try await carryOut(claimed) { _ in }
    }

    /// Takes that very reconcile; `nil` when somebody else runs it or it has ended.
    package func carryOut(
        _ id: String, of company: CompanyID, progress: @Sendable (Reconcile) -> Void
    ) async throws -> Reconcile? {
        guard
            let claimed = try await reconciles.claim(
                id, of: company, owner: owner, lease: configuration.lease, now: clock.now)
        else { return nil }
        return try await carryOut(claimed, progress: progress)
    }

    private func carryOut(_ claimed: Reconcile, progress: @Sendable (Reconcile) -> Void) async throws -> Reconcile {
        var reconcile = claimed
        do {
            let desk = try await helpDesks.helpDesk(of: reconcile.company)
            let since = try await beginning(of: reconcile)
            while let listing = listing(of: reconcile, since: since) {
                let position = reconcile.position
                let page = try await holding(reconcile) {
                    try await desk.page(of: listing, at: position, urgency: .backfill)
                }
                let marks = try await compare(page, &reconcile)
                step(&reconcile, page)
                let now = clock.now
                try await reconciles.advance(
                    reconcile, marking: marks, policy: configuration.marks, owner: owner,
                    leaseUntil: now + configuration.lease, now: now)
                if !marks.isEmpty { marked() }
                progress(reconcile)
            }
            reconcile.state = .complete
        } catch let error as UpstreamError {
            // What was marked stays marked; the next reconcile begins at the old cursor, so nothing is skipped.
            reconcile.state = .failed
            reconcile.failed += 1
            reconcile.reason = error.description
            logger.error(
                "reconcile failed", metadata: ["company": "\(reconcile.company)", "reason": "\(error.description)"])
        }
        reconcile.endedAt = clock.now
        try await reconciles.finish(reconcile, owner: owner, now: clock.now)
        progress(reconcile)
        return reconcile
    }

    /// Keeps the lease while `work` waits for its turn at the help desk, which may take minutes; stops it when the lease
    /// is lost.
    private func holding(
        _ reconcile: Reconcile, _ work: @escaping @Sendable () async throws -> ListingPage
    ) async throws -> ListingPage {
        try await withThrowingTaskGroup(of: ListingPage?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                while true {
                    try await clock.sleep(for: configuration.lease / 3)
                    let until = clock.now + configuration.lease
                    guard
                        try await reconciles.renew(reconcile.id, of: reconcile.company, owner: owner, until: until)
                    else { return nil }
                }
            }
            defer { group.cancelAll() }
            guard let page = try await group.next() ?? nil else { throw StoreError.staleFence }
            return page
        }
    }

    private func beginning(of reconcile: Reconcile) async throws -> Timestamp {
        if let since = reconcile.since { return since }
        if reconcile.mode == .incremental, let cursor = try await reconciles.cursor(of: reconcile.company) {
            return max(.epoch, cursor - configuration.overlap)
        }
        return .epoch
    }

    private func listing(of reconcile: Reconcile, since: Timestamp) -> Listing? {
        switch reconcile.phase {
        case .changed: .changed(since: since)
        case .deleted: .deleted
        case .spam: .spam
        case .done: nil
        }
    }

    /// Counts the page into `reconcile` and says which of its items need a run.
    private func compare(_ page: ListingPage, _ reconcile: inout Reconcile) async throws -> [Mark] {
        let known = try await documents.known(among: page.items.map(\.item))
        var marks: [Mark] = []
        for listed in page.items {
            let state = known[listed.item]
            switch reconcile.phase {
            case .changed:
                reconcile.seen += 1
                reconcile.nextCursor = max(reconcile.nextCursor ?? .epoch, listed.updatedAt)
                if let state, !state.isGone, state.sourceUpdatedAt == listed.updatedAt {
                    reconcile.unchanged += 1
                } else {
                    reconcile.marked += 1
                    marks.append(Mark(listed.item, cause: .reconcile, urgency: .backfill))
                }
            case .deleted, .spam:
                // Unknown items in the trash were never in the index: nothing to do.
                if let state, !state.isGone {
                    reconcile.removed += 1
                    marks.append(Mark(listed.item, cause: .reconcile, urgency: .backfill))
                }
            case .done: break
            }
        }
        return marks
    }

    private func step(_ reconcile: inout Reconcile, _ page: ListingPage) {
        reconcile.apiCalls += page.calls
        if let moment = page.omission {
            reconcile.failed += 1
            reconcile.reason = "the help desk does not list everything changed at \(moment)"
        }
        reconcile.position = page.next
        guard page.next == nil else { return }
        switch reconcile.phase {
        case .changed: reconcile.phase = .deleted
        case .deleted: reconcile.phase = .spam
        case .spam, .done: reconcile.phase = .done
        }
    }
}
