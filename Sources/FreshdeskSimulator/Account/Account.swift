/// One Freshdesk account: its tickets, people and settings, and what happens to them.
///
/// A plain value without clock, network or lock: every call is told the moment it happens at, so the same calls with the
/// same seed give the same account. Callers `settle` it first, which carries out what its own clock owes until then.
package struct Account: Sendable {
    /// What an account is called; it never changes.
    package struct Identity: Sendable, Equatable {
        package var domain: String
        package var id: Int64
        package var name: String
        package var supportEmail: String

        package init(domain: String, id: Int64, name: String, supportEmail: String) {
            self.domain = domain
            self.id = id
            self.name = name
            self.supportEmail = supportEmail
        }

        package static let standard = Identity(
            domain: "tidewater.freshdesk.com", id: 1_093_377, name: "Tidewater",
            supportEmail: "support@tidewater.example")
    }

    /// Where Freshdesk's behaviour is not settled (freshdesk.md 1.8, 1.9), an account can go either way.
    package struct Behaviour: Sendable, Equatable {
        /// A ticket in the trash answers 403 to a GET by id instead of 200 with `deleted: true`.
        package var hidesTrash = false
        /// Editing or deleting a message raises the ticket's `updated_at`.
        package var messageEditsTouchTicket = true
        /// Seconds until `due_by` and its kin are worked out after a change.
        package var dueTimesDelay: Int64 = 5

        package init() {}
    }

    package let identity: Identity
    package var behaviour: Behaviour
    package internal(set) var tickets: [Int64: Ticket] = [:]
    package internal(set) var contacts: [Int64: Contact] = [:]
    package internal(set) var agents: [Int64: Agent] = [:]
    package internal(set) var groups: [Int64: Group] = [:]
    package internal(set) var companies: [Int64: Company] = [:]
    package internal(set) var products: [Int64: Product] = [:]
    package internal(set) var jobs: [String: [JobRow]] = [:]
    /// The agent whom the API key belongs to.
    package internal(set) var keyHolder: Int64 = 0
    /// Rises with every change to any ticket, so that a listing can be kept until then.
    package private(set) var revision = 0

    var byCreation = TicketIndex()
    var byUpdate = TicketIndex()
    /// Trash and spam, which nobody lists often.
    var binned: Set<Int64> = []
    var ticketOfConversation: [Int64: Int64] = [:]
    var agenda = Agenda()
    var random: SplitMix64
    private var events: [AccountEvent] = []

    var ticketIDs = IDSequence(from: 1)
    var conversationIDs = IDSequence(from: 62_099_000_101)
    var attachmentIDs = IDSequence(from: 62_055_010_007)
    var contactIDs = IDSequence(from: 62_007_741_903)
    var agentIDs = IDSequence(from: 62_003_310_542)
    var groupIDs = IDSequence(from: 62_000_154_870)
    var companyIDs = IDSequence(from: 62_000_920_174)
    var productIDs = IDSequence(from: 62_000_331_025)

    private var contactOfEmail: [String: Int64] = [:]
    private var agentOfName: [String: Int64] = [:]

    package init(identity: Identity = .standard, behaviour: Behaviour = Behaviour(), seed: UInt64, now: Seconds) {
        self.identity = identity
        self.behaviour = behaviour
        random = SplitMix64(seed: seed)
        keyHolder = agent(named: "Integration", now: now)
    }

    /// What happened since the last call, oldest first.
    package mutating func takeEvents() -> [AccountEvent] {
        defer { events = [] }
        return events
    }

    mutating func report(
        _ kind: AccountEvent.Kind, _ ticket: Ticket, conversation: Int64? = nil, triggered: String? = nil
    ) {
        events.append(
            AccountEvent(
                kind: kind, ticketID: ticket.id, conversationID: conversation, modifiedAt: ticket.updatedAt,
                triggered: triggered))
    }

    // MARK: People

    /// The agent of that name, made when there is none.
    @discardableResult
    mutating func agent(named name: String, now: Seconds) -> Int64 {
        if let known = agentOfName[name] { return known }
        let id = agentIDs.take()
        agents[id] = Agent(
            id: id, name: name, email: Self.mailbox(name, at: "agents." + identity.supportDomain), createdAt: now,
            updatedAt: now)
        agentOfName[name] = id
        return id
    }

    /// The contact of that address, made when there is none.
    mutating func contact(email: String, name: String?, now: Seconds) -> Int64 {
        let key = email.lowercased()
        if let known = contactOfEmail[key] { return known }
        let id = contactIDs.take()
        contacts[id] = Contact(
            id: id, name: name ?? String(email.prefix { $0 != "@" }), email: email, createdAt: now, updatedAt: now)
        contactOfEmail[key] = id
        return id
    }

    func contactID(ofEmail email: String) -> Int64? { contactOfEmail[email.lowercased()] }

    mutating func addContact(name: String, phone: String?, companyID: Int64? = nil, now: Seconds) -> Int64 {
        let id = contactIDs.take()
        contacts[id] = Contact(
            id: id, name: name, email: nil, phone: phone, companyID: companyID, createdAt: now, updatedAt: now)
        return id
    }

    mutating func setCompany(_ company: Int64, ofContact contact: Int64) { contacts[contact]?.companyID = company }

    mutating func group(named name: String, now: Seconds) -> Int64 {
        if let known = groups.values.first(where: { $0.name == name }) { return known.id }
        let id = groupIDs.take()
        groups[id] = Group(id: id, name: name, createdAt: now, updatedAt: now)
        return id
    }

    mutating func product(named name: String, now: Seconds) -> Int64 {
        if let known = products.values.first(where: { $0.name == name }) { return known.id }
        let id = productIDs.take()
        products[id] = Product(id: id, name: name, createdAt: now)
        return id
    }

    mutating func company(named name: String, domain: String, now: Seconds) -> Int64 {
        if let known = companies.values.first(where: { $0.name == name }) { return known.id }
        let id = companyIDs.take()
        companies[id] = Company(id: id, name: name, domains: [domain], createdAt: now)
        return id
    }

    /// Renames touch no ticket (freshdesk.md 1.9).
    mutating func rename(contact id: Int64, name: String?, email: String?, phone: String?, now: Seconds) throws(Refusal)
    {
        guard var contact = contacts[id] else { throw .notFound }
        if let email, let other = contactOfEmail[email.lowercased()], other != id {
            throw .conflict(
                FieldError(field: "email", message: "It should be a unique value", code: .duplicateValue))
        }
        if let old = contact.email, email != nil { contactOfEmail[old.lowercased()] = nil }
        contact.name = name ?? contact.name
        contact.email = email ?? contact.email
        contact.phone = phone ?? contact.phone
        contact.updatedAt = now
        contacts[id] = contact
        if let email { contactOfEmail[email.lowercased()] = id }
    }

    mutating func rename(group id: Int64, to name: String, now: Seconds) throws(Refusal) {
        guard groups[id] != nil else { throw .notFound }
        groups[id]?.name = name
        groups[id]?.updatedAt = now
    }

    mutating func rename(agent id: Int64, to name: String, now: Seconds) throws(Refusal) {
        guard let old = agents[id] else { throw .notFound }
        agentOfName[old.name] = nil
        agentOfName[name] = id
        agents[id]?.name = name
        agents[id]?.updatedAt = now
    }

    static func mailbox(_ name: String, at domain: String) -> String {
        let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "." }.joined()
        let isReadable = plain.contains { $0 != "." }
        return (isReadable ? plain : "u" + String(stableHash(name), radix: 36)) + "@" + domain
    }

    // MARK: Keeping the tickets

    /// Adds a ticket and everything that is looked up by it.
    mutating func insert(_ ticket: Ticket) {
        ticketIDs.skip(to: ticket.id)
        tickets[ticket.id] = ticket
        enter(ticket)
        for conversation in ticket.conversations { ticketOfConversation[conversation.id] = ticket.id }
        revision += 1
    }

    /// Adds many at once: the order is made once, at the end.
    mutating func load(_ loaded: [Ticket]) {
        for ticket in loaded {
            ticketIDs.skip(to: ticket.id)
            tickets[ticket.id] = ticket
            if ticket.place == .trash || ticket.place == .spam { binned.insert(ticket.id) }
            for conversation in ticket.conversations { ticketOfConversation[conversation.id] = ticket.id }
        }
        let active = tickets.values.filter { $0.place == .active }
        byCreation.load(active.map { TicketIndex.Entry(moment: $0.createdAt.value, id: $0.id) })
        byUpdate.load(active.map { TicketIndex.Entry(moment: $0.updatedAt.value, id: $0.id) })
        revision += 1
    }

    /// Changes a ticket and keeps the order. `touching` sets `updated_at` to that moment, never back.
    mutating func change<Result>(
        _ id: Int64, touching moment: Seconds?, _ edit: (inout Ticket) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        guard let old = tickets[id] else { throw .notFound }
        var ticket = old
        let result = try edit(&ticket)
        if let moment { ticket.updatedAt = max(ticket.updatedAt, moment) }
        leave(old)
        tickets[id] = ticket
        enter(ticket)
        revision += 1
        return result
    }

    /// Forgets a ticket for good.
    mutating func erase(_ ticket: Ticket) {
        leave(ticket)
        tickets[ticket.id] = nil
        for conversation in ticket.conversations { ticketOfConversation[conversation.id] = nil }
        revision += 1
    }

    private mutating func enter(_ ticket: Ticket) {
        switch ticket.place {
        case .active:
            byCreation.insert(ticket.id, at: ticket.createdAt)
            byUpdate.insert(ticket.id, at: ticket.updatedAt)
        case .trash, .spam: binned.insert(ticket.id)
        case .archive: break
        }
    }

    private mutating func leave(_ ticket: Ticket) {
        switch ticket.place {
        case .active:
            byCreation.remove(ticket.id, at: ticket.createdAt)
            byUpdate.remove(ticket.id, at: ticket.updatedAt)
        case .trash, .spam: binned.remove(ticket.id)
        case .archive: break
        }
    }
}

extension Account.Identity {
    /// What is behind the @ of the account's own addresses.
    var supportDomain: String { String(supportEmail.drop { $0 != "@" }.dropFirst()) }
}
