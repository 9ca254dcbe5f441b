import FreshetCore
import FreshetStore

/// The real ledger; it only remembers, for the oracle, which run a task ends.
struct NodeLedger: Ledger {
    let inner: SQLiteLedger

    func accept(
        _ deliveries: [Delivery], policy: MarkPolicy, now: Timestamp,
        answered: @escaping @Sendable (Result<[Acceptance], any Error>) -> Void
    ) {
        inner.accept(deliveries, policy: policy, now: now, answered: answered)
    }

    func mark(_ marks: [Mark], policy: MarkPolicy, now: Timestamp) async throws {
        try await inner.mark(marks, policy: policy, now: now)
    }

    func markStandIns(
        of company: CompanyID, limit: Int, policy: MarkPolicy, now: Timestamp
    ) async throws -> Int {
        try await inner.markStandIns(of: company, limit: limit, policy: policy, now: now)
    }

    func claim(limit: Int, owner: String, policy: ClaimPolicy, now: Timestamp) async throws -> [Run] {
        try await inner.claim(limit: limit, owner: owner, policy: policy, now: now)
    }

    func renew(_ runs: [Run], owner: String, until: Timestamp, now: Timestamp) async throws -> [Item] {
        try await inner.renew(runs, owner: owner, until: until, now: now)
    }

    func finish(_ report: RunReport, now: Timestamp) async throws {
        let ending = Node.Ending(run: report.run, retryAt: report.outcome == .failed ? report.retryAt : nil)
        try await Node.$ending.withValue(ending) { try await inner.finish(report, now: now) }
    }

    func release(_ run: Run, now: Timestamp) async throws {
        try await Node.$ending.withValue(Node.Ending(run: run)) { try await inner.release(run, now: now) }
    }

    func resume(_ company: CompanyID, all: Bool, now: Timestamp) async throws -> Int {
        try await inner.resume(company, all: all, now: now)
    }
    func retry(_ item: Item, now: Timestamp) async throws -> Bool { try await inner.retry(item, now: now) }
    func entry(_ item: Item) async throws -> LedgerEntry? { try await inner.entry(item) }

    func decisions(about item: Item, limit: Int) async throws -> [Decision] {
        try await inner.decisions(about: item, limit: limit)
    }

    func deliveries(about item: Item, since moment: Timestamp) async throws -> [ReceivedDelivery] {
        try await inner.deliveries(about: item, since: moment)
    }

    func backlog(of company: CompanyID?) async throws -> [CompanyID: Backlog] { try await inner.backlog(of: company) }
    func nextDue(now: Timestamp) async throws -> Timestamp? { try await inner.nextDue(now: now) }

    func prune(deliveriesBefore: Timestamp, decisionsBefore: Timestamp, decisionsPerItem: Int) async throws -> Int {
        try await inner.prune(
            deliveriesBefore: deliveriesBefore, decisionsBefore: decisionsBefore, decisionsPerItem: decisionsPerItem)
    }
}

/// The real built-in index, slow and failing now and then: before a write took effect, or after.
struct NodeIndex: SearchIndex {
    let node: Node
    let inner: any SearchIndex

    func upsert(_ point: Point) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in try await inner.upsert(point) }
    }

    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in
            try await inner.relabel(
                item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
        }
    }

    func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        try await write { () async throws(UpstreamError) in try await inner.remove(item, generation: generation) }
    }

    func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await inner.search(query, in: company)
    }

    func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await inner.attachments(query, in: company)
    }

    func count(of company: CompanyID) async throws(UpstreamError) -> Int { try await inner.count(of: company) }
    func purge(_ company: CompanyID) async throws(UpstreamError) -> Int { try await inner.purge(company) }

    func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        try await inner.points(of: company, at: position, limit: limit)
    }

    func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        try await inner.labels(of: items)
    }

    private func write(_ work: () async throws(UpstreamError) -> Void) async throws(UpstreamError) {
        let world = node.world
        if world.toss(0.1) { try await node.wait(world.dice.milliseconds(0...90)) }
        if world.toss(world.weather.indexFaults) { throw .unreachable(detail: "no index") }
        if node.isDead { throw .unreachable(detail: "the process is dead") }
        try await work()
        if world.toss(world.weather.indexFaults) { throw .unreachable(detail: "no answer from the index") }
    }
}
