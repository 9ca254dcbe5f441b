import FreshetCore
import FreshetSystem

/// The scheme `standard`: Standard Webhooks with symmetric keys (specification 1.0.0, "Signature scheme").
///
/// `webhook-signature` holds up to eight entries parted by spaces; one `v1,<base64>` of them must be the HMAC-SHA256 of
/// `id.timestamp.body` as received. Only this family of names is spoken: a `svix-` field is none of it.
enum StandardSignature {
    static let idField = "webhook-id"
    static let timestampField = "webhook-timestamp"
    static let signatureField = "webhook-signature"

    /// Both ways, inclusive, in whole seconds.
    static let tolerance: Int64 = 300
    static let maximumEntries = 8
    static let maximumID = 255

    /// The delivery's id.
    static func check(_ request: WebhookRequest, _ fields: HeaderFields, _ secrets: [Secret])
        throws(Rejection) -> String?
    {
        let id = fields.single(idField)
        let timestamp = fields.single(timestampField)
        let signature = fields.single(signatureField)
        let entries = signature.value.split(separator: UInt8(ascii: " "), maxSplits: maximumEntries)
        let seconds = DecimalDigits.value(of: timestamp.value)
        let dot = [UInt8(ascii: ".")]
        // Computed whatever is known to be wrong already: a refusal must not tell by its time which check failed.
        let isSigned = CandidateKeys(secrets.compactMap(key)).sign(
            [id.value, dot, timestamp.value, dot, request.body],
            as: entries.prefix(maximumEntries).map(Array.init), encoded: { label + Array(Base64.encode($0).utf8) })

        if let fault = id.fault ?? timestamp.fault ?? signature.fault { throw .unauthorized(fault) }
        guard isID(id.value) else { throw .unauthorized(.idMalformed) }
        guard let seconds else { throw .unauthorized(.timestampMalformed) }
        guard entries.count <= maximumEntries else { throw .unauthorized(.tooManySignatures) }
        guard isSigned else { throw .unauthorized(.wrongSignature) }
        // Last, since before the MAC holds nobody has said what time it is.
        guard isFresh(seconds, at: request.receivedAt.secondsSinceEpoch) else {
            throw .unauthorized(.outsideTolerance)
        }
        return String(decoding: id.value, as: UTF8.self)
    }

    /// The bytes behind `whsec_`; `nil` for a secret in another form, which then signs nothing.
    static func key(_ secret: Secret) -> [UInt8]? {
        guard let text = secret.text, text.hasPrefix(secretPrefix) else { return nil }
        return Base64.decode(text.dropFirst(secretPrefix.count))
    }

    static let secretPrefix = "whsec_"
    private static let label = Array("v1,".utf8)

    /// Printable ASCII without space, 1...255 characters, and no `.`: with one, two different triples of id, time and
    /// body would have the same signature.
    private static func isID(_ text: [UInt8]) -> Bool {
        (1...maximumID).contains(text.count)
            && text.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ".") }
    }

    private static func isFresh(_ seconds: Int64, at now: Int64) -> Bool {
        let (age, overflows) = now.subtractingReportingOverflow(seconds)
        return !overflows && (-tolerance...tolerance).contains(age)
    }
}
