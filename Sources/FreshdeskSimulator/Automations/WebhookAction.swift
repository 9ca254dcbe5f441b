import FreshetSystem

/// The action that calls somebody: what is sent is made of it, its placeholders filled, by `request`.
struct WebhookAction: Sendable, Equatable {
    static let name = "trigger_webhook"

    var method: String
    var url: String
    /// `2` is a content of one's own, `1` the properties that were ticked.
    var layout: String
    var content: JSON
    var headers: [String: String]
    var authorization: String?

    /// `nil` for an action that lacks what Freshdesk cannot do without, which it answers with 500.
    init?(_ action: JSON) {
        guard let method = action["request_type"]?.string,
            ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method),
            let url = action["url"]?.string, url.hasPrefix("http://") || url.hasPrefix("https://"),
            action["content_type"]?.string == "JSON",
            let layout = action["content_layout"]?.string, layout == "1" || layout == "2",
            let content = action["content"], let headers = action["custom_headers"]?.object
        else { return nil }
        self.method = method
        self.url = url
        self.layout = layout
        self.content = content
        self.headers = headers.compactMapValues(\.string)
        if let key = action["api_key"]?.string {
            authorization = Self.basic(key, "X")
        } else if let user = action["auth_header"]?["username"]?.string {
            authorization = Self.basic(user, action["auth_header"]?["password"]?.string ?? "")
        }
    }

    private static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }

    /// Strings only, no signature, no delivery id. Placeholders are filled into the finished text, so that text with
    /// quotes or line breaks spoils it, as with the real thing.
    func request(filling placeholders: Placeholders) -> RuleRequest {
        let body: String
        switch layout {
        case "1":
            var members: [String: JSON] = ["ticket_id": .integer(placeholders.event.ticketID)]
            for name in content.object.map({ Array($0.keys) }) ?? content.array?.compactMap(\.string) ?? [] {
                let field = String(name.trimmingPrefix("ticket_"))
                if members[name] == nil { members[name] = .string(placeholders.value("ticket." + field)) }
            }
            body = String(decoding: JSON.object(["freshdesk_webhook": .object(members)]).bytes, as: UTF8.self)
        default:
            let template = content.string ?? String(decoding: content.bytes, as: UTF8.self)
            body = placeholders.fill(template)
        }
        var all = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        if let authorization { all.append((name: "authorization", value: authorization)) }
        all.append((name: "content-type", value: "application/json"))
        return RuleRequest(
            method: method, url: placeholders.fill(url), headers: all, body: method == "GET" ? [] : Array(body.utf8))
    }
}

/// A webhook of a rule, ready to be sent as often as it takes.
package struct RuleRequest: Sendable {
    var method: String
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}
