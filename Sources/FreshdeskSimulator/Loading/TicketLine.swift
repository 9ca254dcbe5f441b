/// One line of a file of tickets, as it stands there (design, section 9). Members that are not named here are ignored.
struct TicketLine: Decodable {
    /// A number, or text whose digits are the number: `D00042` is 42.
    var id: JSON
    var subject: String?
    var description: String?
    /// `text` (default; wiki markup counts as text) or `html`.
    var bodyFormat: String?
    var createdAt: String
    var updatedAt: String?
    var resolvedAt: String?
    /// Freshdesk's number or a word.
    var status: JSON?
    var priority: JSON?
    /// Freshdesk's number; words name where the data came from and say nothing here.
    var source: JSON?
    var type: String?
    var tags: [String]?
    var product: String?
    var group: String?
    var requester: Person?
    var ccEmails: [String]?
    var customFields: [String: JSON]?
    var attachments: [File]?
    /// Message 0 is the description, the others conversations.
    var messages: [Message]?

    struct Person: Decodable {
        var name: String?
        var email: String
        var company: String?
    }

    struct File: Decodable {
        var name: String
        var size: Int64?
        var mime: String?
        var createdAt: String?

        enum CodingKeys: String, CodingKey {
            case name, size, mime
            case createdAt = "created_at"
        }
    }

    struct Message: Decodable {
        var author: String?
        /// `requester` is incoming, `bot` an automatic note, all else an agent.
        var role: String?
        var createdAt: String?
        var body: String?
        /// A private note.
        var isPrivate: Bool?
        var attachments: [File]?

        enum CodingKeys: String, CodingKey {
            case author, role, body, attachments
            case createdAt = "created_at"
            case isPrivate = "private"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, subject, description, status, priority, source, type, tags, product, group, requester, attachments
        case messages
        case bodyFormat = "body_format"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case resolvedAt = "resolved_at"
        case ccEmails = "cc_emails"
        case customFields = "custom_fields"
    }
}

extension TicketLine {
    /// Throws what is wrong, in words.
    func ticketID() throws(Complaint) -> Int64 {
        let number: Int64? =
            switch id {
            case .integer(let number): number
            case .string(let text): Int64(text.filter { $0.isASCII && $0.isNumber })
            default: nil
            }
        guard let number, number > 0 else { throw Complaint("'id' holds no positive number") }
        return number
    }

    /// Words map to the nearest of Freshdesk's.
    func statusNumber() throws(Complaint) -> Int64 {
        switch status {
        case nil, .null: return TicketStatus.open
        case .integer(let number):
            guard number >= 2 else { throw Complaint("'status' \(number) is no status of Freshdesk's") }
            return number
        case .string(let word):
            return switch word.lowercased() {
            case "pending", "needs info", "on hold": TicketStatus.pending
            case "resolved", "fixed", "done", "solved", "answered": TicketStatus.resolved
            case "closed", "won't fix", "duplicate", "invalid": TicketStatus.closed
            case "waiting on customer", "waiting for customer": TicketStatus.waitingOnCustomer
            case "waiting on third party": TicketStatus.waitingOnThirdParty
            default: TicketStatus.open
            }
        default: throw Complaint("'status' is neither a number nor a word")
        }
    }

    func priorityNumber() throws(Complaint) -> Int64 {
        switch priority {
        case nil, .null: return 1
        case .integer(let number):
            guard TicketPriority.all.contains(number) else {
                throw Complaint("'priority' \(number) is not between 1 and 4")
            }
            return number
        case .string(let word):
            return switch word.lowercased() {
            case "blocker", "urgent", "emergency": 4
            case "critical", "high": 3
            case "major", "medium", "normal": 2
            default: 1
            }
        default: throw Complaint("'priority' is neither a number nor a word")
        }
    }

    static func moment(_ text: String, _ name: String) throws(Complaint) -> Seconds {
        guard let moment = Seconds(iso8601: text) else { throw Complaint("'\(name)' is not an ISO 8601 time") }
        return moment
    }

    struct Complaint: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }
}
