import FreshetCore
import FreshetSystem

/// The scheme `hub`: `X-Hub-Signature-256: sha256=<64 lower-case hex digits>`, HMAC-SHA256 over the raw body, the
/// secret as its UTF-8. Neither time nor id is signed, so none is believed.
enum HubSignature {
    static let field = "x-hub-signature-256"

    static func check(_ request: WebhookRequest, _ fields: HeaderFields, _ secrets: [Secret])
        throws(Rejection) -> String?
    {
        let signature = fields.single(field)
        let isSigned = CandidateKeys(secrets.map(\.bytes)).sign(
            [request.body], as: [signature.value], encoded: { label + Array($0.hexEncoded.utf8) })
        if let fault = signature.fault { throw .unauthorized(fault) }
        guard isSigned else { throw .unauthorized(.wrongSignature) }
        return nil
    }

    private static let label = Array("sha256=".utf8)
}
