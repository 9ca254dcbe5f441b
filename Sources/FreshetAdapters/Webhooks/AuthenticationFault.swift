import FreshetCore

/// Our own words for why a request was not believed. For counters and logs: the sender never learns them.
enum AuthenticationFault: String {
    case headerMissing = "header_missing"
    case headerRepeated = "header_repeated"
    case idMalformed = "id_malformed"
    case timestampMalformed = "timestamp_malformed"
    case credentialMalformed = "credential_malformed"
    case tooManySignatures = "too_many_signatures"
    case wrongSignature = "wrong_signature"
    case wrongToken = "wrong_token"
    case outsideTolerance = "outside_tolerance"
}

extension Rejection {
    static func unauthorized(_ fault: AuthenticationFault) -> Rejection { .unauthorized(reason: fault.rawValue) }
}
