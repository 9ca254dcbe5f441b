/// Writes the account's things as Freshdesk's JSON.
///
/// `Links` is what differs on every fetch: the signature of each attachment's link.
struct Renderer {
    let account: Account
    var links: Links

    // MARK: Tickets

    enum TicketForm: Equatable {
        /// A row of a list: no text unless asked for, never attachments.
        case row(description: Bool)
        /// A ticket by itself.
        case detail
        case archived
        /// A row of a search result: as detail without attachments.
        case found
    }

    struct Includes: Equatable {
        var conversations = false
        var requester = false
        var company = false
        var stats = false
    }

    mutating func write(_ ticket: Ticket, as form: TicketForm, including includes: Includes, to json: inout JSONWriter)
    {
        json.beginObject()
        json.field("cc_emails", ticket.ccEmails)
        json.field("fwd_emails", [])
        json.field("reply_cc_emails", ticket.ccEmails)
        json.field("ticket_cc_emails", ticket.ccEmails)
        json.field("ticket_bcc_emails", [])
        json.field("fr_escalated", ticket.sla.isFirstResponseEscalated)
        json.field("spam", ticket.place == .spam)
        // Only a trashed ticket has the member at all (freshdesk.md 1.5).
        if ticket.place == .trash { json.field("deleted", true) }
        if form == .archived { json.field("archived", true) }
        json.field("email_config_id", ticket.emailConfigID)
        json.field("group_id", ticket.groupID)
        json.field("priority", ticket.priority)
        json.field("requester_id", ticket.requesterID)
        json.field("responder_id", ticket.responderID)
        json.field("source", ticket.source)
        json.field("company_id", ticket.companyID)
        json.field("status", ticket.status)
        json.field("subject", ticket.subject)
        json.nullField("association_type")
        json.field("support_email", ticket.supportEmail)
        if let toEmails = ticket.toEmails { json.field("to_emails", toEmails) } else { json.nullField("to_emails") }
        json.field("product_id", ticket.productID)
        json.field("id", ticket.id)
        json.field("type", ticket.type)
        json.field("due_by", time: ticket.sla.dueBy)
        json.field("fr_due_by", time: ticket.sla.firstResponseDueBy)
        json.field("is_escalated", ticket.sla.isEscalated)
        json.nullField("nr_due_by")
        json.field("nr_escalated", false)
        if form != .row(description: false) {
            let description = ticket.description
            json.field("description", description)
            json.field("description_text", Markup.text(fromHTML: description))
            json.nullField("structured_description")
        }
        json.field("custom_fields", .object(ticket.customFields))
        json.field("created_at", time: ticket.createdAt)
        json.field("updated_at", time: ticket.updatedAt)
        json.nullField("associated_tickets_count")
        json.field("tags", ticket.tags)
        write(sentiment: ticket, to: &json)
        if form == .detail || form == .archived { write(ticket.attachments, to: &json) }
        if includes.requester { writeRequester(of: ticket, to: &json) }
        if includes.company { writeCompany(of: ticket, to: &json) }
        if includes.stats { write(ticket.stats, to: &json) }
        if includes.conversations {
            json.key("conversations")
            json.beginArray()
            for conversation in ticket.conversations.prefix(10) { write(conversation, of: ticket.id, to: &json) }
            json.endArray()
        }
        json.endObject()
    }

    /// Newer accounts have these. They come when the due times come, and move with what customers write.
    private func write(sentiment ticket: Ticket, to json: inout JSONWriter) {
        let isKnown = ticket.sla.dueBy != nil
        let first = Int64(SplitMix64(seed: UInt64(bitPattern: ticket.id)).first() % 100)
        json.field("form_id", 62_000_040_001)
        json.field("initial_sentiment_score", isKnown ? first : nil)
        json.field(
            "sentiment_score",
            isKnown ? (first + (ticket.stats.requesterRespondedAt?.value ?? 0) % 7) % 100 : nil)
    }

    private func writeRequester(of ticket: Ticket, to json: inout JSONWriter) {
        json.key("requester")
        json.beginObject()
        json.field("id", ticket.requesterID)
        let contact = account.contacts[ticket.requesterID]
        let agent = account.agents[ticket.requesterID]
        json.field("name", contact?.name ?? agent?.name)
        json.field("email", contact?.email ?? agent?.email)
        json.nullField("mobile")
        json.field("phone", contact?.phone)
        json.endObject()
    }

    private func writeCompany(of ticket: Ticket, to json: inout JSONWriter) {
        json.key("company")
        json.beginObject()
        if let company = ticket.companyID.flatMap({ account.companies[$0] }) {
            json.field("id", company.id)
            json.field("name", company.name)
        }
        json.endObject()
    }

    private func write(_ stats: Stats, to json: inout JSONWriter) {
        json.key("stats")
        json.beginObject()
        json.field("agent_responded_at", time: stats.agentRespondedAt)
        json.field("requester_responded_at", time: stats.requesterRespondedAt)
        json.field("first_responded_at", time: stats.firstRespondedAt)
        json.field("status_updated_at", time: stats.statusUpdatedAt)
        json.field("reopened_at", time: stats.reopenedAt)
        json.field("resolved_at", time: stats.resolvedAt)
        json.field("closed_at", time: stats.closedAt)
        json.field("pending_since", time: stats.pendingSince)
        json.endObject()
    }

    // MARK: Conversations and attachments

    mutating func write(_ conversation: Conversation, of ticket: Int64, to json: inout JSONWriter) {
        json.beginObject()
        json.field("body", conversation.body)
        json.field("body_text", Markup.text(fromHTML: conversation.body))
        json.field("id", conversation.id)
        json.field("incoming", conversation.incoming)
        json.field("private", conversation.isPrivate)
        json.field("user_id", conversation.userID)
        json.field("support_email", conversation.supportEmail)
        json.field("source", conversation.source)
        json.field("category", conversation.category)
        json.field("to_emails", conversation.toEmails)
        json.field("from_email", conversation.fromEmail)
        json.field("cc_emails", conversation.ccEmails)
        // Notes have no blind copies, not even an empty list.
        if conversation.isNote { json.nullField("bcc_emails") } else { json.field("bcc_emails", []) }
        json.nullField("email_failure_count")
        json.nullField("outgoing_failures")
        json.nullField("thread_id")
        json.nullField("thread_message_id")
        json.field("created_at", time: conversation.createdAt)
        json.field("updated_at", time: conversation.updatedAt)
        json.field("last_edited_at", time: conversation.lastEditedAt)
        json.field("last_edited_user_id", conversation.lastEditedUserID)
        write(conversation.attachments, to: &json)
        json.field("automation_id", conversation.isAutomatic ? 62_000_500_011 as Int64? : nil)
        json.field("automation_type_id", conversation.isAutomatic ? 4 as Int64? : nil)
        json.field("auto_response", conversation.isAutomatic)
        json.field("ticket_id", ticket)
        json.nullField("source_additional_info")
        json.endObject()
    }

    mutating func write(_ attachments: [Attachment], to json: inout JSONWriter) {
        json.key("attachments")
        json.beginArray()
        for attachment in attachments {
            json.beginObject()
            json.field("id", attachment.id)
            json.field("name", attachment.name)
            json.field("content_type", attachment.contentType)
            json.field("size", attachment.size)
            json.field("created_at", time: attachment.createdAt)
            json.field("updated_at", time: attachment.createdAt)
            // Files are scanned a little after they came.
            json.field("scan_state", links.now < attachment.createdAt + 60 ? 0 : 1)
            json.field("attachment_url", links.url(of: attachment, variant: "original"))
            if attachment.isImage { json.field("thumb_url", links.url(of: attachment, variant: "thumb")) }
            json.endObject()
        }
        json.endArray()
    }
}

/// Signs the links to attachments, each time differently, as S3 does (freshdesk.md 1.7). The signatures are noise;
/// what is behind the links is up to `Desk.file`.
struct Links {
    let now: Seconds
    var random: SplitMix64
    var host = "https://s3.amazonaws.com"

    mutating func url(of attachment: Attachment, variant: String) -> String {
        let path = "data/helpdesk/attachments/production/\(attachment.id)/\(variant)/\(percentEncoded(attachment.name))"
        let day = now.compact.prefix(8)
        let credential = "AKIASIMULATOR0000000%2F\(day)%2Fus-east-1%2Fs3%2Faws4_request"
        return "\(host)/cdn.freshdesk.com/\(path)?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=\(credential)&X-Amz-Date=\(now.compact)&X-Amz-Expires=300"
            + "&X-Amz-SignedHeaders=host&X-Amz-Signature=\(random.hex(bytes: 32))"
    }
}

/// RFC 3986: everything but unreserved characters.
func percentEncoded(_ text: String) -> String {
    var out: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            out.append(byte)
        default:
            out.append(UInt8(ascii: "%"))
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
    }
    return String(decoding: out, as: UTF8.self)
}
