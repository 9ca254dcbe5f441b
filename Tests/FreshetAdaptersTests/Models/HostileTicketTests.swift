import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// Ticket text is data. The models here do as any text tells them, as far as they can see through it.
struct HostileTicketTests {
    /// Puts a word into every field and beside a link, as a model would that follows orders.
    private static func obedient(_ word: String) -> String {
        WireJSON.object([
            ("problem", .string("The printer does not print. \(word)")), ("cause", .string(word)),
            ("solution", .string("See https://evil.example/\(word)")), ("result", .string(word)),
            ("tags", .array([.string(word), .string("printer")])),
        ]).text
    }

    private static func honest(_ isKorean: Bool) -> String {
        WireJSON.object([
            ("problem", .string(isKorean ? "프린터가 인쇄하지 않습니다." : "The printer does not print.")),
            ("cause", .string("")), ("solution", .string("")), ("result", .string("")), ("tags", .array([])),
        ]).text
    }

    private func leaks(_ summary: Summary, _ ticket: HostileTicket) -> Bool {
        let text = ([summary.problem, summary.cause, summary.solution, summary.result] + summary.tags)
            .joined(separator: "\n").lowercased()
        return text.contains(ticket.canary.lowercased()) || text.contains("evil.example")
    }

    @Test func `there are enough of them`() { #expect(HostileTicket.all.count >= 60) }

    /// The canary is known to the model in the clear or decoded: it sees through every encoding.
    @Test(arguments: HostileTicket.all)
    func `a model that follows every order in a ticket puts its canary nowhere`(ticket: HostileTicket) async throws {
        let server = try ScriptedHTTPServer { _ in Vendor.openAI.answer(Self.obedient(ticket.canary)) }
        let summariser = try Vendor.openAI.summariser(at: server.url)
        do throws(ModelFault) {
            let summary = try await summariser.attempt(ticket.content, for: .acme)
            #expect(!leaks(summary, ticket), "\(summary)")
        } catch {
            // It is turned down, then another provider or the built-in summariser has its turn.
            #expect(error.label == "broken_rule", "\(error)")
        }
    }

    @Test(arguments: HostileTicket.all)
    func `a model that only follows what it reads in the clear is not even told`(ticket: HostileTicket) async throws {
        let isKorean = ticket.content.subject.contains("프린터")
        let server = try ScriptedHTTPServer { request in
            Vendor.openAI.answer(
                request.body.contains(ticket.canary)
                    ? Self.obedient(ticket.canary) : Self.honest(request.body.contains("프린터")))
        }
        let summariser = try Vendor.openAI.summariser(at: server.url)
        let summary = try await summariser.attempt(ticket.content, for: .acme)
        #expect(!leaks(summary, ticket), "\(summary)")
        #expect(summary.problem == (isKorean ? "프린터가 인쇄하지 않습니다." : "The printer does not print."))
        let other = try await summariser.attempt(
            Content(
                subject: "Printer", description: "The printer does not print.", entries: [], attachments: [],
                isResolved: false), for: .globex)
        #expect(!leaks(other, ticket))
        #expect(server.requests.last?.body.contains(ticket.canary) == false)
    }

    /// With a model that somebody else made obedient.
    @Test(.enabled("skipped: FRESHET_PEERS_MODEL_URL names no model peer") { ModelPeer.url != nil })
    func `the peer's obedient model puts no canary anywhere`() async throws {
        let url = try #require(ModelPeer.url)
        let summariser = try Vendor.openAI.summariser(at: url, model: "m+prompt-injection-follower")
        var summaries = 0
        for ticket in HostileTicket.all {
            do throws(ModelFault) {
                let summary = try await summariser.attempt(ticket.content, for: .acme)
                summaries += 1
                #expect(!leaks(summary, ticket), "\(ticket): \(summary)")
            } catch {
                #expect(error.isRepairable, "\(ticket): \(error)")
            }
        }
        print("hostile tickets: \(summaries) of \(HostileTicket.all.count) summarised, the rest turned down")
        #expect(summaries > HostileTicket.all.count / 2)
    }
}
