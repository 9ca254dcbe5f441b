import Foundation
import FreshetAdapters
import FreshetCore
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Synchronization

/// A Qdrant over a real socket that does as a test says: it answers well, remembers the generations that it was sent,
/// and fails where it is told to. It does not compare, so what depends on that is tested on a real one.
final class ScriptedQdrant: Sendable {
    /// What it does instead of answering well: once for each, in turn, to calls that end with `path`.
    struct Fault: Sendable {
        var path: String
        var answer: Answer

        enum Answer: Sendable {
            case status(Int, headers: [String] = [])
            case body(String)
            case reset
            /// Until the test is over.
            case silence
        }
    }

    let directory: TemporaryDirectory
    let store: SQLiteStore
    let embedder = BuiltinEmbedder(dimensions: 64)
    let index: QdrantIndex
    private let server: FreshdeskScriptedAccount
    private let desk: Desk

    private final class Desk: Sendable {
        let faults = Mutex<[Fault]>([])
        let generations = Mutex<[String: Int64]>([:])
        let release = DispatchSemaphore(value: 0)
        let version = Mutex("1.19.0")
        let dimensions = Mutex(64)
    }

    init(
        apiKey: Secret? = nil, attempts: Int = 3, deadline: Duration = .patient, dedicated: Set<CompanyID> = []
    ) async throws {
        let desk = Desk()
        self.desk = desk
        server = try FreshdeskScriptedAccount { Self.answer($0, desk) }
        directory = try TemporaryDirectory()
        store = try SQLiteStore(path: directory.path("freshet.db"), masterKey: .generate())
        index = QdrantIndex(
            QdrantConfiguration(
                url: server.url, apiKey: apiKey, collection: "tickets", dedicated: dedicated, deadline: deadline,
                attempts: attempts, retryDelay: .milliseconds(1)),
            http: try HTTPClient(), points: store.points, embedder: embedder)
        for company in [CompanyID.acme, .globex] {
            guard let url = URL(string: "https://\(company).freshdesk.com") else { continue }
            try await store.companies.add(
                Company(id: company, platform: .freshdesk, url: url, scheme: .standard, createdAt: .epoch),
                apiKey: Secret("key"), webhookSecret: Secret("whsec_\(company)"))
        }
    }

    deinit { for _ in 0..<64 { desk.release.signal() } }

    func fail(_ path: String, _ answers: Fault.Answer...) {
        desk.faults.withLock { $0 += answers.map { Fault(path: path, answer: $0) } }
    }

    func set(version: String) { desk.version.withLock { $0 = version } }
    func set(dimensions: Int) { desk.dimensions.withLock { $0 = dimensions } }
    var requests: [FreshdeskScriptedAccount.Request] { server.requests }
    func requests(_ method: String, _ path: String) -> [FreshdeskScriptedAccount.Request] {
        requests.filter { $0.method == method && $0.path.hasSuffix(path) }
    }

    func put(_ id: Int64, generation: Int64 = 1, in company: CompanyID = .acme, vector: [Float]? = nil) async throws {
        let moment = Timestamp.epoch
        var embedding = try await embedder.embed("login \(id)", for: .acme)
        if let vector { embedding.vector = vector }
        let summary = Summary(problem: "p", cause: "", solution: "", result: "", tags: [], language: "en")
        try await index.upsert(
            Point(
                item: Item(company: company, platform: .freshdesk, kind: .ticket, originalID: id), subject: "Login",
                summary: summary, text: "secret words", metadata: .tagged([], at: moment), contentHash: .zero,
                facetsHash: .zero, generation: generation, indexedAt: moment,
                embedding: embedding))
    }

    // MARK: - Answers

    private static func answer(
        _ request: FreshdeskScriptedAccount.Request, _ desk: Desk
    ) -> FreshdeskScriptedAccount.Answer {
        let fault = desk.faults.withLock { faults in
            faults.firstIndex { request.path.hasSuffix($0.path) }.map { faults.remove(at: $0) }
        }
        switch fault?.answer {
        case .status(let status, let headers)?:
            return .init(status: status, headers: headers, body: #"{"status":{"error":"no"}}"#, isMarked: false)
        case .body(let body)?: return .init(body: body, isMarked: false)
        case .reset?: return .init(status: 0)
        case .silence?:
            _ = desk.release.wait(timeout: .now() + 30)
            return .init(status: 0)
        case nil: return .init(body: good(request, desk), isMarked: false)
        }
    }

    private static func good(_ request: FreshdeskScriptedAccount.Request, _ desk: Desk) -> String {
        func object(_ text: String) -> [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
        }
        switch (request.method, request.path) {
        case (_, "/"):
            return #"{"title":"qdrant - vector search engine","version":"\#(desk.version.withLock { $0 })"}"#
        case ("GET", _):
            let size = desk.dimensions.withLock { $0 }
            return
                #"{"result":{"config":{"params":{"vectors":{"size":\#(size),"distance":"Cosine"}}},"payload_schema":{}}}"#
        case ("PUT", let path) where path.hasSuffix("/points"):
            for point in object(request.body)["points"] as? [[String: Any]] ?? [] {
                let payload = point["payload"] as? [String: Any]
                guard let id = point["id"] as? String, let number = payload?["generation"] as? Int64 else { continue }
                desk.generations.withLock { $0[id] = number }
            }
            return #"{"result":{"operation_id":1,"status":"completed"}}"#
        case ("POST", let path) where path.hasSuffix("/points"):
            let ids = object(request.body)["ids"] as? [String] ?? []
            let points = desk.generations.withLock { known in
                ids.compactMap { id in
                    known[id].map { #"{"id":"\#(id)","payload":{"generation":\#($0)}}"# }
                }
            }
            return #"{"result":[\#(points.joined(separator: ","))]}"#
        case ("POST", let path) where path.hasSuffix("/scroll") || path.hasSuffix("/query"):
            return #"{"result":{"points":[],"next_page_offset":null}}"#
        case ("POST", let path) where path.hasSuffix("/count"): return #"{"result":{"count":0}}"#
        default: return #"{"result":true}"#
        }
    }
}
