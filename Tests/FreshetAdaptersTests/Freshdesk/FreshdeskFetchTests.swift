import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// One ticket, read over a socket from an account that says exactly what the test wants.
struct FreshdeskFetchTests {
    typealias Account = FreshdeskScriptedAccount
    typealias Answer = FreshdeskScriptedAccount.Answer
    typealias Sample = FreshdeskSample

    @Test func `a ticket with its conversation costs one call, and the key goes in the header`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/4711": .ok(Sample.ticket(4711, ["conversations": Sample.conversations(1...9)]))
            default: .status(403)
            }
        }
        let fetched = try await FreshdeskHelpDesk.testing(account.url).fetch(4711)
        #expect(fetched.calls == 1)
        guard case .present(let ticket) = fetched.state else {
            Issue.record("\(fetched.state)")
            return
        }
        #expect(ticket.messages.map(\.id) == Array(1...9))
        #expect(ticket.subject == "Invoice export stops at row 500")
        #expect(ticket.descriptionHTML == "<div>The export ends early.</div>")
        #expect(ticket.attachments.map(\.fileName) == ["rows.csv"])
        #expect(ticket.metadata.customFields["cf_count"] == .integer(12))
        #expect(ticket.metadata.requester?.name == "Ines Okafor")
        let first = try #require(account.requests.first)
        #expect(first.query == ["include": "conversations,requester,stats"])
        #expect(first.headers["authorization"] == "Basic " + Data("key-4711:X".utf8).base64EncodedString())
        #expect(first.headers["accept"] == "application/json")
    }

    @Test(arguments: [
        (10, 1, 2), (99, 1, 2), (100, 2, 3), (101, 2, 3), (198, 3, 4), (250, 3, 4),
    ])
    func `ten conversations or more are read from the list to its end`(count: Int64, pages: Int, calls: Int)
        async throws
    {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5":
                .ok(Sample.ticket(5, ["conversations": Sample.conversations(1...10)]))
            case "/api/v2/tickets/5/conversations": Self.page(request, of: Array(1...count), linked: false)
            default: .status(403)
            }
        }
        let fetched = try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        guard case .present(let ticket) = fetched.state else {
            Issue.record("\(fetched.state)")
            return
        }
        #expect(ticket.messages.map(\.id) == Array(1...count))
        #expect(account.count("/api/v2/tickets/5/conversations") == pages)
        #expect(fetched.calls == calls)
    }

    @Test func `a link to a next page is followed though the page is not full, and a row seen twice counts once`()
        async throws
    {
        let account = try Account { request in
            switch (request.path, request.number) {
            case ("/api/v2/tickets/5", _): .ok(Sample.ticket(5, ["conversations": Sample.conversations(1...10)]))
            case ("/api/v2/tickets/5/conversations", 0):
                .ok(Sample.text(Sample.conversations(1...30)), ["link: <http://x/?page=2>;rel=\"next\""])
            case ("/api/v2/tickets/5/conversations", _): .ok(Sample.text(Sample.conversations(30...41)))
            default: .status(403)
            }
        }
        let ticket = try await FreshdeskHelpDesk.testing(account.url).ticket(5)
        #expect(ticket.messages.map(\.id) == Array(1...41))
    }

    @Test func `a list of conversations that never ends is given up`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5": .ok(Sample.ticket(5, ["conversations": Sample.conversations(1...10)]))
            case "/api/v2/tickets/5/conversations":
                .ok(Sample.text(Sample.conversations(1...100)), ["Link: <http://x/>; rel=\"next\""])
            default: .status(403)
            }
        }
        await #expect(throws: UpstreamError.malformed(path: "conversations")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(account.count("/api/v2/tickets/5/conversations") == 2)
    }

    @Test func `an answer without conversations is not an answer with none`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5": .ok(Sample.ticket(5, ["conversations": .null]))
            case "/api/v2/tickets/5/conversations": .ok(Sample.text(Sample.conversations(1...3)))
            default: .status(403)
            }
        }
        #expect(try await FreshdeskHelpDesk.testing(account.url).ticket(5).messages.count == 3)
    }

    @Test func `a ticket that loses a message while its pages are read is read again`() async throws {
        // It loses its second message during the first reading.
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5":
                let time = request.number == 0 ? "2026-03-03T12:00:00Z" : "2026-03-03T12:00:09Z"
                return .ok(
                    Sample.ticket(
                        5, ["conversations": Sample.conversations(1...10), "updated_at": .string(time)]))
            case "/api/v2/tickets/5/conversations":
                let ids = [1] + Array(3...120) as [Int64]
                return Self.page(request, of: request.number == 0 ? Array(1...120) : ids, linked: true)
            default: return .status(403)
            }
        }
        let fetched = try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        guard case .present(let ticket) = fetched.state else {
            Issue.record("\(fetched.state)")
            return
        }
        #expect(ticket.messages.map(\.id) == [1] + Array(3...120))
        #expect(ticket.metadata.updatedAt == Timestamp(iso8601: "2026-03-03T12:00:09Z"))
        #expect(fetched.calls == 6)
    }

    @Test func `a ticket that loses messages whenever its pages are read is left for later`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5": return .ok(Sample.ticket(5, ["conversations": Sample.conversations(1...10)]))
            case "/api/v2/tickets/5/conversations":
                return Self.page(request, of: Array(Int64(request.number)...Int64(150)), linked: true)
            default: return .status(403)
            }
        }
        await #expect(throws: UpstreamError.unreachable(detail: "the conversation moved while it was read")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(account.requests.count == 9)
    }

    @Test func `a ticket whose time moves on while its pages are read is taken with its older time`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5":
                let time = (Sample.created + .seconds(Int64(5000 + request.number))).iso8601
                return .ok(
                    Sample.ticket(
                        5, ["conversations": Sample.conversations(1...10), "updated_at": .string(time)]))
            case "/api/v2/tickets/5/conversations": return Self.page(request, of: Array(1...120), linked: true)
            default: return .status(403)
            }
        }
        let fetched = try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        #expect(fetched.calls == 3)
        guard case .present(let ticket) = fetched.state else {
            Issue.record("\(fetched.state)")
            return
        }
        #expect(ticket.metadata.updatedAt == Sample.created + .seconds(5000))
    }

    @Test func `a message newer than the ticket has the ticket read again, once if that changes nothing`() async throws
    {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5":
                .ok(
                    Sample.ticket(
                        5,
                        [
                            "conversations": .array([Sample.conversation(1, at: 60)]),
                            "updated_at": .string(Sample.created.iso8601),
                        ]))
            default: .status(403)
            }
        }
        #expect(try await FreshdeskHelpDesk.testing(account.url).fetch(5).calls == 2)
    }

    @Test func `one conversation out of shape fails the ticket and names the place without its content`() async throws {
        let broken = Sample.conversation(2, ["created_at": .string("yesterday, said Ines")])
        let account = try Account { _ in
            .ok(Sample.ticket(5, ["conversations": .array([Sample.conversation(1), broken])]))
        }
        await #expect(throws: UpstreamError.malformed(path: "ticket.conversations[1].created_at")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    @Test func `an answer about another ticket is not taken`() async throws {
        let account = try Account { _ in .ok(Sample.ticket(6)) }
        await #expect(throws: UpstreamError.malformed(path: "ticket.id")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    // MARK: Gone, and not gone

    @Test(arguments: [
        (["deleted": JSONValue.bool(true)], Gone.deleted), (["spam": .bool(true)], .spam),
        (["spam": .bool(true), "deleted": .bool(true)], .deleted), (["deleted": .string("true")], .deleted),
    ])
    func `a ticket that says it is in the trash or spam is gone`(members: [String: JSONValue], how: Gone) async throws {
        let account = try Account { _ in .ok(Sample.ticket(5, members)) }
        #expect(try await FreshdeskHelpDesk.testing(account.url).fetch(5) == Fetched(.gone(how), calls: 1))
    }

    @Test func `an archived ticket is present, read-only, with its conversation`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/archived/5": .ok(Sample.ticket(5, ["archived": .bool(true), "conversations": .null]))
            case "/api/v2/tickets/archived/5/conversations": .ok(Sample.text(Sample.conversations(1...3)))
            case "/api/v2/tickets/5": .status(404)
            default: .status(403)
            }
        }
        let ticket = try await FreshdeskHelpDesk.testing(account.url).ticket(5)
        #expect(ticket.isArchived)
        #expect(ticket.metadata.isArchived)
        #expect(ticket.messages.count == 3)
    }

    @Test func `404 for ticket and archive is proof once the account has answered for itself`() async throws {
        let account = try Account { request in
            request.path == "/api/v2/agents/me" ? .ok("{}") : .status(404)
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        #expect(try await desk.fetch(5) == Fetched(.gone(.purged), calls: 2))
        #expect(try await desk.fetch(6) == Fetched(.gone(.purged), calls: 2))
        #expect(account.count("/api/v2/agents/me") == 1)
    }

    @Test func `404 to everything removes nothing`() async throws {
        let account = try Account { _ in .status(404, "{}") }
        await #expect(throws: UpstreamError.unreachable(detail: "the account answers 404 to everything")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    @Test func `404 that is not from the account's API removes nothing`() async throws {
        let account = try Account { request in
            request.path == "/api/v2/agents/me"
                ? .ok("{}") : Answer(status: 404, body: "<html>no such site</html>", isMarked: false)
        }
        await #expect(throws: UpstreamError.unreachable(detail: "status 404, but not from the account's API")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    @Test(arguments: [403, 500, 429, 401, 400])
    func `an archive that cannot be asked removes nothing`(status: Int) async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5": .status(404)
            case "/api/v2/agents/me": .ok("{}")
            default: .status(status)
            }
        }
        await #expect(throws: UpstreamError.self) { try await FreshdeskHelpDesk.testing(account.url).fetch(5) }
    }

    @Test func `a ticket that vanishes while its conversation is read is not yet gone`() async throws {
        let account = try Account { request in
            switch request.path {
            case "/api/v2/tickets/5": .ok(Sample.ticket(5, ["conversations": Sample.conversations(1...10)]))
            default: .status(404)
            }
        }
        await #expect(throws: UpstreamError.unreachable(detail: "the ticket vanished while it was read")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    @Test(arguments: [("deleted", Gone.deleted), ("spam", .spam)])
    func `403 for a ticket that the trash or spam list names is gone`(filter: String, how: Gone) async throws {
        let account = try Account { request in
            guard request.path == "/api/v2/tickets" else { return .status(403, #"{"code":"access_denied"}"#) }
            // On the second page of its list.
            let isThere = request.query["filter"] == filter
            let first = request.query["page"] == "1"
            let rows = first ? (1000..<1100).map { Sample.row($0, at: 0) } : [Sample.row(5, at: 0)]
            return .ok(isThere ? Sample.text(.array(rows)) : "[]")
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        #expect(try await desk.fetch(5) == Fetched(.gone(how), calls: 1))
        // The next refused ticket costs no more list calls.
        let asked = account.count("/api/v2/tickets")
        await #expect(throws: UpstreamError.forbidden(code: "access_denied")) { try await desk.fetch(6) }
        #expect(account.count("/api/v2/tickets") == asked)
        let query = try #require(account.requests.first { $0.path == "/api/v2/tickets" }).query
        #expect(query["order_by"] == "updated_at" && query["order_type"] == "desc")
        #expect(query["updated_since"] == "1970-01-01T00:00:00Z")
    }

    @Test func `403 for a ticket that no list names is a lack of rights, and three pages are enough`() async throws {
        let account = try Account { request in
            guard request.path == "/api/v2/tickets" else { return .status(403, #"{"code":"access_denied"}"#) }
            let page = Int64(request.query["page"] ?? "1") ?? 1
            return .ok(Sample.text(.array((1000..<1100).map { Sample.row($0 + page * 100, at: 0) })))
        }
        await #expect(throws: UpstreamError.forbidden(code: "access_denied")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(account.count("/api/v2/tickets") == 6)
    }

    @Test(arguments: ["account_suspended", "require_feature", "password_lockout"])
    func `403 that concerns the whole account is not looked into`(code: String) async throws {
        let account = try Account { _ in .status(403, #"{"code":"\#(code)","message":"x"}"#) }
        await #expect(throws: UpstreamError.forbidden(code: code)) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(account.requests.count == 1)
    }

    @Test func `403 while the lists cannot be read is tried again rather than taken for a lack of rights`() async throws
    {
        let account = try Account { request in
            request.path == "/api/v2/tickets" ? .status(503) : .status(403, #"{"code":"access_denied"}"#)
        }
        await #expect(throws: UpstreamError.unreachable(detail: "status 503")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    // MARK: Errors

    @Test(arguments: FreshdeskFetchTests.refusals)
    func `every documented status has its own meaning`(refusal: Refusal) async throws {
        let account = try Account { _ in refusal.answer }
        await #expect(throws: refusal.error) { try await FreshdeskHelpDesk.testing(account.url).fetch(5) }
        #expect(account.requests.count == 1)
    }

    @Test func `a redirect is not followed, so the key goes nowhere else`() async throws {
        let elsewhere = try Account { _ in .ok("{}") }
        let target = elsewhere.url
        let account = try Account { _ in .status(302, "", ["Location: \(target)/api/v2/tickets/5"]) }
        await #expect(throws: UpstreamError.unreachable(detail: "status 302")) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(elsewhere.requests.isEmpty)
    }

    @Test func `a connection that breaks off is unreachable`() async throws {
        let account = try Account { _ in .status(0) }
        let error = await #expect(throws: UpstreamError.self) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
        #expect(error?.label == "unreachable")
    }

    @Test func `an answer beyond all measure is not held`() async throws {
        let body = String(repeating: " ", count: FreshdeskAPI.responseLimit + 1)
        let account = try Account { _ in .ok(body) }
        await #expect(throws: UpstreamError.tooLarge(limit: FreshdeskAPI.responseLimit)) {
            try await FreshdeskHelpDesk.testing(account.url).fetch(5)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `429 holds the account's next call for as long as it says`() async throws {
        let clock = ManualClock()
        let account = try Account { request in
            switch (request.path, request.number) {
            case ("/api/v2/tickets/5", 0): .status(429, "slow", ["Retry-After: 27"])
            case ("/api/v2/tickets/5", _): .ok(Sample.ticket(5))
            default: .status(403)
            }
        }
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock)
        await #expect(throws: UpstreamError.throttled(retryAfter: .seconds(27))) { try await desk.fetch(5) }
        async let later = desk.fetch(5)
        while clock.nextDeadline == nil { await Task.yield() }
        #expect(account.requests.count == 1)
        #expect(clock.nextDeadline == clock.now + .seconds(27))
        clock.advance(by: .seconds(27))
        #expect(try await later.calls == 1)
    }

    @Test func `whoever is cancelled while waiting for a turn gets an answer at once`() async throws {
        let clock = ManualClock()
        let governor = RateGovernor(share: 0.5, clock: clock)
        let account = try Account { _ in .ok("{}") }
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock, governor: governor)
        try await governor.turn(RateBudget.Cost(credits: 1), urgency: .urgent)
        governor.end(RateBudget.Cost(credits: 1), status: 429, retryAfter: .seconds(100))
        let waiting = Task { try await desk.fetch(5) }
        while governor.waiting == 0 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: UpstreamError.unreachable(detail: "cancelled")) { try await waiting.value }
        #expect(account.requests.isEmpty)
    }

    @Test func `a key is proved by one call, or by a list where the role may not ask who it is`() async throws {
        let good = try Account { _ in .ok("{}") }
        try await FreshdeskHelpDesk.testing(good.url).check()
        #expect(good.requests.map(\.path) == ["/api/v2/agents/me"])

        let modest = try Account { $0.path == "/api/v2/tickets" ? .ok("[]") : .status(403) }
        try await FreshdeskHelpDesk.testing(modest.url).check()
        #expect(modest.requests.last?.query["per_page"] == "1")

        let bad = try Account { _ in .status(401, #"{"code":"invalid_credentials"}"#) }
        await #expect(throws: UpstreamError.unauthorized) { try await FreshdeskHelpDesk.testing(bad.url).check() }
        #expect(bad.requests.count == 1)
    }

    @Test func `every answered call is counted`() async throws {
        let account = try Account { request in
            request.path == "/api/v2/tickets/5" ? .ok(Sample.ticket(5)) : .status(403)
        }
        let desk = try FreshdeskHelpDesk.testing(account.url)
        _ = try await desk.fetch(5)
        #expect(desk.calls == Int64(account.requests.count))
    }

    struct Refusal: Sendable {
        var answer: Answer
        var error: UpstreamError
    }

    static let refusals: [Refusal] = [
        Refusal(
            answer: .status(
                400, #"{"description":"Validation failed","errors":[{"field":"page","code":"invalid_value"}]}"#),
            error: .refused(status: 400, code: "invalid_value")),
        Refusal(answer: .status(400, #"{"code":"invalid_json"}"#), error: .refused(status: 400, code: "invalid_json")),
        Refusal(answer: .status(400, "<html>Ines wrote</html>"), error: .refused(status: 400, code: "unknown")),
        Refusal(answer: .status(400, #"{"code":"Ines <ines@x>"}"#), error: .refused(status: 400, code: "unknown")),
        Refusal(answer: .status(401), error: .unauthorized),
        Refusal(
            answer: .status(405, #"{"message":"PUT method is not allowed."}"#),
            error: .refused(status: 405, code: "unknown")),
        Refusal(answer: .status(406), error: .refused(status: 406, code: "unknown")),
        Refusal(
            answer: .status(409, #"{"errors":[{"code":"inconsistent_state"}]}"#),
            error: .refused(status: 409, code: "inconsistent_state")),
        Refusal(answer: .status(415), error: .refused(status: 415, code: "unknown")),
        Refusal(answer: .status(418), error: .refused(status: 418, code: "unknown")),
        Refusal(answer: .status(429, "", ["Retry-After: 27"]), error: .throttled(retryAfter: .seconds(27))),
        Refusal(answer: .status(429, "", ["Retry-After: 999999"]), error: .throttled(retryAfter: .seconds(3600))),
        Refusal(answer: .status(429, "", ["Retry-After: 0"]), error: .throttled(retryAfter: .seconds(1))),
        Refusal(answer: .status(429, "", ["Retry-After: Wed, 21 Oct 2026"]), error: .throttled(retryAfter: nil)),
        Refusal(answer: .status(429, "", ["Retry-After: -5"]), error: .throttled(retryAfter: nil)),
        Refusal(answer: .status(429), error: .throttled(retryAfter: nil)),
        Refusal(answer: .status(301), error: .unreachable(detail: "status 301")),
        Refusal(answer: .status(500, "<html>"), error: .unreachable(detail: "status 500")),
        Refusal(answer: .status(502), error: .unreachable(detail: "status 502")),
        Refusal(answer: .status(503), error: .unreachable(detail: "status 503")),
        Refusal(answer: .status(504), error: .unreachable(detail: "status 504")),
        Refusal(answer: .ok("<html>"), error: .malformed(path: "ticket")),
        Refusal(answer: .ok(""), error: .malformed(path: "ticket")),
        Refusal(answer: .ok("[]"), error: .malformed(path: "ticket")),
        Refusal(answer: .ok("null"), error: .malformed(path: "ticket")),
    ]

    private static func page(_ request: Account.Request, of ids: [Int64], linked: Bool) -> Answer {
        let page = Int(request.query["page"] ?? "") ?? 1
        let size = Int(request.query["per_page"] ?? "") ?? 30
        let rows = ids.dropFirst((page - 1) * size).prefix(size)
        let hasMore = ids.count > page * size
        return .ok(
            Sample.text(.array(rows.map { Sample.conversation($0, at: $0) })),
            linked && hasMore ? ["link: <http://x/?page=\(page + 1)>; rel=\"next\""] : [])
    }
}
