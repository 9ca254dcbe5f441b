/// The stem of an English word: M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980).
///
/// Words of other languages come out shortened now and then, which does no harm as long as document and query are cut
/// alike. Linear in the word's length.
struct PorterStemmer {
    private var word: [UInt8]
    /// Where the stem ended when a suffix was found.
    private var stemEnd = 0

    /// `word` is lower-case ASCII; with any other letter, or with two letters or fewer, it comes back as it is.
    static func stem(_ word: [UInt8]) -> [UInt8] {
        guard word.count > 2, word.allSatisfy({ (97...122).contains($0) }) else { return word }
        var stemmer = PorterStemmer(word: word)
        stemmer.removePlural()
        stemmer.removePastAndProgressive()
        stemmer.turnTerminalY()
        stemmer.replace(Self.doubleSuffixes, measureAbove: 0)
        stemmer.replace(Self.singleSuffixes, measureAbove: 0)
        stemmer.removeResidue()
        stemmer.removeTerminalE()
        return stemmer.word
    }

    private init(word: [UInt8]) { self.word = word }

    private func isConsonant(_ index: Int) -> Bool {
        switch word[index] {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): return false
        case UInt8(ascii: "y"):
            // After a vowel, or first, it is a consonant; in a run of y's they take turns.
            var start = index
            while start > 0, word[start - 1] == UInt8(ascii: "y") { start -= 1 }
            let firstIsConsonant = start == 0 || isVowelLetter(word[start - 1])
            return (index - start).isMultiple(of: 2) ? firstIsConsonant : !firstIsConsonant
        default: return true
        }
    }

    private func isVowelLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "a") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "i")
            || byte == UInt8(ascii: "o") || byte == UInt8(ascii: "u")
    }

    /// The paper's m: how many times a vowel sequence is followed by a consonant sequence in `word[..<end]`.
    private func measure(_ end: Int) -> Int {
        var count = 0
        var wasVowel = false
        for index in 0..<end {
            let consonant = isConsonant(index)
            if consonant, wasVowel { count += 1 }
            wasVowel = !consonant
        }
        return count
    }

    private func hasVowel(_ end: Int) -> Bool { (0..<end).contains { !isConsonant($0) } }

    private func endsInDoubleConsonant() -> Bool {
        let count = word.count
        return count >= 2 && word[count - 1] == word[count - 2] && isConsonant(count - 1)
    }

    /// The paper's *o: consonant, vowel, consonant at the end, the last not w, x or y.
    private func endsInShortSyllable(_ end: Int) -> Bool {
        guard end >= 3, isConsonant(end - 1), !isConsonant(end - 2), isConsonant(end - 3) else { return false }
        let last = word[end - 1]
        return last != UInt8(ascii: "w") && last != UInt8(ascii: "x") && last != UInt8(ascii: "y")
    }

    private mutating func ends(_ suffix: StaticString) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard word.count > length else { return false }
        let start = word.count - length
        for offset in 0..<length where word[start + offset] != suffix.utf8Start[offset] { return false }
        stemEnd = start
        return true
    }

    private mutating func setSuffix(_ suffix: StaticString) {
        word.removeSubrange(stemEnd...)
        for offset in 0..<suffix.utf8CodeUnitCount { word.append(suffix.utf8Start[offset]) }
    }

    private mutating func removePlural() {
        guard word.last == UInt8(ascii: "s") else { return }
        if ends("sses") {
            setSuffix("ss")
        } else if ends("ies") {
            setSuffix("i")
        } else if !ends("ss"), ends("s") {
            setSuffix("")
        }
    }

    private mutating func removePastAndProgressive() {
        if ends("eed") {
            if measure(stemEnd) > 0 { setSuffix("ee") }
            return
        }
        guard (ends("ed") && hasVowel(stemEnd)) || (ends("ing") && hasVowel(stemEnd)) else { return }
        setSuffix("")
        if ends("at") {
            setSuffix("ate")
        } else if ends("bl") {
            setSuffix("ble")
        } else if ends("iz") {
            setSuffix("ize")
        } else if endsInDoubleConsonant() {
            let last = word[word.count - 1]
            if last != UInt8(ascii: "l"), last != UInt8(ascii: "s"), last != UInt8(ascii: "z") { word.removeLast() }
        } else if measure(word.count) == 1, endsInShortSyllable(word.count) {
            word.append(UInt8(ascii: "e"))
        }
    }

    private mutating func turnTerminalY() {
        if ends("y"), hasVowel(stemEnd) { setSuffix("i") }
    }

    /// The first suffix that fits decides, whether or not its condition lets it be replaced.
    private mutating func replace(_ rules: [(StaticString, StaticString)], measureAbove limit: Int) {
        for (suffix, replacement) in rules where ends(suffix) {
            if measure(stemEnd) > limit { setSuffix(replacement) }
            return
        }
    }

    private mutating func removeResidue() {
        for suffix in Self.residues where ends(suffix) {
            if measure(stemEnd) > 1 { setSuffix("") }
            return
        }
        // "ion" goes only after s or t.
        if ends("ion"), word[stemEnd - 1] == UInt8(ascii: "s") || word[stemEnd - 1] == UInt8(ascii: "t"),
            measure(stemEnd) > 1
        {
            setSuffix("")
        }
    }

    private mutating func removeTerminalE() {
        if ends("e") {
            let m = measure(stemEnd)
            if m > 1 || (m == 1 && !endsInShortSyllable(stemEnd)) { setSuffix("") }
        }
        if word.last == UInt8(ascii: "l"), endsInDoubleConsonant(), measure(word.count) > 1 { word.removeLast() }
    }

    // Longer suffixes stand before the shorter ones they end in.
    private static let doubleSuffixes: [(StaticString, StaticString)] = [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"),
        ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
        ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ]
    private static let singleSuffixes: [(StaticString, StaticString)] = [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ]
    private static let residues: [StaticString] = [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ou", "ism", "ate", "iti",
        "ous", "ive", "ize",
    ]
}
