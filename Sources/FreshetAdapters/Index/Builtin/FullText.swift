import FreshetCore

/// Cuts texts into the terms of the full-text index and picks the best of a query's.
///
/// Terms are of letters and digits only. English words are stemmed, and stop words left out; compounds stand beside
/// their parts. A Hangul word gives its first syllable and the pairs of its syllables, so that particles and endings
/// do not hide it; scripts without spaces give their first sign and pairs of signs.
enum FullText {
    /// A document's terms beyond this are left out.
    static let termLimit = 50_000
    /// How many of a query's terms are looked for.
    static let queryTerms = 16
    /// Besides those, terms that only one point holds: they cost next to nothing, and may name the very one.
    static let singularTerms = 8
    /// How many of a query's distinct terms are weighed at all.
    static let weighedTerms = 200

    static func terms(of point: Point) -> FullTextTerms {
        var attachments: [Int64: Set<String>] = [:]
        for attachment in point.attachments { attachments[attachment.attachmentID] = terms(of: attachment) }
        return FullTextTerms(
            subject: terms(of: Tokens(point.subject)).map(\.text), body: terms(of: Tokens(point.text)).map(\.text),
            attachments: attachments)
    }

    /// A file is found by its name and by its type: `error_log.png` by error, log, error_log, png and image.
    static func terms(of attachment: Attachment) -> Set<String> {
        let type = attachment.contentType.map { String($0.prefix(100)) } ?? ""
        return Set(
            (terms(of: Tokens(attachment.fileName, limit: nameLimit)) + terms(of: Tokens(type))).map(\.text))
    }

    /// Of a file's name, in scalars.
    private static let nameLimit = 300

    struct Term {
        var text: String
        var isInFirstLine: Bool
    }

    static func terms(of tokens: Tokens) -> [Term] {
        var terms: [Term] = []
        terms.reserveCapacity(min(tokens.words.count, termLimit))
        for word in tokens.words {
            if terms.count >= termLimit { break }
            for text in Self.terms(of: word, in: tokens) {
                terms.append(Term(text: text, isInFirstLine: word.isInFirstLine))
            }
        }
        return terms
    }

    /// Of one word. Where it is cut into several the first is its first sign, which alone says little.
    static func terms(of word: Tokens.Word, in tokens: Tokens) -> [String] {
        let scalars = tokens.scalars[word.range]
        switch word.script {
        case .spaced: return spaced(scalars).map { [$0] } ?? []
        case .hangul, .unspaced:
            guard let first = scalars.first else { return [] }
            return [string([first])] + zip(scalars, scalars.dropFirst()).map { string([$0, $1]) }
        }
    }

    /// A query's distinct terms with how often they occur, those of the first line first; at most `weighedTerms`.
    static func weighable(_ terms: [Term]) -> [QueryTerm] {
        var places: [String: Int] = [:]
        var distinct: [QueryTerm] = []
        for term in terms {
            if let place = places[term.text] {
                distinct[place].count += 1
            } else {
                places[term.text] = distinct.count
                distinct.append(QueryTerm(text: term.text, count: 1, isInFirstLine: term.isInFirstLine))
            }
        }
        return Array(distinct.prefix(weighedTerms))
    }

    struct QueryTerm {
        var text: String
        var count: Int
        var isInFirstLine: Bool
    }

    /// The terms to look for: those rarest in the company and most frequent in the query, words of the first line
    /// doubled.
    static func best(of terms: [QueryTerm], frequencies: [String: Int], points: Int) -> [String] {
        let weighed = terms.compactMap { term -> (text: String, weight: Double, frequency: Int)? in
            guard let frequency = frequencies[term.text], frequency > 0 else { return nil }
            let rarity = 1 + Logarithm.natural(Double(points + 1) / Double(min(frequency, points) + 1))
            let weight = rarity * Logarithm.damped(term.count) * (term.isInFirstLine ? 2 : 1)
            return (term.text, weight, frequency)
        }
        let sorted = weighed.sorted { ($1.weight, $0.text) < ($0.weight, $1.text) }
        return sorted.filter { $0.frequency > 1 }.prefix(queryTerms).map(\.text)
            + sorted.filter { $0.frequency == 1 }.prefix(singularTerms).map(\.text)
    }

    private static func spaced(_ scalars: ArraySlice<UInt32>) -> String? {
        var ascii: [UInt8] = []
        ascii.reserveCapacity(scalars.count)
        for value in scalars {
            guard value < 0x80 else { return string(scalars) }
            ascii.append(UInt8(value))
        }
        return StopWords.contains(ascii) ? nil : String(decoding: PorterStemmer.stem(ascii), as: UTF8.self)
    }

    private static func string(_ scalars: some Sequence<UInt32>) -> String {
        var view = String.UnicodeScalarView()
        for value in scalars {
            if let scalar = Unicode.Scalar(value) { view.append(scalar) }
        }
        return String(view)
    }
}
