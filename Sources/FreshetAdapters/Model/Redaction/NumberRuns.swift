/// Digits in a text, in groups as people write long numbers: `010-1234-5678`, `4111 1111 1111 1111`.
struct NumberRuns {
    struct Group {
        var range: Range<Int>
        var digits: [Int]
        /// What stands between it and the group before it in its run.
        var gap: [Unicode.Scalar]
    }

    /// Groups with at most two separators between them.
    private(set) var runs: [[Group]] = []

    init(_ text: [Unicode.Scalar]) {
        var run: [Group] = []
        var at = 0
        while at < text.count {
            guard Self.digit(text[at]) != nil else {
                at += 1
                continue
            }
            var end = at
            var digits: [Int] = []
            while end < text.count, let digit = Self.digit(text[end]) {
                digits.append(digit)
                end += 1
            }
            let gap = run.last.map { Array(text[$0.range.upperBound..<at]) } ?? []
            if !run.isEmpty, gap.count > 2 || !gap.allSatisfy(Self.isSeparator) {
                runs.append(run)
                run = []
            }
            run.append(Group(range: at..<end, digits: digits, gap: run.isEmpty ? [] : gap))
            at = end
        }
        if !run.isEmpty { runs.append(run) }
    }

    /// Neighbouring groups of one run that have at most `most` digits together and stand apart from other words, for each
    /// beginning the longest that `isMeant`; none overlapping the one before.
    func windows(
        in text: [Unicode.Scalar], most: Int, isMeant: (ArraySlice<Group>, [Int]) -> Bool
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for run in runs {
            var first = run.startIndex
            while first < run.endIndex {
                guard let last = Self.longest(run, from: first, text, most, isMeant) else {
                    first += 1
                    continue
                }
                found.append(run[first].range.lowerBound..<run[last].range.upperBound)
                first = last + 1
            }
        }
        return found
    }

    private static func longest(
        _ run: [Group], from first: Int, _ text: [Unicode.Scalar], _ most: Int,
        _ isMeant: (ArraySlice<Group>, [Int]) -> Bool
    ) -> Int? {
        guard isApart(text, before: run[first].range.lowerBound) else { return nil }
        var digits: [Int] = []
        var ends: [(last: Int, digits: Int)] = []
        for last in first..<run.endIndex {
            digits += run[last].digits
            guard digits.count <= most else { break }
            if isApart(text, after: run[last].range.upperBound) { ends.append((last, digits.count)) }
        }
        for end in ends.reversed() where isMeant(run[first...end.last], Array(digits.prefix(end.digits))) {
            return end.last
        }
        return nil
    }

    /// Hangul may follow or go before a number without a space: particles do.
    static func isApart(_ text: [Unicode.Scalar], before index: Int) -> Bool {
        index == 0 || !isASCIIWord(text[index - 1])
    }
    static func isApart(_ text: [Unicode.Scalar], after index: Int) -> Bool {
        index == text.count || !isASCIIWord(text[index])
    }

    static func isASCIIWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || (scalar.isASCII && (scalar.properties.isAlphabetic || digit(scalar) != nil))
    }

    /// ASCII or full width.
    static func digit(_ scalar: Unicode.Scalar) -> Int? {
        switch scalar.value {
        case 0x30...0x39: Int(scalar.value - 0x30)
        case 0xFF10...0xFF19: Int(scalar.value - 0xFF10)
        default: nil
        }
    }

    static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        " -.()/\u{A0}\u{2010}\u{2011}\u{2012}\u{2013}\u{FF0D}".unicodeScalars.contains(scalar)
    }

    static func isDash(_ scalar: Unicode.Scalar) -> Bool {
        "-\u{2010}\u{2011}\u{2012}\u{2013}\u{FF0D}".unicodeScalars.contains(scalar)
    }
}
