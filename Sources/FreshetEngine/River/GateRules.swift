package import FreshetCore
import Foundation

/// Which tickets are not worth a paid summary (design 7). Articles always are.
///
/// The rules look at the document alone. What stays behind the gate gets a built-in summary, or stays out of the index.
package struct GateRules: Sendable, Equatable {
    /// Letters and digits of subject and of what people wrote, below which a ticket is too short; 0 for never.
    package var leastText: Int
    /// Tickets in which nobody but machines has written, as far as can be told.
    package var machineMade: Bool
    /// Tags and types that say so, in lower case; empty for never.
    package var spamLabels: Set<String>
    /// Tickets that are neither resolved nor closed.
    package var unresolved: Bool
    /// Keep them out of the index, rather than summarise them with what is built in.
    package var excludes: Bool

    /// Lets everything through unless told otherwise.
    package init(
        leastText: Int = 0, machineMade: Bool = false, spamLabels: Set<String> = [], unresolved: Bool = false,
        excludes: Bool = false
    ) {
        self.leastText = leastText
        self.machineMade = machineMade
        self.spamLabels = Set(spamLabels.map { $0.lowercased() })
        self.unresolved = unresolved
        self.excludes = excludes
    }

    /// Why the document stays behind the gate; `nil` when it passes.
    package func reason(against document: Document) -> SavedReason? {
        guard document.item.kind == .ticket else { return nil }
        let labels = document.metadata.tags + [document.metadata.type ?? ""]
        if !spamLabels.isEmpty, labels.contains(where: { spamLabels.contains($0.lowercased()) }) { return .spam }
        if machineMade, Self.isMachineMade(document) { return .machineMade }
        if leastText > 0, Self.isShort(document, of: leastText) { return .tooShort }
        if unresolved, document.metadata.stage != .resolved, document.metadata.stage != .closed { return .unresolved }
        return nil
    }

    private static func isShort(_ document: Document, of least: Int) -> Bool {
        let texts =
            [document.subject, document.description]
            + document.conversations.filter { $0.author.role != .automatic }.map(\.body)
        var count = 0
        for text in texts {
            for scalar in text.unicodeScalars
            where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                count += 1
                if count >= least { return false }
            }
        }
        return true
    }

    /// Nobody has written after the first message, and that one bears the marks of a machine.
    private static func isMachineMade(_ document: Document) -> Bool {
        let people = document.conversations.filter { $0.author.role != .automatic && !$0.body.isEmpty }
        guard people.isEmpty else { return false }
        if let address = document.metadata.requester?.email?.lowercased(),
            let mailbox = address.split(separator: "@").first, machineMailboxes.contains(String(mailbox))
        {
            return true
        }
        let subject = document.subject.lowercased()
        return machineSubjects.contains { subject.hasPrefix($0) }
    }

    private static let machineMailboxes: Set<String> = [
        "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply", "mailer-daemon", "postmaster",
        "bounce", "bounces", "notification", "notifications", "alert", "alerts",
    ]

    private static let machineSubjects = [
        "automatic reply", "auto reply", "auto-reply", "autoreply", "out of office", "undeliverable",
        "undelivered mail",
        "delivery status notification", "delivery failure", "mail delivery failed", "returned mail", "failure notice",
        "read:", "자동 응답", "자동응답", "자동 회신", "자동회신", "부재중", "부재 중", "반송", "배달 실패", "수신확인",
    ]
}

extension SavedReason {
    /// For people.
    var explanation: String {
        switch self {
        case .cache: "it was made before"
        case .sameMeaning: "it says the same as before"
        case .tooShort: "it is too short to summarise"
        case .machineMade: "a machine wrote it and nobody has answered"
        case .spam: "it is labelled as spam"
        case .unresolved: "it is not resolved"
        }
    }
}
