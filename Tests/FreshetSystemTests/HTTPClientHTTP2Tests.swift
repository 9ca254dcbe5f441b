import Foundation
import FreshetSystem
import FreshetTestKit
import Testing

/// Against the `nghttpd` command (Debian package nghttp2-server), a server by other authors.
@Suite(.timeLimit(.minutes(10)), .enabled(if: FileManager.default.isExecutableFile(atPath: HTTP2Server.command)))
struct HTTPClientHTTP2Tests {
    @Test func `requests at once share connections`() async throws {
        let server = try await HTTP2Server(files: ["a": [1, 2, 3]])
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(maxConnectionsPerHost: 2, caBundle: server.certificate))
        // The first call settles that HTTP/2 is spoken.
        let first = try await client.send(HTTPRequest("GET", server.url("a")))
        #expect(first.metrics.httpVersion == "2")
        #expect(first.headers.first("content-length") == "3")
        let reused = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let answer = try await client.send(HTTPRequest("GET", server.url("a")))
                    #expect(answer.body == [1, 2, 3])
                    return answer.metrics.reusedConnection
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(reused >= 199)
    }

    @Test func `a slow reader of one stream does not hold up another, and loses nothing`() async throws {
        let big = randomBytes(48 << 20)
        let server = try await HTTP2Server(files: ["big": big, "small": [7]])
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(
                maxConnectionsPerHost: 1, caBundle: server.certificate, streamBuffer: 65_536))
        let stream = try await client.stream(HTTPRequest("GET", server.url("big"), responseLimit: big.count))
        // Nobody reads the stream meanwhile.
        for _ in 0..<10 { #expect(try await client.send(HTTPRequest("GET", server.url("small"))).body == [7]) }
        #expect(SHA256.digest(try await stream.body.collected()) == SHA256.digest(big))
        #expect(stream.metrics.httpVersion == "2")
    }

    @Test func `letting go of one stream leaves the connection to the others`() async throws {
        let server = try await HTTP2Server(files: ["big": randomBytes(20 << 20), "small": [7]])
        let client = try HTTPClient(
            configuration: HTTPClientConfiguration(maxConnectionsPerHost: 1, caBundle: server.certificate))
        for _ in 0..<5 {
            _ = try await client.stream(HTTPRequest("GET", server.url("big"), responseLimit: .max)).status
            #expect(try await client.send(HTTPRequest("GET", server.url("small"))).body == [7])
        }
        await #expect(throws: HTTPFailure.tooLarge(limit: 1000)) {
            try await client.send(HTTPRequest("GET", server.url("big"), responseLimit: 1000))
        }
        let last = try await client.send(HTTPRequest("GET", server.url("small")))
        #expect(last.metrics.reusedConnection)
    }
}

/// `nghttpd` with files to serve, for as long as the value lives.
private final class HTTP2Server: Sendable {
    static let command = "/usr/sbin/nghttpd"

    let certificate: String
    private let port: Int
    private let identity: TestCertificate
    private let process: CommandServer

    init(files: [String: [UInt8]]) async throws {
        identity = try await TestCertificate(for: "IP:127.0.0.1")
        certificate = identity.certificate
        for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: identity.directory.path(name))) }
        // It cannot be asked which port it got, so it is given one outside the range that others get theirs from.
        port = Int.random(in: 20_000..<32_000)
        process = try await CommandServer(
            Self.command,
            ["-v", "-a", "127.0.0.1", "-d", identity.directory.path(""), "\(port)", identity.key, identity.certificate]
        ) { $0.contains("listen 127.0.0.1") ? 0 : nil }
    }

    func url(_ path: String) -> String { "https://127.0.0.1:\(port)/\(path)" }
}
