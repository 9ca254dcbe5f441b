import FreshetAdapters
import FreshetCore

/// What is hidden from models, as the configuration spells it.
enum PrivacySettings {
    /// - Parameters:
    ///   - usual: kinds of data, or names of patterns.
    ///   - patterns: `order=\bORD-\d+\b`: a name and what it matches.
    ///   - companies: `acme email phone order`, `globex none`: in the place of `usual`.
    static func policy(usual: [String], patterns: [String], companies: [String]) throws -> RedactionPolicy {
        var known: [String: Redactor.Pattern] = [:]
        for line in patterns {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, known[parts[0]] == nil, PersonalData(rawValue: parts[0]) == nil else {
                throw SettingsError("privacy.patterns: '\(line)' is not a new NAME=PATTERN")
            }
            do {
                known[parts[0]] = try Redactor.Pattern(label: parts[0], pattern: parts[1])
            } catch {
                throw SettingsError("privacy.patterns: '\(parts[0])': \(error)")
            }
        }
        func redactor(_ words: [String], _ path: String) throws -> Redactor {
            var redactor = Redactor()
            for word in words {
                if let kind = PersonalData(rawValue: word) {
                    redactor.kinds.insert(kind)
                } else if let pattern = known[word] {
                    if !redactor.patterns.contains(pattern) { redactor.patterns.append(pattern) }
                } else {
                    let all = PersonalData.allCases.map(\.rawValue) + known.keys.sorted()
                    throw SettingsError("\(path): '\(word)' is not one of \(all.joined(separator: " | "))")
                }
            }
            return redactor
        }
        var policy = RedactionPolicy(usual: try redactor(usual, "privacy.redact"))
        for line in companies {
            let words = line.split(separator: " ").map(String.init)
            guard let company = words.first.flatMap({ CompanyID($0) }), policy.companies[company] == nil,
                words.count > 1
            else {
                throw SettingsError(
                    "privacy.companies: '\(line)' is not a company id and what is hidden for it, or none")
            }
            policy.companies[company] =
                words.dropFirst() == ["none"] ? Redactor() : try redactor(Array(words.dropFirst()), "privacy.companies")
        }
        return policy
    }
}
