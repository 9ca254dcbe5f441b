import FreshetCore

/// Which language a model's prose speaks, and whether it is the one that was asked for.
enum SpokenLanguage {
    /// Throws `.broken` where it is clearly another.
    ///
    /// - Parameter language: ISO 639-1; `nil` where any will do.
    static func check(_ prose: String, _ language: String?) throws(ModelFault) -> String {
        let spoken = LanguageGuess.language(of: Tokens(prose))
        guard let language else { return spoken }
        // A few words do not show a language among those of one script.
        let isClear = Evidence.words(prose).count >= 15
        let isForeign = spoken != "und" && spoken != language
        if isForeign, isClear || isLatin(spoken) != isLatin(language) {
            throw .broken(rule: "the language must be \(language)")
        }
        return language
    }

    /// ISO 639-1; `nil` where it cannot be told.
    static func guess(_ prose: String) -> String? {
        let language = LanguageGuess.language(of: Tokens(cut(prose, to: 4_000)))
        return language == "und" ? nil : language
    }

    private static func isLatin(_ language: String) -> Bool {
        !["ko", "ja", "zh", "th", "el", "ru", "uk", "he", "ar", "fa", "hi"].contains(language)
    }
}
