/// What a ticket says: its first message, the files of that, and the thread after it.
///
/// A ticket that was loaded or written keeps its text. A generated one keeps only what its text is made from, and tells
/// it anew whenever somebody reads, until somebody writes: a hundred thousand threads then need no more memory than
/// their heads.
enum TicketText: Sendable, Equatable {
    case written(WrittenText)
    case generated(GeneratedThread)

    var description: String {
        switch self {
        case .written(let text): text.description
        case .generated(let thread): thread.description
        }
    }

    var attachments: [Attachment] {
        switch self {
        case .written(let text): text.attachments
        case .generated(let thread): thread.attachments
        }
    }

    var conversations: [Conversation] {
        switch self {
        case .written(let text): text.conversations
        case .generated(let thread): thread.conversations
        }
    }

    var conversationCount: Int {
        switch self {
        case .written(let text): text.conversations.count
        case .generated(let thread): thread.conversationCount
        }
    }

    /// All of it, written down from now on where it is set.
    var written: WrittenText {
        get {
            switch self {
            case .written(let text): text
            case .generated(let thread):
                WrittenText(
                    description: thread.description, attachments: thread.attachments,
                    conversations: thread.conversations)
            }
        }
        set { self = .written(newValue) }
    }

    static func == (a: TicketText, b: TicketText) -> Bool {
        if case .generated(let one) = a, case .generated(let other) = b, one == other { return true }
        return a.written == b.written
    }
}

struct WrittenText: Sendable, Equatable {
    /// HTML.
    var description: String
    var attachments: [Attachment] = []
    /// In the order of their making.
    var conversations: [Conversation] = []
}
