import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

@Suite struct BuiltinIndexTests {
    @Test func `words, other forms of them and names inside compounds are found, best first`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Cannot export invoices", "The export of invoices stops with IllegalStateException.")
        try await world.put(2, "Login fails", "After the update nobody can log in. AuthTokenExpired is shown.")
        try await world.put(3, "로그인이 되지 않습니다", "비밀번호를 바꾼 뒤 로그인할 수 없습니다.")
        try await world.put(4, "Printer is out of paper", "The tray is empty.")
        #expect(try await world.found("exporting an invoice").first == 1)
        #expect(try await world.found("illegal state exception").first == 1)
        #expect(try await world.found("auth token").first == 2)
        #expect(try await world.found("로그인").first == 3)
        #expect(try await world.found("비밀번호 변경 후 로그인 불가").first == 3)
        let hits = try await world.index.search(SearchQuery(text: "login after update"), in: .acme)
        #expect(hits.first?.subject == "Login fails")
        #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
        #expect(hits.allSatisfy { $0.score > 0 && $0.score < 1 })
    }

    @Test func `a whole ticket finds its like and leaves itself out`() async throws {
        let world = try await IndexWorld()
        let text =
            "Since yesterday the nightly backup job stops.\njava.io.IOException: No space left on device\n    at a.b.C.d(C.java:1)"
        try await world.put(1, "Backup stops", text)
        try await world.put(2, "Nightly backup job broken", "It ends with IOException: No space left on device.")
        for id in 3..<30 {
            try await world.put(Int64(id), "Question \(id) about billing", "How is the fee of month \(id) computed?")
        }
        let found = try await world.found("Backup stops\n" + text) { $0.excluding = world.item(1) }
        #expect(found.first == 2)
        #expect(!found.contains(1))
        // Another company's item of the same number is no reason to leave anything out.
        #expect(try await world.found("Backup stops\n" + text) { $0.excluding = world.item(1, in: .globex) }.first == 1)
    }

    @Test func `a few rare words deep in one ticket bring that ticket first`() async throws {
        let world = try await IndexWorld()
        let thread = (1...40).map { "Step \($0): the calendar shows the room twice, as it did in week \($0)." }
        try await world.put(
            1, "Rooms get booked twice", (thread + ["Please unplug the turquoise sync dongle."]).joined(separator: "\n")
        )
        for id in 2..<60 {
            try await world.put(
                Int64(id), "Pairing question \(id)", "The panel asks for pairing dongles, torque \(id).")
        }
        #expect(try await world.found("turquoise dongle pairing").first == 1)
    }

    @Test(arguments: ["", " \n\t ", "?!… ---", "👍🏽👍🏽", "\u{202E}\u{200B}", "NEAR(* OR \") AND"])
    func `a question without words finds nothing and breaks nothing`(text: String) async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login fails")
        let found = try await world.found(text)
        if text.contains("NEAR") { #expect(found.count <= 1) } else { #expect(found.isEmpty) }
    }

    @Test func `an unknown company finds nothing`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login fails")
        #expect(try await world.found("login", in: .named("nobody")).isEmpty)
        #expect(try await world.index.count(of: .named("nobody")) == 0)
        #expect(try await world.index.purge(.named("nobody")) == 0)
    }

    @Test func `companies with the same ids and texts never see each other, not even in the statistics`() async throws {
        let alone = try await IndexWorld()
        let shared = try await IndexWorld()
        for world in [alone, shared] {
            for id in 1...30 {
                try await world.put(Int64(id), "Ticket \(id) about the portal", "kerberos \(id % 3) login portal")
            }
        }
        for id in 1...60 { try await shared.put(Int64(id), "kerberos kerberos \(id)", "kerberos only", in: .globex) }
        let query = SearchQuery(text: "kerberos portal 2", limit: 30)
        let without = try await alone.index.search(query, in: .acme)
        let with = try await shared.index.search(query, in: .acme)
        #expect(with.allSatisfy { $0.item.company == .acme })
        #expect(with.map(\.item) == without.map(\.item))
        #expect(with.map(\.score) == without.map(\.score))
    }

    @Test func `what was removed is gone from results and counts, and so is its weight`() async throws {
        let touched = try await IndexWorld()
        let untouched = try await IndexWorld()
        for world in [touched, untouched] {
            for id in 1...10 { try await world.put(Int64(id), "Portal ticket \(id)", "login \(id)") }
        }
        for id in 11...120 { try await touched.put(Int64(id), "kerberos noise \(id)", "kerberos") }
        _ = try await touched.found("kerberos")
        try await touched.put(5, "Portal ticket 5, edited", "about something else", generation: 2)
        _ = try await touched.found("kerberos")
        try await touched.put(5, "Portal ticket 5", "login 5", generation: 3)
        for id in 11...120 { try await touched.index.remove(touched.item(Int64(id)), generation: 2) }
        #expect(try await touched.index.count(of: .acme) == 10)
        let query = SearchQuery(text: "kerberos login portal 3", limit: 50)
        let after = try await touched.index.search(query, in: .acme)
        let never = try await untouched.index.search(query, in: .acme)
        #expect(after.map(\.item) == never.map(\.item))
        #expect(after.map(\.score) == never.map(\.score))
    }

    @Test func `the order in which points arrive changes no result`() async throws {
        let there = try await IndexWorld()
        let back = try await IndexWorld()
        let ids = (1...40).map(Int64.init)
        for id in ids { try await there.put(id, "Ticket \(id % 7)", "portal \(id % 5) login") }
        for id in ids.reversed() { try await back.put(id, "Ticket \(id % 7)", "portal \(id % 5) login") }
        for query in ["portal 3", "ticket login", "portal"] {
            let a = try await there.index.search(SearchQuery(text: query, limit: 40), in: .acme)
            let b = try await back.index.search(SearchQuery(text: query, limit: 40), in: .acme)
            #expect(a.map(\.item) == b.map(\.item))
        }
    }

    @Test func `writes are fenced, and a stale upsert does not undo a removal`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login fails", generation: 5)
        await #expect(throws: UpstreamError.superseded) { try await world.put(1, "Old words", generation: 4) }
        try await world.index.remove(world.item(1), generation: 6)
        await #expect(throws: UpstreamError.superseded) { try await world.put(1, "Login fails", generation: 5) }
        #expect(try await world.found("login").isEmpty)
        await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
            try await world.index.relabel(
                world.item(2), metadata: .tagged([], at: world.clock.now), facetsHash: .zero, generation: 1,
                at: world.clock.now)
        }
    }

    @Test func `what the store cannot do is said in the port's words`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login fails")
        world.points.breakDown()
        await #expect(throws: UpstreamError.unreachable(detail: "the store cannot write now: disk gone")) {
            try await world.found("login")
        }
        await #expect(throws: UpstreamError.self) { try await world.put(1, "Login", in: .named("nobody")) }
    }

    // MARK: - Catching up

    @Test func `another process's writes are seen by the next search`() async throws {
        let world = try await IndexWorld()
        let other = try world.elsewhere()
        try await world.put(1, "Login fails")
        #expect(try await world.found("login printer") == [1])
        try await world.put(2, "Printer jams", through: other)
        #expect(Set(try await world.found("login printer")) == [1, 2])
        try await other.remove(world.item(1), generation: 2)
        #expect(try await world.found("login printer") == [2])
        // A purge and a new life under the same name, both behind our back.
        let cache = BlockCache(points: world.points, dimensions: 256, byteLimit: .max)
        #expect(try await cache.block(of: .acme).count == 1)
        _ = try await other.purge(.acme)
        for id in 3...12 { try await world.put(Int64(id), "Scanner \(id)", through: other) }
        #expect(Set(try await world.found("scanner printer login") { $0.limit = 50 }) == Set(3...12))
        #expect(try await cache.block(of: .acme).statistics.points == 10)
    }

    @Test func `a search reads only what changed since the last one`() async throws {
        let world = try await IndexWorld()
        for id in 1...600 { try await world.put(Int64(id), "Ticket \(id)", "portal") }
        _ = try await world.found("portal")
        #expect(world.points.counts.changedPoints == 600)
        world.points.reset()
        _ = try await world.found("portal")
        #expect(world.points.counts.changes == 0)
        try await world.put(7, "Ticket 7 again", generation: 2)
        _ = try await world.found("portal")
        #expect(world.points.counts.changedPoints == 1)
    }

    @Test func `searches that come at once load a company once`() async throws {
        let world = try await IndexWorld()
        for id in 1...300 { try await world.put(Int64(id), "Ticket \(id)", "portal") }
        let answers = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<16 { group.addTask { try await world.found("ticket 77") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers).count == 1 && answers[0].first == 77)
        #expect(world.points.counts.changedPoints == 300)
    }

    @Test func `searches beside writes always see what was written before them`() async throws {
        let world = try await IndexWorld()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    for step in 0..<15 {
                        let id = Int64(lane * 1000 + step)
                        try await world.put(id, "lane\(lane)step\(step)word", "unique")
                        #expect(try await world.found("lane\(lane)step\(step)word").first == id)
                        if step.isMultiple(of: 3) {
                            try await world.index.remove(world.item(id), generation: 2)
                            #expect(try await !world.found("lane\(lane)step\(step)word").contains(id))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await world.index.count(of: .acme) == 40)
    }

    @Test func `the least recently used company leaves memory, and comes back when asked`() async throws {
        let world = try await IndexWorld()
        let third = CompanyID.named("initech")
        try await world.add(third)
        for company in [CompanyID.acme, .globex, third] {
            for id in 1...20 { try await world.put(Int64(id), "Ticket \(id) of \(company)", in: company) }
        }
        // Two fit, three do not.
        let unbounded = BlockCache(points: world.points, dimensions: 256, byteLimit: .max)
        let bytes = try await unbounded.block(of: .acme).byteCount
        let cache = BlockCache(points: world.points, dimensions: 256, byteLimit: bytes * 5 / 2)
        for company in [CompanyID.acme, .globex] { _ = try await cache.block(of: company) }
        #expect(cache.companies == [.acme, .globex])
        _ = try await cache.block(of: .acme)
        _ = try await cache.block(of: third)
        #expect(cache.companies == [.acme, third])
        #expect(try await cache.block(of: .globex).count == 20)
        // A bound that nobody fits in still lets the one in use stay.
        let tight = BlockCache(points: world.points, dimensions: 256, byteLimit: 1)
        _ = try await tight.block(of: .acme)
        #expect(try await tight.block(of: .globex).count == 20)
        #expect(tight.companies == [.globex])
    }

    // MARK: - Filters

    @Test func `a rare label is found however deep its tickets lie`() async throws {
        let world = try await IndexWorld()
        for id in 1...600 {
            try await world.put(
                Int64(id), "Portal login ticket \(id)", "login portal", tags: id % 200 == 0 ? ["rare"] : ["common"])
        }
        let rare = try await world.found("portal login ticket 3") {
            $0.filters.tags = ["RARE"]
            $0.limit = 5
        }
        #expect(Set(rare) == [200, 400, 600])
        world.points.reset()
        let common = try await world.found("portal login ticket 3") {
            $0.filters.tags = ["common"]
            $0.limit = 5
        }
        #expect(common.count == 5)
        #expect(world.points.counts.payloads <= 20)
        #expect(try await world.found("portal login") { $0.filters.tags = ["none"] }.isEmpty)
    }

    @Test func `only the kinds asked for are found`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login guide", kind: .article)
        try await world.put(1, "Login fails")
        let both = try await world.index.search(SearchQuery(text: "login", kinds: [.ticket, .article]), in: .acme)
        #expect(Set(both.map(\.item.kind)) == [.ticket, .article])
        let articles = try await world.index.search(SearchQuery(text: "login", kinds: [.article]), in: .acme)
        #expect(articles.map(\.item.kind) == [.article])
        #expect(try await world.found("login") { $0.kinds = [] }.isEmpty)
    }

    @Test(arguments: [1, 7, 100])
    func `no more than the limit`(limit: Int) async throws {
        let world = try await IndexWorld()
        for id in 1...150 { try await world.put(Int64(id), "Login \(id)") }
        #expect(try await world.found("login") { $0.limit = limit }.count == limit)
    }

    // MARK: - Parts

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `packed features come back as they were`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let features = Set(
            (0..<Int.random(in: 0...3000, using: &random)).map { _ in UInt16.random(in: 0..<16_384, using: &random) }
        )
        .sorted()
        let packed = PackedFeatures(features)
        #expect(Array(packed) == features, "seed \(seed)")
        #expect(packed.byteCount <= features.count * 2, "seed \(seed)")
        let wild: [UInt16] = [.max, 0, 5, 5, 3]
        #expect(Array(PackedFeatures(wild)) == wild)
    }

    /// A block after any mixture of changes equals one that was made of what is left.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a block holds exactly what its changes left`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let item = { (id: Int64) in Item(company: .acme, platform: .freshdesk, kind: .ticket, originalID: id) }
        var block = CompanyBlock(dimensions: 8)
        var truth: [Int64: Embedding] = [:]
        var log: [PointChange] = []
        for sequence in 1...1500 {
            let id = Int64.random(in: 1...600, using: &random)
            let embedding: Embedding? =
                Int.random(in: 0..<3, using: &random) == 0
                ? nil
                : Embedding(
                    vector: (0..<8).map { _ in Float.random(in: -1...1, using: &random) },
                    features: Set((0..<5).map { _ in UInt16.random(in: 0..<50, using: &random) }).sorted())
            truth[id] = embedding
            log.append(PointChange(sequence: Int64(sequence), item: item(id), embedding: embedding))
        }
        for start in stride(from: 0, to: log.count, by: 100) {
            block.apply(Array(log[start..<min(start + 130, log.count)]))
        }
        #expect(block.count == truth.count, "seed \(seed)")
        #expect(block.statistics.points == truth.count, "seed \(seed)")
        var counts = [UInt32](repeating: 0, count: BuiltinEmbedder.buckets)
        for embedding in truth.values { for feature in embedding.features { counts[Int(feature)] += 1 } }
        #expect(block.statistics.counts == counts, "seed \(seed)")
        let query: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
        var scores = [Float](repeating: .nan, count: block.count)
        for chunk in 0..<block.chunkCount { block.scan(chunk: chunk, CodedQuery(query), into: &scores) }
        for row in 0..<block.count {
            let expected = zip(query, truth[block.key(at: row).originalID]?.vector ?? []).reduce(Float(0)) {
                $0 + $1.0 * $1.1
            }
            // Each number is off by half of 1/127 at most, and the query's magnitudes add up to 36.
            #expect(abs(scores[row] - expected) < 36 / 254 + 1e-3, "seed \(seed)")
            #expect(block.row(of: block.key(at: row)) == row, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the top rows are those that sorting would give`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = Int.random(in: 1...40, using: &random)
        let rows = (0..<Int.random(in: 0...300, using: &random)).map { number in
            (number, Float(Int.random(in: 0...20, using: &random)), Int64.random(in: 1...1_000_000, using: &random))
        }
        let key = { (id: Int64) in
            CompanyBlock.Key(Item(company: .acme, platform: .freshdesk, kind: .ticket, originalID: id))
        }
        var top = TopRows<Float, CompanyBlock.Key>(limit: limit)
        for row in rows where row.1 >= top.bar { top.offer(row.0, row.1, key(row.2)) }
        // Without any similarity nothing is near.
        let sorted = rows.filter { $0.1 > 0 }.sorted { ($1.1, $0.2) < ($0.1, $1.2) }.prefix(limit)
        #expect(top.sorted() == sorted.map(\.0), "seed \(seed)")
    }

    @Test func `a vector of another embedder hides nothing from full text`() async throws {
        let world = try await IndexWorld()
        let small = BuiltinIndex(points: world.stored, embedder: BuiltinEmbedder(dimensions: 64), clock: world.clock)
        try await world.put(1, "Login fails")
        #expect(try await small.search(SearchQuery(text: "login"), in: .acme).map(\.item.originalID) == [1])
    }

    @Test func `a query looks for its best terms, the rarest first, and for few of those that only one point holds`() {
        let terms = FullText.weighable(
            FullText.terms(of: Tokens("Kerberos login\nlogin login portal the the alpha beta")))
        #expect(terms.map(\.text) == ["kerbero", "login", "portal", "alpha", "beta"])
        let best = FullText.best(
            of: terms, frequencies: ["kerbero": 2, "login": 900, "portal": 900, "alpha": 1], points: 1000)
        #expect(best == ["kerbero", "login", "portal", "alpha"])
        let many = (0..<500).map { FullText.QueryTerm(text: "w\($0)", count: 1, isInFirstLine: false) }
        let frequencies = Dictionary(uniqueKeysWithValues: many.map { ($0.text, $0.text.hasSuffix("0") ? 1 : 2) })
        #expect(
            FullText.best(of: many, frequencies: frequencies, points: 10).count == FullText.queryTerms
                + FullText.singularTerms)
    }
}
