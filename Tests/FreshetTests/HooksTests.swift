import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// What is installed into the help desk, as a user installs and proves it.
@Suite struct HooksTests {
    /// A server, a simulated account with some tickets that are indexed, and the company that follows it.
    private struct Scene {
        var stage: Stage
        var server: ServiceProcess
        var base: String
        var simulator: ServiceProcess
        var url: String
        var token: String
        var secret: String

        /// Runs a command that knows where the help desk reaches us.
        func freshet(_ arguments: String...) async throws -> (status: Int32, text: String) {
            try await ServiceProcess.run(
                "freshet", arguments, environment: stage.environment.merging(["FRESHET_PUBLIC_URL": base]) { $1 })
        }

        func json(_ arguments: [String], expecting status: Int32 = 0) async throws -> [String: JSONValue] {
            let (ended, text) = try await ServiceProcess.run(
                "freshet", arguments + ["--json"],
                environment: stage.environment.merging(["FRESHET_PUBLIC_URL": base]) { $1 })
            guard ended == status else {
                throw Stage.Failure(description: "\(arguments) ended with \(ended), not \(status):\n\(text)")
            }
            #expect(!text.contains(secret), "no output shows the secret unasked")
            return try stage.json(text)
        }

        func write(_ method: String, _ path: String, _ body: String = "") async throws {
            let status = try await stage.write(method, url + path, body)
            guard (200...299).contains(status) else {
                throw Stage.Failure(description: "\(method) \(path) answered \(status)")
            }
        }

        func read(_ path: String) async throws -> JSONValue {
            let authorization = "Basic " + Base64.encode(Array("simulator-key:X".utf8))
            let (_, text) = try await stage.get(url + path, headers: [("Authorization", authorization)])
            return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        }

        /// Waits until a search finds exactly these tickets; a minute at most.
        func finds(_ text: String, _ ids: Set<String>) async throws {
            let deadline = ContinuousClock.now + .patient
            var found = Set<String>()
            while ContinuousClock.now < deadline {
                found = Set(
                    try await stage.query(text, at: base, token: token).filter { $0.subject.contains(text) }.map(\.id))
                if found == ids { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw Stage.Failure(description: "'\(text)' finds \(found), not \(ids)")
        }

        func end() async {
            #expect(await server.terminate() == 0)
            _ = await simulator.terminate()
            #expect(!server.text.contains(secret))
        }
    }

    /// - Parameter signs: whether the simulator plays the installed signing app.
    private func scene(scheme: String, signs: Bool, _ arguments: [String] = []) async throws -> Scene {
        let stage = try Stage()
        let (server, base) = try await stage.serve()
        let secret =
            scheme == "standard"
            ? "whsec_" + Base64.encode(Array("a secret of the hooks' tests, 32".utf8)) : "hooks-secret-0123456789"
        let secretFile = stage.directory.path("webhook-secret")
        try secret.write(toFile: secretFile, atomically: true, encoding: .utf8)
        let keyFile = stage.directory.path("key")
        try "simulator-key".write(toFile: keyFile, atomically: true, encoding: .utf8)
        let app = ["--sign-to", base + "/webhooks/freshdesk/acme", "--sign-secret-file", secretFile]
        let (simulator, url) = try await stage.simulator(
            tickets: Tickets.many(5), arguments: (signs ? app : []) + arguments)
        let added = try stage.json(
            try await stage.freshet(
                "company", "add", "acme", "--url", url, "--api-key-file", keyFile, "--scheme", scheme,
                "--webhook-secret-file", secretFile, "--json"))
        guard case .string(let token)? = added["token"] else { throw Stage.Failure(description: "no token") }
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        return Scene(
            stage: stage, server: server, base: base, simulator: simulator, url: url, token: token, secret: secret)
    }

    private func strings(_ value: JSONValue?, _ member: String) -> [String] {
        guard case .array(let rows)? = value else { return [] }
        return rows.compactMap { row in
            guard case .object(let members) = row, case .string(let text)? = members[member] else { return nil }
            return text
        }
    }

    /// Edits of every kind, each of which must be found afterwards; no reconcile helps.
    private func editAndSearch(_ scene: Scene) async throws {
        try await scene.write("PUT", "/api/v2/tickets/2", #"{"subject":"Quokka eats cable"}"#)
        try await scene.finds("Quokka", ["2"])
        try await scene.write(
            "POST", "/api/v2/tickets",
            #"{"subject":"Quokka sleeps","description":"It sleeps.","email":"ines@harbor.example","status":2,"priority":1}"#
        )
        try await scene.finds("Quokka", ["2", "6"])
        try await scene.write("DELETE", "/api/v2/tickets/2")
        try await scene.finds("Quokka", ["6"])
        try await scene.write("POST", "/_simulator/tickets/6/spam")
        try await scene.finds("Quokka", [])
    }

    @Test func `with automation rules only, install, verify, and edits are searchable`() async throws {
        let scene = try await scene(scheme: "token", signs: false)
        let installed = try await scene.json(["hooks", "install", "acme"])
        #expect(strings(installed["rules"], "change") == ["created", "created", "created"])
        #expect(installed["warnings"] == .array([]))
        let again = try await scene.json(["hooks", "install", "acme"])
        #expect(strings(again["rules"], "change") == ["unchanged", "unchanged", "unchanged"])

        let verified = try await scene.json(["hooks", "verify", "acme", "--ticket", "3"])
        #expect(verified["ok"] == .bool(true) && verified["ticket"] == .integer(3))
        #expect(strings(verified["steps"], "step") == ["service", "rules", "door", "change", "webhook", "run"])
        #expect(strings(verified["steps"], "verdict").allSatisfy { $0 == "passed" })
        #expect(try await scene.read("/api/v2/tickets/3/conversations") == .array([]), "the note is gone")
        try await editAndSearch(scene)

        let removed = try await scene.json(["hooks", "remove", "acme"])
        #expect(strings(removed["rules"], "change") == ["removed", "removed", "removed"])
        #expect(try await scene.read("/api/v2/automations/4/rules") == .array([]))
        await scene.end()
    }

    @Test func `with the signing app only, verify passes and edits are searchable`() async throws {
        let scene = try await scene(scheme: "standard", signs: true)
        let (status, text) = try await scene.freshet("hooks", "install", "acme")
        #expect(status == 78 && text.contains("rotate-secret acme --scheme token") && text.contains("freshdesk-app"))

        let verified = try await scene.json(["hooks", "verify", "acme"])
        #expect(verified["ok"] == .bool(true))
        #expect(strings(verified["steps"], "step") == ["service", "door", "change", "webhook", "run"])
        try await editAndSearch(scene)
        await scene.end()
    }

    @Test func `verify says which step failed`() async throws {
        let scene = try await scene(scheme: "token", signs: false)
        func failedStep(_ more: String...) async throws -> JSONValue? {
            try await scene.json(["hooks", "verify", "acme", "--timeout", "500ms"] + more, expecting: 69)["failed_step"]
        }
        #expect(try await failedStep() == .string("webhook"), "no rule is installed")
        #expect(try await failedStep("--ticket", "999") == .string("change"))
        #expect(try await scene.read("/api/v2/tickets/1/conversations") == .array([]), "the note is gone")

        // The rules keep the old secret, and its time is over.
        _ = try await scene.json(["hooks", "install", "acme"])
        let (rotated, _) = try await scene.freshet("company", "rotate-secret", "acme", "--overlap", "0")
        #expect(rotated == 0)
        let unsure = try await scene.json(["hooks", "verify", "acme", "--timeout", "500ms"], expecting: 69)
        #expect(unsure["failed_step"] == .string("webhook"))
        #expect(strings(unsure["steps"], "verdict") == ["passed", "unsure", "passed", "passed", "failed"])
        let renewed = try await scene.json(["hooks", "install", "acme"])
        #expect(strings(renewed["rules"], "change") == ["updated", "updated", "updated"])
        _ = try await scene.json(["hooks", "verify", "acme"])

        // What arrived before proves nothing.
        _ = try await scene.json(["hooks", "remove", "acme"])
        #expect(try await failedStep() == .string("webhook"))

        await scene.end()
        #expect(try await failedStep() == .string("service"), "nothing serves any more")
    }

    @Test func `an account without the interface, and a key without the right, get their own advice`() async throws {
        for (mode, code, advice) in [("not-in-plan", Int32(69), "by hand"), ("admins-only", 77, "administrator")] {
            let scene = try await scene(scheme: "token", signs: false, ["--automations", mode])
            let (status, text) = try await scene.freshet("hooks", "install", "acme")
            #expect(status == code && text.contains(advice), "\(text)")
            await scene.end()
        }
    }

    @Test func `the rule definitions in hooks are what hooks print prints, and the secret only when asked`()
        async throws
    {
        let stage = try Stage(environment: ["FRESHET_PUBLIC_URL": "https://freshet.example.com"])
        let key = stage.directory.path("key")
        try "any".write(toFile: key, atomically: true, encoding: .utf8)
        let added = try stage.json(
            try await stage.freshet(
                "company", "add", "acme", "--url", "https://acme.freshdesk.com", "--api-key-file", key, "--no-check",
                "--scheme", "token", "--json"))
        guard case .string(let secret)? = added["webhook_secret"] else { throw Stage.Failure(description: "no secret") }
        let text = try await stage.freshet("hooks", "print", "acme", "--json")
        #expect(!text.contains(secret))
        guard case .array(let rules)? = try stage.json(text)["rules"] else {
            throw Stage.Failure(description: "no rules")
        }
        #expect(rules.count == 3)
        let folder = Self.hooks.appendingPathComponent("freshdesk-automations")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
        for rule in rules {
            guard case .object(let members) = rule, case .string(let label)? = members["label"] else { continue }
            let file = folder.appendingPathComponent(label + ".json")
            #expect(
                try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file)) == members["rule"], "\(label)")
        }
        #expect(try await stage.freshet("hooks", "print", "acme", "--show-secret").contains(secret))

        try await stage.freshet("company", "rotate-secret", "acme", "--scheme", "standard", "--json")
        let app = try stage.json(try await stage.freshet("hooks", "print", "acme", "--json"))
        #expect(
            app["app"]
                == .object([
                    "freshet_host": .string("freshet.example.com"), "freshet_company": .string("acme"),
                    "webhook_secret": .string("<webhook secret of acme>"),
                ]))
    }

    // MARK: - The signing app itself

    static let hooks = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("hooks")
    /// Where Debian puts packages of Node's.
    static let node = ["NODE_PATH": "/usr/share/nodejs"]

    static func hasNode() async -> Bool {
        do { return try await ServiceProcess.run("node", ["--version"]).status == 0 } catch { return false }
    }

    @Test(.enabled("node is not here: the signing app's own tests did not run") { await hasNode() })
    func `the signing app passes its own tests`() async throws {
        let file = Self.hooks.appendingPathComponent("tests/app.test.js").path
        let (status, text) = try await ServiceProcess.run("node", ["--test", file], environment: Self.node)
        #expect(status == 0, "\(text)")
        #expect(text.contains("# pass 1"), "\(text)")
        if let skipped = text.split(separator: "\n").first(where: { $0.contains("# SKIP") }) {
            print("skipped: \(skipped)")
        }
    }

    @Test(
        .enabled("node is not here: the signing app was not tried against the intake") { await hasNode() },
        arguments: [[String](), ["crypto"]])
    func `what the signing app sends is accepted here and by the Standard Webhooks library`(hidden: [String])
        async throws
    {
        if !hidden.isEmpty {
            let (found, _) = try await ServiceProcess.run("node", ["-e", "require('hash.js')"], environment: Self.node)
            if found != 0 { return print("skipped: node has no package hash.js, the fallback was not tried") }
        }
        let stage = try Stage()
        let (server, base) = try await stage.serve()
        let company = try await stage.addUncheckedCompany("acme")
        let events = [
            #"{"event":"onAppInstall","data":{}}"#,
            #"{"event":"onTicketCreate","data":{"ticket":{"id":11,"model_id":62000000011,"subject":"words"}}}"#,
            #"{"event":"onTicketUpdate","data":{"ticket":{"id":12,"changes":{"deleted":[false,true]}}}}"#,
            #"{"event":"onConversationCreate","data":{"conversation":{"id":62099000101,"ticket_id":13,"notable_id":62000000013}}}"#,
            #"{"event":"onConversationUpdate","data":{"conversation":{"id":62099000101,"ticket_id":62000000013,"notable_id":62000000013}}}"#,
            #"{"event":"onConversationDelete","data":{"conversation":{"id":62099000101}}}"#,
            #"{"event":"onTicketDelete","data":{"ticket":{"id":14}}}"#,
            #"{"event":"onConversationDelete","data":{"conversation":{"id":62099000999}}}"#,
        ]
        let eventsFile = stage.directory.path("events")
        let secretFile = stage.directory.path("secret")
        try events.joined(separator: "\n").write(toFile: eventsFile, atomically: true, encoding: .utf8)
        try company.webhookSecret.write(toFile: secretFile, atomically: true, encoding: .utf8)
        let play = Self.hooks.appendingPathComponent("tests/play.js").path
        let (status, text) = try await ServiceProcess.run(
            "node", [play, base, "acme", secretFile, eventsFile] + hidden, environment: Self.node)
        #expect(status == 0, "\(text)")
        #expect(!text.contains(company.webhookSecret))

        let stored = try stage.rows("SELECT event, original_id FROM deliveries ORDER BY original_id, event")
        #expect(
            stored == [
                ["onTicketCreate", "11"], ["onTicketUpdate", "12"], ["onConversationCreate", "13"],
                ["onConversationDelete", "13"], ["onConversationUpdate", "13"], ["onTicketDelete", "14"],
            ])
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == events.count)
        #expect(lines.first?.contains(#""rendered":[[]]"#) == true, "the installation was proved: \(text)")
        #expect(lines.last?.contains(#""requests":[]"#) == true, "an unknown conversation is left to the reconciler")
        try await verifyByLibrary(lines, company.webhookSecret, stage)
        #expect(await server.terminate() == 0)
    }

    /// With the library of the specification's authors, where it is here.
    private func verifyByLibrary(_ lines: [String], _ secret: String, _ stage: Stage) async throws {
        let script = """
            import json, sys
            from standardwebhooks.webhooks import Webhook
            secret, count = open(sys.argv[1]).read().strip(), 0
            for line in open(sys.argv[2]):
                for request in json.loads(line)["requests"]:
                    Webhook(secret).verify(request["body"], request["headers"])
                    count += 1
            print(count)
            """
        let (found, _) = try await ServiceProcess.run("python3", ["-c", "import standardwebhooks.webhooks"])
        if found != 0 {
            return print("skipped: python3 has no package standardwebhooks, nothing was checked against it")
        }
        let requests = stage.directory.path("requests")
        let file = stage.directory.path("verify.py")
        try lines.joined(separator: "\n").write(toFile: requests, atomically: true, encoding: .utf8)
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let (status, text) = try await ServiceProcess.run("python3", [file, stage.directory.path("secret"), requests])
        #expect(status == 0 && text.hasPrefix("7"), "\(text)")
    }
}

extension Stage {
    /// A company whose help desk is not there: what is accepted stays unread.
    func addUncheckedCompany(_ id: String) async throws -> Company {
        let file = directory.path("key-\(id)")
        try "any".write(toFile: file, atomically: true, encoding: .utf8)
        let answer = try json(
            try await freshet(
                "company", "add", id, "--url", "http://127.0.0.1:9", "--api-key-file", file, "--no-check", "--json"))
        guard case .string(let secret)? = answer["webhook_secret"], case .string(let token)? = answer["token"] else {
            throw Failure(description: "unexpected answer \(answer)")
        }
        return Company(id: id, webhookURL: "", webhookSecret: secret, token: token)
    }
}
