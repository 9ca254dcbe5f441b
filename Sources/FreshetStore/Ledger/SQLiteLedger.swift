package import FreshetCore
import GRDB

/// The ledger in SQLite. See `Ledger` for what it promises.
///
/// Marks and deliveries of a company that is not there throw `StoreError.unknownCompany` and store nothing of the call.
package struct SQLiteLedger: Ledger {
    let storage: Storage
    let erasing: ErasureKey
    /// Rows that go in one transaction when many do.
    let batch: Int

    package func accept(
        _ deliveries: [Delivery], policy: MarkPolicy, now: Timestamp,
        answered: @escaping @Sendable (Result<[Acceptance], any Error>) -> Void
    ) {
        guard !deliveries.isEmpty else { return answered(.success([])) }
        storage.take(
            { session in
                var answers = Array(repeating: Acceptance.repeated, count: deliveries.count)
                for company in deliveries.indices.grouped(by: { deliveries[$0].item.company }) {
                    var inbox = try InboxRow(of: company.key, in: session)
                    try inbox.prepare(for: company.members.map { deliveries[$0] }, policy, in: session)
                    var marked: [Item] = []
                    for sender in company.members.grouped(by: { deliveries[$0].item.platform }) {
                        let stored = try DeliveryRow.store(
                            sender.members.map { deliveries[$0] }, of: company.key, on: sender.key,
                            policy: policy, now: now, into: &inbox, in: session)
                        for (index, stored) in zip(sender.members, stored) {
                            answers[index] = stored.acceptance
                            if stored.marks { marked.append(deliveries[index].item) }
                        }
                    }
                    if marked.isEmpty { continue }
                    // Marks go in order, and one per item, however often the batch names it.
                    try inbox.fold(in: session)
                    let marks = marked.grouped(by: { $0 }).map { item, all in
                        (mark: Mark(item, cause: .webhook, urgency: .urgent), count: Int64(all.count))
                    }
                    try MarkRow.raise(marks, of: company.key, policy: policy, now: now, in: session)
                }
                return answers
            }, done: answered)
    }

    package func mark(_ marks: [Mark], policy: MarkPolicy, now: Timestamp) async throws {
        guard !marks.isEmpty else { return }
        try await storage.write { session in
            try MarkRow.raise(marks, policy: policy, now: now, in: session)
        }
    }

    package func markStandIns(
        of company: CompanyID, limit: Int, policy: MarkPolicy, now: Timestamp
    ) async throws -> Int {
        // Nearly always there is nothing: look without the write lock, which deliveries need.
        guard
            try await storage.read({ session in
                try !DocumentRow.dueStandIns(of: company, limit: 1, now: now, in: session).isEmpty
            })
        else { return 0 }
        return try await storage.write { session in
            let items = try DocumentRow.dueStandIns(of: company, limit: limit, now: now, in: session)
            let marks = items.map { (mark: Mark($0, cause: .reconcile, urgency: .backfill), count: Int64(1)) }
            try MarkRow.raise(marks, of: company, policy: policy, now: now, in: session)
            return items.count
        }
    }

    package func claim(limit: Int, owner: String, policy: ClaimPolicy, now: Timestamp) async throws -> [Run] {
        // An idle worker asks often: look first without the write lock, which deliveries need.
        guard limit > 0,
            try await storage.read({ session in try ClaimRound.isWorthwhile(now: now, in: session) })
        else { return [] }
        return try await storage.write { session in
            var round = try ClaimRound(policy, now: now, in: session)
            return try round.claim(limit, owner: owner, now: now, in: session)
        }
    }

    package func renew(_ runs: [Run], owner: String, until: Timestamp, now: Timestamp) async throws -> [Item] {
        guard !runs.isEmpty else { return [] }
        return try await storage.write { session in
            try runs.filter { try !ItemRow.renew($0, owner: owner, until: until, in: session) }.map(\.item)
        }
    }

    package func finish(_ report: RunReport, now: Timestamp) async throws {
        let run = report.run
        precondition(report.document.map { $0.item == run.item } ?? true, "a run records its own item")
        try await storage.write { session in
            // A purge takes the company first: its runs have lost their items, whatever the ledger still holds.
            guard try CompanyRow.exists(run.item.company, in: session), try end(report, now: now, in: session) else {
                throw StoreError.staleFence
            }
            if let document = report.document?.document {
                try ErasureRow.refuse(Provenance(document), erasing, in: session)
            }
            if let document = report.document { try DocumentRow.upsert(document, in: session) }
            if report.document != nil, let written = report.slots {
                try SlotRow.settle(report, written, in: session)
            }
            try DecisionRow.insert(
                Decision(
                    at: now, fence: run.fence, cause: run.cause, outcome: report.outcome, reason: report.reason,
                    changes: report.changes, contentHash: report.document?.contentHash,
                    facetsHash: report.document?.facetsHash, cost: report.cost), about: run.item, in: session)
        }
    }

    private func end(_ report: RunReport, now: Timestamp, in session: Session) throws -> Bool {
        switch report.outcome {
        case .created, .updated, .relabelled, .unchanged, .excluded, .removed:
            try ItemRow.succeed(
                report.run, sourceUpdatedAt: report.sourceUpdatedAt, isWithheld: report.isWithheld, in: session)
        case .failed:
            try ItemRow.fail(
                report.run, reason: report.reason, retryAt: report.retryAt ?? now, isStale: report.isStale,
                in: session)
        case .parked:
            if let deferral = report.deferral {
                try ItemRow.putOff(
                    report.run, reason: report.reason ?? "it waits", deferral, isStale: report.isStale, in: session)
            } else {
                try ItemRow.park(
                    report.run, reason: report.reason ?? "no reason was given", isStale: report.isStale, in: session)
            }
        }
    }

    /// A run that was lost to somebody else meanwhile is theirs already: nothing happens.
    package func release(_ run: Run, now: Timestamp) async throws {
        _ = try await storage.write { session in try ItemRow.release(run, now: now, in: session) }
    }

    package func retry(_ item: Item, now: Timestamp) async throws -> Bool {
        try await storage.write { session in try MarkRow.retry(item, now: now, in: session) }
    }

    package func resume(_ company: CompanyID, all: Bool, now: Timestamp) async throws -> Int {
        try await storage.write { session in try ItemRow.resume(company, all: all, now: now, in: session) }
    }

    package func entry(_ item: Item) async throws -> LedgerEntry? {
        try await storage.readLedger { session in try ItemRow.entry(item, in: session) }
    }

    /// The newest first.
    package func decisions(about item: Item, limit: Int) async throws -> [Decision] {
        try await storage.read { session in try DecisionRow.all(about: item, limit: limit, in: session) }
    }

    package func deliveries(about item: Item, since moment: Timestamp) async throws -> [ReceivedDelivery] {
        try await storage.read { session in try DeliveryRow.all(about: item, since: moment, in: session) }
    }

    package func backlog(of company: CompanyID?) async throws -> [CompanyID: Backlog] {
        try await storage.readLedger { session in
            var backlogs: [CompanyID: Backlog] = [:]
            for company in try company.map({ [$0] }) ?? CompanyRow.all(in: session).map(\.id) {
                backlogs[company] = try ItemRow.backlog(of: company, in: session)
            }
            return backlogs
        }
    }

    package func nextDue(now: Timestamp) async throws -> Timestamp? {
        try await storage.read { session in try ItemRow.nextDue(now: now, in: session) }
    }

    package func prune(
        deliveriesBefore: Timestamp, decisionsBefore: Timestamp, decisionsPerItem: Int
    ) async throws -> Int {
        var gone = 0
        for company in try await storage.read({ session in try CompanyRow.all(in: session).map(\.id) }) {
            while true {
                let count = try await storage.write { session in
                    try DeliveryRow.prune(company, before: deliveriesBefore, limit: batch, in: session)
                }
                gone += count
                if count < batch { break }
            }
            gone += try await pruneDecisions(of: company, before: decisionsBefore, perItem: decisionsPerItem)
        }
        return gone
    }

    private func pruneDecisions(of company: CompanyID, before moment: Timestamp, perItem: Int) async throws -> Int {
        var gone = 0
        var walk = DecisionRow.Walk()
        while true {
            let start = walk
            let step = try await storage.read { session in
                var walk = start
                let found = try DecisionRow.superfluous(
                    of: company, before: moment, perItem: perItem, walk: &walk, limit: batch, in: session)
                return (found: found, walk: walk)
            }
            walk = step.walk
            guard let found = step.found else { return gone }
            guard !found.isEmpty else { continue }
            gone += try await storage.write { session in
                try found.reduce(0) { try $0 + DecisionRow.delete($1.number, about: $1.item, in: session) }
            }
        }
    }
}
