package import FreshetCore
package import Logging
import Synchronization

/// Writes down what models used, at the prices of now, and which calls were spared.
///
/// A call is on disk when `record` returns; those that come while one is being written go together in the next
/// transaction. So a crash loses at most the calls that were in flight. Spared calls are no bill: they go with the next
/// write or the next `flush`, and a crash loses those of the last few seconds. Safe to use from any task.
package final class UsageBook: UsageMeter {
    private struct Key: Hashable {
        var company: CompanyID
        var day: UTCDay
        var provider: String
        var model: String
        var purpose: ModelPurpose
    }

    private struct SavedKey: Hashable {
        var company: CompanyID
        var day: UTCDay
        var purpose: ModelPurpose
        var reason: SavedReason
    }

    private struct Page {
        var used: [Key: UsageFigures] = [:]
        var saved: [SavedKey: Int] = [:]

        mutating func merge(_ other: Page) {
            used.merge(other.used, uniquingKeysWith: +)
            saved.merge(other.saved, uniquingKeysWith: +)
        }
    }

    private struct State {
        /// Not written yet; one that could not be is still here for the next try.
        var page = Page()
        var isWriting = false
        /// Resumed with `true` to write, with `false` when all of theirs is written.
        var waiting: [CheckedContinuation<Bool, Never>] = []
        var unpriced: Set<String> = []
    }

    private let records: any UsageRecords
    private let prices: PriceTable
    private let clock: any WallClock
    private let metrics: RiverMetrics
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        records: any UsageRecords, prices: PriceTable, clock: any WallClock, metrics: RiverMetrics, logger: Logger
    ) {
        self.records = records
        self.prices = prices
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    package func record(_ usage: ModelUsage) async {
        let price = prices.price(of: usage.provider, usage.model)
        let money = price?.money(for: usage.tokens)
        let figures = UsageFigures(
            calls: 1, tokens: usage.tokens, money: money.map { [prices.currency: $0] } ?? [:],
            unpricedCalls: price == nil ? 1 : 0)
        metrics.used(usage, money: money, currency: prices.currency)
        let key = Key(
            company: usage.company, day: UTCDay(clock.now), provider: usage.provider, model: usage.model,
            purpose: usage.purpose)
        let isNews = state.withLock { state in
            state.page.used[key] = (state.page.used[key] ?? UsageFigures()) + figures
            return price == nil && state.unpriced.insert("\(usage.provider)/\(usage.model)").inserted
        }
        if isNews {
            logger.warning(
                "a model has no price: its tokens count, its money is not known and meets no budget",
                metadata: ["model": "\(usage.provider)/\(usage.model)"])
        }
        await write()
    }

    /// A paid call that was not needed.
    func saved(_ purpose: ModelPurpose, _ reason: SavedReason, for company: CompanyID) {
        let key = SavedKey(company: company, day: UTCDay(clock.now), purpose: purpose, reason: reason)
        state.withLock { $0.page.saved[key, default: 0] += 1 }
    }

    /// Writes what is not written yet, if anything.
    package func flush() async {
        if state.withLock({ !$0.page.used.isEmpty || !$0.page.saved.isEmpty }) { await write() }
    }

    /// Returns when all that is on the page now has been written, or could not be.
    private func write() async {
        let mayWrite = await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isWriting else {
                    state.isWriting = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume(returning: true) }
        }
        guard mayWrite else { return }
        let (page, served) = state.withLock { state in
            let taken = (state.page, state.waiting)
            (state.page, state.waiting) = (Page(), [])
            return taken
        }
        // In a task of its own: that a run was cancelled does not take back what its call has cost.
        let failure = await Task { () -> (any Error)? in
            do {
                try await records.add(Self.used(page), saved: Self.saved(page))
                return nil
            } catch {
                return error
            }
        }.value
        if let failure {
            logger.error("usage of models is not written down yet", metadata: ["error": "\(failure)"])
            state.withLock { $0.page.merge(page) }
        }
        for continuation in served { continuation.resume(returning: false) }
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.isWriting = !state.waiting.isEmpty
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }

    private static func used(_ page: Page) -> [UsageEntry] {
        page.used.map { key, figures in
            UsageEntry(
                company: key.company, day: key.day, provider: key.provider, model: key.model, purpose: key.purpose,
                figures: figures)
        }
    }

    private static func saved(_ page: Page) -> [SavedEntry] {
        page.saved.map { key, calls in
            SavedEntry(
                company: key.company, day: key.day, purpose: key.purpose, reason: key.reason, calls: calls)
        }
    }
}
