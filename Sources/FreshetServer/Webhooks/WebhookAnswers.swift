import FreshetCore

/// What the intake decided, in HTTP (design 6.1). Reasons stay with us: the sender gets one fixed text for each status.
enum WebhookAnswers {
    static func answer(to intake: IntakeAnswer) -> Answer {
        switch intake {
        case .accepted: .accepted
        case .unauthorized: unauthorized
        case .malformed: malformed
        case .unusable: unusable
        case .limited(let wait):
            Answer(
                problem: 429, detail: "This company sends more than its limit; try again later.",
                fields: [retryAfter(wait)])
        case .unavailable(_, let wait):
            Answer(
                problem: 503, detail: "The webhook could not be stored; try again later.", fields: [retryAfter(wait)])
        }
    }

    /// `nil` for the one success.
    static func reason(of intake: IntakeAnswer) -> String? {
        switch intake {
        case .accepted: nil
        case .unauthorized(let reason), .malformed(let reason), .unusable(let reason), .unavailable(let reason, _):
            reason
        case .limited: "company_limit"
        }
    }

    /// Senders retry within the minute: 1...59 seconds.
    private static func retryAfter(_ seconds: Int) -> (name: StaticString, value: String) {
        ("retry-after", String(min(max(seconds, 1), 59)))
    }

    /// The same bytes whatever was wrong with company, signature or timestamp.
    private static let unauthorized = Answer(
        problem: 401, detail: "The signature does not prove who sent this webhook.",
        fields: [("www-authenticate", "Signature")])
    private static let malformed = Answer(problem: 400, detail: "The body is not strict JSON.")
    private static let unusable = Answer(problem: 422, detail: "The body names no usable ticket.")
}
