import FreshdeskSimulator
import Foundation
import Testing

/// The knowledge base (freshdesk.md 2).
@Suite(.serialized) struct SolutionTests {
    @Test func `categories, folders, folders in folders and articles are made, listed and read`() async throws {
        try await World.run { world async throws in
            let category = try await world.make("/solutions/categories", ["name": "General"])
            let folder = try await world.make(
                "/solutions/categories/\(category)/folders", ["name": "Screens", "visibility": 3])
            let inner = try await world.make(
                "/solutions/categories/\(category)/folders",
                ["name": "Pairing", "visibility": 1, "parent_folder_id": .integer(folder)])
            let article = try await world.article(in: inner, ["tags": ["hub"]])

            #expect(try await world.get("/solutions/categories").ids == [category])
            #expect(try await world.get("/solutions/categories/\(category)/folders").ids == [folder])
            #expect(try await world.get("/solutions/folders/\(folder)/subfolders").ids == [inner])
            #expect(try await world.get("/solutions/folders/\(inner)/articles").ids == [article])
            #expect(try await world.get("/solutions/folders/\(folder)/articles").ids == [])
            let shown = try await world.get("/solutions/folders/\(folder)").json
            #expect(shown["visibility"] == 3 && shown["sub_folders_count"] == 1 && shown["articles_count"] == 0)
            #expect(shown["category_id"]?.integer == category)
            let read = try await world.get("/solutions/articles/\(article)").json
            #expect(read["title"] == "Pair a panel" && read["status"] == 2 && read["tags"] == ["hub"])
            #expect(read["folder_id"]?.integer == inner && read["category_id"]?.integer == category)
            #expect(read["description_text"] == "Hold the pin.")
            #expect(
                read["hierarchy"]?.array?.compactMap { $0["data"]?["name"]?.string } == [
                    "General", "Screens", "Pairing",
                ])
            #expect(try await world.get("/search/solutions?term=panel").ids == [article])
        }
    }

    @Test func `an article is read in the languages it is translated into, and in no other`() async throws {
        try await World.run { world async throws in
            let article = try await world.article(in: try await world.folder())
            #expect(try await world.get("/solutions/articles/\(article)/ko").status == 404)
            let korean: JSON = ["title": "패널 페어링", "description": "<p>핀을 누르세요.</p>", "status": 1]
            #expect(try await world.send("POST", "/solutions/articles/\(article)/ko", korean).status == 201)
            #expect(try await world.send("POST", "/solutions/articles/\(article)/ko", korean).status == 409)
            #expect(try await world.send("POST", "/solutions/articles/\(article)/xx", korean).status == 404)
            #expect(try await world.send("PUT", "/solutions/articles/\(article)/ko", ["status": 2]).status == 200)
            let read = try await world.get("/solutions/articles/\(article)/ko").json
            #expect(read["title"] == "패널 페어링" && read["status"] == 2 && read["id"]?.integer == article)
            #expect(try await world.get("/solutions/articles/\(article)").json["title"] == "Pair a panel")
            #expect(try await world.get("/solutions/articles/\(article)/en").json["title"] == "Pair a panel")
        }
    }

    @Test func `moving an article or closing its folder leaves its time, and readers move hits alone`() async throws {
        try await World.run { world async throws in
            let from = try await world.folder()
            let to = try await world.folder("Elsewhere")
            let article = try await world.article(in: from)
            let before = try await world.get("/solutions/articles/\(article)").json
            world.advance(60)
            #expect(
                try await world.send("PUT", "/solutions/articles/\(article)", ["folder_id": .integer(to)]).status == 200
            )
            #expect(try await world.send("PUT", "/solutions/folders/\(to)", ["visibility": 4]).status == 200)
            #expect(try await world.send("POST", "/_simulator/articles/\(article)/read").status == 204)
            let after = try await world.get("/solutions/articles/\(article)").json
            #expect(after["folder_id"]?.integer == to)
            #expect(after["updated_at"] == before["updated_at"])
            #expect(after["hits"] == 1)
            let oracle = try await world.get("/_simulator/articles").rows
            #expect(oracle.first?["visibilities"] == [4])
            #expect(try await world.send("PUT", "/solutions/articles/\(article)", ["title": "New"]).status == 200)
            #expect(try await world.get("/solutions/articles/\(article)").json["updated_at"] != before["updated_at"])
        }
    }

    @Test func `what is deleted takes along what is in it`() async throws {
        try await World.run { world async throws in
            let category = try await world.make("/solutions/categories", ["name": "General"])
            let folders = "/solutions/categories/\(category)/folders"
            let outer = try await world.make(folders, ["name": "Outer", "visibility": 1])
            let inner = try await world.make(
                folders, ["name": "Inner", "visibility": 1, "parent_folder_id": .integer(outer)])
            let articles = [try await world.article(in: outer), try await world.article(in: inner)]
            #expect(try await world.send("DELETE", "/solutions/categories/\(category)").status == 204)
            for path in ["categories/\(category)", "folders/\(outer)", "folders/\(inner)"] {
                #expect(try await world.get("/solutions/\(path)").status == 404)
            }
            for article in articles { #expect(try await world.get("/solutions/articles/\(article)").status == 404) }
            #expect(try await world.send("DELETE", "/solutions/articles/\(articles[0])").status == 404)
        }
    }

    @Test func `a folder's articles come in pages with links, drafts among them`() async throws {
        try await World.run { world async throws in
            let folder = try await world.folder()
            for number in 0..<5 { try await world.article(in: folder, ["status": number == 0 ? 1 : 2]) }
            let first = try await world.get("/solutions/folders/\(folder)/articles?per_page=2")
            #expect(try first.rows.count == 2)
            #expect(try first.rows.first?["status"] == 1)
            let next = try #require(first.next)
            let second = try await world.get(next)
            #expect(try second.rows.count == 2)
            #expect(try await world.get(try #require(second.next)).rows.count == 1)
            #expect(try await world.get("/solutions/folders/\(folder)/articles?per_page=101").status == 400)
            #expect(try await world.get("/solutions/folders/\(folder)/articles?updated_since=2026-01-01").status == 400)
        }
    }

    @Test func `what does not fit is refused with the field's name`() async throws {
        try await World.run { world async throws in
            let folder = try await world.folder()
            for (body, complaint) in [
                (["title": "x", "description": "y"], ["status", "missing_field"]),
                (["title": "x", "description": "y", "status": 3], ["status", "invalid_value"]),
                (["title": 1, "description": "y", "status": 2], ["title", "datatype_mismatch"]),
                (["title": "x", "description": "y", "status": 2, "colour": "red"], ["colour", "invalid_field"]),
            ] as [(JSON, [String])] {
                let reply = try await world.send("POST", "/solutions/folders/\(folder)/articles", body)
                #expect(reply.status == 400)
                #expect(try reply.complaint == complaint)
            }
            #expect(try await world.get("/solutions/folders/1/articles").status == 404)
        }
    }

    @Test func `articles load from JSON Lines, and a bad line is named`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let file = directory.appendingPathComponent("articles.jsonl")
        let good =
            #"{"id":7,"title":"One","description":"a","category":"C","folder":"F / G","visibility":3,"translations":{"ko":{"title":"하나","description":"가"}}}"#
        try Data((good + "\n\n").utf8).write(to: file)
        try await World.run {
            $0.plan = .unlimited
            $0.contents = [.articles(file.path)]
        } _: { world async throws in
            let article = try await world.get("/solutions/articles/7/ko").json
            #expect(article["title"] == "하나")
            let folder = try #require(article["folder_id"]?.integer)
            #expect(try await world.get("/solutions/folders/\(folder)").json["visibility"] == 3)
        }
        for (line, problem) in [
            (#"{"id":8,"title":"Two"}"#, "'description' is missing"), ("nonsense", "is not a JSON object"),
            (#"{"id":7,"title":"x","description":"y"}"#, "is there twice"),
            (#"{"title":"x","description":"y","visibility":9}"#, "'visibility' 9"),
        ] {
            try Data((good + "\n" + line).utf8).write(to: file)
            let error = #expect(throws: LoadError.self) {
                try Simulator(
                    configuration: SimulatorConfiguration(apiKey: "k", contents: [.articles(file.path)]))
            }
            #expect(error?.line == 2)
            #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        }
    }

    @Test func `the demonstration has articles for everybody, for few, and one that is a draft`() async throws {
        try await World.run({ $0 = .demo(apiKey: World.key).with(plan: .unlimited, clock: $0.clock) }) {
            world async throws in
            let oracle = try await world.get("/_simulator/articles").rows
            #expect(oracle.count == 7)
            #expect(Set(oracle.compactMap { $0["visibilities"]?.array?.last?.integer }) == [1, 2, 3, 4])
            #expect(oracle.filter { $0["status"] == 1 }.count == 1)
            #expect(try await world.get("/solutions/articles/501/ko").status == 200)
        }
    }
}

extension World {
    fileprivate func make(_ path: String, _ body: JSON) async throws -> Int64 {
        let reply = try await send("POST", path, body)
        try #require(reply.status == 201, "\(String(decoding: reply.bytes, as: UTF8.self))")
        return try #require(try reply.json["id"]?.integer)
    }

    fileprivate func folder(_ name: String = "Screens") async throws -> Int64 {
        let category = try await make("/solutions/categories", ["name": .string("For " + name)])
        return try await make(
            "/solutions/categories/\(category)/folders", ["name": .string(name), "visibility": 1])
    }

    @discardableResult
    fileprivate func article(in folder: Int64, _ more: [String: JSON] = [:]) async throws -> Int64 {
        var body: [String: JSON] = ["title": "Pair a panel", "description": "<p>Hold the pin.</p>", "status": 2]
        body.merge(more) { $1 }
        return try await make("/solutions/folders/\(folder)/articles", .object(body))
    }
}
