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
    /// A rule of the account, made by the automations API: what it sends is made up already.
    case automation(RuleRequest)

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
            guard let first = event.occurrences.first else { return nil }
            json.field("ticket_id", String(event.ticketID))
            json.field("modified_on", Placeholders.date(event.modifiedAt))
            json.field("event", first.text)
        case .automation(let request): return request.body
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
        case .automation(let request): return request.headers
        }
    }

    var method: String { if case .automation(let request) = self { request.method } else { "POST" } }

    /// Sent by Freshdesk's own rules: within their hourly limit, and retried as they are.
    var isNative: Bool { if case .signed = self { false } else { true } }

    func isRetried(_ status: Int) -> Bool {
        switch self {
        case .signed: status == 429 || (500...599).contains(status)
        case .rule, .automation: !(200...299).contains(status)
        }
    }

    /// Before the second attempt, the third, … in milliseconds; then it is given up.
    func retryDelays(_ schedule: RuleRetries) -> [Int64] {
        isNative ? schedule.delays : [500, 1000, 2000, 4000, 8000, 16_000]
    }

    var redirects: Int {
        isNative ? 5 : 0
    }
}

/// When Freshdesk's rules try again: its articles say it differently (freshdesk.md 5).
package enum RuleRetries: String, Sendable, CaseIterable {
    /// Every 30 minutes, 48 calls in total.
    case halfHourly = "half-hourly"
    /// After 5, 30 and 60 minutes.
    case threeTimes = "three-times"

    var delays: [Int64] {
        let minute: Int64 = 60 * 1000
        return switch self {
        case .halfHourly: Array(repeating: 30 * minute, count: 47)
        case .threeTimes: [5 * minute, 30 * minute, 60 * minute]
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
