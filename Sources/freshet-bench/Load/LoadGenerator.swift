import ArgumentParser
import Foundation

/// The sender's side of `intake`, in a process of its own.
struct LoadGenerator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Posts signed webhooks to a loopback address and prints one JSON line.",
        shouldDisplay: false)

    @Option var port: Int
    @Option var path: String
    @Option var secretFile: String
    @Option var connections = 64
    @Option var seconds = 5.0
    /// It ends earlier when they are used up.
    @Option var requests = 300_000
    @Option var tickets = 1000

    func run() async throws {
        guard let secret = FileManager.default.contents(atPath: secretFile) else {
            throw Workshop.Failure("cannot read the secret")
        }
        let made = try SignedRequests(
            requests, path: path, host: "127.0.0.1:\(port)", secret: String(decoding: secret, as: UTF8.self),
            tickets: tickets)
        var load = try ClosedLoop(port: port, connections: connections, requests: made)
        let outcome = try load.run(for: seconds)
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }
}

/// What a load generator saw.
struct LoadOutcome: Codable, Sendable {
    /// Answered with 202.
    var accepted: Int
    /// Answered with anything else.
    var refused: Int
    /// From the first byte sent to the last answer.
    var seconds: Double
    /// Of the answers, from the first byte of the request to the last of the answer, in milliseconds.
    var p50: Double
    var p99: Double
    var p999: Double
    var longest: Double
    /// User and system time of the sender while it sent; it is taken from the server on the same processors.
    var processorSeconds: Double
    /// All requests were sent before the time was over.
    var ranDry: Bool

    var perSecond: Double { Double(accepted) / seconds }
}
