import FreshetCore

/// Finds the link to one file of a ticket, as Freshdesk signs it for this very call.
struct FreshdeskFiles: Sendable {
    let api: FreshdeskAPI
    let account: FreshdeskURL

    /// `nil` when ticket or file is not there.
    ///
    /// Two credits, and one for each further hundred messages where the file hangs on none of the first ten.
    func link(to file: Int64, ofTicket id: Int64) async throws(UpstreamError) -> String? {
        let paths = ["/api/v2/tickets/\(id)", "/api/v2/tickets/archived/\(id)"]
        for path in paths {
            let ticket: TicketFilesPayload
            do {
                let query = [("include", "conversations")]
                ticket = try await api.get(path, query: query, credits: 2, urgency: .urgent)
                    .decode(TicketFilesPayload.self, as: "ticket")
            } catch .refused(status: 404, _) {
                continue
            }
            if ticket.isDeleted || ticket.isSpam { return nil }
            let included = ticket.files + (ticket.conversations ?? []).flatMap(\.files)
            if let found = included.first(where: { $0.id == file }) { return try checked(found.url) }
            // Of an archived ticket they are not included.
            if let conversations = ticket.conversations, conversations.count < Self.includedAtMost { return nil }
            return try await furtherDown(file, at: path + "/conversations")
        }
        return nil
    }

    private func furtherDown(_ file: Int64, at path: String) async throws(UpstreamError) -> String? {
        for page in 1...Self.pageLimit {
            let query = [("per_page", String(Self.perPage)), ("page", String(page))]
            let answer = try await api.get(path, query: query, urgency: .urgent)
            let messages = try answer.decode([ConversationFilesPayload].self, as: "conversations")
            if let found = messages.flatMap(\.files).first(where: { $0.id == file }) { return try checked(found.url) }
            if messages.isEmpty || !answer.hasNextPage { return nil }
        }
        return nil
    }

    /// An agent's browser follows it: nothing but an address goes on to it.
    private func checked(_ link: String?) throws(UpstreamError) -> String {
        guard let link, account.permits(link: link) else { throw .malformed(path: "attachment_url") }
        return link
    }

    private static let includedAtMost = 10
    private static let perPage = 100
    private static let pageLimit = 200
}

/// Of a ticket nothing but its files.
struct TicketFilesPayload: Decodable, Sendable {
    var files: [FilePayload]
    var isSpam: Bool
    var isDeleted: Bool
    /// At most ten; `nil` when the answer does not hold them at all.
    var conversations: [ConversationFilesPayload]?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: TicketPayload.CodingKeys.self)
        files = try values.list(FilePayload.self, .attachments)
        isSpam = try values.flag(.spam) ?? false
        isDeleted = try values.flag(.deleted) ?? false
        conversations = try values.optional([ConversationFilesPayload].self, .conversations)
    }
}

struct ConversationFilesPayload: Decodable, Sendable {
    var files: [FilePayload]

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: ConversationPayload.CodingKeys.self)
        files = try values.list(FilePayload.self, .attachments)
    }
}

struct FilePayload: Decodable, Sendable {
    var id: Int64
    /// Signed for the answer that it stands in.
    var url: String?

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.requiredInteger(.id)
        url = try values.text(.url)
    }

    enum CodingKeys: String, CodingKey {
        case id
        case url = "attachment_url"
    }
}

extension FreshdeskURL {
    /// Whether a link that the account gave may be handed on: over TLS to a plainly named host, or to the very address
    /// where a stand-in for development listens.
    func permits(link: String) -> Bool {
        guard link.utf8.count <= 8192,
            link.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) })
        else { return false }
        if isDevelopment, link.hasPrefix(text + "/") { return true }
        guard link.hasPrefix("https://") else { return false }
        let authority = link.dropFirst("https://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = host.first, name.contains("."), !name.hasPrefix("."), !name.hasSuffix("."),
            name.utf8.allSatisfy({
                (48...57).contains($0) || (97...122).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: ".")
            })
        else { return false }
        return host.count == 1 || host[1] == "443"
    }
}
