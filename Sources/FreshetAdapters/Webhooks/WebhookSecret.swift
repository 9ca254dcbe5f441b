package import FreshetCore
import FreshetSystem

/// Rules for the secrets that a company's webhooks are configured with. Stricter than verifying, which takes any secret
/// that is stored: a weak one must not get that far.
package enum WebhookSecret {
    /// Why a secret is refused. The descriptions say what to do and never show the secret.
    package enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case empty
        case notText
        case missingPrefix
        case notBase64
        case keyLength(Int)
        case tooShort(Int)
        case tooLong(Int)
        case unsendable
        case published

        package var description: String {
            switch self {
            case .empty: "the webhook secret is empty"
            case .notText: "the webhook secret is not UTF-8 text"
            case .missingPrefix: "a secret of the scheme 'standard' begins with 'whsec_'"
            case .notBase64: "behind 'whsec_' there must be base64 with its padding, and nothing else"
            case .keyLength(let count): "the secret holds \(count) bytes; Standard Webhooks wants 24 to 64"
            case .tooShort(let count): "the webhook secret has \(count) bytes; at least 16 are needed"
            case .tooLong(let count): "the webhook secret has \(count) bytes; 255 is the most"
            case .unsendable: "the webhook secret holds blanks or control characters, which a sender cannot keep intact"
            case .published: "this secret is published in the documentation of a help desk: anyone can sign with it"
            }
        }
    }

    /// - `standard`: `whsec_` and the canonical base64 of 24...64 bytes.
    /// - `hub`: 16...255 bytes of UTF-8 without control characters.
    /// - `token`: 16...255 printable ASCII characters without blanks, since it travels as a header's value.
    ///
    /// Zendesk's published static test secret is refused in every spelling.
    package static func validate(_ secret: Secret, scheme: WebhookScheme) throws(Problem) {
        guard !secret.bytes.isEmpty else { throw .empty }
        guard let text = secret.text else { throw .notText }
        guard !isPublished(text) else { throw .published }
        switch scheme {
        case .standard:
            guard text.hasPrefix(StandardSignature.secretPrefix) else { throw .missingPrefix }
            guard let key = StandardSignature.key(secret) else { throw .notBase64 }
            guard (24...64).contains(key.count) else { throw .keyLength(key.count) }
        case .hub, .token:
            guard secret.bytes.count >= 16 else { throw .tooShort(secret.bytes.count) }
            guard secret.bytes.count <= 255 else { throw .tooLong(secret.bytes.count) }
            let isSendable: (UInt8) -> Bool =
                scheme == .hub ? { $0 >= 0x20 && $0 != 0x7F } : { (0x21...0x7E).contains($0) }
            guard secret.bytes.allSatisfy(isSendable) else { throw .unsendable }
        }
    }

    /// A new secret from 32 random bytes, in the form of the scheme.
    package static func make(for scheme: WebhookScheme, random: [UInt8]) -> Secret {
        precondition(random.count == 32)
        return switch scheme {
        case .standard: Secret(StandardSignature.secretPrefix + Base64.encode(random))
        case .hub, .token: Secret(random.hexEncoded)
        }
    }

    private static func isPublished(_ text: String) -> Bool {
        let spelt =
            text.hasPrefix(StandardSignature.secretPrefix)
            ? String(text.dropFirst(StandardSignature.secretPrefix.count)) : text
        return [spelt, Base64.encode(Array(spelt.utf8))].contains("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==")
    }
}
