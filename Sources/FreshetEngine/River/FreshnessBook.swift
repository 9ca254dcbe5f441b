package import FreshetCore
import Synchronization

/// How long changes took to become searchable, by company, over the last hour.
///
/// Bounded: lags are counted in fixed buckets, an hour in slots that are dropped as a whole, and of more companies than
/// `companyLimit` those that have been quiet longest are forgotten. Nothing here survives the process.
package final class FreshnessBook: Sendable {
    private struct Page {
        /// When the company came to us; what changed before that is history, not a lag. `nil` while nobody has said.
        var watchedSince: Timestamp?
        var receipt = LagWindow()
        var source = LagWindow()
        var notedAt = Timestamp.epoch
    }

    private let companyLimit: Int
    private let pages = Mutex<[CompanyID: Page]>([:])

    package init(companyLimit: Int = 1000) {
        precondition(companyLimit > 0)
        self.companyLimit = companyLimit
    }

    /// The companies that there are. Others are forgotten.
    func watch(_ companies: [Company]) {
        let known = Set(companies.map(\.id))
        pages.withLock { pages in
            for company in pages.keys where !known.contains(company) { pages[company] = nil }
            for company in companies where pages[company.id] != nil || pages.count < companyLimit {
                pages[company.id, default: Page()].watchedSince = company.createdAt
            }
        }
    }

    /// A run has ended well: what its mark and its source's time of change say about the lag.
    func note(_ report: RunReport, at now: Timestamp) {
        let company = report.run.item.company
        pages.withLock { pages in
            makeRoom(for: company, &pages)
            var page = pages[company] ?? Page()
            page.notedAt = now
            if report.run.cause == .webhook { page.receipt.note(now - report.run.markedAt, at: now) }
            if report.madeSearchable, let changedAt = report.changedAt, let since = page.watchedSince,
                changedAt >= since
            {
                page.source.note(now - changedAt, at: now)
            }
            pages[company] = page
        }
    }

    /// Companies about which nothing was noted lately are absent.
    package func figures(at now: Timestamp) -> [CompanyID: CompanyFreshness] {
        pages.withLock { $0 }.compactMapValues { page in
            let figures = CompanyFreshness(
                receipt: page.receipt.counts(at: now).lags, source: page.source.counts(at: now).lags, measuredAt: now)
            return figures.receipt == nil && figures.source == nil ? nil : figures
        }
    }

    /// The same for several companies taken as one.
    package func figures(of companies: Set<CompanyID>, at now: Timestamp) -> CompanyFreshness {
        let pages = pages.withLock { $0.filter { companies.contains($0.key) } }.values
        var (receipt, source) = (LagCounts(), LagCounts())
        for page in pages {
            receipt.add(page.receipt.counts(at: now))
            source.add(page.source.counts(at: now))
        }
        return CompanyFreshness(receipt: receipt.lags, source: source.lags, measuredAt: now)
    }

    private func makeRoom(for company: CompanyID, _ pages: inout [CompanyID: Page]) {
        guard pages[company] == nil, pages.count >= companyLimit,
            let quietest = pages.min(by: { ($0.value.notedAt, $0.key) < ($1.value.notedAt, $1.key) })
        else { return }
        pages[quietest.key] = nil
    }
}

extension RunReport {
    /// The index says something about the item that it did not say before.
    fileprivate var madeSearchable: Bool {
        switch outcome {
        case .created, .updated, .relabelled: true
        case .unchanged, .excluded, .removed, .failed, .parked: false
        }
    }
}

/// Lags of the last hour, in slots of ten minutes.
struct LagWindow: Sendable {
    private static let slot: Int64 = 600_000
    private static let slots: Int64 = 6

    private var counts: [Int64: LagCounts] = [:]

    mutating func note(_ lag: Duration, at now: Timestamp) {
        let slot = now.milliseconds / Self.slot
        if counts[slot] == nil { counts = counts.filter { $0.key > slot - Self.slots } }
        counts[slot, default: LagCounts()].note(lag)
    }

    func counts(at now: Timestamp) -> LagCounts {
        let slot = now.milliseconds / Self.slot
        return counts.filter { $0.key > slot - Self.slots }.values.reduce(into: LagCounts()) { $0.add($1) }
    }
}

/// Lags counted in buckets, each a third wider than the one before: 50 ms to nine days.
struct LagCounts: Sendable {
    private static let first = 0.05
    private static let ratio = 1.3
    private static let bounds: [Double] = (0..<64).reduce(into: []) { bounds, index in
        bounds.append(index == 0 ? first : bounds[index - 1] * ratio)
    }

    private var counts: [UInt32] = []
    private var longest = 0.0

    mutating func note(_ lag: Duration) {
        let seconds = max(0, lag.seconds)
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count) }
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count - 1
        counts[bucket] &+= 1
        longest = max(longest, seconds)
    }

    mutating func add(_ other: LagCounts) {
        guard !other.counts.isEmpty else { return }
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count) }
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        longest = max(longest, other.longest)
    }

    /// `nil` when nothing was counted.
    var lags: Lags? {
        let samples = counts.reduce(0) { $0 + Int($1) }
        guard samples > 0 else { return nil }
        return Lags(
            samples: samples, p50: quantile(0.5, of: samples), p95: quantile(0.95, of: samples),
            p99: quantile(0.99, of: samples))
    }

    /// The upper end of the bucket that holds it, but no more than the longest lag seen.
    private func quantile(_ share: Double, of samples: Int) -> Duration {
        var left = Int((share * Double(samples)).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            left -= Int(count)
            if left <= 0 { return .milliseconds(Int64(min(Self.bounds[bucket], longest) * 1000)) }
        }
        return .milliseconds(Int64(longest * 1000))
    }
}
