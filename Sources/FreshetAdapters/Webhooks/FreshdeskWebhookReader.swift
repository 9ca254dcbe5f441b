package import FreshetCore
import FreshetSystem

/// Reads Freshdesk's webhooks: those of the signing app (`standard`), of gateways that sign like GitHub (`hub`) and of
/// native automation rules (`token`).
///
/// Which company a request is for never shows in how long its refusal takes: every request, whatever its headers, and
/// whether or not there is such a company, costs MACs over the whole body with at least two secrets.
package struct FreshdeskWebhookReader: WebhookReader {
    package init() {}

    package func read(_ request: WebhookRequest, with credentials: WebhookCredentials?) throws(Rejection) -> Delivery {
        let id = try Self.authenticate(request, with: credentials)
        let body = try FreshdeskWebhookBody(request.body)
        let item = Item(
            company: request.company, platform: request.platform, kind: .ticket, originalID: body.ticketID)
        return Delivery(
            item: item, id: id, bodyDigest: Fingerprint(digest: SHA256.digest(request.body)), event: body.event,
            receivedAt: request.receivedAt)
    }

    /// The sender's id of the delivery, where the scheme has one.
    private static func authenticate(_ request: WebhookRequest, with credentials: WebhookCredentials?)
        throws(Rejection) -> String?
    {
        let fields = HeaderFields(request.headers)
        let secrets = credentials?.secrets ?? []
        // For nobody's request the scheme that its headers speak, so that the work is that of a real company's.
        switch credentials?.scheme ?? fields.apparentScheme {
        case .standard: return try StandardSignature.check(request, fields, secrets)
        case .hub: return try HubSignature.check(request, fields, secrets)
        case .token: return try TokenCredential.check(request, fields, secrets)
        }
    }
}
