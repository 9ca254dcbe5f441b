extension Desk {
    static let ticketEndpoints: [Endpoint] = [
        Endpoint("tickets")
            .on("GET", kind: .ticketList, creditsPerInclude: 2, list)
            .on("POST", kind: .ticketCreate) { state, call, _ throws(Refusal) in
                let draft = try TicketDraft(call, isNew: true, account: state.account)
                let ticket = try state.account.create(draft, now: state.now)
                return show(ticket, &state, status: 201)
                    .with("Location", "\(call.origin)/api/v2/tickets/\(ticket.id)")
            },
        Endpoint("tickets/merge").on("PUT", kind: .ticketUpdate, merge),
        Endpoint("tickets/bulk_update").on("POST", kind: .ticketUpdate, bulkUpdate),
        Endpoint("tickets/bulk_delete").on("POST", kind: .ticketUpdate, bulkDelete),
        Endpoint("tickets/archived/{id}")
            .on("GET", creditsPerInclude: 1) { state, call, ids throws(Refusal) in
                try show(try state.account.archivedTicket(ids[0]), as: .archived, call, &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.deleteArchived(ids[0])
                return .noContent
            },
        Endpoint("tickets/{id}")
            .on("GET", creditsPerInclude: 1) { state, call, ids throws(Refusal) in
                try show(try state.account.visibleTicket(ids[0]), as: .detail, call, &state)
            }
            .on("PUT", kind: .ticketUpdate) { state, call, ids throws(Refusal) in
                // Before the body: what may not be written to refuses whatever is in it.
                _ = try state.account.writableTicket(ids[0], verb: "PUT")
                let draft = try TicketDraft(call, isNew: false, account: state.account)
                return show(try state.account.update(ids[0], with: draft, now: state.now), &state)
            }
            .on("DELETE") { state, _, ids throws(Refusal) in
                try state.account.trash(ids[0], now: state.now)
                return .noContent
            },
        Endpoint("tickets/{id}/restore").on("PUT", kind: .ticketUpdate) { state, _, ids throws(Refusal) in
            try state.account.restore(ids[0], now: state.now)
            return .noContent
        },
        Endpoint("tickets/{id}/summary")
            .on("GET") { state, _, ids throws(Refusal) in
                try show(try state.account.visibleTicket(ids[0]).summary, of: ids[0])
            }
            .on("PUT", kind: .ticketUpdate) { state, call, ids throws(Refusal) in
                _ = try state.account.writableTicket(ids[0], verb: "PUT")
                var body = try BodyReader(call, known: ["body", "user_id"])
                body.require("body")
                let text = body.text("body") ?? ""
                let user = body.integer("user_id")
                try body.finish()
                try state.account.summarise(ids[0], text, by: user, now: state.now)
                return try show(try state.account.visibleTicket(ids[0]).summary, of: ids[0])
            }
            .on("DELETE", kind: .ticketUpdate) { state, _, ids throws(Refusal) in
                try state.account.removeSummary(of: ids[0])
                return .noContent
            },
        Endpoint("search/tickets").on("GET", search),
        Endpoint("jobs/{*}").on("GET") { state, call, _ throws(Refusal) in
            guard let id = call.path.last, let rows = state.account.jobs[id] else { throw .notFound }
            return .json { json in
                json.beginObject()
                json.field("id", id)
                json.field("status", rows.allSatisfy(\.succeeded) ? "COMPLETED" : "PARTIAL")
                json.field("progress", 100)
                json.key("data")
                json.beginArray()
                for row in rows {
                    json.beginObject()
                    json.field("id", row.ticketID)
                    json.field("success", row.succeeded)
                    json.endObject()
                }
                json.endArray()
                json.endObject()
            }
        },
    ]

    // MARK: Reading

    @Sendable private static func list(_ state: inout DeskState, _ call: Call, _: [Int64]) throws(Refusal) -> Answer {
        let parameters = try Parameters(
            call,
            known: [
                "filter", "updated_since", "requester_id", "email", "unique_external_id", "company_id", "order_by",
                "order_type", "include", "page", "per_page",
            ])
        let page = try parameters.page(atMost: state.account.behaviour.deepestPage)
        let includes = try parameters.includes(["description", "requester", "stats", "company"])
        var listing = TicketListing()
        listing.view = try parameters.choice("filter", TicketListing.View.self) ?? .everything
        listing.updatedSince = try parameters.moment("updated_since")
        if listing.updatedSince == nil { listing.createdSince = state.now - 30 * Seconds.day }
        listing.requesterID = try parameters.integer("requester_id")
        listing.companyID = try parameters.integer("company_id")
        if let email = parameters.text("email") {
            guard let contact = state.account.contactID(ofEmail: email) else {
                throw .invalid("email", "There is no contact matching the given email")
            }
            listing.requesterID = contact
        }
        if parameters.text("unique_external_id") != nil {
            throw .invalid("unique_external_id", "There is no contact matching the given unique_external_id")
        }
        listing.order = try parameters.choice("order_by", TicketListing.Order.self) ?? .createdAt
        listing.isAscending = try parameters.choice("order_type", OrderType.self) == .asc

        let rows = state.lister.rows(of: listing, in: state.account, offset: page.offset, limit: page.size)
        var renderer = state.renderer()
        let form = Renderer.TicketForm.row(description: includes.contains("description"))
        let shown = Renderer.Includes(
            requester: includes.contains("requester"), company: includes.contains("company"),
            stats: includes.contains("stats"))
        return .json { json in
            json.beginArray()
            for id in rows.ids {
                guard let ticket = renderer.account.tickets[id] else { continue }
                renderer.write(ticket, as: form, including: shown, to: &json)
            }
            json.endArray()
        }.linked(call, to: page, hasMore: rows.hasMore)
    }

    private enum OrderType: String, CaseIterable { case asc, desc }

    private static func show(
        _ ticket: Ticket, as form: Renderer.TicketForm, _ call: Call, _ state: inout DeskState
    ) throws(Refusal) -> Answer {
        let parameters = try Parameters(call, known: ["include"])
        let includes = try parameters.includes(["conversations", "requester", "company", "stats"])
        var renderer = state.renderer()
        return .json { json in
            renderer.write(
                ticket, as: form,
                including: Renderer.Includes(
                    conversations: includes.contains("conversations"), requester: includes.contains("requester"),
                    company: includes.contains("company"), stats: includes.contains("stats")),
                to: &json)
        }
    }

    private static func show(_ ticket: Ticket, _ state: inout DeskState, status: Int = 200) -> Answer {
        var renderer = state.renderer()
        return .json(status) { renderer.write(ticket, as: .detail, including: Renderer.Includes(), to: &$0) }
    }

    private static func show(_ summary: TicketSummary?, of ticket: Int64) throws(Refusal) -> Answer {
        guard let summary else { throw .notFound }
        return .json { json in
            json.beginObject()
            json.field("ticket_id", ticket)
            json.field("user_id", summary.userID)
            json.field("body", summary.body)
            json.field("body_text", Markup.text(fromHTML: summary.body))
            json.field("attachments", [])
            json.field("cloud_files", [])
            json.field("created_at", time: summary.createdAt)
            json.field("updated_at", time: summary.updatedAt)
            json.field("last_edited_at", time: summary.lastEditedAt)
            json.endObject()
        }
    }

    @Sendable private static func search(_ state: inout DeskState, _ call: Call, _: [Int64]) throws(Refusal) -> Answer {
        let parameters = try Parameters(call, known: ["query", "page"])
        guard let text = parameters.text("query") else {
            throw .invalid("query", "It should be a/an String", .missingField)
        }
        let query = try SearchQuery(text)
        let page = try parameters.integer("page") ?? 1
        guard page <= 10 else { throw .invalid("page", "It should be a Positive Integer less than or equal to 10") }

        let found = state.account.searched(query.matches)
        let start = min(Int(page - 1) * 30, found.count)
        let end = min(start + 30, found.count)
        var renderer = state.renderer()
        return .json { json in
            json.beginObject()
            json.key("results")
            json.beginArray()
            for ticket in found[start..<end] {
                renderer.write(ticket, as: .found, including: Renderer.Includes(), to: &json)
            }
            json.endArray()
            json.field("total", found.count)
            json.endObject()
        }
    }

    // MARK: Merge and bulk

    @Sendable private static func merge(_ state: inout DeskState, _ call: Call, _: [Int64]) throws(Refusal) -> Answer {
        var body = try BodyReader(
            call,
            known: ["primary_id", "ticket_ids", "note_in_primary", "note_in_secondary", "convert_recepients_to_cc"])
        body.require("primary_id", "ticket_ids")
        var merge = Account.Merge(
            primary: body.integer("primary_id") ?? 0, secondaries: body.integers("ticket_ids") ?? [])
        merge.noteInPrimary = note(body.object("note_in_primary"))
        merge.noteInSecondary = note(body.object("note_in_secondary"))
        merge.copiesRecipients = body.flag("convert_recepients_to_cc") ?? false
        try body.finish()
        try state.account.merge(merge, now: state.now)
        return .noContent
    }

    private static func note(_ members: [String: JSON]?) -> MessageDraft? {
        guard let text = members?["body"]?.string else { return nil }
        var draft = MessageDraft(body: text)
        draft.isPrivate = members?["private"]?.bool ?? true
        return draft
    }

    @Sendable private static func bulkUpdate(_ state: inout DeskState, _ call: Call, _: [Int64]) throws(Refusal)
        -> Answer
    {
        var body = try BodyReader(call, known: ["bulk_action"])
        body.require("bulk_action")
        let action = body.object("bulk_action") ?? [:]
        try body.finish()
        var properties = try BodyReader(
            Call(
                method: call.method, target: "/", origin: call.origin,
                body: JSON.object(action["properties"]?.object ?? [:]).bytes), known: TicketDraft.known)
        let draft = TicketDraft(&properties, account: state.account)
        try properties.finish()
        let now = state.now
        let job = state.account.bulk(try ids(action)) { account, id throws(Refusal) in
            _ = try account.update(id, with: draft, now: now)
        }
        return accepted(job, call)
    }

    @Sendable private static func bulkDelete(_ state: inout DeskState, _ call: Call, _: [Int64]) throws(Refusal)
        -> Answer
    {
        var body = try BodyReader(call, known: ["bulk_action"])
        body.require("bulk_action")
        let action = body.object("bulk_action") ?? [:]
        try body.finish()
        let now = state.now
        let job = state.account.bulk(try ids(action)) { account, id throws(Refusal) in
            try account.trash(id, now: now)
        }
        return accepted(job, call)
    }

    private static func ids(_ action: [String: JSON]) throws(Refusal) -> [Int64] {
        guard let ids = action["ids"]?.array?.compactMap(\.integer), !ids.isEmpty else {
            throw .invalid("ids", "It should be a/an Array", .missingField)
        }
        return ids
    }

    private static func accepted(_ job: String, _ call: Call) -> Answer {
        .json(202) { json in
            json.beginObject()
            json.field("job_id", job)
            json.field("href", "\(call.origin)/api/v2/jobs/\(job)")
            json.endObject()
        }
    }
}
