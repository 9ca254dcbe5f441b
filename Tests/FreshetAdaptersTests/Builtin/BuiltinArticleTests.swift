import FreshetAdapters
import FreshetCore
import FreshetTestKit
import Testing

/// Summaries of articles: what they answer, and how.
@Suite struct BuiltinArticleTests {
    private func summary(_ title: String, _ text: String) async throws -> Summary {
        try await BuiltinSummariser().summary(
            of: Content(
                kind: .article, subject: title, description: text, entries: [], attachments: [], isResolved: false),
            for: .acme)
    }

    @Test func `the problem is what it answers, the solution its steps in their order`() async throws {
        let summary = try await summary(
            "Pair a panel with another hub",
            """
            A panel belongs to one hub at a time, because both would answer for it.
            Remove the panel under Devices on the old hub.
            Hold the reset pin for five seconds until the light blinks blue.
            Scan the code on the panel with the new hub's page.
            """)
        #expect(summary.problem == "A panel belongs to one hub at a time, because both would answer for it.")
        #expect(summary.cause == summary.problem)
        #expect(
            summary.solution
                == "Remove the panel under Devices on the old hub.\nHold the reset pin for five seconds until the light blinks blue.\nScan the code on the panel with the new hub's page."
        )
        #expect(summary.result.isEmpty)
        #expect(summary.language == "en")
    }

    @Test func `an article that begins with a step answers its title`() async throws {
        let summary = try await summary("Reset your password", "Open the login page.\nClick on Forgot password.")
        #expect(summary.problem == "Reset your password")
        #expect(summary.solution == "Open the login page.\nClick on Forgot password.")
    }

    @Test func `one without a step that shows opens with what it is about`() async throws {
        let summary = try await summary(
            "Delivery times", "Parcels within Europe arrive in three days.\nOverseas it takes nine days.")
        #expect(summary.problem == "Parcels within Europe arrive in three days.")
        #expect(summary.solution == "Overseas it takes nine days.")
    }

    @Test func `a Korean article is told apart by its endings`() async throws {
        let summary = try await summary(
            "회의실이 이중으로 예약되는 이유", "두 캘린더가 같은 회의실을 소유하면 예약이 겹칩니다.\n예약 메뉴의 캘린더에서 하나만 소유자로 설정하십시오.")
        #expect(summary.problem == "두 캘린더가 같은 회의실을 소유하면 예약이 겹칩니다.")
        #expect(summary.solution == "예약 메뉴의 캘린더에서 하나만 소유자로 설정하십시오.")
        #expect(summary.language == "ko")
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `every sentence stands in the article, within its limits`(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "Open the page.", "The hub is slow because of dust.", "Why is that?", "Click Save.", "- Wait a minute",
            "설정하십시오.", "ERROR tls: handshake failed", "Thanks!", String(repeating: "word ", count: 150), "```", "a = 1",
        ]
        let text = (0..<40).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined(separator: "\n")
        let summary = try await summary("The title", text)
        for line in [summary.problem, summary.cause, summary.solution].flatMap({ $0.split(separator: "\n") }) {
            #expect(text.contains(line) || line == "The title", "seed \(seed): \(line)")
        }
        #expect(!summary.problem.isEmpty, "seed \(seed)")
        #expect(summary.problem.count <= 350 && summary.solution.count <= 600, "seed \(seed)")
        #expect(summary.tags.count <= 5, "seed \(seed)")
    }

    @Test func `nothing but a title is still summarised`() async throws {
        let summary = try await summary("Only a title", "")
        #expect(summary.problem == "Only a title" && summary.solution.isEmpty)
    }
}
