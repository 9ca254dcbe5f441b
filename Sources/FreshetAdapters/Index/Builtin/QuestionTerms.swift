/// The telling words of a question, as the full-text index cuts them: those of the first line first, each once.
package enum QuestionTerms {
    package static func of(_ text: String) -> [String] { Question(text).terms.map(\.text) }
}
