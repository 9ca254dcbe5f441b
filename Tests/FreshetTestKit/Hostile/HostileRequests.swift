package import FreshetCore
import FreshetSystem

/// What a webhook listener must put up with: each case is some bytes and the one right answer to them.
///
/// The letters and numbers follow our list of hostile inputs; a letter behind the number is a neighbour of that row.
/// A listener passes when every case gets its answers, nothing but what was answered with 202 is stored, no answer or
/// log line holds a secret, a MAC or `HostileScene.canary`, and the next good request is accepted.
package enum HostileRequests {
    package static var all: [HostileRequest] {
        signatures + timestamps + identities + paths + requestLines + lengths + framing + connections + types + json
            + volume
    }
}

/// One case.
package struct HostileRequest: Sendable, CustomStringConvertible {
    /// Who gives the answer.
    package enum Judge: Sendable {
        /// The listener alone, or anybody who accepts what is rightly signed.
        case listener
        /// Whoever reads signatures and bodies.
        case reader
    }

    package var id: String
    package var what: String
    package var judge: Judge
    package var actions: @Sendable (HostileScene) -> [RawSocket.Action]
    /// For each answer on the connection the statuses that are right; empty when none may come.
    package var answers: [Set<Int>]
    /// Whether the listener ends the connection; `nil` where both are right.
    package var closes: Bool?
    /// Informational answers that must come; `nil` where none may.
    package var informational: [Int] = []
    /// `informational` may come or not.
    package var mayInform = false
    /// Deliveries stored at least and at most.
    package var stored: ClosedRange<Int>
    /// Needs deadlines well under a second.
    package var isSlow = false
    /// The answer is to HEAD: it has a length but no body.
    package var isHeadOnly = false

    package var description: String { "\(id) \(what)" }

    /// When the exchange is over.
    package var end: RawSocket.End {
        if answers.isEmpty, closes == nil { return .leave }
        return closes == true || isHeadOnly ? .closed : .answers(answers.count)
    }
}

/// The companies and secrets that the cases are addressed to.
package struct HostileScene: Sendable {
    /// In every case's headers, and in the body where it is free: it must never come back or be logged.
    package static let canary = "canary-5d1f07"

    /// Scheme `standard`, and its secret `whsec_…`.
    package var company: String
    package var secret: String
    /// The secret before the last rotation, still good; `nil` where there is none.
    package var previousSecret: String?
    /// A secret that is good no more.
    package var retiredSecret: String
    /// Scheme `hub`.
    package var hubCompany: String
    package var hubSecret: String
    /// Scheme `token`.
    package var tokenCompany: String
    package var token: String
    /// What the listener's clock shows while the case runs.
    package var now: Timestamp
    /// Makes delivery ids of different runs of the table differ.
    package var run: String

    package init(
        company: String = "acme", secret: String, previousSecret: String? = nil, retiredSecret: String,
        hubCompany: String = "acme-hub", hubSecret: String, tokenCompany: String = "acme-token", token: String,
        now: Timestamp, run: String = "0"
    ) {
        self.company = company
        self.secret = secret
        self.previousSecret = previousSecret
        self.retiredSecret = retiredSecret
        self.hubCompany = hubCompany
        self.hubSecret = hubSecret
        self.tokenCompany = tokenCompany
        self.token = token
        self.now = now
        self.run = run
    }

    /// What no answer and no log line may hold.
    package var secrets: [String] {
        [secret, previousSecret, retiredSecret, hubSecret, token, Self.canary].compactMap { $0 }
            + [secret, retiredSecret].map { String($0.dropFirst("whsec_".count)) }
    }

    package var seconds: Int64 { now.secondsSinceEpoch }

    package static let limit = 256 * 1024

    /// A body that names a ticket, of exactly `size` bytes where that is given.
    package static func body(ticket: Int64 = 4711, size: Int? = nil) -> [UInt8] {
        let start = Array(#"{"ticket_id": \#(ticket), "note": "\#(canary)"#.utf8)
        let end = Array(#""}"#.utf8)
        let filler = size.map { max(0, $0 - start.count - end.count) } ?? 0
        return start + [UInt8](repeating: UInt8(ascii: "x"), count: filler) + end
    }

    /// The MAC of Standard Webhooks, 32 bytes.
    package func mac(_ secret: String? = nil, id: String, timestamp: String, body: [UInt8]) -> [UInt8] {
        let key = Base64.decode(String((secret ?? self.secret).dropFirst("whsec_".count))) ?? []
        return HMACSHA256.authenticate(key: key, Array("\(id).\(timestamp).".utf8) + body)
    }

    /// A request that is right in every way; cases are made by spoiling it.
    package func signed(
        _ body: [UInt8] = HostileScene.body(), id: String = "", timestamp: String? = nil, secret: String? = nil
    ) -> HostileDraft {
        let id = "msg_\(run)_\(id)"
        return signed(body, exactID: id, timestamp: timestamp, secret: secret)
    }

    package func signed(
        _ body: [UInt8], exactID id: String, timestamp: String? = nil, secret: String? = nil
    ) -> HostileDraft {
        let timestamp = timestamp ?? String(seconds)
        let signature = Base64.encode(mac(secret, id: id, timestamp: timestamp, body: body))
        return HostileDraft(
            target: "/webhooks/freshdesk/\(company)",
            fields: [
                ("Host", "localhost"), ("Content-Type", "application/json"), ("X-Canary", Self.canary),
                ("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", "v1,\(signature)"),
            ], body: body)
    }

    /// Signed as scheme `hub` wants it.
    package func hub(_ body: [UInt8] = HostileScene.body()) -> HostileDraft {
        let mac = HMACSHA256.authenticate(key: Array(hubSecret.utf8), body)
        return HostileDraft(
            target: "/webhooks/freshdesk/\(hubCompany)",
            fields: [
                ("Host", "localhost"), ("Content-Type", "application/json"), ("X-Canary", Self.canary),
                ("X-Hub-Signature-256", "sha256=\(mac.hexText)"),
            ], body: body)
    }

    /// With the static secret of scheme `token`.
    package func tokened(_ body: [UInt8] = HostileScene.body()) -> HostileDraft {
        HostileDraft(
            target: "/webhooks/freshdesk/\(tokenCompany)",
            fields: [
                ("Host", "localhost"), ("Content-Type", "application/json"), ("X-Canary", Self.canary),
                ("X-Freshet-Token", token),
            ], body: body)
    }
}

extension [UInt8] {
    fileprivate var hexText: String {
        reduce(into: "") { text, byte in
            let digits = String(byte, radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
    }
}

/// A request being put together; what is not changed is right.
package struct HostileDraft: Sendable {
    package enum Framing: Sendable {
        /// The body's true length.
        case length
        /// Chunks of these sizes; a last one takes the rest.
        case chunked([Int])
        /// Neither length nor chunks.
        case none
    }

    package var method = "POST"
    package var target: String
    package var version = "HTTP/1.1"
    package var fields: [(name: String, value: String)]
    /// Put behind the fields as they are, each with its line end.
    package var rawLines: [[UInt8]] = []
    package var body: [UInt8]
    package var framing = Framing.length

    package init(target: String, fields: [(String, String)], body: [UInt8]) {
        self.target = target
        self.fields = fields.map { (name: $0.0, value: $0.1) }
        self.body = body
    }

    package func value(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    package func with(_ change: (inout HostileDraft) -> Void) -> HostileDraft {
        var draft = self
        change(&draft)
        return draft
    }

    package func without(_ name: String) -> HostileDraft {
        with { $0.fields.removeAll { $0.name == name } }
    }

    package func setting(_ name: String, _ value: String) -> HostileDraft {
        with { draft in
            if let index = draft.fields.firstIndex(where: { $0.name == name }) {
                draft.fields[index].value = value
            } else {
                draft.fields.append((name, value))
            }
        }
    }

    package func adding(_ name: String, _ value: String) -> HostileDraft {
        with { $0.fields.append((name, value)) }
    }

    package func renaming(_ name: String, _ other: String) -> HostileDraft {
        with { draft in
            for index in draft.fields.indices where draft.fields[index].name == name {
                draft.fields[index].name = other
            }
        }
    }

    package func line(_ text: String) -> HostileDraft { with { $0.rawLines.append(Array(text.utf8)) } }
    package func target(_ text: String) -> HostileDraft { with { $0.target = text } }
    package func method(_ text: String) -> HostileDraft { with { $0.method = text } }
    package func version(_ text: String) -> HostileDraft { with { $0.version = text } }
    package func chunked(_ sizes: [Int] = []) -> HostileDraft { with { $0.framing = .chunked(sizes) } }

    /// The length as it is written instead of the true one.
    package func length(_ text: String) -> HostileDraft {
        with { $0.framing = .none }.adding("Content-Length", text)
    }

    package var head: [UInt8] {
        var text = "\(method) \(target) \(version)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        switch framing {
        case .length: text += "Content-Length: \(body.count)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        case .none: break
        }
        return Array(text.utf8) + rawLines.flatMap { $0 + [0x0D, 0x0A] } + [0x0D, 0x0A]
    }

    package var bytes: [UInt8] {
        guard case .chunked(let sizes) = framing else { return head + body }
        var bytes = head
        var rest = body[...]
        for size in sizes + [rest.count] where !rest.isEmpty {
            let part = rest.prefix(size)
            rest = rest.dropFirst(part.count)
            bytes += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [0x0D, 0x0A]
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }
}

extension HostileRequest {
    /// A case of one request with one answer.
    init(
        _ id: String, _ what: String, _ judge: Judge, _ answer: Set<Int>, closes: Bool? = false,
        _ draft: @escaping @Sendable (HostileScene) -> HostileDraft
    ) {
        self.init(
            id: id, what: what, judge: judge, actions: { [.send(draft($0).bytes)] }, answers: [answer],
            closes: closes, stored: answer == [202] ? 1...1 : 0...0)
    }

    /// A case of bytes that are no request of the ordinary shape.
    init(
        raw id: String, _ what: String, _ answer: Set<Int>, closes: Bool? = true,
        _ actions: @escaping @Sendable (HostileScene) -> [RawSocket.Action]
    ) {
        self.init(
            id: id, what: what, judge: .listener, actions: actions, answers: [answer], closes: closes,
            stored: answer == [202] ? 1...1 : 0...0)
    }
}
