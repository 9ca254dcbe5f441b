/// Puts placeholders in the place of personal data before a text leaves for a model.
package struct Redactor: Sendable, Equatable {
    package var kinds: Set<PersonalData>
    package var patterns: [Pattern]

    /// One of the company's own.
    package struct Pattern: Sendable, Equatable {
        /// Of its placeholders: capital letters and `_`.
        package var label: String
        package var pattern: LinearPattern

        /// Throws `LinearPattern.Fault`.
        package init(label: String, pattern: String) throws {
            let label = label.uppercased()
            guard (1...20).contains(label.utf8.count),
                label.utf8.allSatisfy({ (65...90).contains($0) || $0 == UInt8(ascii: "_") })
            else { throw LinearPattern.Fault(description: "its name must be 1 to 20 letters or _") }
            self.label = label
            self.pattern = try LinearPattern(pattern)
        }
    }

    package init(kinds: Set<PersonalData> = [], patterns: [Pattern] = []) {
        self.kinds = kinds
        self.patterns = patterns
    }

    package var isIdle: Bool { kinds.isEmpty && patterns.isEmpty }

    /// What to hide in a text, from left to right. Where matches overlap, all that any of them covers is one, under the
    /// label of the longest.
    func spans(in text: [Unicode.Scalar]) -> [(range: Range<Int>, label: String)] {
        let numbers = NumberRuns(text)
        var found: [(range: Range<Int>, label: String, length: Int)] = []
        for kind in PersonalData.allCases where kinds.contains(kind) {
            found += kind.ranges(in: text, numbers).map { ($0, kind.label, $0.count) }
        }
        for pattern in patterns {
            found += pattern.pattern.matches(in: text).map { ($0, pattern.label, $0.count) }
        }
        found.sort { ($0.range.lowerBound, -$0.length) < ($1.range.lowerBound, -$1.length) }
        var spans: [(range: Range<Int>, label: String, length: Int)] = []
        for next in found {
            guard let last = spans.last, next.range.lowerBound < last.range.upperBound else {
                spans.append(next)
                continue
            }
            let end = max(last.range.upperBound, next.range.upperBound)
            let longest = next.length > last.length ? next : last
            spans[spans.count - 1] = (last.range.lowerBound..<end, longest.label, longest.length)
        }
        return spans.map { ($0.range, $0.label) }
    }
}

/// The placeholders of one item: the same text has the same one throughout, and they are turned back only here, in memory.
///
/// A text that brings what looks like a placeholder keeps it: its number is not given out, so nothing of anybody's is put
/// in its place.
struct Placeholders {
    private let redactor: Redactor
    private var names: [String: String] = [:]
    private(set) var originals: [String: String] = [:]
    private var counts: [String: Int] = [:]
    private let taken: Set<String>

    /// - Parameter texts: all that will be redacted.
    init(_ redactor: Redactor, for texts: [String]) {
        self.redactor = redactor
        var taken: Set<String> = []
        for text in texts where text.contains("[") { taken.formUnion(Self.lookalikes(in: text)) }
        self.taken = taken
    }

    mutating func redacted(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let spans = redactor.spans(in: scalars)
        guard !spans.isEmpty else { return text }
        var result = String.UnicodeScalarView()
        var at = 0
        for span in spans {
            result.append(contentsOf: scalars[at..<span.range.lowerBound])
            result.append(contentsOf: name(of: Self.string(scalars[span.range]), span.label).unicodeScalars)
            at = span.range.upperBound
        }
        result.append(contentsOf: scalars[at...])
        return String(result)
    }

    /// Every placeholder that was given out, as it was before.
    func restored(_ text: String) -> String {
        guard !originals.isEmpty, text.contains("[") else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            result += rest[..<open]
            rest = rest[open...]
            if let close = rest.prefix(40).firstIndex(of: "]"), let original = originals[String(rest[...close])] {
                result += original
                rest = rest[rest.index(after: close)...]
            } else {
                result.append("[")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// Whether a placeholder is in the text in whatever spelling.
    func isNamed(in text: String) -> Bool {
        let text = text.uppercased()
        return originals.keys.contains { text.contains($0.dropFirst().dropLast()) }
    }

    private mutating func name(of original: String, _ label: String) -> String {
        let key = "\(label) \(original)"
        if let name = names[key] { return name }
        var name: String
        repeat {
            counts[label, default: 0] += 1
            name = "[\(label)-\(counts[label, default: 1])]"
        } while taken.contains(name)
        names[key] = name
        originals[name] = original
        return name
    }

    /// In any case: a model may change that.
    private static func lookalikes(in text: String) -> Set<String> {
        var found: Set<String> = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            rest = rest[open...]
            guard let close = rest.prefix(40).firstIndex(of: "]") else {
                rest = rest.dropFirst()
                continue
            }
            found.insert(rest[...close].uppercased())
            rest = rest.dropFirst()
        }
        return found
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
