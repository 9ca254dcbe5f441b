import Foundation
import FreshetCore
import FreshetSystem

/// How an issuer signs. One is configured, and nothing a token says changes it.
package enum JWTAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
}

/// A key that tokens are checked with.
struct JWTKey: Sendable {
    enum Material: Sendable {
        case secret([UInt8])
        case key(SignatureKey)
    }

    var id: String?
    var material: Material

    func proves(_ token: JSONWebToken) -> Bool {
        switch material {
        case .secret(let secret):
            constantTimeEquals(HMACSHA256.authenticate(key: secret, token.signedBytes), token.signature)
        case .key(let key): key.verifies(token.signature, of: token.signedBytes)
        }
    }
}

/// The keys of an issuer, all for one algorithm.
package struct JWTKeySet: Sendable {
    var keys: [JWTKey]

    /// Why keys cannot be used, for the person who configured them.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case shortSecret
        case noKey(JWTAlgorithm)
        case notKeys

        package var description: String {
            switch self {
            case .shortSecret: "a secret for HS256 must have at least 32 bytes"
            case .noKey(.rs256): "there is no RSA public key of 2048...8192 bits in it"
            case .noKey(.es256): "there is no public key on the curve P-256 in it"
            case .noKey(.hs256): "there is no secret in it"
            case .notKeys: "it is neither a public key in PEM (-----BEGIN PUBLIC KEY-----) nor a JSON Web Key Set"
            }
        }
    }

    /// Reads what an operator put into a file: for HS256 the secret itself, without the line end; else a public key in
    /// PEM or a JSON Web Key Set.
    package init(file: [UInt8], for algorithm: JWTAlgorithm) throws(Failure) {
        let text = String(decoding: file, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if algorithm == .hs256 {
            guard text.utf8.count >= 32 else { throw .shortSecret }
            keys = [JWTKey(id: nil, material: .secret(Array(text.utf8)))]
        } else if text.hasPrefix("{") {
            self = try JWTKeySet(jwks: file, for: algorithm)
        } else {
            guard text.hasPrefix("-----BEGIN PUBLIC KEY-----") else { throw .notKeys }
            guard let key = SignatureKey(pem: file), Self.fits(key, algorithm) else { throw .noKey(algorithm) }
            keys = [JWTKey(id: nil, material: .key(key))]
        }
    }

    /// A JSON Web Key Set (RFC 7517). Keys for something else (encryption, another algorithm, a curve that we do not
    /// know) are left out, as section 5 asks; secrets never belong into one. Throws where nothing is left.
    package init(jwks: [UInt8], for algorithm: JWTAlgorithm) throws(Failure) {
        let members: [JSONValue]
        do {
            guard case .object(let root) = try JSONValue(strictly: jwks), case .array(let found)? = root["keys"]
            else { throw Failure.notKeys }
            members = found
        } catch { throw .notKeys }
        keys = members.prefix(Self.most).compactMap { Self.key($0, for: algorithm) }
        guard !keys.isEmpty else { throw .noKey(algorithm) }
    }

    private static let most = 100

    /// The key that a token names; where it names none, the only one there is.
    func key(named id: String?) -> JWTKey? {
        guard let id else { return keys.count == 1 ? keys[0] : nil }
        // A key from a PEM file or a secret has no name and answers to any.
        return keys.first { $0.id == id } ?? (keys.count == 1 && keys[0].id == nil ? keys[0] : nil)
    }

    private static func key(_ value: JSONValue, for algorithm: JWTAlgorithm) -> JWTKey? {
        guard case .object(let members) = value else { return nil }
        func text(_ name: String) -> String? {
            if case .string(let text)? = members[name] { text } else { nil }
        }
        func number(_ name: String) -> [UInt8]? { text(name).flatMap { Base64URL.decode($0) } }
        if let use = members["use"], use != .string("sig") { return nil }
        if let named = members["alg"], named != .string(algorithm.rawValue) { return nil }
        if let operations = members["key_ops"] {
            guard case .array(let names) = operations, names.contains(.string("verify")) else { return nil }
        }
        let key: SignatureKey?
        switch text("kty") {
        case "RSA":
            guard let n = number("n"), let e = number("e") else { return nil }
            key = SignatureKey(rsaModulus: n, exponent: e)
        case "EC":
            guard text("crv") == "P-256", let x = number("x"), let y = number("y") else { return nil }
            key = SignatureKey(p256X: x, y: y)
        default: return nil
        }
        guard let key, fits(key, algorithm) else { return nil }
        return JWTKey(id: text("kid"), material: .key(key))
    }

    private static func fits(_ key: SignatureKey, _ algorithm: JWTAlgorithm) -> Bool {
        switch algorithm {
        case .hs256: false
        case .rs256: key.kind == .rsa
        case .es256: key.kind == .p256
        }
    }
}
