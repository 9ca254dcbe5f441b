import Foundation
package import FreshetCore
import FreshetSystem

/// Where calls to one provider go, and what opens it.
///
/// No redirect is followed, so the key reaches no other host. Nothing is repeated here: the router decides.
struct ModelEndpoint: Sendable {
    var http: HTTPClient
    var clock: any WallClock
    /// Without a trailing slash.
    var base: String
    var credential: ModelCredential
    var headers: [(name: String, value: String)] = []

    /// A summary is a few hundred words; vectors for a batch are the largest answers.
    private static let responseLimit = 64 << 20

    /// An answer with status 200, decoded, and what the provider says beside it; every other is thrown.
    ///
    /// `signals` is set whatever the answer was, once there is one.
    func post(
        _ path: String, _ body: WireJSON, deadline: Duration, signals: inout ProviderSignals
    ) async throws(ModelFault) -> JSONValue {
        var headers = headers + [("content-type", "application/json"), ("accept", "application/json")]
        headers += try credential.headers()
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(
                HTTPRequest(
                    "POST", base + path, headers: headers, body: body.bytes, deadline: deadline,
                    responseLimit: Self.responseLimit, maxRedirects: 0, acceptsCompression: true))
        } catch {
            throw ModelFault(error)
        }
        signals = ProviderSignals(response.headers, now: clock.now)
        if response.status == 200 {
            do {
                return try JSONDecoder().decode(JSONValue.self, from: Data(response.body))
            } catch {
                throw .malformed(path: "body")
            }
        }
        throw Self.fault(response.status, ProviderError(response.body), signals)
    }

    /// Vendors agree on statuses more than on codes; where a code says more, it wins.
    static func fault(_ status: Int, _ error: ProviderError, _ signals: ProviderSignals) -> ModelFault {
        switch status {
        case 401, 403: return .unauthorized(status: status)
        case 404: return .unknownModel
        case 413: return .tooLong
        case 429: return error.says("insufficient_quota") ? .exhausted : .throttled(retryAfter: signals.retryAfter)
        case 300...399, 408, 409, 500...: return .unreachable(detail: "status \(status)")
        default: break
        }
        if error.says(
            "context_length_exceeded", "maximum context length", "prompt is too long", "max_tokens_per_request")
        {
            return .tooLong
        }
        if error.says("content_filter", "ResponsibleAIPolicyViolation") { return .refusal }
        if error.says("response_format", "json_schema") { return .schemaUnsupported }
        return .rejected(status: status, code: error.code)
    }
}

/// What an error's body says, as far as we go by it. Its message may repeat our request, so it is never shown.
struct ProviderError: Sendable {
    /// Safe to log: letters, digits, `_`, `-` and `.`.
    var code = "unnamed"
    private var message = ""

    init(_ body: [UInt8]) {
        guard body.count < 1 << 20, let value = JSONValue.object(strictly: String(decoding: body, as: UTF8.self)) else {
            return
        }
        message = value.at("error", "message")?.text ?? value.at("error")?.text ?? ""
        let words = [value.at("error", "code"), value.at("error", "type")].compactMap { $0?.text }
        let isPlain = { (word: String) in
            !word.isEmpty && word.utf8.count <= 64 && word.wholeMatch(of: /[A-Za-z0-9_.-]+/) != nil
        }
        if let plain = words.first(where: isPlain) { code = plain }
    }

    func says(_ words: String...) -> Bool { words.contains { code == $0 || message.contains($0) } }
}

/// What opens a provider, read anew for every call where it may change under us (an Entra token that a sidecar renews).
package struct ModelCredential: Sendable {
    package enum Scheme: Sendable, Equatable {
        /// `Authorization: Bearer …`: OpenAI, compatible servers, Entra tokens.
        case bearer
        /// `api-key: …`, Azure.
        case azureKey
        /// `x-api-key: …`, Anthropic.
        case anthropicKey
    }

    private let scheme: Scheme
    private let read: @Sendable () throws -> Secret?

    /// `read` gives `nil` for a server that asks for no key. It must not block for long.
    package init(_ scheme: Scheme, read: @escaping @Sendable () throws -> Secret?) {
        self.scheme = scheme
        self.read = read
    }

    fileprivate func headers() throws(ModelFault) -> [(name: String, value: String)] {
        let secret: Secret?
        do { secret = try read() } catch { throw .unreachable(detail: "the key cannot be read") }
        guard let text = secret?.text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return [] }
        switch scheme {
        case .bearer: return [("authorization", "Bearer \(text)")]
        case .azureKey: return [("api-key", text)]
        case .anthropicKey: return [("x-api-key", text)]
        }
    }
}
