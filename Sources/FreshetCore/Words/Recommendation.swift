/// An answer to an agent: what was found, under an id that feedback names.
package struct Recommendation: Sendable, Equatable {
    /// See `RecommendationID`.
    package var id: String
    package var hits: [Hit]
    /// Where the next page begins; `nil` on the last one.
    package var nextOffset: Int?
    /// What the search had to do without; `nil` for nothing.
    package var degradation: SearchDegradation?

    package init(id: String, hits: [Hit], nextOffset: Int? = nil, degradation: SearchDegradation? = nil) {
        self.degradation = degradation
        self.id = id
        self.hits = hits
        self.nextOffset = nextOffset
    }
}

/// How recommendations are named: in the order of their times.
package enum RecommendationID {
    private static let prefix = "rcm_"

    package static func make(at moment: Timestamp, _ random: any RandomSource) -> String {
        first(at: moment) + hex(random.next(), digits: 16)
    }

    /// Before every id of that moment and after every earlier one.
    package static func first(at moment: Timestamp) -> String {
        prefix + hex(UInt64(max(0, moment.milliseconds)), digits: 12)
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// Why a hit was found: which of the question's telling words stand in what is shown of it. A hit without any is near by
/// its vector, or has the words further down in its thread.
package struct Match: Sendable, Equatable {
    /// The words as the hit writes them, in lower case, in their order; at most eight.
    package var terms: [String]
    /// The part that holds most of them.
    package var field: HitField?

    package init(terms: [String] = [], field: HitField? = nil) {
        self.terms = terms
        self.field = field
    }
}

/// The parts of a hit that are shown.
package enum HitField: String, Sendable, CaseIterable {
    case subject, problem, cause, solution, result
    /// Of an attachment.
    case fileName = "file_name"
}

extension Hit {
    package func text(of field: HitField) -> String {
        switch field {
        case .subject: subject
        case .problem: summary.problem
        case .cause: summary.cause
        case .solution: summary.solution
        case .result: summary.result
        case .fileName: attachment?.fileName ?? ""
        }
    }
}

/// Where words of the question stand in one part of a hit. Positions and no markup: the text is hostile.
package struct Highlight: Sendable, Equatable {
    package var field: HitField
    /// In UTF-16 code units, as JavaScript counts; ascending, without overlap.
    package var ranges: [Range<Int>]

    package init(field: HitField, ranges: [Range<Int>]) {
        self.field = field
        self.ranges = ranges
    }
}

/// What a recommendation recommends, as feedback names it: `ticket/4711`. The company is always said apart.
package struct Recommended: Hashable, Sendable, Comparable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable { case ticket, article, attachment }

    package var kind: Kind
    package var originalID: Int64

    package init(_ kind: Kind, _ originalID: Int64) {
        self.kind = kind
        self.originalID = originalID
    }

    package init(_ hit: Hit) {
        if let attachment = hit.attachment {
            self.init(.attachment, attachment.attachmentID)
        } else {
            self.init(hit.item)
        }
    }

    package init(_ item: Item) {
        switch item.kind {
        case .ticket: self.init(.ticket, item.originalID)
        case .article: self.init(.article, item.originalID)
        }
    }

    /// `nil` for any other text than `description` gives.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let id = Int64(parts[1]), id > 0 else {
            return nil
        }
        self.init(kind, id)
    }

    package var description: String { "\(kind.rawValue)/\(originalID)" }

    package static func < (a: Recommended, b: Recommended) -> Bool {
        (a.kind.rawValue, a.originalID) < (b.kind.rawValue, b.originalID)
    }
}

/// A recommendation as it is remembered, so that feedback on it means something.
package struct RecommendationRecord: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case query, opening = "init", reply }

    /// What was asked.
    package enum Question: Sendable, Equatable {
        /// The beginning of it, at most `longestText` scalars.
        case text(String)
        case ticket(Int64)
    }

    package static let longestText = 2000

    package var company: CompanyID
    package var id: String
    package var kind: Kind
    package var question: Question
    /// In the order in which they were shown, best first.
    package var shown: [Recommended]
    /// What would have been shown without feedback, in the index's own order.
    package var unaided: [Recommended]
    package var user: String
    package var at: Timestamp

    package init(
        company: CompanyID, id: String, kind: Kind, question: Question, shown: [Recommended],
        unaided: [Recommended]? = nil, user: String, at: Timestamp
    ) {
        self.company = company
        self.id = id
        self.kind = kind
        self.question = question
        self.shown = shown
        self.unaided = unaided ?? shown
        self.user = user
        self.at = at
    }
}
