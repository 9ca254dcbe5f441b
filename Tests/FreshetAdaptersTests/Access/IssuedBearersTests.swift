import Foundation
import FreshetCore
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Synchronization
import Testing

@testable import FreshetAdapters

/// `jwtVectors`: keys, a key set, and tokens with what is to become of each.
private struct Vectors: Decodable {
    struct Vector: Decodable {
        var name: String
        var alg: String
        var token: String
        /// `nil` for one that proves who asks.
        var reason: String?
        /// `key` or `jwks`.
        var keys: String
    }

    var now: Int64
    var keys: [String: String]
    var jwks: JSONValue
    var vectors: [Vector]

    static let all: Vectors = {
        do { return try JSONDecoder().decode(Vectors.self, from: Data(jwtVectors.utf8)) } catch {
            preconditionFailure("\(error)")
        }
    }()

    var jwksBytes: [UInt8] {
        get throws { Array(try JSONEncoder().encode(jwks)) }
    }
}

/// A store with the company acme at the vectors' moment, and somebody who checks tokens for it.
private struct Gate {
    let directory: TemporaryDirectory
    let store: SQLiteStore
    let clock = ManualClock(Timestamp(seconds: Vectors.all.now))
    let reasons = Reasons()

    init() async throws {
        directory = try TemporaryDirectory()
        store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: .generate(), clock: clock)
        let company = Company(
            id: .acme, platform: .freshdesk, url: try #require(URL(string: "https://acme.freshdesk.com")),
            scheme: .standard, createdAt: clock.now)
        try await store.companies.add(company, apiKey: Secret("k"), webhookSecret: Secret("s"))
    }

    func bearers(
        _ keys: IssuedBearers.Keys, _ algorithm: JWTAlgorithm, _ change: (inout IssuedTokenPolicy) -> Void = { _ in }
    ) -> IssuedBearers {
        var policy = IssuedTokenPolicy(
            algorithm: algorithm, issuer: "https://id.example.com/", audience: "freshet")
        change(&policy)
        return IssuedBearers(
            policy: policy, keys: keys, companies: store.companies, clock: clock, refused: { reasons.add($0) })
    }

    final class Reasons: Sendable {
        private let state = Mutex<[String]>([])
        func add(_ reason: String) { state.withLock { $0.append(reason) } }
        var all: [String] { state.withLock { $0 } }
    }
}

@Suite struct `Tokens that somebody else signed` {
    @Test func `hold when others made them well, and prove nothing when they are forged, for the reason foreseen`()
        async throws
    {
        let vectors = Vectors.all
        #expect(vectors.vectors.count > 120)
        #expect(Set(vectors.vectors.compactMap(\.reason)) == Set(IssuedBearers.reasons))
        for vector in vectors.vectors {
            let gate = try await Gate()
            let algorithm = try #require(JWTAlgorithm(rawValue: vector.alg))
            let keys =
                vector.keys == "jwks"
                ? try JWTKeySet(jwks: vectors.jwksBytes, for: algorithm)
                : try JWTKeySet(file: Array(vectors.keys[vector.alg, default: ""].utf8), for: algorithm)
            let bearer = try await gate.bearers(.fixed(keys), algorithm).bearer(of: Secret(vector.token))
            let name = "\(vector.name), \(vector.alg)"
            #expect(gate.reasons.all == [vector.reason].compactMap { $0 }, "\(name)")
            let expected = Bearer(company: .acme, role: .agent, tokenID: nil, user: "mia@acme.example")
            #expect(bearer == (vector.reason == nil ? expected : nil), "\(name)")
        }
    }

    @Test func `may say by configured claims who it is, of which company, with which role and sight`() async throws {
        let gate = try await Gate()
        let secret = try #require(Vectors.all.keys["HS256"])
        let keys = IssuedBearers.Keys.fixed(try JWTKeySet(file: Array(secret.utf8), for: .hs256))
        func token(_ claims: String) -> Secret {
            let text = [#"{"alg":"HS256"}"#, claims].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
            let mac = HMACSHA256.authenticate(key: Array(secret.utf8), Array(text.utf8))
            return Secret(text + "." + Base64URL.encode(mac))
        }
        let common = #""iss":"https://id.example.com/","aud":"freshet","exp":1767225700"#
        let claims = token(
            #"{\#(common),"sub":"u-1","email":"mia@acme.example","https://example.com/company":"acme","#
                + #""realm_access":{"roles":["offline","helper","boss-of-none"]},"teams":["Billing",7]}"#)
        func bearer(
            _ token: Secret, _ change: (inout IssuedTokenPolicy) -> Void
        ) async throws -> Bearer? {
            try await gate.bearers(keys, .hs256) {
                $0.companyClaim = "https://example.com/company"
                $0.roleClaim = "realm_access.roles"
                $0.userClaim = "email"
                $0.groupsClaim = "teams"
                $0.agentRoles = ["helper"]
                $0.adminRoles = ["boss"]
                change(&$0)
            }.bearer(of: token)
        }
        let mia = "mia@acme.example"
        #expect(try await bearer(claims) { _ in }?.scope == .everything)
        #expect(try await bearer(claims) { $0.sight = .assigned }?.scope == .tickets(assignedTo: mia, groups: []))
        #expect(
            try await bearer(claims) { $0.sight = .groups }
                == Bearer(
                    company: .acme, role: .agent, tokenID: nil, user: mia,
                    scope: .tickets(assignedTo: mia, groups: ["Billing", "7"])))
        // The higher role counts, and an admin is not limited.
        let admin = try await bearer(claims) { ($0.adminRoles, $0.sight) = (["helper"], .assigned) }
        #expect(admin?.role == .admin && admin?.scope == .everything)
        #expect(try await bearer(claims) { $0.agentRoles = [] } == nil)
        #expect(try await bearer(claims) { $0.userClaim = "email.none" } == nil)
        // Without groups in the token its agent sees what is assigned, and nothing by accident.
        let none = try await bearer(claims) { ($0.groupsClaim, $0.sight) = ("none", .groups) }
        #expect(none?.scope == .tickets(assignedTo: mia, groups: []))
    }

    @Test func `a company that is purged ends its tokens`() async throws {
        let gate = try await Gate()
        let vector = try #require(Vectors.all.vectors.first { $0.reason == nil && $0.alg == "ES256" })
        let keys = try JWTKeySet(file: Array(Vectors.all.keys["ES256", default: ""].utf8), for: .es256)
        let bearers = gate.bearers(.fixed(keys), .es256)
        #expect(try await bearers.bearer(of: Secret(vector.token)) != nil)
        _ = try await gate.store.companies.purge(.acme)
        #expect(try await bearers.bearer(of: Secret(vector.token)) == nil)
        #expect(gate.reasons.all == ["company"])
    }

    @Test func `keys that are too weak or of another kind are refused when they are read`() throws {
        let keys = Vectors.all.keys
        func failure(_ text: String, _ algorithm: JWTAlgorithm) -> JWTKeySet.Failure? {
            do throws(JWTKeySet.Failure) {
                _ = try JWTKeySet(file: Array(text.utf8), for: algorithm)
                return nil
            } catch { return error }
        }
        #expect(failure(String(repeating: "x", count: 31), .hs256) == .shortSecret)
        #expect(failure(keys["short", default: ""], .rs256) == .noKey(.rs256))
        #expect(failure(keys["p384", default: ""], .es256) == .noKey(.es256))
        #expect(failure(keys["ES256", default: ""], .rs256) == .noKey(.rs256))
        #expect(failure(keys["RS256", default: ""], .es256) == .noKey(.es256))
        #expect(failure("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----", .rs256) == .noKey(.rs256))
        #expect(failure("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", .rs256) == .notKeys)
        #expect(failure("", .es256) == .notKeys)
        #expect(failure(#"{"keys":[]}"#, .es256) == .noKey(.es256))
        #expect(failure(#"{"keys":[],"keys":[]}"#, .es256) == .notKeys)
        #expect(failure(#"{"key":1}"#, .rs256) == .notKeys)
    }
}

@Suite struct `Keys at an issuer's address` {
    private func token(_ name: String) throws -> Secret {
        Secret(try #require(Vectors.all.vectors.first { $0.name == name && $0.alg == "RS256" }).token)
    }

    /// What the issuer says, which a test may change.
    private final class Issuer: Sendable {
        let answer: Mutex<ScriptedHTTPServer.Answer>
        init(_ answer: ScriptedHTTPServer.Answer) { self.answer = Mutex(answer) }
        func say(_ answer: ScriptedHTTPServer.Answer) { self.answer.withLock { $0 = answer } }
    }

    private func with(
        _ body: (Gate, IssuedBearers, Issuer, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let gate = try await Gate()
        let issuer = Issuer(.init(200, String(decoding: try Vectors.all.jwksBytes, as: UTF8.self)))
        let server = try ScriptedHTTPServer { _ in issuer.answer.withLock { $0 } }
        let http = try HTTPClient()
        defer { http.close() }
        let address = JWKSAddress(server.url + "/keys", algorithm: .rs256, http: http, clock: gate.clock)
        try await body(
            gate, gate.bearers(.fetched(address), .rs256) { $0.clockSkew = .seconds(200_000) }, issuer, server)
    }

    @Test func `are fetched once for many who ask at the same time, and again when they are old`() async throws {
        try await with { gate, bearers, _, server in
            let token = try token("PyJWT RS256 by key set")
            try await withThrowingTaskGroup(of: Bearer?.self) { group in
                for _ in 0..<20 { group.addTask { try await bearers.bearer(of: token) } }
                for try await bearer in group { #expect(bearer?.company == .acme) }
            }
            #expect(server.requests.count == 1)
            gate.clock.advance(by: .seconds(3599))
            #expect(try await bearers.bearer(of: token) != nil)
            #expect(server.requests.count == 1)
            gate.clock.advance(by: .seconds(1))
            #expect(try await bearers.bearer(of: token) != nil)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `an unknown key name has them fetched again, but not by everybody who makes one up`() async throws {
        try await with { gate, bearers, issuer, server in
            let (known, unknown) = (try token("PyJWT RS256 by key set"), try token("RS256 with an unknown kid"))
            #expect(try await bearers.bearer(of: known) != nil)
            for _ in 0..<50 { #expect(try await bearers.bearer(of: unknown) == nil) }
            #expect(server.requests.count == 1)
            gate.clock.advance(by: .seconds(30))
            for _ in 0..<50 { #expect(try await bearers.bearer(of: unknown) == nil) }
            #expect(server.requests.count == 2)

            // The issuer changes its key's name; whoever comes with the new one is let in after the pause.
            let renamed = String(decoding: try Vectors.all.jwksBytes, as: UTF8.self).replacing(
                "\"now\"", with: "\"then\"")
            issuer.say(.init(200, renamed))
            #expect(try await bearers.bearer(of: unknown) == nil)
            gate.clock.advance(by: .seconds(30))
            #expect(try await bearers.bearer(of: unknown) != nil)
            #expect(try await bearers.bearer(of: known) == nil)
            #expect(server.requests.count == 3)
        }
    }

    @Test func `what the issuer cannot say now is 503, not 401, and known keys go on for a day`() async throws {
        try await with { gate, bearers, issuer, server in
            let token = try token("PyJWT RS256 by key set")
            for answer in [
                ScriptedHTTPServer.Answer(500), .init(0), .init(302, "", headers: ["Location: http://127.0.0.1:1/"]),
                .init(200, "{"), .init(200, #"{"keys":[]}"#),
            ] {
                issuer.say(answer)
                await #expect(throws: UpstreamError.self) { _ = try await bearers.bearer(of: token) }
                gate.clock.advance(by: .seconds(30))
            }
            let before = server.requests.count
            issuer.say(.init(200, String(decoding: try Vectors.all.jwksBytes, as: UTF8.self)))
            #expect(try await bearers.bearer(of: token) != nil)
            issuer.say(.init(500))
            gate.clock.advance(by: .seconds(86_399))
            #expect(try await bearers.bearer(of: token) != nil)
            gate.clock.advance(by: .seconds(1))
            await #expect(throws: UpstreamError.self) { _ = try await bearers.bearer(of: token) }
            #expect(server.requests.count <= before + 3)
        }
    }
}
