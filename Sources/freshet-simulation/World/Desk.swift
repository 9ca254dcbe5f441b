import FreshetCore

/// One company's help desk: the truth that the index is to follow. Confined to the machine's thread.
final class Desk {
    struct Entry {
        var ticket: SourceTicket
        /// What it was before its last change, to be changed back to.
        var earlier: SourceTicket
        var gone: Gone?
        var goneAt: Int64 = 0
        /// Rises with every change, so that one state can be called older than another.
        var version = 1
        /// Lists are behind: until then, in true time, they show the ticket where it stood before.
        var listedFrom: Int64 = 0
        var listedBefore: Timestamp?
        /// Its last two changes bear the same time, as help desks tell it.
        var isAmbiguous = false

        var state: SourceState { gone.map(SourceState.gone) ?? .present(ticket) }
    }

    let company: CompanyID
    let scheme: WebhookScheme
    let secret: Secret
    /// Its clock against true time, in milliseconds.
    let skew: Int64
    private(set) var entries: [Int64: Entry] = [:]
    /// Nobody answers.
    var isDown = false
    /// Milliseconds by which lists are behind at most.
    var listLag: Int64 = 0
    private let machine: Machine
    private var words = 0

    private var dice: Dice

    init(company: CompanyID, scheme: WebhookScheme, secret: Secret, skew: Int64, dice: Dice, machine: Machine) {
        self.company = company
        self.scheme = scheme
        self.secret = secret
        self.skew = skew
        self.dice = dice
        self.machine = machine
    }

    func item(_ id: Int64) -> Item { Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id) }
    func version(of id: Int64) -> Int { entries[id]?.version ?? 0 }

    /// Whole seconds, as help desks count.
    private var now: Timestamp { Timestamp(seconds: (machine.trueNow + .milliseconds(skew)).secondsSinceEpoch) }

    /// Text that no other ticket or company has, and that says whose it is.
    private func text(_ id: Int64) -> String {
        words += 1
        return "\(company.text)secret ticket\(id) matter\(words)"
    }

    /// In this second, by its own clock.
    func hasJustChanged(_ id: Int64) -> Bool {
        entries[id].map { $0.gone == nil && $0.ticket.metadata.updatedAt == now } ?? false
    }

    // MARK: - What people do

    func create(_ id: Int64) {
        let ticket = SourceTicket(
            item: item(id), subject: text(id), descriptionHTML: "<div>\(text(id))</div>", messages: [], attachments: [],
            metadata: Metadata(
                stage: .open, status: Label(id: 2, name: "Open"), priority: Label(id: 1, name: "Low"), type: nil,
                source: Label(id: 1, name: "E-mail"), tags: [], createdAt: now, updatedAt: now))
        var entry = Entry(ticket: ticket, earlier: ticket)
        touch(&entry, from: nil)
        entries[id] = entry
    }

    /// Sets the time of change, which lists will show soon.
    private func touch(_ entry: inout Entry, from before: Timestamp?) {
        entry.isAmbiguous = before == now
        entry.ticket.metadata.updatedAt = now
        if entry.listedFrom <= machine.time { entry.listedBefore = before }
        entry.listedFrom = listLag > 0 ? machine.time + Int64(dice.int(0...Int(listLag))) : 0
    }

    func change(_ id: Int64, _ work: (inout SourceTicket) -> Void) {
        guard var entry = entries[id], entry.gone == nil else { return }
        entry.earlier = entry.ticket
        work(&entry.ticket)
        touch(&entry, from: entry.earlier.metadata.updatedAt)
        entry.version += 1
        entries[id] = entry
    }

    func reply(_ id: Int64) {
        let body = "<p>\(text(id))</p>"
        let moment = now
        change(id) { ticket in
            ticket.messages.append(
                SourceMessage(
                    id: id * 1000 + Int64(ticket.messages.count + 1), author: Author(role: .agent, id: 7, name: "Ada"),
                    isPrivate: ticket.messages.count % 3 == 2, isIncoming: false, bodyHTML: body, createdAt: moment))
        }
    }

    func rename(_ id: Int64) {
        let subject = text(id)
        change(id) { $0.subject = subject }
    }

    func blank(_ id: Int64) {
        change(id) { ticket in
            ticket.subject = ""
            ticket.descriptionHTML = ""
            ticket.messages = []
        }
    }

    /// Back to what it was: an edit undone, a status set and set back.
    func revert(_ id: Int64) {
        guard let earlier = entries[id]?.earlier else { return }
        change(id) { $0 = earlier }
    }

    func remove(_ id: Int64, as gone: Gone) {
        guard var entry = entries[id] else { return }
        entry.gone = gone
        entry.goneAt = machine.time
        entry.version += 1
        entries[id] = entry
    }

    func restore(_ id: Int64) {
        guard var entry = entries[id], entry.gone == .deleted || entry.gone == .spam else { return }
        entry.gone = nil
        touch(&entry, from: entry.ticket.metadata.updatedAt)
        entry.version += 1
        entries[id] = entry
    }

    // MARK: - What it lists

    /// In order, beginning after `position`.
    func rows(of listing: Listing, after position: ListingPosition?) -> [ListedItem] {
        let listed: [ListedItem] = entries.values.compactMap { entry in
            let isListed = entry.listedFrom <= machine.time
            guard let updatedAt = isListed ? entry.ticket.metadata.updatedAt : entry.listedBefore else { return nil }
            switch listing {
            case .changed(let since): guard entry.gone == nil, updatedAt >= since else { return nil }
            case .deleted: guard entry.gone == .deleted else { return nil }
            case .spam: guard entry.gone == .spam else { return nil }
            case .articles: return nil  // These help desks have tickets only.
            }
            return ListedItem(item: entry.ticket.item, updatedAt: updatedAt)
        }
        let parts = position?.text.split(separator: ":").compactMap { Int64($0) } ?? []
        let start = parts.count == 2 ? (parts[0], parts[1]) : (Int64.min, Int64.min)
        return listed.map { ($0.updatedAt.milliseconds, $0.item.originalID, $0) }
            .filter { ($0.0, $0.1) > start }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    static func position(after row: ListedItem) -> ListingPosition {
        ListingPosition(text: "\(row.updatedAt.milliseconds):\(row.item.originalID)")
    }
}
