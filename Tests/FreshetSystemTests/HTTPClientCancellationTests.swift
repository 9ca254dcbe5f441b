import FreshetSystem
import FreshetTestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPClientCancellationTests {
    /// Reads a request, says so, answers with what `start` gives, and says when the client has closed.
    private struct Silence {
        let arrived = Signal<Void>()
        let closed = Signal<Void>()
        let server: ScriptedServer

        init(after start: String = "") throws {
            server = try ScriptedServer { [arrived, closed] connection in
                _ = connection.request()
                connection.send(start)
                arrived.send()
                connection.waitForClose()
                closed.send()
            }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
    func `cancelling closes the connection at once`(start: String) async throws {
        let peer = try Silence(after: start)
        let client = try HTTPClient()
        let task = Task {
            try await client.send(HTTPRequest("GET", peer.server.url()).patient)
        }
        await peer.arrived.next()
        task.cancel()
        await #expect(throws: HTTPFailure.cancelled) { try await task.value }
        await peer.closed.next()
        withExtendedLifetime(client) {}
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = try ScriptedServer.answering { _ in response("") }
        let client = try HTTPClient()
        let gate = Signal<Void>()
        let task = Task {
            await gate.next()
            return try await client.send(HTTPRequest("GET", server.url()).patient)
        }
        task.cancel()
        gate.send()
        await #expect(throws: HTTPFailure.cancelled) { try await task.value }
        #expect(server.connections == 0)
    }

    @Test func `a request that waits for a connection can be cancelled, and others go on`() async throws {
        let arrived = Signal<Void>()
        let finish = Gate()
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                if request.target == "/first" {
                    arrived.send()
                    finish.pass()
                }
                connection.send(response(request.target))
            }
        }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 1))
        let first = Task {
            try await client.send(HTTPRequest("GET", server.url("/first")).patient)
        }
        await arrived.next()
        let waiting = Task {
            try await client.send(HTTPRequest("GET", server.url("/waiting")).patient)
        }
        let third = Task {
            try await client.send(HTTPRequest("GET", server.url("/third")).patient)
        }
        waiting.cancel()
        await #expect(throws: HTTPFailure.cancelled) { try await waiting.value }
        finish.open()
        #expect(try await first.value.text == "/first")
        #expect(try await third.value.text == "/third")
    }

    /// Sends, cancellations and answers race; each call returns exactly once, or the checked continuations trap.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `cancelling at any moment ends a call exactly once`(seed: UInt64) async throws {
        let server = try ScriptedServer.answering { response($0.target) }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 4))
        var random = SplitMix64(seed: seed)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                let yields = Int.random(in: 0..<40, using: &random)
                group.addTask {
                    let task = Task {
                        try await client.send(HTTPRequest("GET", server.url("/\(number)")).patient)
                    }
                    for _ in 0..<yields { await Task.yield() }
                    task.cancel()
                    switch await task.result {
                    case .success(let answer): #expect(answer.text == "/\(number)", "seed \(seed)")
                    case .failure(let error): #expect(error as? HTTPFailure == .cancelled, "seed \(seed)")
                    }
                }
            }
        }
        #expect(
            try await client.send(HTTPRequest("GET", server.url("/after")).patient).text == "/after", "seed \(seed)")
    }

    @Test func `closing ends everything that is alive, exactly once`() async throws {
        let peer = try Silence()
        let streaming = try Silence(after: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        // Fewer connections than calls, so that some are still waiting for one.
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 8))
        let stream = try await client.stream(HTTPRequest("GET", streaming.server.url()).patient)
        let calls = (0..<20).map { _ in
            Task {
                try await client.send(HTTPRequest("GET", peer.server.url()).patient)
            }
        }
        for _ in 0..<8 { await peer.arrived.next() }

        client.close()

        for call in calls { await #expect(throws: HTTPFailure.closed) { try await call.value } }
        await #expect(throws: HTTPFailure.closed) { try await stream.body.collected() }
        for _ in 0..<8 { await peer.closed.next() }
        await streaming.closed.next()
        await #expect(throws: HTTPFailure.closed) {
            try await client.send(HTTPRequest("GET", peer.server.url()).patient)
        }
        await #expect(throws: HTTPFailure.closed) {
            try await client.stream(HTTPRequest("GET", peer.server.url()).patient)
        }
        client.close()
    }

    @Test func `letting go of a client closes its idle connections`() async throws {
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send(response("ok")) }
            closed.send()
        }
        do {
            let client = try HTTPClient()
            _ = try await client.send(HTTPRequest("GET", server.url()).patient)
        }
        await closed.next()
    }
}
