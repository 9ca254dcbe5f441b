import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// The whole river as a user meets it, over sockets and processes.
struct RiverTests {
    @Test func `tickets are backfilled, found, changed by webhook and found again, and nothing is paid twice`()
        async throws
    {
        let stage = try Stage()
        let secretFile = stage.directory.path("webhook-secret")
        let secret = "whsec_" + String(repeating: "QUJD", count: 8)
        try secret.write(toFile: secretFile, atomically: true, encoding: .utf8)
        let keyFile = stage.directory.path("key")
        try "simulator-key".write(toFile: keyFile, atomically: true, encoding: .utf8)

        // The service listens first, because the simulator's signing app must know where to post.
        let (server, base) = try await stage.serve()
        let (simulator, url) = try await stage.simulator(
            tickets: Tickets.many(60),
            arguments: ["--sign-to", base + "/webhooks/freshdesk/acme", "--sign-secret-file", secretFile])
        let added = try stage.json(
            try await stage.freshet(
                "company", "add", "acme", "--url", url, "--api-key-file", keyFile, "--webhook-secret-file", secretFile,
                "--json"))
        guard case .string(let token)? = added["token"] else { throw Stage.Failure(description: "no token") }
        let company = Stage.Company(id: "acme", webhookURL: "", webhookSecret: secret, token: token)

        let backfill = try stage.json(try await stage.freshet("reconcile", "acme", "--follow", "--json"))
        #expect(backfill["seen"] == .integer(60) && backfill["marked"] == .integer(60))
        let before = try await modelCalls(stage, base)
        #expect(before == 60)

        for id in 1...20 {
            #expect(
                try await stage.write("PUT", "\(url)/api/v2/tickets/\(id)", "{\"subject\":\"Quokka \(id) eats cable\"}")
                    == 200)
            #expect(try await stage.write("PUT", "\(url)/api/v2/tickets/\(id)", "{\"priority\":3}") == 200)
        }
        try await waitForWebhooks(stage, url, 40)
        try await stage.settle(company)
        let found = try await stage.query("quokka eats cable", at: base, token: token, limit: 20)
        #expect(Set(found.map(\.id)) == Set((1...20).map(String.init)))

        // As many summaries as there are distinct contents, however many webhooks came.
        let hashes = Set(
            try stage.rows("SELECT content_hash FROM decisions WHERE content_hash IS NOT NULL").map { $0[0] })
        #expect(try await modelCalls(stage, base) == hashes.count)
        let explained = try stage.json(try await stage.freshet("explain", "acme", "ticket/7", "--json"))
        #expect(explained["wanted"] == explained["done"])

        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }

    @Test func `two companies with the same ids and texts never see each other`() async throws {
        let stage = try Stage()
        let shared = Tickets.many(12)
        let (one, oneURL) = try await stage.simulator(
            tickets: shared + [Tickets.line(77, subject: "Wombat one", description: "only in one")])
        let (two, twoURL) = try await stage.simulator(
            tickets: shared + [Tickets.line(77, subject: "Wombat two", description: "only in two")], key: "other-key")
        let acme = try await stage.addCompany("acme", at: oneURL)
        let zeta = try await stage.addCompany("zeta", at: twoURL, key: "other-key")
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let (server, base) = try await stage.serve()

        #expect(try await stage.query("wombat", at: base, token: acme.token).first?.subject == "Wombat one")
        #expect(try await stage.query("wombat", at: base, token: zeta.token).isEmpty, "zeta has no ticket yet")
        try await stage.freshet("reconcile", "zeta", "--follow", "--json")
        #expect(try await stage.query("wombat", at: base, token: acme.token).first?.subject == "Wombat one")
        #expect(try await stage.query("wombat", at: base, token: zeta.token).first?.subject == "Wombat two")

        for (token, foreign) in [(acme.token, "Wombat two"), (zeta.token, "Wombat one")] {
            let all = try await stage.query("wombat one two only in the printer", at: base, token: token, limit: 100)
            #expect(all.count == 13 && !all.contains { $0.subject == foreign })
        }

        // A secret of one company opens nothing of the other.
        #expect(
            await stage.deliver(
                1, id: "msg_1", to: base,
                Stage.Company(id: "zeta", webhookURL: "", webhookSecret: acme.webhookSecret, token: "")) == 401)
        #expect(await stage.deliver(1, id: "msg_1", to: base, zeta) == 202)

        let purged = try stage.json(try await stage.freshet("company", "purge", "acme", "--yes", "--json"))
        #expect(purged["company_id"] == .string("acme"))
        #expect(try await stage.query("wombat", at: base, token: zeta.token).first?.subject == "Wombat two")
        for table in try stage.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .map({ $0[0] })
        {
            guard try stage.rows("SELECT name FROM pragma_table_info('\(table)') WHERE name = 'company_id'").count == 1
            else { continue }
            #expect(try stage.rows("SELECT 1 FROM \"\(table)\" WHERE company_id = 'acme'").isEmpty, "\(table)")
        }
        #expect(await server.terminate() == 0)
        for simulator in [one, two] { _ = await simulator.terminate() }
    }

    @Test func `a wrong or missing master key stops the start and changes nothing`() async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(1))
        _ = try await stage.addCompany("acme", at: url)
        let keyFile = stage.directory.path("data") + "/master.key"
        let right = try String(contentsOfFile: keyFile, encoding: .utf8)

        try FileManager.default.removeItem(atPath: keyFile)
        let missing = try await stage.freshet("serve", expecting: 78)
        #expect(missing.contains("master key"))
        #expect(!FileManager.default.fileExists(atPath: keyFile))

        let wrong = Stage.withKey(stage, String(repeating: "ab", count: 32))
        let refused = try await ServiceProcess.run("freshet", ["company", "list"], environment: wrong)
        #expect(refused.status == 78)
        let good = try await ServiceProcess.run(
            "freshet", ["company", "list", "--json"],
            environment: Stage.withKey(stage, right.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(good.status == 0 && good.text.contains("acme"))
        _ = await simulator.terminate()
    }

    private func modelCalls(_ stage: Stage, _ base: String) async throws -> Int {
        let (_, text) = try await stage.get(base + "/metrics")
        let line = text.split(separator: "\n").first {
            $0.hasPrefix("freshet_model_calls_total{") && $0.contains("purpose=\"summary\"")
                && $0.contains("provider=\"builtin\"")
        }
        return line.flatMap { Double($0.split(separator: " ").last ?? "") }.map(Int.init) ?? -1
    }

    /// The simulator has delivered that many.
    private func waitForWebhooks(_ stage: Stage, _ url: String, _ count: Int64) async throws {
        let authorisation = "Basic " + Base64.encode(Array("simulator-key:X".utf8))
        try await stage.poll(for: "\(count) webhooks") {
            let (_, text) = try await stage.get(
                url + "/_simulator/stats", headers: [("Authorization", authorisation)])
            guard case .object(let stats) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
                case .object(let webhooks)? = stats["webhooks"], case .object(let app)? = webhooks["signing_app"],
                case .integer(let sent)? = app["delivered"]
            else { throw Stage.Failure(description: "unexpected stats \(text)") }
            return sent >= count ? () : nil
        }
    }
}

extension Stage {
    static func withKey(_ stage: Stage, _ key: String) -> [String: String] {
        stage.environment.merging(["FRESHET_MASTER_KEY": key]) { $1 }
    }

    func simulator(tickets: [String], arguments: [String]) async throws -> (ServiceProcess, String) {
        try await simulator(tickets: tickets, key: "simulator-key", arguments)
    }
}
