import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

struct RouterTests {
    @Test func `a provider that says nothing is felt once, for its time-out`() async throws {
        let world = try RouterWorld(main: .silent, deadline: .milliseconds(300))
        for number in 1...12 { #expect(try await world.ask(number) == "spare") }
        #expect(world.main.calls == 1)
        #expect(world.spare.calls == 12)
    }

    @Test func `of calls that come together no more than fit in are held up, and the rest go elsewhere with them`()
        async throws
    {
        let world = try RouterWorld(main: .silent, concurrency: 2, deadline: .milliseconds(300))
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...12 { group.addTask { try await world.ask(number) } }
            for try await maker in group { #expect(maker == "spare") }
        }
        #expect(world.main.calls <= 2)
    }

    @Test func `only a probe goes to a provider in trouble, one at a time, and it is asked again when that succeeds`()
        async throws
    {
        let world = try RouterWorld(main: .silent, deadline: .milliseconds(300))
        #expect(try await world.ask(1) == "spare")
        // An hour of trouble: items go past it, probes come ever more rarely.
        for minute in 1...60 {
            world.clock.advance(by: .seconds(60))
            #expect(try await world.ask(minute) == "spare")
            // The second one finds the probe under way, or the breaker open again: it starts none.
            #expect(try await world.ask(minute) == "spare")
            if minute <= 4 { await world.gates[0].settle() } else { world.main.become(.status(500)) }
            await world.gates[0].settle()
        }
        #expect(world.main.calls == 1)
        #expect((20...60).contains(world.main.probes), "\(world.main.probes)")
        world.main.become(.good)
        world.clock.advance(by: .seconds(121))
        #expect(try await world.ask(1) == "spare")
        await world.gates[0].settle()
        #expect(world.gates[0].isReady())
        #expect(try await world.ask(1) == "main")
    }

    @Test func `one bad answer opens no breaker, three quick failures in a row do`() async throws {
        let world = try RouterWorld(main: .status(500))
        for number in 1...2 { #expect(try await world.ask(number) == "spare") }
        world.main.become(.good)
        #expect(try await world.ask(3) == "main")
        world.main.become(.garbage)
        for number in 1...10 { #expect(try await world.ask(number) == "spare") }
        #expect(world.main.calls == 2 + 1 + 3)
    }

    @Test(arguments: [(401, "refuses the key"), (404, "no such model")])
    func `what only a person can mend is not asked again and again`(status: Int, text: String) async throws {
        let world = try RouterWorld(main: .status(status), onlyMain: true)
        let fault = try #require(await world.fault())
        #expect(fault == .unreachable(detail: fault.detail) && fault.detail.contains(text), "\(fault)")
        for _ in 1...5 { #expect(await world.fault() != nil) }
        #expect(world.main.calls == 1)
    }

    @Test func `Retry-After is honoured, and others do the work meanwhile`() async throws {
        let world = try RouterWorld(main: .throttled(seconds: 30))
        for number in 1...5 { #expect(try await world.ask(number) == "spare") }
        #expect(world.main.calls == 1)
        world.main.become(.good)
        world.clock.advance(by: .seconds(29))
        #expect(try await world.ask(1) == "spare")
        world.clock.advance(by: .seconds(1))
        #expect(try await world.ask(1) == "main")
    }

    @Test func `a provider that says that nothing is left is not asked before its time`() async throws {
        let world = try RouterWorld(main: .drained(seconds: 20))
        #expect(try await world.ask(1) == "main")
        for number in 2...5 { #expect(try await world.ask(number) == "spare") }
        #expect(world.main.calls == 1)
        world.clock.advance(by: .seconds(20))
        #expect(try await world.ask(1) == "main")
    }

    @Test func `where only the rate keeps it back and nobody else is there it waits, but not for ever`() async throws {
        let world = try RouterWorld(main: .throttled(seconds: 30), onlyMain: true)
        async let waiting = world.ask(1)
        while world.clock.sleepers == 0 { await Task.yield() }
        world.main.become(.good)
        world.clock.advance(by: .seconds(31))
        #expect(try await waiting == "main")
        world.main.become(.throttled(seconds: 3_000))
        guard case .throttled(let wait?)? = await world.fault() else {
            Issue.record("not told to wait")
            return
        }
        #expect(wait == .seconds(3_000))
    }

    @Test func `a refusal and a broken rule go to the next provider and say nothing about this one`() async throws {
        let world = try RouterWorld(main: .refusal)
        for number in 1...4 { #expect(try await world.ask(number) == "spare") }
        #expect(world.main.calls == 4)
        world.main.become(.poison)
        for number in 1...4 { #expect(try await world.ask(number) == "spare") }
        // Each once more, to mend it.
        #expect(world.main.calls == 4 + 8)
        #expect(world.meter.all.count { $0.provider == "main" } == 12)
        world.main.become(.good)
        #expect(try await world.ask(1) == "main")
    }

    @Test func `what all turn down is for a person, what one may still do is tried again`() async throws {
        let world = try RouterWorld(main: .refusal, spare: .refusal)
        guard case .refused(200, let text)? = await world.fault() else {
            Issue.record("not refused")
            return
        }
        #expect(text.contains("main: ") && text.contains("spare: "))
        world.spare.become(.status(503))
        guard case .unreachable(let detail)? = await world.fault() else {
            Issue.record("not to be tried again")
            return
        }
        #expect(detail.contains("main: the model declines to answer; spare: no answer: status 503"))
    }

    @Test func `whoever goes away is not replaced by another call`() async throws {
        let world = try RouterWorld(main: .silent, deadline: .seconds(600))
        let task = Task { await world.fault() }
        while world.main.calls == 0 { await Task.yield() }
        task.cancel()
        #expect(await task.value != nil)
        #expect(world.spare.calls == 0)
        #expect(world.gates[0].isReady())
    }

    @Test func `weights share the first tries, and the identity stays the first provider's`() async throws {
        let world = try RouterWorld(weights: [3, 1], seed: 4)
        var shares = ["main": 0, "spare": 0]
        for number in 1...80 { shares[try await world.ask(number), default: 0] += 1 }
        #expect((50...70).contains(shares["main"] ?? 0), "\(shares)")
        #expect(world.route.identity.name == "main/m/1")
    }

    @Test func `a company with providers of its own never reaches the others`() async throws {
        let everybody = try RouterWorld(main: .status(500))
        let own = try RouterWorld()
        let summariser = CompanySummarisers(standard: everybody.route, own: [.globex: own.route])
        _ = try await summariser.summary(of: RouterWorld.content(1), for: .globex)
        #expect(own.main.calls == 1 && everybody.main.requests.isEmpty && everybody.spare.requests.isEmpty)
        _ = try await summariser.summary(of: RouterWorld.content(1), for: .acme)
        #expect(own.main.calls == 1 && everybody.spare.calls == 1)
    }
}

extension UpstreamError {
    /// What stands in an `unreachable`.
    var detail: String { if case .unreachable(let detail) = self { detail } else { "" } }
}
