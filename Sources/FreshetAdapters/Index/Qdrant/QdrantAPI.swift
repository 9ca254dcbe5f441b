import Foundation
import FreshetCore
import FreshetSystem
import Metrics

/// Calls to one Qdrant over REST, with every status turned into what it means for us.
///
/// Every call may be made twice without harm: reads, and writes that say what shall be rather than what to change. So
/// whatever may pass by itself is tried again, a few times.
struct QdrantAPI: Sendable {
    private let configuration: QdrantConfiguration
    private let http: HTTPClient
    private let clock: any WallClock
    private let random: any RandomSource

    /// No answer is held that is larger.
    private static let responseLimit = 64 << 20
    /// A longer `Retry-After` is not waited for here: the run comes again then.
    private static let longestWait = Duration.seconds(2)

    init(
        _ configuration: QdrantConfiguration, http: HTTPClient, clock: any WallClock, random: any RandomSource
    ) {
        self.configuration = configuration
        self.http = http
        self.clock = clock
        self.random = random
    }

    /// What Qdrant answers under `result`; `nil` where there is no such collection.
    ///
    /// - 401 and 403: `unauthorized`, 429: `throttled`, 413: `refused`
    /// - 408, 3xx, 5xx, time-outs, resets, answers that are no JSON of Qdrant's, cancelled tasks: `unreachable`
    /// - an answer without what is documented: `malformed`; every other status: `refused`
    func call<Result: Decodable>(
        _ method: String, _ path: String, _ body: [UInt8] = [], as type: Result.Type = Result.self
    ) async throws(UpstreamError) -> Result? {
        try await answer(method, path, body) { try JSONDecoder().decode(Envelope<Result>.self, from: $0).result }
    }

    func call<Result: Decodable>(
        _ method: String, _ path: String, _ body: JSONValue, as type: Result.Type = Result.self
    ) async throws(UpstreamError) -> Result? {
        try await call(method, path, try Self.bytes(body), as: type)
    }

    static func bytes(_ value: some Encodable) throws(UpstreamError) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw .refused(status: 0, code: "unencodable")
        }
    }

    /// Of Qdrant itself.
    func version() async throws(UpstreamError) -> String {
        let root = try await answer("GET", "/", []) { try JSONDecoder().decode(Root.self, from: $0) }
        guard let root else { throw .malformed(path: "qdrant.version") }
        return root.version
    }

    /// The one answer without an envelope.
    private struct Root: Decodable { var version: String }

    private struct Envelope<Result: Decodable>: Decodable { var result: Result }

    private func answer<Result>(
        _ method: String, _ path: String, _ body: [UInt8], read: (Data) throws -> Result
    ) async throws(UpstreamError) -> Result? {
        var attempt = 1
        while true {
            do throws(UpstreamError) {
                return try await once(method, path, body, read)
            } catch {
                guard attempt < configuration.attempts, let delay = delay(after: error, attempt) else { throw error }
                do { try await clock.sleep(for: delay) } catch { throw .unreachable(detail: "cancelled") }
                attempt += 1
            }
        }
    }

    /// `nil` for what does not pass by waiting a moment.
    private func delay(after error: UpstreamError, _ attempt: Int) -> Duration? {
        let ours = configuration.retryDelay * (1 << min(attempt - 1, 10)) * (0.5 + 0.5 * random.fraction())
        switch error {
        case .throttled(let asked?): return asked <= Self.longestWait ? max(asked, ours) : nil
        case .throttled(nil): return ours
        case .unreachable, .malformed: return Task.isCancelled ? nil : ours
        case .unauthorized, .forbidden, .refused, .tooLarge, .superseded: return nil
        }
    }

    private func once<Result>(
        _ method: String, _ path: String, _ body: [UInt8], _ read: (Data) throws -> Result
    ) async throws(UpstreamError) -> Result? {
        var headers = [(name: "accept", value: "application/json")]
        if !body.isEmpty { headers.append((name: "content-type", value: "application/json")) }
        if let key = configuration.apiKey?.text { headers.append((name: "api-key", value: key)) }
        let request = HTTPRequest(
            method, configuration.url + path, headers: headers, body: body, deadline: configuration.deadline,
            connectTimeout: min(configuration.deadline, .seconds(5)), responseLimit: Self.responseLimit,
            acceptsCompression: true)
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(request)
        } catch {
            count(error.label)
            throw UpstreamError(error)
        }
        count(String(response.status))
        Metrics.Timer(label: "freshet_index_call_seconds", dimensions: [("index", "qdrant")])
            .recordMicroseconds(Int64(response.metrics.total.seconds * 1e6))
        switch response.status {
        case 200...299: return try Self.decode(response.body, from: path, read)
        case 401, 403: throw .unauthorized
        case 404: return nil
        case 413: throw .refused(status: 413, code: "too_large")
        case 429: throw .throttled(retryAfter: Self.retryAfter(response.headers.first("retry-after")))
        case 300...399, 408, 500...599: throw .unreachable(detail: "Qdrant answered \(response.status)")
        case 409: throw .refused(status: 409, code: "conflict")
        default: throw .refused(status: response.status, code: "bad_request")
        }
    }

    /// What is no JSON at all was not Qdrant's word but something's in between, or half of an answer.
    private static func decode<Result>(
        _ body: [UInt8], from path: String, _ read: (Data) throws -> Result
    ) throws(UpstreamError) -> Result {
        do {
            return try read(Data(body))
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw .unreachable(detail: "the answer is no JSON")
        } catch {
            throw .malformed(path: "qdrant." + (path.split(separator: "/").last.map(String.init) ?? ""))
        }
    }

    private static func retryAfter(_ text: String?) -> Duration? {
        guard let text, (1...6).contains(text.utf8.count), let seconds = Int64(text), seconds >= 0 else { return nil }
        return .seconds(min(max(seconds, 1), 3600))
    }

    private func count(_ status: String) {
        Counter(label: "freshet_index_calls_total", dimensions: [("index", "qdrant"), ("status", status)]).increment()
    }
}

extension UpstreamError {
    fileprivate init(_ failure: HTTPFailure) {
        self =
            switch failure {
            case .tooLarge(let limit): .tooLarge(limit: limit)
            case .invalidRequest, .forbidden: .refused(status: 0, code: failure.label)
            case .cancelled, .timedOut, .unreachable, .tls, .protocolError, .closed:
                .unreachable(detail: failure.description)
            }
    }
}
