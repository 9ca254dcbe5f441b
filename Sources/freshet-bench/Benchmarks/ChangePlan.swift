import FreshetCore

/// Which changes are made, on which tickets, and what must be found afterwards.
///
/// Three tickets of four change once, some several times; every kind of change comes round: messages, replaced texts,
/// labels, resolution, and an update that changes nothing.
struct ChangePlan {
    enum Kind: Int, CaseIterable {
        case reply, privateNote, description, subject, tags, customerReply, resolution, nothing
    }

    struct Step: Sendable {
        var ticket: Int64
        var kind: Kind
        var word: String

        /// The call that makes it: method, path below the simulator's root, body.
        var call: (method: String, path: String, body: JSONValue) {
            let html = JSONValue.string("<p>Please note \(word) for this case.</p>")
            let ticketPath = "/api/v2/tickets/\(ticket)"
            return switch kind {
            case .reply: ("POST", ticketPath + "/reply", .object(["body": html]))
            case .privateNote: ("POST", ticketPath + "/notes", .object(["body": html, "private": .bool(true)]))
            case .customerReply: ("POST", "/_simulator/tickets/\(ticket)/customer-reply", .object(["body": html]))
            case .description:
                ("PUT", ticketPath, .object(["description": .string("<p>It was \(word) that failed.</p>")]))
            case .subject: ("PUT", ticketPath, .object(["subject": .string("Trouble with \(word)")]))
            case .tags: ("PUT", ticketPath, .object(["tags": .array([.string(word)])]))
            case .resolution: ("PUT", ticketPath, .object(["status": .integer(4)]))
            case .nothing: ("PUT", ticketPath, .object([:]))
            }
        }
    }

    let steps: [Step]
    var tickets: [Int64] { Set(steps.map(\.ticket)).sorted() }

    init(count: Int, on tickets: [Int64]) {
        let distinct = max(1, min(tickets.count, count * 3 / 4))
        let stride = max(1, tickets.count / distinct)
        steps = (0..<count).map { number in
            Step(
                ticket: tickets[number % distinct * stride], kind: Kind.allCases[number % Kind.allCases.count],
                word: MadeUpWord.number(number))
        }
    }

    /// Texts that a search must find, with the ticket that it must find.
    var present: [Step] {
        steps.enumerated().filter { index, step in step.addsText && !isReplaced(step, after: index) }.map(\.element)
    }

    /// Texts that were replaced by a later step and that no search may find.
    var replaced: [Step] {
        steps.enumerated().filter { index, step in step.addsText && isReplaced(step, after: index) }.map(\.element)
    }

    /// Tags that a filter must find.
    var tags: [Step] {
        steps.enumerated().filter { index, step in
            step.kind == .tags && !steps[(index + 1)...].contains { $0.kind == .tags && $0.ticket == step.ticket }
        }.map(\.element)
    }

    private func isReplaced(_ step: Step, after index: Int) -> Bool {
        (step.kind == .description || step.kind == .subject)
            && steps[(index + 1)...].contains { $0.kind == step.kind && $0.ticket == step.ticket }
    }
}

extension ChangePlan.Step {
    fileprivate var addsText: Bool {
        switch kind {
        case .reply, .privateNote, .customerReply, .description, .subject: true
        case .tags, .resolution, .nothing: false
        }
    }
}
