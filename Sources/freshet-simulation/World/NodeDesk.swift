import FreshetCore

/// The help desk as a node reaches it: over a line that is slow, refuses, breaks and cuts lists short.
struct NodeDesk: HelpDesk {
    let node: Node
    let company: CompanyID

    var calls: Int64 { 0 }

    private var world: World { node.world }

    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        try await call("fetch \(item.name)")
        guard let desk = world.desks[company], let entry = desk.entries[item.originalID] else {
            node.read(item, version: 0, provesRemoval: true)
            return Fetched(.gone(.purged), calls: 1)
        }
        node.read(item, version: entry.version, provesRemoval: entry.gone != nil)
        guard case .present(var ticket) = entry.state else { return Fetched(entry.state, calls: 1) }
        let isEdited = desk.hasJustChanged(item.originalID) && world.toss(world.weather.editsDuringFetch)
        if isEdited { Trouble(world).edit(desk, item.originalID) }
        // Read at once and answered late.
        if isEdited || world.toss(world.weather.deskDelays / 2) {
            try await node.wait(world.dice.milliseconds(1...20))
        }
        // The conversation is another call: what happens in between is half in it.
        try await call("conversation of \(item.name)")
        if let later = desk.entries[item.originalID], later.gone == nil { ticket.messages = later.ticket.messages }
        // What was told, of two states perhaps, is what counts: a ticket without any text is not to be found.
        if ticket.isBlank { node.read(item, version: entry.version, provesRemoval: true) }
        return Fetched(.present(ticket), calls: 2)
    }

    func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage {
        try await call("list \(listing)")
        guard let desk = world.desks[company] else { return ListingPage(items: [], next: nil) }
        var rows = desk.rows(of: listing, after: position)
        if world.toss(world.weather.shortListings) {
            // An end that is none. What is missing is the end of the list, since it is in order.
            rows = Array(rows.prefix(world.dice.int(0...max(0, rows.count - 1))))
            node.note("the listing is cut short after \(rows.count)")
            return ListingPage(items: Array(rows.prefix(rowsPerPage)), next: nil)
        }
        let page = Array(rows.prefix(rowsPerPage))
        let next = rows.count > page.count ? page.last.map(Desk.position(after:)) : nil
        return ListingPage(items: page, next: next)
    }

    private let rowsPerPage = 5

    init(node: Node, company: CompanyID) {
        self.node = node
        self.company = company
    }

    func check() async throws(UpstreamError) { try await call("check") }

    /// One call, as it may go.
    private func call(_ what: String) async throws(UpstreamError) {
        try await node.wait(world.toss(world.weather.deskDelays) ? world.dice.milliseconds(0...20) : 40)
        if world.toss(world.weather.deskDelays / 20) { try await node.wait(world.dice.milliseconds(20...400)) }
        node.note(what)
        if world.desks[company]?.isDown == true { throw .unreachable(detail: "an outage") }
        guard world.toss(world.weather.deskFaults) else { return }
        switch world.dice.int(0...9) {
        case 0...3: throw .unreachable(detail: "503")
        case 4...6: throw .throttled(retryAfter: .seconds(world.dice.int(1...600)))
        case 7: throw .throttled(retryAfter: nil)
        case 8: throw .refused(status: 404, code: "not_found")
        default: throw .malformed(path: "ticket.updated_at")
        }
    }
}

struct NodeDesks: HelpDesks {
    let node: Node

    func helpDesk(of company: CompanyID) async throws -> any HelpDesk { NodeDesk(node: node, company: company) }
}

extension SourceTicket {
    fileprivate var isBlank: Bool { subject.isEmpty && descriptionHTML.isEmpty && messages.isEmpty }
}
