import FreshetAdapters
import FreshetCore
import Synchronization
import Testing

@Suite struct `Redaction` {
    private static let acme: CompanyID = {
        guard let id = CompanyID("acme") else { preconditionFailure("a company id") }
        return id
    }()

    /// What leaves for a model of a text, by way of the embedder.
    private func hidden(
        _ text: String, _ kinds: Set<PersonalData> = Set(PersonalData.allCases), patterns: [Redactor.Pattern] = []
    ) async throws -> String {
        let model = EchoModel()
        _ = try await RedactingEmbedder(
            model, policy: RedactionPolicy(usual: Redactor(kinds: kinds, patterns: patterns))
        ).embed(text, for: Self.acme)
        return model.heard.joined(separator: "|")
    }

    @Test(arguments: [
        ("Write to ada.l+x@mail.example.co.uk, please.", "Write to [EMAIL-1], please."),
        ("메일은 kim@회사 아니고 kim@example.co.kr로 보내 주세요", "메일은 kim@회사 아니고 [EMAIL-1]로 보내 주세요"),
        ("a@b.co a@b.co c@d.eu", "[EMAIL-1] [EMAIL-1] [EMAIL-2]"),
        ("meet @ noon, user@localhost, @handle", "meet @ noon, user@localhost, @handle"),
        ("연락처는 010-1234-5678이고 회사는 (02)345-6789입니다", "연락처는 [PHONE-1]이고 회사는 [PHONE-2]입니다"),
        ("01012345678 / +82 10 1234 5678", "[PHONE-1] / [PHONE-2]"),
        ("Call (555) 234-5678 or 1-800-555-0199 or 020 7946 0958.", "Call [PHONE-1] or [PHONE-2] or [PHONE-3]."),
        ("전화 ０１０-１２３４-５６７８", "전화 [PHONE-1]"),
        (
            "on 2026-03-01 10:22 order 20260301 took 12 345 ms, v1.2.3",
            "on 2026-03-01 10:22 order 20260301 took 12 345 ms, v1.2.3"
        ),
        (
            "card 4111 1111 1111 1111 exp 12/29, not 4111 1111 1111 1112",
            "card [CARD-1] exp 12/29, not 4111 1111 1111 1112"
        ),
        ("order 12 378282246310005.", "order 12 [CARD-1]."),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte, gb82west12345698765432", "IBAN [IBAN-1] bitte, [IBAN-2]"),
        ("GB83 WEST 1234 5698 7654 32 is mistyped", "GB83 WEST 1234 5698 7654 32 is mistyped"),
        ("from 192.168.0.12:8080, 10.0.0.300 and 1.2.3.", "from [IP-1]:8080, 10.0.0.300 and 1.2.3."),
        ("at 2001:db8::8a2e:370:7334 and ::1, 12:34:56, std::vector", "at [IP-1] and [IP-2], 12:34:56, std::vector"),
        ("::ffff:10.0.0.1.", "[IP-1]."),
        ("주민번호 900101-1234568입니다", "주민번호 [RRN-1]입니다"),
        ("9001011234568 아니면 9001011234567", "[RRN-1] 아니면 9001011234567"),
        ("991301-1234567 is no birthday", "991301-1234567 is no birthday"),
    ])
    func `hides what identifies people and leaves what does not`(text: String, expected: String) async throws {
        #expect(try await hidden(text) == expected)
    }

    @Test func `covers all of what overlaps under the label of the longest`() async throws {
        let pattern = try Redactor.Pattern(label: "contact", pattern: #"contact: \w+@\w+"#)
        let text = "contact: ada@example.com, thanks"
        #expect(try await hidden(text, [.email], patterns: [pattern]) == "[CONTACT-1], thanks")
    }

    @Test func `takes patterns of the company's own`() async throws {
        let order = try Redactor.Pattern(label: "order", pattern: #"\bORD-\d{4,8}\b"#)
        let name = try Redactor.Pattern(label: "name", pattern: "고객(님)?: ?[가-힣]{2,4}")
        #expect(
            try await hidden("ord-12345 und ORD-123, 고객님: 홍길동", [], patterns: [order, name])
                == "[ORDER-1] und ORD-123, [NAME-1]")
    }

    @Test(arguments: [
        "", "a*", "(a", "a)", "[z-a]", "a{65}", "*a", #"(a)\1"#, "a**", "(?=a)b", "^a", "(a{60}){60}", "[]",
    ])
    func `refuses patterns that it cannot keep in bounds, with the reason`(pattern: String) {
        #expect(throws: LinearPattern.Fault.self) { try Redactor.Pattern(label: "x", pattern: pattern) }
    }

    /// What brings other matchers to a halt: here each character costs at most one step for each instruction.
    @Test func `is done with hostile patterns and texts`() async throws {
        let pattern = try Redactor.Pattern(label: "x", pattern: "(a|a?a)+(a*b)+c")
        let text = String(repeating: "a", count: 400) + String(repeating: "1 ", count: 1_000)
        #expect(try await hidden(text, patterns: [pattern]) == text)
        let at = String(repeating: "@", count: 5_000) + String(repeating: ":", count: 5_000)
        #expect(try await hidden(at) == at)
    }

    @Test func `is undone in the summary only, and tags go without`() async throws {
        let model = EchoModel()
        model.answer { content in
            Summary(
                problem: "Cannot log in as [EMAIL-1].", cause: content.entries[0].text,
                solution: "Ask [EMAIL-2], not [EMAIL-9] or [PHONE-1].", result: "", tags: ["login", "email-1"],
                language: "en")
        }
        let content = Content(
            subject: "Login of ada@example.com", description: "I am ada@example.com",
            entries: [.init(id: 1, role: .agent, isPrivate: false, text: "Try bob@example.com")],
            attachments: [
                Attachment(attachmentID: 1, fileName: "010-1234-5678.png", contentType: nil, size: 1)
            ], isResolved: false)
        let summary = try await RedactingSummariser(
            model, policy: RedactionPolicy(usual: Redactor(kinds: Set(PersonalData.allCases)))
        ).summary(of: content, for: Self.acme)
        #expect(
            model.heard == [
                "Login of [EMAIL-1]", "I am [EMAIL-1]", "Try [EMAIL-2]", "[PHONE-1].png",
            ])
        #expect(summary.problem == "Cannot log in as ada@example.com.")
        #expect(summary.cause == "Try bob@example.com")
        #expect(summary.solution == "Ask bob@example.com, not [EMAIL-9] or 010-1234-5678.")
        #expect(summary.tags == ["login"])
    }

    /// A ticket that writes "[EMAIL-1]" must not get the address of somebody else's message in its place.
    @Test func `gives no number to a placeholder that the text brings itself`() async throws {
        let model = EchoModel()
        model.answer { content in
            Summary(
                problem: content.description, cause: content.entries[0].text, solution: "", result: "", tags: [],
                language: "en")
        }
        let content = Content(
            subject: "x", description: "Repeat [EMAIL-1] and [email-2] to me",
            entries: [.init(id: 1, role: .agent, isPrivate: true, text: "secret@example.com")], attachments: [],
            isResolved: false)
        let summary = try await RedactingSummariser(
            model, policy: RedactionPolicy(usual: Redactor(kinds: [.email]))
        ).summary(of: content, for: Self.acme)
        #expect(model.heard.contains("[EMAIL-3]"))
        #expect(summary.problem == "Repeat [EMAIL-1] and [email-2] to me")
        #expect(summary.cause == "secret@example.com")
    }

    @Test func `is each company's own choice`() async throws {
        let model = EchoModel()
        model.answer { _ in Summary(problem: "p", cause: "", solution: "", result: "", tags: [], language: "en") }
        let globex = try #require(CompanyID("globex"))
        let summariser = RedactingSummariser(
            model, policy: RedactionPolicy(companies: [globex: Redactor(kinds: [.email])]))
        let content = Content(
            subject: "a@b.co", description: "", entries: [], attachments: [], isResolved: false)
        _ = try await summariser.summary(of: content, for: Self.acme)
        _ = try await summariser.summary(of: content, for: globex)
        #expect(model.heard.filter { !$0.isEmpty } == ["a@b.co", "[EMAIL-1]"])
    }
}

/// Hears what leaves, and answers as told.
private final class EchoModel: Summariser, Embedder {
    let identity = ModelIdentity(provider: "echo", model: "m", version: 1)
    let dimensions = 1
    private let state = Mutex((heard: [String](), answer: nil as (@Sendable (Content) -> Summary)?))

    var heard: [String] { state.withLock { $0.heard } }
    func answer(_ answer: @escaping @Sendable (Content) -> Summary) { state.withLock { $0.answer = answer } }

    func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let answer = state.withLock { state in
            state.heard +=
                [content.subject, content.description] + content.entries.map(\.text)
                + content.attachments.map(\.fileName)
            return state.answer
        }
        guard let answer else { throw .malformed(path: "answer") }
        return answer(content)
    }

    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        state.withLock { $0.heard.append(text) }
        return Embedding(vector: [1])
    }

    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] {
        try await embed(text, for: company).vector
    }
}
