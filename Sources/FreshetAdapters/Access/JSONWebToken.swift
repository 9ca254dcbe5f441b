import FreshetCore
import FreshetSystem

/// A JSON Web Token in its compact form (RFC 7519, RFC 7515), read and not yet believed.
struct JSONWebToken {
    let algorithm: String
    let keyID: String?
    let claims: [String: JSONValue]
    /// What is signed: header and claims as they were sent.
    let signedBytes: [UInt8]
    let signature: [UInt8]

    /// Throws `.malformed` for what is no signed token in the one canonical spelling, and for one with extensions that we
    /// would have to understand (`crit`).
    init(_ text: [UInt8]) throws(JWTFault) {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed }
        let header = try Self.object(parts[0])
        guard case .string(let algorithm)? = header["alg"], header["crit"] == nil else { throw .malformed }
        switch header["typ"] {
        case nil: break
        case .string(let type)? where ["jwt", "at+jwt", "application/at+jwt"].contains(type.lowercased()): break
        default: throw .malformed
        }
        switch header["kid"] {
        case nil: keyID = nil
        case .string(let id)?: keyID = id
        default: throw .malformed
        }
        self.algorithm = algorithm
        claims = try Self.object(parts[1])
        signedBytes = Array(text[..<(parts[2].startIndex - 1)])
        guard let signature = Base64URL.decode(String(decoding: parts[2], as: UTF8.self)) else { throw .malformed }
        self.signature = signature
    }

    /// Keys that occur twice are refused: two readers could take two different ones.
    private static func object(_ part: ArraySlice<UInt8>) throws(JWTFault) -> [String: JSONValue] {
        guard let bytes = Base64URL.decode(String(decoding: part, as: UTF8.self)) else { throw .malformed }
        do {
            guard case .object(let members) = try JSONValue(strictly: bytes) else { throw JWTFault.malformed }
            return members
        } catch { throw .malformed }
    }

    /// A member by its name; where there is none of that name, by its path, dots between the names.
    func claim(_ name: String) -> JSONValue? {
        if let value = claims[name] { return value }
        var value = JSONValue.object(claims)
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard case .object(let members) = value, let next = members[String(part)] else { return nil }
            value = next
        }
        return value
    }
}

/// Why a signed token proves nothing. For counters and logs; whoever sent it is told 401 and no more.
enum JWTFault: String, Error, CaseIterable {
    case malformed
    /// Another `alg` than the one that is configured, `none` among them.
    case algorithm
    /// No key of that name, or none that fits.
    case key
    case signature
    case expired
    /// `nbf` or `iat` lies ahead.
    case early
    case issuer, audience
    /// No company, or one that is not here.
    case company
    /// No role that is configured.
    case role
    /// No usable `exp`, or a claim of another type than it must be.
    case claims
}
