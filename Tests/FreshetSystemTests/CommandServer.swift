import Foundation
import FreshetTestKit

/// A server that is a program of its own, killed with the value.
final class CommandServer: Sendable {
    /// What `ready` found in its output.
    let announced: Int
    private let identifier: Int32

    /// Waits for the first line of output from which `ready` makes a number.
    init(_ command: String, _ arguments: [String], ready: @escaping @Sendable (Substring) -> Int?) async throws {
        let output = Pipe()
        let process = Process(command, arguments, output: output)
        try process.run()
        let identifier = process.processIdentifier
        let announced = Signal<Int?>()
        Thread.detachNewThread {
            var text = ""
            while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
                text += String(decoding: data, as: UTF8.self)
                while let end = text.firstIndex(of: "\n") {
                    if let number = ready(text[..<end]) { announced.send(number) }
                    text.removeSubrange(...end)
                }
            }
            announced.send(nil)
        }
        guard let number = await announced.next(), let number else {
            kill(identifier, SIGKILL)
            throw CocoaError(.executableLoad)
        }
        (self.announced, self.identifier) = (number, identifier)
    }

    deinit { kill(identifier, SIGKILL) }
}

/// A key and a certificate that is its own authority, made with the `openssl` command.
final class TestCertificate: Sendable {
    static let command = "/usr/bin/openssl"

    let directory: TemporaryDirectory
    var certificate: String { directory.path("certificate.pem") }
    var key: String { directory.path("key.pem") }

    /// `name` as a subject alternative name: `IP:127.0.0.1`.
    init(for name: String) async throws {
        directory = try TemporaryDirectory()
        let status = Signal<Int32>()
        let maker = Process(
            Self.command,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", directory.path("key.pem"), "-out",
                directory.path("certificate.pem"),
            ], output: FileHandle.nullDevice)
        maker.terminationHandler = { status.send($0.terminationStatus) }
        try maker.run()
        guard await status.next() == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

extension Process {
    fileprivate convenience init(_ command: String, _ arguments: [String], output: Any) {
        self.init()
        executableURL = URL(fileURLWithPath: command)
        self.arguments = arguments
        standardInput = FileHandle.nullDevice
        standardOutput = output
        standardError = FileHandle.nullDevice
    }
}
