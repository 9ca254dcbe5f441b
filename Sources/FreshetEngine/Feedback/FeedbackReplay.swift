package import FreshetCore
import Foundation

/// Asks, on a company's own judgements, what feedback would have made of its recommendations.
///
/// Each judged recommendation is ranked as the index ranked it, and once more with the verdicts that stood before it was
/// made, never with its own. What its users then welcomed counts 2, what they did not judge 1, what they did not welcome
/// nothing. So a replay says what feedback would have done for the questions that came after it.
package struct FeedbackReplay: Sendable {
    private let rule: FeedbackRule

    package init(rule: FeedbackRule) { self.rule = rule }

    /// - Parameter judged: in the order of their times.
    package func outcome(_ judged: [JudgedRecommendation]) -> ReplayOutcome {
        var outcome = ReplayOutcome()
        // Verdicts come later than the recommendations that they are about: in the order in which they were given.
        let all = judged.flatMap(\.feedback).sorted { ($0.at, $0.recommendation) < ($1.at, $1.recommendation) }
        var given = all[...]
        var votes = Votes()
        for judgement in judged.sorted(by: { ($0.record.at, $0.record.id) < ($1.record.at, $1.record.id) }) {
            while let next = given.first, next.at < judgement.record.at {
                votes.put(next)
                given = given.dropFirst()
            }
            var gains: [Recommended: Int] = [:]
            for feedback in judgement.feedback {
                guard let subject = feedback.subject else { continue }
                gains[subject, default: 0] += feedback.verdict == .up ? 1 : -1
            }
            guard !gains.isEmpty else { continue }
            let record = judgement.record
            let things = record.unaided + record.shown.filter { !record.unaided.contains($0) }
            let terms = Set(judgement.feedback.first?.terms ?? [])
            let order = rule.order(things, votes: votes, terms: terms, at: record.at)
            outcome.add(
                without: Judged(things, gains), with: Judged(order.map { things[$0] }, gains),
                isChanged: order != Array(things.indices))
        }
        return outcome
    }

    /// One ranking by what its users thought of it.
    struct Judged {
        private let gains: [Int]

        init(_ things: [Recommended], _ verdicts: [Recommended: Int]) {
            gains = things.map { thing in
                guard let sum = verdicts[thing] else { return 1 }
                return sum > 0 ? 2 : sum < 0 ? 0 : 1
            }
        }

        /// Normalised discounted cumulative gain of the first ten, 0...1.
        var nDCG: Double {
            let ideal = Self.discounted(gains.sorted(by: >))
            return ideal > 0 ? Self.discounted(gains) / ideal : 1
        }

        /// Of the first welcome one; `nil` where there is none.
        var reciprocalRank: Double? { gains.firstIndex(of: 2).map { 1 / Double($0 + 1) } }

        private static func discounted(_ gains: [Int]) -> Double {
            var sum = 0.0
            for (place, gain) in gains.prefix(10).enumerated() {
                sum += (exp2(Double(gain)) - 1) / log2(Double(place + 2))
            }
            return sum
        }
    }
}

/// Means over what a company has judged.
package struct ReplayOutcome: Sendable, Equatable {
    /// Recommendations with a verdict on one of their hits.
    package private(set) var judged = 0
    /// Of them, those that feedback would have ranked otherwise.
    package private(set) var changed = 0
    private var nDCG = (without: 0.0, with: 0.0)
    private var reciprocalRanks = (without: 0.0, with: 0.0)
    private var welcome = 0

    init() {}

    package var meanNDCG: (without: Double, with: Double) {
        judged == 0 ? (0, 0) : (nDCG.without / Double(judged), nDCG.with / Double(judged))
    }

    /// Mean reciprocal rank, over recommendations with something welcome.
    package var meanReciprocalRank: (without: Double, with: Double) {
        welcome == 0
            ? (0, 0) : (reciprocalRanks.without / Double(welcome), reciprocalRanks.with / Double(welcome))
    }

    /// Why feedback should stay off; `nil` when nothing speaks against it.
    package var objection: String? {
        let tolerance = 1e-9
        if judged == 0 { return "nobody has judged a hit yet, so there is nothing to prove it with" }
        if meanNDCG.with < meanNDCG.without - tolerance { return "nDCG@10 would be lower with feedback" }
        if meanReciprocalRank.with < meanReciprocalRank.without - tolerance {
            return "MRR would be lower with feedback"
        }
        return nil
    }

    mutating func add(without: FeedbackReplay.Judged, with: FeedbackReplay.Judged, isChanged: Bool) {
        judged += 1
        changed += isChanged ? 1 : 0
        nDCG.without += without.nDCG
        nDCG.with += with.nDCG
        if let before = without.reciprocalRank, let after = with.reciprocalRank {
            welcome += 1
            reciprocalRanks.without += before
            reciprocalRanks.with += after
        }
    }

    package var json: JSONValue {
        .object([
            "judged": .count(judged), "changed": .count(changed),
            "ndcg_at_10": .object(["without": .number(meanNDCG.without), "with": .number(meanNDCG.with)]),
            "mrr": .object([
                "without": .number(meanReciprocalRank.without), "with": .number(meanReciprocalRank.with),
            ]), "objection": objection.map { .string($0) } ?? .null,
        ])
    }

    package static func == (a: ReplayOutcome, b: ReplayOutcome) -> Bool { a.json == b.json }
}
