/// A text as UTF-8 with its ASCII letters also in lower case, at the same places: cheap to cut into lines and to search
/// for cues. All of its operations are linear in the bytes they look at.
struct ByteText {
    let bytes: [UInt8]
    /// `bytes` with ASCII capitals made small.
    let folded: [UInt8]

    /// Reads at most `limit` bytes, up to the border of a scalar.
    init(_ text: String, limit: Int) {
        var bytes = Array(text.utf8.prefix(limit))
        if bytes.count == limit {
            // A scalar cut in two would turn into a replacement character, which is not in the text.
            var end = bytes.count
            while end > 0, bytes[end - 1] & 0xC0 == 0x80 { end -= 1 }
            if end > 0, bytes[end - 1] >= 0xC0 {
                let lead = bytes[end - 1]
                let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
                if end - 1 + length > bytes.count { bytes.removeSubrange((end - 1)...) }
            }
        }
        self.bytes = bytes
        folded = bytes.map { 65...90 ~= $0 ? $0 + 32 : $0 }
    }

    /// The lines without the white space around them; blank ones are empty ranges. LF, CR and CRLF end a line.
    func lines(limit: Int) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        var at = 0
        while at <= bytes.count, lines.count < limit {
            if at == bytes.count || bytes[at] == 0x0A || bytes[at] == 0x0D {
                lines.append(trimmed(start..<at))
                if at + 1 < bytes.count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A { at += 1 }
                start = at + 1
            }
            at += 1
        }
        return lines
    }

    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    func hasPrefix(_ prefix: StaticString, in range: Range<Int>) -> Bool {
        matches(prefix, at: range.lowerBound, in: range)
    }

    func hasSuffix(_ suffix: StaticString, in range: Range<Int>) -> Bool {
        matches(suffix, at: range.upperBound - suffix.utf8CodeUnitCount, in: range)
    }

    func equals(_ text: StaticString, in range: Range<Int>) -> Bool {
        range.count == text.utf8CodeUnitCount && hasPrefix(text, in: range)
    }

    func contains(_ needle: StaticString, in range: Range<Int>) -> Bool {
        firstIndex(of: needle, in: range) != nil
    }

    /// Where `needle` (lower case) begins.
    func firstIndex(of needle: StaticString, in range: Range<Int>) -> Int? {
        let length = needle.utf8CodeUnitCount
        guard length > 0, range.count >= length else { return nil }
        let first = needle.utf8Start[0]
        var at = range.lowerBound
        let last = range.upperBound - length
        while at <= last {
            if folded[at] == first, matches(needle, at: at, in: range) { return at }
            at += 1
        }
        return nil
    }

    /// Whether one of `cues` stands in `range`; one that begins or ends with an ASCII letter only as whole words.
    func containsCue(_ cues: [StaticString], in range: Range<Int>) -> Bool {
        cues.contains { containsCue($0, in: range) }
    }

    func countCues(_ cues: [StaticString], in range: Range<Int>) -> Int {
        cues.reduce(0) { $0 + (containsCue($1, in: range) ? 1 : 0) }
    }

    private func containsCue(_ cue: StaticString, in range: Range<Int>) -> Bool {
        let length = cue.utf8CodeUnitCount
        var rest = range
        while let at = firstIndex(of: cue, in: rest) {
            let end = at + length
            let opens = at == range.lowerBound || !isLetter(folded[at]) || !isLetter(folded[at - 1])
            let closes = end == range.upperBound || !isLetter(folded[end - 1]) || !isLetter(folded[end])
            if opens, closes { return true }
            rest = (at + 1)..<range.upperBound
        }
        return false
    }

    func startsWithCue(_ cues: [StaticString], in range: Range<Int>) -> Bool {
        cues.contains { cue in
            guard hasPrefix(cue, in: range) else { return false }
            let end = range.lowerBound + cue.utf8CodeUnitCount
            return end == range.upperBound || !isLetter(folded[end - 1]) || !isLetter(folded[end])
        }
    }

    /// Characters in the range, counted as Unicode scalars.
    func length(of range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

    /// The text of the range, its white space collapsed to single spaces.
    func text(of range: Range<Int>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        for byte in bytes[range] {
            if isSpace(byte) {
                if result.last != 0x20 { result.append(0x20) }
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func matches(_ text: StaticString, at start: Int, in range: Range<Int>) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= range.lowerBound, start + length <= range.upperBound else { return false }
        for offset in 0..<length where folded[start + offset] != text.utf8Start[offset] { return false }
        return true
    }

    private func isLetter(_ byte: UInt8) -> Bool { 97...122 ~= byte }
}

/// White space and control characters of ASCII.
func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

func isDigit(_ byte: UInt8) -> Bool { 48...57 ~= byte }
