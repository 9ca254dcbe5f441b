package import FreshetCore
import GRDB

/// Points and their full text in SQLite. See `PointStore` for what it promises.
///
/// Writes for a company that is not there throw `StoreError.unknownCompany`: a run that outlives a purge leaves nothing.
///
/// What it sees is one slot of the index; writes to a slot that was retired throw `StoreError.retiredSlot`.
package struct SQLitePoints: PointStore {
    let storage: Storage
    let erasing: ErasureKey
    let batch: Int
    private let decoded: DecodedPayloads
    private let rows: PointRow

    init(
        storage: Storage, erasing: ErasureKey, batch: Int, decoded: DecodedPayloads = DecodedPayloads(), slot: Int = 1
    ) {
        self.storage = storage
        self.erasing = erasing
        self.batch = batch
        self.decoded = decoded
        rows = PointRow(slot: slot)
    }

    /// The same of another slot.
    package func slot(_ number: Int) -> SQLitePoints {
        SQLitePoints(storage: storage, erasing: erasing, batch: batch, decoded: decoded, slot: number)
    }

    package func upsert(_ point: Point, terms: FullTextTerms) async throws {
        try await storage.write { session in try upsert(point, terms, in: session) }
    }

    /// In one transaction: most of what a single upsert takes is its commit.
    package func upsert(_ batch: [(point: Point, terms: FullTextTerms)]) async throws -> [Result<Void, any Error>] {
        try await storage.write { session in
            try batch.map { point, terms in
                do {
                    return .success(try upsert(point, terms, in: session))
                } catch let error as UpstreamError {
                    // Turned away before anything was written.
                    return .failure(error)
                } catch StoreError.unknownCompany(let company) {
                    return .failure(StoreError.unknownCompany(company))
                } catch StoreError.retiredSlot {
                    return .failure(StoreError.retiredSlot)
                } catch StoreError.erased {
                    return .failure(StoreError.erased)
                }
            }
        }
    }

    private func upsert(_ point: Point, _ terms: FullTextTerms, in session: Session) throws {
        let item = point.item
        try CompanyRow.require(item.company, in: session)
        try SlotRow.require(rows.slot, of: item.company, in: session)
        let standing = try rows.standing(of: item, in: session)
        try fence(point.generation, against: standing)
        try ErasureRow.refuse(
            Provenance(item: item, requester: point.metadata.requester?.id), erasing, in: session)
        let table = try rows.makeTermTable(of: item.company, in: session)
        let number = try standing?.number ?? rows.nextNumber(of: item.company, in: session)
        try rows.upsert(point, number: number, in: session)
        let entry = TermTable.entry(of: number, item.kind)
        if let standing, !standing.isTombstone { try table.delete(entry, in: session) }
        try table.insert(terms, as: entry, in: session)
        try AttachmentRow.replace(point.attachments, terms: terms.attachments, of: item, in: session)
    }

    /// Throws `UpstreamError.refused(status: 404, …)` when there is no point to relabel.
    package func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws {
        try await storage.write { session in
            let standing = try rows.standing(of: item, in: session)
            try fence(generation, against: standing)
            guard let standing, !standing.isTombstone else {
                throw UpstreamError.refused(status: 404, code: "no_point")
            }
            try rows.relabel(
                item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment, in: session)
        }
    }

    package func remove(_ item: Item, generation: Int64, at moment: Timestamp) async throws {
        try await storage.write { session in
            try CompanyRow.require(item.company, in: session)
            try SlotRow.require(rows.slot, of: item.company, in: session)
            let standing = try rows.standing(of: item, in: session)
            try fence(generation, against: standing)
            let table = try rows.makeTermTable(of: item.company, in: session)
            if let standing, !standing.isTombstone {
                try table.delete(TermTable.entry(of: standing.number, item.kind), in: session)
            }
            try AttachmentRow.delete(of: item, in: session)
            let number = try standing?.number ?? rows.nextNumber(of: item.company, in: session)
            try rows.bury(item, number: number, generation: generation, at: moment, in: session)
        }
    }

    private func fence(_ generation: Int64, against standing: PointRow.Standing?) throws {
        if let standing, generation < standing.generation { throw UpstreamError.superseded }
    }

    package func changes(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [PointChange] {
        try await storage.read { session in
            try rows.changes(of: company, after: sequence, limit: limit, in: session)
        }
    }

    package func textChanges(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [TextChange] {
        try await storage.read { session in
            try rows.textChanges(of: company, after: sequence, limit: limit, in: session)
        }
    }

    package func sequence(of company: CompanyID) async throws -> Int64 {
        try await storage.read { session in try rows.sequence(of: company, in: session) }
    }

    /// Items of another company are not there.
    package func vectors(of items: [Item], in company: CompanyID) async throws -> [Item: [Float]] {
        try await storage.read { session in
            var vectors: [Item: [Float]] = [:]
            for some in items.groups(of: company) {
                for (item, vector) in try rows.vectors(of: some, in: session) { vectors[item] = vector }
            }
            return vectors
        }
    }

    package func match(
        _ terms: [String], in company: CompanyID, kinds: Set<ItemKind>, limit: Int
    ) async throws -> [(item: Item, score: Double)] {
        try await storage.read { session in
            guard let table = try rows.termTable(of: company, in: session) else { return [] }
            return try table.match(
                terms, of: company, slot: rows.slot, kinds: kinds, limit: limit, in: session)
        }
    }

    package func frequencies(of terms: [String], in company: CompanyID) async throws -> [String: Int] {
        try await storage.read { session in
            try rows.termTable(of: company, in: session)?.frequencies(of: terms, in: session) ?? [:]
        }
    }

    /// Items of another company are not there.
    package func hits(
        _ items: [Item], in company: CompanyID, filters: SearchFilters
    ) async throws -> [Item: Hit] {
        let filter = HitFilter(filters)
        return try await storage.read { session in
            var hits: [Item: Hit] = [:]
            for some in items.groups(of: company) {
                for hit in try rows.hits(some, decoded: decoded, in: session) where filter.passes(hit.metadata) {
                    hits[hit.item] = hit
                }
            }
            return hits
        }
    }

    package func labels(of company: CompanyID, after item: Item?, limit: Int) async throws -> [PointLabel] {
        try await storage.read { session in
            try rows.labels(of: company, after: item, limit: limit, in: session)
        }
    }

    package func labels(of items: [Item]) async throws -> [Item: PointLabel] {
        try await storage.read { session in
            var found: [Item: PointLabel] = [:]
            for item in items { found[item] = try rows.label(of: item, in: session) }
            return found
        }
    }

    package func count(of company: CompanyID) async throws -> Int {
        try await storage.read { session in try rows.count(of: company, in: session) }
    }

    /// Tombstones go with the rest; how many points there were.
    package func purge(_ company: CompanyID) async throws -> Int {
        let count = try await count(of: company)
        let purge = Purge(storage: storage, batch: batch)
        for table in Purge.Table.snapshots(of: rows.slot) { _ = try await purge.empty(table, of: company) }
        // Upserts may go on meanwhile. The scope keeps their numbers apart until, at one moment, nothing is left.
        repeat {
            // Attachments hang on items: those of a slot that goes stay for the others.
            if try await storage.read({ session in try rows.isOnlyScope(of: company, in: session) }) {
                for table in [Purge.Table.attachmentTerms, .attachments] {
                    _ = try await purge.empty(table, of: company)
                }
            }
            _ = try await purge.empty(.points(of: rows.slot), of: company)
        } while try await !closeScopeIfEmpty(company)
        try await purge.dismantleTermTables()
        return count
    }

    private func closeScopeIfEmpty(_ company: CompanyID) async throws -> Bool {
        try await storage.write { session in
            guard try rows.isEmpty(company, in: session) else { return false }
            try PointRow.closeScopes(of: company, slot: rows.slot, in: session)
            return true
        }
    }
}
