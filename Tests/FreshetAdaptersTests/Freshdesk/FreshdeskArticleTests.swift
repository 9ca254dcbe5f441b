import FreshdeskSimulator
import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// The knowledge base through the connector: against the simulator, and against an account that answers as told.
@Suite(.serialized) struct FreshdeskArticleTests {
    private typealias World = FreshdeskSimulatorTests.World

    private static func item(_ id: Int64) -> Item {
        Item(company: FreshdeskHelpDesk.testCompany, platform: .freshdesk, kind: .article, originalID: id)
    }

    private static func article(
        _ id: Int64, with desk: FreshdeskHelpDesk
    ) async throws -> (article: SourceArticle, place: ArticlePlace, calls: Int) {
        let fetched = try await desk.fetch(item(id), urgency: .urgent)
        guard case .article(let article) = fetched.state, let labels = article.metadata.article else {
            throw UpstreamError.malformed(path: "\(fetched.state)")
        }
        return (article, labels.place, fetched.calls)
    }

    @Test func `an article comes with its place, its language, its author and the languages asked for`() async throws {
        try await World.run {
            $0.contents = [.demo]
        } _: { world in
            let desk = try FreshdeskHelpDesk.testing(world.url, articleLanguages: ["ko", "de"])
            let (article, place, calls) = try await Self.article(502, with: desk)
            #expect(article.title == "Pair a panel with another hub")
            #expect(article.translations.map(\.language) == ["ko"])
            #expect(article.metadata.article?.language == "en")
            #expect(article.metadata.agent?.name == "Theo Brandt")
            #expect(article.metadata.tags == ["panel", "pairing"])
            #expect(place.category.name == "Lumenfold Panel" && place.folder.name == "Pairing")
            #expect(place.visibility == .everyone && !place.isDraft)
            // The article, its folder, the folder around it, one language: `de` is none of the account's.
            #expect(calls == 4)
            #expect(try await Self.article(502, with: desk).article == article, "nobody did anything")

            let plain = try await Self.article(502, with: world.desk).article
            #expect(plain.translations.isEmpty, "one language is the default")
        }
    }

    @Test func `who may read an article follows the strictest of the folders around it`() async throws {
        try await World.run { world in
            let (category, outer) = try await world.folder("Outer", visibility: 1)
            let inner = try await world.folder("Inner", visibility: 2, in: outer, category)
            let innermost = try await world.folder("Innermost", visibility: 1, in: inner, category)
            let article = try await world.article(in: innermost)
            #expect(try await Self.article(article, with: world.desk).place.visibility == .customers)
            for (number, visibility) in [
                (3, .agents), (4, .companies), (5, .bots), (6, .contactSegments), (7, .companySegments),
                (1, .customers),
            ] as [(Int64, Visibility)] {
                try await world.send("PUT", "/api/v2/solutions/folders/\(outer)", ["visibility": .integer(number)])
                #expect(try await Self.article(article, with: world.desk).place.visibility == visibility)
                #expect(try await world.list(.articles).items.map(\.place?.visibility) == [visibility])
            }
        }
    }

    @Test func `an article is gone on the account's own word only`() async throws {
        try await World.run { world in
            let (_, folder) = try await world.folder("Screens", visibility: 1)
            let article = try await world.article(in: folder)
            try await world.send("DELETE", "/api/v2/solutions/articles/\(article)")
            #expect(try await world.desk.fetch(Self.item(article), urgency: .urgent).state == .gone(.purged))
        }
        // 404 for everything, from something that looks like the account.
        for path in ["/api/v2/solutions", "/api/v2"] {
            let account = try FreshdeskScriptedAccount { request in
                request.path.hasPrefix(path) ? .status(404) : .ok("{}")
            }
            let desk = try FreshdeskHelpDesk.testing(account.url)
            await #expect(throws: UpstreamError.self) { try await desk.fetch(Self.item(7), urgency: .urgent) }
        }
    }

    @Test func `a draft says so, and neither its languages nor those of a restricted one are asked for`() async throws {
        try await World.run {
            $0.contents = [.demo]
        } _: { world in
            let desk = try FreshdeskHelpDesk.testing(world.url, articleLanguages: ["ko"])
            let draft = try await Self.article(505, with: desk)
            #expect(draft.place.isDraft && draft.calls == 2)
            let restricted = try await Self.article(507, with: desk)
            #expect(restricted.place.visibility == .companies && restricted.calls == 2)
            #expect(try await Self.article(506, with: desk).place.visibility == .agents)
        }
    }

    @Test func `a translation that is a draft is left out`() async throws {
        try await World.run { world in
            let desk = try FreshdeskHelpDesk.testing(world.url, articleLanguages: ["ko"])
            let (_, folder) = try await world.folder("Screens", visibility: 1)
            let article = try await world.article(in: folder)
            let korean = "/api/v2/solutions/articles/\(article)/ko"
            try await world.post(
                korean, ["title": .string("핀"), "description": .string("<p>핀</p>"), "status": .integer(1)])
            #expect(try await Self.article(article, with: desk).article.translations.isEmpty)
            try await world.send("PUT", korean, ["status": .integer(2)])
            #expect(try await Self.article(article, with: desk).article.translations.map(\.title) == ["핀"])
        }
    }

    @Test func `the listing walks the whole tree and says where each article stands`() async throws {
        try await World.run {
            $0.contents = [.demo]
        } _: { world in
            let (items, calls) = try await world.list(.articles)
            #expect(items.map(\.item.originalID).sorted() == Array(501...507))
            // Categories, their folders, each folder's articles, and one folder's folders.
            #expect(calls == 1 + 4 + 7)
            for listed in items {
                let fetched = try await Self.article(listed.item.originalID, with: world.desk)
                #expect(fetched.place == listed.place)
                #expect(fetched.article.metadata.updatedAt == listed.updatedAt)
            }
        }
    }

    @Test func `articles that vanish while a long folder is listed make it miss none of the others`() async throws {
        try await World.run { world in
            let (_, folder) = try await world.folder("Screens", visibility: 1)
            var ids: [Int64] = []
            for _ in 0..<60 { ids.append(try await world.article(in: folder)) }
            let desk = try FreshdeskHelpDesk.testing(
                world.url, depth: FreshdeskListing.Depth(pages: 300, perPage: 10))
            var seen: Set<Int64> = []
            var removed: Set<Int64> = []
            var position: ListingPosition?
            var steps = 0
            repeat {
                let page = try await desk.page(of: .articles, at: position, urgency: .backfill)
                seen.formUnion(page.items.map(\.item.originalID))
                position = page.next
                steps += 1
                if seen.count >= 20, removed.isEmpty {
                    removed = Set(ids.prefix(3))
                    for id in removed { try await world.send("DELETE", "/api/v2/solutions/articles/\(id)") }
                }
            } while position != nil && steps < 100
            #expect(seen.isSuperset(of: Set(ids).subtracting(removed)))
        }
    }

    @Test(arguments: [403, 404])
    func `a key without the knowledge base lists nothing and leaves a gap`(status: Int) async throws {
        let account = try FreshdeskScriptedAccount { _ in .status(status, #"{"code":"require_feature"}"#) }
        let page = try await FreshdeskHelpDesk.testing(account.url).page(
            of: .articles, at: nil, urgency: .backfill)
        #expect(page.items.isEmpty && page.next == nil)
        #expect(page.gap != nil)
    }

    /// Two folders, the first of which answers `status` when its articles are asked for.
    private static func halfClosed(_ status: Int) throws -> FreshdeskScriptedAccount {
        try FreshdeskScriptedAccount { request in
            switch request.path {
            case "/api/v2/solutions/categories": .ok(#"[{"id":1,"name":"C"}]"#)
            case "/api/v2/solutions/categories/1/folders":
                .ok(
                    #"[{"id":2,"name":"A","visibility":1,"sub_folders_count":0},{"id":3,"name":"B","visibility":1,"sub_folders_count":0}]"#
                )
            case "/api/v2/solutions/folders/2/articles": .status(status, #"{"code":"access_denied"}"#)
            default: .ok(#"[{"id":9,"status":2,"updated_at":"2026-03-03T09:14:22Z"}]"#)
            }
        }
    }

    private static func walk(_ desk: FreshdeskHelpDesk) async throws -> (ids: [Int64], gap: String?) {
        var ids: [Int64] = []
        var page = try await desk.page(of: .articles, at: nil, urgency: .backfill)
        for _ in 0..<100 {
            ids += page.items.map(\.item.originalID)
            guard let next = page.next else { break }
            page = try await desk.page(of: .articles, at: next, urgency: .backfill)
        }
        return (ids, page.gap)
    }

    @Test func `a folder that may not be read is a gap, and one that is gone is none`() async throws {
        for (status, hasGap) in [(403, true), (404, false)] {
            let account = try Self.halfClosed(status)
            let found = try await Self.walk(try FreshdeskHelpDesk.testing(account.url))
            #expect(found.ids == [9])
            #expect((found.gap != nil) == hasGap)
        }
    }

    @Test func `a fault stops the walk`() async throws {
        let account = try Self.halfClosed(500)
        await #expect(throws: UpstreamError.unreachable(detail: "status 500")) {
            _ = try await Self.walk(try FreshdeskHelpDesk.testing(account.url))
        }
    }

    @Test func `a folder whose audience is a number we do not know is for nobody`() async throws {
        let account = try FreshdeskScriptedAccount { request in
            switch request.path {
            case "/api/v2/solutions/articles/7":
                .ok(
                    #"{"id":7,"title":"T","description":"D","status":2,"folder_id":2,"created_at":"2026-03-03T09:14:22Z","updated_at":"2026-03-03T09:14:22Z"}"#
                )
            case "/api/v2/solutions/folders/2": .ok(#"{"id":2,"name":"A","visibility":8,"category_id":1}"#)
            default: .status(403)
            }
        }
        let found = try await Self.article(7, with: try FreshdeskHelpDesk.testing(account.url))
        #expect(found.place.visibility == .unknown && found.place.visibility.isRestricted)
        #expect(found.place.category == Label(id: 1), "a name that cannot be looked up stays away")
        #expect(found.article.metadata.article?.language == nil)
    }
}

extension FreshdeskSimulatorTests.World {
    func folder(_ name: String, visibility: Int64) async throws -> (category: Int64, folder: Int64) {
        let category = try id(of: try await post("/api/v2/solutions/categories", ["name": .string("For " + name)]))
        return (category, try await folder(name, visibility: visibility, in: nil, category))
    }

    func folder(_ name: String, visibility: Int64, in parent: Int64?, _ category: Int64) async throws -> Int64 {
        var body: [String: JSONValue] = ["name": .string(name), "visibility": .integer(visibility)]
        if let parent { body["parent_folder_id"] = .integer(parent) }
        return try id(of: try await post("/api/v2/solutions/categories/\(category)/folders", body))
    }

    func article(in folder: Int64) async throws -> Int64 {
        try id(
            of: try await post(
                "/api/v2/solutions/folders/\(folder)/articles",
                [
                    "title": .string("Pair a panel"), "description": .string("<p>Hold the pin.</p>"),
                    "status": .integer(2),
                ]))
    }

    private func id(of answer: String) throws -> Int64 {
        guard case .object(let object) = FreshdeskSample.value(answer), case .integer(let id)? = object["id"] else {
            throw UpstreamError.malformed(path: "id")
        }
        return id
    }
}
