import FreshetCore

extension Passage {
    /// Subject and parts, a blank line between them.
    var text: String { ([subject] + parts.map(\.text)).joined(separator: "\n\n") }

    /// What our own side says in it: agents and articles. A customer's subject is not ours, an article's title is.
    var ownText: String {
        let title = item.kind == .article ? [subject] : []
        return (title + parts.filter { $0.voice != .requester }.map(\.text)).joined(separator: "\n\n")
    }

    func mapped(_ change: (String) -> String) -> Passage {
        var passage = self
        passage.subject = change(subject)
        for index in parts.indices { passage.parts[index].text = change(parts[index].text) }
        return passage
    }

    /// Without sentences that address a program.
    var withoutAimedText: Passage { mapped(AimedText.removed(from:)) }

    /// What of it a stranger may read: an article as it is; of a ticket everything but names, addresses and numbers of the
    /// people in it.
    var withoutPeople: Passage {
        guard item.kind == .ticket else { return self }
        let names = people.flatMap(Self.spellings)
        return mapped { text in
            names.reduce(Self.withoutNumbers(Self.withoutPersonalData(text))) { Self.removing($1, from: $0) }
        }
    }

    private static func withoutPersonalData(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var at = 0
        for span in personal.spans(in: scalars) {
            result.append(contentsOf: scalars[at..<span.range.lowerBound])
            result.append(contentsOf: AimedText.gap.unicodeScalars)
            at = span.range.upperBound
        }
        result.append(contentsOf: scalars[at...])
        return String(result)
    }

    /// Numbers of orders, customers, tickets: long ones, and such as are written with a #. Error codes in hexadecimal stay.
    private static func withoutNumbers(_ text: String) -> String {
        text.replacing(/0[xX][0-9A-Fa-f]+|#\d{2,}|(?:[A-Za-z]{1,6}-?)?\d{5,}/) { match in
            match.output.lowercased().hasPrefix("0x") ? String(match.output) : AimedText.gap
        }
    }

    private static let personal = Redactor(kinds: Set(PersonalData.allCases))

    /// The whole name, then its parts as far as they are long enough not to be everyday words.
    private static func spellings(of name: String) -> [String] {
        let parts = name.split { $0.isWhitespace }.map(String.init)
        return [parts.joined(separator: " ")].filter { !$0.isEmpty }
            + parts.filter { $0.count >= 3 && ($0.first?.isUppercase ?? false) }
    }

    /// Korean names are followed by particles without a space; Latin ones stand alone.
    private static func removing(_ name: String, from text: String) -> String {
        let standsAlone = (name.unicodeScalars.first?.value ?? 0) < 0x1100
        var result = text
        for range in text.ranges(of: name).reversed() {
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
            if standsAlone, before.isLetter || after.isLetter { continue }
            result.replaceSubrange(range, with: AimedText.gap)
        }
        return result
    }

    // MARK: - Cutting

    /// The parts that fit and say most about the words, in their order; always the beginning of the first.
    func cut(to tokens: Int, about words: Set<String>) -> Passage {
        precondition(tokens >= 50)
        var passage = self
        passage.subject = String(TokenEstimate.prefix(of: subject[...], tokens: tokens / 4))
        var room = tokens - TokenEstimate.count(passage.subject)
        // Ties go to the earlier part; the first tells what it is about.
        let order = parts.indices.sorted { a, b in
            let (one, other) = (a == 0 ? Int.max : weight(a, words), b == 0 ? Int.max : weight(b, words))
            return one == other ? a < b : one > other
        }
        var kept: [Int: Part] = [:]
        for index in order where room > 20 {
            var part = parts[index]
            // The opening must not take the room of what others say about it.
            let limit = index == 0 && parts.count > 1 ? max(50, room / 2) : room
            part.text = String(TokenEstimate.prefix(of: part.text[...], tokens: min(limit, room)))
            room -= TokenEstimate.count(part.text) + 4
            kept[index] = part
        }
        passage.parts = kept.sorted { $0.key < $1.key }.map(\.value)
        return passage
    }

    private func weight(_ index: Int, _ words: Set<String>) -> Int {
        let held = Set(Evidence.words(parts[index].text).map(Evidence.beginning)).intersection(words).count
        // What helped is more than what was asked.
        return held * 2 + (parts[index].voice == .requester ? 0 : 1)
    }
}
