import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

/// The recommend API as an agent's side panel meets it: over sockets, with the simulator behind it.
struct RecommendTests {
    private static let tickets = [
        #"{"id":1,"subject":"Badge reader rejects cards","description":"The badge reader at the gate rejects all cards since the firmware update.","created_at":"2026-01-02T03:04:05Z","status":"Open","priority":"Low","tags":["gate"],"custom_fields":{"cf_region":"EMEA"}}"#,
        #"{"id":2,"subject":"Badge reader rejects cards","description":"The badge reader at the gate rejects all cards since the firmware update. Rolling back helped.","created_at":"2026-01-03T03:04:05Z","status":"Resolved","priority":"High","tags":["gate"],"custom_fields":{"cf_region":"APAC"},"messages":[{"role":"requester","body":"The badge reader at the gate rejects all cards since the firmware update.","attachments":[{"name":"reader_log.txt","size":120,"mime":"text/plain"}]},{"role":"agent","body":"Roll the firmware back to 4.1, then the reader accepts cards.","attachments":[{"name":"rollback-guide.pdf","size":4000,"mime":"application/pdf"}]}]}"#,
        #"{"id":3,"subject":"Badge reader rejects one card","description":"One card is rejected by the badge reader.","created_at":"2026-01-04T03:04:05Z","status":"Open","priority":"Low"}"#,
        #"{"id":4,"subject":"Badge reader rejects cards, again","description":"The badge reader at the gate rejects cards since the update.","created_at":"2026-01-05T03:04:05Z","status":"Open","priority":"Low"}"#,
        #"{"id":5,"subject":"Invoice export stops at row 500","description":"The export of invoices stops.","created_at":"2026-01-06T03:04:05Z","status":"Open","priority":"Urgent"}"#,
    ]

    @Test func `a question is answered with why, files, filters and pages, and what was answered is on record`()
        async throws
    {
        let panel = try await Panel(Self.tickets)
        let all = try await panel.query(#"{"query":"badge reader rejects cards","limit":2,"highlight":true}"#)
        #expect(all["results"]?.array?.count == 2 && all["next_offset"] == .integer(2))
        let best = try #require(all["results"]?.array?.first?.object)
        #expect(best["match"]?.object?["field"] != .null && best["stale"] == .bool(false))
        #expect(best["highlight"]?.object?["subject"]?.array?.isEmpty == false)
        let rest = try await panel.query(#"{"query":"badge reader rejects cards","limit":2,"offset":2}"#)
        let (one, two) = (Panel.ids(all), Panel.ids(rest))
        #expect(Set(one).isDisjoint(with: two) && !two.isEmpty)
        let whole = try await panel.query(#"{"query":"badge reader rejects cards","limit":4}"#)
        #expect(Panel.ids(whole) == one + two, "pages are cuts of one order")

        #expect(
            Panel.ids(
                try await panel.query(
                    #"{"query":"badge reader","filters":{"custom_fields":{"cf_region":["emea"]},"tags":"gate"}}"#))
                == ["1"])
        let files = try await panel.query(#"{"query":"rollback guide pdf","types":["attachments"]}"#)
        let file = try #require(files["results"]?.array?.first?.object)
        #expect(file["file_name"] == .string("rollback-guide.pdf") && file["ticket_id"] == .string("2"))
        #expect(file["doc_type"] == .string("attachment"))
        #expect(
            try await panel.query(
                #"{"query":"reader","types":["attachments"],"filters":{"content_type":"image"}}"#)["results"]
                == .array([]))

        let id = try #require(all["recommendation_id"]?.text)
        // The service writes it down beside the answer.
        let row = try await panel.stage.poll(for: "the record of \(id)") {
            try panel.stage.rows("SELECT kind, question, shown, user FROM recommendations WHERE id = '\(id)'").first
        }
        #expect(
            row == [
                "query", "badge reader rejects cards", one.map { "ticket/\($0)" }.joined(separator: " "),
                "token-1",
            ])
        try await panel.end()
    }

    @Test func `a ticket that is opened brings its summary, solved ones first, without itself and its merges`()
        async throws
    {
        let panel = try await Panel(Self.tickets)
        #expect(
            try await panel.stage.write(
                "PUT", panel.url + "/api/v2/tickets/merge", #"{"primary_id":1,"ticket_ids":[4]}"#) == 204)
        try await panel.stage.freshet("reconcile", "acme", "--follow", "--json")
        let (status, opening) = try await panel.get("/init/1")
        #expect(status == 200)
        #expect(opening["ticket_id"] == .string("1") && opening["provisional"] == .bool(false))
        #expect(opening["summary"]?.object?["problem"]?.text?.contains("badge reader") == true)
        #expect(opening["failures"] == .object([:]) && opening["articles"] == .array([]))
        let similar = opening["similar"]?.array?.compactMap { $0.object?["original_id"]?.text } ?? []
        #expect(similar.first == "2" && !similar.contains("1") && !similar.contains("4"), "\(similar)")
        // From the merged one's side, too.
        let other = try await panel.get("/init/4").1["similar"]?.array?.compactMap { $0.object?["original_id"]?.text }
        #expect(other?.contains("1") == false && other?.contains("2") == true)

        for path in ["/init/99", "/init/0", "/init/01", "/init/abc", "/init/9223372036854775808", "/init/-1"] {
            #expect(try await panel.get(path).0 == 404, "\(path)")
        }
        #expect(try await panel.stage.get(panel.base + "/init/1").0 == 401)

        // Not on record yet: read from the help desk now.
        #expect(
            try await panel.stage.write(
                "POST", panel.url + "/api/v2/tickets",
                #"{"subject":"Badge reader beeps","description":"It beeps and rejects cards.","email":"a@example.com","priority":1,"status":2}"#
            ) == 201)
        let fresh = try await panel.get("/init/6")
        #expect(fresh.0 == 200 && fresh.1["summary"]?.object?["problem"]?.text?.contains("beeps") == true)
        #expect(fresh.1["similar"]?.array?.isEmpty == false)
        #expect(try await panel.stage.write("DELETE", panel.url + "/api/v2/tickets/6") == 204)
        #expect(try await panel.get("/init/6").0 == 404)
        try await panel.end()
    }

    @Test func `an attachment is reached by a link signed for this very request, and only where it is`() async throws {
        let panel = try await Panel(Self.tickets)
        let files = try await panel.query(#"{"query":"rollback guide pdf","types":["attachments"]}"#)
        let path = try #require(files["results"]?.array?.first?.object?["url"]?.text)
        let links = [try await panel.redirect(path), try await panel.redirect(path)]
        for link in links {
            #expect(link.status == 302 && link.headers.first("cache-control") == "no-store")
            let location = try #require(link.headers.first("location"))
            #expect(location.hasPrefix("https://s3.amazonaws.com/") && location.contains("rollback-guide.pdf"))
            #expect(location.contains("X-Amz-Signature=") && link.body.isEmpty)
        }
        #expect(links[0].headers.first("location") != links[1].headers.first("location"), "signed anew")
        let id = path.split(separator: "/").last ?? ""
        for wrong in ["/attachments/1/\(id)", "/attachments/2/1", "/attachments/99/\(id)", "/attachments/2/0\(id)"] {
            #expect(try await panel.get(wrong).0 == 404, "\(wrong)")
        }
        #expect(try await panel.stage.get(panel.base + path).0 == 401)
        #expect(try await panel.stage.write("DELETE", panel.url + "/api/v2/tickets/2") == 204)
        #expect(try await panel.get(path).0 == 404)
        try await panel.end()
    }
}

/// A service with one company, filled from a simulator, and an agent's panel on it.
struct Panel {
    let stage: Stage
    let server: ServiceProcess
    let simulator: ServiceProcess
    let base: String
    let url: String
    let company: Stage.Company

    init(_ tickets: [String], environment: [String: String] = [:]) async throws {
        stage = try Stage(environment: environment)
        (simulator, url) = try await stage.simulator(tickets: tickets)
        company = try await stage.addCompany("acme", at: url)
        try await stage.freshet("reconcile", "acme", "--follow", "--json")
        (server, base) = try await stage.serve()
    }

    func end() async throws {
        guard await server.terminate() == 0 else { throw Stage.Failure(description: "the server did not end well") }
        _ = await simulator.terminate()
    }

    func post(_ path: String, _ body: String, token: String? = nil) async throws -> (Int, [String: JSONValue]) {
        let response = try await stage.http.send(
            HTTPRequest(
                "POST", base + path,
                headers: [
                    ("Content-Type", "application/json"), ("Authorization", "Bearer " + (token ?? company.token)),
                ], body: Array(body.utf8)))
        return (response.status, try Self.object(response.body))
    }

    func get(_ path: String, token: String? = nil) async throws -> (Int, [String: JSONValue]) {
        let response = try await redirect(path, token: token)
        return (response.status, try Self.object(response.body))
    }

    /// The answer itself, wherever it leads.
    func redirect(_ path: String, token: String? = nil) async throws -> HTTPResponse {
        try await stage.http.send(
            HTTPRequest(
                "GET", base + path, headers: [("Authorization", "Bearer " + (token ?? company.token))], maxRedirects: 0)
        )
    }

    func query(_ body: String, token: String? = nil) async throws -> [String: JSONValue] {
        let (status, answer) = try await post("/query", body, token: token)
        guard status == 200 else { throw Stage.Failure(description: "query answered \(status): \(answer)") }
        return answer
    }

    static func ids(_ answer: [String: JSONValue]) -> [String] {
        answer["results"]?.array?.compactMap { $0.object?["original_id"]?.text } ?? []
    }

    static func object(_ body: [UInt8]) throws -> [String: JSONValue] {
        guard !body.isEmpty else { return [:] }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body)).object ?? [:]
    }
}

extension JSONValue {
    var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
