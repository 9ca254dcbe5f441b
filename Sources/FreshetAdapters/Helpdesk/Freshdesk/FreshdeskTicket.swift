import Foundation
import FreshetCore

/// A ticket and its whole conversation, read and complete, on its way from Freshdesk's words into ours.
struct FreshdeskTicket: Sendable {
    var ticket: TicketPayload
    /// All of them, oldest first.
    var conversations: [ConversationPayload]
    var isArchived: Bool

    /// Who is named in it besides the requester: needed to know which look-ups it takes.
    var agentIDs: Set<Int64> {
        var ids = Set(conversations.filter { !$0.isIncoming }.compactMap(\.userID))
        if let responder = ticket.responderID { ids.insert(responder) }
        if let requester = ticket.requesterID { ids.remove(requester) }
        return ids
    }

    /// In our words. Names that are not known are left out; nothing else depends on `names`, so that a look-up that
    /// fails never changes what a ticket says.
    func source(of item: Item, names: FreshdeskNames) -> SourceTicket {
        SourceTicket(
            item: item, subject: ticket.subject, descriptionHTML: ticket.descriptionHTML,
            messages: conversations.map { message($0, names: names) },
            attachments: ticket.attachments.map(\.attachment),
            metadata: metadata(names: names), repeatsFirstMessage: ticket.source == Self.webChat, isArchived: isArchived
        )
    }

    private func message(_ conversation: ConversationPayload, names: FreshdeskNames) -> SourceMessage {
        SourceMessage(
            id: conversation.id, author: author(of: conversation, names: names), isPrivate: conversation.isPrivate,
            isIncoming: conversation.isIncoming, bodyHTML: conversation.bodyHTML,
            attachments: conversation.attachments.map(\.attachment), createdAt: conversation.createdAt,
            editedAt: conversation.lastEditedAt)
    }

    /// Who wrote it, told by the conversation alone: the role is content, so it must not hang on a look-up.
    private func author(of conversation: ConversationPayload, names: FreshdeskNames) -> Author {
        let user = conversation.userID
        if conversation.isAutoResponse || conversation.automationID != nil {
            return Author(role: .automatic, id: user, name: user.flatMap { names.agents[$0]?.name })
        }
        let isFromCustomer =
            conversation.isIncoming || conversation.category == Self.customerReply
            || (user != nil && user == ticket.requesterID)
        if isFromCustomer {
            let isRequester = user != nil && user == ticket.requesterID
            return Author(role: .requester, id: user, name: isRequester ? requester?.name : nil)
        }
        guard let user else { return Author(role: .automatic) }
        return Author(role: .agent, id: user, name: names.agents[user]?.name)
    }

    private var requester: Person? {
        guard let id = ticket.requesterID ?? ticket.requester?.id else { return nil }
        return Person(id: id, name: ticket.requester?.name, email: ticket.requester?.email)
    }

    private func metadata(names: FreshdeskNames) -> Metadata {
        Metadata(
            stage: stage, status: label(ticket.status, names.statuses),
            priority: label(ticket.priority, names.priorities),
            type: ticket.type, source: label(ticket.source, names.sources), tags: ticket.tags,
            group: ticket.groupID.map { Label(id: $0, name: names.groups[$0]) },
            product: ticket.productID.map { Label(id: $0, name: names.products[$0]) },
            agent: ticket.responderID.map { names.agents[$0] ?? Person(id: $0) }, requester: requester,
            organisation: ticket.companyID.map { Label(id: $0) }, customFields: ticket.customFields,
            createdAt: ticket.createdAt, updatedAt: ticket.updatedAt, resolvedAt: ticket.stats?.resolvedAt,
            closedAt: ticket.stats?.closedAt, isArchived: isArchived,
            parentID: ticket.associationType == Self.child ? ticket.parentID : nil,
            mergedIntoID: conversations.reversed().lazy.compactMap(mergedInto).first)
    }

    /// Freshdesk has no flag for a merge: it closes the ticket and leaves a note, "This ticket is closed and merged into
    /// ticket 12". Whoever merges may write another one, and then nothing tells of it.
    private func mergedInto(_ conversation: ConversationPayload) -> Int64? {
        guard stage == .closed || stage == .resolved, !conversation.isIncoming,
            author(of: conversation, names: FreshdeskNames()).role != .requester,
            let phrase = conversation.bodyHTML.range(of: "merged into ticket", options: .caseInsensitive)
        else { return nil }
        let digits = conversation.bodyHTML[phrase.upperBound...].prefix(200).utf8
            .drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }
        guard let primary = Int64(String(decoding: digits, as: UTF8.self)), primary > 0, primary != ticket.id else {
            return nil
        }
        return primary
    }

    private var stage: Metadata.Stage {
        switch ticket.status {
        case 2: .open
        case 3: .pending
        case 4: .resolved
        case 5: .closed
        default: .other
        }
    }

    /// Number 0 where the ticket says none.
    private func label(_ number: Int64?, _ names: [Int64: String]) -> Label {
        Label(id: number ?? 0, name: number.flatMap { names[$0] })
    }

    /// Tickets of this source repeat their first message as first conversation.
    private static let webChat: Int64 = 15
    private static let customerReply: Int64 = 1
    private static let child: Int64 = 2
}

/// Names for the numbers in a ticket, as far as they are known.
struct FreshdeskNames: Sendable, Equatable {
    var agents: [Int64: Person] = [:]
    var groups: [Int64: String] = [:]
    var products: [Int64: String] = [:]
    var statuses = Self.standardStatuses
    var priorities = Self.standardPriorities
    var sources = Self.standardSources

    static let standardStatuses: [Int64: String] = [2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed"]
    static let standardPriorities: [Int64: String] = [1: "Low", 2: "Medium", 3: "High", 4: "Urgent"]
    static let standardSources: [Int64: String] = [
        1: "Email", 2: "Portal", 3: "Phone", 4: "Forum", 5: "Twitter", 6: "Facebook", 7: "Chat", 8: "Mobihelp",
        9: "Feedback Widget", 10: "Outbound Email", 11: "Ecommerce", 12: "Bot", 13: "WhatsApp", 14: "Chat Task",
        15: "Web Chat",
    ]
}

extension AttachmentPayload {
    var attachment: Attachment {
        Attachment(attachmentID: id, fileName: name, contentType: contentType, size: size)
    }
}
