import FreshdeskSimulator
import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Logging
import Testing

@testable import FreshetAdapters

/// The connector against the simulator, over real HTTP.
struct FreshdeskSimulatorTests {
    @Test func `a generated account is listed whole, and every ticket of it reads twice alike`() async throws {
        try await World.run {
            $0.contents = [.generated(350)]
        } _: { world in
            let (items, calls) = try await world.list(.changed(since: .epoch))
            #expect(items.map(\.item.originalID).sorted() == Array(1...350))
            #expect(items.map(\.updatedAt) == items.map(\.updatedAt).sorted())
            #expect(calls <= 4)
            for id in stride(from: 1, through: 350, by: 25) as StrideThrough<Int64> {
                let once = try await world.desk.ticket(id)
                #expect(once == (try await world.desk.ticket(id)))
                #expect(once.metadata.agent?.name != nil)
                #expect(once.metadata.group?.name != nil)
                #expect(once.metadata.status.name != nil)
                #expect(once.metadata.requester?.name != nil)
            }
        }
    }

    @Test(arguments: [0, 1, 9, 10, 11, 30, 99, 100, 101, 230])
    func `a conversation of any length is read whole`(count: Int) async throws {
        try await World.run { world in
            let id = try await world.newTicket()
            for number in 0..<count {
                try await world.post("/api/v2/tickets/\(id)/notes", ["body": .string("<p>note \(number)</p>")])
            }
            let fetched = try await world.desk.fetch(id)
            guard case .present(let ticket) = fetched.state else {
                Issue.record("\(fetched.state)")
                return
            }
            #expect(ticket.messages.count == count)
            #expect(Set(ticket.messages.map(\.id)).count == count)
            #expect(ticket.messages.allSatisfy { $0.isPrivate && $0.author.role == .agent })
            // A page that is full may be the last.
            let pages = count < 10 ? 0 : count / 100 + 1
            #expect(fetched.calls == 1 + pages)
        }
    }

    @Test func `trash, spam, archive, restore and purge are told apart`() async throws {
        try await World.run { world in
            var ids: [Int64] = []
            for _ in 0..<5 { ids.append(try await world.newTicket()) }
            try await world.send("DELETE", "/api/v2/tickets/\(ids[0])")
            try await world.send("POST", "/_simulator/tickets/\(ids[1])/spam")
            try await world.send("POST", "/_simulator/tickets/\(ids[2])/archive")
            try await world.send("POST", "/_simulator/tickets/\(ids[3])/purge")

            #expect(try await world.desk.fetch(ids[0]).state == .gone(.deleted))
            #expect(try await world.desk.fetch(ids[1]).state == .gone(.spam))
            #expect(try await world.desk.ticket(ids[2]).isArchived)
            #expect(try await world.desk.fetch(ids[3]).state == .gone(.purged))
            #expect(!(try await world.desk.ticket(ids[4]).isArchived))
            #expect(try await world.ids(.deleted) == [ids[0]])
            #expect(try await world.ids(.spam) == [ids[1]])
            #expect(try await world.ids(.changed(since: .epoch)) == [ids[4]])

            try await world.send("PUT", "/api/v2/tickets/\(ids[0])/restore")
            _ = try await world.desk.ticket(ids[0])
            #expect(try await world.ids(.deleted).isEmpty)
        }
    }

    @Test func `a ticket in the trash is gone also where Freshdesk hides it`() async throws {
        try await World.run {
            $0.behaviour.hidesTrash = true
        } _: { world in
            let id = try await world.newTicket()
            try await world.send("DELETE", "/api/v2/tickets/\(id)")
            #expect(try await world.desk.fetch(id).state == .gone(.deleted))
        }
    }

    @Test func `both halves of a merge read well`() async throws {
        try await World.run { world in
            let (kept, merged) = (try await world.newTicket(), try await world.newTicket())
            try await world.send(
                "PUT", "/api/v2/tickets/merge",
                ["primary_id": .integer(kept), "ticket_ids": .array([.integer(merged)])])
            #expect(try await world.desk.ticket(merged).metadata.stage == .closed)
            #expect(!(try await world.desk.ticket(kept).messages.isEmpty))
        }
    }

    @Test func `a list of deleted tickets is read to its end, old ones included`() async throws {
        try await World.run {
            $0.contents = [.generated(260)]
        } _: { world in
            for id in 1...230 as ClosedRange<Int64> { try await world.send("DELETE", "/api/v2/tickets/\(id)") }
            #expect(Set(try await world.ids(.deleted)) == Set(1...230))
        }
    }

    @Test func `the window rolls where page numbers reach no further`() async throws {
        try await World.run {
            $0.contents = [.generated(400)]
        } _: { world in
            let desk = try FreshdeskHelpDesk.testing(
                world.url, depth: FreshdeskListing.Depth(pages: 3, perPage: 20))
            let (items, _) = try await World.list(.changed(since: .epoch), with: desk)
            #expect(items.map(\.item.originalID).sorted() == Array(1...400))
        }
    }

    @Test func `tickets that change while they are listed are not missed`() async throws {
        try await World.run {
            $0.contents = [.generated(300)]
        } _: { world in
            let desk = try FreshdeskHelpDesk.testing(
                world.url, depth: FreshdeskListing.Depth(pages: 300, perPage: 20))
            var seen: Set<Int64> = []
            var position: ListingPosition?
            var step: Int64 = 0
            repeat {
                let page = try await desk.page(of: .changed(since: .epoch), at: position, urgency: .backfill)
                seen.formUnion(page.items.map(\.item.originalID))
                position = page.next
                step += 1
                // Each touches two tickets, listed already or not, for a while.
                if step < 20 {
                    for id in [step * 7, 300 - step * 3] {
                        try await world.post("/api/v2/tickets/\(id)/notes", ["body": .string("<p>more</p>")])
                    }
                }
            } while position != nil && step < 100
            #expect(seen == Set(1...300))
        }
    }

    @Test func `nothing changed since is one call`() async throws {
        try await World.run {
            $0.contents = [.generated(50)]
        } _: { world in
            let later = Timestamp(milliseconds: world.start) + .seconds(60)
            let (items, calls) = try await world.list(.changed(since: later))
            #expect(items.isEmpty)
            #expect(calls == 1)
        }
    }

    @Test func `a wrong key is unauthorized`() async throws {
        try await World.run { world in
            let account = FreshdeskAccount(
                company: FreshdeskHelpDesk.testCompany, url: try .validate(world.url), apiKey: Secret("wrong"))
            let clock = ManualClock()
            let desk = FreshdeskHelpDesk(
                account: account, http: try HTTPClient(), clock: clock, random: SeededRandomSource(seed: 1),
                governor: RateGovernor(share: 0.5, clock: clock), logger: .init(label: "test"))
            await #expect(throws: UpstreamError.unauthorized) { try await desk.check() }
            try await world.desk.check()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `on a small plan a backlog and fresh changes are read without a single 429, within our share`() async throws {
        let clock = ManualClock()
        try await World.run(clock: clock) { configuration in
            configuration.plan = .growth
            configuration.contents = [.generated(160)]
        } _: { world in
            let began = clock.now
            let desk = world.desk
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for _ in 0..<6 { _ = try await World.list(.changed(since: .epoch), with: desk) }
                }
                for lane in 0..<4 as Range<Int64> {
                    group.addTask {
                        for id in stride(from: lane + 1, through: 160, by: 4) as StrideThrough<Int64> {
                            let item = Item(
                                company: FreshdeskHelpDesk.testCompany, platform: .freshdesk, kind: .ticket,
                                originalID: id)
                            let urgency: Urgency = id % 8 == 0 ? .urgent : .backfill
                            _ = try await desk.fetch(item, urgency: urgency)
                        }
                    }
                }
                group.addTask { [governor = world.governor] in
                    // Time passes whenever everybody waits for it.
                    while !Task.isCancelled {
                        if governor.waiting > 0, governor.inFlight == 0, let next = clock.nextDeadline, next > clock.now
                        {
                            clock.advance(to: next)
                        }
                        try? await Task.sleep(for: .milliseconds(1))
                    }
                }
                for _ in 0..<5 { try await group.next() }
                group.cancelAll()
            }
            let stats = try await world.send("GET", "/_simulator/stats")
            #expect(!stats.contains("\"429\""), "\(stats)")
            // 160 tickets of 4 credits, 12 pages and the look-ups, 100 credits a minute.
            let minutes = (clock.now - began).seconds / 60
            #expect(minutes > 5.3)
            #expect(minutes < 8.5)
        }
    }

    /// A simulator on a free port, and a connector to it.
    struct World: Sendable {
        let url: String
        let start: Int64
        let desk: FreshdeskHelpDesk
        let governor: RateGovernor
        let simulator: Simulator
        private let http: HTTPClient

        func item(_ id: Int64) -> Item {
            Item(company: FreshdeskHelpDesk.testCompany, platform: .freshdesk, kind: .ticket, originalID: id)
        }

        static func run(
            clock: ManualClock = ManualClock(),
            _ configure: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (World) async throws -> Void
        ) async throws {
            let simulated = SimulatedClock(source: { clock.now.milliseconds })
            var configuration = SimulatorConfiguration(apiKey: "key-4711", clock: simulated)
            configuration.plan = .unlimited
            configure(&configuration)
            let simulator = try Simulator(configuration: configuration)
            let address = try await simulator.start()
            let governor = RateGovernor(share: 0.5, clock: clock)
            do {
                let world = World(
                    url: address.url, start: clock.now.milliseconds,
                    desk: try .testing(address.url, clock: clock, governor: governor), governor: governor,
                    simulator: simulator, http: try HTTPClient())
                try await body(world)
            } catch {
                try await simulator.stop()
                throw error
            }
            try await simulator.stop()
        }

        func list(_ listing: Listing) async throws -> (items: [ListedItem], calls: Int) {
            try await Self.list(listing, with: desk)
        }

        func ids(_ listing: Listing) async throws -> [Int64] {
            try await list(listing).items.map(\.item.originalID)
        }

        static func list(
            _ listing: Listing, with desk: FreshdeskHelpDesk
        ) async throws -> (items: [ListedItem], calls: Int) {
            var items: [ListedItem] = []
            var calls = 0
            var position: ListingPosition?
            repeat {
                let page = try await desk.page(of: listing, at: position, urgency: .backfill)
                items += page.items
                calls += page.calls
                position = page.next
            } while position != nil && calls < 1000
            return (items, calls)
        }

        func newTicket() async throws -> Int64 {
            let answer = try await post(
                "/api/v2/tickets",
                [
                    "subject": .string("Ledger stops"), "description": .string("<p>It stops.</p>"),
                    "email": .string("ines@harbor.example"),
                    "status": .integer(2), "priority": .integer(1),
                ])
            guard case .object(let ticket) = FreshdeskSample.value(answer), case .integer(let id)? = ticket["id"] else {
                throw UpstreamError.malformed(path: "ticket")
            }
            return id
        }

        /// Whatever the account answers.
        func raw(
            _ method: String, _ target: String, authorized: Bool = true
        ) async throws -> (status: Int, headers: HTTPHeaders, text: String) {
            let authorization = "Basic " + Data("key-4711:X".utf8).base64EncodedString()
            let response = try await http.send(
                HTTPRequest(
                    method, target.hasPrefix("http") ? target : url + target,
                    headers: authorized ? [("authorization", authorization)] : []))
            return (response.status, response.headers, String(decoding: response.body, as: UTF8.self))
        }

        /// How often an endpoint was called, as the simulator counts.
        func count(_ endpoint: String) async throws -> Int {
            guard case .object(let stats) = FreshdeskSample.value(try await send("GET", "/_simulator/stats")),
                case .object(let calls)? = stats["calls"]
            else { throw UpstreamError.malformed(path: "stats") }
            guard case .integer(let count)? = calls[endpoint] else { return 0 }
            return Int(count)
        }

        @discardableResult
        func post(_ path: String, _ body: [String: JSONValue]) async throws -> String {
            try await send("POST", path, body)
        }

        @discardableResult
        func send(_ method: String, _ path: String, _ body: [String: JSONValue]? = nil) async throws -> String {
            let authorization = "Basic " + Data("key-4711:X".utf8).base64EncodedString()
            let response = try await http.send(
                HTTPRequest(
                    method, url + path,
                    headers: [("authorization", authorization), ("content-type", "application/json")],
                    body: body.map { Array(FreshdeskSample.text(.object($0)).utf8) } ?? []))
            let text = String(decoding: response.body, as: UTF8.self)
            #expect((200...299).contains(response.status), "\(method) \(path): \(response.status) \(text)")
            return text
        }
    }
}
