import Foundation
import FreshetSystem
import FreshetTestKit
import Testing

/// Against the `openssl` command as a server, with a certificate made for the occasion.
@Suite(.timeLimit(.minutes(10)), .enabled(if: FileManager.default.isExecutableFile(atPath: TestCertificate.command)))
struct HTTPClientTLSTests {
    @Test func `a certificate of an authority that we were given is trusted`() async throws {
        let server = try await TLSServer(for: "IP:127.0.0.1")
        let client = try HTTPClient(configuration: HTTPClientConfiguration(caBundle: server.certificate))
        let answer = try await client.send(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
        #expect(answer.status == 200)
        #expect(answer.metrics.connect > .zero)
    }

    @Test func `a certificate of nobody we know is not trusted`() async throws {
        let server = try await TLSServer(for: "IP:127.0.0.1")
        let failure = await #expect(throws: HTTPFailure.self) {
            try await HTTPClient().send(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/?token=secret"))
        }
        #expect(failure?.label == "tls")
        #expect(failure?.description.contains("self-signed certificate") == true)
        #expect(failure?.description.contains("secret") == false)
    }

    @Test func `a certificate for another name is not trusted`() async throws {
        let server = try await TLSServer(for: "DNS:other.example")
        let client = try HTTPClient(configuration: HTTPClientConfiguration(caBundle: server.certificate))
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
        }
        #expect(failure?.label == "tls")
    }

    @Test func `an outdated version of TLS is refused`() async throws {
        let server = try await TLSServer(for: "IP:127.0.0.1", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        let client = try HTTPClient(configuration: HTTPClientConfiguration(caBundle: server.certificate))
        let failure = await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
        }
        #expect(failure?.label == "tls")
    }
}

/// `openssl s_server` on a free port, for as long as the value lives. It answers every request with a status page.
private final class TLSServer: Sendable {
    let port: Int
    /// Path of its own certificate, which is its own authority.
    let certificate: String
    private let process: CommandServer
    private let identity: TestCertificate

    init(for name: String, _ options: [String] = []) async throws {
        identity = try await TestCertificate(for: name)
        certificate = identity.certificate
        // It says `ACCEPT 0.0.0.0:40123` (or `[::]:40123`) once it listens.
        process = try await CommandServer(
            TestCertificate.command,
            ["s_server", "-accept", "0", "-www", "-cert", identity.certificate, "-key", identity.key] + options
        ) { $0.hasPrefix("ACCEPT ") ? $0.split(separator: ":").last.flatMap { Int($0) } : nil }
        port = process.announced
    }
}
