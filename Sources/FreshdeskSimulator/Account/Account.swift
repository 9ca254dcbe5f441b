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
        /// Days after which a closed ticket that nobody touched is archived. Freshdesk: 120, in accounts that are older
        /// than a year; `nil` is a younger account.
        package var archivesAfterDays: Int64?
        /// Seconds that `/search/tickets` lags behind.
        package var searchLag: Int64 = 60
        /// What the body of a 404 is.
        package var notFoundBody = NotFoundBody.empty
        /// Whether the API key's agent is an admin; others get 403 for agents, groups and settings.
        package var keyIsAdmin = true
        /// What the API key's agent may see.
        package var keyScope = KeyScope.everything

        package enum NotFoundBody: String, Sendable, Equatable, CaseIterable { case empty, html }

        package enum KeyScope: String, Sendable, Equatable, CaseIterable {
            case everything = "global"
            /// Tickets of the agent's groups (the account's first) and those assigned to the agent.
            case group
            /// Only those assigned to the agent.
            case restricted

            /// As `ticket_scope` says it.
            var number: Int64 {
                switch self {
                case .everything: 1
                case .group: 2
                case .restricted: 3
                }
            }
        }

        /// How the automations API answers.
        package var automations = AutomationsAPI.bareArray
        /// All creation rules that match run, not only the first.
        package var runsAllCreationRules = false

        /// The list of rules is documented as an object and seen live as a bare array; some plans and roles have none.
        package enum AutomationsAPI: String, Sendable, CaseIterable {
            case bareArray = "bare"
            case wrapped
            case notInPlan = "not-in-plan"
            case adminsOnly = "admins-only"
        }
        /// The deepest page of a ticket list; a lower one brings the end of the depth within reach of a test.
        package var deepestPage: Int64 = 300
        /// Endpoints, like `products`, that the account's plan does not have.
        package var gated: Set<String> = []
        /// Links to attachments lead to this simulator, which then answers as S3 does.
        package var servesAttachments = false

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
    package internal(set) var knowledgeBase = KnowledgeBase()
    package internal(set) var jobs: [String: [JobRow]] = [:]
    var rules = RuleBook()
    /// The agent whom the API key belongs to.
    package internal(set) var keyHolder: Int64 = 0
    /// Rises with every change to any ticket, so that a listing can be kept until then.
    package internal(set) var revision = 0

    var byCreation = TicketIndex()
    var byUpdate = TicketIndex()
    /// Trash and spam, which nobody lists often.
    var binned: Set<Int64> = []
    var ticketOfConversation: [Int64: Int64] = [:]
    var agenda = Agenda()
    var random: SplitMix64
    /// Where the text of generated tickets comes from.
    let generatorSeed: UInt64
    /// Generated ticket n has the id `generatedBase + n`.
    var generatedBase: Int64 = 0
    var churn: Churn?
    /// The moment to which everything is settled.
    var settledTo: Seconds
    /// What search still believes of tickets that changed a moment ago; `nil` inside when it does not know them yet.
    var believedBySearch: [Int64: Ticket?] = [:]
    private var events: [AccountEvent] = []

    var ticketIDs = IDSequence(from: 1)
    var conversationIDs = IDSequence(from: 62_099_000_101)
    var attachmentIDs = IDSequence(from: 62_055_010_007)
    var contactIDs = IDSequence(from: 62_007_741_903)
    var agentIDs = IDSequence(from: 62_003_310_542)
    var groupIDs = IDSequence(from: 62_000_154_870)
    var companyIDs = IDSequence(from: 62_000_920_174)
    var productIDs = IDSequence(from: 62_000_331_025)

    var contactOfEmail: [String: Int64] = [:]
    var agentOfName: [String: Int64] = [:]

    package init(identity: Identity = .standard, behaviour: Behaviour = Behaviour(), seed: UInt64, now: Seconds) {
        self.identity = identity
        self.behaviour = behaviour
        random = SplitMix64(seed: seed)
        generatorSeed = seed ^ 0x7469_636B_6574
        settledTo = now
        keyHolder = agent(named: "Integration", now: now)
    }

    /// What happened since the last call, oldest first.
    package mutating func takeEvents() -> [AccountEvent] {
        defer { events = [] }
        return events
    }

    mutating func report(
        _ kind: AccountEvent.Kind, _ ticket: Ticket, conversation: Int64? = nil, _ occurrences: [Occurrence] = [],
        by performer: AccountEvent.Performer? = nil
    ) {
        // Rules pass over the tickets of agents and over mails that agents begin.
        let isPassedOver = agents[ticket.requesterID] != nil || (kind == .ticketCreated && ticket.source == 10)
        events.append(
            AccountEvent(
                kind: kind, ticketID: ticket.id, conversationID: conversation, modifiedAt: ticket.updatedAt,
                occurrences: isPassedOver ? [] : occurrences, performer: performer ?? .agent(keyHolder),
                ticket: ticket))
    }

    func performer(_ user: Int64?) -> AccountEvent.Performer {
        guard let user, agents[user] == nil else { return .agent(user ?? keyHolder) }
        return .requester(user)
    }

    // MARK: Keeping the tickets

    /// Adds a ticket and everything that is looked up by it.
    mutating func insert(_ ticket: Ticket) {
        ticketIDs.skip(to: ticket.id)
        hideFromSearch(ticket.id, nil)
        tickets[ticket.id] = ticket
        enter(ticket)
        for conversation in ticket.conversations { ticketOfConversation[conversation.id] = ticket.id }
        revision += 1
    }

    /// Adds many at once: the order is made once, at the end.
    mutating func load(_ loaded: [Ticket]) {
        tickets.reserveCapacity(tickets.count + loaded.count)
        for var ticket in loaded {
            ticketIDs.skip(to: ticket.id)
            if archives(ticket) { ticket.place = .archive } else { awaitArchiving(ticket) }
            tickets[ticket.id] = ticket
            if ticket.place == .trash || ticket.place == .spam { binned.insert(ticket.id) }
            // Those of generated tickets are found by their numbers.
            if case .generated = ticket.text { continue }
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
        hideFromSearch(id, .some(old))
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
        believedBySearch[ticket.id] = nil
        if case .written(let text) = ticket.text {
            for conversation in text.conversations { ticketOfConversation[conversation.id] = nil }
        }
        revision += 1
    }

    /// The ticket that a message is in; the message may be gone from it.
    func ticketID(ofConversation id: Int64) -> Int64? {
        ticketOfConversation[id] ?? GeneratedThread.number(ofConversation: id).map { generatedBase + $0 }
    }

    private mutating func enter(_ ticket: Ticket) {
        awaitArchiving(ticket)
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
