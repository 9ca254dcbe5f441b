/// What an agent thinks of something that was recommended.
package enum Verdict: String, Sendable, Codable, CaseIterable { case up, down }

/// One agent's verdict on one thing of one recommendation, or on the whole of it.
package struct Feedback: Sendable, Equatable {
    package static let longestComment = 2000

    package var company: CompanyID
    /// The recommendation's id.
    package var recommendation: String
    package var user: String
    /// `nil` for the whole: it is counted, and moves nothing.
    package var subject: Recommended?
    package var verdict: Verdict
    package var comment: String?
    package var at: Timestamp
    /// The telling words of what was asked, at most thirty-two: on questions with the same words the verdict weighs more.
    /// Empty where nobody knows them any more.
    package var terms: [String]

    package init(
        company: CompanyID, recommendation: String, user: String, subject: Recommended?, verdict: Verdict,
        comment: String? = nil, at: Timestamp, terms: [String] = []
    ) {
        self.company = company
        self.recommendation = recommendation
        self.user = user
        self.subject = subject
        self.verdict = verdict
        self.comment = comment
        self.at = at
        self.terms = terms
    }
}

/// Feedback as it comes in, before anybody has looked whether it means something.
package struct FeedbackWish: Sendable, Equatable {
    package var recommendation: String
    package var verdict: Verdict
    /// With or without its kind: an id alone is enough where no two hits have the same.
    package var originalID: Int64?
    package var kind: Recommended.Kind?
    package var comment: String?

    package init(
        recommendation: String, verdict: Verdict, originalID: Int64? = nil, kind: Recommended.Kind? = nil,
        comment: String? = nil
    ) {
        self.recommendation = recommendation
        self.verdict = verdict
        self.originalID = originalID
        self.kind = kind
        self.comment = comment
    }
}

package enum FeedbackAnswer: Sendable, Equatable {
    /// On disk; `at` is when it was given first, `repeats` that nothing has changed since.
    case recorded(at: Timestamp, repeats: Bool)
    /// The company was never recommended that, or it is forgotten.
    case noRecommendation
    /// It did not have such a hit.
    case noHit
    /// Several of its hits have the id: the kind decides.
    case ambiguous
}

/// Whether feedback moves a company's hits, and how far its changes have come.
package struct FeedbackState: Sendable, Equatable {
    package var isEnabled: Bool
    /// Rises with every change.
    package var sequence: Int64
    /// Another one than before: rows are gone, and what was read earlier is worth nothing.
    package var epoch: Int64

    package init(isEnabled: Bool = false, sequence: Int64 = 0, epoch: Int64 = 0) {
        self.isEnabled = isEnabled
        self.sequence = sequence
        self.epoch = epoch
    }
}

/// Feedback that was given, changed or taken back.
package struct FeedbackChange: Sendable, Equatable {
    package var sequence: Int64
    package var feedback: Feedback
    package var isUndone: Bool

    package init(sequence: Int64, feedback: Feedback, isUndone: Bool) {
        self.sequence = sequence
        self.feedback = feedback
        self.isUndone = isUndone
    }
}

/// Which feedback is meant: all that are set must hold.
package struct FeedbackSelection: Sendable, Equatable {
    package var user: String?
    package var recommendation: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init(
        user: String? = nil, recommendation: String? = nil, since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.user = user
        self.recommendation = recommendation
        self.since = since
        self.until = until
    }
}

/// A recommendation with all that was said about it and still stands.
package struct JudgedRecommendation: Sendable, Equatable {
    package var record: RecommendationRecord
    package var feedback: [Feedback]

    package init(record: RecommendationRecord, feedback: [Feedback]) {
        self.record = record
        self.feedback = feedback
    }
}

/// How much of what was judged was welcome.
package struct FeedbackReport: Sendable, Equatable {
    package struct Line: Sendable, Equatable {
        /// The day (UTC), the group, the tag or the question.
        package var name: String
        package var up: Int
        package var down: Int

        package init(name: String, up: Int, down: Int) {
            self.name = name
            self.up = up
            self.down = down
        }

        /// 0...1.
        package var acceptance: Double { up + down == 0 ? 0 : Double(up) / Double(up + down) }

        package var json: JSONValue {
            .object([
                "name": .string(name), "up": .count(up), "down": .count(down), "acceptance": .number(acceptance),
            ])
        }
    }

    package var company: CompanyID
    package var isEnabled: Bool
    package var days: [Line]
    /// By the labels that the judged tickets and articles have now; the most judged first.
    package var groups: [Line]
    package var tags: [Line]
    /// The least welcome first.
    package var worst: [Line]

    package init(
        company: CompanyID, isEnabled: Bool, days: [Line], groups: [Line], tags: [Line], worst: [Line]
    ) {
        self.company = company
        self.isEnabled = isEnabled
        self.days = days
        self.groups = groups
        self.tags = tags
        self.worst = worst
    }

    package var json: JSONValue {
        func lines(_ lines: [Line]) -> JSONValue { .array(lines.map(\.json)) }
        return .object([
            "company_id": .string(company.text), "enabled": .bool(isEnabled), "days": lines(days),
            "groups": lines(groups), "tags": lines(tags), "worst_queries": lines(worst),
        ])
    }
}
