import FreshetAdapters
import FreshetCore
import FreshetSystem
import Testing

@Suite struct `Secrets for webhooks` {
    private func problem(_ text: String, _ scheme: WebhookScheme) -> WebhookSecret.Problem? {
        do throws(WebhookSecret.Problem) {
            try WebhookSecret.validate(Secret(text), scheme: scheme)
            return nil
        } catch { return error }
    }

    private func standard(_ length: Int) -> String { "whsec_" + Base64.encode([UInt8](repeating: 3, count: length)) }

    @Test func `what is too weak or cannot work is refused with a reason`() {
        for scheme in WebhookScheme.allCases { #expect(problem("", scheme) == .empty) }
        #expect(problem(standard(24), .standard) == nil)
        #expect(problem(standard(64), .standard) == nil)
        #expect(problem(standard(23), .standard) == .keyLength(23))
        #expect(problem(standard(65), .standard) == .keyLength(65))
        #expect(problem(Base64.encode([UInt8](repeating: 3, count: 32)), .standard) == .missingPrefix)
        #expect(problem("WHSEC_AAAA", .standard) == .missingPrefix)
        #expect(problem("whsec_", .standard) == .keyLength(0))
        #expect(problem(standard(25).filter { $0 != "=" }, .standard) == .notBase64)
        #expect(problem(standard(24) + "\n", .standard) == .notBase64)
        for scheme in [WebhookScheme.hub, .token] {
            #expect(problem("fifteen-letters", scheme) == .tooShort(15))
            #expect(problem("sixteen-letters!", scheme) == nil)
            #expect(problem(String(repeating: "x", count: 255), scheme) == nil)
            #expect(problem(String(repeating: "x", count: 256), scheme) == .tooLong(256))
            #expect(problem("line\nbreaks-do-not-travel", scheme) == .unsendable)
        }
        #expect(problem("blanks are for hub only", .hub) == nil)
        #expect(problem("blanks are for hub only", .token) == .unsendable)
        #expect(problem("pässwörter-für-alle", .hub) == nil)
        #expect(problem("pässwörter-für-alle", .token) == .unsendable)
        #expect(throws: WebhookSecret.Problem.notText) {
            try WebhookSecret.validate(Secret([0xFF, 0xFE]), scheme: .hub)
        }
    }

    @Test(arguments: [
        "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", "whsec_dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
        "this_secret_is_for_testing_only",
    ])
    func `a published secret is refused everywhere`(text: String) {
        for scheme in WebhookScheme.allCases { #expect(problem(text, scheme) == .published) }
    }

    @Test(arguments: WebhookScheme.allCases)
    func `what we make is valid and differs`(scheme: WebhookScheme) throws {
        let one = WebhookSecret.make(for: scheme, random: [UInt8](0..<32)),
            other = WebhookSecret.make(for: scheme, random: [UInt8](1...32))
        try WebhookSecret.validate(one, scheme: scheme)
        #expect(one != other)
    }

    @Test func `no description shows a secret`() {
        for problem in [
            .empty, .notText, .missingPrefix, .notBase64, .keyLength(3), .tooShort(3), .tooLong(300), .unsendable,
            .published,
        ] as [WebhookSecret.Problem] {
            #expect(!problem.description.contains("dGhpc19") && !problem.description.isEmpty)
        }
    }
}
