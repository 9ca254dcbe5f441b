import Foundation

/// `/_simulator/…`: what Freshdesk does not offer, for tests and demonstrations. The API key is needed; no budget is
/// used, and no fault strikes.
extension Desk {
    func control(_ call: Call, _ state: inout DeskState) -> Answer {
        var call = call
        // JSON whatever it calls itself, so that a plain `curl -d` will do.
        call.contentType = nil
        do throws(Refusal) {
            for endpoint in controlEndpoints {
                guard let ids = endpoint.match(call.path.dropFirst()) else { continue }
                guard let verb = endpoint.verb(call.method) else {
                    throw .methodNotAllowed(used: call.method, allowed: endpoint.verbs.map(\.method))
                }
                return try verb.handler(&state, call, ids)
            }
            throw .notFound
        } catch {
            return Answer(error)
        }
    }

    private var controlEndpoints: [Endpoint] {
        [
            Endpoint("tickets").on("GET") { state, _, _ in Self.oracle(state.account) },
            Endpoint("articles").on("GET") { state, _, _ in Self.articleOracle(state.account) },
            Endpoint("articles/{id}/read").on("POST") { state, _, ids throws(Refusal) in
                try state.account.read(article: ids[0])
                return .noContent
            },
            Endpoint("tickets/{id}/archive").on("POST") { state, _, ids throws(Refusal) in
                try state.account.archive(ids[0])
                return .noContent
            },
            Endpoint("tickets/{id}/purge").on("POST") { state, _, ids throws(Refusal) in
                try state.account.purge(ids[0])
                return .noContent
            },
            Endpoint("tickets/{id}/spam").on("POST") { state, _, ids throws(Refusal) in
                try state.account.markSpam(ids[0], now: state.now)
                return .noContent
            },
            Endpoint("tickets/{id}/unspam").on("POST") { state, _, ids throws(Refusal) in
                try state.account.unmarkSpam(ids[0], now: state.now)
                return .noContent
            },
            Endpoint("tickets/{id}/customer-reply").on("POST") { state, call, ids throws(Refusal) in
                let draft = try MessageDraft(
                    call, known: ["body", "attachments", "user_id", "cc_emails"], privateByDefault: false,
                    account: state.account)
                let message = try state.account.customerReply(to: ids[0], draft, now: state.now)
                return Self.show(message, of: ids[0], &state, status: 201)
            },
            Endpoint("agents/{id}").on("PUT") { state, call, ids throws(Refusal) in
                var body = try BodyReader(call, known: ["name"])
                body.require("name")
                let name = body.text("name") ?? ""
                try body.finish()
                try state.account.rename(agent: ids[0], to: name, now: state.now)
                return .noContent
            },
            Endpoint("signing-app")
                .on("PUT") { [self] _, call, _ throws(Refusal) in
                    var body = try BodyReader(call, known: ["url", "secret"])
                    body.require("url", "secret")
                    let url = body.text("url") ?? ""
                    let secret = WebhookSecret(body.text("secret") ?? "")
                    if !url.hasPrefix("http://"), !url.hasPrefix("https://") {
                        body.complain("url", "It should be an http or https URL")
                    }
                    if secret == nil { body.complain("secret", "It should be whsec_ and base64") }
                    try body.finish()
                    if let secret { install(WebhookSender.Target(url: url, format: .signed(secret: secret))) }
                    return .noContent
                }
                .on("DELETE") { [self] _, _, _ in
                    install(nil)
                    return .noContent
                },
            Endpoint("stats")
                .on("GET") { [webhooks] state, _, _ in Self.stats(state, webhooks) }
                .on("DELETE") { state, _, _ in
                    state.log = CallLog()
                    return .noContent
                },
            Endpoint("calls").on("GET") { state, call, _ throws(Refusal) in
                let parameters = try Parameters(call, known: ["after", "limit"])
                let after = try parameters.integer("after") ?? 0
                let limit = min(try parameters.integer("limit") ?? 100, Int64(CallLog.keptAtMost))
                return Self.show(state.log.entries(after: Int(after), limit: Int(limit)))
            },
        ] + faultEndpoints + settingEndpoints
    }

    /// Every ticket there is with what a follower must agree with, in the order of the ids.
    private static func oracle(_ account: Account) -> Answer {
        .json { json in
            json.beginArray()
            for ticket in account.tickets.values.sorted(by: { $0.id < $1.id }) {
                json.beginObject()
                json.field("id", ticket.id)
                json.field("updated_at", time: ticket.updatedAt)
                json.field("place", "\(ticket.place)")
                json.field("status", ticket.status)
                json.field("conversations", ticket.text.conversationCount)
                json.endObject()
            }
            json.endArray()
        }
    }

    private static func show(_ entries: ArraySlice<CallLog.Entry>) -> Answer {
        .json { json in
            json.beginArray()
            for entry in entries {
                json.beginObject()
                json.field("number", entry.number)
                json.field("at", time: entry.at)
                json.field("method", entry.method)
                json.field("target", entry.target)
                json.field("endpoint", entry.endpoint)
                json.field("family", entry.family)
                json.field("status", entry.status)
                json.field("credits", entry.credits)
                json.field("remaining", entry.remaining)
                json.field("faults", entry.faults)
                json.endObject()
            }
            json.endArray()
        }
    }

    /// The same of the knowledge base: who may read each article, and whether anybody may yet.
    private static func articleOracle(_ account: Account) -> Answer {
        .json { json in
            json.beginArray()
            for article in account.knowledgeBase.articles.values.sorted(by: { $0.id < $1.id }) {
                guard let folder = account.knowledgeBase.folders[article.folderID] else { continue }
                json.beginObject()
                json.field("id", article.id)
                json.field("updated_at", time: article.updatedAt)
                json.field("status", article.status)
                json.field("folder_id", article.folderID)
                json.key("visibilities")
                json.beginArray()
                for step in account.knowledgeBase.path(to: folder) { json.value(step.visibility) }
                json.endArray()
                json.endObject()
            }
            json.endArray()
        }
    }

    private static func stats(_ state: DeskState, _ webhooks: [WebhookSender]) -> Answer {
        .json { json in
            json.beginObject()
            json.field("now", time: state.now)
            json.field("tickets", state.account.tickets.count)
            json.field("articles", state.account.knowledgeBase.articles.count)
            json.field("churned", state.account.churn?.made ?? 0)
            let families = state.log.families.sorted { $0.key < $1.key }
            json.field("calls_total", families.map(\.value.calls).reduce(0, +))
            json.field("credits_total", families.map(\.value.credits).reduce(0, +))
            json.field("throttled_total", families.map(\.value.throttled).reduce(0, +))
            json.key("families")
            json.beginObject()
            for (name, family) in families {
                json.key(name)
                json.beginObject()
                json.field("calls", family.calls)
                json.field("credits", family.credits)
                json.field("throttled", family.throttled)
                json.endObject()
            }
            json.endObject()
            json.key("calls")
            json.beginObject()
            for (name, count) in state.log.endpoints.sorted(by: { $0.key < $1.key }) { json.field(name, count) }
            json.endObject()
            json.key("answers")
            json.beginObject()
            for (status, count) in state.log.answers.sorted(by: { $0.key < $1.key }) {
                json.field(String(status), count)
            }
            json.endObject()
            json.key("webhooks")
            json.beginObject()
            for sender in webhooks {
                let counts = sender.counts
                json.key(sender.name)
                json.beginObject()
                json.field("pending", counts.pending)
                json.field("delivered", counts.delivered)
                json.field("failed", counts.failed)
                json.field("dropped", counts.dropped)
                json.field("doubled", counts.doubled)
                json.field("attempts", counts.attempts)
                json.endObject()
            }
            json.endObject()
            json.endObject()
        }
    }
}
