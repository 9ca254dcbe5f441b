import FreshetCore
import FreshetTestKit

/// Tickets as a help desk delivers them, drawn at random, and the ways in which two fetches differ though nobody did
/// anything.
struct SampleTickets {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let company = CompanyID("tidewater")
    static func item(_ id: Int64 = 4711) -> Item {
        guard let company else { preconditionFailure("the sample company is well formed") }
        return Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id)
    }

    private static let words = [
        "export", "ends", "early", "the", "ledger", "rows", "한글", "청구서", "납니다", "café", "naïve", "<b>", "a&b",
        "\"quoted\"", "C:\\tmp", "1 < 2", "日本語", "😀", "e\u{301}",
    ]

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func flag() -> Bool { Bool.random(using: &random) }

    mutating func line() -> String {
        (0...number(0..<8)).map { _ in Self.words[number(0..<Self.words.count)] }.joined(separator: " ")
    }
    mutating func lines() -> [String] { (0...number(0..<4)).map { _ in line() } }

    /// The lines as a mail program or the help desk might write them; each way shows the same.
    mutating func html(_ lines: [String]) -> String {
        let escaped = lines.map { $0.replacing("&", with: "&amp;").replacing("<", with: "&lt;") }
        switch number(0..<5) {
        case 0: return escaped.map { "<p>\($0)</p>" }.joined()
        case 1:
            return "<div style=\"font-size:14px\">\n"
                + escaped.map { "<div>\($0.replacing("é", with: "&eacute;"))</div>" }.joined(separator: "\n")
                + "\n</div>"
        case 2:
            return escaped.joined(separator: "<br>")
                + "<img src=\"https://attachment.freshdesk.com/inline/attachment?token=\(random.next())\">"
        case 3:
            return "<div><div dir=ltr>"
                + escaped.map { "<span class='x\(random.next())'>\($0.replacing(" ", with: " \r\n "))</span>" }.joined(
                    separator: "<br/>\n") + "<br></div></div>"
        default: return "<ul>" + escaped.map { " <li>\($0.replacing("\"", with: "&#34;"))</li>" }.joined() + " </ul>"
        }
    }

    /// A ticket and the lines of its texts, by message id (0 for the description), so that it can be delivered again.
    struct Sample {
        var ticket: SourceTicket
        var lines: [Int64: [String]]
    }

    /// At least three messages, whose authors each wrote two or more, two attachments and two tags.
    mutating func ticket() -> Sample {
        var lines: [Int64: [String]] = [0: self.lines()]
        let people = [
            Author(role: .requester, id: 62_007_741_903, name: "Ines Okafor"),
            Author(role: .agent, id: 9_007_199_254_740_993, name: "Jörg"),
        ]
        var messages: [SourceMessage] = []
        for index in 0..<(4 + number(0..<4)) {
            let id = 62_099_000_101 + Int64(index)
            lines[id] = self.lines()
            messages.append(
                SourceMessage(
                    id: id, author: people[index % 2], isPrivate: index % 4 == 3, isIncoming: index % 2 == 0,
                    bodyHTML: html(lines[id] ?? []),
                    attachments: index == 1
                        ? [Attachment(attachmentID: 77, fileName: "log 1.txt", contentType: "text/plain", size: 12)]
                        : [],
                    createdAt: Timestamp(seconds: 1_772_535_000 + Int64(index / 2) * 60)))
        }
        let metadata = Metadata(
            stage: .open, status: Label(id: 2, name: "Open"), priority: Label(id: 1, name: "Low"),
            type: flag() ? "Problem" : nil, source: Label(id: 1, name: "Email"),
            tags: ["export", "billing", "Ärger"], group: Label(id: 5, name: "Tier 1"),
            product: flag() ? Label(id: 6, name: "Harbor") : nil,
            agent: Person(id: 8, name: "Jörg", email: "j@tidewater.example"),
            requester: Person(id: 62_007_741_903, name: "Ines Okafor", email: "ines@harbor.example"),
            organisation: Label(id: 9, name: "Harbor"),
            customFields: [
                "cf_version": .string("4.2.1"), "cf_big": .integer(9_007_199_254_740_993), "cf_rate": .number(0.1),
                "cf_flag": .bool(true),
            ],
            createdAt: Timestamp(seconds: 1_772_534_000), updatedAt: Timestamp(seconds: 1_772_535_999))
        let ticket = SourceTicket(
            item: Self.item(), subject: line(), descriptionHTML: html(lines[0] ?? []), messages: messages,
            attachments: [
                Attachment(attachmentID: 62_055_010_007, fileName: "rows.csv", contentType: "text/csv", size: 18_432)
            ], metadata: metadata)
        return Sample(ticket: ticket, lines: lines)
    }

    /// The same ticket fetched once more, with everything that moves on its own moved.
    mutating func redelivered(_ sample: Sample) -> SourceTicket {
        var ticket = sample.ticket
        ticket.descriptionHTML = html(sample.lines[0] ?? [])
        for at in ticket.messages.indices {
            ticket.messages[at].bodyHTML = html(sample.lines[ticket.messages[at].id] ?? [])
            ticket.messages[at].editedAt = flag() ? Timestamp(seconds: 1_772_600_000 + Int64(number(0..<1000))) : nil
        }
        ticket.subject = "  " + ticket.subject.replacing(" ", with: "  ") + "\n"
        ticket.messages.shuffle(using: &random)
        if flag(), let again = ticket.messages.first { ticket.messages.append(again) }
        ticket.attachments.shuffle(using: &random)
        if flag(), let again = ticket.attachments.first { ticket.attachments.append(again) }
        for at in ticket.attachments.indices {
            ticket.attachments[at].contentType = flag() ? nil : "application/octet-stream"
        }
        ticket.metadata.tags =
            (ticket.metadata.tags + ticket.metadata.tags.prefix(1).map { " \($0) " } + (flag() ? [""] : [])).shuffled(
                using: &random)
        ticket.metadata.updatedAt = Timestamp(seconds: 1_772_600_000 + Int64(number(0..<100_000)))
        ticket.metadata.resolvedAt = flag() ? ticket.metadata.updatedAt : nil
        ticket.metadata.closedAt = flag() ? ticket.metadata.updatedAt : nil
        ticket.metadata.customFields["cf_new"] = .null
        if flag() { ticket.metadata.customFields["cf_blank"] = .string("  ") }
        if ticket.metadata.type == nil { ticket.metadata.type = flag() ? "" : nil }
        return ticket
    }
}
