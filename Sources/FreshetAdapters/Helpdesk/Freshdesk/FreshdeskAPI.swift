import Foundation
package import FreshetCore
import FreshetSystem
import Metrics
import Synchronization

/// One company's account at Freshdesk: where it is, the key that opens it, and how much of it we may use.
package struct FreshdeskAccount: Sendable, Equatable {
    package var company: CompanyID
    package var url: FreshdeskURL
    package var apiKey: Secret
    /// Share of the account's API quota, 0.01...1.
    package var share: Double

    package init(company: CompanyID, url: FreshdeskURL, apiKey: Secret, share: Double = 0.5) {
        self.company = company
        self.url = url
        self.apiKey = apiKey
        self.share = share
    }
}

/// Calls to one account: in their turn, counted, and with every documented status turned into what it means for us.
///
/// No redirect is followed, so the key reaches no other host. Nothing is repeated here: whoever wanted the answer decides.
struct FreshdeskAPI: Sendable {
    private let account: FreshdeskAccount
    private let http: HTTPClient
    private let governor: RateGovernor
    private let authorization: String
    private let proof: AccountProof

    /// No answer is held that is larger.
    static let responseLimit = 32 << 20
    private static let deadline = Duration.seconds(60)
    /// A longer `Retry-After` is taken as this much; Freshdesk's windows are a minute, on old accounts an hour.
    private static let longestRetryAfter: Int64 = 3600

    init(account: FreshdeskAccount, http: HTTPClient, governor: RateGovernor, clock: any WallClock) {
        self.account = account
        self.http = http
        self.governor = governor
        proof = AccountProof(clock: clock)
        // The key is the user name; the password may be any text.
        authorization = "Basic " + Data(account.apiKey.bytes + Array(":X".utf8)).base64EncodedString()
    }

    /// The account gave a good answer to this key within the last minute.
    var isProven: Bool { proof.isFresh }

    /// An answer with status 2xx; every other is thrown.
    ///
    /// - 400, 405, 406, 409, 415 and 404: `refused`, but a 404 that is not the account's own word is `unreachable`
    /// - 401 `unauthorized`, 403 `forbidden`, 429 `throttled`
    /// - 3xx, 5xx, time-outs, resets, and a task that is cancelled: `unreachable`
    func get(
        _ path: String, query: [(name: String, value: String)] = [], credits: Int = 1, isList: Bool = false,
        urgency: Urgency
    ) async throws(UpstreamError) -> FreshdeskAnswer {
        try await good("GET", path + Self.encode(query), [], RateBudget.Cost(credits: credits, isList: isList), urgency)
    }

    /// A call that changes something. Where it is `unreachable` it may have taken effect all the same.
    func write(
        _ method: String, _ path: String, body: JSONValue? = nil, urgency: Urgency
    ) async throws(UpstreamError) -> FreshdeskAnswer {
        try await good(method, path, try Self.bytes(body), RateBudget.Cost(credits: 1), urgency)
    }

    private func good(
        _ method: String, _ target: String, _ body: [UInt8], _ cost: RateBudget.Cost, _ urgency: Urgency
    ) async throws(UpstreamError) -> FreshdeskAnswer {
        let answer = try await send(method, target, body, cost, urgency)
        if let error = answer.error { throw error }
        proof.renew()
        return answer
    }

    /// A call that somebody waits for, which may write. The answer has whatever status came.
    ///
    /// Throws `unreachable` when none came; what was to be written may be written all the same.
    func exchange(
        _ method: String, _ path: String, body: JSONValue? = nil
    ) async throws(UpstreamError) -> FreshdeskAnswer {
        try await send(method, path, try Self.bytes(body), RateBudget.Cost(credits: 1), .urgent)
    }

    private static func bytes(_ body: JSONValue?) throws(UpstreamError) -> [UInt8] {
        guard let body else { return [] }
        do { return Array(try JSONEncoder().encode(body)) } catch { throw .refused(status: 0, code: "unencodable") }
    }

    private func send(
        _ method: String, _ target: String, _ body: [UInt8], _ cost: RateBudget.Cost, _ urgency: Urgency
    ) async throws(UpstreamError) -> FreshdeskAnswer {
        var headers = [(name: "authorization", value: authorization), (name: "accept", value: "application/json")]
        if !body.isEmpty { headers.append((name: "content-type", value: "application/json")) }
        let request = HTTPRequest(
            method, account.url.text + target, headers: headers, body: body, deadline: Self.deadline,
            responseLimit: Self.responseLimit, maxRedirects: 0, acceptsCompression: true)
        do {
            try await governor.turn(cost, urgency: urgency)
        } catch {
            throw .unreachable(detail: "cancelled")
        }
        do throws(HTTPFailure) {
            let response = try await http.send(request)
            let answer = FreshdeskAnswer(response)
            governor.end(cost, status: answer.status, limits: answer.limits, retryAfter: answer.retryAfter)
            count(String(answer.status))
            Metrics.Timer(label: "freshet_helpdesk_call_seconds", dimensions: [("platform", "freshdesk")])
                .recordMicroseconds(Int64(response.metrics.total.seconds * 1e6))
            return answer
        } catch {
            governor.end(cost, status: nil)
            count(error.label)
            throw UpstreamError(error)
        }
    }

    /// `status` is a number, or the word for why there is none.
    private func count(_ status: String) {
        Counter(
            label: "freshet_helpdesk_calls_total", dimensions: [("platform", "freshdesk"), ("status", status)]
        ).increment()
    }

    /// Everything but unreserved characters is escaped, `+` and `:` included.
    static func encode(_ query: [(name: String, value: String)]) -> String {
        guard !query.isEmpty else { return "" }
        var unreserved = CharacterSet.alphanumerics
        unreserved.formIntersection(CharacterSet(charactersIn: "\u{21}"..."\u{7E}"))
        unreserved.insert(charactersIn: "-._~,")
        return "?"
            + query.map { name, value in
                let value = value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
                return "\(name)=\(value)"
            }.joined(separator: "&")
    }

    /// Whole seconds, as Freshdesk sends it; anything else says nothing.
    static func retryAfter(_ text: String?) -> Duration? {
        guard let text, (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let seconds = Int64(text)
        else { return nil }
        return .seconds(min(max(seconds, 1), longestRetryAfter))
    }
}

/// What the account answered.
struct FreshdeskAnswer: Sendable {
    var status: Int
    var body: Data
    var limits: RateBudget.Limits
    var retryAfter: Duration?
    /// Carries the marks that only the API of an account puts on its answers.
    var isFromAccount: Bool
    /// The `Link` header names one.
    var hasNextPage: Bool

    /// What the status means when it is not good.
    var error: UpstreamError? {
        switch status {
        case 200...299: nil
        case 401: .unauthorized
        case 403: .forbidden(code: ErrorPayload.code(in: body))
        case 404 where !isFromAccount: .unreachable(detail: "status 404, but not from the account's API")
        case 429: .throttled(retryAfter: retryAfter)
        // A redirect is where an account's address leads when the account itself does not answer.
        case 300...399, 500...599: .unreachable(detail: "status \(status)")
        default: .refused(status: status, code: ErrorPayload.code(in: body))
        }
    }

    /// `place` names the root of what is decoded, for `malformed`.
    func decode<Payload: Decodable>(_ type: Payload.Type, as place: String) throws(UpstreamError) -> Payload {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            let path = MalformedValue(error).path
            throw .malformed(path: path.isEmpty || path.hasPrefix("[") ? place + path : place + "." + path)
        }
    }

    /// `<https://…>; rel="next"`, seen with and without a space before `rel`.
    private static func namesNextPage(_ link: String) -> Bool {
        link.split(separator: ",").contains { part in
            part.split(separator: ";").dropFirst().contains { parameter in
                let parameter = parameter.filter { $0 != " " && $0 != "\"" }.lowercased()
                return parameter == "rel=next"
            }
        }
    }
}

/// When the account last gave an answer that only it can give.
private final class AccountProof: Sendable {
    private let clock: any WallClock
    private let provenAt = Mutex<Timestamp?>(nil)
    private static let holds = Duration.seconds(60)

    init(clock: any WallClock) { self.clock = clock }

    var isFresh: Bool {
        let now = clock.now
        return provenAt.withLock { at in at.map { $0 <= now && now < $0 + Self.holds } ?? false }
    }

    func renew() {
        let now = clock.now
        provenAt.withLock { $0 = now }
    }
}

extension FreshdeskAnswer {
    init(_ response: HTTPResponse) {
        func number(_ name: String) -> Int? { response.headers.first(name).flatMap { Int($0) } }
        status = response.status
        body = Data(response.body)
        limits = RateBudget.Limits(
            total: number("x-ratelimit-total"), remaining: number("x-ratelimit-remaining"),
            used: number("x-ratelimit-used-currentrequest"))
        retryAfter = FreshdeskAPI.retryAfter(response.headers.first("retry-after"))
        isFromAccount = response.headers.first("x-freshdesk-api-version") != nil || limits.total != nil
        hasNextPage = response.headers.first("link").map(Self.namesNextPage) ?? false
    }
}

extension UpstreamError {
    fileprivate init(_ failure: HTTPFailure) {
        self =
            switch failure {
            case .tooLarge(let limit): .tooLarge(limit: limit)
            case .invalidRequest, .forbidden: .refused(status: 0, code: failure.label)
            // A certificate that does not hold is in somebody's hands, too, but not in ours: it may be renewed.
            case .cancelled, .timedOut, .unreachable, .tls, .protocolError, .closed:
                .unreachable(detail: failure.description)
            }
    }
}
