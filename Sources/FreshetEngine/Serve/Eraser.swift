package import FreshetCore
import FreshetDocuments

/// Forgets tickets for good: the store's part first, so that nothing more comes in, then the index, then what was made of
/// texts that are on record no more.
///
/// Safe to repeat: what a call that was cut short has left is removed by the next one of the company, whatever it is about.
/// Throws `UpstreamError` where the index does not answer: then the texts are gone, and the points are not yet.
package struct Eraser: Sendable {
    private let erasures: any Erasures
    private let slots: any IndexSlots
    private let index: SlottedIndex
    private let models: PaidModels
    private let clock: any WallClock

    package init(
        erasures: any Erasures, slots: any IndexSlots, index: SlottedIndex, models: PaidModels, clock: any WallClock
    ) {
        self.erasures = erasures
        self.slots = slots
        self.index = index
        self.models = models
        self.clock = clock
    }

    /// - Parameters:
    ///   - compacts: rewrites the store's file as a whole in the end (`Erasures.compact`).
    ///   - progress: told what is being done, how far, and of how much where that is known.
    package func erase(
        _ wish: ErasureWish, of company: CompanyID, compacts: Bool = false,
        progress: (_ step: String, _ done: Int, _ total: Int?) -> Void = { _, _, _ in }
    ) async throws -> ErasureReceipt {
        let items: [Item]
        switch wish {
        case .ticket(let id):
            // A company has one help desk, and there is one product so far.
            items = [Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id)]
        case .requester(let id):
            // First, so that none is missed that comes while the others are looked for.
            try await erasures.refuse(requester: id, in: company, now: clock.now)
            items = try await erasures.tickets(ofRequester: id, in: company)
        }
        var receipt = ErasureReceipt(
            company: company, reference: try erasures.reference(to: wish, of: company), tickets: items.map(\.originalID)
        )
        for (number, item) in items.enumerated() {
            progress("tickets", number, items.count)
            receipt.add(try await erasures.erase(item, now: clock.now))
        }
        progress("tickets", items.count, items.count)
        receipt.add([.points: try await removePoints(of: company, named: Set(items))])
        receipt.add(try await erasures.removeRemains(of: company))
        receipt.add([
            .modelResults: try await removeResults(of: company) { progress("records looked at", $0, nil) }
        ])
        receipt.isLogEmptied = try await erasures.scrub(company)
        if compacts { receipt.isLogEmptied = try await erasures.compact() }
        return receipt
    }

    /// In every slot. Those that are named leave a tombstone also where they have no point: one may be on its way.
    private func removePoints(of company: CompanyID, named: Set<Item>) async throws -> Int {
        for slot in try await slots.retired() where slot.company == company {
            _ = try await index.purge(retired: slot)
        }
        var count = 0
        let open = try await index.open(company)
        for slot in [open.serving] + open.others {
            var last: Item?
            repeat {
                let page = try await erasures.erased(of: company, after: last, limit: Self.page)
                let labels = try await slot.index.labels(of: page.map(\.item))
                for (item, generation) in page {
                    // In its place may lie another company's, which is for an audit to find.
                    let label = labels[item].flatMap { $0.item.company == company ? $0 : nil }
                    guard label != nil || named.contains(item) else { continue }
                    try await slot.index.remove(item, generation: max(generation, label?.generation ?? 0))
                    count += label == nil ? 0 : 1
                }
                last = page.count < Self.page ? nil : page.last?.item
            } while last != nil
        }
        return count
    }

    /// Results bear no item's name, and an erased ticket may have had other texts before: so what stays is what belongs to
    /// something on record.
    private func removeResults(of company: CompanyID, _ progress: (Int) -> Void) async throws -> Int {
        let start = clock.now
        var embedded: Set<Fingerprint> = []
        var last: Item?
        var count = 0
        repeat {
            let page = try await erasures.summarised(of: company, after: last, limit: Self.page)
            for record in page {
                guard let document = record.document, let summary = record.summary else { continue }
                embedded.formUnion(
                    models.fingerprints(of: embeddingText(subject: document.titles, summary: summary)))
            }
            count += page.count
            progress(count)
            last = page.count < Self.page ? nil : page.last?.item
        } while last != nil
        return try await erasures.removeResults(of: company, butFor: embedded, usedUntil: start)
    }

    private static let page = 200
}

extension Documents {
    /// Whether the document is of somebody whose tickets are never taken in.
    func isErased(_ document: Document) async throws -> Bool {
        guard let requester = document.metadata.requester?.id else { return false }
        return try await isErased(requester: requester, in: document.item.company)
    }
}
