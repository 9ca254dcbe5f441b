import FreshetSystem

/// How an event becomes an HTTP request.
package enum WebhookFormat: Sendable {
    /// The installed signing app: every event, signed as Standard Webhooks.
    ///
    /// The real app learns the ticket of an edited or deleted message from what it kept of the message's creation, since
    /// those events do not name it (freshdesk.md 7); here it simply knows.
    case signed(secret: WebhookSecret)
    /// An automation rule of Freshdesk's own: strings, no signature, no delivery id, a static header; and only the
    /// events that rules fire for.
    case rule(token: String)

    func body(of event: AccountEvent, in account: Account.Identity) -> [UInt8]? {
        var json = JSONWriter(reservingCapacity: 192)
        json.beginObject()
        switch self {
        case .signed:
            json.field("event", event.kind.rawValue)
            json.field("ticket_id", event.ticketID)
            if let conversation = event.conversationID { json.field("conversation_id", conversation) }
            json.field("account_id", String(account.id))
            json.field("domain", account.domain)
        case .rule:
            guard let triggered = event.triggered else { return nil }
            json.field("ticket_id", String(event.ticketID))
            // The real format is not documented; nobody may rely on it.
            json.field(
                "modified_on", "\(event.modifiedAt.dateText) \(event.modifiedAt.iso8601.dropFirst(11).dropLast())")
            json.field("event", triggered)
        }
        json.endObject()
        return json.bytes
    }

    /// Made anew for every attempt: the time is signed, the id stays.
    func headers(id: String, body: [UInt8], at moment: Seconds) -> [(name: String, value: String)] {
        switch self {
        case .signed(let secret):
            let timestamp = String(moment.value)
            let signed = Array("\(id).\(timestamp).".utf8) + body
            let code = HMACSHA256.authenticate(key: secret.bytes, signed)
            return [
                ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", timestamp),
                ("webhook-signature", "v1," + Base64.encode(code)),
            ]
        case .rule(let token):
            return [("content-type", "application/json"), ("x-freshet-token", token)]
        }
    }

    func isRetried(_ status: Int) -> Bool {
        switch self {
        case .signed: status == 429 || (500...599).contains(status)
        case .rule: !(200...299).contains(status)
        }
    }

    /// Before the second attempt, the third, … in milliseconds; then it is given up.
    var retryDelays: [Int64] {
        switch self {
        case .signed: [500, 1000, 2000, 4000, 8000, 16_000]
        case .rule: Array(repeating: 30 * 60 * 1000, count: 47)
        }
    }

    var redirects: Int {
        switch self {
        case .signed: 0
        case .rule: 5
        }
    }
}

/// A Standard Webhooks secret: `whsec_` and base64.
package struct WebhookSecret: Sendable, Equatable {
    let bytes: [UInt8]

    /// `nil` for any other spelling.
    package init?(_ text: String) {
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(text.dropFirst(6)), !bytes.isEmpty else { return nil }
        self.bytes = bytes
    }
}
