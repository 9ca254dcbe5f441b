import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `The store's file` {
    @Test func `syncs every commit, keeps a write-ahead log and overwrites what is deleted`() async throws {
        let fixture = try await Fixture()
        let condition = try await fixture.store.condition()
        #expect(condition.journalMode == "wal")
        #expect(condition.syncsEveryCommit)
        #expect(condition.overwritesDeleted)
        #expect(condition.schemaVersion >= 2)
    }

    @Test func `is readable by its owner alone`() async throws {
        let fixture = try await Fixture()
        for suffix in ["", "-wal"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
    }

    @Test func `keeps what it holds when it is opened again`() async throws {
        let fixture = try await Fixture()
        try await fixture.mark(.ticket(1))
        try fixture.store.close()
        let again = try fixture.another()
        #expect(try await again.ledger.entry(.ticket(1))?.wanted == 1)
    }

    @Test func `keeps everything that was answered before the process was killed`() async throws {
        let fixture = try await Fixture()
        for number in 1...20 {
            let answer = try await fixture.store.ledger.accept(
                [.sample(.ticket(Int64(number)), id: "d\(number)", at: fixture.now)], policy: MarkPolicy(),
                now: fixture.now)
            #expect(answer == [.new])
        }
        let found = try fixture.afterKill()
        for number in 1...20 {
            #expect(try await found.ledger.entry(.ticket(Int64(number)))?.wanted == 1)
        }
        let answer = try await found.ledger.accept(
            [.sample(.ticket(7), id: "d7", at: fixture.now)], policy: MarkPolicy(), now: fixture.now)
        #expect(answer == [.repeated])
    }

    @Test func `that is no database is refused and not touched`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("freshet.db")
        let text = Data(String(repeating: "Dear diary, ", count: 500).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreError.unusable(detail: "the file is not a database")) {
            try SQLiteStore(path: path, masterKey: nil)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["freshet.db"])
    }

    @Test func `of a newer version is refused and not touched`() async throws {
        let fixture = try await Fixture()
        try fixture.store.close()
        try Raw(fixture.path).execute("PRAGMA user_version = 99")
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let error = #expect(throws: StoreError.self) { try fixture.another() }
        #expect(error?.description.contains("newer version (schema 99, this program knows ") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.path)) == before)
    }

    @Test func `of another program is refused and not touched`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("freshet.db")
        try Raw(path).execute("CREATE TABLE recipes (name TEXT)")
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path, masterKey: nil) }
        #expect(error?.description.contains("another program's") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func `in a folder that cannot be written is unavailable`() throws {
        #expect(throws: StoreError.self) { try SQLiteStore(path: "/proc/none/freshet.db", masterKey: nil) }
    }

    @Test func `may be opened by many at the first start`() async throws {
        let directory = try TemporaryDirectory()
        let key = MasterKey.generate()
        try await withThrowingTaskGroup { group in
            for number in 0..<6 {
                group.addTask {
                    let store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: key)
                    try await store.companies.add(
                        .sample("company-\(number)", at: .epoch), apiKey: Secret("k"), webhookSecret: Secret("w"))
                }
            }
            try await group.waitForAll()
        }
        let store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: key)
        #expect(try await store.companies.all().count == 6)
    }

    @Test func `that is locked by others for too long is unavailable and takes nothing in`() async throws {
        let fixture = try await Fixture()
        let hasty = try SQLiteStore(
            path: fixture.path, masterKey: fixture.key, clock: fixture.clock,
            limits: StoreLimits(lockPatience: .milliseconds(20)))
        let raw = try Raw(fixture.path)
        try raw.execute("BEGIN IMMEDIATE")
        await #expect(throws: StoreError.unavailable(detail: "another process holds the file for too long")) {
            try await hasty.ledger.mark(
                [Mark(.ticket(1), cause: .webhook, urgency: .urgent)], policy: MarkPolicy(), now: fixture.now)
        }
        try raw.execute("ROLLBACK")
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
        try await fixture.mark(.ticket(1))
    }

    @Test func `that cannot grow is unavailable, takes nothing in and recovers`() async throws {
        let fixture = try await Fixture()
        let many = (1...2000).map {
            Delivery.sample(.ticket(Int64($0)), id: "delivery-\($0)", at: fixture.now)
        }
        // A limit on pages makes the very error that a full disk makes. It is the connection's own: the other store has none.
        let limited = try fixture.another(
            statements: SQLText { $0.replacing("cache_size = -16000", with: "max_page_count = 60") })
        await #expect(throws: StoreError.unavailable(detail: "the disk is full")) {
            try await limited.ledger.accept(many, policy: MarkPolicy(), now: fixture.now)
        }
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
        let answers = try await fixture.store.ledger.accept(many, policy: MarkPolicy(), now: fixture.now)
        #expect(answers.allSatisfy { $0 == .new })
    }
}
