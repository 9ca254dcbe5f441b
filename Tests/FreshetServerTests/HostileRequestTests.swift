import FreshetCore
import FreshetServer
import FreshetTestKit
import Testing

/// Every input that the listener decides, through a real socket.
@Suite struct `Hostile requests` {
    static let rows = HostileRequests.all.filter { $0.judge == .listener }

    /// One after the other, so that hundreds of listeners at once do not starve the deadlines of other tests.
    @Test(.serialized, arguments: rows.filter { !$0.isSlow })
    func `get their one answer, leave nothing behind and disturb nobody`(_ row: HostileRequest) async throws {
        try await run(row) { _ in }
    }

    @Test(arguments: rows.filter(\.isSlow))
    func `are not waited for when they are slow`(_ row: HostileRequest) async throws {
        try await run(row) { configuration in
            configuration.headerDeadline = .milliseconds(1500)
            configuration.requestDeadline = .milliseconds(2500)
        }
    }

    private func run(_ row: HostileRequest, _ change: (inout ServerConfiguration) -> Void) async throws {
        try await Stand.with(change) { stand in
            let transcript = try await RawSocket.exchange(
                port: stand.port, row.actions(stand.scene), until: row.end)
            check(transcript, row)

            let stored = stand.intake.stored
            #expect(row.stored.contains(stored.count))
            checkNothingLeaks(transcript, stand)
            checkCounted(transcript, stand)

            let next = try await RawSocket.exchange(
                port: stand.port, stand.scene.signed(id: "next").bytes, until: .answers(1))
            #expect(next.answers.first?.status == 202)
        }
    }

    private func check(_ transcript: RawSocket.Transcript, _ row: HostileRequest) {
        #expect(!transcript.timedOut)
        if row.isHeadOnly {
            #expect(row.answers[0].contains { transcript.text.hasPrefix("HTTP/1.1 \($0) ") }, "\(transcript.text)")
            #expect(transcript.text.hasSuffix("\r\n\r\n"))
            return
        }
        if case .leave = row.end { return }
        #expect(transcript.answers.count == row.answers.count)
        for (answer, allowed) in zip(transcript.answers, row.answers) where !allowed.contains(answer.status) {
            Issue.record("answered \(answer.status), not \(allowed.sorted()): \(answer.bodyText)")
        }
        if !row.mayInform { #expect(transcript.informational == row.informational) }
        if let closes = row.closes, let last = transcript.answers.last {
            #expect(transcript.isClosed == closes)
            #expect((last.value("connection") == "close") == closes)
        }
        for answer in transcript.answers {
            #expect(answer.value("x-request-id")?.utf8.count == 16)
            #expect(answer.value("server") == nil)
            #expect(answer.value("date") != nil)
            if answer.status >= 400 { checkProblem(answer) }
        }
    }

    private func checkProblem(_ answer: RawAnswer) {
        #expect(answer.value("content-type") == "application/problem+json")
        #expect(answer.bodyText.hasPrefix(#"{"type":"about:blank","title":""#))
        #expect(answer.bodyText.contains(#""status":\#(answer.status),"#))
        if answer.status == 405 { #expect(answer.value("allow") == "POST") }
        if answer.status == 401 { #expect(answer.value("www-authenticate") != nil) }
    }

    private func checkNothingLeaks(_ transcript: RawSocket.Transcript, _ stand: Stand) {
        for secret in stand.scene.secrets {
            #expect(!transcript.text.contains(secret))
            #expect(!stand.log.lines.contains { $0.contains(secret) })
        }
        for answer in transcript.answers {
            #expect(!answer.bodyText.contains("webhooks"), "the path came back")
            #expect(!answer.bodyText.contains(stand.scene.company), "the company came back")
        }
    }

    /// One line and one counter with a word for each answer that is no success.
    private func checkCounted(_ transcript: RawSocket.Transcript, _ stand: Stand) {
        let refused = transcript.answers.filter { $0.status >= 300 }.count
        guard refused <= 100 else { return }
        #expect(stand.log.lines(holding: "request refused").count >= refused)
        let counted = stand.total("freshet_webhook_rejections_total") + stand.total("freshet_http_refusals_total")
        #expect(Int(counted) >= refused)
    }

    @Test func `are at least 130 and each has its own name`() {
        #expect(Self.rows.count >= 130)
        #expect(Set(HostileRequests.all.map(\.id)).count == HostileRequests.all.count)
    }

    /// What the intake sees is what was sent: it checks signatures over these bytes.
    @Test func `hand over every header line and the body byte for byte`() async throws {
        try await Stand.with { stand in
            var draft = stand.scene.signed(id: "bytes")
            draft.rawLines = [Array("X-Odd: ".utf8) + [0xFF, 0x20, 0xC3, 0x28] + Array(" \t".utf8)]
            draft = draft.adding("x-odd", "second").adding("X-Empty", "")
            _ = try await RawSocket.exchange(port: stand.port, draft.bytes, until: .answers(1))

            let request = try #require(stand.intake.stored.first)
            #expect(request.body == draft.body)
            #expect(request.platform == .freshdesk)
            #expect(request.headers.map(\.name).prefix(3) == ["host", "content-type", "x-canary"])
            let odd = request.headers.filter { $0.name == "x-odd" }.map(\.value)
            #expect(odd == [Array("second".utf8), [0xFF, 0x20, 0xC3, 0x28]])
            #expect(request.headers.first { $0.name == "x-empty" }?.value == [])
        }
    }
}
