extension GeneratedThread {
    /// What the ticket is about. Some tickets share an incident: the same trouble at the same place in other words; a
    /// few are a customer's reminder of another ticket.
    struct Matter {
        var language: Phrases.Language
        var problem: Phrases.Problem
        var place: String
        var version: String
        var isReminder = false

        func filled(_ text: String) -> String { Phrases.filled(text, place: place, version: version) }
    }

    /// How many neighbouring numbers may share an incident.
    private static let incidentSpan: Int64 = 64

    var matter: Matter {
        var own = random(.description)
        let language = GeneratedPeople.languages[customer.language]
        let lot = own.below(100)
        if lot < 12 {
            let group = GeneratedThread(seed: seed, number: -1 - number / Self.incidentSpan, createdAt: now, now: now)
            var shared = group.random(.description)
            let problem = shared.below(1 << 20)
            let place = shared.below(1 << 20)
            return Matter(
                language: language, problem: language.problems[problem % language.problems.count],
                place: language.places[place % language.places.count], version: Self.version(&shared))
        }
        let matter = Matter(
            language: language, problem: own.pick(language.problems), place: own.pick(language.places),
            version: Self.version(&own))
        guard lot == 99, number > 1 else { return matter }
        var earlier = GeneratedThread(seed: seed, number: number - 1, createdAt: now, now: now).matter
        earlier.isReminder = true
        return earlier
    }

    private static func version(_ random: inout SplitMix64) -> String {
        "\(random.below(4) + 2).\(random.below(10)).\(random.below(6))"
    }

    var subject: String {
        let matter = matter
        let subject = matter.filled(matter.problem.subject)
        return matter.isReminder ? "Re: " + subject : subject
    }

    // MARK: The first message

    var description: String {
        let matter = matter
        var random = random(.description, 1)
        var parts = [random.pick(matter.language.greetings)]
        if matter.isReminder { parts.append(random.pick(matter.language.customerReplies)) }
        parts.append(matter.filled(matter.problem.description))
        for _ in 0..<random.below(4) {
            let detail = matter.filled(random.pick(matter.language.details))
            if !parts.contains(detail) { parts.append(detail) }
        }
        switch random.below(40) {
        case 0: parts.append(Self.log(lines: 20 + random.below(60), version: matter.version, &random))
        case 1...4: parts.append(Self.log(lines: 2 + random.below(6), version: matter.version, &random))
        default: break
        }
        parts.append(random.pick(matter.language.closings) + "\n" + customer.name)
        var html = Markup.html(fromText: parts.joined(separator: "\n\n"))
        if random.below(25) == 0 { html = Self.withPicture(html, &random) }
        return html
    }

    var attachments: [Attachment] {
        var random = random(.files, 1)
        return files(share: 12, slot: 0, at: createdAt, &random)
    }

    // MARK: The thread

    var conversations: [Conversation] {
        var conversations: [Conversation] = []
        if isWebChat {
            conversations.append(
                Conversation(
                    id: Self.conversationID(of: number, 0), body: description, incoming: true, isPrivate: false,
                    source: 0, userID: customer.id, createdAt: createdAt, updatedAt: createdAt))
        }
        let matter = matter
        let beats = beats
        for (index, beat) in beats.enumerated() {
            let isLast = index == beats.count - 1
            conversations.append(conversation(beat, index, isLast: isLast, about: matter, after: conversations.last))
        }
        return conversations
    }

    private func conversation(
        _ beat: Beat, _ index: Int, isLast: Bool, about matter: Matter, after earlier: Conversation?
    ) -> Conversation {
        var random = random(.message, index)
        let customer = customer
        var html = Markup.html(fromText: text(of: beat, isLast: isLast, about: matter, &random))
        if beat.speaker == .customer, let earlier, random.below(5) == 0 {
            html += "<blockquote class=\"freshdesk_quote\">\(earlier.body)</blockquote>"
        }
        let isNote = beat.speaker == .note || beat.speaker == .robot
        var conversation = Conversation(
            id: Self.conversationID(of: number, index + 1), body: html, incoming: beat.speaker == .customer,
            isPrivate: isNote, source: isNote ? 2 : 0, createdAt: beat.moment, updatedAt: beat.editedAt ?? beat.moment)
        switch beat.speaker {
        case .customer:
            conversation.userID = customer.id
            conversation.fromEmail = customer.email
            conversation.toEmails = [Account.Identity.standard.supportEmail]
            conversation.supportEmail = Account.Identity.standard.supportEmail
        case .agent:
            conversation.userID = agent
            conversation.fromEmail = "Support <\(Account.Identity.standard.supportEmail)>"
            conversation.toEmails = [customer.email]
            conversation.supportEmail = Account.Identity.standard.supportEmail
        case .note: conversation.userID = GeneratedPeople.agentID(random.next() >> 8)
        case .robot: conversation.isAutomatic = true
        }
        if let edited = beat.editedAt {
            conversation.lastEditedAt = edited
            conversation.lastEditedUserID = conversation.userID
        }
        if !isNote { conversation.attachments = files(share: 16, slot: index + 1, at: beat.moment, &random) }
        return conversation
    }

    private func text(of beat: Beat, isLast: Bool, about matter: Matter, _ random: inout SplitMix64) -> String {
        let language = matter.language
        switch beat.speaker {
        case .agent where isLast: return matter.filled(matter.problem.solution)
        case .note: return matter.filled(random.pick(language.notes))
        case .robot: return "job=\(random.below(90_000) + 10_000) state=linked version=\(matter.version)"
        case .agent, .customer:
            let choices = beat.speaker == .agent ? language.agentReplies : language.customerReplies
            var parts = [random.pick(choices)]
            switch random.below(8) {
            case 0: parts.append(matter.filled(random.pick(language.details)))
            case 1: parts.append(Self.log(lines: 2 + random.below(12), version: matter.version, &random))
            case 2...3: parts.append(random.pick(language.closings))
            default: break
            }
            return parts.joined(separator: "\n\n")
        }
    }

    // MARK: Pieces

    static func conversationID(of number: Int64, _ index: Int) -> Int64 { 62_200_000_000 + number * 100 + Int64(index) }

    /// The number of the ticket that a generated message belongs to; `nil` for any other message.
    static func number(ofConversation id: Int64) -> Int64? {
        (62_200_000_000..<62_300_000_000).contains(id) ? (id - 62_200_000_000) / 100 : nil
    }

    /// One message of `share` has files, one or two.
    private func files(share: Int, slot: Int, at moment: Seconds, _ random: inout SplitMix64) -> [Attachment] {
        guard random.below(share) == 0 else { return [] }
        return (0...random.below(2)).map { index in
            let (name, type, limit) = random.pick(Phrases.files)
            return Attachment(
                id: 62_300_000_000 + number * 200 + Int64(2 * slot + index), name: name, contentType: type,
                size: Int64(random.below(limit) + 300), createdAt: moment)
        }
    }

    private static func log(lines: Int, version: String, _ random: inout SplitMix64) -> String {
        let levels = ["ERROR", "WARN", "INFO", "INFO"]
        let states = [
            "aborted", "retrying in 30 s", "row limit reached", "session expired", "ok", "timeout after 15000 ms",
        ]
        return (0..<lines).map { line in
            "09:\(14 + line / 60):\(10 + line % 50) \(random.pick(levels)) job=\(random.below(90_000) + 10_000) "
                + "version=\(version) \(random.pick(states))"
        }.joined(separator: "\n")
    }

    /// A picture inside the text: no attachment, and a link whose token never changes (freshdesk.md 1.7).
    private static func withPicture(_ html: String, _ random: inout SplitMix64) -> String {
        let token = "eyJhbGciOiJIUzI1NiJ9.\(random.hex(bytes: 24)).\(random.hex(bytes: 16))"
        return html.dropLast("</div>".count)
            + "<div><img src=\"https://attachment.freshdesk.com/inline/attachment?token=\(token)\" class=\"inline-image\"></div></div>"
    }
}

extension Phrases {
    /// `{place}` and `{version}` filled in.
    static func filled(_ text: String, place: String, version: String) -> String {
        var out = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            switch rest[rest.index(after: open)..<close] {
            case "place": out += place
            case "version": out += version
            default: out += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }
}
