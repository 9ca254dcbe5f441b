import FreshetCore
import Foundation

/// How verdicts move hits.
///
/// Each user has one turn, in which any two neighbours may change places where the user likes the lower one better; no hit
/// takes part in more than one such exchange of a turn. So a user alone moves no hit by more than one place, whichever hits
/// they judge and however often. Who has most to say has the last turn: their verdicts, a thousand perhaps, move no hit by
/// more than one place from where it would stand without them. At most `turns` users have one.
///
/// Whether a user likes or dislikes a hit is a smoothed share: their verdicts on it, each weighing less with age (half after
/// `halfLife`) and more where the question then had the words of the question now, with one welcome and one unwelcome one
/// assumed beforehand.
package struct FeedbackRule: Sendable, Equatable {
    /// More than zero.
    package var halfLife: Duration

    package init(halfLife: Duration = .seconds(90 * 86_400)) {
        precondition(halfLife > .zero)
        self.halfLife = halfLife
    }

    /// How many users may move something in one answer, and so by how many places a hit can move at most.
    static let turns = 10
    /// What a verdict weighs on a question that has nothing in common with the one it was given on, or when that is
    /// not known.
    private static let leastWeight = 0.25
    /// On the scale from -1 (never welcome) to 1: below that a user is taken to have no opinion. A fresh verdict on
    /// the same question is 0.33; one on another question needs a second like it.
    private static let leastOpinion = 0.19

    /// The things in their new order, as positions in `things`.
    func order(_ things: [Recommended], votes: Votes, terms: Set<String>, at now: Timestamp) -> [Int] {
        var opinions: [String: [Int: Int]] = [:]
        for (place, thing) in things.enumerated() {
            for (user, cast) in votes.on(thing) {
                let opinion = opinion(cast, terms, now)
                if opinion != 0 { opinions[user, default: [:]][place] = opinion }
            }
        }
        // Of two who say the same amount the name decides, so that the order never hangs on anything else.
        let users = opinions.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }.prefix(Self.turns)
        var order = Array(things.indices)
        for (_, opinion) in users {
            var upper = 0
            while upper + 1 < order.count {
                if (opinion[order[upper]] ?? 0) < (opinion[order[upper + 1]] ?? 0) {
                    order.swapAt(upper, upper + 1)
                    upper += 2
                } else {
                    upper += 1
                }
            }
        }
        return order
    }

    /// 1 likes, -1 dislikes, 0 neither.
    private func opinion(_ votes: [Votes.Vote], _ terms: Set<String>, _ now: Timestamp) -> Int {
        var (up, down) = (1.0, 1.0)
        for vote in votes {
            let age = max(0, (now - vote.at).seconds)
            let decay = exp2(-age / halfLife.seconds)
            let weight =
                decay * (Self.leastWeight + (1 - Self.leastWeight) * Self.likeness(vote.terms, terms))
            switch vote.verdict {
            case .up: up += weight
            case .down: down += weight
            }
        }
        let opinion = (up - down) / (up + down)
        return abs(opinion) < Self.leastOpinion ? 0 : opinion > 0 ? 1 : -1
    }

    /// Cosine of two sets, 0...1.
    private static func likeness(_ a: Set<String>, _ b: Set<String>) -> Double {
        guard !a.isEmpty, !b.isEmpty else { return 0 }
        return Double(a.intersection(b).count) / (Double(a.count) * Double(b.count)).squareRoot()
    }
}
