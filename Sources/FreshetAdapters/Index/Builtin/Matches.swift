import FreshetCore

/// Says of hits why they were found: which of the words that were looked for stand in what is shown of them.
///
/// A word counts as the index counts it: by its stem, and in scripts without stems by its pairs of signs.
struct Matches {
    private let terms: Set<String>
    /// Those of one or two signs, by them.
    private let signs: [Beginning: String]
    private let beginnings: Set<Beginning>
    private let highlights: Bool

    private static let mostTerms = 8
    private static let mostRanges = 50

    /// - Parameter terms: those that the index looked for.
    init(of terms: [String], highlights: Bool) {
        self.terms = Set(terms)
        self.highlights = highlights
        let begun = terms.map { (Beginning($0.unicodeScalars.lazy.map(\.value)), $0) }
        signs = Dictionary(begun.filter { $0.1.unicodeScalars.count <= 2 }) { first, _ in first }
        beginnings = Set(begun.map { $0.0.stemmed })
    }

    /// The first two signs of a word, or its only one.
    private struct Beginning: Hashable {
        var first: UInt32
        /// 0 where there is none.
        var second: UInt32

        init(_ first: UInt32, _ second: UInt32) {
            self.first = first
            self.second = second
        }

        init(_ scalars: some Sequence<UInt32>) {
            var scalars = scalars.makeIterator()
            first = scalars.next() ?? 0
            second = scalars.next() ?? 0
        }

        /// As it may be in the word's stem, which can end in `i` where the word has `y`.
        var stemmed: Beginning { Beginning(first, second == 0x79 ? 0x69 : second) }
        var alone: Beginning { Beginning(first, 0) }
    }

    func explaining(_ hit: Hit) -> Hit {
        guard !terms.isEmpty else { return hit }
        var explained = hit
        var words: [String] = []
        var best = 0
        for field in HitField.allCases {
            let text = hit.text(of: field)
            if text.isEmpty { continue }
            let tokens = Tokens(text)
            var found: Set<String> = []
            for word in tokens.words where word.role != .part || words.isEmpty {
                guard let term = match(word, in: tokens), found.insert(term).inserted else { continue }
                let text = tokens.text(of: word)
                if words.count < Self.mostTerms, !words.contains(text) { words.append(text) }
            }
            if found.count > best {
                best = found.count
                explained.match.field = field
            }
            if highlights, !found.isEmpty {
                let ranges = ranges(in: text)
                if !ranges.isEmpty { explained.highlights.append(Highlight(field: field, ranges: ranges)) }
            }
        }
        explained.match.terms = words
        return explained
    }

    /// The term that was looked for and stands in this word. Most words are none: that must show at once.
    private func match(_ word: Tokens.Word, in tokens: Tokens) -> String? {
        let scalars = tokens.scalars[word.range]
        switch word.script {
        case .spaced:
            let beginning = Beginning(scalars).stemmed
            guard beginnings.contains(beginning) || beginnings.contains(beginning.alone) else { return nil }
            return FullText.terms(of: word, in: tokens).first(where: terms.contains)
        case .hangul, .unspaced:
            // The first sign of several was only indexed so that endings do not hide the word.
            if scalars.count == 1 { return signs[Beginning(scalars)] }
            for (first, second) in zip(scalars, scalars.dropFirst()) {
                if let term = signs[Beginning(first, second)] { return term }
            }
            return nil
        }
    }

    /// Where words with a match stand, in UTF-16 code units. Runs of letters and digits are taken whole; in scripts without
    /// spaces a run may be a sentence.
    private func ranges(in text: String) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var run = String.UnicodeScalarView()
        var start = 0
        var at = 0
        func close() {
            if run.isEmpty { return }
            let tokens = Tokens(String(run))
            if tokens.words.contains(where: { match($0, in: tokens) != nil }) { ranges.append(start..<at) }
            run = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            if ranges.count == Self.mostRanges { break }
            if Self.isPartOfWord(scalar) {
                if run.isEmpty { start = at }
                run.append(scalar)
            } else {
                close()
            }
            at += scalar.value > 0xFFFF ? 2 : 1
        }
        if ranges.count < Self.mostRanges { close() }
        return ranges
    }

    private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return (48...57).contains(scalar.value) || (97...122).contains(scalar.value | 0x20) || scalar == "_"
        }
        let properties = scalar.properties
        return properties.isAlphabetic || properties.numericType != nil
            || properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
    }
}

/// Finds attachments by the terms of their names and types; their items' labels pass the filters.
struct AttachmentSearch {
    let query: SearchQuery
    let company: CompanyID
    let points: any PointStore

    func hits() async throws -> [Hit] {
        let question = Question(query.text)
        guard !question.isEmpty, query.limit > 0 else { return [] }
        // Who looks for a file uses few words. Of a longer text those count that it begins with.
        let terms = question.terms.prefix(FullText.queryTerms).map(\.text)
        let types = query.filters.contentType.map { $0.lowercased() }
        var filters = query.filters
        filters.contentType = []
        let matches = Matches(of: terms, highlights: query.highlights)

        var hits: [Hit] = []
        var depth = query.limit + Self.firstSurplus
        while true {
            let found = try await points.attachments(named: terms, in: company, limit: depth)
            let fitting = found.filter { $0.item != query.excluding && Self.fits($0.attachment, types) }
            let items = Array(Set(fitting.map(\.item)))
            let payloads = try await points.hits(items, in: company, filters: filters)
            hits = fitting.compactMap { found in
                guard var hit = payloads[found.item] else { return nil }
                hit.attachment = found.attachment
                hit.score = found.score
                return hit
            }
            // Filters may turn most away: then deeper, as far as anybody would look.
            if hits.count >= query.limit || found.count < depth || depth >= Self.deepest { break }
            depth = min(depth * 10, Self.deepest)
        }
        return hits.prefix(query.limit).map(matches.explaining)
    }

    private static let firstSurplus = 20
    private static let deepest = 5_000

    private static func fits(_ attachment: Attachment, _ types: [String]) -> Bool {
        if types.isEmpty { return true }
        guard let own = attachment.contentType?.lowercased() else { return false }
        return types.contains { own == $0 || own.hasPrefix($0 + "/") }
    }
}
