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
    private let index: any SearchIndex
    private let policy: ContentPolicy
    private let verdicts: Verdicts
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let health: Health

    package init(
        helpDesks: any HelpDesks, documents: any Documents, models: PaidModels, index: any SearchIndex,
        policy: ContentPolicy, verdicts: Verdicts, clock: any WallClock, metrics: RiverMetrics,
        health: Health = Health()
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
    }

    package func carryOut(_ run: Run) async throws -> RunReport {
        let started = clock.now
        var cost = RunCost()
        var report: RunReport
        do {
            let known = try await documents.record(of: run.item)
            let fetched = try await fetch(run)
            cost.apiCalls = fetched.calls
            report =
                switch fetched.state {
                case .gone(let gone): try await remove(known, gone, run)
                case .present(let ticket):
                    try await agree(with: Document(merging: ticket), readAfter: started, known: known, run, &cost)
                case .article(let article):
                    try await agree(with: Document(merging: article), readAfter: started, known: known, run, &cost)
                }
        } catch let error as UpstreamError {
            metrics.upstreamFailed(error)
            report = verdicts.report(on: error, of: run, now: clock.now)
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

    /// The item is there: find out what changed, and do the least that makes the index agree.
    private func agree(
        with document: Document, readAfter moment: Timestamp, known: DocumentRecord?, _ run: Run,
        _ cost: inout RunCost
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
            if known?.state == .indexed || run.followsUnfinished { try await removePoint(run) }
            report.outcome = .excluded
            report.reason = reason
            report.changes = changes
            report.document = record(document, nil, prints, state: .excluded, reason: reason, run)
            return report
        }

        if !run.followsUnfinished, let current = current(known), let summary = current.summary {
            switch prints.difference(from: current) {
            case .nothing:
                return report
            case .facets where try await relabel(document, prints, run):
                report.outcome = .relabelled
                report.changes = changes
                report.document = record(document, summary, prints, run)
                return report
            case .facets, .content: break
            }
        }

        health.entered(.models, run.item, at: clock.now)
        let summary = try await models.summary(of: content, hash: prints.content, for: run.item.company)
        cost.summaries = summary.wasPaid ? 1 : 0
        let text = embeddingText(subject: document.titles, summary: summary.value)
        let embedding = try await models.embedding(of: text, for: run.item.company)
        cost.embeddings = embedding.wasPaid ? 1 : 0
        try await upsert(document, summary.value, embedding.value, prints, run)
        let isRecorded = prints.difference(from: current(known)) == .nothing
        report.outcome = known?.state != .indexed ? .created : isRecorded ? .unchanged : .updated
        report.changes = known?.document == nil ? [] : changes
        report.document = record(document, summary.value, prints, run)
        return report
    }

    /// The source's time of change, once nothing more can happen under it: help desks count whole seconds, so a change
    /// right after the fetch may bear the same time. Until then it is left open, and the next reconcile looks again. What
    /// counts is when the fetch began: it may have read at once and answered late.
    private func settled(_ updatedAt: Timestamp, readAfter moment: Timestamp) -> Timestamp? {
        moment - updatedAt >= .seconds(2) ? updatedAt : nil
    }

    /// What is on record, if it is in the index and was made by the models that we would ask today.
    private func current(_ known: DocumentRecord?) -> DocumentRecord? {
        guard let known, known.state == .indexed, known.summariser == models.summariser.identity.name,
            known.embedder == models.embedder.identity.name
        else { return nil }
        return known
    }

    /// `false` when the index has no such point any more: then it must be made anew.
    private func relabel(_ document: Document, _ prints: Fingerprints, _ run: Run) async throws -> Bool {
        health.entered(.index, run.item, at: clock.now)
        do {
            try await index.relabel(
                document.item, metadata: document.metadata, facetsHash: prints.facets, generation: run.fence,
                at: clock.now)
            return true
        } catch UpstreamError.refused(status: 404, _) {
            return false
        }
    }

    private func upsert(
        _ document: Document, _ summary: Summary, _ embedding: Embedding, _ prints: Fingerprints, _ run: Run
    ) async throws {
        let started = clock.now
        health.entered(.index, run.item, at: started)
        defer { metrics.step("index", took: clock.now - started) }
        try await index.upsert(
            Point(
                item: document.item, subject: document.subject, summary: summary, text: document.mergedContent,
                metadata: document.metadata, contentHash: prints.content, facetsHash: prints.facets,
                generation: run.fence, indexedAt: clock.now, embedding: embedding))
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
        try await removePoint(run)
        let reason = "the help desk says: \(gone.rawValue)"
        let record = DocumentRecord(
            item: run.item, state: .removed, reason: reason, generation: run.fence, recordedAt: clock.now)
        return RunReport(run: run, outcome: .removed, reason: reason, document: record)
    }

    private func removePoint(_ run: Run) async throws {
        health.entered(.index, run.item, at: clock.now)
        try await index.remove(run.item, generation: run.fence)
    }

    private func record(
        _ document: Document, _ summary: Summary?, _ prints: Fingerprints, state: DocumentRecord.State = .indexed,
        reason: String? = nil, _ run: Run
    ) -> DocumentRecord {
        DocumentRecord(
            item: document.item, state: state, reason: reason, document: document, summary: summary,
            contentHash: prints.content, facetsHash: prints.facets, summariser: models.summariser.identity.name,
            embedder: models.embedder.identity.name, generation: run.fence, recordedAt: clock.now)
    }
}
