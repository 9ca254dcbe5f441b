import FreshetCore

/// What a summary may rest on: the text of the item, made easy to look things up in.
struct Evidence: Sendable {
    private let text: String
    /// Without what people put between digits and between words.
    private let bare: String
    private let beginnings: Set<String>

    init(_ text: String) {
        let text = text.lowercased()
        self.text = text
        bare = Self.bare(text)
        beginnings = Set(Self.words(text).map(Self.beginning))
    }

    /// Case and separators apart.
    func holds(_ string: String) -> Bool {
        let string = string.lowercased()
        return text.contains(string) || bare.contains(Self.bare(string))
    }

    /// Case apart, and no part of a longer number.
    func holdsWord(_ string: String) -> Bool {
        let string = string.lowercased()
        return text.ranges(of: string).contains { range in
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
            return !before.isNumber && !after.isNumber
        }
    }

    /// Some word begins as this one does: inflected and derived forms count.
    func holds(beginningOf word: String) -> Bool { beginnings.contains(Self.beginning(word.lowercased())) }

    /// Letters and digits in runs, lower case.
    static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    private static func bare(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !" ,._-'’/:\n".unicodeScalars.contains($0) }))
    }

    /// Four letters of a word; of Korean, Chinese and Japanese, which say more with one, two.
    static func beginning(_ word: String) -> String {
        let isAlphabetic = (word.unicodeScalars.first?.value ?? 0) < 0x1100
        return String(word.prefix(isAlphabetic ? 4 : 2))
    }

    /// Runs of ASCII that name something exactly: numbers of two digits and more, versions, codes, paths, addresses,
    /// names in capitals or with capitals inside.
    static func identifiers(in text: String) -> [String] {
        text.matches(of: /[A-Za-z0-9_@\\#][A-Za-z0-9_@\\#.,\/:+\-]*/).compactMap { match in
            var token = match.output
            while let last = token.last, ".,/:+-".contains(last) { token.removeLast() }
            return isIdentifier(token) ? String(token) : nil
        }
    }

    private static func isIdentifier(_ token: Substring) -> Bool {
        let digits = token.utf8.reduce(0) { $0 + ((48...57).contains($1) ? 1 : 0) }
        // A single digit may count things: "two steps", "3 attempts".
        if digits > 0 { return token.utf8.count > 1 }
        if token.contains(where: { "_@\\#".contains($0) }) { return true }
        if token.contains(/[A-Za-z]{2}[.:][A-Za-z]{2}/) { return true }
        if token.contains(/[a-z][A-Z]/) { return true }
        return token.utf8.count >= 4 && token.utf8.allSatisfy { (65...90).contains($0) }
    }
}
