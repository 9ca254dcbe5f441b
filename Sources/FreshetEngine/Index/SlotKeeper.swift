package import FreshetCore
package import Logging
import ServiceLifecycle

/// Lets replaced slots of the index go when they have been kept for long enough, and purges what nobody uses any more.
package struct SlotKeeper: Service {
    private let slots: any IndexSlots
    private let index: SlottedIndex
    private let companies: any Companies
    private let reconciles: any Reconciles
    /// How long a replaced slot is kept for a rollback.
    private let keep: Duration
    private let interval: Duration
    private let clock: any WallClock
    private let logger: Logger

    package init(
        slots: any IndexSlots, index: SlottedIndex, companies: any Companies, reconciles: any Reconciles,
        keep: Duration, interval: Duration = .seconds(60), clock: any WallClock, logger: Logger
    ) {
        self.slots = slots
        self.index = index
        self.companies = companies
        self.reconciles = reconciles
        self.keep = keep
        self.interval = interval
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await tidy()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("purging replaced slots of the index broke off", metadata: ["error": "\(error)"])
                }
                do { try await clock.sleep(for: interval) } catch { return }
            }
        }
    }

    /// One round. One that was cut short goes on in the next.
    package func tidy() async throws {
        for company in try await companies.all() {
            let spare = try await slots.slots(of: company.id).first { $0.state != .serving }
            // Also one whose rebuild was given up.
            guard let spare, clock.now - spare.since >= keep,
                try await !reconciles.list(of: company.id, limit: 10).contains(where: {
                    $0.isAboutSlots && !$0.hasEnded
                })
            else { continue }
            _ = try await slots.retireSpare(of: company.id)
        }
        for slot in try await slots.retired() { try await purge(slot) }
    }

    /// Turns the company's slot that does not serve out of use and purges it; `nil` when there is none.
    package func discard(_ company: CompanyID) async throws -> IndexSlot? {
        guard let slot = try await slots.retireSpare(of: company) else { return nil }
        try await purge(slot)
        return slot
    }

    private func purge(_ slot: IndexSlot) async throws {
        let points = try await index.purge(retired: slot)
        logger.info(
            "purged a replaced slot of the index",
            metadata: ["company": "\(slot.company)", "slot": "\(slot.number)", "points": "\(points)"])
    }
}
