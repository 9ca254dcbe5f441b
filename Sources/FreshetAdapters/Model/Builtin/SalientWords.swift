/// Picks the few words that tell a ticket from others: names of errors, products and settings before plain words.
enum SalientWords {
    static let limit = 5
    static let lengthLimit = 40

    /// At most five words as they stand in the texts, the most telling first, none of them twice. A later text counts
    /// less than an earlier one.
    static func tags(subject: String, body: String) -> [String] {
        var found: [String: Candidate] = [:]
        collect(subject, weight: 3, into: &found)
        collect(cut(body, to: 4000), weight: 1, into: &found)
        let best = found.values
            .filter { $0.score > 0 }
            .sorted { ($1.score, $0.order) < ($0.score, $1.order) }
        return best.prefix(limit).map(\.text)
    }

    private struct Candidate {
        var text: String
        var score: Double
        var order: Int
    }

    private static func collect(_ text: String, weight: Double, into found: inout [String: Candidate]) {
        var isSentenceStart = true
        for piece in text.unicodeScalars.split(whereSeparator: {
            !isWordScalar($0) && $0 != "." && $0 != "_" && $0 != "-"
        }) {
            // Dots inside a name belong to it, dots after a sentence do not.
            let piece = piece.trimming { $0 == "." || $0 == "_" || $0 == "-" }
            let ends = piece.endIndex
            defer {
                isSentenceStart =
                    ends < text.unicodeScalars.endIndex && ".!?\n".unicodeScalars.contains(text.unicodeScalars[ends])
            }
            for run in runs(of: piece) {
                guard let word = Word(run, isSentenceStart: isSentenceStart) else { continue }
                if var known = found[word.key] {
                    known.score += word.weight * weight * 0.3
                    found[word.key] = known
                } else {
                    found[word.key] = Candidate(text: word.text, score: word.weight * weight, order: found.count)
                }
            }
        }
    }

    /// Scripts without spaces are cut where ideographs, kana and letters meet.
    private static func runs(of piece: Substring.UnicodeScalarView) -> [Substring.UnicodeScalarView] {
        guard piece.contains(where: { Sign($0) != .letter }) else { return [piece] }
        var runs: [Substring.UnicodeScalarView] = []
        var start = piece.startIndex
        for index in piece.indices where index > start && Sign(piece[index]) != Sign(piece[start]) {
            runs.append(piece[start..<index])
            start = index
        }
        runs.append(piece[start...])
        return runs
    }

    private enum Sign {
        case letter, ideograph, hiragana, katakana

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x3041...0x309F: self = .hiragana
            case 0x30A0...0x30FF, 0x31F0...0x31FF: self = .katakana
            case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: self = .ideograph
            default: self = .letter
            }
        }
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 0x80 { return isDigit(UInt8(value)) || 97...122 ~= (value | 0x20) }
        return scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
            || scalar.properties.generalCategory == .spacingMark
    }

    /// A word that may become a tag.
    private struct Word {
        var text: String
        /// What counts as the same word.
        var key: String
        var weight: Double

        init?(_ piece: Substring.UnicodeScalarView, isSentenceStart: Bool) {
            guard let first = piece.first, piece.count <= lengthLimit else { return nil }
            if (0xAC00...0xD7A3).contains(first.value) {
                let stem = KoreanParticles.stem(Array(piece.map(\.value)))
                guard stem.count >= 2, stem.count <= 12 else { return nil }
                text = String(String.UnicodeScalarView(piece.prefix(stem.count)))
                key = text
                if KoreanParticles.generic.contains(key) { return nil }
                weight = 1 + 0.2 * Double(min(stem.count, 5))
                return
            }
            let string = String(piece)
            // Of a dotted name the last part says it: `java.lang.NullPointerException`.
            let last = string.split(separator: ".").last.map(String.init) ?? string
            let isDottedName = string.contains(".") && last.unicodeScalars.contains { $0.properties.isUppercase }
            text = isDottedName ? last : string
            key = PorterStemmer.key(text)
            let scalars = text.unicodeScalars
            guard scalars.count >= 2, scalars.contains(where: { $0.properties.isAlphabetic }) else { return nil }
            let capitals = scalars.reduce(0) { $0 + ($1.properties.isUppercase ? 1 : 0) }
            if isDigit(UInt8(truncatingIfNeeded: min(first.value, 0xFF))) { return nil }
            let sign = Sign(first)
            let lower = text.lowercased()
            if StopWords.contains(Array(lower.utf8)) || Self.generic.contains(lower) { return nil }
            if lower.hasSuffix("exception") || (lower.hasSuffix("error") && scalars.count > 5) {
                weight = 3
            } else if capitals >= 2 || (capitals >= 1 && !(scalars.first?.properties.isUppercase ?? false))
                || string.contains("_")
            {
                weight = 2
            } else if capitals == 1, !isSentenceStart {
                weight = 1.6
            } else if sign != .letter {
                guard sign == .katakana ? (3...12).contains(scalars.count) : sign == .ideograph && scalars.count <= 4
                else { return nil }
                weight = 1.2
            } else {
                guard scalars.count >= 4 else { return nil }
                weight = 1
            }
            if scalars.contains(where: { $0.value < 0x80 && isDigit(UInt8($0.value)) }), capitals == 0 { weight *= 0.5 }
        }

        private static let generic: Set<String> = [
            "issue", "issues", "problem", "problems", "error", "errors", "exception", "bug", "bugs", "fail", "fails",
            "failed", "failure", "work", "works", "working", "help", "question", "using", "used", "need", "needs",
            "want", "wants", "make", "makes", "made", "does", "doesn", "like", "know", "time", "times", "thing",
            "things", "see", "seems", "seem", "trying", "tried", "following", "follow", "found", "find", "first",
            "second",
            "last", "next", "able", "unable", "cannot", "always", "never", "also", "still", "should", "could", "would",
            "case", "cases", "way", "ways", "version", "versions", "steps", "step", "example", "line", "lines", "code",
            "file", "files", "test", "tests", "true", "false", "null", "http", "https", "www", "com", "org", "net",
            "something", "anything", "nothing", "someone", "anyone", "instead", "since", "because", "when", "while",
            "there", "here", "today", "yesterday", "tomorrow", "well", "good", "right", "wrong", "correct", "correctly",
            "properly", "expected", "actual", "actually", "result", "results", "please", "thanks", "hello", "info",
            "warn", "debug", "main", "note", "many", "much", "often", "sometimes", "happens", "happen", "possible",
            "looks", "look", "getting", "running", "ticket", "customer", "user", "users", "todo", "via", "without",
        ]
    }
}

extension PorterStemmer {
    /// What counts as the same word among tags: lower case, English endings off.
    static func key(_ word: String) -> String {
        String(decoding: stem(Array(word.lowercased().utf8)), as: UTF8.self)
    }
}

extension Substring.UnicodeScalarView {
    fileprivate func trimming(_ isTrimmed: (Unicode.Scalar) -> Bool) -> Substring.UnicodeScalarView {
        var view = self
        while let first = view.first, isTrimmed(first) { view.removeFirst() }
        while let last = view.last, isTrimmed(last) { view.removeLast() }
        return view
    }
}
