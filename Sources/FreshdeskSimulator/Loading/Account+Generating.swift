extension Account {
    /// Adds `count` made-up tickets, spread over the two years before `now`, in English and Korean. The same seed, count
    /// and moment give the same tickets.
    mutating func generate(_ count: Int, now: Seconds) {
        let agentIDs = Phrases.agents.map { agent(named: $0, now: now) }
        let groupIDs = Phrases.groups.map { group(named: $0, now: now) }
        let productIDs = Phrases.products.map { product(named: $0, now: now) }
        var customers: [Int64] = []
        for number in 0..<min(500, max(1, count / 4)) {
            let company = Phrases.companies[number % Phrases.companies.count]
            let domain = Self.mailbox(company, at: "example").replacing("@", with: ".")
            let name = random.pick(Phrases.firstNames) + " " + random.pick(Phrases.lastNames)
            let contact = contact(email: Self.mailbox("\(name) \(number)", at: domain), name: name, now: now)
            setCompany(self.company(named: company, domain: domain, now: now), ofContact: contact)
            customers.append(contact)
        }
        let step = max(1, 730 * Seconds.day / Int64(max(1, count)))
        var made: [Ticket] = []
        made.reserveCapacity(count)
        for index in 0..<count {
            let age = Int64(count - index) * step
            let created = now - max(Seconds.hour, age - Int64(random.below(Int(step))))
            made.append(generatedTicket(from: customers, agentIDs, groupIDs, productIDs, created: created, now: now))
        }
        load(made)
    }

    private mutating func generatedTicket(
        from customers: [Int64], _ agents: [Int64], _ groups: [Int64], _ products: [Int64], created: Seconds,
        now: Seconds
    ) -> Ticket {
        let language = random.below(10) < 6 ? Phrases.english : Phrases.korean
        let problem = random.pick(language.problems)
        let place = random.pick(language.places)
        let version = "\(random.below(4) + 2).\(random.below(10)).\(random.below(6))"
        func filled(_ text: String) -> String {
            guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
            return text.replacing("{place}", with: place).replacing("{version}", with: version)
        }
        let productIndex = random.below(products.count)
        let customer = random.pick(customers)
        let text = [
            random.pick(language.greetings), filled(problem.description),
            filled(random.pick(language.details)), random.pick(language.closings),
        ].joined(separator: "\n\n")
        let status = created + 20 * Seconds.day < now ? TicketStatus.closed : random.pick([2, 2, 3, 4, 4, 5, 6])
        var ticket = Ticket(
            id: ticketIDs.take(), subject: filled(problem.subject), description: Markup.html(fromText: text),
            status: status, priority: Int64(random.below(4) + 1), source: random.pick([1, 1, 1, 2, 3, 7]),
            requesterID: customer, createdAt: created)
        ticket.type = random.pick(["Question", "Incident", "Problem"])
        ticket.tags = problem.tags
        ticket.companyID = contacts[customer]?.companyID
        ticket.groupID = random.pick(groups)
        ticket.productID = products[productIndex]
        ticket.customFields = ["cf_version": .string(version)]
        if random.below(8) == 0 {
            ticket.attachments = [
                Attachment(
                    id: attachmentIDs.take(), name: random.pick(Phrases.files), contentType: "text/plain",
                    size: Int64(random.below(200_000) + 300), createdAt: created)
            ]
        }
        let agent = random.pick(agents)
        addGeneratedThread(to: &ticket, problem, language, filled, agent: agent, now: now)
        ticket.updatedAt = ticket.conversations.last?.createdAt ?? created
        ticket.responderID = agent
        ticket.stats = Self.history(of: ticket, resolved: nil)
        settleHistory(of: &ticket, now: now)
        return ticket
    }

    /// Most threads are short; one in forty runs beyond the ten conversations that a ticket shows by itself.
    private mutating func addGeneratedThread(
        to ticket: inout Ticket, _ problem: Phrases.Problem, _ language: Phrases.Language,
        _ filled: (String) -> String, agent: Int64, now: Seconds
    ) {
        let length = random.below(40) == 0 ? 11 + random.below(15) : random.below(6)
        var moment = ticket.createdAt
        for index in 0..<length {
            moment = moment + Int64(random.below(6 * 3600) + 120)
            guard moment < now else { return }
            let isLast = index == length - 1
            let speaker = isLast ? 1 : random.below(4)
            let text =
                switch speaker {
                case 0: random.pick(language.customerReplies)
                case 3: random.pick(language.notes)
                default: isLast && ticket.isSettled ? filled(problem.solution) : random.pick(language.agentReplies)
                }
            let isNote = speaker == 3
            var message = Conversation(
                id: conversationIDs.take(), body: Markup.html(fromText: text), incoming: speaker == 0,
                isPrivate: isNote, source: isNote ? 2 : 0, userID: speaker == 0 ? ticket.requesterID : agent,
                createdAt: moment, updatedAt: moment)
            if !isNote { message.supportEmail = identity.supportEmail }
            ticket.conversations.append(message)
        }
    }
}
