import FreshetCore

/// What a company's agents have said about what they were recommended, ready to be weighed: a cache of what stands in the
/// store.
///
/// A value: a question works on its own copy.
struct Votes: Sendable {
    struct Vote: Sendable, Equatable {
        var recommendation: String
        var verdict: Verdict
        var at: Timestamp
        var terms: Set<String>
    }

    /// Of one user on one thing. The newest count; more would say the same.
    static let perUserAndThing = 20

    /// By the user's name.
    typealias ByUser = [String: [Vote]]

    private var byThing: [Recommended: ByUser] = [:]

    var isEmpty: Bool { byThing.isEmpty }

    func on(_ thing: Recommended) -> ByUser { byThing[thing] ?? [:] }

    mutating func apply(_ change: FeedbackChange) {
        if change.isUndone { remove(change.feedback) } else { put(change.feedback) }
    }

    mutating func put(_ feedback: Feedback) {
        guard let thing = feedback.subject else { return }
        remove(feedback)
        var votes = byThing[thing]?[feedback.user] ?? []
        votes.append(
            Vote(
                recommendation: feedback.recommendation, verdict: feedback.verdict, at: feedback.at,
                terms: Set(feedback.terms)))
        votes.sort { ($0.at, $0.recommendation) < ($1.at, $1.recommendation) }
        byThing[thing, default: [:]][feedback.user] = Array(votes.suffix(Self.perUserAndThing))
    }

    private mutating func remove(_ feedback: Feedback) {
        guard let thing = feedback.subject, var votes = byThing[thing]?[feedback.user] else { return }
        votes.removeAll { $0.recommendation == feedback.recommendation }
        byThing[thing]?[feedback.user] = votes.isEmpty ? nil : votes
        if byThing[thing]?.isEmpty == true { byThing[thing] = nil }
    }
}
