/// Something that happened to a ticket, for whoever sends webhooks.
package struct AccountEvent: Sendable, Equatable {
    /// The names that a Freshworks app gets them by.
    package enum Kind: String, Sendable, CaseIterable {
        case ticketCreated = "onTicketCreate"
        /// Trashing, restoring, spam and its undoing included.
        case ticketUpdated = "onTicketUpdate"
        /// Gone for good.
        case ticketDeleted = "onTicketDelete"
        case conversationCreated = "onConversationCreate"
        case conversationUpdated = "onConversationUpdate"
        case conversationDeleted = "onConversationDelete"
    }

    package var kind: Kind
    package var ticketID: Int64
    package var conversationID: Int64?
    /// When the ticket was modified last.
    package var modifiedAt: Seconds
    /// What automation rules may wait for; empty where none fires: edits and removals of messages, merges, the SLA clock,
    /// purges, tickets of agents (freshdesk.md 5).
    package var occurrences: [Occurrence] = []
    package var performer: Performer
    /// As it stands afterwards.
    package var ticket: Ticket

    /// Who did it, as rules tell people apart.
    package enum Performer: Sendable, Equatable {
        case agent(Int64)
        case requester(Int64)
    }
}
