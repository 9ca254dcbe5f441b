package import FreshetCore
import Synchronization

/// The index as the river sees it: every company's points in the slots that the company has.
///
/// Whoever searches, lists or audits gets the serving slot, decided anew at each call; a search that finds the slot
/// replaced at its end asks again, so that its answer is of one slot and of one that served while it ran. Whoever writes
/// takes `open(_:)` and writes to each slot.
package struct SlottedIndex: SearchIndex {
    private let slots: any IndexSlots
    private let embedders: Embedders
    private let shelf: Shelf
    private let summariser: @Sendable (CompanyID) -> ModelIdentity
    private let clock: any WallClock

    /// - Parameters:
    ///   - summariser: who summarises for a company, for slots that are made.
    ///   - make: the index of a slot's points, searched with the embedder. Called once for each number.
    package init(
        slots: any IndexSlots, embedders: Embedders, summariser: @escaping @Sendable (CompanyID) -> ModelIdentity,
        clock: any WallClock,
        make: @escaping @Sendable (_ number: Int, _ embedder: any Embedder) -> any SearchIndex
    ) {
        self.slots = slots
        self.embedders = embedders
        self.summariser = summariser
        self.clock = clock
        shelf = Shelf(make: make)
    }

    /// The same by the models that a river has.
    package init(
        slots: any IndexSlots, models: PaidModels, others: [any Embedder] = [], clock: any WallClock,
        make: @escaping @Sendable (_ number: Int, _ embedder: any Embedder) -> any SearchIndex
    ) {
        let summariser = models.summariser
        self.init(
            slots: slots, embedders: Embedders(models.embedder, others: others),
            summariser: { summariser.identity(for: $0) }, clock: clock, make: make)
    }

    // MARK: - Slots

    /// A slot as a run or a rebuild uses it.
    package struct Open: Sendable {
        package var slot: IndexSlot
        package var index: any SearchIndex
        /// `nil` where it is not configured any more: then points go in without vectors.
        package var embedder: (any Embedder)?
    }

    /// A company's slots in use.
    package struct OpenSlots: Sendable {
        package var serving: Open
        /// One that is being filled, or kept for a rollback.
        package var others: [Open]
    }

    /// Those of the company, with a first one by the configured models where there is none yet.
    package func open(_ company: CompanyID) async throws -> OpenSlots {
        let known = try await slots.slots(of: company, orServe: makers(for: company), now: clock.now)
        guard let serving = known.first else {
            throw StoreError.unusable(detail: "a company has no slot of the index that serves")
        }
        return OpenSlots(serving: open(serving), others: known.dropFirst().map { open($0) })
    }

    /// By the models of the present configuration.
    package func makers(for company: CompanyID) -> SlotMakers {
        SlotMakers(
            embedder: embedders.configured.identity.name, dimensions: embedders.configured.dimensions,
            summariser: summariser(company).name)
    }

    package func open(_ slot: IndexSlot) -> Open {
        let embedder = embedders.embedder(named: slot.makers.embedder)
        return Open(slot: slot, index: shelf.index(of: slot, embedder: embedder), embedder: embedder)
    }

    private func serving(_ company: CompanyID) async throws(UpstreamError) -> Open {
        do {
            // Before its first run a company has nothing to be found; what is to be its first slot says so.
            let first = try await slots.slots(of: company).first
            return open(
                first
                    ?? IndexSlot(
                        company: company, number: 1, makers: makers(for: company), state: .serving, since: .epoch))
        } catch {
            throw .unreachable(detail: "the store cannot tell which slot of the index serves")
        }
    }

    // MARK: - The serving slot

    package func upsert(_ point: Point) async throws(UpstreamError) {
        try await serving(point.item.company).index.upsert(point)
    }

    package func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws(UpstreamError) {
        try await serving(item.company).index.relabel(
            item, metadata: metadata, facetsHash: facetsHash, generation: generation, at: moment)
    }

    package func remove(_ item: Item, generation: Int64) async throws(UpstreamError) {
        try await serving(item.company).index.remove(item, generation: generation)
    }

    package func search(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await ask(company) { index throws(UpstreamError) in try await index.search(query, in: company) }
    }

    package func attachments(_ query: SearchQuery, in company: CompanyID) async throws(UpstreamError) -> [Hit] {
        try await ask(company) { index throws(UpstreamError) in try await index.attachments(query, in: company) }
    }

    /// All of an answer comes from one slot.
    private func ask(
        _ company: CompanyID, _ question: (any SearchIndex) async throws(UpstreamError) -> [Hit]
    ) async throws(UpstreamError) -> [Hit] {
        var open = try await serving(company)
        while true {
            let found: Result<[Hit], UpstreamError>
            do { found = .success(try await question(open.index)) } catch { found = .failure(error) }
            let now = try await serving(company)
            // Replaced meanwhile, and perhaps on its way out: what it lacked proves nothing.
            if now.slot == open.slot || Task.isCancelled { return try found.get() }
            open = now
        }
    }

    package func points(
        of company: CompanyID, at position: ListingPosition?, limit: Int
    ) async throws(UpstreamError) -> PointPage {
        try await serving(company).index.points(of: company, at: position, limit: limit)
    }

    package func labels(of items: [Item]) async throws(UpstreamError) -> [Item: PointLabel] {
        var labels: [Item: PointLabel] = [:]
        for (company, items) in Dictionary(grouping: items, by: \.company) {
            labels.merge(try await serving(company).index.labels(of: items)) { $1 }
        }
        return labels
    }

    package func count(of company: CompanyID) async throws(UpstreamError) -> Int {
        try await serving(company).index.count(of: company)
    }

    /// In all slots; how many points the serving one had.
    package func purge(_ company: CompanyID) async throws(UpstreamError) -> Int {
        let count = try await serving(company).index.purge(company)
        do {
            for slot in try await slots.slots(of: company) + slots.retired().filter({ $0.company == company }) {
                _ = try await open(slot).index.purge(company)
            }
        } catch let error as UpstreamError {
            throw error
        } catch {
            throw .unreachable(detail: "the store cannot tell which slots of the index there are")
        }
        return count
    }

    /// Purges a slot that is out of use, and forgets it; how many points it had.
    func purge(retired slot: IndexSlot) async throws -> Int {
        let count = try await open(slot).index.purge(slot.company)
        try await slots.forget(slot.number, of: slot.company)
        return count
    }

    package func degradation(of company: CompanyID) async throws(UpstreamError) -> SearchDegradation? {
        try await serving(company).embedder == nil ? .fullTextOnly : nil
    }

    package func check() async throws(UpstreamError) { try await shelf.check() }
}

/// The embedders that can be asked: the configured one, and those that slots in use may still need.
package struct Embedders: Sendable {
    package let configured: any Embedder
    private let all: [String: any Embedder]

    package init(_ configured: any Embedder, others: [any Embedder] = []) {
        self.configured = configured
        all = Dictionary((others + [configured]).map { ($0.identity.name, $0) }) { _, last in last }
    }

    /// `nil` where the configuration does not hold it any more.
    package func embedder(named name: String) -> (any Embedder)? { all[name] }
}

/// The indexes by slot, each made when it is first used.
final class Shelf: Sendable {
    private let made = Mutex<[Int: any SearchIndex]>([:])
    private let make: @Sendable (Int, any Embedder) -> any SearchIndex

    init(make: @escaping @Sendable (Int, any Embedder) -> any SearchIndex) { self.make = make }

    /// All slots of one number have one embedder, so the number is enough.
    func index(of slot: IndexSlot, embedder: (any Embedder)?) -> any SearchIndex {
        made.withLock { made in
            if let index = made[slot.number] { return index }
            let index = make(slot.number, embedder ?? AbsentEmbedder(slot.makers))
            made[slot.number] = index
            return index
        }
    }

    /// All live in one place: whether any of them answers is enough to know.
    func check() async throws(UpstreamError) {
        // Before anybody has asked for a slot nobody knows whose vectors are in it.
        let anybody = AbsentEmbedder(SlotMakers(embedder: "", dimensions: 0, summariser: ""))
        let index = made.withLock { $0.min { $0.key < $1.key }?.value } ?? make(1, anybody)
        try await index.check()
    }
}

/// Stands where a slot's embedder is not configured any more. Its vectors are near to nothing, so full text alone finds.
private struct AbsentEmbedder: Embedder {
    let identity: ModelIdentity
    let dimensions: Int
    var usesStatistics: Bool { false }

    init(_ makers: SlotMakers) {
        identity = ModelIdentity(provider: "absent", model: makers.embedder, version: 1)
        dimensions = makers.dimensions
    }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        Embedding(vector: [])
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        [Float](repeating: 0, count: dimensions)
    }
}
