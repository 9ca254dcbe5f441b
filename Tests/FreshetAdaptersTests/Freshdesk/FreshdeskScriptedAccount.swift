import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Logging
import Synchronization

@testable import FreshetAdapters

/// An account that answers over a real socket exactly what a test tells it, and writes down what it was asked.
///
/// Blocking sockets on threads of its own, so that nothing of the tests' thread pool waits for it.
final class FreshdeskScriptedAccount: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [String] = []
        var body = ""
        /// Answers carry the marks of an account's API unless a test takes them away.
        var isMarked = true

        static func ok(_ body: String, _ headers: [String] = []) -> Answer { Answer(headers: headers, body: body) }
        static func status(_ status: Int, _ body: String = "", _ headers: [String] = []) -> Answer {
            Answer(status: status, headers: headers, body: body)
        }
    }

    struct Request: Sendable {
        var method: String
        var path: String
        /// Decoded.
        var query: [String: String]
        var headers: [String: String]
        var body = ""
        /// How often this path has been asked for before.
        var number: Int
    }

    let port: Int
    private let listener: Int32
    private let log = Mutex<[Request]>([])

    init(_ script: @escaping @Sendable (Request) -> Answer) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [weak self, listener] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { [weak self] in
                    Self.serve(connection) { request in self?.note(request).map(script) }
                    close(connection)
                }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { log.withLock { $0 } }
    func count(_ path: String) -> Int { requests.filter { $0.path == path }.count }

    private func note(_ request: Request) -> Request? {
        log.withLock { log in
            var request = request
            request.number = log.filter { $0.path == request.path }.count
            log.append(request)
            return request
        }
    }

    private static func serve(_ connection: Int32, _ answer: (Request) -> Answer?) {
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            while let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
                var request = parse(String(decoding: pending[..<end.lowerBound], as: UTF8.self))
                let length = request.headers["content-length"].flatMap { Int($0) } ?? 0
                guard pending.count >= end.upperBound + length else { break }
                request.body = String(decoding: pending[end.upperBound..<end.upperBound + length], as: UTF8.self)
                pending.removeFirst(end.upperBound + length)
                guard let answer = answer(request) else { return }
                // Status 0 breaks the connection off instead of answering.
                guard answer.status > 0, send(render(answer), on: connection) else { return }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            pending += buffer[..<count]
        }
    }

    private static func parse(_ head: String) -> Request {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        let target = words.dropFirst().first ?? "/"
        let components = URLComponents(string: target)
        var query: [String: String] = [:]
        for item in components?.queryItems ?? [] { query[item.name] = item.value }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Request(
            method: words.first ?? "", path: components?.path ?? target, query: query, headers: headers, number: 0)
    }

    private static func render(_ answer: Answer) -> [UInt8] {
        var lines = ["HTTP/1.1 \(answer.status) Scripted", "Content-Length: \(answer.body.utf8.count)"]
        if answer.isMarked { lines.append("X-Freshdesk-Api-Version: latest=v2; requested=v2") }
        return Array((lines + answer.headers + ["", answer.body]).joined(separator: "\r\n").utf8)
    }

    private static func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// What Freshdesk's answers look like (freshdesk.md 9), with members replaced as a test needs.
enum FreshdeskSample {
    static func ticket(_ id: Int64 = 4711, _ members: [String: JSONValue] = [:]) -> String {
        text(.object(ticketMembers.merging(["id": .integer(id)]) { $1 }.merging(members) { $1 }))
    }

    static func conversation(_ id: Int64, at seconds: Int64 = 0, _ members: [String: JSONValue] = [:]) -> JSONValue {
        let time = (created + .seconds(seconds)).iso8601
        let own: [String: JSONValue] = ["id": .integer(id), "created_at": .string(time), "updated_at": .string(time)]
        return .object(conversationMembers.merging(own) { $1 }.merging(members) { $1 })
    }

    static func conversations(_ ids: ClosedRange<Int64>) -> JSONValue {
        .array(ids.map { conversation($0, at: $0) })
    }

    static func row(_ id: Int64, at seconds: Int64) -> JSONValue {
        .object(["id": .integer(id), "updated_at": .string((created + .seconds(seconds)).iso8601)])
    }

    static func text(_ value: JSONValue) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        } catch {
            return "unencodable: \(error)"
        }
    }

    static func value(_ text: String) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            return .string("undecodable: \(error)")
        }
    }

    static let created = Timestamp(seconds: 1_772_529_262)

    static let ticketMembers = members(
        """
        {"cc_emails":["ops@harbor.example"],"fwd_emails":null,"fr_escalated":false,"spam":false,
         "email_config_id":62000018211,"group_id":62000154870,"priority":3,"requester_id":62007741903,
         "responder_id":62003310542,"source":1,"company_id":62000920174,"status":2,
         "subject":"Invoice export stops at row 500","association_type":null,"product_id":62000331025,"id":4711,
         "type":"Problem","due_by":"2026-03-06T16:00:00Z","is_escalated":false,"nr_due_by":null,
         "description":"<div>The export ends early.</div>","description_text":"The export ends early.",
         "custom_fields":{"cf_version":"4.2.1","cf_region":null,"cf_count":12},
         "created_at":"2026-03-03T09:14:22Z","updated_at":"2026-03-03T11:02:47Z","tags":["export","billing"],
         "attachments":[{"id":62055010007,"content_type":"text/csv","size":18432,"name":"rows.csv",
           "attachment_url":"https://s3.example/rows.csv?X-Amz-Signature=0f3a","created_at":"2026-03-03T09:14:21Z"}],
         "requester":{"id":62007741903,"name":"Ines Okafor","email":"ines@harbor.example","mobile":null},
         "stats":{"resolved_at":null,"closed_at":null,"pending_since":null},"conversations":[]}
        """)

    static let conversationMembers = members(
        """
        {"body":"<div>Which version do you run?</div>","body_text":"Which version do you run?","id":62099000101,
         "incoming":false,"private":false,"user_id":62003310542,"support_email":null,"source":0,"category":3,
         "ticket_id":4711,"to_emails":["ines@harbor.example"],"bcc_emails":null,"created_at":"2026-03-03T09:20:00Z",
         "updated_at":"2026-03-03T09:20:00Z","last_edited_at":null,"attachments":[],"automation_id":null,
         "auto_response":false}
        """)

    private static func members(_ text: String) -> [String: JSONValue] {
        guard case .object(let members) = value(text) else { return [:] }
        return members
    }
}

extension FreshdeskHelpDesk {
    static let testCompany = CompanyID("acme")!

    /// A help desk over the account at `url`, on `clock`.
    static func testing(
        _ url: String, clock: any WallClock = ManualClock(), governor: RateGovernor? = nil,
        articleLanguages: [String] = [], depth: FreshdeskListing.Depth = FreshdeskListing.Depth()
    ) throws -> FreshdeskHelpDesk {
        let account = FreshdeskAccount(company: testCompany, url: try .validate(url), apiKey: Secret("key-4711"))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return FreshdeskHelpDesk(
            account: account, http: try HTTPClient(), clock: clock, random: SeededRandomSource(seed: 1),
            governor: governor ?? RateGovernor(share: 0.5, clock: clock), logger: logger, lookupExpiry: LookupExpiry(),
            articleLanguages: articleLanguages, depth: depth)
    }

    func fetch(_ id: Int64) async throws(UpstreamError) -> Fetched {
        try await fetch(
            Item(company: Self.testCompany, platform: .freshdesk, kind: .ticket, originalID: id), urgency: .urgent)
    }

    /// The ticket, where it must be there.
    func ticket(_ id: Int64) async throws -> SourceTicket {
        guard case .present(let ticket) = try await fetch(id).state else {
            throw UpstreamError.refused(status: 0, code: "gone")
        }
        return ticket
    }
}
