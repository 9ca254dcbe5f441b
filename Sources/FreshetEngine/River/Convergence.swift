package import FreshetCore
import FreshetDocuments

/// Makes the index agree with the help desk about one item: fetch ▸ merge ▸ fingerprint ▸ summarise ▸ embed ▸ upsert.
///
/// Safe to repeat at any point: what models made is kept before it is used, the index is written before the document is
/// recorded, and the record is the last thing that happens. So a crash does work again but never pays again, and never
/// claims what is not in the index. What an unfinished run may have left in the index is written over by the next one,
/// also where the help desk stands again as recorded. Throws only for faults of our own, such as a full disk or a lost fence; what goes
/// wrong upstream comes back as a report.
package struct Convergence: Sendable {
    private let helpDesks: any HelpDesks
    private let documents: any Documents
    private let models: PaidModels
    private let index: SlottedIndex
    private let policy: ContentPolicy
    private let verdicts: Verdicts
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let health: Health
    private let seen: RecentlySeen

    package init(
        helpDesks: any HelpDesks, documents: any Documents, models: PaidModels, index: SlottedIndex,
        policy: ContentPolicy, verdicts: Verdicts, clock: any WallClock, metrics: RiverMetrics,
        health: Health = Health(), seen: RecentlySeen = RecentlySeen()
    ) {
        self.helpDesks = helpDesks
        self.documents = documents
        self.models = models
        self.index = index
        self.policy = policy
        self.verdicts = verdicts
        self.clock = clock
        self.metrics = metrics
        self.health = health
        self.seen = seen
    }

    package func carryOut(_ run: Run) async throws -> RunReport {
        let started = clock.now
        var cost = RunCost()
        var sight = Sight()
        var report: RunReport
        do {
            let known = try await documents.record(of: run.item)
            // Before anybody is asked.
            if known?.isErased == true { return try await leaveErased(run) }
            // Nobody has named it since it was put off: without budget there is nothing to ask the help desk for.
            if run.isDeferred,
                let obstacle = try await models.obstacle(
                    to: value(of: run, known?.document?.metadata), for: run.item.company)
            {
                return verdicts.report(on: obstacle, of: run)
            }
            let fetched = try await fetch(run)
            cost.apiCalls = fetched.calls
            report =
                switch fetched.state {
                case .gone(let gone): try await remove(known, gone, run)
                case .present(let ticket):
                    try await take(Document(merging: ticket), readAfter: started, known: known, run, &cost, &sight)
                case .article(let article):
                    try await agree(
                        with: Document(merging: article), readAfter: started, known: known, run, &cost, &sight)
                }
        } catch let error as UpstreamError {
            metrics.upstreamFailed(error)
            report = verdicts.report(on: error, of: run, now: clock.now)
            report.isStale = sight.isBehind
        } catch let obstacle as BudgetObstacle {
            report = verdicts.report(on: obstacle, of: run)
            report.isStale = sight.isBehind
        }
        cost.milliseconds = max(0, (clock.now - started).milliseconds)
        report.cost = cost
        return report
    }

    private func fetch(_ run: Run) async throws -> Fetched {
        let started = clock.now
        health.entered(.fetch, run.item, at: started)
        defer { metrics.step("fetch", took: clock.now - started) }
        return try await helpDesks.helpDesk(of: run.item.company).fetch(run.item, urgency: run.urgency)
    }

    /// A ticket of somebody who was erased is erased, too.
    private func take(
        _ document: Document, readAfter moment: Timestamp, known: DocumentRecord?, _ run: Run, _ cost: inout RunCost,
        _ sight: inout Sight
    ) async throws -> RunReport {
        guard try await documents.isErased(document) else {
            return try await agree(with: document, readAfter: moment, known: known, run, &cost, &sight)
        }
        var report = RunReport(run: run, outcome: .excluded, reason: Erasure.reason)
        if known?.state == .indexed || run.followsUnfinished { report.slots = try await removePoint(run) }
        report.document = DocumentRecord(
            item: run.item, state: .excluded, reason: Erasure.reason, generation: run.fence, recordedAt: clock.now)
        return report
    }

    /// Whoever asked for the run: nothing of the item comes back.
    private func leaveErased(_ run: Run) async throws -> RunReport {
        if run.followsUnfinished { _ = try await removePoint(run) }
        return RunReport(run: run, outcome: .excluded, reason: Erasure.reason)
    }

    /// The item is there: find out what changed, and do the least that makes the index agree.
    private func agree(
        with document: Document, readAfter moment: Timestamp, known: DocumentRecord?, _ run: Run,
        _ cost: inout RunCost, _ sight: inout Sight
    ) async throws -> RunReport {
        let content = document.content(followsResolution: policy.followsResolution)
        let prints = Fingerprints(of: document, followsResolution: policy.followsResolution)
        let changes = document.changes(since: known?.document)
        var report = RunReport(run: run, outcome: .unchanged, changedAt: document.metadata.updatedAt)
        report.sourceUpdatedAt = settled(document.metadata.updatedAt, readAfter: moment)

        if let reason = policy.exclusion(of: document) {
            if let known, known.state == .excluded, known.reason == reason, prints.difference(from: known) == .nothing,
                !run.followsUnfinished
            {
                return report
            }
            if known?.state == .indexed || run.followsUnfinished { report.slots = try await removePoint(run) }
            if policy.gate.excludes, known?.state != .excluded, let gate = policy.gate.reason(against: document) {
                models.kept(out: gate, for: run.item.company)
            }
            report.outcome = .excluded
            report.reason = reason
            report.changes = changes
            report.document = record(document, nil, prints, state: .excluded, reason: reason, run)
            return report
        }

        let gate = policy.gate.reason(against: document)
        let open = try await index.open(run.item.company)
        let recorded = current(known, past: gate, open.serving)
        if !run.followsUnfinished, let current = recorded, let summary = current.summary {
            switch prints.difference(from: current) {
            case .nothing:
                return report
            case .facets:
                guard let slots = try await relabel(document, prints, open, run) else { break }
                report.outcome = .relabelled
                report.slots = slots
                report.changes = changes
                report.document = record(
                    document, summary, prints, by: current.summariser, vectorBy: current.embedder,
                    standIn: current.standIn, run)
                return report
            case .content: break
            }
        }

        sight.isBehind = known?.state == .indexed && known?.contentHash != prints.content
        // What was paid for is not given up for a built-in one.
        let isPaidFor =
            recorded?.contentHash == prints.content && recorded?.standIn == nil
            && recorded?.summariser == models.identity(past: nil, for: run.item.company).name
        let made: Made
        do {
            made = try await make(document, content, prints, isPaidFor ? nil : gate, known, open.serving, run, &cost)
        } catch let obstacle as BudgetObstacle {
            // What the point says of its item's state need not wait for what it says of its content.
            if known?.state == .indexed, known?.facetsHash != prints.facets {
                _ = try await relabel(document, prints, open, run)
            }
            throw obstacle
        }
        let summary = made.summary
        report.reason = made.standsInFor.map { "a stand-in by \(summary.maker ?? "?"), since \($0)" }
        guard let embedding = made.embedding else {
            // Tried again in vain: all is as it was but for the time of the next try.
            report.document = record(
                document, summary, prints, by: made.summariser, vectorBy: known?.embedder, standIn: made.standIn, run)
            return report
        }
        report.slots = try await upsert(document, made, embedding, prints, open, run, &cost)
        let isRecorded = prints.difference(from: recorded) == .nothing
        report.outcome = known?.state != .indexed ? .created : isRecorded ? .unchanged : .updated
        report.changes = known?.document == nil ? [] : changes
        report.document = record(
            document, summary, prints, by: made.summariser,
            vectorBy: embedding.vector.isEmpty ? nil : open.serving.slot.makers.embedder, standIn: made.standIn, run)
        return report
    }

    /// What a run has seen when something stops it.
    private struct Sight {
        /// The index holds an older content of the item.
        var isBehind = false
    }

    private struct Made {
        var summary: Summary
        var summariser: String
        /// What is embedded, and on which terms.
        var text = ""
        var terms = PaidModels.Terms()
        /// For the serving slot; `nil` when the point needs no other: the summary is the stand-in that is there already.
        var embedding: Embedding?
        var standIn: StandIn?
        var standsInFor: UpstreamError?
    }

    private func make(
        _ document: Document, _ content: Content, _ prints: Fingerprints, _ gate: SavedReason?,
        _ known: DocumentRecord?, _ serving: SlottedIndex.Open, _ run: Run, _ cost: inout RunCost
    ) async throws -> Made {
        health.entered(.models, run.item, at: clock.now)
        let company = run.item.company
        var terms = PaidModels.Terms(
            value: value(of: run, document.metadata), gate: gate, from: Provenance(document))
        let summary = try await models.summary(of: content, hash: prints.content, for: company, terms: terms)
        cost.summaries = summary.wasPaid ? 1 : 0
        var made = Made(
            summary: summary.value, summariser: models.identity(past: gate, for: company).name,
            standIn: standIn(summary, known, prints), standsInFor: summary.standsInFor)
        if made.standIn != nil, !run.followsUnfinished, let known, known.state == .indexed,
            known.summary == summary.value, prints.difference(from: known) == .nothing
        {
            return made
        }
        if let old = known?.document, let oldSummary = known?.summary {
            terms.replacing = embeddingText(subject: old.titles, summary: oldSummary)
        }
        let text = embeddingText(subject: document.titles, summary: summary.value)
        made.terms = terms
        made.text = text
        made.embedding = try await embedding(of: made, for: serving, company, &cost)
        return made
    }

    /// In the slot's own terms: without numbers where its embedder is not configured any more.
    private func embedding(
        of made: Made, for open: SlottedIndex.Open, _ company: CompanyID, _ cost: inout RunCost
    ) async throws -> Embedding {
        guard let embedder = open.embedder else { return Embedding(vector: []) }
        let embedding = try await models.embedding(of: made.text, by: embedder, for: company, terms: made.terms)
        cost.embeddings += embedding.wasPaid ? 1 : 0
        return embedding.value
    }

    /// Open, urgent or lately seen by an agent: that is what a short budget is kept for.
    private func value(of run: Run, _ metadata: Metadata?) -> WorkValue {
        if run.urgency == .urgent || seen.contains(run.item, at: clock.now) { return .high }
        return metadata?.stage == .open || metadata?.stage == .pending ? .high : .low
    }

    /// Tries are counted per content: what changed gets a fresh series.
    private func standIn(
        _ summary: PaidModels.Result<Summary>, _ known: DocumentRecord?, _ prints: Fingerprints
    ) -> StandIn? {
        guard let error = summary.standsInFor else { return nil }
        let before = known?.contentHash == prints.content ? known?.standIn?.tries ?? 0 : 0
        return StandInRule.next(after: before + 1, error, now: clock.now, fraction: verdicts.chance)
    }

    /// The source's time of change, once nothing more can happen under it: help desks count whole seconds, so a change
    /// right after the fetch may bear the same time. Until then it is left open, and the next reconcile looks again. What
    /// counts is when the fetch began: it may have read at once and answered late.
    private func settled(_ updatedAt: Timestamp, readAfter moment: Timestamp) -> Timestamp? {
        moment - updatedAt >= .seconds(2) ? updatedAt : nil
    }

    /// What is on record, if it is in the index and was made by the models that we would ask today. A stand-in counts as
    /// theirs until it is due to be tried again: a burst of webhooks on one item asks them no oftener.
    ///
    /// A paid summary that is there stays good where the gate would not pay for another one.
    private func current(
        _ known: DocumentRecord?, past gate: SavedReason?, _ serving: SlottedIndex.Open
    ) -> DocumentRecord? {
        guard let known, known.state == .indexed,
            // Its vector is the serving slot's, or that slot can have none now.
            known.embedder == serving.slot.makers.embedder || (known.embedder == nil && serving.embedder == nil),
            known.standIn?.isDue(at: clock.now) != true,
            !policy.renewsUnchanged || known.summariser == models.identity(past: gate, for: known.item.company).name
                || (gate != nil && known.summariser == models.identity(past: nil, for: known.item.company).name)
        else { return nil }
        return known
    }

    /// Writes to the serving slot, which must succeed, and to the others, which may fail: what they lack then is written
    /// down with the record, and made up before one of them serves. The numbers of those that have it now.
    private func write(
        _ open: SlottedIndex.OpenSlots, _ work: (SlottedIndex.Open) async throws -> Void
    ) async throws -> Set<Int> {
        try await work(open.serving)
        var written: Set = [open.serving.slot.number]
        for other in open.others {
            do {
                try await work(other)
                written.insert(other.slot.number)
            } catch let error as UpstreamError {
                metrics.upstreamFailed(error)
            } catch is BudgetObstacle {
                continue
            }
        }
        return written
    }

    /// `nil` when the index has no such point any more: then it must be made anew.
    private func relabel(
        _ document: Document, _ prints: Fingerprints, _ open: SlottedIndex.OpenSlots, _ run: Run
    ) async throws -> Set<Int>? {
        health.entered(.index, run.item, at: clock.now)
        do {
            return try await write(open) { slot in
                try await slot.index.relabel(
                    document.item, metadata: document.metadata, facetsHash: prints.facets, generation: run.fence,
                    at: clock.now)
            }
        } catch UpstreamError.refused(status: 404, _) {
            return nil
        }
    }

    private func upsert(
        _ document: Document, _ made: Made, _ embedding: Embedding, _ prints: Fingerprints,
        _ open: SlottedIndex.OpenSlots, _ run: Run, _ cost: inout RunCost
    ) async throws -> Set<Int> {
        let started = clock.now
        health.entered(.index, run.item, at: started)
        defer { metrics.step("index", took: clock.now - started) }
        return try await write(open) { slot in
            let own =
                slot.slot.number == open.serving.slot.number
                ? embedding : try await self.embedding(of: made, for: slot, run.item.company, &cost)
            try await slot.index.upsert(
                Point(
                    of: document, made.summary, contentHash: prints.content, facetsHash: prints.facets,
                    generation: run.fence, indexedAt: clock.now, embedding: own, summariser: made.summariser,
                    embedder: own.vector.isEmpty ? nil : slot.slot.makers.embedder))
        }
    }

    /// The platform itself says that the item is gone: that, and nothing less, removes a point.
    ///
    /// A removal that waits for a person's release goes on waiting where only a reconcile asked for the run. A webhook
    /// or a person that names this very item is no mass removal: then it goes.
    private func remove(_ known: DocumentRecord?, _ gone: Gone, _ run: Run) async throws -> RunReport {
        if known?.state == .removed, !run.followsUnfinished { return RunReport(run: run, outcome: .unchanged) }
        if run.cause == .reconcile || run.cause == .ingest,
            try await documents.known(among: [run.item])[run.item]?.isWithheld == true
        {
            return RunReport(
                run: run, outcome: .unchanged,
                reason: "the help desk says: \(gone.rawValue); its removal waits for a person's release",
                isWithheld: true)
        }
        let slots = try await removePoint(run)
        let reason = "the help desk says: \(gone.rawValue)"
        let record = DocumentRecord(
            item: run.item, state: .removed, reason: reason, generation: run.fence, recordedAt: clock.now)
        return RunReport(run: run, outcome: .removed, reason: reason, document: record, slots: slots)
    }

    private func removePoint(_ run: Run) async throws -> Set<Int> {
        health.entered(.index, run.item, at: clock.now)
        return try await write(try await index.open(run.item.company)) { slot in
            try await slot.index.remove(run.item, generation: run.fence)
        }
    }

    private func record(
        _ document: Document, _ summary: Summary?, _ prints: Fingerprints, state: DocumentRecord.State = .indexed,
        reason: String? = nil, by summariser: String? = nil, vectorBy embedder: String? = nil, standIn: StandIn? = nil,
        _ run: Run
    ) -> DocumentRecord {
        DocumentRecord(
            item: document.item, state: state, reason: reason, document: document, summary: summary,
            contentHash: prints.content, facetsHash: prints.facets,
            summariser: summariser ?? models.identity(past: nil, for: document.item.company).name,
            embedder: embedder, standIn: standIn, generation: run.fence, recordedAt: clock.now)
    }
}
