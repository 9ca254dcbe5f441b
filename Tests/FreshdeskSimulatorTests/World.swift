import FreshdeskSimulator
import FreshetSystem
import Foundation
import Synchronization
import Testing

/// A simulator on a free port, on a clock that only moves when told, and a client that speaks to it.
final class World: Sendable {
    static let key = "key-for-tests"
    /// 2026-03-03T09:14:22Z, plus some milliseconds that no answer may show.
    static let start: Int64 = 1_772_529_262_345

    let simulator: Simulator
    let clock: SimulatedClock
    let url: String
    private let client: HTTPClient

    private init(simulator: Simulator, clock: SimulatedClock, url: String) throws {
        self.simulator = simulator
        self.clock = clock
        self.url = url
        client = try HTTPClient()
    }

    /// Runs `body` against a simulator of its own and stops it.
    static func run(
        _ configure: (inout SimulatorConfiguration) -> Void = { $0.plan = .unlimited },
        _ body: (World) async throws -> Void
    ) async throws {
        let clock = SimulatedClock(source: { World.start })
        var configuration = SimulatorConfiguration(apiKey: key, clock: clock)
        configure(&configuration)
        let simulator = try Simulator(configuration: configuration)
        let address = try await simulator.start()
        let world = try World(simulator: simulator, clock: clock, url: address.url)
        do {
            try await body(world)
        } catch {
            world.client.close()
            try await simulator.stop()
            throw error
        }
        world.client.close()
        try await simulator.stop()
    }

    // MARK: Calls

    struct Reply {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var json: JSON { get throws { try JSON(parsing: bytes) } }
        var rows: [JSON] { get throws { try json.array ?? [] } }
        var ids: [Int64] { get throws { try rows.compactMap { $0["id"]?.integer } } }

        func header(_ name: String) -> String? { headers.first(name) }

        /// `field`, `code` of the first complaint of a validation answer.
        var complaint: [String] {
            get throws {
                let error = try json["errors"]?[0]
                return [error?["field"]?.string ?? "", error?["code"]?.string ?? ""]
            }
        }

        /// The URL in `link`, if there is a next page.
        var next: String? {
            guard let link = header("link"), link.hasPrefix("<"), link.hasSuffix(">; rel=\"next\"") else { return nil }
            return String(link.dropFirst().prefix { $0 != ">" })
        }
    }

    func get(_ path: String, headers: [(name: String, value: String)] = []) async throws -> Reply {
        try await send("GET", path, headers: headers)
    }

    func send(
        _ method: String, _ path: String, _ body: JSON? = nil, headers: [(name: String, value: String)] = [],
        key: String? = World.key
    ) async throws -> Reply {
        var all = headers
        if let key { all.append(("authorization", "Basic " + Base64.encode(Array("\(key):X".utf8)))) }
        if body != nil { all.append(("content-type", "application/json")) }
        let target = path.hasPrefix("http") ? path : url + (path.hasPrefix("/_") ? path : "/api/v2" + path)
        let response = try await client.send(HTTPRequest(method, target, headers: all, body: body?.bytes ?? []))
        return Reply(status: response.status, headers: response.headers, bytes: response.body)
    }

    /// A body of any type.
    func raw(_ method: String, _ path: String, _ body: [UInt8], type: String) async throws -> Reply {
        let key = Base64.encode(Array("\(World.key):X".utf8))
        let response = try await client.send(
            HTTPRequest(
                method, url + (path.hasPrefix("/_") ? path : "/api/v2" + path),
                headers: [("authorization", "Basic \(key)"), ("content-type", type)],
                body: body))
        return Reply(status: response.status, headers: response.headers, bytes: response.body)
    }

    @discardableResult
    func create(_ subject: String = "Printer on fire", _ more: [String: JSON] = [:]) async throws -> Int64 {
        var body: [String: JSON] = [
            "subject": .string(subject), "description": "<div>It burns.</div>", "email": "ines@harbor.example",
            "status": 2, "priority": 1,
        ]
        body.merge(more) { $1 }
        let reply = try await send("POST", "/tickets", .object(body))
        try #require(reply.status == 201, "\(String(decoding: reply.bytes, as: UTF8.self))")
        return try #require(try reply.json["id"]?.integer)
    }

    func ticket(_ id: Int64, include: String? = nil) async throws -> JSON {
        let reply = try await get("/tickets/\(id)" + (include.map { "?include=\($0)" } ?? ""))
        try #require(reply.status == 200)
        return try reply.json
    }

    func advance(_ seconds: Int64) { simulator.advance(bySeconds: seconds) }
}
