import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// Who may ask what, as people set it up: by command, on real processes.
struct AccessTests {
    private func tokens(_ stage: Stage) async throws -> [[String: JSONValue]] {
        let text = try await stage.freshet("company", "token", "list", "acme", "--json")
        let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("[") })
        guard case .array(let rows) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)) else {
            throw Stage.Failure(description: "no list in \(text)")
        }
        return rows.compactMap { if case .object(let row) = $0 { row } else { nil } }
    }

    /// By a second agent.
    private let answered =
        #"{"id":13,"subject":"The door","description":"Sticks.","created_at":"2026-01-02T03:04:05Z","status":"Open","#
        + #""priority":"Low","messages":[{"role":"requester","author":"Kim","body":"Sticks."},"#
        + #"{"role":"agent","author":"Leo Lang","body":"We are looking into it."}]}"#

    private func create(_ stage: Stage, _ arguments: String...) async throws -> (id: Int64, token: String) {
        let text = try await ServiceProcess.run(
            "freshet", ["company", "token", "create", "acme", "--json"] + arguments, environment: stage.environment
        ).text
        guard case .integer(let id)? = try stage.json(text)["id"],
            case .string(let token)? = try stage.json(text)["token"]
        else { throw Stage.Failure(description: "no token in \(text)") }
        return (id, token)
    }

    @Test(.timeLimit(.minutes(10)))
    func `tokens are made, limited, seen in use, listed and revoked beside a running server`() async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(12) + [answered])
        let agents = try await stage.agents(at: url)
        try #require(agents.count >= 2)
        let (mia, leo) = (agents[0], agents[1])
        for (ticket, agent) in [(1, mia), (2, mia), (3, leo)] {
            #expect(
                try await stage.write("PUT", url + "/api/v2/tickets/\(ticket)", "{\"responder_id\":\(agent.id)}") == 200
            )
        }
        let company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let (server, base) = try await stage.serve()

        let all = try await create(stage, "--name", "panel", "--expires", "90d")
        let own = try await create(stage, "--user", mia.email.uppercased(), "--assigned-only")
        let byNumber = try await create(stage, "--user", "\(leo.id)", "--assigned-only")
        let ask = "The printer scanner router login page mail gateway backup job invoice export"
        func found(_ token: String) async throws -> Set<String> {
            // But for the ticket that is there for its agent's sake.
            Set(try await stage.query(ask, at: base, token: token, limit: 50).map(\.id)).subtracting(["13"])
        }
        #expect(try await found(company.token).count == 12)
        #expect(try await found(all.token).count == 12)
        #expect(try await found(own.token) == ["1", "2"])
        #expect(try await found(byNumber.token) == ["3"])

        // Used ones are seen to be, by another process, while the server goes on; unused ones not.
        let unused = try await create(stage, "--role", "admin")
        let rows = try await stage.poll(for: "a token's last use") {
            let rows = try await tokens(stage)
            return rows.first { $0["id"] == .integer(all.id) }?["last_used_at"] == .null ? nil : rows
        }
        let panel = try #require(rows.first { $0["id"] == .integer(all.id) })
        #expect(panel["name"] == .string("panel") && panel["role"] == .string("agent"))
        #expect(panel["state"] == .string("active") && panel["expires_at"] != .null && panel["token"] == nil)
        #expect(rows.first { $0["id"] == .integer(unused.id) }?["last_used_at"] == .null)
        #expect(rows.first { $0["id"] == .integer(own.id) }?["assigned_only"] == .bool(true))

        // The spelling of before goes on.
        let old = try stage.json(
            try await stage.freshet("company", "token", "acme", "--label", "old", "--expires-in", "12h", "--json"))
        #expect(old["company_id"] == .string("acme") && old["role"] == .string("agent") && old["token"] != nil)
        try await stage.freshet("company", "token", "acme", "--revoke", "\(byNumber.id)")
        try await stage.freshet("company", "token", "revoke", "acme", "\(own.id)")
        for token in [own.token, byNumber.token, "frt_" + String(repeating: "0", count: 64)] {
            let answer = try await stage.ask(base, token: token)
            #expect(answer.status == 401)
        }
        #expect(try await found(all.token).count == 12)
        try await stage.freshet("company", "token", "revoke", "acme", "99", expecting: 65)
        try await stage.freshet("company", "token", "acme", "--assigned-only", expecting: 64)
        try await stage.freshet("company", "token", "acme", "--role", "admin", "--group", "x", expecting: 64)
        try await stage.freshet("company", "token", "acme", "--expires", "yesterday", expecting: 64)

        // Who did what is on record, without secrets.
        let audit = try await stage.freshet("audit", "acme", "--json")
        #expect(audit.contains("token.create") && audit.contains("token.revoke") && audit.contains("command line"))
        #expect(!audit.contains("frt_"))
        #expect(try await stage.freshet("audit").contains("company.add"))
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }

    @Test(.timeLimit(.minutes(10))) func `tokens of a configured issuer are believed, and nobody else's`() async throws
    {
        let secrets = try TemporaryDirectory()
        let secret = "a secret of more than thirty-two bytes"
        try (secret + "\n").write(toFile: secrets.path("key"), atomically: true, encoding: .utf8)
        let stage = try Stage(environment: [
            "FRESHET_ACCESS_JWT_ALGORITHM": "HS256", "FRESHET_ACCESS_JWT_KEY_FILE": secrets.path("key"),
            "FRESHET_ACCESS_JWT_ISSUER": "https://id.example.com", "FRESHET_ACCESS_JWT_AUDIENCE": "freshet",
        ])
        let company = try await stage.addCompany("acme", at: "http://127.0.0.1:1")
        let (server, base) = try await stage.serve()
        func token(_ key: String, role: String = "agent") -> String {
            let end = SystemWallClock().now.secondsSinceEpoch + 600
            let claims =
                #"{"iss":"https://id.example.com","aud":"freshet","sub":"mia","company_id":"acme","role":"\#(role)","exp":\#(end)}"#
            let text = [#"{"alg":"HS256"}"#, claims].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
            return text + "." + Base64URL.encode(HMACSHA256.authenticate(key: Array(key.utf8), Array(text.utf8)))
        }
        #expect(try await stage.ask(base, token: token(secret)).status == 200)
        #expect(try await stage.ask(base, token: company.token).status == 200)
        #expect(try await stage.ask(base, token: token("another secret of thirty-two bytes!")).status == 401)
        #expect(try await stage.ask(base, token: token(secret, role: "operator")).status == 401)
        #expect(try await stage.metric("freshet_jwt_refused_total{reason=\"signature\"}", at: base) == 1)
        #expect(await server.terminate() == 0)
    }
}

extension Stage {
    struct Agent: Sendable {
        var id: Int64
        var email: String
    }

    /// The simulator's agents, in the order of their numbers.
    func agents(at url: String) async throws -> [Agent] {
        let authorisation = "Basic " + Base64.encode(Array("simulator-key:X".utf8))
        let (_, text) = try await get(url + "/api/v2/agents?per_page=100", headers: [("Authorization", authorisation)])
        guard case .array(let rows) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return [] }
        return rows.compactMap { row in
            guard case .object(let agent) = row, case .integer(let id)? = agent["id"],
                case .object(let contact)? = agent["contact"], case .string(let email)? = contact["email"]
            else { return nil }
            return Agent(id: id, email: email)
        }
    }

    /// A search, for its answer's sake.
    func ask(
        _ base: String, token: String?, _ fields: [(name: String, value: String)] = []
    ) async throws -> HTTPResponse {
        let authorisation = token.map { [(name: "Authorization", value: "Bearer " + $0)] } ?? []
        return try await send(
            HTTPRequest(
                "POST", base + "/query", headers: [("Content-Type", "application/json")] + authorisation + fields,
                body: Array("{\"query\":\"printer\"}".utf8)))
    }
}
