import FreshetCore

/// What is taken from the body of a Freshdesk webhook: which ticket, and a hint at what happened.
///
/// Three senders, three shapes: `{"ticket_id": …}` of an automation rule's own content, the same with an `event` of the
/// signing app, and `{"freshdesk_webhook": {"ticket_id": …}}` of a rule's simple layout. Other members are ignored. A
/// body that names tickets in two places must name the same one.
struct FreshdeskWebhookBody {
    let ticketID: Int64
    /// At most 64 printable ASCII characters.
    let event: String?

    private static let paths = [
        StrictJSON.Path("ticket_id"), StrictJSON.Path("freshdesk_webhook", "ticket_id"), StrictJSON.Path("event"),
        StrictJSON.Path("triggered_event"), StrictJSON.Path("freshdesk_webhook", "triggered_event"),
    ]

    init(_ bytes: [UInt8]) throws(Rejection) {
        let json: StrictJSON
        do {
            json = try StrictJSON(bytes, paths: Self.paths)
        } catch {
            throw .malformed(reason: error.rawValue)
        }
        guard json.root == .object else { throw .malformed(reason: "not_an_object") }

        var ticketID: Int64?
        for value in json.members[0..<2] {
            guard let value else { continue }
            let id = try Self.ticketID(value)
            if let ticketID, ticketID != id { throw .unusable(reason: "ticket_id_ambiguous") }
            ticketID = id
        }
        guard let ticketID else { throw .unusable(reason: "ticket_id_missing") }
        self.ticketID = ticketID
        event = json.members[2...].lazy.compactMap(Self.hint).first
    }

    /// 1...2^63-1 as an integer or as a string of its digits, in the one spelling: no sign, fraction, exponent, leading
    /// zero or blank. Read digit by digit, never through a double.
    private static func ticketID(_ value: StrictJSON.Value) throws(Rejection) -> Int64 {
        let digits: ArraySlice<UInt8>
        switch value {
        case .number(let text): digits = text
        case .string(let text):
            // Every digit may be escaped in six characters; what is longer is no id.
            guard text.count <= 19 * 6 else { throw .unusable(reason: "ticket_id_malformed") }
            digits = StrictJSON.unescaped(text)[...]
            if holdsPlaceholder(digits) { throw .unusable(reason: "template_not_filled") }
        default: throw .unusable(reason: "ticket_id_malformed")
        }
        guard let id = DecimalDigits.value(of: digits) else { throw .unusable(reason: "ticket_id_malformed") }
        return id
    }

    /// `{{ticket.id}}`: the rule was saved with a placeholder that Freshdesk does not know there.
    private static func holdsPlaceholder(_ text: ArraySlice<UInt8>) -> Bool {
        zip(text, text.dropFirst()).contains { $0 == UInt8(ascii: "{") && $1 == UInt8(ascii: "{") }
    }

    private static func hint(_ value: StrictJSON.Value?) -> String? {
        guard case .string(let text)? = value else { return nil }
        let printable = StrictJSON.unescaped(text.prefix(1024)).filter { (0x20...0x7E).contains($0) }.prefix(64)
        return printable.isEmpty ? nil : String(decoding: printable, as: UTF8.self)
    }
}

/// Positive integers in their one decimal spelling.
enum DecimalDigits {
    /// `[1-9][0-9]*` up to 2^63-1; `nil` for everything else.
    static func value(of text: some Collection<UInt8>) -> Int64? {
        guard (1...19).contains(text.count), text.first != UInt8(ascii: "0") else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflows, !carries else { return nil }
            value = sum
        }
        return value
    }
}
