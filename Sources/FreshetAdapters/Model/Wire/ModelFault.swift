package import FreshetCore
import FreshetSystem

/// Why a model gave no usable answer: one case per thing that is done about it. The texts are safe to log.
package enum ModelFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// 429, perhaps with a time.
    case throttled(retryAfter: Duration?)
    /// The account has nothing left to spend: waiting a second does not help.
    case exhausted
    /// No answer, or one that says "try again".
    case unreachable(detail: String)
    /// No answer within the call's deadline: dearer than any other fault, for somebody waited.
    case timedOut
    /// 401 and 403: a person must look.
    case unauthorized(status: Int)
    /// There is no such model or deployment.
    case unknownModel
    /// More text than the model takes.
    case tooLong
    /// The server does not know how to hold an answer to a schema.
    case schemaUnsupported
    /// Refused for good, for another reason.
    case rejected(status: Int, code: String)
    /// The model, or the filter in front of it, declines to answer.
    case refusal
    /// The answer ends in the middle, at the limit of its length.
    case cutOff
    case empty
    /// An answer that is not the one JSON object that was asked for.
    case notJSON
    /// A JSON object that breaks a rule: which one, never with what.
    case broken(rule: String)
    /// Not what the provider's API documents.
    case malformed(path: String)
    /// Our own rules kept the call back: too many at once, a pause, an open breaker.
    case held(until: Timestamp?)
    /// Whoever wanted the answer has gone.
    case cancelled

    /// Bounded, for metric labels.
    package var label: String {
        switch self {
        case .throttled: "throttled"
        case .exhausted: "exhausted"
        case .unreachable: "unreachable"
        case .timedOut: "timed_out"
        case .unauthorized: "unauthorized"
        case .unknownModel: "unknown_model"
        case .tooLong: "too_long"
        case .schemaUnsupported: "schema_unsupported"
        case .rejected: "rejected"
        case .refusal: "refusal"
        case .cutOff: "cut_off"
        case .empty: "empty"
        case .notJSON: "not_json"
        case .broken: "broken_rule"
        case .malformed: "malformed"
        case .held: "held"
        case .cancelled: "cancelled"
        }
    }

    package var description: String {
        switch self {
        case .throttled(let wait?): "asked to wait \(Int(wait.seconds.rounded(.up))) s"
        case .throttled(nil): "asked to slow down"
        case .exhausted: "the provider's account has no quota left"
        case .unreachable(let detail): "no answer: \(detail)"
        case .timedOut: "no answer in time"
        case .unauthorized(let status): "the provider refuses the key (\(status))"
        case .unknownModel: "the provider knows no such model or deployment"
        case .tooLong: "the text is longer than the model takes"
        case .schemaUnsupported: "the server cannot hold answers to a schema"
        case .rejected(let status, let code): "refused with \(status) (\(code))"
        case .refusal: "the model declines to answer"
        case .cutOff: "the answer was cut off"
        case .empty: "the answer is empty"
        case .notJSON: "the answer is not JSON"
        case .broken(let rule): "the answer breaks a rule: \(rule)"
        case .malformed(let path): "unexpected shape at \(path)"
        case .held: "kept back: the provider is busy or in trouble"
        case .cancelled: "cancelled"
        }
    }

    /// Says something about the provider rather than about this one text: others would fare no better there now.
    var isProvidersTrouble: Bool {
        switch self {
        case .throttled, .exhausted, .unreachable, .timedOut, .unauthorized, .unknownModel, .malformed: true
        default: false
        }
    }

    /// Another try with the same provider, told what was wrong, may bring a good answer.
    var isRepairable: Bool {
        switch self {
        case .cutOff, .empty, .notJSON, .broken: true
        default: false
        }
    }

    /// The same text would fare no better later: only a person, or a change of the text, helps.
    var isFinal: Bool {
        switch self {
        case .refusal, .tooLong, .rejected, .schemaUnsupported: true
        default: false
        }
    }

    /// What the river makes of it: what may pass by itself is tried again, what lies in the text is parked and shown.
    ///
    /// A refused key or a missing model is mended in the configuration, so it is tried again, too.
    package func upstreamError(of provider: String, now: Timestamp) -> UpstreamError {
        switch self {
        case .throttled(let wait): .throttled(retryAfter: wait)
        case .held(let moment?): .throttled(retryAfter: max(.seconds(1), moment - now))
        case .held(nil), .exhausted, .unreachable, .timedOut, .unauthorized, .unknownModel, .cancelled:
            .unreachable(detail: "\(provider): \(description)")
        case .tooLong: .refused(status: 413, code: "\(provider): too long")
        case .schemaUnsupported: .refused(status: 400, code: "\(provider): \(description)")
        case .rejected(let status, let code): .refused(status: status, code: "\(provider): \(code)")
        case .refusal: .refused(status: 200, code: "\(provider): \(description)")
        case .cutOff, .empty, .notJSON, .broken: .malformed(path: "\(provider): \(description)")
        case .malformed(let path): .malformed(path: "\(provider): \(path)")
        }
    }

    init(_ failure: HTTPFailure) {
        self =
            switch failure {
            case .cancelled: .cancelled
            case .timedOut: .timedOut
            case .invalidRequest, .forbidden: .rejected(status: 0, code: failure.label)
            case .tooLarge: .malformed(path: "answer larger than the limit")
            case .unreachable, .tls, .protocolError, .closed: .unreachable(detail: failure.description)
            }
    }
}
