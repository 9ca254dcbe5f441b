import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// Full text in memory against the same in SQLite, which nobody here wrote.
@Suite struct TextBlockTests {
    private let words = (1...40).map { "w\($0)" } + ["고객", "객이", "로그", "오류", "max_connections", "5", "ж"]

    private func terms(_ count: Int, _ random: inout SplitMix64) -> [String] {
        (0..<count).map { _ in
            // A few words stand everywhere, most are rare.
            let place = Int.random(in: 0..<words.count, using: &random)
            return words[Bool.random(using: &random) ? place % 4 : place]
        }
    }

    private func point(_ item: Item, generation: Int64, _ world: IndexWorld) -> Point {
        Point(
            item: item, subject: "",
            summary: Summary(problem: "", cause: "", solution: "", result: "", tags: [], language: "en"), text: "",
            metadata: .tagged([], at: world.clock.now), contentHash: .zero, facetsHash: .zero, generation: generation,
            indexedAt: world.clock.now, embedding: Embedding(vector: []))
    }

    private func caches(_ world: IndexWorld) -> TextCache { TextCache(points: world.points, byteLimit: .max) }

    private func expectSame(
        _ cache: TextCache, _ world: IndexWorld, _ random: inout SplitMix64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let texts = try await cache.texts(of: .acme, at: world.stored.sequence(of: .acme))
        #expect(texts.block != nil, sourceLocation: sourceLocation)
        #expect(
            try await texts.frequencies(of: words + ["nowhere"])
                == world.stored.frequencies(of: words + ["nowhere"], in: .acme), sourceLocation: sourceLocation)
        for kinds in [[.ticket], [.article], [.ticket, .article]] as [Set<ItemKind>] {
            for limit in [1, 7, 1000] {
                let asked = Array(Set(terms(Int.random(in: 1...9, using: &random), &random))) + ["nowhere"]
                let held = try await texts.match(asked, kinds: kinds, limit: limit)
                let stored = try await world.stored.match(asked, in: .acme, kinds: kinds, limit: limit)
                #expect(held.map(\.item) == stored.map(\.item), "\(asked)", sourceLocation: sourceLocation)
                #expect(held.map(\.score) == stored.map(\.score), "\(asked)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `memory ranks as SQLite's full text does, to the last bit, whatever comes and goes`(seed: UInt64) async throws
    {
        var random = SplitMix64(seed: seed)
        let world = try await IndexWorld()
        let cache = caches(world)
        var generation: Int64 = 0
        for round in 0..<4 {
            for _ in 0..<25 {
                generation += 1
                let item = world.item(
                    Int64.random(in: 1...30, using: &random),
                    kind: Int.random(in: 0..<4, using: &random) == 0 ? .article : .ticket)
                if Int.random(in: 0..<5, using: &random) == 0 {
                    try await world.stored.remove(item, generation: generation, at: world.clock.now)
                } else {
                    try await world.stored.upsert(
                        point(item, generation: generation, world),
                        terms: FullTextTerms(
                            subject: terms(Int.random(in: 0...6, using: &random), &random),
                            body: terms(Int.random(in: 0...80, using: &random), &random)))
                }
            }
            // In the last round by somebody who has seen none of it.
            try await expectSame(round == 3 ? caches(world) : cache, world, &random)
        }
        try await expectSame(cache, world, &random)
    }

    @Test func `places that changes leave empty are filled again`() async throws {
        var random = SplitMix64(seed: 7)
        let world = try await IndexWorld()
        let cache = caches(world)
        var sizes: [Int] = []
        for generation in 1...12 as ClosedRange<Int64> {
            let batch = (1...150 as ClosedRange<Int64>).map { id in
                (
                    point: point(world.item(id), generation: generation, world),
                    terms: FullTextTerms(subject: terms(3, &random), body: terms(20, &random))
                )
            }
            _ = try await world.stored.upsert(batch)
            let texts = try await cache.texts(of: .acme, at: world.stored.sequence(of: .acme))
            sizes.append(try #require(texts.block).byteCount)
        }
        try await expectSame(cache, world, &random)
        // 1,800 points have come, 150 are there.
        #expect(sizes[11] < sizes.max() ?? 0)
        #expect(sizes[11] < 6 * sizes[0])
    }

    @Test func `until a large company is read the store answers, and then memory the same`() async throws {
        var random = SplitMix64(seed: 9)
        let world = try await IndexWorld()
        _ = try await world.stored.upsert(
            (1...2100 as ClosedRange<Int64>).map { id in
                (point(world.item(id), generation: 1, world), FullTextTerms(subject: ["w1"], body: terms(4, &random)))
            })
        let cache = caches(world)
        let sequence = try await world.stored.sequence(of: .acme)
        var texts = try await cache.texts(of: .acme, at: sequence)
        #expect(texts.block == nil)
        let first = try await texts.match(["w2", "w5"], kinds: [.ticket], limit: 30)
        #expect(world.points.counts.matches == 1)
        while texts.block == nil {
            try await Task.sleep(for: .milliseconds(5))
            texts = try await cache.texts(of: .acme, at: sequence)
        }
        let second = try await texts.match(["w2", "w5"], kinds: [.ticket], limit: 30)
        #expect(world.points.counts.matches == 1 && first.count == 30)
        #expect(first.map(\.item) == second.map(\.item) && first.map(\.score) == second.map(\.score))
        try await expectSame(cache, world, &random)
    }

    @Test func `companies share no texts`() async throws {
        let world = try await IndexWorld()
        try await world.put(1, "Login fails", in: .acme)
        try await world.put(1, "Printer jams", in: .globex)
        let cache = caches(world)
        for (company, words) in [(CompanyID.acme, ["login": 1, "fail": 1]), (.globex, ["printer": 1, "jam": 1])] {
            let texts = try await cache.texts(of: company, at: world.stored.sequence(of: company))
            #expect(try await texts.frequencies(of: ["login", "fail", "printer", "jam"]) == words)
            #expect(
                try await texts.match(["login", "printer"], kinds: [.ticket], limit: 9).map(\.item)
                    == [world.item(1, in: company)])
        }
    }
}

@Suite struct MatchesTests {
    @Test func `a word is said to match where one of its terms was looked for, in every script`() {
        let words = [
            "buying", "eyes", "eyed", "eying", "ties", "ies", "flying", "dying", "connections", "Connected", "was", "x",
            "y", "by", "5", "v2", "Größe", "größer", "고객이", "객", "고", "로그인이", "東京都", "東", "テスト", "жизнь", "café",
        ]
        for looked in words {
            let terms = FullText.terms(of: Tokens(looked)).map(\.text)
            let matches = Matches(of: terms, highlights: false)
            for word in words {
                let own = FullText.terms(of: Tokens(word)).map(\.text)
                let telling = own.count > 1 ? Array(own.dropFirst()) : own
                let hit = Hit(
                    item: Item(company: .acme, platform: .freshdesk, kind: .ticket, originalID: 1), score: 1,
                    subject: word,
                    summary: Summary(problem: "", cause: "", solution: "", result: "", tags: [], language: "en"),
                    metadata: .tagged([], at: .epoch), indexedAt: .epoch)
                #expect(
                    matches.explaining(hit).match.terms.isEmpty == Set(telling).isDisjoint(with: terms),
                    "\(word) for \(looked)")
            }
        }
    }
}
