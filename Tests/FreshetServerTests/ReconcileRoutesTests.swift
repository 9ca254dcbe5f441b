import FreshetCore
import FreshetServer
import FreshetTestKit
import Synchronization
import Testing

/// Keeps reconciles of one company and lets a test move them on.
final class ReconcilingFake: Reconciling {
    private struct State {
        var reports: [String: ReconcileReport] = [:]
        var orders: [ReconcileOrder] = []
        var asked = 0
    }
    private let state = Mutex(State())
    private let company: CompanyID

    init(_ company: CompanyID) { self.company = company }

    var orders: [ReconcileOrder] { state.withLock { $0.orders } }

    /// Every look at a reconcile sees it further; at the `end`th it has ended.
    private func step(_ id: String, end: Int) -> ReconcileReport? {
        state.withLock { state in
            guard var report = state.reports[id] else { return nil }
            if report.reconcile.state == .running {
                report.reconcile.seen += 100
                if report.reconcile.seen >= end * 100 { report.reconcile.state = .complete }
                state.reports[id] = report
            }
            return report
        }
    }

    func start(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcileReport {
        guard company == self.company else { throw StoreError.unknownCompany(company) }
        return state.withLock { state in
            state.orders.append(order)
            let id = "rec_\(state.orders.count)"
            let report = ReconcileReport(
                reconcile: Reconcile(
                    id: id, company: company, mode: order.mode, since: order.since, state: .running,
                    requestedAt: Timestamp(seconds: 1)), settlements: [Settlement()], withheldNow: 0,
                meter: MissedWebhooks(changes: 0, missed: 0))
            state.reports[id] = report
            return report
        }
    }

    func report(on id: String, of company: CompanyID) async throws -> ReconcileReport? {
        company == self.company ? step(id, end: 4) : nil
    }

    func cancel(_ id: String, of company: CompanyID) async throws -> ReconcileReport? {
        guard company == self.company else { return nil }
        return state.withLock { state in
            state.reports[id]?.reconcile.state = .cancelled
            return state.reports[id]
        }
    }

    func release(_ id: String, of company: CompanyID) async throws -> Int? {
        company == self.company && state.withLock { $0.reports[id] != nil } ? 40 : nil
    }

    func plan(_ order: ReconcileOrder, for company: CompanyID) async throws -> ReconcilePlan {
        ReconcilePlan(
            company: company, platform: .freshdesk, mode: order.mode, since: order.since, madeAt: .epoch,
            listedTo: .epoch, seen: 9, unchanged: 9, withholdsRemovals: false,
            calls: ReconcilePlan.Calls(listing: 3, reading: 0), callsPerMinute: nil, tokens: 0, money: 0, steps: [])
    }

    func auditPlan(of company: CompanyID) async throws -> AuditCounts { AuditCounts(missing: 1) }
    func mark(_ tickets: [Int64], of company: CompanyID) async throws -> Int { tickets.count }

    func explain(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> ItemExplanation? {
        guard company == self.company, id == 4711 else { return nil }
        let item = Item(company: company, platform: .freshdesk, kind: kind, originalID: id)
        return ItemExplanation(
            entry: LedgerEntry(
                item: item, wanted: 2, claimed: 2, done: 2, fence: 3, owner: nil, leaseUntil: nil, attempts: 0,
                notBefore: .epoch, urgency: .urgent, state: .ready, reason: nil, sourceUpdatedAt: nil, markedAt: nil),
            record: nil, decisions: [])
    }

    func retry(_ kind: ItemKind, _ id: Int64, of company: CompanyID) async throws -> Bool {
        company == self.company && id == 4711
    }
}

@Suite struct `Reconciles by HTTP` {
    private func with(_ body: (Stand, ReconcilingFake) async throws -> Void) async throws {
        let fake = ReconcilingFake(try #require(CompanyID("acme")))
        let clock = SystemWallClock()
        var bearers = BearersFake.known
        bearers.known["globex-admin"] = Bearer(
            company: try #require(CompanyID("globex")), role: .admin, tokenID: 3)
        try await Stand.with(
            { $0.operatorToken = Secret("operator-token") }, bearers: bearers,
            routes: ReconcileRoutes.forAdmins(fake, clock: clock),
            operatorRoutes: ReconcileRoutes.forOperators(fake, clock: clock)
        ) { try await body($0, fake) }
    }

    private func ask(
        _ stand: Stand, _ method: String, _ path: String, _ json: String? = nil, token: String? = "operator-token"
    ) async throws -> RawAnswer {
        let body = Array((json ?? "").utf8)
        let authorization = token.map { "Authorization: Bearer \($0)\n" } ?? ""
        let content = json == nil ? "" : "Content-Type: application/json\nContent-Length: \(body.count)\n"
        let transcript = try await stand.send(
            "\(method) \(path) HTTP/1.1\nHost: a\n\(authorization)\(content)\n", body: body)
        return try #require(transcript.answers.first, "\(transcript.text)")
    }

    @Test func `an admin starts one, looks at it and follows it to its end`() async throws {
        try await with { stand, fake in
            let started = try await ask(
                stand, "POST", "/ingest", #"{"mode":"incremental","since":"2026-01-01T00:00:00Z","kinds":["tickets"]}"#,
                token: "admin-token")
            #expect(started.status == 202 && started.value("location") == "/ingest/rec_1")
            #expect(started.bodyText.contains(#""run_id":"rec_1""#) && started.bodyText.contains(#""certificate":{"#))
            #expect(fake.orders == [ReconcileOrder(mode: .incremental, since: Timestamp(iso8601: "2026-01-01"))])
            #expect(try await ask(stand, "GET", "/ingest/rec_1", token: "admin-token").status == 200)

            let events = try await stand.send(
                "GET /ingest/rec_1/events HTTP/1.1\nHost: a\nConnection: close\nAuthorization: Bearer admin-token\n\n",
                until: .closed)
            #expect(events.text.contains("text/event-stream"))
            #expect(events.text.contains("event: progress") && events.text.contains("event: done"))
            #expect(events.text.contains(#""state":"complete""#))
            #expect(!events.timedOut)
        }
    }

    @Test func `roles and companies are kept apart`() async throws {
        try await with { stand, fake in
            let body = #"{"mode":"sweep"}"#
            #expect(try await ask(stand, "POST", "/ingest", body, token: nil).status == 401)
            #expect(try await ask(stand, "POST", "/ingest", body, token: Stand.token).status == 403)
            #expect(try await ask(stand, "POST", "/ingest", body, token: "admin-token").status == 202)
            for path in ["/ingest/rec_1", "/ingest/rec_1/events", "/ingest/rec_9"] {
                #expect(try await ask(stand, "GET", path, token: "globex-admin").status == 404)
            }
            for (method, path) in [
                ("GET", "/reconciles/rec_1"), ("DELETE", "/reconciles/rec_1"), ("GET", "/reconciles/rec_1/events"),
                ("POST", "/reconciles/rec_1/release"), ("GET", "/items/ticket/4711"),
                ("POST", "/items/ticket/4711/retry"),
            ] {
                #expect(try await ask(stand, method, "/admin/companies/acme" + path, token: nil).status == 401)
                // Items are the admin's, too; other things of the operator's are not, whosever they are.
                let isItem = path.hasPrefix("/items")
                for (company, status) in [
                    ("acme", isItem ? (method == "GET" ? 200 : 202) : 403), ("globex", isItem ? 404 : 403),
                ] {
                    let answer = try await ask(
                        stand, method, "/admin/companies/\(company)\(path)", token: "admin-token")
                    #expect(answer.status == status)
                }
                #expect(
                    try await ask(stand, method, "/admin/companies/acme" + path, token: Stand.token).status == 403)
                #expect(try await ask(stand, method, "/admin/companies/globex" + path).status == 404)
                let answer = try await ask(stand, method, "/admin/companies/ACME" + path)
                #expect(answer.status == 404 && answer.value("content-type") == "application/problem+json")
            }
            #expect(fake.orders.count == 1)
        }
    }

    @Test func `the operator starts, plans, cancels, releases, explains and retries`() async throws {
        try await with { stand, fake in
            let base = "/admin/companies/acme"
            let audit = try await ask(stand, "POST", base + "/reconciles", #"{"mode":"audit","rebuild":true}"#)
            #expect(audit.status == 202 && audit.value("location") == base + "/reconciles/rec_1")
            #expect(fake.orders == [ReconcileOrder(mode: .rebuild)])
            let plan = try await ask(stand, "POST", base + "/reconciles", #"{"mode":"sweep","dry_run":true}"#)
            #expect(plan.status == 200 && plan.bodyText.contains(#""api_calls":{"listing":3,"reading":0,"total":3}"#))
            let verdicts = try await ask(stand, "POST", base + "/reconciles", #"{"mode":"audit","dry_run":true}"#)
            #expect(verdicts.bodyText.contains(#""missing":1"#))
            let marked = try await ask(
                stand, "POST", base + "/reconciles", #"{"mode":"incremental","ticket_ids":[1,"2"]}"#)
            #expect(marked.status == 202 && marked.bodyText == #"{"marked":2}"#)
            #expect(fake.orders.count == 1)

            #expect(try await ask(stand, "GET", base + "/reconciles/rec_1").status == 200)
            let cancelled = try await ask(stand, "DELETE", base + "/reconciles/rec_1")
            #expect(cancelled.status == 200 && cancelled.bodyText.contains(#""state":"cancelled""#))
            #expect(try await ask(stand, "POST", base + "/reconciles/rec_1/release").bodyText == #"{"released":40}"#)
            let item = try await ask(stand, "GET", base + "/items/ticket/4711")
            #expect(item.status == 200 && item.bodyText.contains(#""item":"ticket/4711""#))
            #expect(try await ask(stand, "POST", base + "/items/ticket/4711/retry").status == 202)
            for path in ["/items/ticket/1", "/items/ticket/04711", "/items/ticket/x", "/items/wombat/1"] {
                #expect(try await ask(stand, "GET", base + path).status == 404)
            }
            #expect(
                try await ask(stand, "POST", "/admin/companies/nobody/reconciles", #"{"mode":"sweep"}"#).status == 404)
        }
    }

    @Test(
        arguments: [
            ("", 400, nil), ("[]", 400, nil), (#"{"mode":"sweep","mode":"sweep"}"#, 400, nil),
            (#"{"mode":"sweep","dryrun":true}"#, 400, "/dryrun"), ("{}", 422, "/mode"),
            (#"{"mode":"everything"}"#, 422, "/mode"), (#"{"mode":"sweep","since":"2026-01-01"}"#, 422, "/since"),
            (#"{"mode":"incremental","since":"yesterday"}"#, 422, "/since"),
            (#"{"mode":"incremental","dry_run":"yes"}"#, 422, "/dry_run"),
            (#"{"mode":"sweep","rebuild":true}"#, 422, "/rebuild"),
            (#"{"mode":"incremental","ticket_ids":[]}"#, 422, "/ticket_ids"),
            (#"{"mode":"incremental","ticket_ids":[0]}"#, 422, "/ticket_ids/0"),
            (#"{"mode":"incremental","ticket_ids":["01"]}"#, 422, "/ticket_ids/0"),
            (#"{"mode":"incremental","ticket_ids":[1],"dry_run":true}"#, 422, "/ticket_ids"),
        ] as [(String, Int, String?)])
    func `refuses what it does not understand and starts nothing`(json: String, status: Int, pointer: String?)
        async throws
    {
        try await with { stand, fake in
            let answer = try await ask(stand, "POST", "/admin/companies/acme/reconciles", json)
            #expect(answer.status == status)
            if let pointer { #expect(answer.bodyText.contains("\"pointer\":\"\(pointer)\"")) }
            #expect(fake.orders.isEmpty)
        }
    }

    @Test func `a client that leaves ends its stream`() async throws {
        try await with { stand, _ in
            _ = try await ask(stand, "POST", "/ingest", #"{"mode":"sweep"}"#, token: "admin-token")
            _ = try await stand.send(
                "GET /ingest/rec_1/events HTTP/1.1\nHost: a\nAuthorization: Bearer admin-token\n\n", until: .leave)
            // The stand stops gracefully, which it could not with somebody still writing.
        }
    }
}
