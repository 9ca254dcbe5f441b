import Foundation
import FreshetCore
import FreshetSystem

/// The service and a simulated help desk in their own processes, spoken to as a user would: command line, HTTP.
struct House: Sendable {
    /// A company as `freshet company add` printed it.
    struct Tenant: Sendable {
        var id: String
        var token: String
    }

    let workshop: Workshop
    let http: HTTPClient
    let environment: [String: String]
    let dataDirectory: String
    /// Where `serve` will listen.
    let base: String
    let apiKey = "simulator-key"
    let webhookSecret: String

    /// A fresh data directory; nothing runs yet.
    init(in workshop: Workshop, settings: [String: String] = [:]) throws {
        self.workshop = workshop
        http = try HTTPClient(configuration: HTTPClientConfiguration())
        dataDirectory = try workshop.directory("data")
        let address = "127.0.0.1:\(try FreePort.find())"
        base = "http://" + address
        webhookSecret = Self.newWebhookSecret()
        environment = [
            "FRESHET_DATA_DIRECTORY": dataDirectory, "FRESHET_LISTEN": address, "FRESHET_LOG_LEVEL": "warning",
            "FRESHET_ACCESS_RATE_PER_SECOND": "0",
            "FRESHET_RECONCILE_INTERVAL": "0", "FRESHET_WEBHOOKS_RATE_PER_SECOND": "0",
        ].merging(settings) { $1 }
    }

    static func newWebhookSecret() -> String { "whsec_" + Base64.encode(randomBytes(32)) }

    // MARK: - Processes

    /// A simulator that signs webhooks to `serve`; its address.
    func simulator(_ arguments: [String], signing company: String = "acme") async throws -> (Child, String) {
        let secret = try workshop.file("sign-secret", webhookSecret)
        let child = try workshop.start(
            "freshdesk-simulator",
            [
                "--listen", "127.0.0.1:0", "--api-key", apiKey, "--plan", "unlimited", "--seed", "7", "--sign-to",
                "\(base)/webhooks/freshdesk/\(company)", "--sign-secret-file", secret,
            ] + arguments)
        return (child, "http://" + (try await child.line(after: "listening on ")))
    }

    func serve() async throws -> Child {
        let child = try workshop.start("freshet", ["serve"], environment: environment)
        _ = try await child.line(after: "listening on ")
        return child
    }

    func freshet(_ arguments: String...) async throws -> String {
        try await workshop.run("freshet", arguments, environment: environment)
    }

    /// The last line of its standard output that is a JSON object.
    func json(_ arguments: String...) async throws -> [String: JSONValue] {
        try Self.lastObject(try await workshop.run("freshet", arguments + ["--json"], environment: environment))
    }

    static func lastObject(_ text: String) throws -> [String: JSONValue] {
        guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("{") }),
            case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        else { throw Workshop.Failure("no JSON object in:\n\(text.suffix(2000))") }
        return object
    }

    /// Adds a company with the whole quota to use, and with the secret that the simulator signs with.
    func addCompany(_ id: String = "acme", at url: String) async throws -> Tenant {
        let key = try workshop.file("api-key", apiKey)
        let secret = try workshop.file("webhook-secret", webhookSecret)
        let answer = try await json(
            "company", "add", id, "--platform", "freshdesk", "--url", url, "--api-key-file", key,
            "--webhook-secret-file",
            secret, "--api-share", "1")
        guard case .string(let token)? = answer["token"] else { throw Workshop.Failure("company add printed no token") }
        return Tenant(id: id, token: token)
    }

    /// Waits until the simulator has sent everything and nothing of the company waits any more.
    func settle(_ tenant: Tenant, simulator: String, within patience: Duration = .seconds(120)) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            let stats = try await get("\(simulator)/_simulator/stats", asAgent: true)
            let status = try await json("status", tenant.id)
            if stats.sumOfPending == 0, try Self.waiting(status) == 0 {
                return
            }
            if .now > deadline { throw Workshop.Failure("still not quiet after \(patience): \(status)") }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func waiting(_ status: [String: JSONValue]) throws -> Double {
        guard case .array(let companies)? = status["companies"], let row = companies.first,
            let urgent = row.at("urgent").number, let backfill = row.at("backfill").number
        else { throw Workshop.Failure("`freshet status --json` has no urgent and backfill: \(status)") }
        return urgent + backfill
    }

    // MARK: - Wire

    /// A `POST /query` for tickets.
    func question(_ text: String, _ tenant: Tenant, limit: Int, tags: [String] = []) throws -> HTTPRequest {
        var body: [String: JSONValue] = [
            "query": .string(text), "types": .array([.string("tickets")]), "limit": .integer(Int64(limit)),
        ]
        if !tags.isEmpty { body["filters"] = .object(["tags": .array(tags.map { .string($0) })]) }
        return HTTPRequest(
            "POST", base + "/query",
            headers: [("Content-Type", "application/json"), ("Authorization", "Bearer " + tenant.token)],
            body: Array(try JSONEncoder().encode(JSONValue.object(body))))
    }

    /// Asks it; the results.
    func query(_ text: String, _ tenant: Tenant, limit: Int, tags: [String] = []) async throws -> [JSONValue] {
        let response = try await http.send(try question(text, tenant, limit: limit, tags: tags))
        let answer = try JSONDecoder().decode(JSONValue.self, from: Data(response.body))
        guard response.status == 200, case .array(let results) = answer.at("results") else {
            throw Workshop.Failure(
                "/query answered \(response.status): \(String(decoding: response.body.prefix(500), as: UTF8.self))")
        }
        return results
    }

    /// Changes something at the help desk, as people do through its API.
    @discardableResult
    func write(_ method: String, _ url: String, _ body: JSONValue) async throws -> JSONValue {
        let response = try await http.send(
            HTTPRequest(
                method, url, headers: [("Content-Type", "application/json"), ("Authorization", authorisation)],
                body: Array(try JSONEncoder().encode(body))))
        guard (200...299).contains(response.status) else {
            throw Workshop.Failure(
                "\(method) at the simulator answered \(response.status): \(String(decoding: response.body.prefix(500), as: UTF8.self))"
            )
        }
        return response.body.isEmpty ? .null : try JSONDecoder().decode(JSONValue.self, from: Data(response.body))
    }

    func get(_ url: String, asAgent: Bool) async throws -> JSONValue {
        let response = try await http.send(
            HTTPRequest("GET", url, headers: asAgent ? [("Authorization", authorisation)] : []))
        guard response.status == 200 else { throw Workshop.Failure("GET \(url) answered \(response.status)") }
        return try JSONDecoder().decode(JSONValue.self, from: Data(response.body))
    }

    private var authorisation: String { "Basic " + Base64.encode(Array("\(apiKey):X".utf8)) }
}

extension JSONValue {
    /// What is there under the keys, one inside the other; `null` when something is missing.
    func at(_ keys: String...) -> JSONValue {
        keys.reduce(self) { value, key in
            if case .object(let members) = value { members[key] ?? .null } else { .null }
        }
    }

    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    var text: String? { if case .string(let value) = self { value } else { nil } }

    /// Of the simulator's statistics: over all senders.
    fileprivate var sumOfPending: Double {
        guard case .object(let senders) = at("webhooks") else { return 0 }
        return senders.values.reduce(0) { $0 + ($1.at("pending").number ?? 0) }
    }
}
