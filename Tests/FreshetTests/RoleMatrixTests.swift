import Foundation
import FreshetCore
import FreshetServer
import FreshetSystem
import FreshetTestKit
import Testing

@testable import freshet

/// Every operation × every role × one's own company and another's, on the real service: the expected code of each.
///
/// A new route gets a row in `rows`; one that is missing here or in the OpenAPI document fails the first test.
struct RoleMatrixTests {
    /// Who asks. `stranger` has a token that nobody knows, `elsewhere` is the admin of another company.
    enum Asker: CaseIterable { case nobody, stranger, agent, admin, elsewhere, operators }

    struct Row: Sendable {
        var operation: String
        /// Where it is asked: `{company}` is acme, unless it is asked about another; see `path`.
        var path: String
        var body: String?
        /// In the order of `Asker`, asked about acme.
        var own: [Int]
        /// The same asked about a company that is not there: the codes must not tell it from one that is and is not the
        /// asker's. `nil` where the path names no company.
        var absent: [Int]?

        init(_ operation: String, _ path: String, body: String? = nil, _ own: [Int], absent: [Int]? = nil) {
            self.operation = operation
            self.path = path
            self.body = body
            self.own = own
            self.absent = absent
        }
    }

    static let runs = "/admin/companies/{company}/reconciles"
    static let item = "/admin/companies/{company}/items/{kind}/{id}"

    //                                                 nobody stranger agent admin elsewhere operator
    static let open = [200, 200, 200, 200, 200, 200]
    static let ofOperators = [401, 401, 403, 403, 403]
    static let ofAdmins = [401, 401, 403]

    static let rows: [Row] = [
        Row("GET /health", "/health", open),
        Row("GET /health/ready", "/health/ready", open),
        Row("GET /metrics", "/metrics", open),
        Row("GET /openapi.json", "/openapi.json", open),
        // No bearer token makes a webhook; what does is tried apart.
        Row(
            "POST /webhooks/{platform}/{company}", "/webhooks/freshdesk/{company}", body: #"{"ticket_id":1}"#,
            [401, 401, 401, 401, 401, 401], absent: [401, 401, 401, 401, 401, 401]),
        Row("POST /query", "/query", body: #"{"query":"printer"}"#, [401, 401, 200, 200, 200, 403]),
        Row("POST /query/stream", "/query/stream", body: #"{"query":"printer"}"#, [401, 401, 200, 200, 200, 403]),
        Row("POST /generate_reply", "/generate_reply", body: #"{"ticket_id":1}"#, [401, 401, 200, 200, 200, 403]),
        Row(
            "POST /generate_reply/stream", "/generate_reply/stream", body: #"{"ticket_id":1}"#,
            [401, 401, 200, 200, 200, 403]),
        Row("GET /init/{ticket}", "/init/1", [401, 401, 200, 200, 200, 403]),
        // What is not there is not there for anybody who may ask.
        Row("GET /attachments/{ticket}/{attachment}", "/attachments/1/1", [401, 401, 404, 404, 404, 403]),
        Row(
            "POST /feedback", "/feedback", body: #"{"recommendation_id":"rcm_none","verdict":"up"}"#,
            [401, 401, 404, 404, 404, 403]),
        Row("POST /ingest", "/ingest", body: #"{"mode":"incremental"}"#, [401, 401, 403, 202, 202, 403]),
        Row("GET /ingest/{run}", "/ingest/{run}", ofAdmins + [200, 404, 403]),
        Row("GET /ingest/{run}/events", "/ingest/{run}/events", ofAdmins + [200, 404, 403]),
        Row("POST \(runs)", runs, body: #"{"mode":"sweep"}"#, ofOperators + [202], absent: ofOperators + [404]),
        Row("GET \(runs)/{run}", "\(runs)/{run}", ofOperators + [200], absent: ofOperators + [404]),
        Row("DELETE \(runs)/{run}", "\(runs)/{run}", ofOperators + [200], absent: ofOperators + [404]),
        Row("GET \(runs)/{run}/events", "\(runs)/{run}/events", ofOperators + [200], absent: ofOperators + [404]),
        Row("POST \(runs)/{run}/release", "\(runs)/{run}/release", ofOperators + [202], absent: ofOperators + [404]),
        Row(
            "GET \(item)", "/admin/companies/{company}/items/ticket/1", ofAdmins + [200, 404, 200],
            absent: ofAdmins + [404, 404, 404]),
        Row(
            "POST \(item)/retry", "/admin/companies/{company}/items/ticket/1/retry", ofAdmins + [202, 404, 202],
            absent: ofAdmins + [404, 404, 404]),
        Row(
            "GET /admin/companies/{company}/usage", "/admin/companies/{company}/usage", ofAdmins + [200, 404, 200],
            absent: ofAdmins + [404, 404, 404]),
        Row(
            "GET /admin/companies/{company}/freshness", "/admin/companies/{company}/freshness",
            ofAdmins + [200, 404, 200], absent: ofAdmins + [404, 404, 404]),
        Row(
            "GET /admin/audit", "/admin/audit?company={company}", ofAdmins + [200, 404, 200],
            absent: ofAdmins + [404, 404, 404]),
    ]

    @Test func `has a row for everything that is described, and everything that is served is described`() throws {
        let described = Stage.document.operations.map { "\($0.method) \($0.path)" }
        #expect(Self.rows.map(\.operation).sorted() == described.sorted())

        let directory = try TemporaryDirectory()
        let environment = ["FRESHET_DATA_DIRECTORY": directory.path("data")]
        let house = try Assembly(Settings(file: nil, environment: environment), environment: environment)
        let served = try house.operations.map { "\($0.method) \($0.path) \(Self.word($0.access))" }
        let webhooks = "POST /webhooks/{platform}/{company} signed"
        #expect(
            (served + [webhooks]).sorted()
                == Stage.document.operations.map { "\($0.method) \($0.path) \($0.access)" }.sorted())
    }

    /// As `x-access` spells it.
    private static func word(_ access: Route.Access) -> String {
        switch access {
        case .open: "open"
        case .bearer(let roles):
            // The operator's token belongs to no company, so no route of companies is its.
            roles.filter { $0 != .operator }.map(\.rawValue).sorted { $0 > $1 }.joined(separator: " ")
        case .operatorOnly: "operator"
        case .operatorOrAdmin: "operator own-admin"
        }
    }

    @Test(.timeLimit(.minutes(10))) func `gives every role the expected code, about its own company and others`()
        async throws
    {
        let secrets = try TemporaryDirectory()
        try "operator-secret".write(toFile: secrets.path("operator"), atomically: true, encoding: .utf8)
        let stage = try Stage(environment: ["FRESHET_OPERATOR_TOKEN_FILE": secrets.path("operator")])
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(3))
        let acme = try await stage.addCompany("acme", at: url)
        let globex = try await stage.addCompany("globex", at: url)
        let agent = try stage.json(try await stage.freshet("company", "token", "create", "acme", "--json"))
        guard case .string(let agentToken)? = agent["token"] else { throw Stage.Failure(description: "no token") }
        try await stage.freshet("reconcile", "acme", "--json")
        try await stage.freshet("reconcile", "globex", "--json")
        let (server, base) = try await stage.serve()
        let tokens: [Asker: String] = [
            .stranger: "frt_" + String(repeating: "0", count: 64), .agent: agentToken, .admin: acme.token,
            .elsewhere: globex.token, .operators: "operator-secret",
        ]
        func ask(_ row: Row, as asker: Asker, about company: String, run: String) async throws -> HTTPResponse {
            let path = row.path.replacing("{company}", with: company).replacing("{run}", with: run)
            var headers = tokens[asker].map { [(name: "Authorization", value: "Bearer " + $0)] } ?? []
            if row.body != nil { headers.append((name: "Content-Type", value: "application/json")) }
            let method = row.operation.prefix { $0 != " " }
            return try await stage.send(
                HTTPRequest(String(method), base + path, headers: headers, body: Array((row.body ?? "").utf8)))
        }
        func order(_ token: String) async throws -> String {
            let response = try await stage.send(
                HTTPRequest(
                    "POST", base + "/ingest",
                    headers: [("Content-Type", "application/json"), ("Authorization", "Bearer " + token)],
                    body: Array(#"{"mode":"sweep"}"#.utf8)))
            guard case .string(let run)? = try stage.json(String(decoding: response.body, as: UTF8.self))["run_id"]
            else {
                throw Stage.Failure(description: "no run")
            }
            return run
        }
        // Ended ones, so that following them ends, too.
        let (run, foreignRun) = (try await order(acme.token), try await order(globex.token))
        for (run, token) in [(run, acme.token), (foreignRun, globex.token)] {
            try await stage.poll(for: "\(run) to end") {
                let (_, text) = try await stage.get(
                    base + "/ingest/\(run)", headers: [("Authorization", "Bearer " + token)])
                return try stage.json(text)["state"] == .string("complete") ? () : nil
            }
        }
        for row in Self.rows {
            for (index, asker) in Asker.allCases.enumerated() {
                let answer = try await ask(row, as: asker, about: "acme", run: run)
                #expect(answer.status == row.own[index], "\(row.operation) as \(asker)")
                if let absent = row.absent {
                    let answer = try await ask(row, as: asker, about: "nobody", run: run)
                    #expect(answer.status == absent[index], "\(row.operation) as \(asker) about nobody")
                }
                // Somebody else's company, from whoever is not its operator, looks like one that is not there.
                if row.absent != nil, asker == .admin || asker == .agent {
                    let foreign = try await ask(row, as: asker, about: "globex", run: foreignRun)
                    let none = try await ask(row, as: asker, about: "nobody", run: foreignRun)
                    #expect(foreign.status == none.status && foreign.body == none.body, "\(row.operation) as \(asker)")
                }
            }
            // Another company's run is no run, whoever asks.
            if row.path.contains("{run}") {
                for asker in [Asker.admin, .operators] where row.own[asker == .admin ? 3 : 5] != 403 {
                    let foreign = try await ask(row, as: asker, about: "acme", run: foreignRun)
                    let none = try await ask(row, as: asker, about: "acme", run: "rec_0000000000000000")
                    #expect(foreign.status == 404 && foreign.body == none.body, "\(row.operation) as \(asker)")
                }
            }
        }
        // A signature makes a webhook, and one company's none for another.
        #expect(await stage.deliver(1, id: "msg_1", to: base, acme) == 202)
        var crossed = acme
        crossed.id = "globex"
        #expect(await stage.deliver(1, id: "msg_2", to: base, crossed) == 401)
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }
}
