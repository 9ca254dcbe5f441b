import FreshetCore
import Synchronization

/// The blocks of the companies that were searched lately, within a bound of memory; large ones are kept in snapshots for
/// the next start. See `CompanyCache`.
final class BlockCache: Sendable {
    private let points: any PointStore
    private let cache: CompanyCache<CompanyBlock>
    private let snapshots: (any PointSnapshots)?
    private let format: String
    /// Rows from which on a snapshot is kept; also how many changes at least make it due to be renewed.
    private let snapshotRows: Int
    /// The sequence number of each company's last snapshot of this process, and whether it is being made.
    private let marks = Mutex<[CompanyID: (sequence: Int64, isBusy: Bool)]>([:])

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
        let format = "block/\(BlockBytes.version)/\(dimensions)/\(embedder)"
        self.format = format
        cache = CompanyCache(
            points: points, byteLimit: byteLimit, empty: CompanyBlock(dimensions: dimensions),
            changes: { try await points.changes(of: $0, after: $1, limit: $2) },
            kept: { company, wanted in
                guard let snapshots else { return nil }
                return try await Self.block(from: snapshots, format, dimensions, of: company, upTo: wanted)
            })
    }

    /// The company's block with everything in it that was written before this was called.
    func block(of company: CompanyID) async throws -> CompanyBlock {
        try await block(of: company, at: points.sequence(of: company))
    }

    /// The same where it is known how far the company's changes go.
    func block(of company: CompanyID, at sequence: Int64) async throws -> CompanyBlock {
        let block = try await cache.value(of: company, at: sequence)
        keepIfDue(block, of: company)
        return block
    }

    func forget(_ company: CompanyID) {
        cache.forget(company)
        marks.withLock { $0[company] = nil }
    }

    /// The companies in memory, for tests and gauges.
    var companies: Set<CompanyID> { cache.companies }

    // MARK: - Snapshots

    /// The block of the latest snapshot; `nil` when there is none that can be read.
    private static func block(
        from snapshots: any PointSnapshots, _ format: String, _ dimensions: Int, of company: CompanyID,
        upTo wanted: Int64
    ) async throws -> CompanyBlock? {
        guard let snapshot = try await snapshots.latest(of: company), snapshot.format == format,
            snapshot.sequence <= wanted, let head = try await snapshots.part(0, of: snapshot, in: company)
        else { return nil }
        return try await CompanyBlock(
            dimensions: dimensions, sequence: snapshot.sequence, head: head, parts: snapshot.parts - 1
        ) { try await snapshots.part($0 + 1, of: snapshot, in: company) }
    }

    /// Keeps a large block that has changed much, beside the searches. That it fails is no loss: the points are on record.
    private func keepIfDue(_ block: CompanyBlock, of company: CompanyID) {
        guard snapshots != nil, block.count >= snapshotRows else { return }
        let due = Int64(max(snapshotRows, block.count / 8))
        let isDue = marks.withLock { marks in
            let mark = marks[company] ?? (0, false)
            guard !mark.isBusy, block.sequence - max(mark.sequence, block.snapshotSequence) >= due else { return false }
            marks[company] = (block.sequence, true)
            return true
        }
        guard isDue else { return }
        Task {
            try? await keep(block, of: company)
            marks.withLock { $0[company]?.isBusy = false }
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
}
