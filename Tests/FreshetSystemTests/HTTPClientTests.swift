import Foundation
import FreshetSystem
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPClientTests {
    @Test func `a request arrives as it was stated`() async throws {
        let seen = Signal<ServerRequest>()
        let server = try ScriptedServer.answering { request in
            seen.send(request)
            return response("")
        }
        let client = try HTTPClient()

        _ = try await client.send(
            HTTPRequest(
                "PATCH", server.url("/a/../b?q=1&r=%20"),
                headers: [("X-One", "1"), ("X-Two", "ä"), ("X-Two", "again"), ("X-Empty", ""), ("X-Blank", " \t")],
                body: Array("{}".utf8)
            ).patient)

        let request = try #require(await seen.next())
        #expect(request.lines[0] == "PATCH /a/../b?q=1&r=%20 HTTP/1.1")
        #expect(request.body == Array("{}".utf8))
        #expect(request.headers.all("x-one") == ["1"])
        #expect(request.headers.all("x-two") == ["ä", "again"])
        #expect(request.headers.all("x-empty") == [""])
        #expect(request.headers.all("x-blank") == [""])
        #expect(request.headers.all("user-agent") == ["freshet"])
        #expect(request.headers.first("host") == "127.0.0.1:\(server.port)")
        #expect(request.headers.first("content-type") == nil)
        #expect(request.headers.first("expect") == nil)
        #expect(request.headers.first("accept-encoding") == nil)
    }

    @Test func `a large body is sent at once, without asking for leave`() async throws {
        let seen = Signal<ServerRequest>()
        let server = try ScriptedServer.answering { request in
            seen.send(request)
            return response("ok")
        }
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

        let answer = try await HTTPClient().send(
            HTTPRequest("POST", server.url(), headers: [("User-Agent", "x")], body: body).patient)

        let request = try #require(await seen.next())
        #expect(request.headers.first("expect") == nil)
        #expect(request.headers.all("user-agent") == ["x"])
        #expect(SHA256.digest(request.body) == SHA256.digest(body))
        #expect(answer.metrics.bytesSent == body.count)
    }

    @Test(arguments: ["POST", "PUT", "PATCH"])
    func `an empty body is announced as such`(method: String) async throws {
        let server = try ScriptedServer.answering { response($0.headers.first("content-length") ?? "none") }
        let answer = try await HTTPClient().send(HTTPRequest(method, server.url()).patient)
        #expect(answer.text == "0")
    }

    @Test(arguments: ["GET", "DELETE", "OPTIONS"])
    func `a request without a body announces none`(method: String) async throws {
        let server = try ScriptedServer.answering {
            response("\($0.method) \($0.headers.first("content-length") ?? "none")")
        }
        let answer = try await HTTPClient().send(HTTPRequest(method, server.url()).patient)
        #expect(answer.text == "\(method) none")
    }

    @Test(arguments: [200, 400, 404, 429, 500, 503, 599])
    func `any status is an answer, with its headers in order`(status: Int) async throws {
        let server = try ScriptedServer.answering { _ in
            response("why", status: "\(status) Reason", headers: ["retry-after:  7 ", "X-A: 1", "x-a: 2", "X-Empty:"])
        }
        let answer = try await HTTPClient().send(HTTPRequest("GET", server.url()).patient)
        #expect(answer.status == status)
        #expect(answer.text == "why")
        #expect(answer.headers.first("Retry-After") == "7")
        #expect(answer.headers.all("X-A") == ["1", "2"])
        #expect(answer.headers.first("x-empty") == "")
        #expect(answer.headers.first("absent") == nil)
    }

    @Test(arguments: [
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99999\r\n\r\n",
    ])
    func `a status without a body has none, whatever it announces`(head: String) async throws {
        let server = try ScriptedServer.answering { _ in head }
        let client = try HTTPClient()
        for _ in 0..<2 {
            let answer = try await client.send(HTTPRequest("GET", server.url(), responseLimit: 10).patient)
            #expect(answer.body.isEmpty)
        }
        #expect(server.connections == 1)
    }

    @Test func `HEAD has headers and no body`() async throws {
        let server = try ScriptedServer.answering { _ in "HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n" }
        let answer = try await HTTPClient().send(HTTPRequest("HEAD", server.url(), responseLimit: 10).patient)
        #expect(answer.status == 200)
        #expect(answer.headers.first("content-length") == "123456")
        #expect(answer.body.isEmpty)
    }

    @Test func `interim answers and trailers leave nothing behind`() async throws {
        let server = try ScriptedServer.answering { _ in
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Real: yes\r\n\r\n"
                + "3\r\nabc\r\n5;extension=1\r\ndefgh\r\n0\r\nX-Trailer: late\r\nX-Real: no\r\n\r\n"
        }
        let answer = try await HTTPClient().send(HTTPRequest("GET", server.url()).patient)
        #expect(answer.status == 200)
        #expect(answer.text == "abcdefgh")
        #expect(answer.headers.all("x-real") == ["yes"])
        #expect(answer.headers.first("link") == nil)
        #expect(answer.headers.first("x-trailer") == nil)
    }

    @Test func `a body without a length ends with its connection`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send("HTTP/1.0 200 OK\r\n\r\nto the end")
        }
        let answer = try await HTTPClient().send(HTTPRequest("GET", server.url()).patient)
        #expect(answer.text == "to the end")
        #expect(answer.metrics.httpVersion == "1.0")
    }

    @Test func `a connection is used again`() async throws {
        let server = try ScriptedServer.answering { _ in response("ok") }
        let client = try HTTPClient()
        var reused: [Bool] = []
        for _ in 0..<5 {
            let answer = try await client.send(HTTPRequest("GET", server.url()).patient)
            reused.append(answer.metrics.reusedConnection)
            #expect(answer.metrics.httpVersion == "1.1")
            #expect(answer.metrics.bytesReceived == 2)
            #expect(answer.metrics.firstByte <= answer.metrics.total)
        }
        #expect(reused == [false, true, true, true, true])
        #expect(server.connections == 1)
    }

    @Test func `a connection that the peer closed while idle is replaced`() async throws {
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.send(response("ok"))
            connection.close()
            closed.send()
        }
        let client = try HTTPClient()
        for _ in 0..<3 {
            #expect(
                try await client.send(HTTPRequest("POST", server.url(), body: [1]).patient).text == "ok")
            await closed.next()
        }
        #expect(server.connections == 3)
    }

    @Test func `two hundred requests at once each get their own answer over a few connections`() async throws {
        let server = try ScriptedServer.answering { response($0.target) }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 8))
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<200 {
                group.addTask {
                    // The deadline comes first, so that one who is forgotten while waiting is not saved by a timer of
                    // libcurl's for connecting.
                    let request = HTTPRequest(
                        "GET", server.url("/\(number)"), deadline: .seconds(300), connectTimeout: .seconds(600))
                    return (number, try await client.send(request).text)
                }
            }
            for try await (number, text) in group { #expect(text == "/\(number)") }
        }
        #expect((1...8).contains(server.connections))
    }

    @Test func `a host that is busy does not hold up another, and its own wait in order`() async throws {
        let arrived = Signal<String>()
        let finish = Gate()
        let busy = try ScriptedServer { connection in
            while let request = connection.request() {
                arrived.send(request.target)
                finish.pass()
                connection.send(response(request.target))
            }
        }
        let other = try ScriptedServer.answering { _ in response("at once") }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnectionsPerHost: 1))
        // On one thread tasks begin in the order in which they were made, and go on until they wait.
        let thread = OneThread()
        let calls = (1...4).map { number in
            Task(executorPreference: thread) {
                try await client.send(HTTPRequest("GET", busy.url("/\(number)")).patient).text
            }
        }
        for number in 1...4 {
            #expect(await arrived.next() == "/\(number)")
            #expect(
                try await client.send(HTTPRequest("GET", other.url()).patient).text == "at once")
            finish.open()
        }
        for (number, call) in zip(1..., calls) { #expect(try await call.value == "/\(number)") }
        #expect(busy.connections == 1)
    }

    @Test func `requests over all hosts are limited, too`() async throws {
        let arrived = Signal<Void>()
        let finish = Gate()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            arrived.send()
            finish.pass()
            connection.send(response("first"))
        }
        let other = try ScriptedServer.answering { _ in response("second") }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(maxConnections: 1))
        let first = Task {
            try await client.send(HTTPRequest("GET", server.url()).patient).text
        }
        await arrived.next()
        await #expect(throws: HTTPFailure.timedOut) {
            try await client.send(HTTPRequest("GET", other.url(), deadline: .milliseconds(200)))
        }
        #expect(other.connections == 0)
        finish.open()
        #expect(try await first.value == "first")
        #expect(
            try await client.send(HTTPRequest("GET", other.url()).patient).text == "second")
    }

    // gzip -9n of "freshet " repeated 4000 times: 32,000 bytes.
    private static let gzipped = Base64.decode(
        "H4sIAAAAAAAC/+3FMQ0AMAgAMCszB+GG+Q9CaJ9mx1T8l7Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt27Zt"
            + "27Zt27Zt27bPv1pklMYAfQAA")

    @Test func `compression is neither offered nor undone unless asked for`() async throws {
        let gzipped = try #require(Self.gzipped)
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                let offer = request.headers.first("accept-encoding") ?? "none"
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX-Offer: \(offer)\r\nContent-Length: \(gzipped.count)\r\n\r\n"
                )
                connection.send(gzipped)
            }
        }
        let client = try HTTPClient()

        let coded = try await client.send(HTTPRequest("GET", server.url()).patient)
        #expect(coded.headers.first("x-offer") == "none")
        #expect(coded.body == gzipped)

        let plain = try await client.send(HTTPRequest("GET", server.url(), acceptsCompression: true).patient)
        #expect(plain.headers.first("x-offer") == "gzip")
        #expect(plain.text == String(repeating: "freshet ", count: 4000))
        #expect(plain.metrics.bytesReceived == gzipped.count)

        await #expect(throws: HTTPFailure.tooLarge(limit: 31_999)) {
            try await client.send(
                HTTPRequest("GET", server.url(), responseLimit: 31_999, acceptsCompression: true).patient)
        }
    }

    @Test func `a body that is not the gzip it claims to be is the peer's fault`() async throws {
        let server = try ScriptedServer.answering { _ in
            response("certainly not compressed", headers: ["Content-Encoding: gzip"])
        }
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", server.url(), acceptsCompression: true).patient)
        }
        #expect(failure?.label == "protocol_error")
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Runs what prefers it piece by piece, first come, first served.
private final class OneThread: TaskExecutor {
    private let queue = DispatchQueue(label: "one thread of a test")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
