import FreshetCore
import FreshetDocuments
import FreshetEngine
import FreshetTestKit
import Testing

@Suite struct `The gate` {
    static let rules = GateRules(leastText: 20, machineMade: true, spamLabels: ["Spam", "스팸"], unresolved: true)

    private func document(_ change: (inout SourceTicket) -> Void) throws -> Document {
        let company = try #require(CompanyID("acme"))
        let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: 1)
        var ticket = SourceTicket.sample(item, "The exporter stops at row five hundred", at: .epoch)
        ticket.metadata.stage = .resolved
        change(&ticket)
        return Document(merging: ticket)
    }

    @Test func `knows what is too short, machine-made, spam or unresolved, and lets the rest through`() throws {
        #expect(Self.rules.reason(against: try document { _ in }) == nil)
        let short = try document { ticket in
            ticket.subject = "Hi"
            ticket.descriptionHTML = "help!!! ..... ---- ?????"
            ticket.messages = []
        }
        #expect(Self.rules.reason(against: short) == .tooShort)
        let korean = try document { ticket in
            ticket.subject = "내보내기가 오백 번째 줄에서 멈춥니다"
            ticket.descriptionHTML = "다시 시작해도 같습니다."
            ticket.messages = []
        }
        #expect(Self.rules.reason(against: korean) == nil)
        for subject in ["Automatic reply: away until Monday, please be patient", "부재중: 다음 주에 돌아옵니다, 기다려 주세요"] {
            let machine = try document { ticket in
                ticket.subject = subject
                ticket.messages = []
            }
            #expect(Self.rules.reason(against: machine) == .machineMade)
        }
        let robot = try document { ticket in
            ticket.messages = []
            ticket.metadata.requester = Person(id: 1, email: "No-Reply@shop.example")
        }
        #expect(Self.rules.reason(against: robot) == .machineMade)
        let answered = try document { $0.metadata.requester = Person(id: 1, email: "no-reply@shop.example") }
        #expect(Self.rules.reason(against: answered) == nil, "somebody took care of it")
        #expect(Self.rules.reason(against: try document { $0.metadata.tags = ["a", "SPAM"] }) == .spam)
        #expect(Self.rules.reason(against: try document { $0.metadata.type = "스팸" }) == .spam)
        #expect(Self.rules.reason(against: try document { $0.metadata.stage = .pending }) == .unresolved)
        #expect(GateRules().reason(against: short) == nil)
    }

    @Test func `spares the paid summary for a built-in one, and buys it when the ticket passes`() async throws {
        let cost = try await CostWorld(gate: GateRules(unresolved: true))
        cost.put(1)
        #expect(try await cost.world.converge(1).outcome == .created)
        #expect(cost.summariser.calls == 0 && cost.embedder.calls == 1)
        #expect(try await cost.hit(1)?.summary.problem.isEmpty == false)
        #expect(try await cost.world.converge(1).outcome == .unchanged)
        cost.edit(1) { $0.metadata.tags = ["x"] }
        #expect(try await cost.world.converge(1).outcome == .relabelled)

        cost.edit(1) { $0.metadata.stage = .resolved }
        #expect(try await cost.world.converge(1).outcome == .updated)
        #expect(cost.summariser.calls == 1)
        #expect(try await cost.world.converge(1).outcome == .unchanged)
        #expect(cost.summariser.calls == 1)
        let saved = try await cost.saved()
        #expect(saved["summary unresolved"] == 1, "\(saved)")
    }

    @Test func `keeps out of the index what policy excludes, with the reason, until it passes`() async throws {
        let cost = try await CostWorld(gate: GateRules(spamLabels: ["spam"], excludes: true))
        cost.put(1)
        #expect(try await cost.world.converge(1).outcome == .created)
        cost.edit(1) { $0.metadata.tags = ["spam"] }
        let report = try await cost.world.converge(1)
        #expect(report.outcome == .excluded && report.reason?.contains("labelled as spam") == true)
        #expect(try await cost.world.index.count(of: cost.world.company) == 0)
        #expect(try await cost.world.converge(1).outcome == .unchanged)
        cost.edit(1) { $0.metadata.tags = [] }
        #expect(try await cost.world.converge(1).outcome == .created)
        #expect(cost.summariser.calls == 1 && cost.embedder.calls == 1)
        #expect(try await cost.saved()["embedding spam"] == 1)
    }

    @Test func `of meaning keeps the vector of a summary that says the same again`() async throws {
        let cost = try await CostWorld()
        cost.summariser.says { content in
            content.description.contains("now") ? "the  EXPORTER stops at row 5.5" : "The exporter stops, at row 5.5."
        }
        cost.put(1)
        try await cost.world.converge(1)
        cost.edit(1) { $0.descriptionHTML = "<p>It stops now</p>" }
        #expect(try await cost.world.converge(1).outcome == .updated)
        #expect(cost.summariser.calls == 2 && cost.embedder.calls == 1)
        #expect(try await cost.hit(1)?.summary.problem == "the  EXPORTER stops at row 5.5")
        #expect(try await cost.saved() == ["embedding same_meaning": 1])
        // Another number is another meaning.
        cost.summariser.says { _ in "The exporter stops, at row 55." }
        cost.edit(1) { $0.descriptionHTML = "<p>It stops elsewhere</p>" }
        try await cost.world.converge(1)
        #expect(cost.embedder.calls == 2)
    }
}
