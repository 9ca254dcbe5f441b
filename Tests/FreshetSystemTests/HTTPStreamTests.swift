import FreshetSystem
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPStreamTests {
    private static let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func `pieces arrive as they are sent, not when all is there`() async throws {
        let next = Gate()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in 1...3 {
                next.pass()
                connection.send("6\r\ndata \(number)\r\n")
            }
            connection.send("0\r\n\r\n")
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest("GET", server.url()).patient)
        #expect(stream.status == 200)
        #expect(stream.headers.first("content-type") == "text/event-stream")
        var iterator = stream.body.makeAsyncIterator()
        for number in 1...3 {
            next.open()
            #expect(try await iterator.next() == Array("data \(number)".utf8))
        }
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        #expect(stream.metrics.bytesReceived == 18)
    }

    @Test func `a consumer who does not read holds the peer back, and loses nothing`() async throws {
        let stalled = Signal<Int>()
        let size = 48 << 20
        let server = try ScriptedServer { connection in
            connection.sendLarge(size, patience: 500) { stalled.send($0) }
        }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(streamBuffer: 65_536))
        let stream = try await client.stream(HTTPRequest("GET", server.url(), responseLimit: size).patient)
        let before = try #require(await stalled.next())
        #expect(before < size / 2)

        var hasher = SHA256.Hasher()
        var expected = SHA256.Hasher()
        for try await piece in stream.body { hasher.update(piece) }
        for _ in 0..<(size / ServerConnection.piece.count) { expected.update(ServerConnection.piece) }
        let (received, sent) = (hasher.finalize(), expected.finalize())
        #expect(received == sent)
    }

    @Test func `letting go of a stream closes its connection`() async throws {
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(Self.endless + "4\r\nhalf\r\n")
            connection.waitForClose()
            closed.send()
        }
        let client = try HTTPClient()
        do {
            let stream = try await client.stream(HTTPRequest("GET", server.url()).patient)
            for try await piece in stream.body {
                #expect(piece == Array("half".utf8))
                break
            }
        }
        await closed.next()
        withExtendedLifetime(client) {}
    }

    @Test func `a stream keeps its client alive`() async throws {
        let go = Gate()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            go.pass()
            connection.send("late")
            connection.waitForClose()
        }
        let stream = try await HTTPClient().stream(HTTPRequest("GET", server.url()).patient)
        go.open()
        #expect(try await stream.body.collected() == Array("late".utf8))
    }

    @Test func `cancelling the reader ends the stream and closes the connection`() async throws {
        let arrived = Signal<Void>()
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(Self.endless)
            arrived.send()
            connection.waitForClose()
            closed.send()
        }
        let client = try HTTPClient()
        let stream = try await client.stream(HTTPRequest("GET", server.url()).patient)
        let reader = Task { try await stream.body.collected() }
        await arrived.next()
        reader.cancel()
        await #expect(throws: HTTPFailure.cancelled) { try await reader.value }
        await closed.next()
        await #expect(throws: HTTPFailure.cancelled) { try await stream.body.collected() }
    }

    @Test func `a stream that falls silent times out, after what it had sent`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(Self.endless + "4\r\nhalf\r\n")
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let stream = try await client.stream(
            HTTPRequest("GET", server.url(), stallTimeout: .milliseconds(300)))
        var iterator = stream.body.makeAsyncIterator()
        #expect(try await iterator.next() == Array("half".utf8))
        await #expect(throws: HTTPFailure.timedOut) { try await iterator.next() }
        await #expect(throws: HTTPFailure.timedOut) { try await iterator.next() }
    }

    @Test func `a stream outlives its deadline as long as it is not silent`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(Self.endless)
            for _ in 0..<40 { guard connection.drip("1\r\nx\r\n", after: 75) else { return } }
            connection.send("0\r\n\r\n")
            connection.waitForClose()
        }
        let stream = try await HTTPClient().stream(
            HTTPRequest("GET", server.url(), deadline: .seconds(2), stallTimeout: .seconds(30)))
        #expect(try await stream.body.collected().count == 40)
    }

    @Test func `a head that does not come times out`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.waitForClose()
        }
        await #expect(throws: HTTPFailure.timedOut) {
            try await HTTPClient().stream(HTTPRequest("GET", server.url(), deadline: .milliseconds(300)))
        }
    }

    @Test func `a reader who takes long does not count as silence`() async throws {
        let stalled = Signal<Void>()
        let size = 48 << 20
        let server = try ScriptedServer { connection in
            connection.sendLarge(size, patience: 3000) { _ in stalled.send() }
        }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(streamBuffer: 65_536))
        let stream = try await client.stream(
            HTTPRequest("GET", server.url(), stallTimeout: .milliseconds(1500), responseLimit: size))
        // Comes after twice the stall timeout in which nothing moved.
        await stalled.next()
        var count = 0
        for try await piece in stream.body { count += piece.count }
        #expect(count == size)
    }

    @Test func `a stream beyond its limit ends with that`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(Self.endless)
            while connection.send("400\r\n" + String(repeating: "x", count: 1024) + "\r\n") {}
        }
        let stream = try await HTTPClient().stream(HTTPRequest("GET", server.url(), responseLimit: 10_000).patient)
        await #expect(throws: HTTPFailure.tooLarge(limit: 10_000)) { try await stream.body.collected() }
    }

    @Test func `a stream that breaks gives what had arrived, then the failure`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf")
        }
        let stream = try await HTTPClient().stream(HTTPRequest("GET", server.url()).patient)
        #expect(stream.status == 503)
        var taken: [UInt8] = []
        let failure = await #expect(throws: HTTPFailure.self) {
            for try await piece in stream.body { taken += piece }
        }
        #expect(taken == Array("half".utf8))
        #expect(failure?.label == "unreachable")
    }

    @Test func `a stream without a body ends at once`() async throws {
        let server = try ScriptedServer.answering { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
        let stream = try await HTTPClient().stream(HTTPRequest("GET", server.url()).patient)
        #expect(stream.status == 204)
        #expect(try await stream.body.collected().isEmpty)
    }
}

extension ServerConnection {
    fileprivate static let piece = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    /// Answers with `size` bytes. Says once how many were sent when the client had taken nothing for `patience`
    /// milliseconds; when that never happens, how many there were in the end.
    fileprivate func sendLarge(_ size: Int, patience: Int32, stalled: (Int) -> Void) {
        _ = request()
        send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
        var sent = 0
        var hasStalled = false
        while sent < size {
            if !hasStalled, !isWritable(within: patience) {
                hasStalled = true
                stalled(sent)
            }
            guard send(Self.piece) else { break }
            sent += Self.piece.count
        }
        if !hasStalled { stalled(sent) }
        waitForClose()
    }
}

extension HTTPBody {
    func collected() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self { bytes += piece }
        return bytes
    }
}
