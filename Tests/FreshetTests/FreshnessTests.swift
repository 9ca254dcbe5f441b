import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import GRDB
import Testing

/// How fresh the index is, and where it stalls, as an operator sees it: over sockets, on real processes.
struct FreshnessTests {
    @Test(.timeLimit(.minutes(10)))
    func `a canary is found and taken away, and status, route and metrics tell the lag`()
        async throws
    {
        let token = try TemporaryDirectory()
        let tokenFile = token.path("operator-token")
        try "operator-secret".write(toFile: tokenFile, atomically: true, encoding: .utf8)
        let stage = try Stage(environment: [
            "FRESHET_CANARY_COMPANY": "acme", "FRESHET_CANARY_TICKET": "7", "FRESHET_CANARY_INTERVAL": "4s",
            "FRESHET_CANARY_PATIENCE": "3s", "FRESHET_OPERATOR_TOKEN_FILE": tokenFile,
        ])
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(8))
        let company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let (server, base) = try await stage.serve()
        // Until the app is there, no webhook tells of the canary: such a round is lost, and the next one is found.
        #expect(
            try await stage.write(
                "PUT", url + "/_simulator/signing-app",
                "{\"url\":\"\(base)/webhooks/freshdesk/acme\",\"secret\":\"\(company.webhookSecret)\"}") == 204)
        while try await stage.metric("freshet_canary_rounds_total{result=\"found\"}", at: base) < 1 {}
        #expect(try await stage.metric("freshet_canary_alarm", at: base) == 0)
        let shown = "freshet_company_freshness_seconds{company=\"acme\",measure=\"source\",quantile=\"0.95\"}"
        while try await stage.metric(shown, at: base) <= 0 {}

        // Written down every few seconds, for commands beside the server.
        var freshness: JSONValue?
        repeat {
            let status = try stage.json(try await stage.freshet("status", "acme", "--json"))
            guard case .array(let rows)? = status["companies"], case .object(let row)? = rows.first else {
                throw Stage.Failure(description: "unexpected status \(status)")
            }
            freshness = row["freshness"]
        } while freshness == .null
        for measure in ["receipt_to_searchable", "source_to_searchable"] {
            guard case .object(let figures)? = freshness, case .object(let lags)? = figures[measure] else {
                throw Stage.Failure(description: "no \(measure) in \(String(describing: freshness))")
            }
            #expect(Set(lags.keys) == ["samples", "p50", "p95", "p99"])
        }
        let route = base + "/admin/companies/acme/freshness"
        let bearer = [("Authorization", "Bearer operator-secret")]
        #expect(try await stage.get(route).0 == 401)
        #expect(try await stage.get(base + "/admin/companies/nobody/freshness", headers: bearer).0 == 404)
        let (code, text) = try await stage.get(route, headers: bearer)
        #expect(code == 200)
        let answer = try stage.json(text)
        #expect(answer["company_id"] == .string("acme") && answer["receipt_to_searchable"] != .null)

        // Stopped in the middle of whatever round it is in, it leaves nothing behind.
        #expect(await server.terminate() == 0)
        let authorisation = "Basic " + Base64.encode(Array("simulator-key:X".utf8))
        let (_, conversations) = try await stage.get(
            url + "/api/v2/tickets/7/conversations", headers: [("Authorization", authorisation)])
        #expect(conversations == "[]")
        _ = await simulator.terminate()
    }

    @Test(.timeLimit(.minutes(10))) func `a help desk that does not answer makes the service not ready, until it does`()
        async throws
    {
        let stage = try Stage(environment: ["FRESHET_READINESS_PATIENCE": "1s"])
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(8))
        let company = try await stage.addCompany("acme", at: url)
        let (server, base) = try await stage.serve()
        #expect(try await stage.readiness(at: base).status == 200)
        #expect(try await stage.write("PUT", url + "/_simulator/faults", "{\"error_rate\":1}") == 200)
        for id in 1...5 as ClosedRange<Int64> {
            #expect(await stage.deliver(id, id: "msg_\(id)", to: base, company) == 202)
        }
        while try await stage.readiness(at: base).status == 200 {}
        let stalled = try await stage.readiness(at: base)
        #expect(stalled.status == 503 && stalled.parts["fetch"]?.contains("do not answer") == true, "\(stalled)")
        #expect(stalled.parts.filter { $0.value != "ok" }.keys.sorted() == ["fetch"])
        #expect(try await stage.write("PUT", url + "/_simulator/faults", "{}") == 200)
        while try await stage.readiness(at: base).status == 503 {}
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a store that refuses webhooks makes the service not ready, until it takes them`()
        async throws
    {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(2))
        let company = try await stage.addCompany("acme", at: url)
        let (server, base) = try await stage.serve()
        #expect(await stage.deliver(1, id: "msg_1", to: base, company) == 202)
        try await stage.settle(company)

        // Another process holds the file for longer than anybody waits.
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(5)
        let other = try DatabaseQueue(path: stage.database, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(await stage.deliver(2, id: "msg_2", to: base, company) == 503)
        let refused = try await stage.readiness(at: base)
        #expect(refused.status == 503 && refused.parts["intake"] == "webhooks cannot be stored", "\(refused)")
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        // Nobody sends, and it notices all the same.
        while try await stage.readiness(at: base).status == 503 {}
        #expect(await stage.deliver(2, id: "msg_2", to: base, company) == 202)
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }
}

extension Stage {
    func readiness(at base: String) async throws -> (status: Int, parts: [String: String]) {
        let (status, text) = try await get(base + "/health/ready")
        guard case .object(let parts)? = try json(text)["parts"] else {
            throw Failure(description: "unexpected readiness \(text)")
        }
        return (status, parts.compactMapValues { if case .string(let text) = $0 { text } else { nil } })
    }

    /// A series' value; -1 when there is none.
    func metric(_ name: String, at base: String) async throws -> Double {
        let (_, text) = try await get(base + "/metrics")
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.split(separator: " ").last ?? "") } ?? -1
    }
}
