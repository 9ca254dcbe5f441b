import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// The knowledge base as a user meets it, over sockets and processes.
@Suite(.serialized) struct ArticleRiverTests {
    @Test func `articles are backfilled, asked for, explained, moved, closed and deleted, and drafts are never found`()
        async throws
    {
        let stage = try Stage(environment: ["FRESHET_ARTICLES_LANGUAGES": "ko"])
        let (simulator, url) = try await stage.simulator(
            tickets: Tickets.many(3), try stage.articles(Self.lines))
        let company = try await stage.addCompany("acme", at: url)
        let (server, base) = try await stage.serve()
        try await stage.freshet("reconcile", "acme", "--follow", "--json")

        // By the types that are asked for.
        let question = "pair a panel with the hub"
        #expect(try await stage.ask(question, ["articles"], at: base, company).map(\.id).first == "1")
        #expect(try await stage.ask(question, ["tickets"], at: base, company).allSatisfy { $0.kind == "ticket" })
        let both = try await stage.ask(question + " printer", ["tickets", "articles"], at: base, company)
        #expect(Set(both.map(\.kind)) == ["ticket", "article"])
        #expect(try await stage.ask("패널 페어링", ["articles"], at: base, company).first?.id == "1")

        // Who may read what.
        #expect(try await stage.ask("marmalade draft", ["articles"], at: base, company).allSatisfy { $0.id != "2" })
        #expect(try await stage.ask("quokka pilot", ["articles"], at: base, company).allSatisfy { $0.id != "4" })
        let refund = try await stage.ask("refund without asking", ["articles"], at: base, company)
        #expect(refund.first?.id == "3" && refund.first?.isInternal == true)
        let quotable = try await stage.ask(
            "refund without asking", ["articles"], at: base, company, #"{"visibility":["everyone","customers"]}"#)
        #expect(quotable.allSatisfy { !$0.isInternal && $0.id != "3" })

        // The same from the command line.
        let found = try await stage.freshet("search", "acme", question, "--types", "articles")
        #expect(found.contains("article/1") && !found.contains("ticket/"))
        #expect(try await stage.freshet("search", "acme", "refund", "--types", "articles").contains("agents only"))
        let draft = try stage.json(try await stage.freshet("explain", "acme", "article/2", "--json"))
        #expect(draft["outcome"] == .string("excluded") && draft["document"] == .string("excluded"))
        #expect(try await stage.freshet("explain", "acme", "article/4").contains("named companies only"))
        let status = try stage.json(try await stage.freshet("status", "acme", "--json"))
        guard case .array(let rows)? = status["companies"], case .object(let row)? = rows.first else {
            throw Stage.Failure(description: "\(status)")
        }
        #expect(row["articles"] == .object(["indexed": .integer(3), "excluded": .integer(2), "removed": .integer(0)]))

        // A move and a deletion that nobody announces.
        let calls = try await stage.modelCalls(base)
        let folders = try await stage.folders(of: url)
        let internalFolder = try #require(folders["Playbook"])
        let pilotFolder = try #require(folders["Pilot"])
        #expect(
            try await stage.write("PUT", url + "/api/v2/solutions/articles/1", "{\"folder_id\":\(internalFolder)}")
                == 200)
        #expect(
            try await stage.write("PUT", url + "/api/v2/solutions/articles/3", "{\"folder_id\":\(pilotFolder)}") == 200)
        #expect(try await stage.write("DELETE", url + "/api/v2/solutions/articles/5") == 204)
        try await stage.sweep("acme")
        #expect(try await stage.ask(question, ["articles"], at: base, company).first?.isInternal == true)
        #expect(
            try await stage.ask("refund without asking", ["articles"], at: base, company).allSatisfy { $0.id != "3" })
        #expect(try await stage.ask("delivery times", ["articles"], at: base, company).allSatisfy { $0.id != "5" })
        #expect(try await stage.modelCalls(base) == calls, "labels cost nothing")
        let moved = try stage.json(try await stage.freshet("explain", "acme", "article/1", "--json"))
        #expect(moved["outcome"] == .string("relabelled"))
        let gone = try stage.json(try await stage.freshet("explain", "acme", "article/5", "--json"))
        #expect(gone["outcome"] == .string("removed"))

        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }

    @Test(arguments: [403, 404, 500])
    func `a knowledge base that answers nothing removes nothing`(status: Int) async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(2), try stage.articles(Self.lines))
        let company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let before = try stage.indexState("acme")
        #expect(before.count == 5)
        let faults = "{\"fail_next\":100000,\"fail_status\":\(status),\"only_path\":\"/api/v2/solutions\"}"
        #expect(try await stage.write("PUT", url + "/_simulator/faults", faults) == 200)
        do { try await stage.sweep("acme") } catch is Stage.Failure { #expect(status == 500) }
        #expect(try stage.indexState("acme") == before)
        _ = company
        _ = await simulator.terminate()
    }

    @Test func `two companies with the same article ids and texts never see each other`() async throws {
        let stage = try Stage()
        let wombat = { (of: String) in
            #"{"id":77,"title":"Wombat \#(of)","description":"only in \#(of)","category":"C","folder":"F"}"#
        }
        let (one, oneURL) = try await stage.simulator(
            tickets: Tickets.many(1), try stage.articles(Self.lines + [wombat("one")]))
        let (two, twoURL) = try await stage.simulator(
            tickets: Tickets.many(1), key: "other-key", try stage.articles(Self.lines + [wombat("two")]))
        let acme = try await stage.addCompany("acme", at: oneURL)
        let zeta = try await stage.addCompany("zeta", at: twoURL, key: "other-key")
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let (server, base) = try await stage.serve()
        #expect(try await stage.ask("wombat", ["articles"], at: base, acme).first?.subject == "Wombat one")
        #expect(try await stage.ask("wombat", ["articles"], at: base, zeta).isEmpty, "zeta has no article yet")
        try await stage.freshet("reconcile", "zeta", "--follow", "--json")
        for (company, foreign) in [(acme, "two"), (zeta, "one")] {
            let all = try await stage.ask("wombat one two only in", ["tickets", "articles"], at: base, company)
            #expect(all.contains { $0.id == "77" } && !all.contains { $0.subject.contains(foreign) })
        }
        // One company's sweep never counts for the other's articles.
        #expect(try await stage.write("DELETE", oneURL + "/api/v2/solutions/articles/77") == 204)
        try await stage.sweep("acme")
        #expect(try await stage.ask("wombat", ["articles"], at: base, acme).allSatisfy { $0.id != "77" })
        #expect(try await stage.ask("wombat", ["articles"], at: base, zeta).first?.subject == "Wombat two")
        #expect(await server.terminate() == 0)
        for simulator in [one, two] { _ = await simulator.terminate() }
    }

    private static let lines = [
        #"{"id":1,"title":"Pair a panel with a hub","description":"A panel has one hub.\nHold the reset pin.","category":"Panels","folder":"Help / Pairing","visibility":1,"created_at":"2026-01-02T03:04:05Z","translations":{"ko":{"title":"패널 페어링","description":"리셋 핀을 누르십시오."}}}"#,
        #"{"id":2,"title":"Marmalade draft","description":"Not yet published marmalade.","category":"Panels","folder":"Help","status":"draft","created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"id":3,"title":"Refund without asking","description":"Refunds up to 200 euros need no approval.\nUse the code W-4.","category":"Internal","folder":"Playbook","visibility":3,"created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"id":4,"title":"Quokka pilot","description":"The quokka pilot is for some.","category":"Panels","folder":"Pilot","visibility":4,"created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"id":5,"title":"Delivery times","description":"Parcels arrive in three days.","category":"Orders","folder":"For customers","visibility":2,"created_at":"2026-01-02T03:04:05Z"}"#,
    ]
}

extension Stage {
    struct Found {
        var id: String
        var kind: String
        var subject: String
        var isInternal: Bool
    }

    /// Arguments that make a simulator load these.
    fileprivate func articles(_ lines: [String]) throws -> [String] {
        let file = directory.path("articles-\(UUID().uuidString).jsonl")
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        return ["--articles", file]
    }

    fileprivate func ask(
        _ text: String, _ types: [String], at base: String, _ company: Company, _ filters: String = "{}"
    ) async throws -> [Found] {
        let types = types.map { "\"\($0)\"" }.joined(separator: ",")
        let response = try await http.send(
            HTTPRequest(
                "POST", base + "/query",
                headers: [("Content-Type", "application/json"), ("Authorization", "Bearer " + company.token)],
                body: Array("{\"query\":\"\(text)\",\"types\":[\(types)],\"filters\":\(filters),\"limit\":50}".utf8)))
        guard response.status == 200,
            case .object(let answer) = try JSONDecoder().decode(JSONValue.self, from: Data(response.body)),
            case .array(let results)? = answer["results"]
        else {
            throw Failure(
                description: "query answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return results.compactMap {
            guard case .object(let hit) = $0, case .string(let id)? = hit["original_id"],
                case .string(let kind)? = hit["doc_type"], case .string(let subject)? = hit["subject"]
            else { return nil }
            return Found(id: id, kind: kind, subject: subject, isInternal: hit["internal"] == .bool(true))
        }
    }

    /// Compares everything, and carries out what that marked.
    fileprivate func sweep(_ company: String) async throws {
        try await freshet("reconcile", company, "--mode", "sweep", "--follow", "--json")
    }

    fileprivate func modelCalls(_ base: String) async throws -> Int {
        let (_, metrics) = try await get(base + "/metrics")
        return metrics.split(separator: "\n").filter { $0.hasPrefix("freshet_model_calls_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// Ids by name.
    fileprivate func folders(of url: String, key: String = "simulator-key") async throws -> [String: Int64] {
        let authorisation = "Basic " + Base64.encode(Array("\(key):X".utf8))
        func rows(_ path: String) async throws -> [[String: JSONValue]] {
            let (_, text) = try await get(
                url + "/api/v2/solutions/" + path, headers: [("Authorization", authorisation)])
            guard case .array(let rows) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
                return []
            }
            return rows.compactMap { if case .object(let row) = $0 { row } else { nil } }
        }
        var folders: [String: Int64] = [:]
        for category in try await rows("categories?per_page=100") {
            guard case .integer(let id)? = category["id"] else { continue }
            for folder in try await rows("categories/\(id)/folders?per_page=100") {
                if case .integer(let id)? = folder["id"], case .string(let name)? = folder["name"] {
                    folders[name] = id
                }
            }
        }
        return folders
    }
}
