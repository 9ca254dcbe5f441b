import FreshetCore
import Synchronization

/// Something made of a company's points, kept in memory and brought up to date by their changes.
///
/// A value: a search works on its own copy, which costs nothing until a later change touches the same parts.
protocol CachedPoints: Sendable {
    associatedtype Change: Sendable

    /// The last change that is in here.
    var sequence: Int64 { get }
    /// Points that are there.
    var count: Int { get }
    /// About how much memory it takes.
    var byteCount: Int { get }
    /// Applies changes in the order of their sequence numbers. Those that are in here already are passed over, so two
    /// readers may apply the same ones.
    mutating func apply(_ changes: [Change])
}

/// What the companies that were searched lately have in memory, within a bound; the least recently used go first.
///
/// The point store is the record, and may be written by other processes too: before a search the company's value catches
/// up with the changes since its last one. One reader at a time does so for a company, the others wait for their turn and
/// find it done.
final class CompanyCache<Value: CachedPoints>: Sendable {
    private struct Entry {
        var slot: Slot
        var lastUse: UInt64
        var bytes: Int
    }

    private struct State {
        var entries: [CompanyID: Entry] = [:]
        var uses: UInt64 = 0
    }

    /// Where a company's value lives.
    private final class Slot: Sendable {
        let value: Mutex<Value>
        let turn = Turn()
        /// Whether somebody reads the company beside the searches.
        let isBeingRead = Mutex(false)

        init(_ value: Value) { self.value = Mutex(value) }
    }

    private let points: any PointStore
    private let byteLimit: Int
    private let empty: Value
    private let changes: @Sendable (CompanyID, _ after: Int64, _ limit: Int) async throws -> [Value.Change]
    private let kept: @Sendable (CompanyID, _ upTo: Int64) async throws -> Value?
    private let changesPerRead: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - byteLimit: of all companies together; the one that is searched is held even where it alone is larger.
    ///   - changes: reads the next changes after a sequence number, in order.
    ///   - kept: what a start may begin with instead of nothing, of up to a sequence number.
    init(
        points: any PointStore, byteLimit: Int, empty: Value, changesPerRead: Int = 256,
        changes: @escaping @Sendable (CompanyID, _ after: Int64, _ limit: Int) async throws -> [Value.Change],
        kept: @escaping @Sendable (CompanyID, _ upTo: Int64) async throws -> Value? = { _, _ in nil }
    ) {
        self.points = points
        self.byteLimit = byteLimit
        self.empty = empty
        self.changesPerRead = changesPerRead
        self.changes = changes
        self.kept = kept
    }

    /// The company's value with everything in it up to the sequence number, which is the company's by now.
    func value(of company: CompanyID, at wanted: Int64) async throws -> Value {
        try await value(of: slot(of: company), company, at: wanted)
    }

    /// The same where at most `patience` changes are missing; else `nil`, and they are read beside the searches.
    func value(of company: CompanyID, at wanted: Int64, missing patience: Int64) async throws -> Value? {
        let slot = slot(of: company)
        if wanted - slot.value.withLock({ $0.sequence }) <= patience {
            return try await value(of: slot, company, at: wanted)
        }
        let isFirst = slot.isBeingRead.withLock { isBeingRead in
            defer { isBeingRead = true }
            return !isBeingRead
        }
        if isFirst {
            Task {
                // What fails here fails in front of the next search too, which says so.
                _ = try? await value(of: slot, company, at: wanted)
                slot.isBeingRead.withLock { $0 = false }
            }
        }
        return nil
    }

    func forget(_ company: CompanyID) { state.withLock { $0.entries[company] = nil } }

    /// The companies in memory, for tests and gauges.
    var companies: Set<CompanyID> { state.withLock { Set($0.entries.keys) } }

    private func value(of slot: Slot, _ company: CompanyID, at wanted: Int64) async throws -> Value {
        if slot.value.withLock({ $0.sequence }) != wanted {
            try await slot.turn.take { try await self.catchUp(slot, with: company, to: wanted) }
        }
        let value = slot.value.withLock { $0 }
        settle(company, slot, bytes: value.byteCount)
        return value
    }

    private func catchUp(_ slot: Slot, with company: CompanyID, to wanted: Int64) async throws {
        if slot.value.withLock({ $0.sequence }) == 0, let kept = try await kept(company, wanted) {
            slot.value.withLock { $0 = kept }
        }
        try await apply(changesOf: company, to: slot, until: wanted)
        // The numbers go on after a purge by another process, so what it took away shows only in the count.
        let (reached, held) = slot.value.withLock { ($0.sequence, $0.count) }
        let there = try await points.count(of: company)
        guard there != held, try await points.sequence(of: company) <= reached else { return }
        slot.value.withLock { $0 = empty }
        try await apply(changesOf: company, to: slot, until: wanted)
    }

    private func apply(changesOf company: CompanyID, to slot: Slot, until wanted: Int64) async throws {
        var reached = slot.value.withLock { $0.sequence }
        while reached < wanted {
            try Task.checkCancellation()
            let changes = try await changes(company, reached, changesPerRead)
            // A point changed again meanwhile has only its latest number, so there may be none up to the wanted one.
            guard !changes.isEmpty else { return }
            reached = slot.value.withLock { value in
                value.apply(changes)
                return value.sequence
            }
        }
    }

    private func slot(of company: CompanyID) -> Slot {
        state.withLock { state in
            state.uses += 1
            if let entry = state.entries[company] {
                state.entries[company]?.lastUse = state.uses
                return entry.slot
            }
            let slot = Slot(empty)
            state.entries[company] = Entry(slot: slot, lastUse: state.uses, bytes: 0)
            return slot
        }
    }

    /// Notes the value's size and lets others go until all fit; the one in use stays in any case.
    private func settle(_ company: CompanyID, _ slot: Slot, bytes: Int) {
        state.withLock { state in
            guard let entry = state.entries[company], entry.slot === slot, entry.bytes != bytes else { return }
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
