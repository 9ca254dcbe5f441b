import FreshetCore

/// An item as text for a model: whole where it fits, else in parts that end at the borders of messages.
///
/// Parts are filled from the first message onwards, so a thread that grows keeps all its parts but the last.
struct ThreadParts: Sendable, Equatable {
    /// At least one.
    var texts: [String]

    /// - Parameter budget: tokens a part may have, at least 100.
    init(_ content: Content, budget: Int, includesPrivate: Bool) {
        precondition(budget >= 100)
        let heading = TokenEstimate.prefix(of: "Subject: \(content.subject)"[...], tokens: budget / 4)
        let room = budget - TokenEstimate.count(String(heading)) - 2
        var parts: [[Substring]] = [[]]
        var used = 0
        for block in Self.blocks(content, includesPrivate: includesPrivate) {
            for piece in Self.pieces(of: block[...], tokens: room) {
                let size = TokenEstimate.count(String(piece)) + 1
                if used + size > room, used > 0 {
                    parts.append([])
                    used = 0
                }
                parts[parts.count - 1].append(piece)
                used += size
            }
        }
        texts = parts.map { ([heading] + $0).joined(separator: "\n\n") }
    }

    /// A block a message. Automatic messages say nothing about the case, and translations repeat it.
    private static func blocks(_ content: Content, includesPrivate: Bool) -> [String] {
        var blocks: [String] = []
        if !content.description.isEmpty {
            let mark = content.kind == .ticket ? "[\(Author.Role.requester.rawValue)]\n" : ""
            blocks.append(mark + content.description)
        }
        for entry in content.entries where !entry.text.isEmpty && entry.role != .automatic {
            guard includesPrivate || !entry.isPrivate else { continue }
            blocks.append("[\(entry.role.rawValue)\(entry.isPrivate ? ", private" : "")]\n\(entry.text)")
        }
        let names = content.attachments.map(\.fileName).filter { !$0.isEmpty }
        if !names.isEmpty { blocks.append("[attachments]\n" + names.joined(separator: "\n")) }
        if content.isResolved { blocks.append("[state]\nresolved") }
        return blocks
    }

    /// A message that is longer than a part is cut at a line's end, else at a space, else anywhere.
    private static func pieces(of block: Substring, tokens limit: Int) -> [Substring] {
        var pieces: [Substring] = []
        var rest = block
        while !rest.isEmpty {
            var head = TokenEstimate.prefix(of: rest, tokens: limit)
            if head.endIndex < rest.endIndex {
                let least = head.index(head.startIndex, offsetBy: head.count / 2)
                if let end = head[least...].lastIndex(where: \.isNewline) ?? head[least...].lastIndex(of: " ") {
                    head = head[..<head.index(after: end)]
                }
            }
            guard !head.isEmpty else { break }
            pieces.append(head)
            rest = rest[head.endIndex...]
        }
        return pieces
    }
}
