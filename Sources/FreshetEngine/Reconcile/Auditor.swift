package import FreshetCore
import FreshetDocuments

/// Holds the record against the vector index, in both directions, a page at a time.
///
/// What differs is repaired from what is stored: neither the help desk nor a model is asked. Where one side cannot be
/// read nothing is concluded and nothing repaired. Items with a run under way or due are left to it. Repairs are fenced
/// with generations that runs have had, so whatever a run writes meanwhile wins.
package struct Auditor: Sendable {
    private let documents: any Documents
    private let index: SlottedIndex
    private let models: PaidModels
    private let clock: any WallClock

    package init(documents: any Documents, index: SlottedIndex, models: PaidModels, clock: any WallClock) {
        self.documents = documents
        self.index = index
        self.models = models
        self.clock = clock
    }

    /// What one page came to.
    struct Page {
        var counts = AuditCounts()
        /// One for each that is counted, but what was repaired or could not be looked at.
        var findings: [AuditFinding] = []
        var checked: Int
        /// Where it goes on; `nil` at the end.
        var next: ListingPosition?
    }

    /// Both directions at once, without repairs.
    package func verdicts(on company: CompanyID) async throws -> AuditCounts {
        var counts = AuditCounts()
        var last: Item?
        repeat {
            let (page, end) = try await auditRecords(of: company, after: last, repairs: false)
            counts = counts + page.counts
            last = end
        } while last != nil
        var position: ListingPosition?
        repeat {
            let page = try await auditPoints(of: company, at: position, repairs: false)
            counts = counts + page.counts
            position = page.next
        } while position != nil
        return counts
    }

    // MARK: - From the records to the points

    func auditRecords(
        of company: CompanyID, after item: Item?, repairs: Bool
    ) async throws -> (page: Page, last: Item?) {
        let records = try await documents.audited(of: company, after: item, limit: Self.pageSize)
        var page = Page(checked: records.count)
        let settled = records.filter { !$0.isBusy && $0.state == .indexed }
        let points: [Item: PointLabel]
        do {
            points = try await index.labels(of: settled.map(\.item))
        } catch {
            page.counts.unknown = settled.count
            return (page, records.count < Self.pageSize ? nil : records.last?.item)
        }
        for record in settled {
            let point = points[record.item]
            if let point, point.item.company != company {
                // In its place lies another company's: for a person to look at, before anything covers the trace.
                page.find(.foreign, point)
                continue
            }
            let isStale = point.map { $0.contentHash != record.contentHash || $0.facetsHash != record.facetsHash }
            if point == nil { page.find(.missing, record.item) }
            if isStale == true { page.find(.stale, record.item) }
            guard point == nil || isStale == true, repairs else { continue }
            if try await restore(record.item) { page.counts.repaired += 1 }
        }
        return (page, records.count < Self.pageSize ? nil : records.last?.item)
    }

    /// Writes the point anew from the record. `false` when what it takes is not stored any more, or the index holds
    /// something newer.
    private func restore(_ item: Item) async throws -> Bool {
        let serving = try await index.open(item.company).serving
        guard let record = try await documents.record(of: item), record.state == .indexed,
            let document = record.document, let summary = record.summary, let content = record.contentHash,
            let facets = record.facetsHash, record.embedder == serving.slot.makers.embedder,
            let embedder = serving.embedder,
            let embedding = try await models.storedEmbedding(
                of: embeddingText(subject: document.titles, summary: summary), by: embedder, for: item.company)
        else { return false }
        do {
            try await serving.index.upsert(
                Point(
                    of: document, summary, contentHash: content, facetsHash: facets, generation: record.generation,
                    indexedAt: clock.now, embedding: embedding, summariser: record.summariser,
                    embedder: record.embedder))
            return true
        } catch {
            return false
        }
    }

    // MARK: - From the points to the records

    func auditPoints(of company: CompanyID, at position: ListingPosition?, repairs: Bool) async throws -> Page {
        let points: PointPage
        do {
            points = try await index.points(of: company, at: position, limit: Self.pageSize)
        } catch {
            // Nobody knows what comes next.
            return Page(counts: AuditCounts(unknown: 1), checked: 0)
        }
        var page = Page(checked: points.labels.count, next: points.next)
        let own = points.labels.filter { $0.item.company == company }
        for point in points.labels where point.item.company != company { page.find(.foreign, point) }
        let records = try await documents.audited(among: own.map(\.item))
        var seen: Set<Item> = []
        for point in own {
            let record = records[point.item]
            if point.isMisplaced {
                // A copy, or something that nobody here wrote.
                page.find(record?.state == .indexed ? .duplicate : .foreign, point)
                continue
            }
            if !seen.insert(point.item).inserted {
                page.find(.duplicate, point)
                continue
            }
            guard record?.state != .indexed, record?.isBusy != true else { continue }
            page.find(.orphan, point)
            if repairs, await remove(point) { page.counts.repaired += 1 }
        }
        return page
    }

    /// With the point's own generation: a run that writes it anew has a higher one.
    private func remove(_ point: PointLabel) async -> Bool {
        do {
            try await index.remove(point.item, generation: point.generation)
            return true
        } catch {
            return false
        }
    }

    private static let pageSize = 200
}

extension Auditor.Page {
    mutating func find(_ verdict: AuditFinding.Verdict, _ point: PointLabel) {
        find(verdict, point.item, place: point.place)
    }

    mutating func find(_ verdict: AuditFinding.Verdict, _ item: Item, place: String? = nil) {
        findings.append(AuditFinding(verdict, item, place: place))
        switch verdict {
        case .missing: counts.missing += 1
        case .orphan: counts.orphan += 1
        case .stale: counts.stale += 1
        case .duplicate: counts.duplicate += 1
        case .foreign: counts.foreign += 1
        }
    }
}

extension AuditCounts {
    static func + (a: AuditCounts, b: AuditCounts) -> AuditCounts {
        AuditCounts(
            missing: a.missing + b.missing, orphan: a.orphan + b.orphan, stale: a.stale + b.stale,
            duplicate: a.duplicate + b.duplicate, foreign: a.foreign + b.foreign, unknown: a.unknown + b.unknown,
            repaired: a.repaired + b.repaired)
    }

    /// What a person should look at; `nil` when all that was found has been repaired.
    var complaint: String? {
        let found = missing + orphan + stale
        var parts: [String] = []
        if found > repaired {
            parts.append("\(found - repaired) differences could not be repaired from what is stored")
        }
        if duplicate > 0 { parts.append("\(duplicate) points are there twice") }
        if foreign > 0 { parts.append("\(foreign) points name another company") }
        if unknown > 0 { parts.append("\(unknown) could not be looked at, because the index did not answer") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
