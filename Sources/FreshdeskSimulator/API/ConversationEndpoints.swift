extension Desk {
    static let conversationEndpoints: [Endpoint] = [
        Endpoint("tickets/{id}/conversations").on("GET") { state, call, ids throws(Refusal) in
            try conversations(of: try state.account.visibleTicket(ids[0]), call, &state)
        },
        Endpoint("tickets/archived/{id}/conversations").on("GET") { state, call, ids throws(Refusal) in
            try conversations(of: try state.account.archivedTicket(ids[0]), call, &state)
        },
        Endpoint("tickets/{id}/reply").on("POST") { state, call, ids throws(Refusal) in
            _ = try state.account.writableTicket(ids[0], verb: "POST")
            let draft = try MessageDraft(
                call, known: ["body", "attachments", "from_email", "user_id", "cc_emails", "bcc_emails"],
                privateByDefault: false, account: state.account)
            let reply = try state.account.reply(to: ids[0], draft, now: state.now)
            return show(reply, of: ids[0], &state, status: 201)
        },
        Endpoint("tickets/{id}/notes").on("POST") { state, call, ids throws(Refusal) in
            _ = try state.account.writableTicket(ids[0], verb: "POST")
            let draft = try MessageDraft(
                call, known: ["body", "attachments", "incoming", "notify_emails", "private", "user_id"],
                privateByDefault: true, account: state.account)
            let note = try state.account.addNote(to: ids[0], draft, now: state.now)
            return show(note, of: ids[0], &state, status: 201)
        },
        Endpoint("conversations/{id}")
            .on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: ["body", "attachments"])
                let text = body.text("body")
                let attachments = body.attachments()
                try body.finish()
                let note = try state.account.editNote(ids[0], body: text, attachments: attachments, now: state.now)
                return show(note, of: state.account.ticketID(ofConversation: ids[0]) ?? 0, &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.deleteConversation(ids[0], now: state.now)
                return .noContent
            },
    ]

    private static func conversations(of ticket: Ticket, _ call: Call, _ state: inout DeskState) throws(Refusal)
        -> Answer
    {
        let parameters = try Parameters(call, known: ["page", "per_page"])
        var renderer = state.renderer()
        // Stored in the order of their making, which is that of `created_at`.
        return try .page(of: ticket.conversations, for: call, parameters) { conversation, json in
            renderer.write(conversation, of: ticket.id, to: &json)
        }
    }

    static func show(_ conversation: Conversation, of ticket: Int64, _ state: inout DeskState, status: Int = 200)
        -> Answer
    {
        var renderer = state.renderer()
        return .json(status) { renderer.write(conversation, of: ticket, to: &$0) }
    }
}
