package import FreshetCore

/// Says what a reconcile would do. Reads the help desk's listings and the record, and writes nothing.
package struct Planner: Sendable {
    private let helpDesks: any HelpDesks
    private let documents: any Documents
    private let reconciles: any Reconciles
    private let configuration: Reconciler.Configuration
    private let clock: any WallClock
    private let forecast: CostForecast

    package init(
        helpDesks: any HelpDesks, documents: any Documents, reconciles: any Reconciles,
        configuration: Reconciler.Configuration, clock: any WallClock, forecast: CostForecast
    ) {
        self.helpDesks = helpDesks
        self.documents = documents
        self.reconciles = reconciles
        self.configuration = configuration
        self.clock = clock
        self.forecast = forecast
    }

    /// - Parameter progress: told after every page how many rows were seen.
    package func plan(
        _ order: ReconcileOrder, for company: Company, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> ReconcilePlan {
        var draft = Draft(now: clock.now)
        let desk = try await helpDesks.helpDesk(of: company.id)
        let standing = try await reconciles.progress(of: company.id)
        let since = Comparison(standing, since: order.since, mode: order.mode, configuration).since
        draft.listedTo = since
        for listing in [Listing.changed(since: since), .deleted, .spam] {
            try await go(through: listing, desk, &draft, progress)
        }
        let tickets = draft.seen
        var kinds = Reconcile.sweptKinds
        if ArticleSweep.isDue(in: order.mode, since: order.since, isFirst: standing == nil) {
            let told = try await go(through: .articles, desk, &draft, progress)
            let gap = ArticleSweep.gap(
                told: told, seen: draft.seen - tickets,
                present: try await documents.present(of: company.id, kind: .article))
            if gap != nil { kinds.remove(.article) }
        }
        let present = try await documents.present(of: company.id, kind: nil)
        if order.mode == .sweep {
            let knownTickets = try await documents.present(of: company.id, kind: .ticket)
            if tickets == 0, knownTickets > 0 { throw ListingRefused(known: knownTickets) }
            try await lookForAbsent(company.id, kinds, desk, &draft)
        }
        draft.addUnread(forecast)
        let removals = draft.steps.count { $0.action == .remove || $0.action == .check }
        return ReconcilePlan(
            company: company.id, platform: company.platform, mode: order.mode, since: order.since,
            madeAt: draft.startedAt, listedTo: draft.listedTo, seen: draft.seen, unchanged: draft.unchanged,
            withholdsRemovals: removals > configuration.cap.removals(of: present),
            calls: ReconcilePlan.Calls(
                listing: draft.listingCalls, reading: draft.steps.reduce(0) { $0 + $1.apiCalls }),
            callsPerMinute: desk.callsPerMinute, tokens: draft.tokens,
            money: draft.money.map { Double($0) / 1_000_000 }, currency: forecast.currency, gated: draft.gated,
            steps: draft.steps)
    }

    private struct Draft {
        var startedAt: Timestamp
        var listedTo = Timestamp.epoch
        var seen = 0
        var unchanged = 0
        var listingCalls = 0
        var tokens = 0
        /// In millionths; `nil` once something has no price.
        var money: Int64? = 0
        /// Items that the gate keeps from the paid summariser.
        var gated = 0
        /// Items whose text is on record, and the tokens in them; and how many nobody has read yet.
        var read = (items: 0, tokens: 0)
        var unread = 0
        var steps: [ReconcilePlan.Step] = []
        var listed: Set<Item> = []

        init(now: Timestamp) { startedAt = now }

        mutating func add(_ estimate: CostForecast.Estimate) {
            tokens += estimate.tokens
            money = estimate.money.flatMap { cost in money.map { $0 + cost } }
            gated += estimate.isGated ? 1 : 0
        }

        /// What nobody has read is taken to be as long as what is on record, or as tickets usually are.
        mutating func addUnread(_ forecast: CostForecast) {
            let usual = read.items >= 5 ? read.tokens / read.items : Planner.usualTokens
            for _ in 0..<unread { add(forecast.estimate(tokens: usual)) }
        }
    }

    /// The gap that the listing tells of, if there is one.
    @discardableResult
    private func go(
        through listing: Listing, _ desk: any HelpDesk, _ draft: inout Draft, _ progress: @Sendable (Int) -> Void
    ) async throws -> String? {
        var position: ListingPosition?
        var gap: String?
        repeat {
            try Task.checkCancellation()
            let page = try await desk.page(of: listing, at: position, urgency: .backfill)
            draft.listingCalls += page.calls
            let known = try await documents.known(among: page.items.map(\.item))
            for listed in page.items where draft.listed.insert(listed.item).inserted {
                switch listing {
                case .changed: try await consider(listed, known[listed.item], desk, &draft)
                case .deleted: remove(listed, known[listed.item], .deleted, desk, &draft)
                case .spam: remove(listed, known[listed.item], .spam, desk, &draft)
                case .articles: try await consider(listed, known[listed.item], desk, &draft)
                }
            }
            position = page.next
            gap = page.gap
            progress(draft.seen)
        } while position != nil
        return gap
    }

    private func consider(
        _ listed: ListedItem, _ state: KnownState?, _ desk: any HelpDesk, _ draft: inout Draft
    ) async throws {
        draft.seen += 1
        let isTicket = listed.item.kind == .ticket
        if isTicket { draft.listedTo = max(draft.listedTo, listed.updatedAt) }
        let isUnchanged =
            isTicket
            ? state?.isUnchanged(at: listed.updatedAt) ?? false
            : ArticleSweep.isUnchanged(listed, state)
        if isUnchanged {
            draft.unchanged += 1
            return
        }
        let document = try await documents.record(of: listed.item)?.document
        draft.steps.append(
            ReconcilePlan.Step(
                item: listed.item.name, action: state == nil || state?.isGone == true ? .create : .update,
                listedAt: listed.updatedAt, knownAt: state?.sourceUpdatedAt,
                apiCalls: desk.callsToRead(
                    isTicket ? .present(messages: document?.conversations.count) : .article)))
        guard let document else {
            draft.unread += 1
            return
        }
        draft.read.items += 1
        draft.read.tokens += CostForecast.tokens(document)
        draft.add(forecast.estimate(document))
    }

    private func remove(
        _ listed: ListedItem, _ state: KnownState?, _ proof: Findings.Proof, _ desk: any HelpDesk, _ draft: inout Draft
    ) {
        guard let state, state.isPresent, !state.isWithheld else { return }
        draft.steps.append(
            ReconcilePlan.Step(
                item: listed.item.name, action: .remove, listedAt: listed.updatedAt, knownAt: state.sourceUpdatedAt,
                proof: proof, apiCalls: desk.callsToRead(.inTrash)))
    }

    /// Everything on record, page by page, less what was listed.
    private func lookForAbsent(
        _ company: CompanyID, _ kinds: Set<ItemKind>, _ desk: any HelpDesk, _ draft: inout Draft
    ) async throws {
        let nobody = Reconcile(
            id: "plan", company: company, mode: .sweep, since: nil, requestedAt: draft.startedAt)
        var last: Item?
        while true {
            let page = try await reconciles.absent(
                from: nobody, kinds: kinds, after: last, limit: Self.absentPage)
            for absent in page where !absent.isArchived && !draft.listed.contains(absent.item) {
                draft.steps.append(
                    ReconcilePlan.Step(
                        item: absent.item.name, action: .check, proof: .absent, apiCalls: desk.callsToRead(.absent)))
            }
            guard page.count == Self.absentPage, let end = page.last else { return }
            last = end.item
        }
    }

    /// Where too little is on record to tell.
    private static let usualTokens = 500
    private static let absentPage = 500
}
