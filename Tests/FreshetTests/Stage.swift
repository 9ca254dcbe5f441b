import Foundation
import FreshetCore
import FreshetServer
import FreshetSystem
import FreshetTestKit
import GRDB
import Testing

/// The real thing in its own processes: the simulator, and `freshet` on a data directory, spoken to as a user would.
final class Stage: Sendable {
    struct Company: Sendable {
        var id: String
        var webhookURL: String
        var webhookSecret: String
        var token: String
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let directory: TemporaryDirectory
    let http: HTTPClient
    let environment: [String: String]

    init(environment extra: [String: String] = [:]) throws {
        directory = try TemporaryDirectory()
        http = try HTTPClient(configuration: HTTPClientConfiguration())
        environment = [
            "FRESHET_DATA_DIRECTORY": directory.path("data"), "FRESHET_LISTEN": "127.0.0.1:0",
            "FRESHET_QUIET_PERIOD": "20ms", "FRESHET_RECONCILE_INTERVAL": "0", "FRESHET_ACCESS_RATE_PER_SECOND": "0",
        ].merging(extra) { $1 }
    }

    /// On the same data, with another configuration: nobody may serve both at once.
    init(over other: Stage, environment extra: [String: String]) throws {
        directory = other.directory
        http = try HTTPClient(configuration: HTTPClientConfiguration())
        environment = other.environment.merging(extra) { $1 }
    }

    deinit { http.close() }

    var database: String { directory.path("data") + "/freshet.db" }

    // MARK: - Processes

    /// A simulator with these tickets (JSON Lines) and its address.
    func simulator(tickets: [String], key: String = "simulator-key", _ arguments: [String] = []) async throws -> (
        ServiceProcess, String
    ) {
        let file = directory.path("tickets-\(UUID().uuidString).jsonl")
        try tickets.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let process = try ServiceProcess(
            "freshdesk-simulator",
            ["--listen", "127.0.0.1:0", "--api-key", key, "--tickets", file, "--plan", "unlimited", "--seed", "7"]
                + arguments)
        return (process, "http://" + (try await process.line(after: "listening on ")))
    }

    func serve() async throws -> (ServiceProcess, String) {
        let process = try ServiceProcess("freshet", ["serve"], environment: environment)
        return (process, "http://" + (try await process.line(after: "listening on ")))
    }

    @discardableResult
    func freshet(_ arguments: String..., expecting status: Int32 = 0) async throws -> String {
        let (ended, text) = try await ServiceProcess.run("freshet", arguments, environment: environment)
        guard ended == status else {
            throw Failure(description: "freshet \(arguments) ended with \(ended), not \(status):\n\(text)")
        }
        return text
    }

    /// The last line that is a JSON object.
    func json(_ text: String) throws -> [String: JSONValue] {
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("{") }),
            case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        else { throw Failure(description: "no JSON object in:\n\(text)") }
        return object
    }

    func addCompany(_ id: String, at url: String, key: String = "simulator-key") async throws -> Company {
        let file = directory.path("key-\(id)")
        try key.write(toFile: file, atomically: true, encoding: .utf8)
        let answer = try json(
            try await freshet(
                "company", "add", id, "--platform", "freshdesk", "--url", url, "--api-key-file", file, "--json"))
        guard case .string(let webhookURL)? = answer["webhook_url"],
            case .string(let secret)? = answer["webhook_secret"],
            case .string(let token)? = answer["token"], answer["company_id"] == .string(id)
        else { throw Failure(description: "unexpected answer \(answer)") }
        return Company(id: id, webhookURL: webhookURL, webhookSecret: secret, token: token)
    }

    // MARK: - Wire

    /// The answer, which must be as the OpenAPI document says where it is about one of the paths in it.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await http.send(request)
        let target = URL(string: request.url)?.path ?? ""
        guard Self.document.describes(target) else { return response }
        let faults = Self.document.faults(
            of: .init(
                status: response.status, fields: response.headers.map { ($0.name.lowercased(), $0.value) },
                body: response.body), to: request.method, target)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
        return response
    }

    static let document: OpenAPIValidator = {
        do { return try OpenAPIValidator(OpenAPIDocument.text) } catch { preconditionFailure("\(error)") }
    }()

    /// Signs as Standard Webhooks and posts; the status, or `nil` when nobody answered.
    func deliver(_ ticket: Int64, id: String, to base: String, _ company: Company) async -> Int? {
        let body = Array("{\"ticket_id\":\(ticket),\"event\":\"onTicketUpdate\"}".utf8)
        let now = String(SystemWallClock().now.secondsSinceEpoch)
        guard let key = Base64.decode(String(company.webhookSecret.dropFirst("whsec_".count))) else { return nil }
        let mac = HMACSHA256.authenticate(key: key, Array("\(id).\(now).".utf8) + body)
        let request = HTTPRequest(
            "POST", "\(base)/webhooks/freshdesk/\(company.id)",
            headers: [
                ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", now),
                ("webhook-signature", "v1," + Base64.encode(mac)),
            ], body: body)
        do { return try await send(request).status } catch { return nil }
    }

    func query(_ text: String, at base: String, token: String, limit: Int = 10) async throws -> [(
        id: String, subject: String
    )] {
        let body = try JSONEncoder().encode(
            JSONValue.object([
                "query": .string(text), "types": .array([.string("tickets")]), "limit": .integer(Int64(limit)),
            ]))
        let response = try await send(
            HTTPRequest(
                "POST", base + "/query",
                headers: [("Content-Type", "application/json"), ("Authorization", "Bearer " + token)], body: Array(body)
            ))
        guard response.status == 200,
            case .object(let answer) = try JSONDecoder().decode(JSONValue.self, from: Data(response.body)),
            case .array(let results)? = answer["results"]
        else {
            throw Failure(
                description: "query answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return results.compactMap {
            guard case .object(let hit) = $0, case .string(let id)? = hit["original_id"],
                case .string(let subject)? = hit["subject"]
            else { return nil }
            return (id, subject)
        }
    }

    func get(_ url: String, headers: [(String, String)] = []) async throws -> (Int, String) {
        let response = try await send(HTTPRequest("GET", url, headers: headers.map { (name: $0.0, value: $0.1) }))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    /// Writes through the simulator's API, as people do.
    func write(_ method: String, _ url: String, _ body: String = "", key: String = "simulator-key") async throws -> Int
    {
        let authorisation = "Basic " + Base64.encode(Array("\(key):X".utf8))
        return try await http.send(
            HTTPRequest(
                method, url, headers: [("Content-Type", "application/json"), ("Authorization", authorisation)],
                body: Array(body.utf8))
        ).status
    }

    /// Asks until `body` gives something, and no longer than for any process.
    func poll<Value>(for what: String, _ body: () async throws -> Value?) async throws -> Value {
        let deadline = ContinuousClock.now + ServiceProcess.patience
        while ContinuousClock.now < deadline {
            if let value = try await body() { return value }
        }
        throw Failure(description: "waited in vain for \(what)")
    }

    /// Waits until nothing of the company waits any more.
    func settle(_ company: Company) async throws {
        try await poll(for: "\(company.id) to settle") {
            let status = try json(try await freshet("status", company.id, "--json"))
            guard case .array(let companies)? = status["companies"], case .object(let row)? = companies.first,
                case .integer(let urgent)? = row["urgent"], case .integer(let backfill)? = row["backfill"]
            else { throw Failure(description: "unexpected status \(status)") }
            return urgent + backfill == 0 ? () : nil
        }
    }

    // MARK: - What is on disk

    func rows(_ sql: String) throws -> [[String]] {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: database, configuration: configuration).read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { String(describing: $0.storage.value ?? "NULL") }
            }
        }
    }

    /// Everything that decides what a search may answer, without the moments and generations that differ by history.
    func indexState(_ company: String) throws -> [[String]] {
        try rows(
            "SELECT kind, original_id, subject, summary, content_hash, facets_hash, hex(vector) FROM points "
                + "WHERE company_id = '\(company)' AND slot = 1 AND vector IS NOT NULL ORDER BY kind, original_id")
    }
}

/// Tickets as the simulator loads them.
enum Tickets {
    static func line(_ id: Int, subject: String, description: String) -> String {
        "{\"id\":\(id),\"subject\":\"\(subject)\",\"description\":\"\(description)\",\"created_at\":\"2026-01-02T03:04:05Z\",\"status\":\"Open\",\"priority\":\"Low\"}"
    }

    static func many(_ count: Int) -> [String] {
        let things = ["printer", "scanner", "router", "invoice export", "login page", "mail gateway", "backup job"]
        let troubles = ["stops", "is slow", "shows error", "asks for a password", "lost its settings"]
        return (1...count).map { id in
            line(
                id, subject: "The \(things[id % things.count]) \(troubles[id % troubles.count])",
                description: "Since Monday number \(id) \(troubles[(id / 7) % troubles.count]) with code E\(id * 37).")
        }
    }
}
