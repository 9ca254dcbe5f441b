/// Edits that agents and customers make by themselves, as on a working day: drawn from the seed, on the account's clock.
struct Churn: Sendable {
    /// Edits a minute, on average.
    let rate: Double
    var random: SplitMix64
    private var nextMilliseconds: Int64
    private(set) var made = 0
    /// Since the last moment at which all was quiet.
    private var madeAtOnce = 0

    /// A clock that jumps brings at most this many edits: of a jump over a month the first part is busy, the rest quiet.
    static let burstLimit = 10_000

    init(rate: Double, seed: UInt64, now: Seconds) {
        self.rate = rate
        random = SplitMix64(seed: seed ^ 0x6368_7572_6E)
        nextMilliseconds = now.value * 1000
        wait()
    }

    /// When the next edit is due; `nil` while a jump has brought too many.
    var next: Seconds? { madeAtOnce < Self.burstLimit ? Seconds(milliseconds: nextMilliseconds) : nil }

    private mutating func wait() {
        // Gaps uniform between nothing and twice the average: exact on every machine, unlike a logarithm.
        nextMilliseconds += max(1, Int64(120_000 / rate * random.fraction()))
    }

    /// Counts an edit and settles when the next one is due.
    mutating func step() {
        wait()
        made += 1
        madeAtOnce += 1
    }

    mutating func catchUp(with now: Seconds) {
        if madeAtOnce >= Self.burstLimit { nextMilliseconds = max(nextMilliseconds, now.value * 1000) }
        madeAtOnce = 0
    }
}

extension Account {
    /// Edits by themselves from now on, `rate` a minute on average; 0 ends it.
    mutating func setChurn(rate: Double, now: Seconds) {
        churn = rate > 0 ? Churn(rate: rate, seed: generatorSeed, now: now) : nil
    }

    /// One edit of somebody's. What the account refuses does not happen.
    mutating func churnOnce(at moment: Seconds) {
        guard var churn else { return }
        churn.step()
        var random = churn.random
        do throws(Refusal) {
            try edit(at: moment, &random)
        } catch {
            // Such as a note to be edited in a ticket that has none: people shrug and go on.
        }
        churn.random = random
        self.churn = churn
    }

    private mutating func edit(at now: Seconds, _ random: inout SplitMix64) throws(Refusal) {
        switch random.below(200) {
        case 0..<8: try churnNewTicket(now, &random)
        case 8..<12: if let id = binned.min() { try unbin(id, now) }
        case let lot:
            guard let ticket = churnTarget(&random) else { return try churnNewTicket(now, &random) }
            try edit(ticket, lot, at: now, &random)
        }
    }

    private mutating func edit(_ ticket: Ticket, _ lot: Int, at now: Seconds, _ random: inout SplitMix64)
        throws(Refusal)
    {
        let id = ticket.id
        let language = random.pick(GeneratedPeople.languages)
        switch lot {
        case ..<70: _ = try customerReply(to: id, MessageDraft(random.pick(language.customerReplies)), now: now)
        case ..<110:
            var draft = MessageDraft(random.pick(language.agentReplies))
            draft.userID = ticket.responderID
            _ = try reply(to: id, draft, now: now)
        case ..<140:
            var draft = MessageDraft(random.pick(language.notes))
            draft.isPrivate = random.below(5) > 0
            draft.userID = ticket.responderID
            _ = try addNote(to: id, draft, now: now)
        case ..<165:
            var draft = TicketDraft()
            draft.status = random.pick([2, 3, 4, 4, 5, 6])
            _ = try update(id, with: draft, now: now)
        case ..<175:
            var draft = TicketDraft()
            let tag = "seen-\(random.below(40))"
            draft.tags = ticket.tags.contains(tag) ? ticket.tags.filter { $0 != tag } : ticket.tags + [tag]
            _ = try update(id, with: draft, now: now)
        case ..<181:
            var draft = TicketDraft()
            draft.priority = Int64(random.below(4) + 1)
            _ = try update(id, with: draft, now: now)
        case ..<187:
            let notes = ticket.conversations.filter(\.isNote)
            guard !notes.isEmpty else { throw .notFound }
            let text = Markup.html(fromText: random.pick(language.notes) + " (\(now.dateText))")
            _ = try editNote(random.pick(notes).id, body: text, attachments: [], now: now)
        case ..<190:
            guard let last = ticket.conversations.last else { throw .notFound }
            try deleteConversation(last.id, now: now)
        case ..<195: try trash(id, now: now)
        case ..<198: try markSpam(id, now: now)
        default:
            guard let other = churnTarget(&random), other.id != id else { throw .notFound }
            try merge(Merge(primary: min(id, other.id), secondaries: [max(id, other.id)]), now: now)
        }
    }

    private mutating func unbin(_ id: Int64, _ now: Seconds) throws(Refusal) {
        if tickets[id]?.place == .spam { try unmarkSpam(id, now: now) } else { try restore(id, now: now) }
    }

    private mutating func churnNewTicket(_ now: Seconds, _ random: inout SplitMix64) throws(Refusal) {
        let customer = GeneratedPeople.customer(random.below(100), random.fraction())
        let thread = GeneratedThread(seed: random.next(), number: 1, createdAt: now, now: now)
        var draft = TicketDraft()
        draft.subject = thread.subject
        draft.description = thread.description
        draft.email = customer.email
        draft.name = customer.name
        draft.source = random.pick([1, 1, 2])
        draft.priority = Int64(random.below(4) + 1)
        _ = try create(draft, now: now)
    }

    /// Mostly something that changed lately.
    private func churnTarget(_ random: inout SplitMix64) -> Ticket? {
        let share = random.fraction()
        guard let entry = byUpdate.entry(fromEnd: Int(share * share * share * Double(byUpdate.count))) else {
            return nil
        }
        return tickets[entry.id]
    }
}

extension MessageDraft {
    fileprivate init(_ text: String) { self.init(body: Markup.html(fromText: text)) }
}
