/// What becomes of generated tickets besides staying in the lists; each a share between 0 and 1.
package struct GeneratedShares: Sendable, Equatable {
    package var trash = 0.0
    package var spam = 0.0
    /// Of the closed ones that rested for 120 days.
    package var archive = 0.0

    package init() {}
}

extension Account {
    /// Adds `count` made-up tickets, spread over the two years before `now`.
    ///
    /// Ticket 17 of a seed is the same on every machine and whatever `count` is; only its number is higher where the
    /// account holds tickets already. Its moments are counted back from `now`. So that this can be, numbers are not in
    /// the order of creation.
    mutating func generate(_ count: Int, shares: GeneratedShares = GeneratedShares(), now: Seconds) {
        guard count > 0 else { return }
        generatedBase = ticketIDs.last
        let founded = now - 1000 * Seconds.day
        peopleForGenerated(now: founded)
        var made: [Ticket] = []
        made.reserveCapacity(count)
        for number in 1...Int64(count) { made.append(generatedTicket(number, shares, now: now)) }
        load(made)
    }

    private mutating func peopleForGenerated(now: Seconds) {
        for index in 0..<GeneratedPeople.agentCount {
            add(
                Agent(
                    id: GeneratedPeople.agentID(UInt64(index)), name: GeneratedPeople.agentName(index),
                    email: "agent-\(index)@agents.\(identity.supportDomain)", createdAt: now, updatedAt: now))
        }
        for (index, name) in Phrases.groups.enumerated() {
            let id = GeneratedPeople.groupID(index)
            groups[id] = Group(id: id, name: name, createdAt: now, updatedAt: now)
        }
        for (index, name) in Phrases.products.enumerated() {
            let id = GeneratedPeople.productID(index)
            products[id] = Product(id: id, name: name, createdAt: now)
        }
    }

    private static let versions: [String: [String: JSON]] = {
        var fields: [String: [String: JSON]] = [:]
        for major in 2...5 {
            for minor in 0...9 {
                for patch in 0...5 {
                    let version = "\(major).\(minor).\(patch)"
                    // Shared, so that a hundred thousand tickets do not hold a hundred thousand dictionaries.
                    fields[version] = ["cf_version": .string(version), "cf_region": minor % 3 == 0 ? .null : "EU"]
                }
            }
        }
        return fields
    }()

    /// The golden ratio spreads any count of numbers evenly over two years.
    private static func creation(of number: Int64, before now: Seconds) -> Seconds {
        let spread = (UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15)
            .multipliedFullWidth(by: UInt64(730 * Seconds.day - Seconds.hour)).high
        return now - Seconds.hour - Int64(spread)
    }

    private mutating func generatedTicket(_ number: Int64, _ shares: GeneratedShares, now: Seconds) -> Ticket {
        let created = Self.creation(of: number, before: now)
        let thread = GeneratedThread(seed: generatorSeed, number: number, createdAt: created, now: now)
        let matter = thread.matter
        let beats = thread.beats
        let customer = thread.customer
        meet(customer, now: now - 1000 * Seconds.day)
        var random = thread.random(.head, 1)

        var ticket = Ticket(
            id: generatedBase + number, subject: thread.subject, description: "",
            status: Self.status(age: now.value - created.value, &random), priority: random.pick([1, 1, 1, 2, 2, 3, 4]),
            source: random.pick([1, 1, 1, 1, 2, 2, 3, 7, 9]), requesterID: customer.id, createdAt: created)
        ticket.text = .generated(thread)
        if thread.isWebChat { ticket.source = TicketSource.webChat }
        if ticket.source == 1 {
            ticket.toEmails = Self.supportOfGenerated
            ticket.supportEmail = identity.supportEmail
            ticket.emailConfigID = 62_000_018_211
        }
        ticket.type = random.pick(["Question", "Question", "Incident", "Problem", "Feature Request", nil])
        ticket.tags = random.below(4) == 0 ? [] : matter.problem.tags
        ticket.companyID = customer.company.map(GeneratedPeople.companyID)
        ticket.groupID = GeneratedPeople.groupID(
            customer.language == 1 ? Phrases.groups.count - 1 : random.below(Phrases.groups.count - 1))
        ticket.productID = GeneratedPeople.productID(random.below(Phrases.products.count))
        ticket.customFields = Self.versions[matter.version] ?? [:]
        ticket.responderID = thread.agent
        let last = beats.map { max($0.moment, $0.editedAt ?? $0.moment) }.max() ?? created
        // A ticket is settled some time after the last word.
        let settled = min(now - 60, last + Int64(random.below(Int(2 * Seconds.day))))
        ticket.updatedAt = ticket.isSettled ? max(last, settled) : last
        ticket.stats = Self.history(of: ticket, beats)
        settleHistory(of: &ticket, now: now)
        bin(&ticket, shares, now: now, &random)
        return ticket
    }

    private static func status(age: Int64, _ random: inout SplitMix64) -> Int64 {
        switch age {
        case ..<(2 * Seconds.day): random.pick([2, 2, 2, 2, 3, 6, 4])
        case ..<(20 * Seconds.day): random.pick([2, 3, 3, 4, 4, 5, 6, 7])
        default: random.pick([5, 5, 5, 5, 5, 5, 5, 4, 4, random.below(5) == 0 ? 3 : 5])
        }
    }

    private static func history(of ticket: Ticket, _ beats: [GeneratedThread.Beat]) -> Stats {
        var stats = Stats()
        let answers = beats.filter { $0.speaker == .agent }
        stats.firstRespondedAt = answers.first?.moment
        stats.agentRespondedAt = answers.last?.moment
        stats.requesterRespondedAt = beats.last { $0.speaker == .customer }?.moment
        stats.statusUpdatedAt = ticket.isSettled ? ticket.updatedAt : ticket.createdAt
        if ticket.isSettled { stats.resolvedAt = ticket.updatedAt }
        if ticket.status == TicketStatus.closed { stats.closedAt = ticket.updatedAt }
        if ticket.status == TicketStatus.pending { stats.pendingSince = ticket.updatedAt }
        return stats
    }

    /// The last thirty days' trash and spam: what was binned earlier is purged already.
    private mutating func bin(
        _ ticket: inout Ticket, _ shares: GeneratedShares, now: Seconds, _ random: inout SplitMix64
    ) {
        let lot = random.fraction()
        let binned = now - Int64(random.below(Int(29 * Seconds.day)) + 60)
        switch lot {
        case ..<shares.trash: ticket.place = .trash
        case ..<(shares.trash + shares.spam): ticket.place = .spam
        default:
            let isIdle = ticket.status == TicketStatus.closed && ticket.updatedAt + Self.archiveAge < now
            if isIdle, random.fraction() < shares.archive { ticket.place = .archive }
            return
        }
        ticket.binnedAt = max(binned, ticket.updatedAt)
        ticket.updatedAt = ticket.binnedAt ?? binned
        agenda.add(.purge, for: ticket.id, at: ticket.updatedAt + 30 * Seconds.day)
    }

    private mutating func meet(_ customer: GeneratedPeople.Customer, now: Seconds) {
        guard contacts[customer.id] == nil else { return }
        let company = customer.company.map(GeneratedPeople.companyID)
        if let index = customer.company, let company, companies[company] == nil {
            companies[company] = Company(
                id: company, name: GeneratedPeople.companyName(index), domains: [GeneratedPeople.companyDomain(index)],
                createdAt: now)
        }
        add(
            Contact(
                id: customer.id, name: customer.name, email: customer.email, companyID: company, createdAt: now,
                updatedAt: now))
    }

    private static let supportOfGenerated = ["Support <\(Account.Identity.standard.supportEmail)>"]
}
