import FreshetSystem
import Testing

/// What a peer cannot make us do: wait for ever, hold too much, or send what was not meant.
@Suite(.timeLimit(.minutes(10)))
struct HTTPClientLimitsTests {
    /// Ways to keep a client waiting. Each goes on until the client has had enough.
    enum Delay: CaseIterable {
        case neverAnswers, dripsHeaders, dripsBody, stopsMidBody, sendsInterimAnswers

        func play(_ connection: ServerConnection) {
            _ = connection.request()
            switch self {
            case .neverAnswers: break
            case .dripsHeaders:
                connection.send("HTTP/1.1 200 OK\r\n")
                while connection.drip("X: y\r\n") {}
            case .dripsBody:
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while connection.drip("x") {}
            case .stopsMidBody: connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            case .sendsInterimAnswers: while connection.drip("HTTP/1.1 100 Continue\r\n\r\n") {}
            }
            connection.waitForClose()
        }
    }

    @Test(arguments: Delay.allCases)
    func `the deadline holds however the peer delays, and the connection is closed`(delay: Delay) async throws {
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            delay.play(connection)
            closed.send()
        }
        let client = try HTTPClient()
        await #expect(throws: HTTPFailure.timedOut) {
            try await client.send(HTTPRequest("GET", server.url(), deadline: .seconds(1)))
        }
        await closed.next()
    }

    @Test func `the deadline counts the wait for a free connection`() async throws {
        let arrived = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            arrived.send()
            connection.waitForClose()
        }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 1))
        let first = Task {
            try await client.send(HTTPRequest("GET", server.url("/holds")).patient)
        }
        await arrived.next()

        await #expect(throws: HTTPFailure.timedOut) {
            try await client.send(HTTPRequest("GET", server.url("/waits"), deadline: .milliseconds(200)))
        }
        #expect(server.connections == 1)
        client.close()
        await #expect(throws: HTTPFailure.closed) { try await first.value }
    }

    @Test func `a deadline that has passed sends nothing`() async throws {
        let server = try ScriptedServer.answering { _ in response("") }
        await #expect(throws: HTTPFailure.timedOut) {
            try await HTTPClient().send(HTTPRequest("GET", server.url(), deadline: .zero))
        }
        #expect(server.connections == 0)
    }

    @Test func `a deadline beyond all time is no trap`() async throws {
        let server = try ScriptedServer.answering { _ in response("ok") }
        let answer = try await HTTPClient().send(
            HTTPRequest("GET", server.url(), deadline: .seconds(Int64.max), connectTimeout: .seconds(Int64.max)))
        #expect(answer.text == "ok")
    }

    @Test func `one deadline covers all redirects`() async throws {
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                if request.target == "/last" { return connection.waitForClose() }
                connection.send(response("", status: "302 Found", headers: ["Location: /last"]))
            }
        }
        await #expect(throws: HTTPFailure.timedOut) {
            try await HTTPClient().send(
                HTTPRequest("GET", server.url(), deadline: .milliseconds(300), maxRedirects: 3))
        }
    }

    @Test func `a body of exactly the limit is fine and one byte more is not`() async throws {
        let server = try ScriptedServer.answering { _ in response("0123456789") }
        let client = try HTTPClient()
        #expect(
            try await client.send(HTTPRequest("GET", server.url(), responseLimit: 10).patient).text == "0123456789")
        await #expect(throws: HTTPFailure.tooLarge(limit: 9)) {
            try await client.send(HTTPRequest("GET", server.url(), responseLimit: 9).patient)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
    ])
    func `an endless body is cut off at the limit, whatever was announced`(head: String) async throws {
        let gone = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(head)
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            while connection.send(chunk) {}
            gone.send()
        }
        let client = try HTTPClient()
        await #expect(throws: HTTPFailure.tooLarge(limit: 1_000_000)) {
            try await client.send(HTTPRequest("GET", server.url(), responseLimit: 1_000_000).patient)
        }
        await gone.next()
    }

    @Test func `bytes beyond a content length are not part of the body`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            connection.waitForClose()
        }
        let client = try HTTPClient()
        #expect(
            try await client.send(HTTPRequest("GET", server.url()).patient).text == "abc")
    }

    @Test func `endless headers are refused`() async throws {
        let gone = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.1 200 OK\r\n")
            while connection.send("X-Filler: " + String(repeating: "x", count: 4000) + "\r\n") {}
            gone.send()
        }
        let client = try HTTPClient()
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", server.url()).patient)
        }
        #expect(failure?.label == "protocol_error")
        await gone.next()
    }

    static let injections: [HTTPRequest] = [
        HTTPRequest("GET", "/", headers: [("X-A", "1\r\nX-Evil: 1")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A", "1\nX-Evil: 1")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A", "1\rX-Evil: 1")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A", "1\u{0}2")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A", "\u{1b}[31m")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A: 1\r\nX-Evil", "1")]).patient,
        HTTPRequest("GET", "/", headers: [("X A", "1")]).patient,
        HTTPRequest("GET", "/", headers: [("X-Ä", "1")]).patient,
        HTTPRequest("GET", "/", headers: [("", "1")]).patient,
        HTTPRequest("GET", "/", headers: [("X-A;", "")]).patient,
        HTTPRequest("GET", "/", headers: [("Content-Length", "0")]).patient,
        HTTPRequest("GET", "/", headers: [("transfer-Encoding", "chunked")]).patient,
        HTTPRequest("GET", "/", headers: [("Expect", "100-continue")]).patient,
        HTTPRequest("GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET", "/").patient,
        HTTPRequest("", "/").patient,
        HTTPRequest("CONNECT", "/").patient,
        HTTPRequest("HEAD", "/", body: [1]).patient,
        HTTPRequest("GET", "/a b").patient,
        HTTPRequest("GET", "/a\r\nX-Evil: 1").patient,
        HTTPRequest("GET", "/a\u{0}b").patient,
        HTTPRequest("GET", "/", responseLimit: -1).patient,
    ]

    @Test(arguments: injections.indices)
    func `a request that could break out of its line is refused before a byte leaves`(index: Int) async throws {
        let server = try ScriptedServer.answering { _ in response("") }
        var request = Self.injections[index]
        request.url = server.url(request.url)
        let client = try HTTPClient()
        let failure = await #expect(throws: HTTPFailure.self) { try await client.send(request) }
        #expect(failure?.label == "invalid_request")
        let streamFailure = await #expect(throws: HTTPFailure.self) { try await client.stream(request) }
        #expect(streamFailure == failure)
        #expect(server.connections == 0)
    }

    @Test(arguments: [
        "", "/relative", "host/only", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://",
        "http:///path", "http:/127.0.0.1/", "HTTP:\\\\127.0.0.1/", "http://user@127.0.0.1/",
        "http://user:secret@127.0.0.1/", "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/", "javascript:alert(1)", " http://127.0.0.1/", "http://127.0.0.1/ ",
    ])
    func `a URL that is not plain http or https is refused`(url: String) async throws {
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", url).patient)
        }
        #expect(failure?.label == "invalid_request")
        #expect(failure?.description.contains("secret") == false)
    }
}
