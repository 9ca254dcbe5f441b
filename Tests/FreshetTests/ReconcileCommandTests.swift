import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// Reconciles as a person at a terminal and a program over HTTP meet them.
struct ReconcileCommandTests {
    @Test func `removals beyond the cap are withheld, shown and released by command`() async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(70))
        _ = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        for id in 1...28 { #expect(try await stage.write("DELETE", "\(url)/api/v2/tickets/\(id)") == 204) }

        let planned = try stage.json(try await stage.freshet("reconcile", "acme", "--mode", "sweep", "--dry-run"))
        #expect(planned["withholds_removals"] == .bool(true))
        let sweep = try stage.json(
            try await stage.freshet("reconcile", "acme", "--mode", "sweep", "--follow", "--json"))
        #expect(sweep["state"] == .string("complete") && sweep["withheld"] == .integer(28))
        #expect(sweep["withheld_now"] == .integer(28))
        guard case .string(let run)? = sweep["run_id"] else { throw Stage.Failure(description: "no run id") }
        #expect(try stage.indexState("acme").count == 70)
        let status = try await stage.freshet("status", "acme", "--json")
        #expect(status.contains("\"withheld\":{\"\(run)\":28}"))

        let released = try stage.json(
            try await stage.freshet("reconcile", "acme", "--release", run, "--follow", "--json"))
        #expect(released["released"] == .integer(28))
        #expect(try stage.indexState("acme").count == 42)
        _ = try await stage.freshet("reconcile", "acme", "--release", "rec_unknown", expecting: 65)
        _ = await simulator.terminate()
    }

    @Test func `a plan is kept in a file and carried out`() async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(30))
        _ = try await stage.addCompany("acme", at: url)
        let file = stage.directory.path("plan.json")
        let made = try stage.json(
            try await stage.freshet("reconcile", "acme", "--dry-run", "--plan", file, "--json"))
        #expect(made["api_calls"] == .integer(34) && made["tokens"] != .integer(0))
        #expect(try stage.rows("SELECT * FROM reconciles").isEmpty && stage.rows("SELECT * FROM items").isEmpty)
        #expect(try await stage.write("PUT", "\(url)/api/v2/tickets/3", "{\"subject\":\"Moved since\"}") == 200)

        let ended = try stage.json(
            try await stage.freshet("reconcile", "acme", "--apply", file, "--follow", "--json"))
        guard case .object(let certificate)? = ended["certificate"] else {
            throw Stage.Failure(description: "no certificate in \(ended)")
        }
        #expect(certificate["replanned"] == .array([.string("ticket/3")]))
        #expect(try stage.indexState("acme").count == 30)
        _ = try await stage.freshet("reconcile", "acme", "--apply", stage.directory.path("key-acme"), expecting: 65)

        let audit = try stage.json(try await stage.freshet("reconcile", "acme", "--mode", "audit", "--json"))
        #expect(audit["seen"] == .integer(60) && audit["api_calls"] == .integer(0))
        _ = await simulator.terminate()
    }

    @Test func `an operator starts one by HTTP, follows it live and cancels another`() async throws {
        let directory = try TemporaryDirectory()
        let tokenFile = directory.path("operator-token")
        try "operator-token-of-this-test".write(toFile: tokenFile, atomically: true, encoding: .utf8)
        let stage = try Stage(environment: ["FRESHET_OPERATOR_TOKEN_FILE": tokenFile])
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(40))
        _ = try await stage.addCompany("acme", at: url)
        let (server, base) = try await stage.serve()
        let headers = [
            ("Authorization", "Bearer operator-token-of-this-test"), ("Content-Type", "application/json"),
        ]
        func post(_ path: String, _ body: String) async throws -> (Int, [String: JSONValue]) {
            let response = try await stage.http.send(
                HTTPRequest(
                    "POST", base + path, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8)))
            return (response.status, try stage.json(String(decoding: response.body, as: UTF8.self)))
        }
        let path = "/admin/companies/acme/reconciles"
        let (status, started) = try await post(path, #"{"mode":"sweep"}"#)
        #expect(status == 202)
        guard case .string(let run)? = started["run_id"] else { throw Stage.Failure(description: "no run id") }
        let (streamed, events) = try await stage.get("\(base)\(path)/\(run)/events", headers: headers)
        #expect(streamed == 200 && events.contains("event: done") && events.contains(#""seen":40"#))
        let (shown, _) = try await stage.get("\(base)\(path)/\(run)", headers: headers)
        #expect(shown == 200)

        // Of a paused company it waits, and can be called off.
        try await stage.freshet("company", "pause", "acme")
        let (_, waiting) = try await post(path, #"{"mode":"incremental"}"#)
        guard case .string(let other)? = waiting["run_id"] else { throw Stage.Failure(description: "no run id") }
        let cancelled = try stage.json(try await stage.freshet("reconcile", "acme", "--cancel", other, "--json"))
        #expect(cancelled["state"] == .string("cancelled"))
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }
}
