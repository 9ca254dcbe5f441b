import Foundation
import FreshetCore
import FreshetTestKit
import Synchronization
import Testing

/// G1 and G6 the hard way. `FRESHET_KILL_ROUNDS=50 swift test --filter KillTests` is the long form.
struct KillTests {
    private static var rounds: Int { Int(ProcessInfo.processInfo.environment["FRESHET_KILL_ROUNDS"] ?? "") ?? 4 }

    @Test func `kill -9 at any moment loses no acknowledged delivery, and the index ends as a fresh backfill would`()
        async throws
    {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let stage = try Stage()
        let count = 120
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(count))
        let company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")

        let acknowledged = Acknowledged()
        for round in 0..<Self.rounds {
            let (server, base) = try await stage.serve()
            let fuse = acknowledged.count + Int.random(in: 1...400, using: &random)
            let victims = (0..<8).map { _ in Int.random(in: 1...count, using: &random) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for number in 0... {
                            let id = "msg_\(round)_\(lane)_\(number)"
                            let ticket = Int64((number * 8 + lane) % count + 1)
                            guard let status = await stage.deliver(ticket, id: id, to: base, company) else { return }
                            guard status == 202 else {
                                throw Stage.Failure(description: "\(id) was answered \(status), seed \(seed)")
                            }
                            if acknowledged.add(id) == fuse { return await server.kill() }
                        }
                    }
                }
                group.addTask {
                    for (step, victim) in victims.enumerated() {
                        let body = "{\"subject\":\"Round \(round) step \(step) ticket \(victim)\"}"
                        _ = try await stage.write("PUT", "\(url)/api/v2/tickets/\(victim)", body)
                    }
                }
                try await group.waitForAll()
            }
            await server.kill()
        }

        let stored = Set(try stage.rows("SELECT delivery_id FROM deliveries WHERE company_id = 'acme'").map { $0[0] })
        let missing = acknowledged.ids.subtracting(stored)
        #expect(missing.isEmpty, "\(missing.count) acknowledged deliveries are gone, seed \(seed)")
        #expect(acknowledged.count > 0)

        // Calm: the reconciler and one clean server finish the work, whatever was cut off.
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        let fresh = try Stage()
        _ = try await fresh.addCompany("acme", at: url)
        try await fresh.freshet("reconcile", "acme", "--follow", "--json")
        let survivor = try stage.indexState("acme")
        #expect(survivor.count == count)
        #expect(survivor == (try fresh.indexState("acme")), "seed \(seed)")
        #expect(try stage.rows("PRAGMA integrity_check") == [["ok"]])
        _ = await simulator.terminate()
    }

    @Test func `a backfill killed half way goes on where it was`() async throws {
        let stage = try Stage()
        let (simulator, url) = try await stage.simulator(tickets: Tickets.many(300))
        let company = try await stage.addCompany("acme", at: url)
        let backfill = try ServiceProcess("freshet", ["reconcile", "acme", "--follow"], environment: stage.environment)
        _ = try await backfill.line(after: "Comparing")
        await backfill.kill()

        let (server, base) = try await stage.serve()
        let ended = try stage.json(try await stage.freshet("reconcile", "acme", "--follow", "--json"))
        #expect(ended["state"] == .string("complete"))
        #expect(try stage.indexState("acme").count == 300)
        #expect(try await stage.query("invoice export stops", at: base, token: company.token).count == 10)
        #expect(await server.terminate() == 0)
        _ = await simulator.terminate()
    }
}

/// Deliveries that were answered 202.
private final class Acknowledged: Sendable {
    private let state = Mutex<Set<String>>([])

    var ids: Set<String> { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }

    /// How many there are with this one.
    func add(_ id: String) -> Int {
        state.withLock { ids in
            ids.insert(id)
            return ids.count
        }
    }
}
