import Foundation
import FreshetSystem
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPClientFailureTests {
    private static let path = "/tickets?token=very-secret"

    /// What a send to a peer that plays `script` fails with. Its text must give nothing away.
    private func failure(
        _ scheme: String = "http", _ script: @escaping @Sendable (ServerConnection) -> Void
    ) async throws -> String? {
        let server = try ScriptedServer(script)
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(
                HTTPRequest(
                    "POST", "\(scheme)://127.0.0.1:\(server.port)\(Self.path)",
                    headers: [("Authorization", "Basic very-secret")], body: Array("very-secret".utf8)))
        }
        #expect(failure?.description.contains("secret") == false)
        #expect(failure?.description.contains("tickets") == false)
        return failure?.label
    }

    @Test func `nobody listens`() async throws {
        let unused = try LoopbackSocket()
        let port = unused.port
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", "http://127.0.0.1:\(port)\(Self.path)"))
        }
        #expect(failure?.label == "unreachable")
        #expect(failure?.description.contains("127.0.0.1:\(port)") == true)
        #expect(failure?.description.contains("Connection refused") == true)
        withExtendedLifetime(unused) {}
        #expect(failure?.description.contains("secret") == false)
    }

    @Test func `a name that does not exist`() async throws {
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", "http://does-not-exist.invalid/"))
        }
        #expect(failure?.label == "unreachable")
    }

    @Test func `the peer closes without a word`() async throws {
        let label = try await failure { _ = $0.request() }
        #expect(label == "unreachable")
    }

    @Test func `the peer resets before an answer`() async throws {
        let label = try await failure {
            _ = $0.request()
            $0.reset()
        }
        #expect(label == "unreachable")
    }

    @Test func `the peer closes in the middle of headers`() async throws {
        let label = try await failure {
            _ = $0.request()
            $0.send("HTTP/1.1 200 OK\r\nContent-")
        }
        #expect(label == "unreachable" || label == "protocol_error")
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
    ])
    func `a body that ends early, or breaks off into nonsense, is no answer`(answer: String) async throws {
        let label = try await failure {
            _ = $0.request()
            $0.send(answer)
        }
        #expect(label == "unreachable")
    }

    @Test func `the peer resets in the middle of a body`() async throws {
        let label = try await failure {
            _ = $0.request()
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            $0.reset()
        }
        #expect(label == "unreachable")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nX-Nul: a\u{0}b\r\nContent-Length: 0\r\n\r\n",
    ])
    func `what is not HTTP is the peer's fault`(answer: String) async throws {
        let label = try await failure {
            _ = $0.request()
            $0.send(answer)
        }
        #expect(label == "protocol_error")
    }

    @Test func `https to a peer that speaks plain text`() async throws {
        let label = try await failure("https") { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        #expect(label == "tls")
    }

    @Test func `the connect timeout also ends a TLS handshake that stalls`() async throws {
        let closed = Signal<Void>()
        let server = try ScriptedServer { connection in
            connection.waitForClose()
            closed.send()
        }
        let client = try HTTPClient()
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(
                HTTPRequest("GET", "https://127.0.0.1:\(server.port)/", connectTimeout: .seconds(1)))
        }
        #expect(failure?.label == "unreachable")
        await closed.next()
    }

    @Test func `a host that is not allowed is not contacted`() async throws {
        let server = try ScriptedServer.answering { _ in response("") }
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(allowsHost: { host, port in host == "help.example" && port == 443 }))
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", server.url(Self.path)))
        }
        #expect(failure == .forbidden(reason: "the host 127.0.0.1:\(server.port) is not allowed"))
        #expect(server.connections == 0)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1"])
    func `an address that is not allowed is not contacted under any name`(host: String) async throws {
        let server = try ScriptedServer.answering { _ in response("") }
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(allowsAddress: { !$0.hasPrefix("127.") && $0 != "::1" }))
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", "http://\(host):\(server.port)/"))
        }
        #expect(failure?.label == "forbidden")
        #expect(server.connections == 0)
    }

    @Test func `an address that is allowed is contacted`() async throws {
        let server = try ScriptedServer.answering { _ in response("ok") }
        let client = try HTTPClient(configuration: HTTPClientConfiguration(allowsAddress: { $0 == "127.0.0.1" }))
        #expect(try await client.send(HTTPRequest("GET", server.url())).text == "ok")
    }
}
