/// The words of a text: runs of letters and digits in lower case, cut where the script changes, in NFKC.
///
/// A compound word with capitals inside (`NullPointerException`) is followed by its parts, and parts joined by
/// underscores (`max_connections`) by the whole. Words of Latin, Cyrillic and other spaced scripts, of Hangul, and of
/// scripts written without spaces are told apart, because they are made into features differently.
///
/// Linear in the text, which is read up to a limit; words beyond `wordLimit` are left out, and of a word
/// only the first `lengthLimit` scalars are kept. Marks, emoji, punctuation and control characters separate words.
struct Tokens {
    enum Script: UInt8 { case spaced, hangul, unspaced }

    enum Role: UInt8 {
        /// As it stands in the text.
        case whole
        /// A piece of the compound before it.
        case part
        /// Several words that underscores join, written as one.
        case joined
    }

    struct Word {
        var script: Script
        var role: Role
        var range: Range<Int>
        /// The word has stood in the first line.
        var isInFirstLine: Bool
    }

    static let textLimit = 1_000_000
    static let wordLimit = 100_000
    static let lengthLimit = 64

    /// In lower case, word after word.
    private(set) var scalars: [UInt32] = []
    private(set) var words: [Word] = []

    /// Reads at most `limit` scalars of the text.
    init(_ text: String, limit: Int = Tokens.textLimit) {
        let source = normalScalars(of: text, limit: limit)
        scalars.reserveCapacity(source.count)
        var isInFirstLine = true
        var at = 0
        /// Where the words begin that underscores join so far.
        var joinStart: Int?
        while at < source.count, words.count < Self.wordLimit {
            guard let script = Self.script(of: source[at], inside: nil) else {
                if source[at] == 0x0A, !words.isEmpty { isInFirstLine = false }
                at += 1
                continue
            }
            let start = at
            at += 1
            while at < source.count, Self.script(of: source[at], inside: script) == script { at += 1 }
            let firstWord = words.count
            add(source[start..<at], script, isInFirstLine: isInFirstLine)

            let joinsNext =
                script == .spaced && at + 1 < source.count && source[at] == 0x5F
                && Self.script(of: source[at + 1], inside: nil) == .spaced
            if joinsNext {
                if joinStart == nil { joinStart = firstWord }
            } else if let from = joinStart {
                addJoined(from: from, isInFirstLine: isInFirstLine)
                joinStart = nil
            }
        }
    }

    func text(of word: Word) -> String {
        var view = String.UnicodeScalarView()
        for value in scalars[word.range] {
            if let scalar = Unicode.Scalar(value) { view.append(scalar) }
        }
        return String(view)
    }

    // MARK: - Cutting

    private mutating func add(_ run: ArraySlice<UInt32>, _ script: Script, isInFirstLine: Bool) {
        let kept = run.prefix(Self.lengthLimit)
        let range = append(kept)
        words.append(Word(script: script, role: .whole, range: range, isInFirstLine: isInFirstLine))
        // Most words have no part: that must show at once.
        guard script == .spaced, kept.dropFirst().contains(where: Self.isCapital) else { return }
        let borders = Self.borders(in: kept)
        guard borders.count > 2 else { return }
        for (from, to) in zip(borders, borders.dropFirst()) where to - from >= 2 {
            let part = append(kept[from..<to])
            words.append(Word(script: script, role: .part, range: part, isInFirstLine: isInFirstLine))
        }
    }

    private mutating func addJoined(from: Int, isInFirstLine: Bool) {
        let start = scalars.count
        for index in from..<words.count where words[index].role == .whole {
            scalars.append(contentsOf: scalars[words[index].range])
            if scalars.count - start >= Self.lengthLimit { break }
        }
        let end = min(scalars.count, start + Self.lengthLimit)
        words.append(Word(script: .spaced, role: .joined, range: start..<end, isInFirstLine: isInFirstLine))
    }

    /// Appends in lower case; returns where.
    private mutating func append(_ run: some Collection<UInt32>) -> Range<Int> {
        let start = scalars.count
        for value in run {
            if value < 0x80 {
                scalars.append(65...90 ~= value ? value + 32 : value)
            } else if let scalar = Unicode.Scalar(value) {
                for lower in scalar.properties.lowercaseMapping.unicodeScalars { scalars.append(lower.value) }
            }
        }
        return start..<scalars.count
    }

    /// Where the parts of a compound begin, and its end: before a capital after a small letter or digit, and before
    /// the last of several capitals (`XMLParser`: `XML`, `Parser`).
    private static func borders(in run: ArraySlice<UInt32>) -> [Int] {
        var borders = [run.startIndex]
        for index in run.indices.dropFirst() where isCapital(run[index]) {
            let next = index + 1
            if !isCapital(run[index - 1]) || (next < run.endIndex && isSmall(run[next])) { borders.append(index) }
        }
        borders.append(run.endIndex)
        return borders
    }

    private static func isCapital(_ value: UInt32) -> Bool {
        if value < 0x80 { return 65...90 ~= value }
        return Unicode.Scalar(value)?.properties.isUppercase ?? false
    }

    private static func isSmall(_ value: UInt32) -> Bool {
        if value < 0x80 { return 97...122 ~= value }
        return Unicode.Scalar(value)?.properties.isLowercase ?? false
    }

    /// `nil` for what separates words. A combining mark belongs to the word it stands in and starts none.
    private static func script(of value: UInt32, inside current: Script?) -> Script? {
        switch value {
        case 48...57, 65...90, 97...122: return .spaced
        case 0..<0x80: return nil
        case 0xAC00...0xD7A3: return .hangul
        case 0x3131...0x318E, 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF: return .hangul
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: return .unspaced
        case 0x3041...0x309F, 0x30A1...0x30FF, 0x31F0...0x31FF, 0x3005: return .unspaced
        case 0x0E00...0x0EFF, 0x0F00...0x0FFF, 0x1000...0x109F, 0x1780...0x17FF:
            // Thai, Lao, Tibetan, Myanmar, Khmer: vowels are marks, and a word is unreadable without them.
            return isLetterOrMark(value) ? .unspaced : nil
        default:
            guard let scalar = Unicode.Scalar(value) else { return nil }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber:
                return .spaced
            case .nonspacingMark, .spacingMark: return current
            default: return nil
            }
        }
    }

    private static func isLetterOrMark(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch scalar.properties.generalCategory {
        case .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }
}
