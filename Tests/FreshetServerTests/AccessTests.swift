import Foundation
import FreshetCore
import FreshetServer
import FreshetTestKit
import Testing

@Suite struct `Who may ask how much` {
    @Test func `each token has an allowance of its own, and is told when to come again`() async throws {
        let clock = ManualClock()
        try await Stand.with({ ($0.requestsPerSecond, $0.requestBurst) = (0.5, 3) }, clock: clock) { stand in
            for _ in 0..<3 { #expect(try await stand.postQuery(#"{"query":"q"}"#).status == 200) }
            let refused = try await stand.postQuery(#"{"query":"q"}"#)
            #expect(refused.status == 429 && refused.value("retry-after") == "2")
            #expect(stand.recommender.asked.count == 3)
            // Neither another token nor what needs none is the worse for it, and no wrong token costs anything.
            #expect(try await stand.postQuery(#"{"query":"q"}"#, token: "admin-token").status == 200)
            #expect(try await stand.get("/health").status == 200)
            #expect(try await stand.postQuery(#"{"query":"q"}"#, token: "unknown").status == 401)
            clock.advance(by: .seconds(2))
            #expect(try await stand.postQuery(#"{"query":"q"}"#).status == 200)
            #expect(try await stand.postQuery(#"{"query":"q"}"#).status == 429)
        }
    }

    @Test func `a user of an issuer gets no new allowance by a new token, and 0 switches the limit off`() async throws {
        let company = try #require(CompanyID("acme"))
        var bearers = BearersFake.known
        for name in ["jwt-1", "jwt-2", "jwt-3"] {
            bearers.known[name] = Bearer(
                company: company, role: .agent, tokenID: nil, user: name == "jwt-3" ? "leo" : "mia")
        }
        try await Stand.with({ ($0.requestsPerSecond, $0.requestBurst) = (1, 1) }, bearers: bearers) {
            stand async throws in
            #expect(try await stand.postQuery(#"{"query":"q"}"#, token: "jwt-1").status == 200)
            #expect(try await stand.postQuery(#"{"query":"q"}"#, token: "jwt-2").status == 429)
            #expect(try await stand.postQuery(#"{"query":"q"}"#, token: "jwt-3").status == 200)
        }
        try await Stand.with({ ($0.requestsPerSecond, $0.requestBurst) = (0, 1) }) { stand async throws in
            for _ in 0..<5 { #expect(try await stand.postQuery(#"{"query":"q"}"#).status == 200) }
        }
    }

    @Test func `what a limited token may see is asked of the index, and nothing else is let out`() async throws {
        let company = try #require(CompanyID("acme"))
        let scope = AccessScope.tickets(assignedTo: "mia@acme.example", groups: [])
        var bearers = BearersFake.known
        bearers.known["mia"] = Bearer(
            company: company, role: .agent, tokenID: 5, user: "mia@acme.example", scope: scope)
        func hit(_ id: Int64, _ agent: Person?) -> Hit {
            Hit(
                item: Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id), score: 1,
                subject: "s",
                summary: Summary(problem: "", cause: "", solution: "", result: "", tags: [], language: "en"),
                metadata: Metadata(
                    stage: .open, status: Label(id: 2), priority: Label(id: 1), type: nil, source: Label(id: 1),
                    tags: [],
                    agent: agent, createdAt: .epoch, updatedAt: .epoch), indexedAt: .epoch)
        }
        try await Stand.with(bearers: bearers) { stand in
            stand.recommender.find([
                hit(1, Person(id: 7, email: "Mia@acme.example")), hit(2, Person(id: 8)), hit(3, nil),
            ])
            let answer = try await stand.postQuery(#"{"query":"q"}"#, token: "mia")
            #expect(answer.bodyText.contains(#""original_id":"1""#))
            #expect(answer.bodyText.ranges(of: "original_id").count == 1)
            #expect(stand.recommender.asked.first?.0.filters.scope == scope)
        }
    }
}

@Suite struct `Pages of other origins` {
    private static let origin = "https://acme.freshdesk.com"

    @Test func `may ask where they are configured, and are told what they may do`() async throws {
        try await Stand.with({ $0.allowedOrigins = [Self.origin] }) { stand in
            let preflight = try await stand.send(
                "OPTIONS /query HTTP/1.1\nHost: a\nOrigin: \(Self.origin)\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization,content-type\n\nGET /health HTTP/1.1\nHost: a\n\n",
                until: .answers(2))
            let answer = try #require(preflight.answers.first)
            #expect(answer.status == 204 && answer.body.isEmpty && answer.value("content-length") == nil)
            #expect(answer.value("access-control-allow-origin") == Self.origin)
            #expect(answer.value("access-control-allow-methods") == "POST")
            #expect(answer.value("access-control-allow-headers") == "Authorization, Content-Type, X-Request-Id")
            #expect(answer.value("access-control-allow-credentials") == nil)
            #expect(answer.value("vary") == "Origin")
            #expect(preflight.answers.last?.status == 200)

            let asked = try await stand.postQuery(#"{"query":"q"}"#, fields: "Origin: \(Self.origin)\n")
            #expect(asked.status == 200 && asked.value("access-control-allow-origin") == Self.origin)
            // A page must be able to read why it was refused, too, by a route or before it.
            let refused = try await stand.postQuery("{}", token: nil, fields: "Origin: \(Self.origin)\n")
            #expect(refused.status == 401 && refused.value("access-control-allow-origin") == Self.origin)
            let unread = try await stand.get("/nowhere", fields: "Origin: \(Self.origin)\n")
            #expect(unread.status == 404 && unread.value("access-control-allow-origin") == Self.origin)
        }
    }

    @Test(arguments: [
        "Origin: https://ACME.freshdesk.com\n", "Origin: https://acme.freshdesk.com.evil.example\n",
        "Origin: https://acme.freshdesk.com/\n", "Origin: http://acme.freshdesk.com\n", "Origin: null\n", "Origin: *\n",
        "Origin: https://acme.freshdesk.com\nOrigin: https://acme.freshdesk.com\n", "",
    ])
    func `are told nothing where they are others`(_ field: String) async throws {
        try await Stand.with({ $0.allowedOrigins = [Self.origin] }) { stand in
            let answer = try await stand.postQuery(#"{"query":"q"}"#, fields: field)
            #expect(answer.value("access-control-allow-origin") == nil && answer.value("vary") == "Origin")
            let preflight = try await stand.send(
                "OPTIONS /query HTTP/1.1\nHost: a\n\(field)Access-Control-Request-Method: POST\n\n")
            #expect(preflight.answers.first?.status == 405)
            #expect(preflight.answers.first?.value("access-control-allow-origin") == nil)
        }
    }

    @Test func `find nothing about it in answers where none is configured, nor on webhooks`() async throws {
        let field = "Origin: \(Self.origin)\n"
        try await Stand.with { stand in
            let answer = try await stand.postQuery(#"{"query":"q"}"#, fields: field)
            #expect(answer.value("vary") == nil && answer.value("access-control-allow-origin") == nil)
        }
        try await Stand.with({ $0.allowedOrigins = [Self.origin] }) { stand in
            let hook = try await stand.send(
                "OPTIONS /webhooks/freshdesk/acme HTTP/1.1\nHost: a\n\(field)Access-Control-Request-Method: POST\n\n")
            #expect(hook.answers.first?.status == 405)
            #expect(hook.answers.first?.value("access-control-allow-origin") == nil)
        }
    }
}

@Suite struct `Names of requests` {
    @Test(arguments: ["a", "5f1c0a9e-33b7.d210_X", String(repeating: "x", count: 64)])
    func `are the sender's where they are sane, in answers and in the log`(_ id: String) async throws {
        try await Stand.with { stand async throws in
            let field = "X-Request-Id: \(id)\n"
            #expect(try await stand.postQuery(#"{"query":"q"}"#, fields: field).value("x-request-id") == id)
            #expect(try await stand.get("/nowhere", fields: field).value("x-request-id") == id)
            stand.recommender.fail(UpstreamError.unreachable(detail: "x"))
            #expect(try await stand.postQuery(#"{"query":"q"}"#, fields: field).status == 503)
            #expect(!stand.log.lines(holding: "request=\(id)").isEmpty)
        }
    }

    @Test(arguments: [
        "", String(repeating: "x", count: 65), "a b", "a\"b", "ä", "a;b", "<x>", "a\nX-Request-Id: b",
    ])
    func `are ours where they are not`(_ id: String) async throws {
        try await Stand.with { stand in
            let answer = try await stand.get("/health", fields: "X-Request-Id: \(id)\n")
            #expect(answer.value("x-request-id")?.wholeMatch(of: /[0-9a-f]{16}/) != nil)
        }
    }
}

@Suite struct `Acts of people with power` {
    private func with(
        _ trail: TrailFake, _ body: (Stand, ReconcilingFake) async throws -> Void
    ) async throws {
        let fake = ReconcilingFake(try #require(CompanyID("acme")))
        let clock = SystemWallClock()
        try await Stand.with(
            { $0.operatorToken = Secret("operator-token") },
            routes: ReconcileRoutes.forAdmins(fake, clock: clock),
            operatorRoutes: ReconcileRoutes.forOperators(fake, clock: clock), trail: trail
        ) { try await body($0, fake) }
    }

    private func ask(
        _ stand: Stand, _ method: String, _ path: String, _ json: String = "{}", token: String = "operator-token"
    ) async throws -> Int {
        let transcript = try await stand.send(
            "\(method) \(path) HTTP/1.1\nHost: a\nX-Request-Id: r-1\nAuthorization: Bearer \(token)\nContent-Type: application/json\nContent-Length: \(json.utf8.count)\n\n",
            body: Array(json.utf8))
        return try #require(transcript.answers.first).status
    }

    @Test func `are on record with who, what, when and how it went; what only reads is not`() async throws {
        let trail = TrailFake()
        try await with(trail) { stand, _ async throws in
            let base = "/admin/companies/acme"
            #expect(try await ask(stand, "POST", "/ingest", #"{"mode":"sweep"}"#, token: "admin-token") == 202)
            #expect(try await ask(stand, "GET", base + "/items/ticket/4711") == 200)
            #expect(try await ask(stand, "POST", base + "/items/ticket/4711/retry", token: "admin-token") == 202)
            #expect(try await ask(stand, "POST", base + "/items/ticket/1/retry") == 404)
            #expect(try await ask(stand, "DELETE", base + "/reconciles/rec_1") == 200)
            #expect(try await ask(stand, "POST", base + "/reconciles", #"{"mode":"x"}"#) == 422)
            // Who may not is no act.
            #expect(try await ask(stand, "POST", "/ingest", #"{"mode":"sweep"}"#, token: Stand.token) == 403)
            #expect(try await ask(stand, "DELETE", base + "/reconciles/rec_1", token: "unknown") == 401)
            let seen = trail.acts.map { "\($0.actor): \($0.act) \($0.target): \($0.outcome ?? "?")" }
            #expect(
                seen == [
                    "token 2: reconcile.start /ingest: done /ingest/rec_1",
                    "token 2: item.retry \(base)/items/ticket/4711/retry: done",
                    "operator: item.retry \(base)/items/ticket/1/retry: refused 404",
                    "operator: reconcile.cancel \(base)/reconciles/rec_1: done",
                    "operator: reconcile.start \(base)/reconciles: refused 422",
                ])
            #expect(trail.acts.allSatisfy { $0.company?.text == "acme" && $0.requestID == "r-1" })
        }
    }

    @Test func `are not done when they cannot be put on record`() async throws {
        let trail = TrailFake()
        trail.breakDown()
        try await with(trail) { stand, fake async throws in
            #expect(try await ask(stand, "POST", "/ingest", #"{"mode":"sweep"}"#, token: "admin-token") == 503)
            #expect(fake.orders.isEmpty)
        }
    }
}
