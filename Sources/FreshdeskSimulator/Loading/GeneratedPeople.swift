/// Who takes part in generated tickets. Ids follow from an index, so that a ticket can name people before the account
/// knows them.
enum GeneratedPeople {
    struct Customer: Sendable, Equatable {
        var index: Int
        var language: Int

        var id: Int64 { 62_010_000_000 + Int64(index) }
        /// A few have no company.
        var company: Int? { index % 11 == 10 ? nil : (index &* 7919) % GeneratedPeople.companyCount }
        var name: String {
            var random = SplitMix64(seed: UInt64(index) &+ 0x6E61_6D65)
            let names = GeneratedPeople.languages[language].names
            let (first, last) = (random.pick(names.first), random.pick(names.last))
            // Koreans and Japanese put the family first.
            return language == 1 || language == 4 ? last + first : first + " " + last
        }
        var email: String {
            let domain = company.map(GeneratedPeople.companyDomain) ?? "mail.example"
            let name = name
            return Account.mailbox(name.utf8.allSatisfy { $0 < 0x80 } ? "\(name) \(index)" : "user\(index)", at: domain)
        }
    }

    static let agentCount = 24
    static let companyCount = Phrases.companyNames.count * Phrases.companyKinds.count
    static let customerCount = 9_000

    /// English, Korean, German, Spanish, Japanese, with the names of who writes it.
    static let languages = [Phrases.english, Phrases.korean, Phrases.german, Phrases.spanish, Phrases.japanese]

    static func agentID(_ drawn: UInt64) -> Int64 { 62_003_400_000 + Int64(drawn % UInt64(agentCount)) }
    static func groupID(_ index: Int) -> Int64 { 62_000_160_000 + Int64(index) }
    static func productID(_ index: Int) -> Int64 { 62_000_340_000 + Int64(index) }
    static func companyID(_ index: Int) -> Int64 { 62_000_930_000 + Int64(index) }

    static func agentName(_ index: Int) -> String {
        index < Phrases.agents.count
            ? Phrases.agents[index]
            : Phrases.english.names.first[index % Phrases.english.names.first.count] + " "
                + Phrases.korean.names.last[index % Phrases.korean.names.last.count]
    }

    static func companyName(_ index: Int) -> String {
        Phrases.companyNames[index % Phrases.companyNames.count] + " "
            + Phrases.companyKinds[index / Phrases.companyNames.count]
    }

    static func companyDomain(_ index: Int) -> String {
        String(companyName(index).lowercased().map { $0 == " " ? "-" : $0 }) + ".example"
    }

    /// Few customers write often, many seldom. `percent` (0 to 99) settles the language, `share` (0..<1) who it is.
    static func customer(_ percent: Int, _ share: Double) -> Customer {
        let language =
            switch percent {
            case 0..<50: 0
            case 50..<80: 1
            case 80..<88: 2
            case 88..<95: 3
            default: 4
            }
        let rank = Int(share * share * Double(customerCount / languages.count))
        return Customer(index: rank * languages.count + language, language: language)
    }
}
