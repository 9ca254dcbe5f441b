import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Testing

/// The river with real model adapters on sockets, each provider in turn in every kind of trouble for an hour of virtual
/// time.
struct ProviderChaosTests {
    private static let troubles: [ScriptedProvider.Mood] = [
        .slow(milliseconds: 5), .throttled(seconds: 45), .throttled(seconds: nil), .status(500), .reset, .garbage,
        .malformed, .poison, .refusal, .silent,
    ]

    private struct Stage {
        var world: World
        var main: ScriptedProvider
        var spare: ScriptedProvider?
        var gates: [ProviderGate]
    }

    private static func choice(
        _ name: String, _ provider: ScriptedProvider, _ http: HTTPClient, _ clock: ManualClock,
        _ random: SeededRandomSource, isWaitedFor: Bool
    ) -> RoutedSummariser.Choice {
        let chat = OpenAIChat(
            service: OpenAIService(
                name: name, flavour: .compatible, base: provider.url + "/v1",
                credential: ModelCredential(.bearer) { nil }, http: http, clock: clock), model: "m")
        let gate = ProviderGate(
            name: name, concurrency: 2, clock: clock, random: random,
            probe: { await chat.probe(deadline: isWaitedFor ? .milliseconds(150) : .seconds(20)) })
        return RoutedSummariser.Choice(
            gate: gate,
            summariser: PromptedSummariser(
                chat: GatedChat(chat, behind: gate),
                configuration: .init(deadline: isWaitedFor ? .milliseconds(400) : .seconds(20)), clock: clock,
                meter: TokenCounter()))
    }

    /// - Parameter trouble: that the main provider is going to be in. Only who keeps silent is waited for to the deadline,
    ///   and so in real time; who answers may take long where the machine is busy.
    private func stage(withSpare: Bool, _ trouble: ScriptedProvider.Mood) async throws -> Stage {
        let main = try ScriptedProvider()
        let spare = withSpare ? try ScriptedProvider() : nil
        let http = try HTTPClient()
        let (clock, random) = (ManualClock(), SeededRandomSource(seed: 7))
        let choices = [("main", main), ("spare", spare)].compactMap { name, provider in
            provider.map {
                Self.choice(name, $0, http, clock, random, isWaitedFor: name == "main" && trouble == .silent)
            }
        }
        let route = RoutedSummariser(choices, deadline: .seconds(30), clock: clock, random: random)
        let world = try await World(clock: clock, summariser: route, hasStandIns: true)
        return Stage(world: world, main: main, spare: spare, gates: choices.map(\.gate))
    }

    /// Half a minute: what is due runs, two at once as lanes do; whoever waits for the clock is not left waiting.
    private func step(_ stage: Stage) async throws {
        let world = stage.world
        world.clock.advance(by: .seconds(30))
        _ = try await world.standIns.markDue()
        while case let runs = try await world.claim(2), !runs.isEmpty {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for run in runs {
                    group.addTask {
                        try await world.store.ledger.finish(
                            try await world.convergence.carryOut(run), now: world.clock.now)
                        return true
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        if let next = world.clock.nextDeadline { world.clock.advance(to: next) }
                        try? await Task.sleep(for: .milliseconds(1))
                    }
                    return false
                }
                for _ in runs where try await group.next() != true { throw Missing(what: "the end of a run") }
                group.cancelAll()
            }
        }
        for gate in stage.gates { await gate.settle() }
    }

    /// Edits come in all through the hour.
    private func anHourOfTrouble(_ stage: Stage) async throws {
        for minute in 0..<60 {
            if minute % 6 == 0 {
                let id = Int64(minute / 6 + 1)
                stage.world.desk.put(
                    .sample(stage.world.item(id), "Export stops at minute \(minute)", at: stage.world.clock.now))
                try await stage.world.mark(id)
            }
            try await step(stage)
            try await step(stage)
        }
    }

    /// Nothing is lost, nothing is parked, and what models made is what they should have made.
    private func expectCalm(_ stage: Stage, _ trouble: ScriptedProvider.Mood) async throws {
        for id in 1...10 as ClosedRange<Int64> {
            let entry = try #require(try await stage.world.store.ledger.entry(stage.world.item(id)))
            #expect(entry.state == .ready && entry.wanted == entry.done, "\(trouble) \(id): \(entry)")
            let summary = try #require(try await stage.world.summary(id))
            #expect(!summary.isStandIn, "\(trouble) \(id)")
            #expect(summary.problem == "Export stops at minute \((id - 1) * 6)", "\(trouble) \(id)")
        }
        #expect(try await stage.world.find("export stops", limit: 20).count == 10)
    }

    @Test(arguments: troubles)
    func `with a spare nobody notices: all is summarised in time, and the provider in trouble is left alone`(
        trouble: ScriptedProvider.Mood
    ) async throws {
        let stage = try await stage(withSpare: true, trouble)
        stage.main.become(trouble)
        try await anHourOfTrouble(stage)
        try await expectCalm(stage, trouble)
        #expect(stage.main.calls <= 20, "\(trouble): \(stage.main.calls)")
        stage.main.become(.good)
        for _ in 0..<6 { try await step(stage) }
        let before = stage.main.calls
        stage.world.desk.put(.sample(stage.world.item(11), "Import stops", at: stage.world.clock.now))
        for _ in 0..<3 {
            stage.world.desk.edit(stage.world.item(11)) { $0.descriptionHTML += "<p>again</p>" }
            try await stage.world.mark(11)
            for _ in 0..<5 { try await step(stage) }
        }
        #expect(stage.main.calls > before, "\(trouble): it is used again")
    }

    @Test(arguments: troubles)
    func `alone it is stood in for, asked a bounded number of times, and all is made good when it is back`(
        trouble: ScriptedProvider.Mood
    ) async throws {
        let stage = try await stage(withSpare: false, trouble)
        stage.main.become(trouble)
        try await anHourOfTrouble(stage)
        #expect(try await stage.world.find("export stops", limit: 20).count == 10, "\(trouble): found all the while")
        // Ten items, some six tries each in an hour at most, each mended once.
        #expect(stage.main.calls + stage.main.probes <= 130, "\(trouble): \(stage.main.calls), \(stage.main.probes)")
        for id in 1...10 as ClosedRange<Int64> {
            let summary = try #require(try await stage.world.summary(id))
            #expect(!summary.problem.contains(ScriptedProvider.canary))
        }
        stage.main.become(.good)
        // A refusal ends after three tries: those who were refused long ago are for a person, or their next change.
        guard trouble != .refusal else { return }
        for _ in 0..<(2 * 70) { try await step(stage) }
        try await expectCalm(stage, trouble)
    }
}
