import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// Erasures by command beside a running server, as the help desk, an agent and a disk forensic meet them.
struct ErasureTests {
    private static let erased = """
        {"id":1,"subject":"Zyzzogeton stops at the gate","description":"The zyzzogeton stops. Quokkamarker is on its \
        display.","created_at":"2026-01-02T03:04:05Z","status":"Open","priority":"Low","requester":{"name":"Ottoline \
        Wexborough","email":"ottoline@wexborough.example"},"messages":[{"role":"requester","body":"The zyzzogeton \
        stops. Quokkamarker is on its display.","attachments":[{"name":"xylotomy-plan.pdf","size":120,"mime":\
        "application/pdf"}]},{"role":"agent","private":true,"body":"Nudibranch noted for colleagues only."}]}
        """
    private static let marks = ["zyzzoget", "quokkamark", "xylotom", "nudibranch", "ottoline", "wexborough"]
    private static let other = Tickets.line(
        2, subject: "Badge reader stops at the gate", description: "The badge reader stops at the gate, too.")

    /// Which of the marks are in which files of the data directory, byte by byte, in upper or lower case.
    private func remains(_ stage: Stage) throws -> Set<String> {
        let directory = stage.directory.path("data")
        var found: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            guard let data = FileManager.default.contents(atPath: directory + "/" + name) else { continue }
            let bytes = Data(data.map { (65...90).contains($0) ? $0 + 32 : $0 })
            for mark in Self.marks where bytes.range(of: Data(mark.utf8)) != nil { found.insert("\(mark) in \(name)") }
        }
        return found
    }

    private func modelCalls(_ panel: Panel) async throws -> [String] {
        let (status, text) = try await panel.stage.get(panel.base + "/metrics")
        guard status == 200 else { throw Stage.Failure(description: "no metrics: \(status)") }
        return text.split(separator: "\n").filter { $0.hasPrefix("freshet_model_calls_total") }.map(String.init)
    }

    @Test(.timeLimit(.minutes(10)))
    func `one ticket of two goes from every place, file and answer, and nothing brings it back`() async throws {
        let panel = try await Panel([Self.erased, Self.other])
        let (stage, company) = (panel.stage, panel.company)
        // It has had another text before, has been opened, asked for, quoted and judged.
        #expect(
            try await stage.write(
                "PUT", panel.url + "/api/v2/tickets/1", #"{"subject":"Zyzzogeton stops at the gate again"}"#) == 200)
        #expect(await stage.deliver(1, id: "before", to: panel.base, company) == 202)
        try await stage.settle(company)
        let opening = try await panel.get("/init/1")
        #expect(opening.0 == 200)
        let answer = try await panel.query(#"{"query":"stops at the gate","limit":5}"#)
        #expect(Set(Panel.ids(answer)) == ["1", "2"])
        let quoting = try await panel.query(#"{"query":"Zyzzogeton stops at the gate again","limit":5}"#)
        let file = try await panel.query(#"{"query":"xylotomy plan pdf","types":["attachments"]}"#)
        let link = try #require(file["results"]?.array?.first?.object?["url"]?.text)
        #expect(try await panel.redirect(link).status == 302)
        for (given, ticket) in [(answer, "1"), (answer, "2"), (quoting, "2")] {
            let id = try #require(given["recommendation_id"]?.text)
            let (status, _) = try await panel.post(
                "/feedback",
                #"{"recommendation_id":"\#(id)","verdict":"up","original_id":"\#(ticket)","comment":"quokkamarker"}"#)
            #expect(status == 200)
        }
        #expect(Set(try remains(stage).map { String($0.prefix { $0 != " " }) }) == Set(Self.marks), "the test can see")

        let receipt = try stage.json(
            try await stage.freshet("company", "erase", "acme", "--ticket", "1", "--yes", "--json"))
        let removed = try #require(receipt["removed"]?.object)
        #expect(Set(removed.keys) == Set(ErasurePlace.allCases.map(\.rawValue)))
        for place in ErasurePlace.allCases where ![.slotDebts, .snapshots, .usage].contains(place) {
            #expect(removed[place.rawValue] != .integer(0), "\(place)")
        }
        #expect(receipt["log_emptied"] == .bool(true) && receipt["tickets"] == .array([.string("1")]))
        let left = try remains(stage)
        #expect(left == [], "\(left.sorted())")

        // What stays is a number and a word.
        let explained = try stage.json(try await stage.freshet("explain", "acme", "ticket/1", "--json"))
        #expect(explained["outcome"] == .string("excluded") && explained["document"] == .string("excluded"))
        #expect(explained["decisions"]?.array?.first?.object?["reason"] == .string("erased"))
        let audit = try await stage.freshet("audit", "acme", "--json")
        let reference = try #require(receipt["reference"]?.text)
        #expect(audit.contains("company.erase") && audit.contains("erasure \(reference)"))
        #expect(!audit.contains("ticket/1"))

        // The server's next writes, and everything that might bring it back.
        let calls = try await modelCalls(panel)
        #expect(await stage.deliver(1, id: "late", to: panel.base, company) == 202)
        try await stage.settle(company)
        #expect(try await panel.get("/init/1").0 == 404)
        #expect(try await panel.redirect(link).status == 404)
        #expect(try await panel.post("/generate_reply", #"{"ticket_id":1}"#).0 == 404)
        #expect(try await panel.post("/admin/companies/acme/items/ticket/1/retry", "").0 == 202)
        #expect(try await panel.post("/ingest", #"{"mode":"sweep"}"#).0 == 202)
        try await stage.settle(company)
        let sweep = try stage.json(
            try await stage.freshet("reconcile", "acme", "--mode", "sweep", "--follow", "--json"))
        #expect(sweep["state"] == .string("complete") && sweep["marked"] == .integer(0), "\(sweep)")
        #expect(sweep["removed"] == .integer(0) && sweep["seen"] == .integer(2) && sweep["unchanged"] == .integer(2))
        let again = try stage.json(
            try await stage.freshet("reconcile", "acme", "--mode", "audit", "--follow", "--json"))
        #expect(again["state"] == .string("complete"))
        try await stage.freshet("reconcile", "acme", "--ticket", "1", "--follow", "--json")
        #expect(Panel.ids(try await panel.query(#"{"query":"zyzzogeton quokkamarker","limit":5}"#)) != ["1"])
        #expect(Panel.ids(try await panel.query(#"{"query":"stops at the gate","limit":5}"#)) == ["2"])
        #expect(try await modelCalls(panel) == calls, "nothing was paid for")
        let reasons = try stage.rows(
            "SELECT DISTINCT outcome, reason FROM decisions WHERE kind = 'ticket' AND original_id = 1")
        #expect(reasons == [["excluded", "erased"]])
        // The question above is an agent's own.
        try await stage.freshet("company", "erase", "acme", "--ticket", "1", "--compact", "--yes", "--json")
        #expect(Panel.ids(try await panel.query(#"{"query":"stops at the gate","limit":5}"#)) == ["2"])
        #expect(try remains(stage).allSatisfy { $0.hasPrefix("zyzzoget ") || $0.hasPrefix("quokkamark ") })
        #expect(
            try stage.rows("SELECT count(*) FROM recommendations WHERE question LIKE '%zyzzogeton%'") == [["1"]])

        // A way back that there is not: another name for the same, or none.
        try await stage.freshet("company", "erase", "acme", "--yes", expecting: 64)
        try await stage.freshet("company", "erase", "acme", "--ticket", "1", "--requester", "2", "--yes", expecting: 64)
        try await stage.freshet("company", "erase", "nobody", "--ticket", "1", "--yes", expecting: 65)
        try await panel.end()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a requester's tickets go, those to come included, and another company's stay`() async throws {
        func line(_ id: Int, _ person: String) -> String {
            """
            {"id":\(id),"subject":"Wombat \(id) digs","description":"The wombat digs at gate \(id).","created_at":\
            "2026-01-02T03:04:05Z","status":"Open","priority":"Low","requester":{"name":"\(person)","email":\
            "\(person)@example.com"}}
            """
        }
        let tickets = [line(1, "ann"), line(2, "ann"), line(3, "ben")]
        let panel = try await Panel(tickets)
        let (twin, url) = try await panel.stage.simulator(tickets: tickets, key: "other-key")
        let zeta = try await panel.stage.addCompany("zeta", at: url, key: "other-key")
        try await panel.stage.freshet("reconcile", "zeta", "--follow", "--json")
        let before = try panel.stage.indexState("zeta")
        let rows = try panel.stage.rows(
            "SELECT json_extract(document, '$.metadata.requester.id') FROM documents WHERE company_id = 'acme' AND original_id = 1"
        )
        let ann = try #require(rows.first?.first)

        let receipt = try panel.stage.json(
            try await panel.stage.freshet("company", "erase", "acme", "--requester", ann, "--yes", "--json"))
        #expect(receipt["tickets"] == .array([.string("1"), .string("2")]))
        #expect(receipt["removed"]?.object?["points"] == .integer(2))
        #expect(Panel.ids(try await panel.query(#"{"query":"wombat digs","limit":5}"#)) == ["3"])

        // Another one of hers comes, by webhook.
        #expect(
            try await panel.stage.write(
                "POST", panel.url + "/api/v2/tickets",
                #"{"requester_id":\#(ann),"subject":"Wombat 4 digs","description":"It digs.","status":2,"priority":1}"#)
                == 201)
        #expect(await panel.stage.deliver(4, id: "new", to: panel.base, panel.company) == 202)
        try await panel.stage.settle(panel.company)
        #expect(Panel.ids(try await panel.query(#"{"query":"wombat digs","limit":5}"#)) == ["3"])
        #expect(try await panel.get("/init/4").0 == 404)
        #expect(
            try panel.stage.rows(
                "SELECT state, reason, document FROM documents WHERE company_id = 'acme' AND original_id = 4")
                == [["excluded", "erased", "NULL"]])

        #expect(try panel.stage.indexState("zeta") == before)
        #expect(
            Set(Panel.ids(try await panel.query(#"{"query":"wombat digs","limit":5}"#, token: zeta.token)))
                == ["1", "2", "3"])
        #expect(
            try panel.stage.rows("SELECT reason FROM documents WHERE company_id = 'zeta' AND reason IS NOT NULL")
                .isEmpty)
        _ = await twin.terminate()
        try await panel.end()
    }

    @Test(.timeLimit(.minutes(10)))
    func `that is killed half-way is finished by the next, beside a running server`() async throws {
        let stage = try Stage()
        let tickets = (1...60).map { id in
            """
            {"id":\(id),"subject":"Zyzzogeton \(id) stops","description":"Quokkamarker \(id).","created_at":\
            "2026-01-02T03:04:05Z","status":"Open","priority":"Low","requester":{"name":"Ottoline Wexborough","email":\
            "ottoline@wexborough.example"}}
            """
        }
        let (simulator, url) = try await stage.simulator(
            tickets: tickets + [Tickets.line(99, subject: "Fax is out of paper", description: "It is.")])
        let company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let (server, base) = try await stage.serve()
        let requester = try #require(
            try stage.rows(
                "SELECT json_extract(document, '$.metadata.requester.id') FROM documents WHERE original_id = 1"
            ).first?.first)
        func blank() throws -> Int {
            Int(try stage.rows("SELECT count(*) FROM documents WHERE reason = 'erased'").first?.first ?? "") ?? 0
        }
        let doomed = try ServiceProcess(
            "freshet", ["company", "erase", "acme", "--requester", requester, "--yes", "--json"],
            environment: stage.environment)
        try await stage.poll(for: "the first tickets to go") { try blank() > 0 ? () : nil }
        await doomed.kill()
        #expect(try !remains(stage).isEmpty, "it has to be killed in time")

        try await stage.freshet("company", "erase", "acme", "--requester", requester, "--yes", "--json")
        #expect(try blank() == 60)
        let left = try remains(stage)
        #expect(left == [], "\(left.sorted())")
        #expect(try await stage.query("zyzzogeton stops", at: base, token: company.token).allSatisfy { $0.id == "99" })
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }
}
