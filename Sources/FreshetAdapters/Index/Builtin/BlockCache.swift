import FreshetCore
import Synchronization

/// The blocks of the companies that were searched lately, within a bound of memory; the least recently used go first.
///
/// The point store is the record, and may be written by other processes too: before a search the block catches up with
/// the changes since its last one. One reader at a time does so for a company, the others wait for their turn and find
/// it done.
final class BlockCache: Sendable {
    private struct Entry {
        var slot: Slot
        var lastUse: UInt64
        var bytes: Int
    }

    private struct State {
        var entries: [CompanyID: Entry] = [:]
        var uses: UInt64 = 0
    }

    /// Where a company's block lives.
    private final class Slot: Sendable {
        let block: Mutex<CompanyBlock>
        let turn = Turn()
        /// How many changes there have been since the last snapshot, and whether one is being made.
        let unkept = Mutex((changes: 0, isBusy: false))

        init(dimensions: Int) { block = Mutex(CompanyBlock(dimensions: dimensions)) }
    }

    private let points: any PointStore
    private let dimensions: Int
    private let byteLimit: Int
    private let state = Mutex(State())

    private let snapshots: (any PointSnapshots)?
    private let format: String
    /// Rows from which on a snapshot is kept; also how many changes at least make it due to be renewed.
    private let snapshotRows: Int

    static let changesPerRead = 256

    /// - Parameters:
    ///   - snapshots: where large blocks are kept for the next start; `nil` for nowhere.
    ///   - embedder: whose vectors they are.
    init(
        points: any PointStore, dimensions: Int, byteLimit: Int, snapshots: (any PointSnapshots)? = nil,
        embedder: String = "", snapshotRows: Int = 4096
    ) {
        self.points = points
        self.snapshots = snapshots
        self.snapshotRows = snapshotRows
        format = "block/\(BlockBytes.version)/\(dimensions)/\(embedder)"
        self.dimensions = dimensions
        self.byteLimit = byteLimit
    }

    /// The company's block with everything in it that was written before this was called.
    func block(of company: CompanyID) async throws -> CompanyBlock {
        let slot = slot(of: company)
        let wanted = try await points.sequence(of: company)
        if slot.block.withLock({ $0.sequence }) != wanted {
            try await slot.turn.take { try await self.catchUp(slot, with: company, to: wanted) }
        }
        let block = slot.block.withLock { $0 }
        settle(company, slot, bytes: block.byteCount)
        keepIfDue(block, of: company, slot)
        return block
    }

    func forget(_ company: CompanyID) { state.withLock { $0.entries[company] = nil } }

    /// The companies in memory, for tests and gauges.
    var companies: Set<CompanyID> { state.withLock { Set($0.entries.keys) } }

    private func catchUp(_ slot: Slot, with company: CompanyID, to wanted: Int64) async throws {
        if slot.block.withLock({ $0.sequence }) == 0, let kept = try await kept(of: company, upTo: wanted) {
            slot.block.withLock { $0 = kept }
        }
        try await apply(changesOf: company, to: slot, until: wanted)
        // The numbers go on after a purge by another process, so what it took away shows only in the count.
        let (reached, held) = slot.block.withLock { ($0.sequence, $0.count) }
        let there = try await points.count(of: company)
        guard there != held, try await points.sequence(of: company) <= reached else { return }
        slot.block.withLock { $0 = CompanyBlock(dimensions: dimensions) }
        try await apply(changesOf: company, to: slot, until: wanted)
    }

    private func apply(changesOf company: CompanyID, to slot: Slot, until wanted: Int64) async throws {
        var reached = slot.block.withLock { $0.sequence }
        while reached < wanted {
            try Task.checkCancellation()
            let changes = try await points.changes(of: company, after: reached, limit: Self.changesPerRead)
            // A point changed again meanwhile has only its latest number, so there may be none up to the wanted one.
            guard !changes.isEmpty else { return }
            reached = slot.block.withLock { block in
                block.apply(changes)
                return block.sequence
            }
            slot.unkept.withLock { $0.changes += changes.count }
        }
    }

    // MARK: - Snapshots

    /// The block of the latest snapshot; `nil` when there is none that can be read.
    private func kept(of company: CompanyID, upTo wanted: Int64) async throws -> CompanyBlock? {
        guard let snapshots, let snapshot = try await snapshots.latest(of: company), snapshot.format == format,
            snapshot.sequence <= wanted, let head = try await snapshots.part(0, of: snapshot, in: company)
        else { return nil }
        return try await CompanyBlock(
            dimensions: dimensions, sequence: snapshot.sequence, head: head, parts: snapshot.parts - 1
        ) { try await snapshots.part($0 + 1, of: snapshot, in: company) }
    }

    /// Keeps a large block that has changed much, beside the searches. That it fails is no loss: the points are on record.
    private func keepIfDue(_ block: CompanyBlock, of company: CompanyID, _ slot: Slot) {
        guard snapshots != nil, block.count >= snapshotRows else { return }
        let isDue = slot.unkept.withLock { unkept in
            guard !unkept.isBusy, unkept.changes >= max(snapshotRows, block.count / 8) else { return false }
            unkept = (0, true)
            return true
        }
        guard isDue else { return }
        Task {
            try? await keep(block, of: company)
            slot.unkept.withLock { $0.isBusy = false }
        }
    }

    /// Writes a snapshot of the block and makes it the latest.
    func keep(_ block: CompanyBlock, of company: CompanyID) async throws {
        guard let snapshots else { return }
        var snapshot = try await snapshots.begin(format, sequence: block.sequence, in: company)
        try await snapshots.add(block.head, to: &snapshot, in: company)
        for number in 0..<block.partCount { try await snapshots.add(block.part(number), to: &snapshot, in: company) }
        try await snapshots.finish(snapshot, in: company)
    }

    private func slot(of company: CompanyID) -> Slot {
        state.withLock { state in
            state.uses += 1
            if let entry = state.entries[company] {
                state.entries[company]?.lastUse = state.uses
                return entry.slot
            }
            let slot = Slot(dimensions: dimensions)
            state.entries[company] = Entry(slot: slot, lastUse: state.uses, bytes: 0)
            return slot
        }
    }

    /// Notes the block's size and lets others go until all fit; the one in use stays in any case.
    private func settle(_ company: CompanyID, _ slot: Slot, bytes: Int) {
        state.withLock { state in
            guard state.entries[company]?.slot === slot else { return }
            state.entries[company]?.bytes = bytes
            var total = state.entries.values.reduce(0) { $0 + $1.bytes }
            while total > byteLimit,
                let oldest = state.entries.filter({ $0.key != company }).min(by: { $0.value.lastUse < $1.value.lastUse }
                )
            {
                state.entries[oldest.key] = nil
                total -= oldest.value.bytes
            }
        }
    }
}

/// Lets tasks do something one after the other, in the order in which they came.
private actor Turn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Whoever waits goes on waiting when cancelled; `body` should look for cancellation itself.
    func take(_ body: @Sendable () async throws -> Void) async throws {
        if isTaken {
            await withCheckedContinuation { waiting.append($0) }
        }
        isTaken = true
        defer {
            if waiting.isEmpty {
                isTaken = false
            } else {
                // It stays taken: handed straight to the next.
                waiting.removeFirst().resume()
            }
        }
        try await body()
    }
}
