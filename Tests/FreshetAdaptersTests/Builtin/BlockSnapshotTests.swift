import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

@Suite struct BlockSnapshotTests {
    private func cache(_ world: IndexWorld, rows: Int = 64, embedder: String = "ours") -> BlockCache {
        BlockCache(
            points: world.points, dimensions: 256, byteLimit: .max, snapshots: world.store.snapshots,
            embedder: embedder,
            snapshotRows: rows)
    }

    private func filled(_ count: Int64) async throws -> IndexWorld {
        let world = try await IndexWorld()
        for id in 1...count { try await world.put(id, "Ticket \(id) about panel \(id % 7)", "hub \(id) is off") }
        try await world.put(1, "An article", kind: .article)
        return world
    }

    /// What a search would be told, by item.
    private func contents(_ block: CompanyBlock) async throws -> [CompanyBlock.Key: Float] {
        let query = (0..<256).map { Float($0 % 5) - 2 }
        let nearness = try await Nearness(to: query, in: block, of: .acme)
        return Dictionary(uniqueKeysWithValues: (0..<block.count).map { (block.key(at: $0), nearness[$0]) })
    }

    @Test func `a start reads the snapshot and what has changed since, and nothing else`() async throws {
        let world = try await filled(600)
        let first = cache(world)
        let block = try await first.block(of: .acme)
        try await first.keep(block, of: .acme)
        try await world.put(601, "One more")
        try await world.put(7, "Ticket 7 anew", generation: 2)
        try await world.index.remove(world.item(9), generation: 2)

        world.points.reset()
        let second = cache(world)
        let opened = try await second.block(of: .acme)
        #expect(world.points.counts.changedPoints == 3)
        let whole = try await BlockCache(points: world.points, dimensions: 256, byteLimit: .max).block(of: .acme)
        #expect(opened.count == 601 && opened.statistics == whole.statistics && opened.byteCount == whole.byteCount)
        #expect(try await contents(opened) == contents(whole))
    }

    @Test func `large blocks are kept by themselves, small ones never`() async throws {
        let world = try await filled(100)
        _ = try await cache(world, rows: 200).block(of: .acme)
        #expect(try await world.store.snapshots.latest(of: .acme) == nil)
        _ = try await cache(world, rows: 64).block(of: .acme)
        while try await world.store.snapshots.latest(of: .acme) == nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await world.store.snapshots.latest(of: .acme)?.sequence == world.store.points.sequence(of: .acme))
        #expect(try await world.store.snapshots.latest(of: .globex) == nil)
    }

    @Test func `another embedder's snapshot is left alone`() async throws {
        let world = try await filled(100)
        let ours = cache(world)
        try await ours.keep(ours.block(of: .acme), of: .acme)
        world.points.reset()
        let theirs = try await cache(world, embedder: "theirs").block(of: .acme)
        #expect(world.points.counts.changedPoints == 101 && theirs.count == 101)
    }

    @Test func `a snapshot of what was purged brings nothing back`() async throws {
        let world = try await filled(100)
        let first = cache(world)
        let block = try await first.block(of: .acme)
        try await first.keep(block, of: .acme)
        _ = try await world.index.purge(.acme)
        #expect(try await world.store.snapshots.latest(of: .acme) == nil)
        // Another process was writing it while that one purged.
        try await first.keep(block, of: .acme)
        try await world.put(5, "The only one")
        #expect(try await cache(world).block(of: .acme).count == 1)
    }

    @Test func `bytes that are cut off, changed or of something else are read as none`() async throws {
        let world = try await filled(300)
        let block = try await cache(world).block(of: .acme)
        let (head, part) = (block.head, block.part(0))
        func read(_ head: [UInt8], _ part: [UInt8]?) async throws -> CompanyBlock? {
            try await CompanyBlock(dimensions: 256, sequence: 9, head: head, parts: 1) { _ in part }
        }
        let same = try #require(try await read(head, part))
        #expect(try await contents(same) == contents(block))
        #expect(same.sequence == 9)
        for length in [0, 1, 4, 7, 100, part.count / 2, part.count - 1] {
            #expect(try await read(head, Array(part.prefix(length))) == nil, "\(length) bytes")
        }
        #expect(try await read(head, part + [0]) == nil)
        #expect(try await read(head, nil) == nil)
        #expect(try await read(Array(head.dropLast()), part) == nil)
        #expect(try await read(part, head) == nil)
        var other = head
        other[0] ^= 1
        #expect(try await read(other, part) == nil, "another number of rows")
        let wide = try await CompanyBlock(dimensions: 128, sequence: 9, head: head, parts: 1) { _ in part }
        #expect(wide == nil, "other dimensions")
    }
}
