import FreshetCore
import FreshetServer
import FreshetSystem
import FreshetTestKit
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@Suite struct `The listener` {
    private static let probe = Array("GET /health HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    // MARK: - Stopping

    @Test func `finishes what it has in hand before it stops and takes nothing new`() async throws {
        try await Stand.with { stand in
            stand.intake.hold()
            async let answer = RawSocket.exchange(
                port: stand.port, stand.scene.signed(id: "stop").bytes, until: .closed)
            await stand.intake.received(1)
            await stand.group.triggerGracefulShutdown()

            // The listening socket closes while the request still waits.
            while await isListening(stand.port) { await Task.yield() }
            #expect(stand.intake.stored.isEmpty)
            stand.intake.release()

            let transcript = try await answer
            #expect(transcript.answers.map(\.status) == [202])
            #expect(transcript.isClosed)
            #expect(stand.intake.stored.count == 1)
        }
    }

    private func isListening(_ port: Int) async -> Bool {
        do {
            _ = try await RawSocket.exchange(port: port, [RawSocket.Action](), until: .leave)
            return true
        } catch { return false }
    }

    @Test func `closes idle connections when it stops`() async throws {
        try await Stand.with { stand in
            async let transcript = RawSocket.exchange(
                port: stand.port, [.send(stand.scene.signed(id: "idle").bytes), .awaitAnswers(1)], until: .closed)
            await stand.intake.received(1)
            await stand.group.triggerGracefulShutdown()
            let closed = try await transcript
            #expect(closed.isClosed && !closed.timedOut)
            #expect(closed.answers.map(\.status) == [202])
        }
    }

    // MARK: - Starting

    @Test func `says in words that its address is taken`() async throws {
        try await Stand.with { stand in
            let error = try await #require(throws: ListenerError.self) {
                try await Stand.with {
                    $0.listen.port = stand.port
                } _: { _ in
                    ()
                }
            }
            guard case .cannotListen(let address, _) = error else { throw Refusal.host }
            #expect(address.port == stand.port)
        }
    }

    #if !TLS
        @Test func `does not start with a certificate that it cannot use`() async throws {
            let error = try await #require(throws: ListenerError.self) {
                try await Stand.with {
                    $0.tls = .init(certificatePath: "/cert.pem", keyPath: "/key.pem")
                } _: { _ in
                    ()
                }
            }
            #expect(error.description.contains("--traits TLS") == true)
        }
    #endif

    @Test(
        arguments: [
            { $0.listen.port = 70_000 }, { $0.bodyLimit = 0 }, { $0.headerDeadline = .zero },
            { $0.maximumConnections = 0 }, { $0.listen.host = "" }, { $0.maximumConnectionsPerAddress = 0 },
        ] as [@Sendable (inout ServerConfiguration) -> Void])
    func `refuses impossible values`(_ spoil: @Sendable (inout ServerConfiguration) -> Void) throws {
        var configuration = ServerConfiguration()
        try configuration.validate()
        spoil(&configuration)
        #expect(throws: ListenerError.self) { try configuration.validate() }
    }

    // MARK: - Limits

    @Test func `drops a client that never reads its answers`() async throws {
        try await Stand.with {
            $0.writeDeadline = .milliseconds(300)
        } _: { stand in
            // Answers to these fill the buffers of both ends long before the requests run out.
            let request = Array("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            let requests = (0..<8000).flatMap { _ in request }
            try await RawSocket.holdingUnread(port: stand.port, requests) {
                while stand.metric("freshet_http_refusals_total{reason=\"write_deadline\"}") ?? 0 < 1 {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            let next = try await RawSocket.exchange(
                port: stand.port, stand.scene.signed(id: "next").bytes, until: .answers(1))
            #expect(next.answers.first?.status == 202)
        }
    }

    @Test func `gives one address no more than its share of connections`() async throws {
        try await Stand.with {
            $0.maximumConnectionsPerAddress = 3
        } _: { stand in
            try await RawSocket.holding(3, port: stand.port, after: Self.probe) {
                let refused = try await RawSocket.exchange(
                    port: stand.port, stand.scene.signed(id: "over").bytes, until: .closed)
                #expect(refused.isClosed && refused.answers.isEmpty)
            }
            // Their places are free again as soon as the listener has noticed.
            var served: [Int] = []
            while served != [202] {
                let transcript = try await RawSocket.exchange(
                    port: stand.port, stand.scene.signed(id: "after").bytes, until: .answers(1))
                served = transcript.answers.map(\.status)
            }
            #expect(stand.intake.stored.count == 1)
        }
    }

    @Test func `lets connections over the limit wait for a place`() async throws {
        try await Stand.with {
            $0.maximumConnections = 2
            $0.idleTimeout = .milliseconds(300)
        } _: { stand in
            try await RawSocket.holding(2, port: stand.port, after: Self.probe) {
                let transcript = try await RawSocket.exchange(
                    port: stand.port, stand.scene.signed(id: "waits").bytes, until: .answers(1))
                #expect(transcript.answers.map(\.status) == [202])
            }
        }
    }

    @Test func `closes a connection that stays idle between requests`() async throws {
        try await Stand.with {
            $0.idleTimeout = .milliseconds(200)
        } _: { stand in
            let transcript = try await RawSocket.exchange(
                port: stand.port, stand.scene.signed(id: "idle").bytes, until: .closed)
            #expect(transcript.isClosed && !transcript.timedOut)
            #expect(transcript.answers.map(\.status) == [202])
        }
    }

    // MARK: - Answers of the intake

    @Test(
        arguments: [
            (.accepted(.new), 202, nil), (.accepted(.repeated), 202, nil), (.accepted(.conflicting), 202, nil),
            (.unauthorized(reason: "signature"), 401, nil), (.malformed(reason: "syntax"), 400, nil),
            (.unusable(reason: "no_id"), 422, nil), (.limited(retryAfter: 7), 429, "7"),
            (.unavailable(reason: "disk_full", retryAfter: 600), 503, "59"),
            (.unavailable(reason: "backlog", retryAfter: 0), 503, "1"),
        ] as [(IntakeAnswer, Int, String?)])
    func `turns each answer of the intake into its status`(_ answer: IntakeAnswer, status: Int, retryAfter: String?)
        async throws
    {
        try await Stand.with { stand in
            stand.intake.say(answer)
            let transcript = try await RawSocket.exchange(
                port: stand.port, stand.scene.signed(id: "x").bytes, until: .answers(1))
            let given = try #require(transcript.answers.first)
            #expect(given.status == status)
            #expect(given.value("retry-after") == retryAfter)
            #expect(given.value("cache-control") == "no-store")
            #expect(stand.metric("freshet_webhooks_total{answer=\"\(status)\"}") == 1)
            if status == 202 {
                #expect(given.bodyText == #"{"status":"accepted"}"#)
                #expect(stand.log.lines(holding: "request refused").isEmpty)
            } else {
                #expect(stand.total("freshet_webhook_rejections_total") == 1)
                #expect(stand.log.lines(holding: "company=acme").count == 1)
            }
        }
    }

    @Test func `gives everything unauthenticated the same answer`() async throws {
        try await Stand.with { stand in
            var bodies: Set<String> = []
            for target in ["/webhooks/freshdesk/acme", "/webhooks/freshdesk/nobody", "/webhooks/zendesk/acme"] {
                let draft = stand.scene.signed(id: "x").setting("webhook-signature", "v1,wrong").target(target)
                let transcript = try await RawSocket.exchange(port: stand.port, draft.bytes, until: .answers(1))
                let answer = try #require(transcript.answers.first)
                let fields = answer.fields.filter { $0.name != "x-request-id" }.map { "\($0)" }.joined()
                bodies.insert("\(answer.status) \(fields) \(answer.bodyText)")
            }
            #expect(bodies.count == 1)
        }
    }

    // MARK: - Who sent it

    @Test(
        arguments: [
            ([], "203.0.113.7", "127.0.0.1"),
            (["127.0.0.0/8"], "203.0.113.7", "203.0.113.7"),
            (["127.0.0.0/8"], "198.51.100.1, 203.0.113.7", "203.0.113.7"),
            (["127.0.0.0/8", "203.0.113.0/24"], "198.51.100.1, 203.0.113.7", "198.51.100.1"),
            (["127.0.0.0/8"], "198.51.100.1, not an address", "127.0.0.1"),
            (["127.0.0.0/8"], "2001:DB8:0::1", "2001:db8::1"),
            (["127.0.0.0/8"], "", "127.0.0.1"),
            (["10.0.0.0/8"], "203.0.113.7", "127.0.0.1"),
        ] as [([String], String, String)])
    func `believes X-Forwarded-For from trusted proxies only`(proxies: [String], header: String, sender: String)
        async throws
    {
        try await Stand.with {
            $0.trustedProxies = proxies.compactMap { NetworkRange($0) }
        } _: { stand in
            let draft = stand.scene.signed(id: "x").without("webhook-id").adding("X-Forwarded-For", header)
            _ = try await RawSocket.exchange(port: stand.port, draft.bytes, until: .answers(1))
            #expect(stand.log.lines(holding: "request refused").first?.contains("sender=\(sender) ") == true)
        }
    }

    @Test func `keeps a request's own id where it has a sane one, else gives it one, and echoes it`() async throws {
        try await Stand.with { stand in
            let bytes = stand.scene.signed(id: "a").adding("X-Request-Id", "mine").bytes
            let transcript = try await RawSocket.exchange(
                port: stand.port, bytes + stand.scene.signed(id: "b").without("webhook-id").bytes, until: .answers(2))
            let ids = transcript.answers.compactMap { $0.value("x-request-id") }
            #expect(Set(ids).count == 2)
            #expect(ids.first == "mine")
            #expect(stand.log.lines(holding: "request=\(ids[1])").count == 1)
        }
    }

    // MARK: - Probes

    @Test func `answers its probes, and HEAD like GET without the body`() async throws {
        try await Stand.with { stand in
            let alive = try await stand.get("/health")
            #expect(alive.status == 200 && alive.bodyText == #"{"status":"alive"}"#)
            let ready = try await stand.get("/health/ready")
            #expect(ready.status == 200 && ready.bodyText == #"{"status":"ready","parts":{"store":"ok"}}"#)
            let metrics = try await stand.get("/metrics")
            #expect(metrics.value("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.bodyText.contains("freshet_webhooks_total{answer=\"202\"} 0\n"))
            #expect(metrics.value("x-content-type-options") == "nosniff")

            for path in ["/health", "/health/ready", "/metrics"] {
                let head = try await stand.send(
                    "HEAD \(path) HTTP/1.1\nHost: a\nConnection: close\n\n", until: .closed)
                #expect(head.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(head.text.hasSuffix("\r\n\r\n"))
                #expect(!head.text.lowercased().contains("content-length: 0\r\n"))
            }

            stand.readiness.say(Readiness(parts: ["store": "cannot write", "index": nil]))
            let unready = try await stand.get("/health/ready")
            #expect(unready.status == 503)
            #expect(unready.bodyText == #"{"status":"not ready","parts":{"index":"ok","store":"cannot write"}}"#)
        }
    }

    @Test func `serves probes on the operator's address only, where there is one`() async throws {
        try await Stand.with {
            $0.operatorListen = .init(host: "127.0.0.1", port: 0)
        } _: { stand in
            let port = try #require(stand.operatorPort)
            #expect(port != stand.port)
            #expect(try await stand.get("/health", port: port).status == 200)
            #expect(try await stand.get("/metrics", port: port).status == 200)
            #expect(try await stand.get("/health").status == 404)
            #expect(try await stand.get("/metrics").status == 404)

            let webhook = try await RawSocket.exchange(
                port: port, stand.scene.signed(id: "x").bytes, until: .answers(1))
            #expect(webhook.answers.first?.status == 404)
            #expect(stand.intake.received == 0)
        }
    }

    @Test func `asks for the operator's token on operator routes, and for none on probes`() async throws {
        let route = Route(.get, "/admin/anything", access: .operatorOnly) { _, _ in Response(status: .ok) }
        try await Stand.with({ $0.operatorToken = Secret("op-token") }, operatorRoutes: [route]) { stand in
            for (fields, status) in [
                ("", 401), ("Authorization: Bearer op-tokeX\n", 401), ("Authorization: Bearer op-toke\n", 401),
                ("Authorization: bearer op-token\n", 200),
            ] {
                let answer = try await stand.get("/admin/anything", fields: fields)
                #expect(answer.status == status)
                #expect(try await stand.get("/metrics", fields: fields).status == 200)
            }
            let alive = try await stand.get("/health")
            #expect(alive.status == 200)
        }
    }

    // MARK: - Routes

    @Test func `streams an answer without a length in chunks, and knows parameters`() async throws {
        let route = Route(.get, "/admin/companies/{company}/log", access: .open) { _, context in
            let company = context.parameters.get("company") ?? ""
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for part in ["one ", "two ", company] { try await writer.write(ByteBuffer(string: part)) }
                    try await writer.finish(nil)
                })
        }
        try await Stand.with(operatorRoutes: [route]) { stand in
            let answer = try await stand.get("/admin/companies/acme/log")
            #expect(answer.value("transfer-encoding") == "chunked")
            #expect(answer.bodyText == "one two acme")
            let old = try await stand.send("GET /admin/companies/acme/log HTTP/1.0\n\n", until: .closed)
            #expect(old.text.hasSuffix("\r\n\r\none two acme"))
            #expect(try await stand.get("/admin/companies/%61/log").status == 404)
            #expect(try await stand.get("/admin/companies//log").status == 404)
            let wrong = try await stand.send("DELETE /admin/companies/acme/log HTTP/1.1\nHost: a\n\n")
            #expect(wrong.answers.first?.status == 405)
            #expect(wrong.answers.first?.value("allow") == "GET, HEAD")
        }
    }

    @Test func `turns what a route did not foresee into one harmless answer`() async throws {
        struct Odd: Error, CustomStringConvertible { var description = "the secret sauce" }
        let routes = [
            Route(.get, "/odd", access: .open) { _, _ in throw Odd() },
            Route(.get, "/busy", access: .open) { _, _ in
                throw UpstreamError.throttled(retryAfter: .seconds(500))
            },
            Route(.get, "/closed", access: .operatorOnly) { _, _ in Response(status: .ok) },
            Route(.get, "/admins", access: .bearer([.admin])) { _, _ in Response(status: .ok) },
        ]
        try await Stand.with(routes: routes) { stand in
            let odd = try await stand.get("/odd")
            #expect(odd.status == 500)
            #expect(odd.value("content-type") == "application/problem+json")
            #expect(!odd.bodyText.contains("sauce"))
            #expect(!stand.log.lines.contains { $0.contains("sauce") })
            let busy = try await stand.get("/busy")
            #expect(busy.status == 503 && busy.value("retry-after") == "59")
            #expect(try await stand.get("/closed").status == 401)
            #expect(try await stand.get("/closed", fields: "Authorization: Bearer x\n").status == 401)
            #expect(try await stand.get("/admins", fields: "Authorization: Bearer admin-token\n").status == 200)
            #expect(try await stand.get("/admins", fields: "Authorization: Bearer \(Stand.token)\n").status == 403)
            #expect(try await stand.get("/admins").value("www-authenticate") == "Bearer")
        }
    }

    @Test func `counts and times requests by route and status`() async throws {
        try await Stand.with { stand in
            _ = try await stand.get("/health")
            _ = try await stand.get("/nowhere/at/all")
            _ = try await RawSocket.exchange(port: stand.port, stand.scene.signed(id: "x").bytes, until: .answers(1))
            #expect(stand.metric("freshet_http_request_seconds_count{route=\"/health\",status=\"200\"}") == 1)
            #expect(stand.metric("freshet_http_request_seconds_count{route=\"other\",status=\"404\"}") == 1)
            #expect(stand.metric("freshet_http_refusals_total{reason=\"path\"}") == 1)
            let webhooks = "freshet_http_request_seconds_count{route=\"/webhooks/{platform}/{company}\",status=\"202\"}"
            #expect(stand.metric(webhooks) == 1)
            #expect(stand.metric("freshet_webhooks_total{answer=\"202\"}") == 1)
            #expect(stand.metric("freshet_webhooks_total{answer=\"503\"}") == 0)
        }
    }

    @Test func `does not let a flood of refusals fill the log`() async throws {
        try await Stand.with { stand in
            let requests = (0..<300).flatMap { _ in Array("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8) }
            _ = try await RawSocket.exchange(port: stand.port, requests, until: .answers(300))
            #expect(stand.log.lines(holding: "request refused").count == 100)
            #expect(stand.metric("freshet_http_refusals_total{reason=\"path\"}") == 300)
        }
    }
}
