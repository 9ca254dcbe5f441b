package import FreshetCore
import FreshetSystem
import GRDB

/// Erasures in SQLite. See `Erasures` for what it promises.
package struct SQLiteErasures: Erasures {
    let storage: Storage
    let key: ErasureKey
    let batch: Int

    /// Of the full text, written anew in one transaction: about two megabytes.
    private static let pages = 500

    package func reference(to wish: ErasureWish, of company: CompanyID) throws -> String {
        try key.required(wish).prefix(8).hexEncoded
    }

    package func refuse(requester id: Int64, in company: CompanyID, now: Timestamp) async throws {
        let digest = try key.required(.requester(id))
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            try ErasureRow.insert(digest, of: company, now: now, in: session)
        }
    }

    package func tickets(ofRequester id: Int64, in company: CompanyID) async throws -> [Item] {
        try await storage.read { session in try ErasureRow.tickets(ofRequester: id, in: company, in: session) }
    }

    package func erase(_ item: Item, now: Timestamp) async throws -> [ErasurePlace: Int] {
        try await storage.write { session in
            try CompanyRow.require(item.company, in: session)
            let known = try DocumentRow.record(of: item, in: session)
            var removed: [ErasurePlace: Int] = [:]
            let generation = try ErasureRow.release(item, now: now, in: session)
            try ErasureRow.blank(item, generation: generation, now: now, in: session)
            removed[.documents] = known?.document == nil ? 0 : 1
            // What an earlier erasure has left there says only that it was.
            let decisions = try ErasureRow.deleteDecisions(about: item, in: session)
            removed[.decisions] = known?.isErased == true ? 0 : decisions
            removed[.slotDebts] = try ErasureRow.deleteDebts(of: item, in: session)
            removed[.attachments] = try AttachmentRow.delete(of: item, in: session)
            let (recommendations, feedback) = try ErasureRow.unrecommend(
                item, files: known?.document?.attachments.map(\.attachmentID) ?? [],
                quoting: known?.document?.traces ?? [], in: session)
            removed[.recommendations] = recommendations
            removed[.feedback] = feedback
            try DecisionRow.insert(
                Decision(
                    at: now, fence: generation, cause: .admin, outcome: .excluded, reason: Erasure.reason, changes: [],
                    contentHash: nil, facetsHash: nil, cost: RunCost()), about: item, in: session)
            return removed
        }
    }

    package func erased(
        of company: CompanyID, after item: Item?, limit: Int
    ) async throws -> [(item: Item, generation: Int64)] {
        try await storage.read { session in
            try ErasureRow.erased(of: company, after: item, limit: limit, in: session)
        }
    }

    package func removeRemains(of company: CompanyID) async throws -> [ErasurePlace: Int] {
        let purge = Purge(storage: storage, batch: batch)
        var snapshots = 0
        for table in Purge.Table.snapshots { snapshots += try await purge.empty(table, of: company) }
        let deliveries = try await storage.write { session in
            try ErasureRow.deleteDeliveries(aboutErasedOf: company, in: session)
        }
        return [.snapshots: snapshots, .deliveries: deliveries]
    }

    package func summarised(
        of company: CompanyID, after item: Item?, limit: Int
    ) async throws -> [DocumentRecord] {
        try await storage.read { session in
            try ErasureRow.summarised(of: company, after: item, limit: limit, in: session)
        }
    }

    package func removeResults(
        of company: CompanyID, butFor embedded: Set<Fingerprint>, usedUntil moment: Timestamp
    ) async throws -> Int {
        let all = try await storage.read { session in
            try ErasureRow.unclaimedResults(of: company, butFor: embedded, usedUntil: moment, in: session)
        }
        for (table, results) in all.grouped(by: { [$0.kind, $0.model] }) {
            var rest = results[...]
            while !rest.isEmpty {
                let some = rest.prefix(batch).map(\.fingerprint)
                rest = rest.dropFirst(batch)
                try await storage.write { session in
                    try ModelCacheRow.delete(some, kind: table[0], model: table[1], of: company, in: session)
                }
            }
        }
        return all.count
    }

    package func scrub(_ company: CompanyID) async throws -> Bool {
        try await Purge(storage: storage, batch: batch).dismantleTermTables()
        let tables = try await storage.read { session in try PointRow.termTables(of: company, in: session) }
        for table in tables {
            // Deleted terms stay in the full text's segments until these are written anew. A negative number begins it.
            guard try await merge(table, -Self.pages, of: company) else { continue }
            while try await merge(table, Self.pages, of: company) {}
        }
        return try await emptyLog()
    }

    package func compact() async throws -> Bool {
        try await storage.compact()
        return try await emptyLog()
    }

    private func emptyLog() async throws -> Bool {
        for _ in 0..<Self.tries where try await storage.truncateLog() { return true }
        return false
    }

    private func merge(_ table: TermTable, _ pages: Int, of company: CompanyID) async throws -> Bool {
        try await storage.write { session in
            // A purge, or a slot that was let go, may have been quicker.
            guard try PointRow.termTables(of: company, in: session).contains(table) else { return false }
            return try table.merge(pages, in: session)
        }
    }

    /// Each waits for readers as long as a write waits for others.
    private static let tries = 3
}

extension Document {
    /// What others may have quoted, long enough to mean it.
    fileprivate var traces: [String] {
        [subject, metadata.requester?.email, metadata.requester?.name].compactMap { $0 }.filter { $0.count >= 5 }
    }
}
