import FreshetAdapters
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

private typealias Samples = WebhookSamples

private func refused(_ reason: String) -> Result<Delivery, Rejection> { .failure(.unauthorized(reason: reason)) }

private func isAccepted(_ result: Result<Delivery, Rejection>) -> Bool {
    if case .success = result { true } else { false }
}

@Suite struct `Webhooks under the scheme standard` {
    private let credentials = Samples.credentials(.standard)

    private func reading(_ request: WebhookRequest) -> Result<Delivery, Rejection> {
        Samples.reading(request, with: credentials)
    }

    private func reading(_ change: (inout WebhookRequest) -> Void) -> Result<Delivery, Rejection> {
        var request = Samples.standard()
        change(&request)
        return reading(request)
    }

    @Test func `a signed delivery is read`() throws {
        let delivery = try reading(Samples.standard()).get()
        #expect(delivery.item.name == "ticket/4711")
        #expect(delivery.item.company == Samples.company && delivery.item.platform == .freshdesk)
        #expect(delivery.id == "msg_1")
        #expect(delivery.event == "onConversationCreate")
        #expect(delivery.receivedAt == Timestamp(seconds: Samples.now))
        #expect(delivery.bodyDigest.hex == SHA256.digest(Samples.body).hexEncoded)
    }

    /// A published example of the specification's own libraries: not computed by us.
    @Test func `the example of the specification verifies`() {
        let request = Samples.request(
            [
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
                ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ], body: Array(#"{"test": 2432232314}"#.utf8), receivedAt: Timestamp(seconds: 1_614_265_330))
        let credentials = WebhookCredentials(
            scheme: .standard, secrets: [Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
        #expect(Samples.reading(request, with: credentials) == .failure(.unusable(reason: "ticket_id_missing")))
        var changed = request
        changed.headers[2].value = Array("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=".utf8)
        #expect(Samples.reading(changed, with: credentials) == refused("wrong_signature"))
    }

    @Test(arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
    func `each header stands there once`(name: String) {
        #expect(reading { $0.headers.removeAll { $0.name == name } } == refused("header_missing"))
        #expect(
            reading { request in request.headers += request.headers.filter { $0.name == name } }
                == refused("header_repeated"))
        #expect(reading { $0.headers.append((name, [])) } == refused("header_repeated"))
        #expect(
            !isAccepted(
                reading { request in
                    for at in request.headers.indices where request.headers[at].name == name {
                        request.headers[at].name = name.replacing("-", with: "_")
                    }
                }))
        #expect(
            !isAccepted(
                reading { request in
                    for at in request.headers.indices where request.headers[at].name == name {
                        request.headers[at].value = []
                    }
                }))
    }

    @Test func `families of headers do not mix`() {
        for name in ["id", "timestamp", "signature"] {
            #expect(
                reading { request in
                    for at in request.headers.indices where request.headers[at].name == "webhook-\(name)" {
                        request.headers[at].name = "svix-\(name)"
                    }
                } == refused("header_missing"))
        }
        #expect(isAccepted(reading { $0.headers.append(("svix-id", [0x78])) }))
        #expect(!isAccepted(reading(Samples.hub(secret: Samples.standardSecret))))
        #expect(!isAccepted(reading(Samples.token(Samples.standardSecret.text ?? ""))))
    }

    @Test func `one canonical spelling of the signature`() {
        let good = Samples.v1(id: "msg_1", timestamp: String(Samples.now), body: Array(Samples.body.utf8))
        let mac = String(good.dropFirst(3))
        let bytes = Base64.decode(mac) ?? []
        let lastDigit = mac.dropLast().last.map(String.init) ?? ""
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").map(String.init)
        let stray = alphabet[((alphabet.firstIndex(of: lastDigit) ?? 0) & ~3) | 1]
        let wrong = [
            "", " ", mac, "v1=\(mac)", "v1, \(mac)", "v1,\(mac)=", "v1,\(mac.dropLast())",
            "v1,\(mac.dropLast(2))\(stray)=", "v2,\(mac)", "V1,\(mac)", "v1a,\(mac)",
            "none,\(mac)", ",\(mac)", "v1,\(bytes.hexEncoded)", "v1,\(mac)x", "v1,\(mac),", "xv1,\(mac)",
            "v1,\(mac);v1,\(mac)", "v1,\(mac)\tx", "\t\(good)", "v1,", "v1,AAAA",
            "v1," + Base64.encode(bytes + [0]), "v1," + Base64.encode(bytes.dropLast()), "\u{201C}\(good)",
        ]
        for signature in wrong {
            #expect(reading(Samples.standard(signature: signature)) == refused("wrong_signature"), "\(signature)")
        }
        let urlSafe =
            (0..<200).lazy.map { "msg_\($0)" }.first {
                Samples.v1(id: $0, timestamp: String(Samples.now), body: Array(Samples.body.utf8)).contains("+")
            } ?? ""
        let safe = Samples.v1(id: urlSafe, timestamp: String(Samples.now), body: Array(Samples.body.utf8)).replacing(
            "+", with: "-"
        ).replacing("/", with: "_")
        #expect(reading(Samples.standard(id: urlSafe, signature: safe)) == refused("wrong_signature"))
    }

    @Test func `up to eight entries, of which one must fit`() {
        let good = Samples.v1(id: "msg_1", timestamp: String(Samples.now), body: Array(Samples.body.utf8))
        for count in 0...7 {
            #expect(
                isAccepted(
                    reading(
                        Samples.standard(
                            signature: (Array(repeating: "v1,AAAA", count: count) + [good]).joined(separator: " ")))))
        }
        for count in [8, 9, 200] {
            let bad = Array(repeating: "v1,AAAA", count: count)
            #expect(
                reading(Samples.standard(signature: (bad + [good]).joined(separator: " ")))
                    == refused("too_many_signatures"))
            #expect(
                reading(Samples.standard(signature: ([good] + bad).joined(separator: " ")))
                    == refused("too_many_signatures"))
        }
        #expect(isAccepted(reading(Samples.standard(signature: "garbage \(good)"))))
        #expect(isAccepted(reading(Samples.standard(signature: "v1a,x v2,y  \(good) "))))
    }

    @Test(arguments: [
        "+1772535767", "01772535767", "1772535767.0", "1772535767.9", "-1772535767", "-0", "0", "", " 1772535767",
        "1772535767 ", "1_772_535_767",
        "1.772535767e9", "0x69A6C697", "١٧٧٢٥٣٥٧٦٧", "9223372036854775808", "18446744073709551616",
        "-9223372036854775808", "2026-03-03T11:02:47Z",
        String(repeating: "9", count: 400), "1772535767,1772535767", "１７７２５３５７６７",
    ])
    func `a timestamp has one spelling`(timestamp: String) {
        // Signed as sent, and signed over the number that a lenient reader makes of it.
        #expect(reading(Samples.standard(timestamp: timestamp)) == refused("timestamp_malformed"))
        let canonical = Samples.v1(id: "msg_1", timestamp: String(Samples.now), body: Array(Samples.body.utf8))
        #expect(reading(Samples.standard(timestamp: timestamp, signature: canonical)) == refused("timestamp_malformed"))
    }

    @Test func `fresh within 300 seconds both ways, inclusive`() {
        for offset in [-300, -299, 0, 299, 300] as [Int64] {
            #expect(isAccepted(reading(Samples.standard(timestamp: String(Samples.now + offset)))))
        }
        for offset in [-Samples.now + 1, -301, 301, 86_400, .max - Samples.now] as [Int64] {
            #expect(reading(Samples.standard(timestamp: String(Samples.now + offset))) == refused("outside_tolerance"))
        }
        // Milliseconds of the reception do not count.
        let late = Timestamp(milliseconds: Samples.now * 1000 + 999)
        #expect(isAccepted(reading(Samples.standard(timestamp: String(Samples.now - 300), receivedAt: late))))
        #expect(!isAccepted(reading(Samples.standard(timestamp: String(Samples.now - 301), receivedAt: late))))
        #expect(
            !isAccepted(
                reading(Samples.standard(timestamp: String(Int64.max), receivedAt: Timestamp(milliseconds: .min / 2)))))
    }

    @Test func `freshness is judged behind the signature`() {
        let old = String(Samples.now - 900)
        #expect(reading(Samples.standard(timestamp: old)) == refused("outside_tolerance"))
        #expect(reading(Samples.standard(timestamp: old, signature: "v1,AAAA")) == refused("wrong_signature"))
        #expect(reading { $0.headers[2].value = Array(String(Samples.now + 1).utf8) } == refused("wrong_signature"))
    }

    @Test(arguments: [
        "", ".", "msg_1.5", "a b", "a\tb", "a\u{0}b", "a\u{7F}", "é", "msg\u{A0}1", String(repeating: "x", count: 256),
        String(repeating: "x", count: 10_240),
    ])
    func `an id that is ambiguous or unprintable is refused`(id: String) {
        #expect(reading(Samples.standard(id: id)) == refused("id_malformed"))
    }

    @Test(arguments: ["1", "msg_p5jXN8AQM9LWM0D4loKWxJek", "a:b/c=~!\"'", String(repeating: "x", count: 255)])
    func `an id of printable ASCII is kept`(id: String) throws {
        #expect(try reading(Samples.standard(id: id)).get().id == id)
    }

    @Test func `the signature is over the raw bytes`() {
        #expect(reading { $0.body.append(0x20) } == refused("wrong_signature"))
        #expect(
            reading {
                $0.body = Array(#"{"account_id":"1093377","event":"onConversationCreate","ticket_id":4711}"#.utf8)
            } == refused("wrong_signature"))
        #expect(reading { $0.body = [] } == refused("wrong_signature"))
    }

    @Test func `both secrets hold during a rotation, a retired one does not`() {
        let new = [UInt8](repeating: 7, count: 24)
        let both = WebhookCredentials(
            scheme: .standard, secrets: [Secret("whsec_" + Base64.encode(new)), Samples.standardSecret])
        let after = WebhookCredentials(scheme: .standard, secrets: [Secret("whsec_" + Base64.encode(new))])
        #expect(isAccepted(Samples.reading(Samples.standard(), with: both)))
        #expect(isAccepted(Samples.reading(Samples.standard(key: new), with: both)))
        #expect(isAccepted(Samples.reading(Samples.standard(key: new), with: after)))
        #expect(Samples.reading(Samples.standard(), with: after) == refused("wrong_signature"))
    }

    @Test func `keys of any length verify`() {
        for length in [1, 24, 63, 64, 65, 200] {
            let key = (0..<length).map { UInt8($0 & 255) }
            let credentials = WebhookCredentials(scheme: .standard, secrets: [Secret("whsec_" + Base64.encode(key))])
            #expect(isAccepted(Samples.reading(Samples.standard(key: key), with: credentials)))
        }
    }

    @Test func `a secret that cannot be read signs nothing`() {
        for text in ["", "whsec_", "whsec_AAA", "whsec_A*==", Base64.encode(Samples.standardKey), "whsec_AAB="] {
            let credentials = WebhookCredentials(scheme: .standard, secrets: [Secret(text)])
            #expect(Samples.reading(Samples.standard(key: []), with: credentials) == refused("wrong_signature"))
            #expect(Samples.reading(Samples.standard(), with: credentials) == refused("wrong_signature"))
        }
    }
}

@Suite struct `Webhooks under the scheme hub` {
    private func reading(_ request: WebhookRequest) -> Result<Delivery, Rejection> {
        Samples.reading(request, with: Samples.credentials(.hub))
    }

    @Test func `a signed delivery is read and has no id`() throws {
        let delivery = try reading(Samples.hub()).get()
        #expect(delivery.id == nil && delivery.item.originalID == 4711)
    }

    /// Published with GitHub's own library for receivers.
    @Test func `a published example verifies`() {
        let request = Samples.hub(
            body: #"{"foo":"bar"}"#,
            signature: "sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3")
        let credentials = WebhookCredentials(scheme: .hub, secrets: [Secret("mysecret")])
        #expect(Samples.reading(request, with: credentials) == .failure(.unusable(reason: "ticket_id_missing")))
    }

    @Test func `one canonical spelling of the signature`() {
        let mac = HMACSHA256.authenticate(key: Samples.hubSecret.bytes, Array(Samples.body.utf8))
        let hex = mac.hexEncoded
        for signature in [
            "", hex, "sha256=", "SHA256=\(hex)", "Sha256=\(hex)", "xxsha256=\(hex)", "sha256=sha256=\(hex)",
            "sha256=\(hex.uppercased())", "sha256=\(hex.dropLast())", "sha256=\(hex)0",
            "sha256= \(hex)", "sha256=\(hex) ", "sha256=\(Base64.encode(mac))", "sha1=\(hex)",
            "sha256=\(hex),sha256=\(hex)", "sha256:\(hex)",
        ] {
            #expect(reading(Samples.hub(signature: signature)) == refused("wrong_signature"), "\(signature)")
        }
    }

    @Test func `missing, repeated and foreign headers`() {
        var request = Samples.hub()
        request.headers += request.headers
        #expect(reading(request) == refused("header_repeated"))
        request.headers = [("x-hub-signature", Array("sha1=00".utf8))]
        #expect(reading(request) == refused("header_missing"))
        #expect(!isAccepted(reading(Samples.standard(key: Samples.hubSecret.bytes))))
        #expect(!isAccepted(reading(Samples.token(Samples.hubSecret.text ?? ""))))
    }

    @Test func `an empty secret lets nobody in`() {
        let signed = Samples.hub(secret: Secret(""))
        for secrets in [[], [Secret("")], [Secret(""), Secret("")]] {
            #expect(
                Samples.reading(signed, with: WebhookCredentials(scheme: .hub, secrets: secrets))
                    == refused("wrong_signature"))
        }
    }

    @Test func `the secret is its UTF-8 as configured`() {
        let composed = Secret("p\u{E4}ssw\u{F6}rd"), decomposed = Secret("pa\u{308}sswo\u{308}rd")
        let credentials = WebhookCredentials(scheme: .hub, secrets: [composed])
        #expect(isAccepted(Samples.reading(Samples.hub(secret: composed), with: credentials)))
        #expect(Samples.reading(Samples.hub(secret: decomposed), with: credentials) == refused("wrong_signature"))
    }
}

@Suite struct `Webhooks under the scheme token` {
    private let secret = "token-of-tidewater-0123456789"

    private func reading(_ headers: [(String, String)]) -> Result<Delivery, Rejection> {
        Samples.reading(Samples.request(headers, body: Array(Samples.body.utf8)), with: Samples.credentials(.token))
    }

    private func basic(_ credentials: String, scheme: String = "Basic ") -> (String, String) {
        ("authorization", scheme + Base64.encode(Array(credentials.utf8)))
    }

    @Test func `the token in its header or as a password`() {
        #expect(isAccepted(reading([("x-freshet-token", secret)])))
        #expect(isAccepted(reading([basic("anyone:\(secret)")])))
        #expect(isAccepted(reading([basic(":\(secret)", scheme: "bAsIC  ")])))
        #expect(isAccepted(reading([("x-freshet-token", secret), basic("x:\(secret)")])))
    }

    @Test func `anything else is refused`() {
        #expect(reading([]) == refused("header_missing"))
        #expect(reading([("x-freshet-token", "")]) == refused("wrong_token"))
        for token in [
            secret + "0", String(secret.dropLast()), secret.uppercased(), " " + secret, secret + "\u{0}",
            "Bearer \(secret)",
        ] {
            #expect(reading([("x-freshet-token", token)]) == refused("wrong_token"))
            #expect(reading([basic("x:\(token)")]) == refused("wrong_token"))
        }
        #expect(reading([("x-freshet-token", secret), ("x-freshet-token", secret)]) == refused("header_repeated"))
        #expect(reading([basic("x:\(secret)"), basic("x:\(secret)")]) == refused("header_repeated"))
        #expect(reading([("x-freshet-token", secret), basic("x:other")]) == refused("wrong_token"))
        #expect(reading([("x-freshet-token", "other"), basic("x:\(secret)")]) == refused("wrong_token"))
        #expect(reading([basic("\(secret):x")]) == refused("wrong_token"))
        for value in [
            "", "Basic", "Basic ", "Basic !!!", "Bearer \(secret)", "Basic " + Base64.encode(Array(secret.utf8)),
            "Basic\t" + Base64.encode(Array("x:\(secret)".utf8)), secret,
        ] {
            #expect(reading([("authorization", value)]) == refused("credential_malformed"), "\(value)")
        }
        let spelt = Base64.encode(Array("xx:\(secret)".utf8))
        #expect(spelt.hasSuffix("="))
        #expect(reading([("authorization", "Basic \(spelt.filter { $0 != "=" })")]) == refused("credential_malformed"))
        #expect(reading([("authorization", "Basic \(spelt)=")]) == refused("credential_malformed"))
        #expect(
            !isAccepted(Samples.reading(Samples.standard(key: Array(secret.utf8)), with: Samples.credentials(.token))))
    }

    @Test func `two secrets whose HMAC keys are alike are two`() {
        let credentials = WebhookCredentials(scheme: .token, secrets: [Secret(Array("abcdefghijklmnop".utf8))])
        #expect(!isAccepted(Samples.reading(Samples.token("abcdefghijklmnop\u{0}"), with: credentials)))
    }
}

@Suite struct `Webhooks that nobody may send` {
    @Test(arguments: WebhookScheme.allCases)
    func `an unknown company is refused like a wrong signature`(scheme: WebhookScheme) {
        var wrong = Samples.credentials(scheme)
        wrong.secrets = [
            scheme == .standard
                ? Secret("whsec_" + Base64.encode([UInt8](repeating: 9, count: 32)))
                : Secret("something-else-altogether")
        ]
        let request = Samples.good(scheme)
        #expect(Samples.reading(request, with: nil) == Samples.reading(request, with: wrong))
        #expect(!isAccepted(Samples.reading(request, with: nil)))
        #expect(
            Samples.reading(request, with: WebhookCredentials(scheme: scheme, secrets: []))
                == Samples.reading(request, with: wrong))
    }

    /// The filler key that evens out the work is in this repository: it must never open anything.
    @Test func `the key that evens out the work signs nothing`() {
        let dummy = [UInt8](repeating: 0x5A, count: 32)
        for credentials in [nil, WebhookCredentials(scheme: .standard, secrets: [])] {
            #expect(!isAccepted(Samples.reading(Samples.standard(key: dummy), with: credentials)))
        }
        for credentials in [nil, WebhookCredentials(scheme: .hub, secrets: [])] {
            #expect(!isAccepted(Samples.reading(Samples.hub(secret: Secret(dummy)), with: credentials)))
        }
        for credentials in [nil, WebhookCredentials(scheme: .token, secrets: [])] {
            #expect(
                !isAccepted(Samples.reading(Samples.token(String(decoding: dummy, as: UTF8.self)), with: credentials)))
        }
    }

    /// Whatever is changed in a good request, it is refused, unless what is signed came out the same.
    @Test(arguments: 0..<600 as Range<UInt64>)
    func `no mutated request is accepted`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let scheme = WebhookScheme.allCases[Int(seed) % 3]
        let good = Samples.good(scheme)
        var request = good
        let own = good.headers.indices.filter { good.headers[$0].name != "host" }
        for _ in 0...Int.random(in: 0..<2, using: &random) {
            // A token does not cover the body, so there is no use in changing that.
            if scheme != .token, Bool.random(using: &random) {
                Self.mutate(&request.body, using: &random)
            } else if Int.random(in: 0..<10, using: &random) == 0 {
                let at = own[Int.random(in: 0..<own.count, using: &random)]
                request.headers.append(request.headers[at])
            } else {
                Self.mutate(&request.headers[own[Int.random(in: 0..<own.count, using: &random)]].value, using: &random)
            }
        }
        let isSame =
            request.body == good.body && request.headers.count == good.headers.count
            && zip(request.headers, good.headers).allSatisfy { $0 == $1 }
        // More blanks between the entries of a list leave the entries the same.
        guard !isSame, !Self.isOnlyBlanks(request, good) else { return }
        let result = Samples.reading(request, with: Samples.credentials(scheme))
        guard case .failure(.unauthorized) = result else {
            Issue.record("accepted, seed \(seed)")
            return
        }
    }

    private static func isOnlyBlanks(_ a: WebhookRequest, _ b: WebhookRequest) -> Bool {
        func entries(_ request: WebhookRequest) -> [[ArraySlice<UInt8>]] {
            request.headers.map { $0.name == "webhook-signature" ? $0.value.split(separator: 0x20) : [$0.value[...]] }
        }
        return a.body == b.body && entries(a) == entries(b)
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where at < bytes.count: bytes.remove(at: at)
        case 2 where at < bytes.count: bytes[at] = bytes[at] ^ 0x20
        case 3: bytes.removeSubrange(at...)
        case 4: bytes += bytes.prefix(at + 1)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        }
    }
}
