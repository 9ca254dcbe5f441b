import FreshetAdapters
import FreshetCore
import FreshetSystem

/// Requests as senders make them, signed here by the published rules.
enum WebhookSamples {
    static let now: Int64 = 1_772_535_767
    static let company = CompanyID("tidewater")
    static let body = #"{"event":"onConversationCreate","account_id":"1093377","ticket_id":4711}"#
    static let standardKey = [UInt8](0..<32)
    static let standardSecret = Secret("whsec_" + Base64.encode(standardKey))
    static let hubSecret = Secret("hub-secret-of-tidewater")
    static let tokenSecret = Secret("token-of-tidewater-0123456789")

    static func secret(_ scheme: WebhookScheme) -> Secret {
        switch scheme {
        case .standard: standardSecret
        case .hub: hubSecret
        case .token: tokenSecret
        }
    }

    static func credentials(_ scheme: WebhookScheme) -> WebhookCredentials {
        WebhookCredentials(scheme: scheme, secrets: [secret(scheme)])
    }

    static func request(
        _ headers: [(String, String)], body: [UInt8], receivedAt: Timestamp = Timestamp(seconds: now)
    ) -> WebhookRequest {
        guard let company else { preconditionFailure("the sample company is well formed") }
        return WebhookRequest(
            company: company, platform: .freshdesk, headers: headers.map { ($0.0, Array($0.1.utf8)) }, body: body,
            receivedAt: receivedAt)
    }

    static func v1(
        id: String, timestamp: String, body: [UInt8], key: [UInt8] = standardKey
    ) -> String {
        "v1," + Base64.encode(HMACSHA256.authenticate(key: key, Array("\(id).\(timestamp).".utf8) + body))
    }

    static func standard(
        id: String = "msg_1", timestamp: String = String(now), body: String = body, signature: String? = nil,
        key: [UInt8] = standardKey, receivedAt: Timestamp = Timestamp(seconds: now)
    ) -> WebhookRequest {
        let signature = signature ?? v1(id: id, timestamp: timestamp, body: Array(body.utf8), key: key)
        return request(
            [
                ("host", "listener.example"), ("webhook-id", id), ("webhook-timestamp", timestamp),
                ("webhook-signature", signature),
            ], body: Array(body.utf8), receivedAt: receivedAt)
    }

    static func hub(body: String = body, secret: Secret = hubSecret, signature: String? = nil) -> WebhookRequest {
        let signature =
            signature ?? "sha256=" + HMACSHA256.authenticate(key: secret.bytes, Array(body.utf8)).hexEncoded
        return request([("x-hub-signature-256", signature)], body: Array(body.utf8))
    }

    static func token(_ token: String = "token-of-tidewater-0123456789", body: String = body) -> WebhookRequest {
        request([("x-freshet-token", token)], body: Array(body.utf8))
    }

    static func good(_ scheme: WebhookScheme, body: String = body) -> WebhookRequest {
        switch scheme {
        case .standard: standard(body: body)
        case .hub: hub(body: body)
        case .token: token(body: body)
        }
    }

    /// What the reader says, as a value.
    static func reading(
        _ request: WebhookRequest, with credentials: WebhookCredentials?
    ) -> Result<Delivery, Rejection> {
        do throws(Rejection) {
            return .success(try FreshdeskWebhookReader().read(request, with: credentials))
        } catch { return .failure(error) }
    }
}
