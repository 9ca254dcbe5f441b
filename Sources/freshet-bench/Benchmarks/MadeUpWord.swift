/// Words that occur in no ticket and that no stemmer shortens.
enum MadeUpWord {
    /// Another one for every number.
    static func number(_ number: Int) -> String {
        let letters = Array("bcdfghjkmn")
        return "qx" + String(number).compactMap { $0.wholeNumberValue.map { letters[$0] } } + "qx"
    }
}
