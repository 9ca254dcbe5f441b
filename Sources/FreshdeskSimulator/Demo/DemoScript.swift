/// The plain text in which the demonstration's tickets are written down, since people should read and change them.
///
///     === 12 Subject
///     state: closed, high, Incident
///     about: Lumenfold Panel / Technical Support
///     tags: panel, firmware
///     from: Ines Okafor <ines@harbor.example>, Harbor Logistics
///     at: 2026-08-03T09:12:00Z
///     file: boot.log, text/plain, 18432
///
///     The first message, until the next line that begins with three dashes.
///     --- agent Mina Park +2h
///     An answer, two hours after the message before. `customer`, `note NAME` and `bot` are the other speakers.
///
/// Optional: `source: 15`, `version: 4.2.0` (a custom field), `cc: a@b, c@d`; `file:` also right under a speaker's line.
enum DemoScript {
    struct Mistake: Error, Equatable, CustomStringConvertible {
        var line: Int
        var problem: String
        var description: String { "line \(line): \(problem)" }
    }

    /// The tickets of a script, in its order.
    static func tickets(in script: String) throws(Mistake) -> [(number: Int, TicketLine)] {
        var tickets: [(number: Int, TicketLine)] = []
        var draft: Draft?
        for (index, line) in script.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do throws(Draft.Problem) {
                if line.hasPrefix("=== ") {
                    if let draft { tickets.append((draft.line, try draft.finished())) }
                    draft = try Draft(title: line.dropFirst(4), line: index + 1)
                } else if draft == nil {
                    guard line.isEmpty else { throw Draft.Problem("a ticket begins with ===") }
                } else {
                    try draft?.take(line)
                }
            } catch {
                throw Mistake(line: index + 1, problem: error.text)
            }
        }
        do throws(Draft.Problem) {
            if let draft { tickets.append((draft.line, try draft.finished())) }
        } catch {
            throw Mistake(line: draft?.line ?? 0, problem: error.text)
        }
        return tickets
    }
}

/// A ticket of which some lines have been read.
private struct Draft {
    struct Problem: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    private enum Part { case head, files, body }

    let line: Int
    private var ticket: TicketLine
    private var moment = Seconds(0)
    private var messages: [TicketLine.Message] = []
    private var files: [TicketLine.File] = []
    private var part = Part.head
    private var body: [Substring] = []

    init(title: Substring, line: Int) throws(Problem) {
        let words = title.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let id = Int64(words[0]) else { throw Problem("=== needs a number and a subject") }
        self.line = line
        ticket = TicketLine(id: .integer(id), subject: String(words[1]), createdAt: "")
    }

    func finished() throws(Problem) -> TicketLine {
        var copy = self
        copy.closeMessage()
        guard let first = copy.messages.first, first.createdAt != nil, part != .head else {
            throw Problem("a ticket needs 'at:' and a message")
        }
        var ticket = copy.ticket
        ticket.messages = copy.messages
        return ticket
    }

    mutating func take(_ line: Substring) throws(Problem) {
        if line.hasPrefix("--- ") {
            guard part != .head else { throw Problem("a ticket begins with its first message") }
            closeMessage()
            try open(line.dropFirst(4))
            return
        }
        switch part {
        case .head where line.isEmpty:
            messages = [TicketLine.Message(role: "requester", createdAt: moment.iso8601, attachments: files)]
            files = []
            part = .body
        case .head: try takeHead(line)
        case .files where line.hasPrefix("file: "):
            let file = try file(line.dropFirst(6))
            messages[messages.count - 1].attachments?.append(file)
        case .files, .body:
            part = .body
            body.append(line)
        }
    }

    private mutating func takeHead(_ line: Substring) throws(Problem) {
        let sides = line.split(separator: ": ", maxSplits: 1)
        guard sides.count == 2 else { throw Problem("'key: value' or an empty line is expected") }
        let value = sides[1]
        let values = value.split(separator: ", ").map(String.init)
        switch sides[0] {
        case "state":
            guard values.count == 3 else { throw Problem("state: status, priority, type") }
            ticket.status = .string(values[0])
            ticket.priority = .string(values[1])
            ticket.type = values[2]
        case "about":
            let names = value.split(separator: " / ").map(String.init)
            guard names.count == 2 else { throw Problem("about: product / group") }
            ticket.product = names[0]
            ticket.group = names[1]
        case "tags": ticket.tags = values
        case "from":
            guard let open = value.firstIndex(of: "<"), let close = value.firstIndex(of: ">"), open < close else {
                throw Problem("from: Name <address>, Company")
            }
            let company = value[value.index(after: close)...].drop { $0 == "," || $0 == " " }
            ticket.requester = TicketLine.Person(
                name: String(value[..<open].dropLast()), email: String(value[value.index(after: open)..<close]),
                company: company.isEmpty ? nil : String(company))
        case "at":
            guard let time = Seconds(iso8601: value) else { throw Problem("at: is no ISO 8601 time") }
            moment = time
            ticket.createdAt = time.iso8601
        case "source":
            guard let number = Int64(value) else { throw Problem("source: is no number") }
            ticket.source = .integer(number)
        case "version": ticket.customFields = ["cf_version": .string(String(value))]
        case "cc": ticket.ccEmails = values
        case "file": files.append(try file(value))
        default: throw Problem("'\(sides[0])' is not known")
        }
    }

    /// `agent Mina Park +2h`
    private mutating func open(_ line: Substring) throws(Problem) {
        let words = line.split(separator: " ")
        guard let role = words.first, let delay = words.last, delay.hasPrefix("+"),
            let amount = Int64(delay.dropFirst().dropLast()),
            let unit = ["m": Seconds.minute, "h": Seconds.hour, "d": Seconds.day][String(delay.suffix(1))]
        else { throw Problem("--- speaker +time is expected, as in '--- agent Mina Park +2h'") }
        moment = moment + amount * unit
        let name = words.dropFirst().dropLast().joined(separator: " ")
        var message = TicketLine.Message(createdAt: moment.iso8601, attachments: [])
        switch role {
        case "customer": message.role = "requester"
        case "bot": message.role = "bot"
        case "agent", "note":
            guard !name.isEmpty else { throw Problem("an agent needs a name") }
            message.role = "agent"
            message.author = name
            message.isPrivate = role == "note"
        default: throw Problem("'\(role)' is no speaker")
        }
        messages.append(message)
        part = .files
    }

    private func file(_ text: Substring) throws(Problem) -> TicketLine.File {
        let parts = text.split(separator: ", ").map(String.init)
        guard parts.count == 3, let size = Int64(parts[2]) else { throw Problem("file: name, type, bytes") }
        return TicketLine.File(name: parts[0], size: size, mime: parts[1])
    }

    private mutating func closeMessage() {
        guard !messages.isEmpty else { return }
        let text = body.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
        messages[messages.count - 1].body = text.joined(separator: "\n")
        body = []
    }
}
