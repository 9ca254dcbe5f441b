/// A ticket as the account keeps it (freshdesk.md 1.5). Its HTML is stored; the plain text is derived when asked for.
package struct Ticket: Sendable, Equatable {
    /// Where a ticket shows up. Each ticket is in exactly one place; a purged one is in none, it is gone.
    package enum Place: Sendable, Equatable {
        case active, trash, spam, archive
    }

    package let id: Int64
    package var place = Place.active
    package var subject: String?
    package var status: Int64
    package var priority: Int64
    package var source: Int64
    package var type: String?
    package var tags: [String] = []
    package var requesterID: Int64
    package var responderID: Int64?
    package var groupID: Int64?
    package var companyID: Int64?
    package var productID: Int64?
    package var emailConfigID: Int64?
    package var supportEmail: String?
    package var toEmails: [String]?
    package var ccEmails: [String] = []
    package var customFields: [String: JSON] = [:]
    /// The separate resource of that name, where somebody has written one.
    package var summary: TicketSummary?
    var text: TicketText
    package var sla = ServiceLevel()
    package var stats = Stats()
    package let createdAt: Seconds
    package var updatedAt: Seconds
    /// Since when it is in the trash or among spam; both are purged after 30 days.
    package var binnedAt: Seconds?

    package init(
        id: Int64, subject: String?, description: String, status: Int64 = TicketStatus.open, priority: Int64 = 1,
        source: Int64 = 2, requesterID: Int64, createdAt: Seconds
    ) {
        self.id = id
        self.subject = subject
        text = .written(WrittenText(description: description))
        self.status = status
        self.priority = priority
        self.source = source
        self.requesterID = requesterID
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var isSettled: Bool { status == TicketStatus.resolved || status == TicketStatus.closed }

    /// HTML.
    package var description: String {
        get { text.description }
        set { text.written.description = newValue }
    }

    /// Of the first message.
    package var attachments: [Attachment] {
        get { text.attachments }
        set { text.written.attachments = newValue }
    }

    /// The thread after the first message, in the order of its making.
    package var conversations: [Conversation] {
        get { text.conversations }
        set { text.written.conversations = newValue }
    }
}

/// What an agent, or Freshdesk's own helper, has noted about a ticket as a whole. Writing it touches no `updated_at`.
package struct TicketSummary: Sendable, Equatable {
    /// HTML.
    package var body: String
    package var userID: Int64
    package var createdAt: Seconds
    package var updatedAt: Seconds
    package var lastEditedAt: Seconds?
}

/// The SLA clock's view of a ticket.
package struct ServiceLevel: Sendable, Equatable {
    /// `nil` until Freshdesk has worked it out, some seconds after the ticket came or its priority changed.
    package var dueBy: Seconds?
    package var firstResponseDueBy: Seconds?
    package var isEscalated = false
    package var isFirstResponseEscalated = false

    /// How long after creation an answer and a solution are due, by priority (1 low … 4 urgent).
    static func targets(priority: Int64) -> (firstResponse: Int64, resolution: Int64) {
        switch priority {
        case 4: (Seconds.hour, 4 * Seconds.hour)
        case 3: (4 * Seconds.hour, Seconds.day)
        case 2: (8 * Seconds.hour, 3 * Seconds.day)
        default: (Seconds.day, 5 * Seconds.day)
        }
    }
}

/// The eight timestamps that `include=stats` shows.
package struct Stats: Sendable, Equatable {
    package var agentRespondedAt: Seconds?
    package var requesterRespondedAt: Seconds?
    package var firstRespondedAt: Seconds?
    package var statusUpdatedAt: Seconds?
    package var reopenedAt: Seconds?
    package var resolvedAt: Seconds?
    package var closedAt: Seconds?
    package var pendingSince: Seconds?

    /// Keeps what follows from a change of status.
    mutating func statusChanged(from old: Int64?, to new: Int64, at moment: Seconds) {
        statusUpdatedAt = moment
        let wasSettled = old == TicketStatus.resolved || old == TicketStatus.closed
        switch new {
        case TicketStatus.resolved:
            resolvedAt = moment
        case TicketStatus.closed:
            closedAt = moment
            resolvedAt = resolvedAt ?? moment
        default:
            if wasSettled {
                reopenedAt = moment
                resolvedAt = nil
                closedAt = nil
            }
        }
        pendingSince = new == TicketStatus.pending ? moment : nil
    }
}

/// A file of a ticket or message. It never changes; only the link to it is signed anew on each fetch.
package struct Attachment: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var contentType: String
    package var size: Int64
    package var createdAt: Seconds

    package var isImage: Bool { contentType.hasPrefix("image/") }
}

/// An entry of a ticket's thread after its first message (freshdesk.md 1.6).
package struct Conversation: Sendable, Equatable {
    package let id: Int64
    /// HTML.
    package var body: String
    package var incoming: Bool
    package var isPrivate: Bool
    /// 0 reply, 2 note, 6 feedback, 8 forward.
    package var source: Int64
    package var userID: Int64?
    package var fromEmail: String?
    package var toEmails: [String] = []
    package var ccEmails: [String] = []
    package var supportEmail: String?
    package var attachments: [Attachment] = []
    /// Written by a rule or a robot, not by a person.
    package var isAutomatic = false
    package var createdAt: Seconds
    package var updatedAt: Seconds
    package var lastEditedAt: Seconds?
    package var lastEditedUserID: Int64?

    package var isNote: Bool { source == 2 }

    /// 1 customer reply, 2 private note, 3 agent's public reply; public notes count with the replies.
    var category: Int64 { incoming ? 1 : (isPrivate ? 2 : 3) }
}

/// Status numbers. 6 and 7 are custom ones that this account has, as many do.
package enum TicketStatus {
    package static let open: Int64 = 2
    package static let pending: Int64 = 3
    package static let resolved: Int64 = 4
    package static let closed: Int64 = 5
    package static let waitingOnCustomer: Int64 = 6
    package static let waitingOnThirdParty: Int64 = 7

    /// Number, label for agents, label for customers.
    static let choices: [(Int64, String, String)] = [
        (2, "Open", "Being Processed"), (3, "Pending", "Awaiting your Reply"),
        (4, "Resolved", "This ticket has been Resolved"),
        (5, "Closed", "This ticket has been Closed"), (6, "Waiting on Customer", "Awaiting your Reply"),
        (7, "Waiting on Third Party", "Being Processed"),
    ]
    static let all = choices.map(\.0)
}

enum TicketPriority {
    static let choices: [(Int64, String)] = [(1, "Low"), (2, "Medium"), (3, "High"), (4, "Urgent")]
    static let all = choices.map(\.0)
}

enum TicketSource {
    static let choices: [(Int64, String)] = [
        (1, "Email"), (2, "Portal"), (3, "Phone"), (7, "Chat"), (9, "Feedback Widget"), (10, "Outbound Email"),
        (15, "Web Chat"),
    ]
    static let all = choices.map(\.0)
    /// Web-chat tickets repeat their first message as first conversation.
    static let webChat: Int64 = 15
}
