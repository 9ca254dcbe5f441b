import FreshetCore
import FreshetTestKit
import Testing

/// What every index owes, held against each that there is.
@Suite(.serialized) struct `Every index` {
    @Test(.enabled(if: QdrantPeer.url != nil, Comment(rawValue: QdrantPeer.absence)))
    func `that lies in Qdrant takes part in this suite`() {
        #expect(IndexKind.available == IndexKind.allCases)
    }

    // MARK: - Fences

    @Test(arguments: IndexKind.available)
    func `lets no older write replace a newer one, and the same one repeat`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await world.put(1, "Login fails", generation: 5, hash: "5")
            try await world.put(1, "Login fails", generation: 5, hash: "5")
            await #expect(throws: UpstreamError.superseded) {
                try await world.put(1, "Old words", generation: 4, hash: "4")
            }
            await #expect(throws: UpstreamError.superseded) { try await world.relabel(1, ["old"], generation: 4) }
            await #expect(throws: UpstreamError.superseded) {
                try await world.index.remove(world.item(1), generation: 4)
            }
            let label = try #require(try await world.index.labels(of: [world.item(1)])[world.item(1)])
            #expect(label.generation == 5 && label.contentHash == .repeating("5") && label.facetsHash == .zero)
            #expect(try await world.found("login") == [1])
            #expect(try await world.found("old words").isEmpty)
            try await world.put(1, "Printer jams", generation: 6, hash: "6")
            #expect(try await world.found("printer") == [1])
            #expect(try await world.index.count(of: .acme) == 1)
        }
    }

    @Test(arguments: IndexKind.available)
    func `keeps a removal against an older upsert, and gives way to a newer one`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await world.put(1, "Login fails", generation: 5)
            for _ in 0..<2 { try await world.index.remove(world.item(1), generation: 6) }
            // What was never there can be removed, too, and stays so.
            try await world.index.remove(world.item(2), generation: 3)
            await #expect(throws: UpstreamError.superseded) { try await world.put(1, "Login fails", generation: 5) }
            await #expect(throws: UpstreamError.superseded) { try await world.put(2, "Login fails", generation: 2) }
            await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
                try await world.relabel(1, ["back"], generation: 7)
            }
            #expect(try await world.found("login").isEmpty)
            #expect(try await world.index.count(of: .acme) == 0)
            #expect(try await world.index.labels(of: [world.item(1), world.item(2)]).isEmpty)
            #expect(try await world.listed(.acme, limit: 10).isEmpty)
            try await world.put(1, "Login fails again", generation: 8)
            #expect(try await world.found("login") == [1])
        }
    }

    /// Whoever is told that it has written has, and of all who write the newest is what stays.
    @Test(arguments: IndexKind.available, 0..<2 as Range<UInt64>)
    func `lets the newest of many writers at once win`(kind: IndexKind, seed: UInt64) async throws {
        try await IndexContractWorld.with(kind) { world in
            var random = SplitMix64(seed: seed)
            let writes = (1...24).map { Int64($0) }.shuffled(using: &random)
            await withTaskGroup(of: Void.self) { group in
                for generation in writes {
                    group.addTask {
                        do {
                            if generation.isMultiple(of: 5) {
                                try await world.index.remove(world.item(1), generation: generation)
                            } else {
                                try await world.put(1, "Ticket of \(generation)", generation: generation)
                            }
                        } catch UpstreamError.superseded {
                        } catch {
                            Issue.record("seed \(seed): \(error)")
                        }
                    }
                }
            }
            let labels = try await world.index.labels(of: [world.item(1)])
            #expect(labels[world.item(1)]?.generation == 24, "seed \(seed)")
            #expect(try await world.found("ticket of 24") == [1], "seed \(seed)")
        }
    }

    // MARK: - Companies

    @Test(arguments: IndexKind.available)
    func `keeps companies with the same numbers apart in every call`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            for id in 1...6 {
                try await world.put(Int64(id), "Login fails", "acme words \(id)", in: .acme, generation: 9)
                try await world.put(Int64(id), "Login fails", "globex words \(id)", in: .globex, generation: 2)
            }
            let before = try await world.index.search(SearchQuery(text: "login fails globex words"), in: .globex)
            #expect(before.count == 6 && before.allSatisfy { $0.item.company == .globex })
            for id in 1...2 { try await world.index.remove(world.item(Int64(id)), generation: 10) }
            try await world.relabel(3, ["vip"], generation: 10)
            try await world.put(4, "Another subject", generation: 10, hash: "4")
            #expect(try await world.index.search(SearchQuery(text: "login fails globex words"), in: .globex) == before)
            #expect(try await world.found("login", in: .globex) { $0.filters.tags = ["vip"] }.isEmpty)
            #expect(try await world.index.count(of: .acme) == 4)
            #expect(try await world.index.count(of: .globex) == 6)
            let listed = try await world.listed(.globex, limit: 4)
            #expect(listed.count == 6 && listed.allSatisfy { $0.item.company == .globex && $0.generation == 2 })
            let labels = try await world.index.labels(of: [world.item(1), world.item(1, in: .globex)])
            #expect(labels.keys.map(\.company) == [.globex])
            #expect(try await world.index.purge(.acme) == 4)
            #expect(try await world.index.count(of: .acme) == 0)
            #expect(try await world.found("login").isEmpty)
            #expect(try await world.index.search(SearchQuery(text: "login fails globex words"), in: .globex) == before)
        }
    }

    @Test(arguments: IndexKind.available)
    func `ranks a company's items as if it were alone`(kind: IndexKind) async throws {
        func ask(_ company: CompanyID, others: Int) async throws -> [Hit] {
            var hits: [Hit] = []
            try await IndexContractWorld.with(kind) { world in
                for id in 1...8 { try await world.put(Int64(id), "Portal ticket \(id)", "kerberos login \(id)") }
                for id in 0..<others {
                    try await world.put(Int64(id), "Kerberos kerberos", "kerberos portal \(id)", in: .globex)
                }
                hits = try await world.index.search(SearchQuery(text: "kerberos portal ticket 3"), in: company)
            }
            return hits
        }
        let alone = try await ask(.acme, others: 0)
        let among = try await ask(.acme, others: 30)
        #expect(alone.count == 8)
        #expect(alone.map(\.item) == among.map(\.item))
        #expect(zip(alone, among).allSatisfy { abs($0.score - $1.score) < 1e-6 })
    }

    @Test(arguments: IndexKind.available)
    func `writes nothing for a company that is not there, and finds nothing`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { (world) async throws in
            let nobody = CompanyID.named("nobody")
            await #expect(throws: UpstreamError.self) { try await world.put(1, "Login", in: nobody) }
            await #expect(throws: UpstreamError.self) {
                try await world.index.remove(world.item(1, in: nobody), generation: 1)
            }
            #expect(try await world.index.count(of: nobody) == 0)
            #expect(try await world.found("login", in: nobody).isEmpty)
            #expect(try await world.listed(nobody, limit: 5).isEmpty)
            #expect(try await world.index.purge(nobody) == 0)
        }
    }

    @Test(arguments: IndexKind.available)
    func `forgets everything at a purge, fences too`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            for id in 1...5 { try await world.put(Int64(id), "Login \(id)", generation: 7) }
            try await world.index.remove(world.item(5), generation: 8)
            #expect(try await world.index.purge(.acme) == 4)
            #expect(try await world.index.purge(.acme) == 0)
            #expect(try await world.found("login").isEmpty)
            for id in 4...5 { try await world.put(Int64(id), "Login \(id)", generation: 1) }
            #expect(Set(try await world.found("login")) == [4, 5])
        }
    }

    // MARK: - Labels and listings

    @Test(arguments: IndexKind.available)
    func `relabels a point and leaves its vector and text as they are`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await world.put(1, "Login fails", "The gadget blinks.", generation: 2, hash: "c")
            try await world.put(2, "Login fails", "The gizmo blinks.", generation: 2)
            let before = try await world.index.search(SearchQuery(text: "login gadget"), in: .acme)
            world.clock.advance(by: .seconds(60))
            try await world.relabel(1, ["VIP"], generation: 3, hash: "f")
            try await world.relabel(1, ["VIP"], generation: 3, hash: "f")
            let after = try await world.index.search(SearchQuery(text: "login gadget"), in: .acme)
            #expect(after.map(\.item) == before.map(\.item) && after.map(\.score) == before.map(\.score))
            #expect(after.first?.metadata.tags == ["VIP"] && after.first?.indexedAt == world.clock.now)
            #expect(after.first?.summary == before.first?.summary)
            #expect(try await world.found("login") { $0.filters.tags = ["vip"] } == [1])
            let label = try #require(try await world.index.labels(of: [world.item(1)])[world.item(1)])
            #expect(
                label
                    == PointLabel(
                        item: world.item(1), generation: 3, contentHash: .repeating("c"), facetsHash: .repeating("f")))
            await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
                try await world.relabel(3, ["VIP"], generation: 1)
            }
            #expect(try await world.index.count(of: .acme) == 2)
        }
    }

    @Test(arguments: IndexKind.available)
    func `lists every point once, page by page`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            for id in 1...23 { try await world.put(Int64(id), "Login \(id)", generation: Int64(id)) }
            try await world.put(4, "Login guide", kind: .article)
            try await world.index.remove(world.item(9), generation: 99)
            for limit in [5, 23, 100] {
                let labels = try await world.listed(.acme, limit: limit)
                #expect(labels.count == 23 && Set(labels.map(\.item)).count == 23)
                #expect(labels.allSatisfy { !$0.isMisplaced })
                #expect(labels.filter { $0.item.kind == .ticket }.allSatisfy { $0.generation == $0.item.originalID })
            }
            #expect(try await world.index.labels(of: []).isEmpty)
            #expect(try await world.index.labels(of: (1...30).map { world.item($0) }).count == 22)
            await #expect(throws: UpstreamError.malformed(path: "position")) {
                _ = try await world.index.points(of: .acme, at: ListingPosition(text: "nowhere"), limit: 5)
            }
        }
    }

    // MARK: - Searching

    @Test(arguments: IndexKind.available)
    func `finds by words, by likeness and in Korean, best first`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await world.put(1, "Cannot export invoices", "It stops with IllegalStateException.")
            try await world.put(2, "Login fails", "After the update nobody can log in. AuthTokenExpired is shown.")
            try await world.put(3, "로그인이 되지 않습니다", "비밀번호를 바꾼 뒤 로그인할 수 없습니다.")
            #expect(try await world.found("exporting an invoice").first == 1)
            #expect(try await world.found("illegal state exception").first == 1)
            #expect(try await world.found("비밀번호 변경 후 로그인 불가").first == 3)
            let hits = try await world.index.search(SearchQuery(text: "login after update"), in: .acme)
            #expect(hits.first?.subject == "Login fails")
            #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
            #expect(hits.allSatisfy { $0.score > 0 && $0.score < 1 })
            for text in ["", " \n\t ", "?!… ---", "👍🏽", "NEAR(* OR \") AND", "{\"must\":[]}"] {
                _ = try await world.index.search(SearchQuery(text: text), in: .acme)
            }
            #expect(try await world.found("?!… ---").isEmpty)
            #expect(try await world.found("login") { $0.kinds = [] }.isEmpty)
            #expect(try await world.found("login") { $0.limit = 1 }.count == 1)
            #expect(try await !world.found("login fails") { $0.excluding = world.item(2) }.contains(2))
            #expect(try await world.found("login fails") { $0.excluding = world.item(2, in: .globex) }.first == 2)
        }
    }

    @Test(arguments: IndexKind.available)
    func `applies every filter, without regard to case`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            let early = world.clock.now
            let late = early + .seconds(86_400)
            func labels(_ id: Int64, _ word: String, _ moment: Timestamp) -> Metadata {
                var metadata = Metadata.tagged([word + " Tag"], at: moment)
                metadata.stage = id == 1 ? .open : .resolved
                metadata.status = Label(id: id + 10, name: word + " Status")
                metadata.priority = Label(id: id + 20, name: word + " Priority")
                metadata.type = word + " Type"
                metadata.group = Label(id: id + 30, name: word + " Group")
                metadata.product = Label(id: id + 40, name: word + " Product")
                metadata.customFields = [
                    "cf_region": .string(id == 1 ? "EMEA" : "Americas"), "cf_seats": id == 2 ? .integer(5) : .null,
                ]
                return metadata
            }
            func article(_ id: Int64, _ word: String, _ visibility: Visibility) -> Metadata {
                var metadata = labels(id, word, early)
                metadata.article = ArticleLabels(
                    place: ArticlePlace(
                        category: Label(id: id + 50, name: word + " Category"),
                        folder: Label(id: id + 60, name: word + " Folder"), visibility: visibility, isDraft: false),
                    language: word.lowercased(), translations: [word.lowercased() + "-x"])
                return metadata
            }
            try await world.put(1, "Login", metadata: labels(1, "Blue", early))
            try await world.put(2, "Login", metadata: labels(2, "Red", late))
            try await world.put(3, "Login", kind: .article, metadata: article(3, "En", .everyone))
            try await world.put(4, "Login", kind: .article, metadata: article(4, "Ko", .agents))
            func expect(_ ids: Set<Int64>, _ filter: (inout SearchFilters) -> Void) async throws {
                let found = try await world.found("login") {
                    $0.kinds = [.ticket, .article]
                    filter(&$0.filters)
                }
                #expect(Set(found) == ids && found.count == ids.count)
            }
            try await expect([1, 2, 3, 4]) { _ in }
            try await expect([1]) { $0.status = ["OPEN"] }
            try await expect([1, 2]) { $0.status = ["blue status", "12"] }
            try await expect([2]) { $0.priority = ["red PRIORITY"] }
            try await expect([1]) { $0.type = ["blue type"] }
            try await expect([2]) { $0.tags = ["red tag", "no tag"] }
            try await expect([1]) { $0.group = ["31"] }
            try await expect([2]) { $0.product = ["Red Product"] }
            try await expect([3]) { $0.category = ["en category"] }
            try await expect([4]) { $0.folder = ["KO FOLDER"] }
            try await expect([4]) { $0.language = ["ko-X"] }
            try await expect([3]) { $0.visibility = [.everyone, .customers] }
            try await expect([1]) { $0.customFields = ["CF_Region": ["emea", "apac"]] }
            try await expect([2]) { $0.customFields = ["cf_seats": ["5"], "cf_region": ["Americas"]] }
            try await expect([]) { $0.customFields = ["cf_seats": ["5"], "cf_region": ["EMEA"]] }
            try await expect([]) { $0.contentType = ["image"] }
            try await expect([2]) { $0.createdAfter = late }
            try await expect([1, 3, 4]) { $0.createdBefore = late }
            try await expect([1, 3, 4]) { ($0.updatedAfter, $0.updatedBefore) = (early, early + .milliseconds(1)) }
            try await expect([]) { ($0.status, $0.tags) = (["open"], ["red tag"]) }
            let articles = try await world.found("login") { $0.kinds = [.article] }
            #expect(Set(articles) == [3, 4])
        }
    }

    @Test(arguments: IndexKind.available)
    func `shows whoever is limited exactly their tickets, however few of many, and all articles`(kind: IndexKind)
        async throws
    {
        try await IndexContractWorld.with(kind) { world in
            for id in 1...40 as ClosedRange<Int64> {
                var metadata = Metadata.tagged(id % 2 == 0 ? ["even"] : [], at: world.clock.now)
                metadata.agent =
                    id == 39 ? Person(id: 7, email: "Mia@acme.example") : Person(id: 8, email: "leo@acme.example")
                metadata.group = id > 36 ? Label(id: 30, name: "Billing") : Label(id: 31, name: "Support")
                if id == 1 { (metadata.agent, metadata.group) = (nil, nil) }
                try await world.put(id, "Portal login ticket \(id)", "login portal", metadata: metadata)
            }
            var guide = Metadata.tagged([], at: world.clock.now)
            guide.article = ArticleLabels(
                place: ArticlePlace(
                    category: Label(id: 1), folder: Label(id: 2), visibility: .agents, isDraft: false), language: "en",
                translations: [])
            try await world.put(50, "Portal login guide", kind: .article, metadata: guide)

            func expect(
                _ ids: Set<Int64>, of scope: AccessScope, limit: Int = 100, tags: [String] = []
            ) async throws {
                let found = try await world.found("portal login") {
                    ($0.kinds, $0.limit, $0.filters.scope) = ([.ticket, .article], limit, scope)
                    $0.filters.tags = tags
                }
                #expect(Set(found) == ids && found.count == ids.count, "\(scope)")
            }
            try await expect(Set(1...40).union([50]), of: .everything)
            try await expect([39, 50], of: .tickets(assignedTo: "MIA@acme.example", groups: []))
            try await expect([39, 50], of: .tickets(assignedTo: "7", groups: []))
            try await expect([37, 38, 39, 40, 50], of: .tickets(assignedTo: nil, groups: ["BILLING"]))
            try await expect([37, 38, 39, 40, 50], of: .tickets(assignedTo: "7", groups: ["30"]))
            try await expect([38, 40], of: .tickets(assignedTo: "7", groups: ["30"]), tags: ["even"])
            try await expect([50], of: .tickets(assignedTo: nil, groups: []))
            try await expect([50], of: .tickets(assignedTo: "nobody@acme.example", groups: ["none", "' OR 1=1"]))
            // As many as asked for, though nearly all that matches is somebody else's.
            let few = try await world.found("portal login") {
                ($0.limit, $0.filters.scope) = (3, .tickets(assignedTo: nil, groups: ["Billing"]))
            }
            #expect(few.count == 3 && Set(few).isSubset(of: [37, 38, 39, 40]))
        }
    }

    @Test(arguments: IndexKind.available)
    func `finds a rare label however deep its items lie`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...260 {
                    group.addTask {
                        try await world.put(
                            Int64(id), "Portal login ticket \(id)", "login portal",
                            metadata: .tagged(id % 100 == 0 ? ["rare"] : ["common"], at: world.clock.now))
                    }
                }
                try await group.waitForAll()
            }
            let rare = try await world.found("portal login ticket 3") {
                $0.filters.tags = ["RARE"]
                $0.limit = 5
            }
            #expect(Set(rare) == [100, 200])
            #expect(try await world.found("portal login") { $0.filters.tags = ["none"] }.isEmpty)
        }
    }

    // MARK: - Why, where, and files

    @Test(arguments: IndexKind.available)
    func `says which words match, in which part, and where they stand`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            try await world.put(1, "Scanner stops", "The 😀 gadget blinks twice. Then <b>gadgets</b> are lost.")
            try await world.put(2, "Login fails", "Nothing to see here.")
            try await world.put(3, "로그인이 되지 않습니다", "비밀번호를 바꾼 뒤 로그인할 수 없습니다.")
            var query = SearchQuery(text: "blinking gadget", highlights: true)
            let first = try #require(try await world.index.search(query, in: .acme).first)
            #expect(first.item.originalID == 1)
            #expect(Set(first.match.terms) == ["gadget", "blinks"] && first.match.field == .problem)
            for highlight in first.highlights {
                let units = Array(first.text(of: highlight.field).utf16)
                for range in highlight.ranges {
                    let word = String(decoding: units[range], as: UTF16.self)
                    #expect(["gadget", "gadgets", "blinks"].contains(word), "\(word)")
                }
            }
            #expect(first.highlights.contains { $0.field == .problem && $0.ranges.count >= 2 })
            query = SearchQuery(text: "로그인")
            let korean = try #require(try await world.index.search(query, in: .acme).first)
            #expect(korean.item.originalID == 3 && korean.highlights.isEmpty)
            #expect(korean.match.terms.first == "로그인이", "\(korean.match)")
        }
    }

    @Test(arguments: IndexKind.available)
    func `finds attachments by name and by type, and no other company's`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            func file(_ id: Int64, _ name: String, _ type: String?) -> FreshetCore.Attachment {
                FreshetCore.Attachment(attachmentID: id, fileName: name, contentType: type, size: 100 * id)
            }
            func put(
                _ id: Int64, _ files: [FreshetCore.Attachment], in company: CompanyID = .acme, tags: [String] = [],
                generation: Int64 = 1
            ) async throws {
                try await world.index.upsert(
                    try await world.point(
                        id, "Ticket \(id)", in: company, attachments: files,
                        metadata: .tagged(tags, at: world.clock.now), generation: generation))
            }
            try await put(1, [file(11, "Invoice_2041.pdf", "application/pdf"), file(12, "panel.png", "image/png")])
            try await put(2, [file(21, "invoice-list.xlsx", nil), file(22, "사진 오류.jpg", "image/jpeg")], tags: ["vip"])
            try await put(1, [file(91, "Invoice_2041.pdf", "application/pdf")], in: .globex)
            func found(_ text: String, _ change: (inout SearchFilters) -> Void = { _ in }) async throws -> [Int64] {
                var query = SearchQuery(text: text, kinds: [], findsAttachments: true)
                change(&query.filters)
                let hits = try await world.index.attachments(query, in: .acme)
                #expect(hits.allSatisfy { $0.item.company == .acme && $0.score > 0 && $0.score <= 1 })
                return hits.compactMap(\.attachment?.attachmentID)
            }
            #expect(try await found("invoice 2041") == [11, 21])
            #expect(try await found("invoices.pdf").first == 11)
            #expect(Set(try await found("image")) == [12, 22])
            #expect(try await found("오류 사진") == [22])
            #expect(try await found("invoice") { $0.tags = ["VIP"] } == [21])
            #expect(Set(try await found("invoice png jpg") { $0.contentType = ["IMAGE"] }) == [12, 22])
            #expect(try await found("nothing like it").isEmpty)
            let hit = try #require(
                try await world.index.attachments(
                    SearchQuery(text: "panel", kinds: [], findsAttachments: true), in: .acme
                ).first)
            #expect(hit.item == world.item(1) && hit.subject == "Ticket 1" && hit.match.field == .fileName)
            try await put(1, [file(12, "panel.png", "image/png")], generation: 2)
            #expect(try await found("invoice 2041") == [21])
            try await world.index.remove(world.item(2), generation: 2)
            #expect(try await found("invoice").isEmpty)
        }
    }
}
