import Foundation
import FreshetCore
import FreshetTestKit
import Testing

/// The whole table of hostile inputs against the real service: process, socket, signatures, store.
///
/// Deadlines are tested where they can be short, with the listener; here they are the real ones, so slow rows are left out.
struct HostileTests {
    @Test func `every hostile request gets its one answer and leaves only what it should`() async throws {
        let stage = try Stage()
        let desk = "http://127.0.0.1:9"  // Nobody listens there: acknowledging must not need a help desk.
        let (server, base) = try await stage.serve()
        let port = try #require(base.split(separator: ":").last.flatMap { Int($0) })
        let retired = try await secret(stage, "company", "add", "acme", "--url", desk)
        let previous = try await secret(stage, "company", "rotate-secret", "acme", "--overlap", "0")
        let current = try await secret(stage, "company", "rotate-secret", "acme", "--overlap", "1h")
        let hub = try await secret(stage, "company", "add", "acme-hub", "--url", desk, "--scheme", "hub")
        let token = try await secret(stage, "company", "add", "acme-token", "--url", desk, "--scheme", "token")

        // Here the clock goes on between the making of a request and its judging, so two edges of the tolerance would be
        // judged from the other side now and then. They are tested where the clock stands still.
        let edges: Set = ["B02", "B03"]
        let rows = HostileRequests.all.filter {
            !$0.isSlow && !$0.isHeadOnly && !$0.answers.isEmpty && !edges.contains($0.id)
        }
        #expect(rows.count >= 130)
        for (number, row) in rows.enumerated() {
            let scene = HostileScene(
                secret: current, previousSecret: previous, retiredSecret: retired, hubSecret: hub, token: token,
                now: SystemWallClock().now, run: "\(number)")
            let before = try deliveries(stage)
            let transcript = try await RawSocket.exchange(port: port, row.actions(scene), until: row.end)
            #expect(transcript.answers.count == row.answers.count, "\(row)")
            for (answer, allowed) in zip(transcript.answers, row.answers) {
                #expect(allowed.contains(answer.status), "\(row): \(answer.bodyText)")
            }
            // Senders without delivery ids: the same body within two seconds is one delivery.
            let hasIDs = !transcriptNamesCompanyWithoutIDs(row, scene)
            let stored = try deliveries(stage) - before
            #expect((hasIDs ? row.stored : 0...row.stored.upperBound).contains(stored), "\(row): stored \(stored)")
            for leaked in scene.secrets { #expect(!transcript.text.contains(leaked), "\(row)") }
        }
        // The same id with another body is one row, but its ticket was marked all the same.
        let explained = try stage.json(try await stage.freshet("explain", "acme", "ticket/4712", "--json"))
        #expect(explained["wanted"] != nil && explained["wanted"] != .integer(0))
        let scene = HostileScene(
            secret: current, retiredSecret: retired, hubSecret: hub, token: token, now: SystemWallClock().now,
            run: "last")
        let next = try await RawSocket.exchange(port: port, scene.signed(id: "next").bytes, until: .answers(1))
        #expect(next.answers.first?.status == 202)

        #expect(await server.terminate() == 0)
        for leaked in scene.secrets + [previous] { #expect(!server.text.contains(leaked)) }
    }

    /// Signed by the library that the specification's authors publish, if this machine has it.
    @Test(
        .enabled("python3 with the package `standardwebhooks` is not here: nothing was checked against it") {
            try await hasLibrary()
        })
    func `what the Standard Webhooks library signs is accepted`() async throws {
        let stage = try Stage()
        let (server, base) = try await stage.serve()
        let secret = try await secret(stage, "company", "add", "acme", "--url", "http://127.0.0.1:9")
        let script = """
            import datetime, sys, urllib.request
            from standardwebhooks.webhooks import Webhook
            base, secret = sys.argv[1], sys.argv[2]
            now = datetime.datetime.now(tz=datetime.timezone.utc)
            for number, body in enumerate(['{"ticket_id": 4711}', '{"ticket_id":"4712","note":"caf\\u00e9"}']):
                message = f"msg_library_{number}"
                signature = Webhook(secret).sign(message, now, body)
                request = urllib.request.Request(base + "/webhooks/freshdesk/acme", body.encode(), {
                    "Content-Type": "application/json", "webhook-id": message,
                    "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature})
                print(urllib.request.urlopen(request).status)
            """
        let file = stage.directory.path("sign.py")
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let (status, text) = try await ServiceProcess.run("python3", [file, base, secret])
        #expect(status == 0, "\(text)")
        #expect(text.split(separator: "\n") == ["202", "202"])
        #expect(try deliveries(stage) == 2)
        #expect(await server.terminate() == 0)
    }

    private static func hasLibrary() async throws -> Bool {
        try await ServiceProcess.run("python3", ["-c", "import standardwebhooks.webhooks"]).status == 0
    }

    private func transcriptNamesCompanyWithoutIDs(_ row: HostileRequest, _ scene: HostileScene) -> Bool {
        row.actions(scene).contains {
            guard case .send(let bytes) = $0 else { return false }
            let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
            return text.contains(scene.hubCompany) || text.contains(scene.tokenCompany)
        }
    }

    private func deliveries(_ stage: Stage) throws -> Int {
        try stage.rows("SELECT count(*) FROM deliveries").first.flatMap { Int($0[0]) } ?? -1
    }

    private func secret(_ stage: Stage, _ arguments: String...) async throws -> String {
        let key = stage.directory.path("any-key")
        try "any".write(toFile: key, atomically: true, encoding: .utf8)
        let isAdding = arguments.contains("add")
        let all = arguments + (isAdding ? ["--api-key-file", key, "--no-check"] : []) + ["--json"]
        let (status, text) = try await ServiceProcess.run("freshet", all, environment: stage.environment)
        guard status == 0, case .string(let secret)? = try stage.json(text)["webhook_secret"] else {
            throw Stage.Failure(description: text)
        }
        return secret
    }
}
