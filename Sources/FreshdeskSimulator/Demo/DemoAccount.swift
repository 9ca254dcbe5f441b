import Foundation

/// The account of the demonstration: Lumenfold, a made-up maker of room panels, hubs and booking software, with its
/// customers' tickets in English and Korean. People, companies and addresses are invented.
///
/// Times are moved by whole days so that the latest message is 6 to 30 hours old, whenever it is shown.
enum DemoAccount {
    static let identity = Account.Identity(
        domain: "lumenfold.freshdesk.com", id: 2_048_911, name: "Lumenfold", supportEmail: "help@lumenfold.example")

    /// Tickets that something has happened to.
    enum Special {
        static let mergedPrimary: Int64 = 2
        static let mergedSecondary: Int64 = 63
        static let spam: Int64 = 64
        static let trashed: Int64 = 65
        static let archived: Int64 = 66
    }

    /// Groups of tickets that are about the same thing in different words, for whoever wants to see them found.
    static let duplicates: [[Int64]] = [
        [1, 2, 3, 41], [4, 5, 42, 43], [6, 7, 44], [8, 9, 45, 46], [10, 11, 47], [12, 13, 48, 49], [14, 50, 51, 52],
        [15, 16, 17], [18, 19, 53], [20, 21, 54], [22, 23, 55],
    ]

    /// Throws `LoadError` when the script holds a mistake.
    static func load(into account: inout Account, now: Seconds) throws {
        var lines: [(number: Int, TicketLine)] = []
        for (name, script) in [("english", english), ("more-english", moreEnglish), ("korean", korean)] {
            do throws(DemoScript.Mistake) {
                lines += try DemoScript.tickets(in: script)
            } catch {
                throw LoadError(file: "demo/\(name)", line: error.line, problem: error.problem)
            }
        }
        let moments = lines.flatMap { $0.1.messages ?? [] }.compactMap(\.createdAt).compactMap { Seconds(iso8601: $0) }
        let latest = moments.max() ?? now
        let days = (now.value - 6 * Seconds.hour - latest.value) / Seconds.day
        let shifted = lines.map { ($0.number, $0.1.moved(by: days * Seconds.day)) }
        try account.load(shifted, named: "demo", now: now)
        try account.loadArticles(Data(articles.utf8), named: "demo/articles", now: now)
        try playHistory(in: &account, now: now)
        // It is the past: nobody is told.
        _ = account.takeEvents()
    }

    private static func playHistory(in account: inout Account, now: Seconds) throws(Refusal) {
        var note = MessageDraft(
            body: "<div>Same building and same cause as in September, merged. Both displays need 4.2.1, too.</div>")
        note.isPrivate = true
        let merge = Account.Merge(
            primary: Special.mergedPrimary, secondaries: [Special.mergedSecondary], noteInPrimary: note)
        try account.merge(merge, now: now - 5 * Seconds.hour)
        try account.markSpam(Special.spam, now: now - 4 * Seconds.hour)
        try account.trash(Special.trashed, now: now - 3 * Seconds.hour)
        try account.archive(Special.archived)
    }
}

extension TicketLine {
    fileprivate func moved(by seconds: Int64) -> TicketLine {
        func moved(_ text: String) -> String { (Seconds(iso8601: text).map { $0 + seconds })?.iso8601 ?? text }
        var copy = self
        copy.createdAt = moved(createdAt)
        copy.messages = messages?.map { message in
            var message = message
            message.createdAt = message.createdAt.map(moved)
            return message
        }
        return copy
    }
}
