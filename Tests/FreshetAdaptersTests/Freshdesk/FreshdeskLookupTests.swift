import FreshetCore
import FreshetTestKit
import Synchronization
import Testing

@testable import FreshetAdapters

/// Names, over a socket: how often they are asked for, and what happens when they cannot be had.
struct FreshdeskLookupTests {
    typealias Account = FreshdeskScriptedAccount
    typealias Sample = FreshdeskSample

    @Test func `names are looked up once for many tickets, only where a ticket needs them`() async throws {
        let account = try account(agents: { _ in Self.agents(["Bo"]) })
        let desk = try FreshdeskHelpDesk.testing(account.url)
        for id in 1...5 as ClosedRange<Int64> {
            let ticket = try await desk.ticket(id)
            #expect(ticket.metadata.agent?.name == "Bo 62003310542")
            #expect(ticket.metadata.group?.name == "Billing")
            #expect(ticket.metadata.status.name == "Offen")
            #expect(ticket.metadata.product == nil)
        }
        #expect(account.count("/api/v2/agents") == 1)
        #expect(account.count("/api/v2/groups") == 1)
        #expect(account.count("/api/v2/ticket_fields") == 1)
        #expect(account.count("/api/v2/products") == 0)
        // Endpoints for fields refuse paging.
        #expect(account.requests.first { $0.path == "/api/v2/ticket_fields" }?.query.isEmpty == true)
    }

    @Test func `the agents' table is read to its end`() async throws {
        let account = try account(agents: { request in
            let first = request.query["page"] == "1"
            let ids = first ? Array(1...100) : [62_003_310_542] as [Int64]
            return .ok(Sample.text(.array(ids.map { Self.agent($0, "Bo") })))
        })
        #expect(
            try await FreshdeskHelpDesk.testing(account.url).ticket(1).metadata.agent?.name == "Bo 62003310542")
        #expect(account.count("/api/v2/agents") == 2)
    }

    @Test func `a rename shows once the table has expired`() async throws {
        let clock = ManualClock()
        let account = try account(agents: { Self.agents([$0.number == 0 ? "Bo" : "Beau"]) })
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock)
        #expect(try await desk.ticket(1).metadata.agent?.name == "Bo 62003310542")
        clock.advance(by: .seconds(50 * 60))
        #expect(try await desk.ticket(1).metadata.agent?.name == "Bo 62003310542")
        clock.advance(by: .seconds(11 * 60))
        #expect(try await desk.ticket(1).metadata.agent?.name == "Beau 62003310542")
    }

    @Test(arguments: [403, 500, 404, 401, 200])
    func `a look-up that fails leaves ids without names, fails no run and is not repeated at once`(status: Int)
        async throws
    {
        let clock = ManualClock()
        let account = try Account { request in
            request.path.hasPrefix("/api/v2/tickets/") ? .ok(Sample.ticket(1)) : .status(status, "<html>")
        }
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock)
        for _ in 0..<3 {
            let ticket = try await desk.ticket(1)
            #expect(ticket.metadata.agent == Person(id: 62_003_310_542))
            #expect(ticket.metadata.group == Label(id: 62_000_154_870))
            // What every account has needs no look-up.
            #expect(ticket.metadata.status == Label(id: 2, name: "Open"))
        }
        #expect(account.count("/api/v2/agents") == 1)
        clock.advance(by: .seconds(601))
        _ = try await desk.ticket(1)
        #expect(account.count("/api/v2/agents") == 2)
    }

    @Test func `a table that cannot be fetched again keeps its names`() async throws {
        let clock = ManualClock()
        let account = try account(agents: { $0.number == 0 ? Self.agents(["Bo"]) : .status(503) })
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock)
        _ = try await desk.ticket(1)
        clock.advance(by: .seconds(7200))
        #expect(try await desk.ticket(1).metadata.agent?.name == "Bo 62003310542")
        #expect(account.count("/api/v2/agents") == 2)
    }

    @Test func `an id that is not known has the table fetched again once, and no sooner than after minutes`()
        async throws
    {
        let clock = ManualClock()
        let account = try Account { request in
            switch request.path {
            case "/api/v2/agents":
                let ids = request.number == 0 ? [1] : [1, 2] as [Int64]
                return .ok(Sample.text(.array(ids.map { Self.agent($0, "Bo") })))
            case "/api/v2/groups", "/api/v2/ticket_fields": return .ok("[]")
            default:
                let id = Int64(request.path.split(separator: "/").last ?? "") ?? 0
                return .ok(Sample.ticket(id, ["responder_id": .integer(id), "product_id": .null]))
            }
        }
        let desk = try FreshdeskHelpDesk.testing(account.url, clock: clock)
        func name(_ id: Int64) async throws -> String? { try await desk.ticket(id).metadata.agent?.name }
        #expect(try await name(1) == "Bo 1")
        #expect(try await name(2) == nil)
        #expect(account.count("/api/v2/agents") == 1)
        clock.advance(by: .seconds(301))
        #expect(try await name(2) == "Bo 2")
        // Number 3 left the company: one more look, and never again while the table holds.
        clock.advance(by: .seconds(301))
        for _ in 0..<3 {
            #expect(try await name(3) == nil)
            clock.advance(by: .seconds(301))
        }
        #expect(account.count("/api/v2/agents") == 3)
    }

    @Test func `many tickets at once wait for one look-up`() async throws {
        let account = try account(agents: { _ in Self.agents(["Bo"]) })
        let desk = try FreshdeskHelpDesk.testing(account.url)
        try await withThrowingTaskGroup { group in
            for id in 1...20 as ClosedRange<Int64> {
                group.addTask { try await desk.ticket(id).metadata.agent?.name }
            }
            for try await name in group { #expect(name == "Bo 62003310542") }
        }
        #expect(account.count("/api/v2/agents") == 1)
    }

    @Test func `whoever fetches the table and is cancelled leaves it to the next`() async throws {
        let clock = ManualClock()
        let table = LookupTable<String>(
            expiry: LookupExpiry(), clock: clock, random: SeededRandomSource(seed: 1))
        let began = Signal()
        let first = Task {
            await table.values(knowing: [1]) { () async throws(UpstreamError) in
                began.fire()
                do {
                    try await clock.sleep(for: .seconds(1000))
                } catch {
                    throw .unreachable(detail: "cancelled")
                }
                return [:]
            } failed: { _ in
                Issue.record("cancelling is no failure")
            }
        }
        await began.wait()
        let second = Task {
            await table.values(knowing: [1]) { () async throws(UpstreamError) in
                [1: "Bo"]
            } failed: { _ in
            }
        }
        for _ in 0..<20 { await Task.yield() }
        first.cancel()
        #expect(await first.value.isEmpty)
        #expect(await second.value == [1: "Bo"])
    }

    private func account(
        agents: @escaping @Sendable (Account.Request) -> Account.Answer
    ) throws -> Account {
        try Account { request in
            switch request.path {
            case "/api/v2/agents": return agents(request)
            case "/api/v2/groups": return .ok(#"[{"id":62000154870,"name":"Billing"}]"#)
            case "/api/v2/ticket_fields":
                return .ok(#"[{"name":"status","type":"default_status","choices":{"2":["Offen","Open"]}}]"#)
            default:
                let id = Int64(request.path.split(separator: "/").last ?? "") ?? 0
                return .ok(Sample.ticket(id, ["product_id": .null]))
            }
        }
    }

    private static func agents(_ names: [String]) -> Account.Answer {
        .ok(Sample.text(.array(names.map { agent(62_003_310_542, $0) })))
    }

    private static func agent(_ id: Int64, _ name: String) -> JSONValue {
        .object([
            "id": .integer(id),
            "contact": .object(["name": .string("\(name) \(id)"), "email": .string("bo@tidewater.example")]),
        ])
    }
}
