/// Why the account does not do what it was asked to. The API turns each into Freshdesk's answer.
package enum Refusal: Error, Sendable, Equatable {
    /// 404 with an empty body.
    case notFound
    /// 405: a write to a ticket in the trash or among spam, or the wrong verb.
    case methodNotAllowed(used: String, allowed: [String])
    /// 400 in the validation shape.
    case invalid([FieldError])
    /// 400 `invalid_json`.
    case invalidJSON
    /// 401.
    case notLoggedIn
    /// 403 `access_denied`.
    case accessDenied
    /// 403 `require_feature`: the plan does not have it.
    case featureMissing
    /// 406: the client does not take JSON.
    case notAcceptable
    /// 415: the body is not JSON.
    case unsupportedMediaType
    /// 500, as the automations API answers what it cannot read.
    case broken
    /// 409 in the validation shape.
    case conflict(FieldError)
    /// 429, with the seconds until the window ends.
    case tooMany(retryAfter: Int64)

    static func invalid(_ field: String, _ message: String, _ code: FieldError.Code = .invalidValue) -> Refusal {
        .invalid([FieldError(field: field, message: message, code: code)])
    }
}

/// One entry of a validation answer.
package struct FieldError: Error, Sendable, Equatable {
    package enum Code: String, Sendable {
        case missingField = "missing_field"
        case invalidValue = "invalid_value"
        case invalidField = "invalid_field"
        case datatypeMismatch = "datatype_mismatch"
        case duplicateValue = "duplicate_value"
        case inconsistentState = "inconsistent_state"
        case readonlyField = "readonly_field"
    }

    package var field: String
    package var message: String
    package var code: Code
}
