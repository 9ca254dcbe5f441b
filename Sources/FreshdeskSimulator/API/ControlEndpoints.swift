import Foundation

/// `/_simulator/…`: what Freshdesk does not offer, for tests and demonstrations. The API key is needed; no budget is
/// used, and no fault strikes.
extension Desk {
    func control(_ call: Call, _ state: inout DeskState) -> Answer {
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
            Endpoint("clock")
                .on("GET") { [clock] _, _, _ in Self.show(clock) }
                .on("POST") { [clock] state, call, _ throws(Refusal) in
                    var body = try BodyReader(call, known: ["advance_seconds"])
                    body.require("advance_seconds")
                    let seconds = body.integer("advance_seconds") ?? 0
                    if !(0...(100 * 365 * Seconds.day)).contains(seconds) {
                        body.complain("advance_seconds", "It should be between 0 and a hundred years")
                    }
                    try body.finish()
                    clock.advance(bySeconds: seconds)
                    state.now = clock.now
                    state.account.settle(now: state.now)
                    return Self.show(clock)
                },
            Endpoint("faults")
                .on("GET") { state, _, _ throws(Refusal) in try Self.show(state.faults) }
                .on("PUT") { state, call, _ throws(Refusal) in
                    let faults: Faults
                    do {
                        faults = try JSONDecoder().decode(Faults.self, from: Data(call.body))
                    } catch {
                        throw .invalidJSON
                    }
                    if let complaint = faults.complaint { throw .invalid("faults", complaint) }
                    state.faults = faults
                    return try Self.show(faults)
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
            Endpoint("stats").on("GET") { [webhooks] state, _, _ in Self.stats(state, webhooks) },
        ]
    }

    private static func show(_ clock: SimulatedClock) -> Answer {
        .json { json in
            json.beginObject()
            json.field("now", time: clock.now)
            json.endObject()
        }
    }

    private static func show(_ faults: Faults) throws(Refusal) -> Answer {
        do {
            return Answer(status: 200, body: Array(try JSONEncoder().encode(faults)))
        } catch {
            throw .invalid("faults", "a rate is no number")
        }
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
                json.field("conversations", ticket.conversations.count)
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
            json.field("calls_total", state.counts.values.reduce(0, +))
            json.key("calls")
            json.beginObject()
            for (name, count) in state.counts.sorted(by: { $0.key < $1.key }) { json.field(name, count) }
            json.endObject()
            json.key("answers")
            json.beginObject()
            for (status, count) in state.answers.sorted(by: { $0.key < $1.key }) { json.field(String(status), count) }
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
                json.field("attempts", counts.attempts)
                json.endObject()
            }
            json.endObject()
            json.endObject()
        }
    }
}
