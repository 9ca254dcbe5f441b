import Foundation
import FreshetAdapters
import FreshetCore
import FreshetTestKit
import Testing

@Suite struct BuiltinSummariserTests {
    private let summariser = BuiltinSummariser()

    private func content(
        _ subject: String, _ description: String,
        _ entries: [(Author.Role, isPrivate: Bool, String)] = [], isResolved: Bool = false
    ) -> Content {
        Content(
            subject: subject, description: description,
            entries: entries.enumerated().map { index, entry in
                Content.Entry(id: Int64(index + 1), role: entry.0, isPrivate: entry.isPrivate, text: entry.2)
            }, attachments: [], isResolved: isResolved)
    }

    @Test func `an English thread gives problem, cause, solution and result`() async throws {
        let summary = try await summariser.summary(
            of: content(
                "Printer PX-200 offline after update",
                """
                Hi team,

                since the update to driver 5.2.1 our PX-200 printer stays offline.
                The log shows java.net.SocketTimeoutException: connect timed out.
                    at java.net.PlainSocketImpl.socketConnect(Native Method)
                    at java.net.AbstractPlainSocketImpl.doConnect(AbstractPlainSocketImpl.java:350)
                    ... 12 more

                Thanks in advance!
                Best regards,
                Dana Mills
                Acme Inc. | 12 High Street
                """,
                [
                    (.agent, isPrivate: false, "Hello Dana,\n\nCould you tell us the model?\n\nKind regards\nSam"),
                    (
                        .requester, isPrivate: false,
                        "It is a PX-200.\n\nOn Mon, 3 Mar 2025 at 09:14, Sam <sam@example.com> wrote:\n> Could you tell us the model?"
                    ),
                    (.agent, isPrivate: true, "Customer is a churn risk, please reset the contract discount."),
                    (.automatic, isPrivate: false, "Ticket was escalated because nobody updated it."),
                    (
                        .agent, isPrivate: false,
                        "The timeout happens because driver 5.2.1 uses port 9101.\nPlease install driver 5.2.3 and restart the print spooler."
                    ),
                    (.requester, isPrivate: false, "Great, it works now. Thank you!"),
                ], isResolved: true), for: .acme)
        #expect(
            summary.problem
                == "since the update to driver 5.2.1 our PX-200 printer stays offline.\nThe log shows java.net.SocketTimeoutException: connect timed out."
        )
        #expect(summary.cause == "The timeout happens because driver 5.2.1 uses port 9101.")
        #expect(summary.solution == "Please install driver 5.2.3 and restart the print spooler.")
        #expect(summary.result == "Great, it works now.")
        #expect(summary.tags.contains("PX-200") && summary.tags.contains("SocketTimeoutException"))
        #expect(summary.tags.count <= 5)
        #expect(summary.language == "en")
    }

    @Test func `a Korean thread gives problem, cause, solution and result`() async throws {
        let summary = try await summariser.summary(
            of: content(
                "결제 페이지 오류 문의",
                """
                안녕하세요.
                어제부터 결제 페이지에서 카드 등록이 되지 않습니다. 화면에는 PaymentDeclinedException 이라고 나옵니다.
                확인 부탁드립니다.
                감사합니다.
                홍길동 드림
                """,
                [
                    (
                        .agent, isPrivate: false,
                        "안녕하세요, 고객님.\n원인은 카드사 인증서가 만료되었기 때문입니다.\n브라우저 캐시를 삭제하신 후 다시 시도해 주세요.\n감사합니다."
                    ),
                    (.agent, isPrivate: true, "내부 메모: 인증서 갱신 비용은 비밀입니다."),
                    (
                        .requester, isPrivate: false,
                        "덕분에 해결되었습니다.\n\n2025년 3월 4일 (화) 오전 10:12, 상담원 <help@example.com>님이 작성:\n> 브라우저 캐시를 삭제하신 후 다시 시도해 주세요."
                    ),
                ], isResolved: true), for: .acme)
        #expect(
            summary.problem
                == "어제부터 결제 페이지에서 카드 등록이 되지 않습니다.\n화면에는 PaymentDeclinedException 이라고 나옵니다.")
        #expect(summary.cause == "원인은 카드사 인증서가 만료되었기 때문입니다.")
        #expect(summary.solution == "브라우저 캐시를 삭제하신 후 다시 시도해 주세요.")
        #expect(summary.result == "덕분에 해결되었습니다.")
        #expect(summary.tags.contains("PaymentDeclinedException") && summary.tags.contains("결제"))
        #expect(summary.language == "ko")
    }

    @Test func `private notes and automatic messages never show`() async throws {
        let secret = "Restart fixed it because of the zebra cause"
        for role in [Author.Role.agent, .requester] {
            let summary = try await summariser.summary(
                of: content(
                    "Slow", "", [(role, isPrivate: true, secret), (.automatic, isPrivate: false, secret)],
                    isResolved: true), for: .acme)
            #expect(!"\(summary)".contains("zebra"))
            #expect(summary.problem == "Slow")
        }
    }

    @Test func `an empty ticket has a valid summary`() async throws {
        let empty = try await summariser.summary(of: content("", ""), for: .acme)
        #expect(empty == Summary(problem: "", cause: "", solution: "", result: "", tags: [], language: "und"))
        let subjectOnly = try await summariser.summary(of: content("  Login   fails ", "\n\n---\n"), for: .acme)
        #expect(subjectOnly.problem == "Login fails")
    }

    @Test(arguments: [
        ("On Tue, 4 Mar 2025 at 10:00 AM Ann <a@example.com>\nwrote:\n> old words", true),
        ("-----Original Message-----\nFrom: Ann\nSent: Tuesday\nTo: Bob\nSubject: old words\n\nold words", true),
        ("----- 원본 메시지 -----\n보낸 사람: 김\n받는 사람: 이\n제목: old words\n\nold words", true),
        ("2025년 3월 4일 (화) 오전 10:12, 김<a@example.com>님이 작성:\n\nold words", true),
        ("Am 04.03.2025 um 10:00 schrieb Ann:\n> old words", true),
        ("From: Ann\nDate: Tuesday\nTo: Bob\nold words", true),
        ("> old words\n>> old words", true),
        ("-- \nold words", true),
        ("Sent from my phone\nold words", true),
        ("Regards,\nold words", true),
        (
            "This message is confidential and only for the intended recipient; unauthorised disclosure of old words is not allowed.",
            true
        ),
        ("From there on I use old words", false),
        ("On Monday I wrote: old words", false),
    ])
    func `what others wrote and what programs add is left out`(tail: String, isLeftOut: Bool) async throws {
        let own = "The export stops at row 500."
        let reply = try await summariser.summary(
            of: content("", "", [(.requester, isPrivate: false, own + "\n\n" + tail)]), for: .acme)
        #expect(reply.problem.contains(own))
        #expect(reply.problem.contains("old words") != isLeftOut)
    }

    @Test func `an answer below the quotation is read`() async throws {
        let text = "On Mon, 3 Mar 2025, Sam wrote:\n> Which version?\n\nWe run version 7.2 on two servers."
        let summary = try await summariser.summary(
            of: content("Crash", "", [(.requester, isPrivate: false, text)]), for: .acme)
        #expect(summary.problem == "We run version 7.2 on two servers.")
    }

    @Test func `a forwarded message is what the ticket is about`() async throws {
        let text =
            "---------- Forwarded message ---------\nFrom: Ann <a@example.com>\nDate: Tue, 4 Mar 2025\nSubject: Invoice\nTo: help@example.com\n\n> The invoice 4711 shows the wrong address."
        let summary = try await summariser.summary(of: content("Fwd: Invoice", text), for: .acme)
        #expect(summary.problem == "The invoice 4711 shows the wrong address.")
    }

    @Test func `wiki markup is taken off and code gives way to prose`() async throws {
        let summary = try await summariser.summary(
            of: content(
                "Build",
                """
                h2. Steps
                * Call {{deploy.sh}} as described in [the manual|http://example.com/manual], it ends at once.
                {code:java}
                public static void main(String[] args) { run(); }
                {code}
                {color:red}The disk quota is exceeded on every one of the three nodes of the cluster.{color}
                """), for: .acme)
        #expect(
            summary.problem
                == "Steps\nCall deploy.sh as described in the manual, it ends at once.\nThe disk quota is exceeded on every one of the three nodes of the cluster."
        )
    }

    @Test(arguments: [
        ("The server does not start after the update and we can not log in", "en"), ("서버가 시작되지 않습니다", "ko"),
        ("サーバーが起動しません", "ja"), ("服务器无法启动", "zh"),
        ("Der Server startet nach dem Update nicht und ich kann mich nicht anmelden", "de"),
        ("Le serveur ne démarre pas après la mise à jour et je ne peux pas me connecter", "fr"),
        ("El servidor no arranca después de la actualización y no puedo entrar en la cuenta", "es"),
        ("O servidor não inicia depois da atualização e não consigo entrar na minha conta", "pt"),
        ("Сервер не запускается", "ru"), ("الخادم لا يعمل", "ar"), ("เซิร์ฟเวอร์ไม่ทำงาน", "th"),
        ("Sunucu açılmıyor, ne yapmam gerek bilmiyorum ve çok acil", "tr"),
        ("VSCode 를 실행하면 TypeError: undefined 에러가 납니다", "ko"), ("xyz 123", "und"), ("", "und"),
    ])
    func `the language is told`(text: String, expected: String) async throws {
        #expect(try await summariser.summary(of: content("", text), for: .acme).language == expected)
    }

    // MARK: - Properties

    private func letters(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    }

    /// Tickets drawn from pieces of all kinds, in both languages.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `a summary holds only sentences of the ticket's public part, within limits`(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "The export fails because the disk is full.", "Please restart the service.", "로그인이 되지 않습니다.",
            "원인은 설정 오류입니다.", "It works now.",
            "2025-03-04 10:00:00,123 ERROR [main] com.example.Store - write failed",
            "    at com.example.Store.write(Store.java:12)",
            "Caused by: java.io.IOException: No space left on device", "{code}", "int x = 1;", "> quoted", "Hi,",
            "감사합니다", "Regards,",
            "On Mon, 3 Mar 2025, Sam wrote:", "* first point", "|a|b|c|", "<b>bold</b> text stays",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "", "\u{202E}gnp.exe",
            String(repeating: "very long words without any end ", count: 40), "👩‍👩‍👧 family", "https://example.com/a?b=c",
        ]
        func text() -> String {
            (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined(
                separator: "\n")
        }
        let roles: [Author.Role] = [.agent, .requester, .automatic]
        let ticket = content(
            text(), text(),
            (0..<Int.random(in: 0...5, using: &random)).map { _ in
                (roles.randomElement(using: &random) ?? .agent, isPrivate: false, text())
            }, isResolved: Bool.random(using: &random))
        let summary = try await summariser.summary(of: ticket, for: .acme)
        let sources = [ticket.subject, ticket.description] + ticket.entries.map(\.text)
        let haystacks = sources.map { String(String.UnicodeScalarView(letters(Self.withoutMarkup($0)))) }
        for part in [summary.problem, summary.cause, summary.solution, summary.result] {
            for sentence in part.split(separator: "\n") {
                let needle = String(String.UnicodeScalarView(letters(String(sentence))))
                #expect(haystacks.contains { $0.contains(needle) }, "seed \(seed): \(sentence)")
            }
        }
        #expect(summary.problem.unicodeScalars.count <= 700, "seed \(seed)")
        #expect(summary.cause.unicodeScalars.count <= 350, "seed \(seed)")
        #expect(summary.solution.unicodeScalars.count <= 600, "seed \(seed)")
        #expect(summary.result.unicodeScalars.count <= 250, "seed \(seed)")
        #expect(
            summary.tags.count <= 5 && summary.tags.allSatisfy { (1...40).contains($0.unicodeScalars.count) },
            "seed \(seed)")
        for tag in summary.tags { #expect(sources.contains { $0.contains(tag) }, "seed \(seed): \(tag)") }
        #expect(try await summariser.summary(of: ticket, for: .acme) == summary, "seed \(seed)")
    }

    private static func withoutMarkup(_ text: String) -> String {
        text.replacingOccurrences(of: "<b>", with: "").replacingOccurrences(of: "</b>", with: "")
    }

    @Test(arguments: [
        "a", "a ", "> ", "On 1\n", "{", "{{", "[", "<", ".", "!\n", "\n", "\r", "e\u{301}", "\u{301}", "👩‍👩‍👧", "\u{202E}",
        "가", "。", "at x(", "Caused by: ", "-- \n",
        "From: a\n", "{quote}\n", "```\n", "* ", "1. ", "because ", "Error", "\u{0}",
    ])
    func `a megabyte of anything is read up to fixed limits`(piece: String) async throws {
        let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
        let summary = try await summariser.summary(
            of: content(
                String(text.prefix(1000)), text,
                [(.agent, isPrivate: false, text), (.requester, isPrivate: false, text)], isResolved: true), for: .acme)
        #expect(summary.problem.unicodeScalars.count <= 700)
        #expect(summary.solution.unicodeScalars.count <= 600)
    }
}
