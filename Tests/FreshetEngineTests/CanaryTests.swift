import CoreMetrics
import FreshetCore
import FreshetServer
import FreshetStore
import FreshetTestKit
import Logging
import Synchronization
import Testing

@testable import FreshetEngine

struct CanaryTests {
    @Test func `a word is placed, found by the search that agents use, measured and taken away`() async throws {
        let stand = try await Stand()
        let task = stand.start()
        try await stand.river(for: .seconds(90)) { stand.board.added.count == 1 && stand.board.deleted.count == 1 }
        #expect(stand.board.deleted == stand.board.added.map(\.id))
        let note = try #require(stand.board.added.first)
        #expect(note.text.contains("Freshet canary"))
        #expect(try await stand.metric("freshet_canary_rounds_total{result=\"found\"}", becomes: "1"))
        #expect(stand.metric("freshet_canary_alarm") == "0")
        let word = try #require(note.text.split(separator: " ").last)
        #expect(!stand.world.desk.text(1).contains(word))
        // The next round comes with its interval, with another word.
        try await stand.river(for: .seconds(700)) { stand.board.added.count == 2 }
        #expect(Set(stand.board.added.map(\.text)).count == 2)
        task.cancel()
        try await task.value
    }

    @Test func `a river that stands still raises the alarm, and the note goes all the same`() async throws {
        let stand = try await Stand()
        let task = stand.start()
        // Nobody works: time passes, nothing becomes searchable.
        try await stand.time(for: .seconds(150)) { stand.metric("freshet_canary_alarm") == "1" }
        #expect(stand.metric("freshet_canary_alarm") == "1")
        try await stand.time(for: .seconds(600)) { stand.board.deleted.count == 1 }
        #expect(try await stand.metric("freshet_canary_rounds_total{result=\"lost\"}", becomes: "1"))
        // It flows again: the alarm is taken back.
        try await stand.river(for: .seconds(900)) { stand.metric("freshet_canary_alarm") == "0" }
        #expect(stand.metric("freshet_canary_alarm") == "0")
        task.cancel()
        try await task.value
    }

    @Test func `what an earlier process left behind goes first, and people's notes stay`() async throws {
        let stand = try await Stand()
        let left = try await stand.board.addPrivateNote(
            "Freshet canary, to be deleted by itself: qxleftqx", to: stand.world.item(1))
        let own = try await stand.board.addPrivateNote("Call Ines back.", to: stand.world.item(1))
        let task = stand.start()
        try await stand.time(for: .seconds(60)) { stand.board.deleted.contains(left) }
        #expect(stand.board.deleted.contains(left) && !stand.board.deleted.contains(own))
        task.cancel()
        try await task.value
        #expect(Set(stand.board.deleted) == Set(stand.board.added.map(\.id)).subtracting([own]), "its own went, too")
    }

    @Test func `a ticket that takes no note is a failure that is counted, not a crash`() async throws {
        let stand = try await Stand()
        stand.world.desk.breakDown()
        let task = stand.start()
        try await stand.time(for: .seconds(60)) {
            stand.metric("freshet_canary_rounds_total{result=\"failed\"}") == "1"
        }
        #expect(stand.board.added.isEmpty)
        task.cancel()
        try await task.value
    }

    /// A world with a canary in it.
    private final class Stand: Sendable {
        let world: World
        let board: MemoryBoard
        let metrics = PrometheusMetrics()
        let canary: Canary

        init() async throws {
            let world = try await World()
            self.world = world
            board = MemoryBoard(desk: world.desk, clock: world.clock)
            world.desk.put(.sample(world.item(1), "Printer offline", at: world.clock.now))
            try await world.converge(1)
            let river = RiverMetrics(factory: metrics)
            canary = Canary(
                configuration: .init(
                    company: world.company, ticket: 1, interval: .seconds(600), patience: .seconds(120),
                    pollInterval: .seconds(10)),
                companies: world.store.companies, helpDesks: world.desk, boards: board,
                recommender: Recommendations(
                    index: world.index, random: world.random, clock: world.clock, metrics: river),
                clock: world.clock, random: world.random, metrics: river,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        func start() -> Task<Void, any Error> {
            let canary = canary
            return Task { try await canary.run() }
        }

        func metric(_ name: String) -> String? {
            String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.map(String.init)
        }

        /// What is counted after the note has gone: a moment later.
        func metric(_ name: String, becomes value: String) async throws -> Bool {
            await wait { metric(name) != value }
            return metric(name) == value
        }

        /// Time passes, and every change of the ticket is marked and worked off.
        func river(for duration: Duration, until done: () -> Bool) async throws {
            try await time(for: duration, until: done) {
                if self.board.takeChange() { try await self.world.mark(1) }
                try await self.world.workOnce()
            }
        }

        /// Lets others go on for as long as this holds.
        func wait(while holds: () -> Bool) async {
            let bound = ContinuousClock.now + .patient
            while holds(), ContinuousClock.now < bound { try? await Task.sleep(for: .milliseconds(1)) }
        }

        func time(
            for duration: Duration, until done: () -> Bool, _ work: () async throws -> Void = {}
        ) async throws {
            let end = world.clock.now + duration
            while world.clock.now < end, !done() {
                try await work()
                // Until everybody sleeps: the searches of the canary take their time on other threads.
                await wait { !done() && (world.clock.nextDeadline ?? .epoch) <= world.clock.now }
                if !done() { world.clock.advance(by: .seconds(5)) }
                for _ in 0..<5 { await Task.yield() }
            }
        }
    }
}

/// Notes on the tickets of a help desk in memory.
final class MemoryBoard: NoteBoard, NoteBoards {
    private struct State {
        var next: Int64 = 900
        var added: [(id: Int64, text: String)] = []
        var deleted: [Int64] = []
        var hasChanged = false
    }

    private let desk: MemoryHelpDesk
    private let clock: ManualClock
    private let state = Mutex(State())

    init(desk: MemoryHelpDesk, clock: ManualClock) {
        self.desk = desk
        self.clock = clock
    }

    var added: [(id: Int64, text: String)] { state.withLock { $0.added } }
    var deleted: [Int64] { state.withLock { $0.deleted } }

    func takeChange() -> Bool {
        state.withLock { state in
            defer { state.hasChanged = false }
            return state.hasChanged
        }
    }

    func notes(of company: CompanyID) async throws -> any NoteBoard { self }

    func addPrivateNote(_ text: String, to item: Item) async throws(UpstreamError) -> Int64 {
        let id = state.withLock { state in
            state.next += 1
            state.hasChanged = true
            state.added.append((state.next, text))
            return state.next
        }
        let now = clock.now
        desk.edit(item) { ticket in
            ticket.messages.append(
                SourceMessage(
                    id: id, author: Author(role: .agent, id: 7), isPrivate: true, isIncoming: false,
                    bodyHTML: "<div>\(text)</div>", createdAt: now))
        }
        return id
    }

    func deleteNote(_ id: Int64) async throws(UpstreamError) {
        state.withLock { state in
            state.deleted.append(id)
            state.hasChanged = true
        }
        desk.editAll { ticket in ticket.messages.removeAll { $0.id == id } }
    }
}
