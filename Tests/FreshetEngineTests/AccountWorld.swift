import FreshdeskSimulator
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Logging

/// A river that reads a simulated Freshdesk account over HTTP; river and account share a clock that tests turn.
struct AccountWorld {
    let world: World
    let simulator: Simulator

    var company: CompanyID { world.company }
    var clock: ManualClock { world.clock }

    static func run(tickets: Int, _ body: (AccountWorld) async throws -> Void) async throws {
        let time = ManualClock()
        var configuration = SimulatorConfiguration(
            apiKey: "key", contents: [.generated(tickets)],
            clock: SimulatedClock(source: { time.now.milliseconds }))
        configuration.plan = .unlimited
        let simulator = try Simulator(configuration: configuration)
        let address = try await simulator.start()
        do {
            let http = try HTTPClient(configuration: HTTPClientConfiguration())
            let world = try await World(clock: time, url: address.url) { store, clock, random in
                FreshdeskHelpDesks(
                    companies: store.companies, http: http, clock: clock, random: random,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
            time.advance(by: .seconds(3600))
            try await body(AccountWorld(world: world, simulator: simulator))
            http.close()
        } catch {
            try await simulator.stop()
            throw error
        }
        try await simulator.stop()
    }

    /// What goes wrong with lists of tickets from now on.
    func suffer(_ change: (inout FaultRule) -> Void) {
        var rule = FaultRule()
        rule.path = "tickets"
        change(&rule)
        var faults = Faults()
        faults.rules = [rule]
        simulator.suffer(faults)
    }

    func heal() { simulator.suffer(Faults()) }

    func edit(_ id: Int64, subject: String) throws {
        try simulator.withAccount { account, now in
            var draft = TicketDraft()
            draft.subject = subject
            _ = try account.update(id, with: draft, now: now)
        }
    }

    func trash(_ ids: some Sequence<Int64>) throws {
        try simulator.withAccount { account, now in for id in ids { try account.trash(id, now: now) } }
    }

    /// Tickets that are there, by rising time of change, as a list gives them.
    var listed: [Int64] {
        simulator.withAccount { account, _ in
            account.tickets.values.filter { $0.place == .active }
                .sorted { ($0.updatedAt.value, $0.id) < ($1.updatedAt.value, $1.id) }.map(\.id)
        }
    }

    /// What the index should hold: every ticket that is not in the trash or spam, archived ones included, by subject.
    var truth: [Int64: String] {
        simulator.withAccount { account, _ in
            let tickets = account.tickets.values.filter { $0.place == .active || $0.place == .archive }
            return Dictionary(tickets.map { ($0.id, $0.subject ?? "") }) { first, _ in first }
        }
    }

    /// What the index holds, by the records and the points together.
    func held() async throws -> [Int64: String] {
        var found: [Int64: String] = [:]
        let ids = simulator.withAccount { account, _ in Array(account.tickets.keys) }
        let items = ids.map(world.item)
        let hits = try await world.store.points.hits(items, in: company, filters: SearchFilters())
        for item in items {
            guard let hit = hits[item] else { continue }
            let record = try await world.store.documents.record(of: item)
            found[item.originalID] = record?.document?.subject == hit.subject ? hit.subject : "record and point differ"
        }
        return found
    }

    var listCalls: Int { simulator.calls["GET tickets", default: 0] }
}
