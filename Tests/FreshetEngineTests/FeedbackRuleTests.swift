import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetEngine

@Suite struct `Feedback moves hits` {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let company = CompanyID("acme")
    private let things = (1...20).map { Recommended(.ticket, $0) }
    private let rule = FeedbackRule(halfLife: .seconds(90 * 86_400))

    private func vote(
        _ user: String, _ thing: Int64, _ verdict: Verdict, on recommendation: String = "r", terms: [String] = ["gate"],
        age: Duration = .zero
    ) throws -> Feedback {
        Feedback(
            company: try #require(company), recommendation: recommendation, user: user,
            subject: Recommended(.ticket, thing), verdict: verdict, at: now - age, terms: terms)
    }

    private func order(_ feedback: [Feedback], terms: Set<String> = ["gate"]) -> [Int64] {
        var votes = Votes()
        for one in feedback { votes.put(one) }
        return rule.order(things, votes: votes, terms: terms, at: now).map { things[$0].originalID }
    }

    private var untouched: [Int64] { things.map(\.originalID) }

    /// How far the furthest hit lies from its place in the other order.
    private func distance(_ a: [Int64], _ b: [Int64]) -> Int {
        a.enumerated().map { place, id in abs(place - (b.firstIndex(of: id) ?? .max / 2)) }.max() ?? 0
    }

    @Test func `one verdict moves one place, two users two, and opposite ones nothing`() throws {
        #expect(order([try vote("ann", 5, .up)]).prefix(5) == [1, 2, 3, 5, 4])
        #expect(order([try vote("ann", 5, .down)]).prefix(6) == [1, 2, 3, 4, 6, 5])
        #expect(order([try vote("ann", 5, .up), try vote("bob", 5, .up)]).prefix(5) == [1, 2, 5, 3, 4])
        #expect(order([try vote("ann", 5, .up), try vote("bob", 5, .down)]) == untouched)
        #expect(order([try vote("ann", 1, .up), try vote("ann", 20, .down)]) == untouched, "there is no way further")
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a user alone moves no hit by more than one place, whatever they judge and however often`(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        var feedback: [Feedback] = []
        for number in 0..<Int.random(in: 1...300, using: &random) {
            feedback.append(
                try vote(
                    "mallory", Int64.random(in: 1...20, using: &random), Bool.random(using: &random) ? .up : .down,
                    on: "r\(number)"))
        }
        #expect(distance(order(feedback), untouched) <= 1, "seed \(seed)")
    }

    /// Whoever says most comes last, so beside others they have one place, too.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `who judges everything moves no hit by more than one place from where others have put it`(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        var others: [Feedback] = []
        for user in ["ann", "bob", "cho", "zoe"] {
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                others.append(
                    try vote(
                        user, Int64.random(in: 1...20, using: &random), Bool.random(using: &random) ? .up : .down,
                        on: "r\(random.next())"))
            }
        }
        let hostile =
            try (0..<1000).map { try vote("mallory", Int64($0 % 20 + 1), .down, on: "m\($0)") }
            + (0..<10).map { try vote("mallory", Int64($0 + 1), .up, on: "n\($0)") }
        #expect(distance(order(others + hostile), order(others)) <= 1, "seed \(seed)")
    }

    @Test func `verdicts fade, and weigh less on questions that have nothing in common with theirs`() throws {
        #expect(order([try vote("ann", 5, .up, age: .seconds(89 * 86_400))]) != untouched)
        #expect(order([try vote("ann", 5, .up, age: .seconds(120 * 86_400))]) == untouched)
        #expect(order([try vote("ann", 5, .up, terms: ["gate", "badge"])], terms: ["gate", "reader"]) != untouched)
        #expect(order([try vote("ann", 5, .up, terms: ["invoice"])]) == untouched)
        let twice = [
            try vote("ann", 5, .up, on: "a", terms: ["invoice"]), try vote("ann", 5, .up, on: "b", terms: ["fax"]),
        ]
        #expect(order(twice) != untouched)
    }

    @Test func `an order is the same however many hits lie below it`() throws {
        let feedback = try ["ann", "bob", "cho"].flatMap { user in
            try [(Int64(3), Verdict.down), (9, .up), (11, .up)].map { try vote(user, $0.0, $0.1, on: user + "\($0.0)") }
        }
        var votes = Votes()
        for one in feedback { votes.put(one) }
        func first(_ count: Int, of length: Int) -> [Int] {
            Array(rule.order(Array(things.prefix(length)), votes: votes, terms: ["gate"], at: now).prefix(count))
        }
        #expect(first(8, of: 8 + FeedbackRanking.reach) == first(8, of: 20))
    }

    @Test func `taking back leaves nothing`() throws {
        var votes = Votes()
        let given = try vote("ann", 5, .up)
        votes.apply(FeedbackChange(sequence: 1, feedback: given, isUndone: false))
        #expect(!votes.isEmpty)
        votes.apply(FeedbackChange(sequence: 2, feedback: given, isUndone: true))
        #expect(votes.isEmpty)
    }
}

@Suite struct `A replay of judgements` {
    private func judged(
        _ number: Int64, _ verdicts: [(Int64, Verdict)], by user: String, company: CompanyID
    ) -> JudgedRecommendation {
        let at = Timestamp(seconds: 1_800_000_000 + 100 * number)
        let record = RecommendationRecord(
            company: company, id: "rcm_\(number)", kind: .query, question: .text("gate"),
            shown: (1...5).map { Recommended(.ticket, $0) }, user: user, at: at)
        return JudgedRecommendation(
            record: record,
            feedback: verdicts.map {
                Feedback(
                    company: company, recommendation: record.id, user: user, subject: Recommended(.ticket, $0.0),
                    verdict: $0.1, at: at + .seconds(10), terms: ["gate"])
            })
    }

    @Test func `finds the gain where earlier feedback foretells later`() throws {
        let acme = try #require(CompanyID("acme"))
        let outcome = FeedbackReplay(rule: FeedbackRule()).outcome(
            (0..<6).map { judged($0, [(3, .up), (1, .down)], by: "user\($0)", company: acme) })
        #expect(outcome.judged == 6 && outcome.changed == 5, "the first has nothing before it")
        #expect(outcome.meanNDCG.with > outcome.meanNDCG.without)
        #expect(outcome.meanReciprocalRank.with > outcome.meanReciprocalRank.without)
        #expect(outcome.objection == nil)
    }

    @Test func `sees the loss where it misleads, and proves nothing by nothing`() throws {
        let acme = try #require(CompanyID("acme"))
        let replay = FeedbackReplay(rule: FeedbackRule())
        let misleading = replay.outcome([
            judged(0, [(1, .down)], by: "mallory", company: acme), judged(1, [(1, .up)], by: "ann", company: acme),
            judged(2, [(1, .up)], by: "bob", company: acme),
        ])
        #expect(misleading.objection != nil && misleading.meanNDCG.with < misleading.meanNDCG.without)
        #expect(replay.outcome([]).objection != nil)
    }
}
