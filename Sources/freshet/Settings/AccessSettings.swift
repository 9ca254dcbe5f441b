import Foundation
import FreshetAdapters
import FreshetCore

/// Who may ask, and how much, as the configuration spells it.
struct AccessSettings: Sendable {
    /// Requests a second of one token in the long run; 0 for no limit.
    var rate: Double
    var burst: Int
    /// Exactly as browsers send them, `https://acme.freshdesk.com`.
    var origins: [String]
    /// `nil`: only our own tokens are believed.
    var issued: Issued?

    struct Issued: Sendable {
        enum Keys: Sendable {
            case file(String)
            case address(String)
        }

        var policy: IssuedTokenPolicy
        var keys: Keys
    }

    init(_ raw: Raw) throws {
        rate = try raw.number("access.rate_per_second")
        burst = try raw.integer("access.burst")
        origins = try raw.list("access.cors_origins")
        for origin in origins where !Self.isOrigin(origin) {
            throw SettingsError(
                "access.cors_origins: '\(origin)' is not an origin like https://acme.freshdesk.com (no path, no "
                    + "wildcard; http:// only for a loopback address)")
        }
        issued = try Self.issued(raw)
    }

    /// The file's keys, read.
    func keys(in file: String, for algorithm: JWTAlgorithm) throws -> JWTKeySet {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw SettingsError("access.jwt.key_file: cannot read \(file)")
        }
        do throws(JWTKeySet.Failure) {
            return try JWTKeySet(file: Array(data), for: algorithm)
        } catch { throw SettingsError("access.jwt.key_file: \(file): \(error)") }
    }

    private static func issued(_ raw: Raw) throws -> Issued? {
        let file = try raw.text("access.jwt.key_file")
        let address = try raw.text("access.jwt.jwks_url")
        let word = try raw.text("access.jwt.algorithm")
        guard let algorithm = JWTAlgorithm(rawValue: word) else {
            guard file.isEmpty, address.isEmpty else {
                throw SettingsError("access.jwt.algorithm is off; say how the issuer signs: HS256, RS256 or ES256")
            }
            return nil
        }
        let issuer = try raw.text("access.jwt.issuer")
        let audience = try raw.text("access.jwt.audience")
        for (name, value) in [("issuer", issuer), ("audience", audience)] where value.isEmpty {
            throw SettingsError("access.jwt.\(name) is needed with access.jwt.algorithm: others' tokens must not do")
        }
        guard file.isEmpty != address.isEmpty else {
            throw SettingsError("access.jwt.key_file or access.jwt.jwks_url: set one of them")
        }
        if !address.isEmpty {
            guard algorithm != .hs256 else {
                throw SettingsError("access.jwt.jwks_url: a secret for HS256 is never fetched; use access.jwt.key_file")
            }
            guard isKeyAddress(address) else {
                throw SettingsError(
                    "access.jwt.jwks_url: '\(address)' is not an address like https://id.example.com/keys (http:// only "
                        + "for a loopback address)")
            }
        }
        let skew = try raw.duration("access.jwt.clock_skew")
        var names: [String: String] = [:]
        for name in ["company_claim", "user_claim", "role_claim", "groups_claim"] {
            let claim = try raw.text("access.jwt.\(name)")
            guard !claim.isEmpty else { throw SettingsError("access.jwt.\(name) must name a claim") }
            names[name] = claim
        }
        let sight = IssuedTokenPolicy.Sight(rawValue: try raw.text("access.jwt.agents_see")) ?? .assigned
        return Issued(
            policy: IssuedTokenPolicy(
                algorithm: algorithm, issuer: issuer, audience: audience, clockSkew: skew,
                companyClaim: names["company_claim", default: ""], userClaim: names["user_claim", default: ""],
                roleClaim: names["role_claim", default: ""], groupsClaim: names["groups_claim", default: ""],
                agentRoles: Set(try raw.list("access.jwt.agent_roles")),
                adminRoles: Set(try raw.list("access.jwt.admin_roles")), sight: sight),
            keys: file.isEmpty ? .address(address) : .file(file))
    }

    private static func isKeyAddress(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.password == nil, parts.fragment == nil
        else { return false }
        return parts.scheme == "https" || (parts.scheme == "http" && isLoopback(host))
    }

    /// Lower case, as browsers send it; a port only where it is not the scheme's own.
    private static func isOrigin(_ text: String) -> Bool {
        guard let match = text.wholeMatch(of: /(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?/) else {
            return false
        }
        if match.1 == "http" { return isLoopback(String(match.2)) && match.3 != ":80" }
        return match.3 != ":443"
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host == "::1"
            || host.wholeMatch(of: /127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
    }
}
