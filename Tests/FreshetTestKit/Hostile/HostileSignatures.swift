import FreshetCore
import FreshetSystem

extension HostileRequests {
    /// A: signature headers.
    static var signatures: [HostileRequest] {
        [
            .init("A01", "no signature header", .reader, [401]) { $0.signed(id: "A01").without("webhook-signature") },
            .init("A02", "an empty signature header", .reader, [401]) {
                $0.signed(id: "A02").setting("webhook-signature", "")
            },
            .init("A03", "no id header", .reader, [401]) { $0.signed(id: "A03").without("webhook-id") },
            .init("A04", "no timestamp header", .reader, [401]) {
                $0.signed(id: "A04").without("webhook-timestamp")
            },
            .init("A05", "a signature of spaces and tabs", .reader, [401]) {
                $0.signed(id: "A05").setting("webhook-signature", " \t  \t ")
            },
            .init("A06", "no header of the scheme at all", .reader, [401]) {
                $0.signed(id: "A06").without("webhook-signature").without("webhook-id").without("webhook-timestamp")
            },
            .init("A07", "the valid signature line twice", .reader, [401]) { scene in
                let draft = scene.signed(id: "A07")
                return draft.adding("webhook-signature", draft.value("webhook-signature"))
            },
            .init("A07b", "a wrong signature line before the valid one", .reader, [401]) {
                $0.signed(id: "A07b").with { $0.fields.insert(("webhook-signature", "v1,AAAA"), at: 0) }
            },
            .init("A07c", "the valid signature line twice in different case", .reader, [401]) { scene in
                let draft = scene.signed(id: "A07c")
                return draft.adding("Webhook-Signature", draft.value("webhook-signature"))
            },
            .init("A08", "two timestamp lines", .reader, [401]) { scene in
                let draft = scene.signed(id: "A08")
                return draft.adding("webhook-timestamp", draft.value("webhook-timestamp"))
            },
            .init("A09", "two id lines", .reader, [401]) { scene in
                let draft = scene.signed(id: "A09")
                return draft.adding("webhook-id", draft.value("webhook-id"))
            },
            .init("A11", "webhook_signature with an underscore", .reader, [401]) {
                $0.signed(id: "A11").renaming("webhook-signature", "webhook_signature")
            },
            .init("A11b", "webhook_id with an underscore", .reader, [401]) {
                $0.signed(id: "A11b").renaming("webhook-id", "webhook_id")
            },
            .init("A12", "header names in other cases", .reader, [202]) {
                $0.signed(id: "A12").renaming("webhook-signature", "WEBHOOK-Signature")
                    .renaming("webhook-id", "Webhook-ID")
            },
            .init("A13", "hub: SHA256= in capitals", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting(
                    "X-Hub-Signature-256", "SHA256=" + draft.value("X-Hub-Signature-256").dropFirst(7))
            },
            .init("A13b", "hub: no prefix", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting("X-Hub-Signature-256", String(draft.value("X-Hub-Signature-256").dropFirst(7)))
            },
            .init("A13c", "hub: text before the prefix", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting("X-Hub-Signature-256", "xx" + draft.value("X-Hub-Signature-256"))
            },
            .init("A13d", "hub: a space behind the prefix", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting(
                    "X-Hub-Signature-256", "sha256= " + draft.value("X-Hub-Signature-256").dropFirst(7))
            },
            .init("A13e", "hub: upper-case hex", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting(
                    "X-Hub-Signature-256", "sha256=" + draft.value("X-Hub-Signature-256").dropFirst(7).uppercased())
            },
            .init("A13f", "hub: prefix alone", .reader, [401]) {
                $0.hub().setting("X-Hub-Signature-256", "sha256=")
            },
            .init("A13g", "hub: as it should be", .reader, [202]) { $0.hub(HostileScene.body(ticket: 131)) },
            .init("A14", "two spaces between entries", .reader, [202, 401]) {
                let draft = $0.signed(id: "A14")
                return draft.setting("webhook-signature", "v1,AAAA  " + draft.value("webhook-signature"))
            }.eitherStored,
            .init("A15", "base64 with one = too many", .reader, [401]) { scene in
                let draft = scene.signed(id: "A15")
                return draft.setting("webhook-signature", draft.value("webhook-signature") + "=")
            },
            .init("A15b", "base64 without its =", .reader, [401]) { scene in
                let draft = scene.signed(id: "A15b")
                return draft.setting("webhook-signature", String(draft.value("webhook-signature").dropLast()))
            },
            .init("A15c", "base64 with its spare bits set", .reader, [401]) { scene in
                let draft = scene.signed(id: "A15c")
                return draft.setting("webhook-signature", spareBitsSet(draft.value("webhook-signature")))
            },
            .init("A17", "URL-safe alphabet", .reader, [401]) { scene in
                // An id is looked for whose MAC uses the letters in which the alphabets differ.
                for number in 0..<500 {
                    let draft = scene.signed(id: "A17-\(number)")
                    let signature = draft.value("webhook-signature")
                    if signature.contains("+") || signature.contains("/") {
                        return draft.setting(
                            "webhook-signature",
                            String(signature.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }))
                    }
                }
                return scene.signed(id: "A17").without("webhook-signature")
            },
            .init("A19", "hex where base64 is due", .reader, [401]) { scene in
                let draft = scene.signed(id: "A19")
                let mac = scene.mac(
                    id: draft.value("webhook-id"), timestamp: draft.value("webhook-timestamp"), body: draft.body)
                return draft.setting("webhook-signature", "v1," + hex(mac))
            },
            .init("A19b", "hub: base64 where hex is due", .reader, [401]) { scene in
                let mac = HMACSHA256.authenticate(key: Array(scene.hubSecret.utf8), HostileScene.body())
                return scene.hub().setting("X-Hub-Signature-256", "sha256=" + Base64.encode(mac))
            },
            .init("A21", "a MAC of 33 bytes", .reader, [401]) { scene in
                let draft = scene.signed(id: "A21")
                let mac = scene.mac(
                    id: draft.value("webhook-id"), timestamp: draft.value("webhook-timestamp"), body: draft.body)
                return draft.setting("webhook-signature", "v1," + Base64.encode(mac + [0]))
            },
            .init("A21b", "the valid signature and one letter", .reader, [401]) { scene in
                let draft = scene.signed(id: "A21b")
                return draft.setting("webhook-signature", draft.value("webhook-signature") + "x")
            },
            .init("A21c", "a MAC of 31 bytes", .reader, [401]) { scene in
                let draft = scene.signed(id: "A21c")
                let mac = scene.mac(
                    id: draft.value("webhook-id"), timestamp: draft.value("webhook-timestamp"), body: draft.body)
                return draft.setting("webhook-signature", "v1," + Base64.encode(mac.dropLast()))
            },
            .init("A21d", "hub: one hex digit more", .reader, [401]) { scene in
                let draft = scene.hub()
                return draft.setting("X-Hub-Signature-256", draft.value("X-Hub-Signature-256") + "0")
            },
            .init("A22", "an empty MAC", .reader, [401]) { $0.signed(id: "A22").setting("webhook-signature", "v1,") },
        ]
            + ["v1a,", "v2,", "V1,", "none,", "v1 ,", "v1;", "", "v1,,"].enumerated().map { number, label in
                .init("A23-\(number)", "the MAC behind \"\(label)\"", .reader, [401]) { scene in
                    let draft = scene.signed(id: "A23-\(number)")
                    return draft.setting("webhook-signature", label + draft.value("webhook-signature").dropFirst(3))
                }
            } + [
                .init("A24", "the valid entry behind seven wrong ones", .reader, [202]) { scene in
                    let draft = scene.signed(id: "A24")
                    let wrong = Array(repeating: "v1,AAAA", count: 7).joined(separator: " ")
                    return draft.setting("webhook-signature", wrong + " " + draft.value("webhook-signature"))
                },
                .init("A25", "nine entries, the last one valid", .reader, [401]) { scene in
                    let draft = scene.signed(id: "A25")
                    let wrong = Array(repeating: "v1,AAAA", count: 8).joined(separator: " ")
                    return draft.setting("webhook-signature", wrong + " " + draft.value("webhook-signature"))
                },
                .init("A25b", "nine entries, the first one valid", .reader, [401]) { scene in
                    let draft = scene.signed(id: "A25b")
                    let wrong = Array(repeating: "v1,AAAA", count: 8).joined(separator: " ")
                    return draft.setting("webhook-signature", draft.value("webhook-signature") + " " + wrong)
                },
                .init("A26", "non-ASCII bytes in the signature", .reader, [401, 400], closes: nil) {
                    $0.signed(id: "A26").setting("webhook-signature", "v1,é😀")
                },
            ] + controlCharacters + [
                .init("A29", "a space before the colon", .listener, [400], closes: true) {
                    let draft = $0.signed(id: "A29")
                    return draft.renaming("webhook-signature", "webhook-signature ")
                },
                .init("A29b", "a tab before the colon", .listener, [400], closes: true) {
                    $0.signed(id: "A29b").renaming("webhook-id", "webhook-id\t")
                },
                .init("A29c", "a space before the name", .listener, [400], closes: true) {
                    $0.signed(id: "A29c").line(" webhook-extra: 1")
                },
                .init("A29d", "a folded value", .listener, [400], closes: true) {
                    $0.signed(id: "A29d").line("X-Folded: a\r\n b")
                },
                .init("A29e", "a line without a colon", .listener, [400], closes: true) {
                    $0.signed(id: "A29e").line("nonsense")
                },
                .init("A29f", "a line without a name", .listener, [400], closes: true) {
                    $0.signed(id: "A29f").line(": value")
                },
                .init("A29g", "a space inside a name", .listener, [400], closes: true) {
                    $0.signed(id: "A29g").line("X Name: value")
                },
                .init("A29h", "a byte above ASCII in a name", .listener, [400], closes: true) {
                    $0.signed(id: "A29h").line("X-Näme: value")
                },
                .init("A30", "white space around a value", .reader, [202]) { scene in
                    let draft = scene.signed(id: "A30")
                    return draft.setting("webhook-signature", "  \t" + draft.value("webhook-signature") + " \t")
                },
                .init("A31", "a MAC over the same JSON written otherwise", .reader, [401]) {
                    $0.signed(Array(#"{"ticket_id":4711}"#.utf8), id: "A31").with {
                        $0.body = Array(#"{"ticket_id": 4711}"#.utf8)
                    }
                },
                .init("A32", "one bit of the body changed", .reader, [401]) {
                    $0.signed(id: "A32").with { $0.body[14] ^= 1 }
                },
                .init("A33", "a retired secret", .reader, [401]) {
                    $0.signed(id: "A33", secret: $0.retiredSecret)
                },
                .init("A33b", "the previous secret while both are good", .reader, [202]) {
                    $0.signed(id: "A33b", secret: $0.previousSecret)
                },
                .init("A34", "a MAC with the secret's text instead of its bytes", .reader, [401]) { scene in
                    let draft = scene.signed(id: "A34")
                    let text = "\(draft.value("webhook-id")).\(draft.value("webhook-timestamp"))."
                    let mac = HMACSHA256.authenticate(key: Array(scene.secret.utf8), Array(text.utf8) + draft.body)
                    return draft.setting("webhook-signature", "v1," + Base64.encode(mac))
                },
                .init("A34b", "a MAC with an empty secret", .reader, [401]) {
                    $0.signed(id: "A34b", secret: "whsec_")
                },
                .init("A37", "svix-id with webhook-timestamp", .reader, [401]) {
                    $0.signed(id: "A37").renaming("webhook-id", "svix-id")
                },
                .init("A37b", "all headers of the svix family", .reader, [401]) {
                    $0.signed(id: "A37b").renaming("webhook-id", "svix-id")
                        .renaming("webhook-timestamp", "svix-timestamp")
                        .renaming("webhook-signature", "svix-signature")
                },
                .init("A39", "hub's valid signature for a company of scheme standard", .reader, [401]) {
                    $0.hub().target("/webhooks/freshdesk/\($0.company)")
                },
                .init("A39b", "standard's valid signature for a company of scheme hub", .reader, [401]) {
                    $0.signed(id: "A39b").target("/webhooks/freshdesk/\($0.hubCompany)")
                },
                .init("A39c", "the token for a company of scheme standard", .reader, [401]) {
                    $0.tokened().target("/webhooks/freshdesk/\($0.company)")
                },
                .init("A40", "the token as it should be", .reader, [202]) { $0.tokened(HostileScene.body(ticket: 40)) },
                .init("A40b", "the token as basic-auth password", .reader, [202]) {
                    $0.tokened(HostileScene.body(ticket: 41)).without("X-Freshet-Token")
                        .adding("Authorization", "Basic " + Base64.encode(Array("anybody:\($0.token)".utf8)))
                },
                .init("A41", "a wrong token", .reader, [401]) { $0.tokened().setting("X-Freshet-Token", "wrong") },
                .init("A41b", "the token cut short", .reader, [401]) {
                    $0.tokened().setting("X-Freshet-Token", String($0.token.dropLast()))
                },
                .init("A41c", "the token twice", .reader, [401]) { $0.tokened().adding("X-Freshet-Token", $0.token) },
                .init("A41d", "the token in the query", .reader, [401]) { scene in
                    scene.tokened().without("X-Freshet-Token").with { $0.target += "?token=\(scene.token)" }
                },
            ]
    }

    /// A27: bytes that no header value may hold.
    private static var controlCharacters: [HostileRequest] {
        let bytes: [(String, [UInt8])] = [
            ("NUL", [0]), ("a bare CR", [0x0D]), ("a bare LF", [0x0A]), ("a vertical tab", [0x0B]),
            ("DEL", [0x7F]), ("escape", [0x1B]), ("a bell", [0x07]),
        ]
        return bytes.enumerated().map { number, byte in
            .init("A27-\(number)", "\(byte.0) in a header value", .listener, [400], closes: true) {
                $0.signed(id: "A27-\(number)").with { $0.rawLines.append(Array("X-Odd: a".utf8) + byte.1 + [0x62]) }
            }
        }
    }

    /// B: timestamps. The listener's clock stands at `scene.now`.
    static var timestamps: [HostileRequest] {
        func row(
            _ id: String, _ what: String, _ answer: Set<Int>, _ text: @escaping @Sendable (Int64) -> String
        ) -> HostileRequest {
            .init(id, what, .reader, answer) { $0.signed(id: id, timestamp: text($0.seconds)) }
        }
        return [
            row("B01", "301 s old", [401]) { "\($0 - 301)" },
            row("B02", "301 s ahead", [401]) { "\($0 + 301)" },
            row("B03", "300 s old", [202]) { "\($0 - 300)" },
            row("B03b", "300 s ahead", [202]) { "\($0 + 300)" },
            row("B04", "a year old", [401]) { "\($0 - 31_536_000)" },
            row("B04b", "in milliseconds", [401]) { "\($0 * 1000)" },
            row("B05b", "a fraction, under the MAC", [401]) { "\($0).0" },
            row("B05c", "a fraction, under the MAC", [401]) { "\($0).9" },
            .init("B05", "a fraction, the MAC over the integer", .reader, [401]) {
                $0.signed(id: "B05").setting("webhook-timestamp", "\($0.seconds).0")
            },
            row("B07", "a plus sign", [401]) { "+\($0)" },
            row("B07b", "a leading zero", [401]) { "0\($0)" },
            .init("B07c", "a plus sign, the MAC over the bare number", .reader, [401]) {
                $0.signed(id: "B07c").setting("webhook-timestamp", "+\($0.seconds)")
            },
            row("B08", "hexadecimal", [401]) { "0x" + String($0, radix: 16) },
            row("B08b", "an exponent", [401]) { _ in "1.7e9" },
            row("B08c", "digits of another script", [401]) { text in
                String(String(text).unicodeScalars.map { Character(Unicode.Scalar($0.value + 0x630) ?? $0) })
            },
            row("B08d", "a comma", [401]) { "\($0),\($0)" },
            row("B08e", "a space inside", [401]) { "\($0 / 10) \($0 % 10)" },
            row("B09", "negative", [401]) { "-\($0)" },
            row("B09b", "-0", [401]) { _ in "-0" },
            row("B10", "zero", [401]) { _ in "0" },
            row("B10b", "empty", [401]) { _ in "" },
            row("B11", "2^63", [401]) { _ in "9223372036854775808" },
            row("B11b", "2^64", [401]) { _ in "18446744073709551616" },
            row("B11c", "400 digits", [401]) { _ in String(repeating: "9", count: 400) },
            row("B11d", "2^64 above the present", [401]) { String(UInt64($0)) + "18446744073709551616" },
            row("B13", "RFC 3339", [401]) { Timestamp(seconds: $0).iso8601 },
            row("B14", "not a number", [401]) { _ in "now" },
            .init("B15", "changed after signing", .reader, [401]) {
                $0.signed(id: "B15").setting("webhook-timestamp", "\($0.seconds - 1)")
            },
        ]
    }

    /// C: replay and identity.
    static var identities: [HostileRequest] {
        func id(_ id: String, _ what: String, _ answer: Set<Int>, _ text: String) -> HostileRequest {
            .init(id, what, .reader, answer, closes: nil) { $0.signed(HostileScene.body(), exactID: text) }
        }
        return [
            HostileRequest(
                id: "C01", what: "the same request twice", judge: .reader,
                actions: { scene in
                    let bytes = scene.signed(id: "C01").bytes
                    return [.send(bytes), .awaitAnswers(1), .send(bytes)]
                }, answers: [[202], [202]], closes: false, stored: 1...2),
            HostileRequest(
                id: "C03", what: "the same id with another body", judge: .reader,
                actions: { scene in
                    [
                        .send(scene.signed(id: "C03").bytes), .awaitAnswers(1),
                        .send(scene.signed(HostileScene.body(ticket: 4712), id: "C03").bytes),
                    ]
                }, answers: [[202], [202]], closes: false, stored: 1...2),
            HostileRequest(
                id: "C05", what: "the same body with other ids", judge: .reader,
                actions: { scene in
                    [
                        .send(scene.signed(id: "C05a").bytes), .awaitAnswers(1),
                        .send(scene.signed(id: "C05b").bytes),
                    ]
                }, answers: [[202], [202]], closes: false, stored: 1...2),
            id("C09", "an empty id", [401], ""),
            id("C09b", "an id of 10 KB", [401], String(repeating: "a", count: 10_240)),
            id("C09c", "an id with a dot", [401], "msg.1"),
            id("C09d", "an id with a space", [401], "msg 1"),
            id("C09e", "an id above ASCII", [401, 400], "msg_é"),
            id("C09f", "an id with a tab", [401], "msg\t1"),
            .init("C09g", "an id that moves its dot into the timestamp", .reader, [401]) { scene in
                // `a.b` + timestamp and `a` + `b.timestamp` have the same MAC.
                scene.signed(HostileScene.body(), exactID: "msg_C09g.1").setting("webhook-id", "msg_C09g")
                    .setting("webhook-timestamp", "1.\(scene.seconds)")
            },
        ]
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined()
    }

    /// 32 bytes take 43 letters, of which the last one has two bits to spare.
    private static func spareBitsSet(_ signature: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var letters = Array(signature)
        guard letters.count > 2, let index = alphabet.firstIndex(of: letters[letters.count - 2]) else { return "" }
        letters[letters.count - 2] = alphabet[index | 1]
        return String(letters)
    }
}

extension HostileRequest {
    /// Accepting it and refusing it are both right.
    var eitherStored: HostileRequest {
        var request = self
        request.stored = 0...1
        return request
    }
}
