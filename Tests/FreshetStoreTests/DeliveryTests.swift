import FreshetCore
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

@Suite struct `Deliveries` {
    let policy = MarkPolicy()

    @Test func `a new delivery is a row and a mark`() async throws {
        let fixture = try await Fixture()
        let answers = try await fixture.store.ledger.accept(
            [.sample(.ticket(1), id: "a", at: fixture.now)], policy: policy, now: fixture.now)
        #expect(answers == [.new])
        let entry = try await fixture.entry(.ticket(1))
        #expect(entry.wanted == 1)
        #expect(entry.urgency == .urgent)
        #expect(entry.notBefore == fixture.now + .seconds(2))
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 1)
    }

    @Test func `a repeated id with the same body changes nothing`() async throws {
        let fixture = try await Fixture()
        let delivery = Delivery.sample(.ticket(1), id: "a", at: fixture.now)
        _ = try await fixture.store.ledger.accept([delivery], policy: policy, now: fixture.now)
        let before = try await fixture.entry(.ticket(1))
        fixture.clock.advance(by: .seconds(3600))
        let answers = try await fixture.store.ledger.accept([delivery, delivery], policy: policy, now: fixture.now)
        #expect(answers == [.repeated, .repeated])
        #expect(try await fixture.entry(.ticket(1)) == before)
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 1)
    }

    @Test func `a repeat within one batch is told, too`() async throws {
        let fixture = try await Fixture()
        let delivery = Delivery.sample(.ticket(1), id: "a", at: fixture.now)
        let answers = try await fixture.store.ledger.accept(
            [delivery, delivery, .sample(.ticket(2), id: "b", at: fixture.now)], policy: policy, now: fixture.now)
        #expect(answers == [.new, .repeated, .new])
        #expect(try await fixture.entry(.ticket(1)).wanted == 1)
    }

    @Test func `an id that is known with another body marks again, keeps its row and is counted`() async throws {
        let fixture = try await Fixture()
        for body in [1, 2, 3] {
            let answers = try await fixture.store.ledger.accept(
                [.sample(.ticket(1), id: "a", body: body, at: fixture.now)], policy: policy, now: fixture.now)
            #expect(answers == [body == 1 ? .new : .conflicting])
        }
        #expect(try await fixture.entry(.ticket(1)).wanted == 3)
        let raw = try Raw(fixture.path)
        #expect(try raw.texts("SELECT digest FROM deliveries") == [Fingerprint.sample(1).hex])
        #expect(try raw.number("SELECT conflicts FROM deliveries") == 2)
    }

    @Test func `without an id the same body is one delivery within the window`() async throws {
        let fixture = try await Fixture()
        func deliver(_ body: Int) async throws -> [Acceptance] {
            try await fixture.store.ledger.accept(
                [.sample(.ticket(1), id: nil, body: body, at: fixture.now)], policy: policy, now: fixture.now)
        }
        #expect(try await deliver(1) == [.new])
        #expect(try await deliver(1) == [.repeated])
        fixture.clock.advance(by: .milliseconds(1999))
        #expect(try await deliver(1) == [.repeated])
        #expect(try await deliver(2) == [.new])
        #expect(try await fixture.entry(.ticket(1)).wanted == 2)
        fixture.clock.advance(by: .milliseconds(1))
        #expect(try await deliver(1) == [.new])
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 3)
    }

    @Test func `without an id a repeat whose first mark was taken up marks again, as it may be a second change`()
        async throws
    {
        let fixture = try await Fixture()
        let atOnce = MarkPolicy(quietPeriod: .zero)
        let delivery = Delivery.sample(.ticket(1), id: nil, at: fixture.now)
        _ = try await fixture.store.ledger.accept([delivery], policy: atOnce, now: fixture.now)
        let run = try await fixture.claim()
        for _ in 0..<3 {
            let answer = try await fixture.store.ledger.accept([delivery], policy: atOnce, now: fixture.now)
            #expect(answer == [.repeated])
        }
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 1)
        try await fixture.finish(run)
        let second = try await fixture.claim()
        try await fixture.finish(second)
        #expect(try await fixture.entry(.ticket(1)).wanted == 2)
    }

    @Test func `a clock that was set back does not turn later deliveries into repeats`() async throws {
        let fixture = try await Fixture()
        let start = fixture.now
        let delivery = Delivery.sample(.ticket(1), id: nil, at: start)
        _ = try await fixture.store.ledger.accept([delivery], policy: policy, now: start)
        let answer = try await fixture.store.ledger.accept([delivery], policy: policy, now: start - .seconds(3600))
        #expect(answer == [.new])
    }

    @Test func `many marks of one item in a batch raise it as often in one statement`() async throws {
        let recorder = Recorder()
        let fixture = try await Fixture(
            statements: SQLText { sql in
                recorder.record(sql)
                return sql
            })
        let batch = (1...64).map { Delivery.sample(.ticket(1), id: "d\($0)", at: fixture.now) }
        _ = try await fixture.store.ledger.accept(batch, policy: policy, now: fixture.now)
        #expect(try await fixture.entry(.ticket(1)).wanted == 64)
        #expect(try await fixture.entry(.ticket(1)).notBefore == fixture.now + .seconds(2))
    }

    @Test func `a batch costs the same few statements however much it holds`() async throws {
        let used = Mutex<[String]>([])
        let fixture = try await Fixture(
            statements: SQLText { sql in
                used.withLock { $0.append(sql) }
                return sql
            })
        used.withLock { $0 = [] }
        let batch = (1...64).map { Delivery.sample(.ticket(Int64($0)), id: "d\($0)", at: fixture.now) }
        let answers = try await fixture.store.ledger.accept(batch, policy: policy, now: fixture.now)
        #expect(answers == Array(repeating: .new, count: 64))
        // The company and what waits of it, the deliveries, that they wait.
        #expect(used.withLock { $0.count } == 3)
        #expect(try await fixture.store.ledger.backlog(of: acme)[acme]?.urgent == 64)
    }

    @Test func `repeats, conflicts and new ones of several companies in one batch are told apart`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        func delivery(_ ticket: Int64, of company: CompanyID = acme, id: String?, body: Int = 1) -> Delivery {
            .sample(.ticket(ticket, of: company), id: id, body: body, at: fixture.now)
        }
        _ = try await fixture.store.ledger.accept([delivery(1, id: "a")], policy: policy, now: fixture.now)
        let answers = try await fixture.store.ledger.accept(
            [
                delivery(1, id: "a"), delivery(1, of: globex, id: "a"), delivery(1, id: "a", body: 2),
                delivery(2, of: globex, id: nil), delivery(2, id: "b"), delivery(2, id: "b", body: 2),
                delivery(2, of: globex, id: nil), delivery(2, id: "b"),
            ], policy: policy, now: fixture.now)
        #expect(answers == [.repeated, .new, .conflicting, .new, .new, .conflicting, .repeated, .repeated])
        #expect(try await fixture.entry(.ticket(1)).wanted == 2)
        #expect(try await fixture.entry(.ticket(2)).wanted == 2)
        #expect(try await fixture.entry(.ticket(1, of: globex)).wanted == 1)
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 4)
    }

    @Test func `ids are kept and told apart byte for byte, whatever they hold`() async throws {
        let fixture = try await Fixture()
        let ids = [
            "\"", "\\", "\\u0041", "A", "[1,2]", "e\u{301}", "\u{e9}", "\u{1}\t\n\u{7f}", "\u{1F600}", "null", "12",
            " ",
        ]
        let batch = ids.map { Delivery.sample(.ticket(1), id: $0, at: fixture.now) }
        for expected in [Acceptance.new, .repeated] {
            let answers = try await fixture.store.ledger.accept(batch, policy: policy, now: fixture.now)
            #expect(answers == Array(repeating: expected, count: ids.count))
        }
        let stored = try Raw(fixture.path).texts("SELECT delivery_id FROM deliveries")
        #expect(Set(stored.map { Array($0.utf8) }) == Set(ids.map { Array($0.utf8) }))
        #expect(try await fixture.entry(.ticket(1)).wanted == Int64(ids.count))
    }

    @Test func `of a company that is not there are refused with everything beside them`() async throws {
        let fixture = try await Fixture()
        await #expect(throws: StoreError.unknownCompany(globex)) {
            try await fixture.store.ledger.accept(
                [
                    .sample(.ticket(1), id: "a", at: fixture.now),
                    .sample(.ticket(1, of: globex), id: "a", at: fixture.now),
                ], policy: policy, now: fixture.now)
        }
        #expect(try await fixture.store.ledger.entry(.ticket(1)) == nil)
        #expect(try Raw(fixture.path).number("SELECT count(*) FROM deliveries") == 0)
    }

    @Test func `are pruned by age, however many there are`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let start = fixture.now
        for company in [acme, globex] {
            let old = (1...1200).map { Delivery.sample(.ticket(Int64($0), of: company), id: "old-\($0)", at: start) }
            _ = try await fixture.store.ledger.accept(old, policy: policy, now: start)
        }
        fixture.clock.advance(by: .seconds(60))
        _ = try await fixture.store.ledger.accept(
            [.sample(.ticket(1), id: "new", at: fixture.now)], policy: policy, now: fixture.now)
        let gone = try await fixture.store.ledger.prune(
            deliveriesBefore: fixture.now, decisionsBefore: .epoch, decisionsPerItem: 10)
        #expect(gone == 2400)
        #expect(try Raw(fixture.path).texts("SELECT delivery_id FROM deliveries") == ["new"])
        #expect(
            try await fixture.store.ledger.prune(
                deliveriesBefore: fixture.now, decisionsBefore: .epoch, decisionsPerItem: 10) == 0)
    }
}
