import FreshetCore

/// How replies to requesters sound, as the configuration spells it.
enum ReplySettings {
    private static let longest = 200

    /// A few words that complete "the tone: …".
    static func tone(_ text: String, at path: String) throws -> String {
        guard (1...longest).contains(text.count), !text.contains(where: \.isNewline) else {
            throw SettingsError("\(path): say in one line of at most \(longest) characters how replies should sound")
        }
        return text
    }

    /// - Parameter lines: `acme formal, in whole sentences`: a company and its tone.
    static func tones(_ lines: [String], at path: String) throws -> [CompanyID: String] {
        var tones: [CompanyID: String] = [:]
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2, let company = CompanyID(words[0]), tones[company] == nil else {
                throw SettingsError(
                    "\(path): '\(line)' is not a company id and its tone, like acme formal (in the environment a comma "
                        + "in it is written \\,)")
            }
            tones[company] = try tone(words[1], at: path)
        }
        return tones
    }
}
