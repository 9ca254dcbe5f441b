import FreshetCore
import Synchronization

/// Writes points, and those that come while a request is under way together in the next one.
///
/// What goes into the point store follows, for all of a request in one transaction.
///
/// Every write is fenced in Qdrant itself: it replaces what is there only where that is not newer, which Qdrant decides
/// and does in one step. It does not say whether it did, so afterwards the generations are read: what stands there has
/// won. Everybody hears of their own write only.
final class QdrantWriter: Sendable {
    struct Write: Sendable {
        var id: String
        var generation: Int64
        /// The point as JSON.
        var point: [UInt8]
        /// What the point store gets, once Qdrant has the point.
        var stored: (point: Point, terms: FullTextTerms)?
    }

    private enum Turn {
        case lead
        case done(Result<Void, UpstreamError>)
    }

    private struct Waiter {
        var write: Write
        var continuation: CheckedContinuation<Turn, Never>
    }

    private struct Queue {
        var underWay = 0
        var waiting: [Waiter] = []

        /// Who is to send the next request now, if there is to be one.
        mutating func nextLeader() -> Waiter? {
            guard !waiting.isEmpty,
                underWay == 0 || underWay < QdrantWriter.lanes && waiting.count >= QdrantWriter.enough
            else { return nil }
            underWay += 1
            return waiting.removeFirst()
        }
    }

    private let configuration: QdrantConfiguration
    private let api: QdrantAPI
    private let collections: QdrantCollections
    private let points: any PointStore
    private let queues = Mutex<[CompanyQueue: Queue]>([:])

    /// Companies that share a collection share its requests.
    private typealias CompanyQueue = String

    /// Requests under way to one collection: while what one brought goes into the point store, Qdrant has the next. For
    /// a second one there must be enough, or many small ones would keep it busy.
    private static let lanes = 2
    private static let enough = 32
    private static let largestBatch = 256
    private static let largestBody = 4 << 20

    init(_ configuration: QdrantConfiguration, api: QdrantAPI, collections: QdrantCollections, points: any PointStore) {
        self.points = points
        self.configuration = configuration
        self.api = api
        self.collections = collections
    }

    /// Returns once the point is on disk and seen by searches. Throws `superseded` where a newer one is there.
    ///
    /// A caller that is cancelled while others lead waits for their request all the same; it ends in any case.
    func write(_ write: Write, for company: CompanyID) async throws(UpstreamError) {
        let queue = configuration.collection(of: company)
        let turn = await withCheckedContinuation { (continuation: CheckedContinuation<Turn, Never>) in
            let leader = queues.withLock { queues -> Waiter? in
                queues[queue, default: Queue()].waiting.append(Waiter(write: write, continuation: continuation))
                return queues[queue]?.nextLeader()
            }
            leader?.continuation.resume(returning: .lead)
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead: try await lead(write, queue, company)
        }
    }

    /// Takes along who waits, and hands the turn on.
    private func lead(_ write: Write, _ queue: CompanyQueue, _ company: CompanyID) async throws(UpstreamError) {
        let others = followers(of: write, queue)
        let results = await send([write] + others.map(\.write), for: company)
        let isGivenUp = Task.isCancelled
        for (other, result) in zip(others, results.dropFirst()) {
            // Whoever leads may have been told to stop; the others were not.
            if isGivenUp, case .failure(.unreachable) = result { continue }
            other.continuation.resume(returning: .done(result))
        }
        let next = queues.withLock { queues -> Waiter? in
            if isGivenUp {
                let left = zip(others, results.dropFirst()).compactMap { other, result -> Waiter? in
                    if case .failure(.unreachable) = result { return other }
                    return nil
                }
                queues[queue]?.waiting.insert(contentsOf: left, at: 0)
            }
            queues[queue]?.underWay -= 1
            let next = queues[queue]?.nextLeader()
            if queues[queue]?.underWay == 0 { queues[queue] = nil }
            return next
        }
        next?.continuation.resume(returning: .lead)
        try results[0].get()
    }

    /// Those that go along: one write an item, as a request that names a point twice does not say which one wins.
    private func followers(of write: Write, _ queue: CompanyQueue) -> [Waiter] {
        queues.withLock { queues in
            guard let waiting = queues[queue]?.waiting, !waiting.isEmpty else { return [] }
            var ids: Set<String> = [write.id]
            var bytes = write.point.count
            var taken: [Waiter] = []
            var left: [Waiter] = []
            for waiter in waiting {
                if taken.count + 1 < Self.largestBatch, bytes + waiter.write.point.count <= Self.largestBody,
                    ids.insert(waiter.write.id).inserted
                {
                    bytes += waiter.write.point.count
                    taken.append(waiter)
                } else {
                    left.append(waiter)
                }
            }
            queues[queue]?.waiting = left
            return taken
        }
    }

    // MARK: - Requests

    private func send(_ batch: [Write], for company: CompanyID) async -> [Result<Void, UpstreamError>] {
        do throws(UpstreamError) {
            try await put(batch, for: company)
            let standing = try await generations(of: batch.map(\.id), for: company)
            return await store(batch) { write in
                guard let generation = standing[write.id], generation >= write.generation else {
                    return .failure(.unreachable(detail: "Qdrant said that it wrote, and did not"))
                }
                return generation == write.generation ? .success(()) : .failure(.superseded)
            }
        } catch {
            switch error {
            case .refused, .tooLarge:
                guard batch.count > 1 else { break }
                // One of them is at fault; the others must not suffer for it.
                var results: [Result<Void, UpstreamError>] = []
                for write in batch { results += await send([write], for: company) }
                return results
            case .unreachable: collections.forget(of: company)
            case .throttled, .unauthorized, .forbidden, .malformed, .superseded: break
            }
            return batch.map { _ in .failure(error) }
        }
    }

    /// The point store's part, for those that Qdrant has taken.
    private func store(
        _ batch: [Write], _ standing: (Write) -> Result<Void, UpstreamError>
    ) async -> [Result<Void, UpstreamError>] {
        var results = batch.map(standing)
        let taken = batch.indices.filter { index in
            if case .success = results[index] { return batch[index].stored != nil }
            return false
        }
        if taken.isEmpty { return results }
        do throws(UpstreamError) {
            let stored = try await translatingStoreFailures {
                try await points.upsert(taken.compactMap { batch[$0].stored })
            }
            for (index, result) in zip(taken, stored) {
                guard case .failure(let error) = result, let item = batch[index].stored?.point.item else { continue }
                do throws(UpstreamError) {
                    try await translatingStoreFailures { throw try await undoing(item, after: error) }
                } catch {
                    results[index] = .failure(error)
                }
            }
        } catch {
            for index in taken { results[index] = .failure(error) }
        }
        return results
    }

    /// A company that was purged meanwhile, a slot that was retired, or an item that was erased, leaves nothing in Qdrant.
    func undoing(_ item: Item, after error: any Error) async throws(UpstreamError) -> any Error {
        switch error {
        case StoreError.unknownCompany, StoreError.retiredSlot, StoreError.erased: break
        default: return error
        }
        _ = try await api.call(
            "POST", "/collections/\(configuration.collection(of: item.company))/points/delete?wait=true",
            .object(["points": .array([.string(PointID.text(of: item))])]), as: JSONValue.self)
        return error
    }

    private func put(_ batch: [Write], for company: CompanyID) async throws(UpstreamError) {
        var body = Array(#"{"points":["#.utf8)
        body.reserveCapacity(batch.reduce(256) { $0 + $1.point.count + 1 })
        for (index, write) in batch.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += write.point
        }
        body += Array(#"],"update_filter":"#.utf8)
        body += try QdrantAPI.bytes(QdrantFilter.fence(batch.map { ($0.id, $0.generation) }))
        body.append(UInt8(ascii: "}"))
        let path = "/collections/\(configuration.collection(of: company))/points?wait=true&ordering=strong"
        for _ in 0..<2 {
            try await collections.prepare(for: company)
            if try await api.call("PUT", path, body, as: JSONValue.self) != nil { return }
            // Somebody has removed the collection since we last looked.
            collections.forget(of: company)
        }
        throw .unreachable(detail: "the collection goes away as soon as it is made")
    }

    private struct Standing: Decodable {
        struct Payload: Decodable { var generation: Int64? }
        var id: String
        var payload: Payload?
    }

    private func generations(
        of ids: [String], for company: CompanyID
    ) async throws(UpstreamError) -> [String: Int64] {
        let found = try await api.call(
            "POST", "/collections/\(configuration.collection(of: company))/points",
            .object([
                "ids": .array(ids.map { .string($0) }), "with_payload": .array([.string("generation")]),
                "with_vector": .bool(false),
            ]), as: [Standing].self)
        var generations: [String: Int64] = [:]
        for point in found ?? [] { generations[point.id] = point.payload?.generation }
        return generations
    }
}
