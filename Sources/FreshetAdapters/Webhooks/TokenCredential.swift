import FreshetCore
import FreshetSystem

/// The scheme `token`: a static secret in `X-Freshet-Token`, or as the password of basic authentication under any user
/// name. Weaker than a signature, since it says nothing about the body; it is all that a native automation rule sends.
///
/// Who sends both must have both right.
enum TokenCredential {
    static let field = "x-freshet-token"
    static let basicField = "authorization"

    static func check(_ request: WebhookRequest, _ fields: HeaderFields, _ secrets: [Secret])
        throws(Rejection) -> String?
    {
        let token = fields.single(field)
        let authorization = fields.single(basicField)
        let password = password(in: authorization.value)
        let keys = CandidateKeys(secrets.map(\.bytes))
        let isToken = keys.contain(token.value)
        let isPassword = keys.contain(password ?? [])
        // The work of the other schemes, to no end but that a refusal takes as long.
        _ = keys.sign([request.body], as: [], encoded: { $0 })

        if token.fault == .headerRepeated || authorization.fault == .headerRepeated {
            throw .unauthorized(.headerRepeated)
        }
        if token.fault != nil && authorization.fault != nil { throw .unauthorized(.headerMissing) }
        if authorization.fault == nil && password == nil { throw .unauthorized(.credentialMalformed) }
        guard token.fault != nil || isToken, authorization.fault != nil || isPassword else {
            throw .unauthorized(.wrongToken)
        }
        return nil
    }

    /// RFC 7617: the scheme without case, one space or more, canonical base64 of `user:password`.
    private static func password(in value: [UInt8]) -> [UInt8]? {
        let scheme = Array("basic ".utf8)
        guard value.count > scheme.count,
            zip(value, scheme).allSatisfy({ byte, expected in
                byte == expected || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == expected
            })
        else { return nil }
        let text = value[scheme.count...].drop { $0 == UInt8(ascii: " ") }
        guard let credentials = Base64.decode(String(decoding: text, as: UTF8.self)),
            let colon = credentials.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return Array(credentials[(colon + 1)...])
    }
}
