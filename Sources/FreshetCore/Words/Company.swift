package import Foundation

/// A tenant. Nothing is read or written without one, and no value of one company ever reaches another.
///
/// The text is ASCII and matches `[a-z0-9][a-z0-9-]{0,62}`, so it is safe in a path, a log line and a metric label.
package struct CompanyID: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package let text: String

    /// `nil` when `text` is outside the grammar.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "-"),
            bytes.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        self.text = String(text)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = CompanyID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a company id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    package static func < (a: CompanyID, b: CompanyID) -> Bool { a.text < b.text }
}

/// A help desk product.
package enum Platform: String, Sendable, Codable, CaseIterable {
    case freshdesk
}

/// How a company's webhooks prove who sent them (design 6.1).
package enum WebhookScheme: String, Sendable, Codable, CaseIterable {
    /// Standard Webhooks: id, timestamp and body under HMAC-SHA256.
    case standard
    /// `X-Hub-Signature-256` over the raw body.
    case hub
    /// A static secret in a header or as basic-auth password: weaker, and all that native automation rules can send.
    case token
}

/// A company as the rest of the house sees it: no secrets.
package struct Company: Sendable, Equatable {
    package var id: CompanyID
    package var platform: Platform
    /// Root of the help desk's account, `https://acme.freshdesk.com`, without a path.
    package var url: URL
    package var scheme: WebhookScheme
    /// Paused companies keep accepting webhooks; their runs wait.
    package var isPaused: Bool
    /// Share of the account's API quota that we may use, 0.01...1.
    package var apiShare: Double
    package var createdAt: Timestamp

    package init(
        id: CompanyID, platform: Platform, url: URL, scheme: WebhookScheme, isPaused: Bool = false,
        apiShare: Double = 0.5, createdAt: Timestamp
    ) {
        self.id = id
        self.platform = platform
        self.url = url
        self.scheme = scheme
        self.isPaused = isPaused
        self.apiShare = apiShare
        self.createdAt = createdAt
    }
}

/// A secret in memory: it never shows in a description, a log line or a dump.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { self.bytes = Array(text.utf8) }

    /// The secret as text; `nil` when it is not UTF-8.
    package var text: String? { String(validating: bytes, as: UTF8.self) }
    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The secrets that a company's webhooks may be signed with.
package struct WebhookCredentials: Sendable, Equatable {
    package var scheme: WebhookScheme
    /// The current secret first; then the previous one while a rotation overlaps. In `standard` the text starts with
    /// `whsec_`; in `hub` and `token` it is used as its UTF-8 bytes.
    package var secrets: [Secret]

    package init(scheme: WebhookScheme, secrets: [Secret]) {
        self.scheme = scheme
        self.secrets = secrets
    }
}

/// What a bearer token may do (design 6.2).
package enum Role: String, Sendable, Codable, CaseIterable {
    case agent, admin, `operator`
}
