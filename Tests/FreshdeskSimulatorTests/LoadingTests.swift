import FreshdeskSimulator
import FreshetTestKit
import Foundation
import Testing

/// Files of tickets, generated and hand-made ones (design, section 9).
@Suite struct LoadingTests {
    private func file(_ text: String, _ name: String = "tickets.jsonl") throws -> (TemporaryDirectory, String) {
        let directory = try TemporaryDirectory()
        let path = directory.path(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return (directory, path)
    }

    private func load(_ path: String, _ body: (World) async throws -> Void) async throws {
        try await World.run(
            {
                $0.plan = .unlimited
                $0.contents = [.file(path)]
            }, body)
    }

    @Test func `a line becomes a ticket with its thread`() async throws {
        let (directory, path) = try file(
            #"""
            {"id":"D00042","product":"Storm","subject":"a < b","description":"x < y\n\nsecond","created_at":"2016-07-18T15:56:22Z","status":"Resolved","priority":"Critical","type":"Bug","tags":["core"],"truncated":true}

            {"id":7,"subject":"thread","created_at":"2018-01-01T00:00:00Z","resolved_at":"2018-01-04T00:00:00Z","updated_at":"2018-02-01T00:00:00Z","status":5,"priority":2,"body_format":"html","attachments":[{"name":"p.txt","size":5,"mime":"text/plain","created_at":"2018-01-02T12:00:00Z"}],"messages":[{"author":"person-1","role":"requester","created_at":"2018-01-01T00:00:00Z","body":"<p>first</p>"},{"author":"person-2","role":"participant","created_at":"2018-01-02T00:00:00Z","body":"<p>answer</p>"},{"author":"bot-9","role":"bot","created_at":"2018-01-03T00:00:00Z","body":"built"},{"author":"person-1","role":"requester","created_at":"2018-01-03T00:00:00Z","body":"thanks"}]}
            """#)
        try await load(path) { world async throws in
            let plain = try await world.ticket(42)
            #expect(plain["subject"] == "a < b")
            #expect(plain["description"]?.string?.contains("<div>x &lt; y</div><div>second</div>") == true)
            #expect(plain["description_text"] == "x < y\nsecond")
            #expect(plain["status"] == 4)
            #expect(plain["priority"] == 3)
            #expect(plain["updated_at"] == "2016-07-18T15:56:22Z")
            #expect(try await world.get("/products").rows.first?["name"] == "Storm")

            let thread = try await world.ticket(7, include: "conversations,stats,requester")
            #expect(thread["description_text"] == "first")
            #expect(thread["updated_at"] == "2018-02-01T00:00:00Z")
            #expect(thread["stats"]?["resolved_at"] == "2018-01-04T00:00:00Z")
            #expect(thread["stats"]?["first_responded_at"] == "2018-01-02T00:00:00Z")
            #expect(thread["requester"]?["name"] == "person-1")
            let messages = try #require(thread["conversations"]?.array)
            #expect(messages.compactMap { $0["incoming"]?.bool } == [false, false, true])
            #expect(messages.compactMap { $0["private"]?.bool } == [false, true, false])
            #expect(messages[1]["auto_response"] == true)
            #expect(messages[1]["user_id"] == .null)
            #expect(messages[0]["attachments"]?[0]?["name"] == "p.txt", "files go to the message of their time")
            #expect(try await world.create() == 43)
        }
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [
        ("{\"id\":1,\"created_at\":\"2020-01-01\"}\nnonsense", "line 2: is not a JSON object"),
        ("\n{\"id\":1}", "line 2: 'created_at' is missing"),
        ("{\"id\":\"none\",\"created_at\":\"2020-01-01\"}", "line 1: 'id' holds no positive number"),
        ("{\"id\":1,\"created_at\":\"May\"}", "line 1: 'created_at' is not an ISO 8601 time"),
        ("{\"id\":1,\"created_at\":\"2020-01-01\",\"priority\":9}", "line 1: 'priority' 9 is not between 1 and 4"),
        ("{\"id\":1,\"created_at\":\"2020-01-01\",\"tags\":\"a\"}", "line 1: 'tags' has the wrong type"),
        (
            "{\"id\":1,\"created_at\":\"2020-01-01\"}\n{\"id\":\"T1\",\"created_at\":\"2020-01-01\"}",
            "line 2: ticket 1 is there twice"
        ),
        (
            "{\"id\":1,\"created_at\":\"2020-01-01\",\"messages\":[{},{\"created_at\":\"x\"}]}",
            "line 1: 'messages[1].created_at' is not an ISO 8601 time"
        ),
    ])
    func `a bad line is named with its fault`(text: String, problem: String) throws {
        let (directory, path) = try file(text)
        let error = #expect(throws: LoadError.self) {
            _ = try Simulator(configuration: SimulatorConfiguration(apiKey: "k", contents: [.file(path)]))
        }
        #expect(error?.description == "\(path): \(problem)")
        withExtendedLifetime(directory) {}
    }

    @Test func `a missing file and a broken gzip say so`() throws {
        let (directory, broken) = try file("x", "t.jsonl.gz")
        for (path, problem) in [("/nowhere/t.jsonl", "cannot be read"), (broken, "is no sound gzip file")] {
            let error = #expect(throws: LoadError.self) {
                _ = try Simulator(configuration: SimulatorConfiguration(apiKey: "k", contents: [.file(path)]))
            }
            #expect(error?.description.hasPrefix("\(path): \(problem)") == true)
        }
        withExtendedLifetime(directory) {}
    }

    @Test func `the same seed gives the same account, another seed another`() throws {
        func state(seed: UInt64) throws -> [Ticket] {
            var configuration = SimulatorConfiguration(
                apiKey: "k", contents: [.generated(300)], clock: SimulatedClock(source: { World.start }))
            configuration.seed = seed
            let simulator = try Simulator(configuration: configuration)
            return simulator.withAccount { account, _ in account.tickets.values.sorted { $0.id < $1.id } }
        }
        let first = try state(seed: 7)
        #expect(try state(seed: 7) == first)
        #expect(try state(seed: 8) != first)
        #expect(first.count == 300)
        #expect(first.contains { $0.conversations.count > 10 })
        #expect(first.contains { $0.description.contains("합니다") || $0.description.contains("습니다") })
    }

    @Test func `the same seed and calls give the same answers, links included`() async throws {
        func answers() async throws -> [[UInt8]] {
            var bodies: [[UInt8]] = []
            try await World.run({
                $0 = .demo(apiKey: World.key).with(plan: .unlimited, clock: $0.clock)
            }) { world async throws in
                try await world.create("new", ["attachments": [["name": "a.txt"]]])
                for path in ["/tickets/1?include=conversations,stats", "/tickets/71", "/tickets?per_page=100"] {
                    bodies.append(try await world.get(path).bytes)
                }
            }
            return bodies
        }
        #expect(try await answers() == answers())
    }

    @Test func `the demo account holds what it promises`() async throws {
        try await World.run({ $0 = .demo(apiKey: World.key).with(plan: .unlimited, clock: $0.clock) }) {
            world async throws in
            let all = world.simulator.withAccount { account, _ in Array(account.tickets.values) }
            #expect(all.count >= 64)
            let korean = all.filter {
                $0.subject?.unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) } == true
            }
            #expect((0.3...0.45).contains(Double(korean.count) / Double(all.count)))
            #expect(all.contains { $0.conversations.contains(where: \.isPrivate) })
            #expect(all.contains { !$0.attachments.isEmpty })
            #expect(all.contains { $0.status == 6 })
            #expect(all.allSatisfy { $0.updatedAt <= Seconds(milliseconds: World.start) })
            #expect(try await world.get("/tickets?filter=spam").ids == [64])
            #expect(try await world.get("/tickets?filter=deleted").ids == [65])
            #expect(try await world.get("/tickets/archived/66").status == 200)
            #expect(try await world.ticket(63)["status"] == 5)
            let chat = try await world.ticket(39, include: "conversations")
            #expect(chat["conversations"]?[0]?["body"] == chat["description"])
            #expect(try await world.get("/tickets").rows.isEmpty == false, "some are from the last thirty days")
        }
    }
}
