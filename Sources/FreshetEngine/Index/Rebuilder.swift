package import FreshetCore
import FreshetDocuments

/// Fills a second slot of a company's index by today's models while the first one serves, from what is stored: the help
/// desk is never asked, and models only for what they have not made yet.
///
/// Every step may repeat. What it writes is fenced with the generation of the record that it comes from, so a run that
/// writes meanwhile wins, whichever comes first; what a run could not write is owed (`IndexSlots.debts`) and made up here.
package struct Rebuilder: Sendable {
    private let documents: any Documents
    private let slots: any IndexSlots
    private let index: SlottedIndex
    private let models: PaidModels
    private let policy: ContentPolicy
    private let clock: any WallClock

    package init(
        documents: any Documents, slots: any IndexSlots, index: SlottedIndex, models: PaidModels,
        policy: ContentPolicy, clock: any WallClock
    ) {
        self.documents = documents
        self.slots = slots
        self.index = index
        self.models = models
        self.policy = policy
        self.clock = clock
    }

    /// Why a rebuild cannot go on. Texts for a person.
    enum Refusal: Error, CustomStringConvertible {
        case nothingIndexed, nothingKept, gone
        case unknownEmbedder(String)
        case tooManyFailures(Int, of: Int)

        var description: String {
            switch self {
            case .nothingIndexed: "nothing is indexed yet; reconcile first"
            case .nothingKept: "there is no replaced slot of the index to go back to"
            case .gone: "its slot of the index was discarded or taken by another rebuild"
            case .unknownEmbedder(let name):
                "the slot's embedder \(name) is not configured: set models.embeddings, or models.embeddings.former"
            case .tooManyFailures(let failed, let all):
                "\(failed) of \(all) items got no vector; the old slot goes on serving: see `freshet models check`"
            }
        }
    }

    // MARK: - Which slot

    /// A slot by today's models beside the one that serves.
    func target(of company: CompanyID) async throws -> Certificate.Rebuild {
        guard let serving = try await slots.slots(of: company).first else { throw Refusal.nothingIndexed }
        let slot = try await slots.fill(index.makers(for: company), for: company, now: clock.now)
        return Certificate.Rebuild(
            slot: slot.number, replaces: serving.number, makers: slot.makers, replaced: serving.makers)
    }

    /// The slot that is kept for a rollback.
    func kept(of company: CompanyID) async throws -> Certificate.Rebuild {
        let known = try await slots.slots(of: company)
        guard let serving = known.first, let kept = known.first(where: { $0.state == .kept }) else {
            throw Refusal.nothingKept
        }
        return Certificate.Rebuild(
            slot: kept.number, replaces: serving.number, makers: kept.makers, replaced: serving.makers)
    }

    private func open(_ rebuild: Certificate.Rebuild, of company: CompanyID) async throws -> SlottedIndex.Open {
        guard let slot = try await slots.slots(of: company).first(where: { $0.number == rebuild.slot }) else {
            throw Refusal.gone
        }
        let open = index.open(slot)
        guard open.embedder != nil else { throw Refusal.unknownEmbedder(slot.makers.embedder) }
        return open
    }

    // MARK: - Filling

    /// What one page came to.
    struct Page: Sendable {
        var seen = 0
        /// In the slot already.
        var unchanged = 0
        var filled = 0
        /// In the slot without a vector, or with the old summary: a model has refused this very item.
        var failed = 0
        /// Where it goes on; `nil` at the end.
        var next: Item?
    }

    /// The next records of the company, in the order of their keys. Throws what stops all of them alike: a provider that
    /// does not answer, a budget that is used up; then nothing of it is lost, and the same page may be asked again.
    func fill(_ rebuild: Certificate.Rebuild, of company: CompanyID, after item: Item?) async throws -> Page {
        let open = try await open(rebuild, of: company)
        let records = try await documents.audited(of: company, after: item, limit: Self.pageSize)
        let indexed = records.filter { $0.state == .indexed }
        let there = try await open.index.labels(of: indexed.map(\.item))
        let missing = indexed.filter { record in
            there[record.item].map {
                $0.contentHash != record.contentHash || $0.facetsHash != record.facetsHash
                    || $0.item.company != company
            } ?? true
        }
        var page = Page(seen: indexed.count, unchanged: indexed.count - missing.count)
        page.next = records.count < Self.pageSize ? nil : records.last?.item
        // Many at once: embedders take texts that come together in one call, and so does an index its points.
        let whole = try await withThrowingTaskGroup(of: Bool.self) { group in
            for record in missing { group.addTask { try await place(record.item, in: open).isWhole } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        page.filled = missing.count
        page.failed = missing.count - whole
        return page
    }

    /// Makes up for up to a page of what the slot lacks; how much that was.
    func payDebts(_ rebuild: Certificate.Rebuild, of company: CompanyID) async throws -> Int {
        let open = try await open(rebuild, of: company)
        let items = try await slots.debts(of: company, slot: rebuild.slot, limit: Self.pageSize)
        for item in items {
            let placed = try await place(item, in: open)
            try await slots.pay(item, slot: rebuild.slot, upTo: placed.generation)
        }
        return items.count
    }

    private struct Placed {
        /// Of the record that was written.
        var generation: Int64
        var isWhole: Bool
    }

    /// Brings the slot in line with what is on record of the item. What is newer there already stays.
    private func place(_ item: Item, in open: SlottedIndex.Open) async throws -> Placed {
        guard let record = try await documents.record(of: item) else { return Placed(generation: .max, isWhole: true) }
        var placed = Placed(generation: record.generation, isWhole: true)
        do {
            guard record.state == .indexed, let document = record.document, let content = record.contentHash,
                let facets = record.facetsHash
            else {
                try await open.index.remove(item, generation: record.generation)
                return placed
            }
            guard let (summary, summariser, isNew) = try await summary(for: record, document) else { return placed }
            let embedding = try await embedding(
                of: embeddingText(subject: document.titles, summary: summary), in: open, from: Provenance(document))
            placed.isWhole = isNew && embedding != nil
            try await open.index.upsert(
                Point(
                    of: document, summary, contentHash: content, facetsHash: facets, generation: record.generation,
                    indexedAt: clock.now, embedding: embedding ?? Embedding(vector: []), summariser: summariser,
                    embedder: embedding == nil ? nil : open.slot.makers.embedder))
        } catch UpstreamError.superseded {
            // A run was quicker, and what it wrote is newer.
        } catch StoreError.erased {
            // Nothing of it is there to be placed.
        }
        return placed
    }

    /// By today's summariser; the old one where that has refused this content or made what stands in for a summary.
    private func summary(
        for record: DocumentRecord, _ document: Document
    ) async throws -> (summary: Summary, summariser: String?, isNew: Bool)? {
        guard let known = record.summary else { return nil }
        guard needsSummary(record, document) else { return (known, record.summariser, true) }
        let gate = policy.gate.reason(against: document)
        let content = document.content(followsResolution: policy.followsResolution)
        guard let hash = record.contentHash else { return nil }
        do {
            let made = try await models.summary(
                of: content, hash: hash, for: record.item.company,
                terms: PaidModels.Terms(value: .low, gate: gate, from: Provenance(document)))
            if let error = made.standsInFor {
                guard error.isAboutOneItem else { throw error }
                return (known, record.summariser, false)
            }
            return (made.value, models.identity(past: gate, for: record.item.company).name, true)
        } catch let error as UpstreamError where error.isAboutOneItem {
            return (known, record.summariser, false)
        }
    }

    /// Whether today's models would summarise the item anew. Not where what is stored of it is another content by today's
    /// rules: its next run sees to that.
    private func needsSummary(_ record: DocumentRecord, _ document: Document) -> Bool {
        let company = record.item.company
        let gate = policy.gate.reason(against: document)
        if record.standIn == nil,
            record.summariser == models.identity(past: gate, for: company).name
                || record.summariser == models.identity(past: nil, for: company).name
        {
            return false
        }
        return Fingerprints(of: document, followsResolution: policy.followsResolution).content == record.contentHash
    }

    private func embedding(
        of text: String, in open: SlottedIndex.Open, from origin: Provenance
    ) async throws -> Embedding? {
        do {
            return try await models.embedding(
                of: text, by: open.embedder, for: origin.item.company,
                terms: PaidModels.Terms(value: .low, from: origin)
            ).value
        } catch let error as UpstreamError where error.isAboutOneItem {
            return nil
        }
    }

    // MARK: - Comparing and changing over

    /// How alike the slots answer: the share of the ten best that they have in common, over subjects of items spread over
    /// all. `nil` where there was nothing to ask, or one of them could not answer: that forbids nothing.
    func compare(_ rebuild: Certificate.Rebuild, of company: CompanyID) async throws -> (overlap: Double, queries: Int)?
    {
        let known = try await slots.slots(of: company)
        guard let old = known.first(where: { $0.number == rebuild.replaces }),
            let new = known.first(where: { $0.number == rebuild.slot })
        else { throw Refusal.gone }
        var overlaps: [Double] = []
        do {
            for query in try await sample(company) {
                let before = try await items(index.open(old), query, company)
                let after = try await items(index.open(new), query, company)
                guard !before.isEmpty || !after.isEmpty else { continue }
                overlaps.append(
                    Double(before.intersection(after).count) / Double(max(before.count, after.count)))
            }
        } catch is UpstreamError {
            return nil
        }
        return overlaps.isEmpty ? nil : (overlaps.reduce(0, +) / Double(overlaps.count), overlaps.count)
    }

    private func items(
        _ open: SlottedIndex.Open, _ query: SearchQuery, _ company: CompanyID
    ) async throws(UpstreamError) -> Set<Item> {
        Set(try await open.index.search(query, in: company).map(\.item))
    }

    /// Fifty at most: what an agent with one of these tickets open would ask for.
    private func sample(_ company: CompanyID) async throws -> [SearchQuery] {
        let all = try await documents.counts(of: company)[.indexed] ?? 0
        let step = max(1, all / Self.sampleSize)
        var queries: [SearchQuery] = []
        var number = 0
        var last: Item?
        repeat {
            let records = try await documents.audited(of: company, after: last, limit: Self.pageSize)
            for record in records where record.state == .indexed {
                defer { number += 1 }
                guard number % step == 0, queries.count < Self.sampleSize,
                    let subject = try await documents.record(of: record.item)?.document?.subject, !subject.isEmpty
                else { continue }
                queries.append(
                    SearchQuery(text: subject, kinds: Set(ItemKind.allCases), limit: 10, excluding: record.item))
            }
            last = records.count < Self.pageSize ? nil : records.last?.item
        } while last != nil && queries.count < Self.sampleSize
        return queries
    }

    /// `false` when runs have left it lacking something again.
    func changeOver(_ rebuild: Certificate.Rebuild, of company: CompanyID) async throws -> Bool {
        _ = try await open(rebuild, of: company)
        return try await slots.serve(rebuild.slot, of: company, now: clock.now)
    }

    func adopt(_ rebuild: Certificate.Rebuild, of company: CompanyID, after item: Item?) async throws -> Item? {
        try await slots.adopt(rebuild.slot, of: company, after: item, limit: Self.pageSize)
    }

    // MARK: - Price

    /// What a rebuild would cost: what is kept of earlier calls costs nothing. Writes nothing, asks no model.
    package func plan(for company: Company, forecast: CostForecast) async throws -> ReconcilePlan {
        var (tokens, gated, seen, unchanged) = (0, 0, 0, 0)
        var money: Int64? = 0
        var last: Item?
        repeat {
            try Task.checkCancellation()
            let records = try await documents.audited(of: company.id, after: last, limit: Self.pageSize)
            for audited in records where audited.state == .indexed {
                guard let record = try await documents.record(of: audited.item), let document = record.document else {
                    continue
                }
                seen += 1
                let wants = try await wants(record, document)
                let estimate = forecast.estimate(document, summary: wants.summary, vector: wants.vector)
                if !wants.summary && !wants.vector { unchanged += 1 }
                tokens += estimate.tokens
                money = estimate.money.flatMap { cost in money.map { $0 + cost } }
                gated += estimate.isGated ? 1 : 0
            }
            last = records.count < Self.pageSize ? nil : records.last?.item
        } while last != nil
        return ReconcilePlan(
            company: company.id, platform: company.platform, mode: .rebuild, since: nil, madeAt: clock.now,
            listedTo: .epoch, seen: seen, unchanged: unchanged, withholdsRemovals: false,
            calls: ReconcilePlan.Calls(listing: 0, reading: 0), callsPerMinute: nil, tokens: tokens,
            money: money.map { Double($0) / 1_000_000 }, currency: forecast.currency, gated: gated, steps: [])
    }

    /// What models would have to make for the item.
    private func wants(_ record: DocumentRecord, _ document: Document) async throws -> (summary: Bool, vector: Bool) {
        let company = record.item.company
        var summary = record.summary
        if needsSummary(record, document), let hash = record.contentHash {
            let gate = policy.gate.reason(against: document)
            summary = try await models.storedSummary(of: hash, past: gate, for: company)
        }
        guard let summary else { return (true, true) }
        let text = embeddingText(subject: document.titles, summary: summary)
        return (
            false, try await models.storedEmbedding(of: text, by: models.embedder, for: company) == nil
        )
    }

    private static let pageSize = 200
    private static let sampleSize = 50
}

extension UpstreamError {
    /// Another item might fare better; else whoever was asked is not to be had now.
    var isAboutOneItem: Bool {
        switch self {
        case .refused, .malformed, .tooLarge: true
        case .throttled, .unreachable, .unauthorized, .forbidden, .superseded: false
        }
    }
}
