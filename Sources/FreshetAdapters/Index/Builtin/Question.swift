import FreshetCore

/// What the index makes of a query's text, for those who have no index to ask.
package enum QuestionText {
    /// What an embedder gets of it.
    package static func embedded(of text: String) -> String { Question(text).embeddingText }
    /// Its telling words, as full text cuts them: those of the first line first, each once.
    package static func terms(of text: String) -> [String] { Question(text).terms.map(\.text) }
}

/// A query's text, made ready for both sides of the index.
///
/// A whole ticket is asked in the shape in which tickets are stored: its first line as the subject, the rest summarised.
/// A line of words is asked as it stands.
struct Question {
    /// What the embedder gets.
    let embeddingText: String
    /// Distinct, those of the first line first.
    let terms: [FullText.QueryTerm]

    /// Longer questions are read up to here, in scalars.
    static let lengthLimit = 32_768

    /// A few words rather than a ticket.
    var isShort: Bool { terms.count <= Self.fewTerms }
    private static let fewTerms = 8

    /// There is no word in it.
    var isEmpty: Bool { terms.isEmpty && !hasWords }
    private let hasWords: Bool

    init(_ text: String) {
        let tokens = Tokens(text, limit: Self.lengthLimit)
        hasWords = !tokens.words.isEmpty
        terms = FullText.weighable(FullText.terms(of: tokens))
        embeddingText = Self.embeddingText(of: cut(text, to: Self.lengthLimit))
    }

    private static func embeddingText(of text: String) -> String {
        let lines = text.unicodeScalars.split(separator: "\n", maxSplits: 1).map(String.init)
        guard lines.count == 2 else { return cut(text, to: 4 * BuiltinSummariser.problemLimit) }
        let content = Content(subject: lines[0], description: lines[1], entries: [], attachments: [], isResolved: false)
        return FreshetCore.embeddingText(subject: lines[0], summary: BuiltinSummariser().summarise(content))
    }
}
