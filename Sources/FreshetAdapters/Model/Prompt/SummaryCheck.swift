import FreshetCore

/// Whether a model's answer is a summary of this item. What it lets through has the right shape and length, speaks the
/// right language, and holds nothing that cannot be traced to the item:
///
/// - no markup; links and addresses of the item give way to `[link]` and `[address]`, others are a fault;
/// - numbers of two digits and more, codes, versions, paths and names occur in the item;
/// - no six words in a row come from our own instructions;
/// - no three fields are the same;
/// - a tag has a word that begins as one of the item's does; others are dropped.
struct SummaryCheck: Sendable {
    private let evidence: Evidence
    private let instructions: Set<String>
    private let language: String?

    static let longestField = 2_000
    private static let longestTag = 40
    private static let mostTags = 5
    private static let runLength = 6

    /// - Parameters:
    ///   - source: what the model was shown of the item.
    ///   - language: ISO 639-1; `nil` where it cannot be told, and any will do.
    init(source: String, instructions: String, language: String?) {
        evidence = Evidence(source)
        self.language = language
        self.instructions = Set(Self.runs(instructions + " " + SummaryPrompt.schema.json.text))
    }

    func summary(from answer: JSONValue) throws(ModelFault) -> Summary {
        guard case .object(let members) = answer, members.count == SummaryPrompt.schema.properties.count else {
            throw .broken(rule: "exactly the members of the schema")
        }
        var summary = Summary(
            problem: try text(members, "problem"), cause: try text(members, "cause"),
            solution: try text(members, "solution"), result: try text(members, "result"), tags: [], language: "und")
        guard !summary.problem.isEmpty else { throw .broken(rule: "problem must not be empty") }
        try checkSameness(of: summary)
        let prose = [summary.problem, summary.cause, summary.solution, summary.result].joined(separator: "\n")
        summary.language = try SpokenLanguage.check(prose, language)
        try checkOrigin(of: prose)
        summary.tags = try tags(members)
        return summary
    }

    // MARK: - Shape

    private func text(_ members: [String: JSONValue], _ name: String) throws(ModelFault) -> String {
        guard let value = members[name]?.text else { throw .broken(rule: "\(name) must be a text") }
        let text = Self.plain(value)
        guard text.count <= Self.longestField else {
            throw .broken(rule: "\(name) must not be longer than \(Self.longestField) characters")
        }
        if text.contains(Self.markup) { throw .broken(rule: "no markup in \(name)") }
        return try withoutLinks(text, name)
    }

    /// Without control and format characters, white space collapsed.
    static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.isWhitespace ? " " : scalar
        }.filter { ![.control, .format, .privateUse, .unassigned].contains($0.properties.generalCategory) }
        return String(String.UnicodeScalarView(scalars)).split(separator: " ").joined(separator: " ")
    }

    private func withoutLinks(_ text: String, _ name: String) throws(ModelFault) -> String {
        var result = text
        for (pattern, stand) in [(Self.link, "[link]"), (Self.address, "[address]")] {
            for match in result.matches(of: pattern).reversed() {
                guard evidence.holds(String(match.output)) else { throw .broken(rule: "no link or address in \(name)") }
                result.replaceSubrange(match.range, with: stand)
            }
        }
        return result
    }

    nonisolated(unsafe) static let markup =
        /<\s*\/?\s*(?:script|img|a|iframe|svg|style|object|embed|form|link|meta|base|video|audio|input|button|body|html)\b|!?\[[^\]\n]*\]\([^)\n]*\)|javascript:|```|<!--/
        .ignoresCase()
    nonisolated(unsafe) static let link =
        /(?:[a-z][a-z0-9+.\-]{1,20}:\/\/|www\.|mailto:)[^\s"'<>)\]]+/.ignoresCase()
    nonisolated(unsafe) static let address = /[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+/

    // MARK: - Origin

    private func checkSameness(of summary: Summary) throws(ModelFault) {
        let fields = [summary.problem, summary.cause, summary.solution, summary.result].filter { !$0.isEmpty }
        for field in Set(fields) where fields.count(where: { $0 == field }) >= 3 {
            throw .broken(rule: "the fields must not repeat one another")
        }
    }

    private func checkOrigin(of prose: String) throws(ModelFault) {
        for identifier in Evidence.identifiers(
            in: prose.replacing("[link]", with: " ").replacing("[address]", with: " "))
        where !evidence.holds(identifier) {
            throw .broken(rule: "numbers, codes and names must stand in the item")
        }
        // German writes every noun with a capital.
        if language != "de" {
            for match in prose.matches(of: /[a-z,;:]["'(]*\s+["'(]*([A-Z][a-z]{2,})/) {
                guard evidence.holds(beginningOf: String(match.output.1)) else {
                    throw .broken(rule: "names must stand in the item")
                }
            }
        }
        for run in Self.runs(prose) where instructions.contains(run) && !evidence.holds(run) {
            throw .broken(rule: "instructions are not part of the item")
        }
    }

    /// Every six words in a row.
    static func runs(_ text: String) -> [String] {
        let words = Evidence.words(text)
        guard words.count >= runLength else { return [] }
        return (0...words.count - runLength).map { words[$0..<$0 + runLength].joined(separator: " ") }
    }

    // MARK: - Tags

    private func tags(_ members: [String: JSONValue]) throws(ModelFault) -> [String] {
        guard let elements = members["tags"]?.elements else { throw .broken(rule: "tags must be a list") }
        guard elements.count <= Self.mostTags else { throw .broken(rule: "at most \(Self.mostTags) tags") }
        var tags: [String] = []
        for element in elements {
            guard let text = element.text else { throw .broken(rule: "tags must be texts") }
            let tag = Self.plain(text).lowercased()
            guard !tag.isEmpty, !tags.contains(tag) else { continue }
            guard tag.count <= Self.longestTag, tag.wholeMatch(of: /[\p{L}\p{N}][\p{L}\p{M}\p{N} .+#\/&'’_-]*/) != nil
            else {
                throw .broken(rule: "a tag is one to three plain words")
            }
            let words = tag.split(separator: " ").map(String.init)
            guard words.count <= 4 else { throw .broken(rule: "a tag is one to three plain words") }
            if words.contains(where: { evidence.holds(beginningOf: $0) }),
                Evidence.identifiers(in: text).allSatisfy({ evidence.holds($0) })
            {
                tags.append(tag)
            }
        }
        return tags
    }
}
