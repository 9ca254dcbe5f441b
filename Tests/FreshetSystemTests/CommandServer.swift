import Foundation
import FreshetTestKit

/// A server that is a program of its own, killed with the value.
final class CommandServer: Sendable {
    /// What `ready` found in its output.
    let announced: Int
    private let process: ServiceProcess

    /// Waits for the first line of output from which `ready` makes a number.
    init(_ command: String, _ arguments: [String], ready: @escaping @Sendable (Substring) -> Int?) async throws {
        let process = try ServiceProcess(command, arguments)
        announced = try await process.first("where it listens") { text in
            guard let end = text.lastIndex(of: "\n") else { return nil }
            return text[..<end].split(separator: "\n").lazy.compactMap(ready).first
        }
        self.process = process
    }
}

/// A key and a certificate that is its own authority, made with the `openssl` command.
final class TestCertificate: Sendable {
    static let command = "/usr/bin/openssl"

    struct Failure: Error { var text: String }

    let directory: TemporaryDirectory
    var certificate: String { directory.path("certificate.pem") }
    var key: String { directory.path("key.pem") }

    /// `name` as a subject alternative name: `IP:127.0.0.1`.
    init(for name: String) async throws {
        directory = try TemporaryDirectory()
        let (status, text) = try await ServiceProcess.run(
            Self.command,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", directory.path("key.pem"), "-out",
                directory.path("certificate.pem"),
            ])
        guard status == 0 else { throw Failure(text: text) }
    }
}
