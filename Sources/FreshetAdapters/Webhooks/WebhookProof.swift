package import FreshetCore
import FreshetSystem

/// What a sender adds to a webhook so that it is believed: the other side of `FreshdeskWebhookReader`.
package enum WebhookProof {
    /// The headers for this body, for one attempt; the time is signed where the scheme has one.
    ///
    /// `nil` for a secret that is not in the form of the scheme.
    package static func headers(
        _ scheme: WebhookScheme, secret: Secret, id: String, body: [UInt8], now: Timestamp
    ) -> [(name: String, value: String)]? {
        switch scheme {
        case .standard:
            guard let key = StandardSignature.key(secret) else { return nil }
            let time = String(now.secondsSinceEpoch)
            let code = HMACSHA256.authenticate(key: key, Array("\(id).\(time).".utf8) + body)
            return [
                (StandardSignature.idField, id), (StandardSignature.timestampField, time),
                (StandardSignature.signatureField, "v1," + Base64.encode(code)),
            ]
        case .hub:
            let code = HMACSHA256.authenticate(key: secret.bytes, body)
            return [(HubSignature.field, "sha256=" + code.hexEncoded)]
        case .token:
            return secret.text.map { [(TokenCredential.field, $0)] }
        }
    }
}
