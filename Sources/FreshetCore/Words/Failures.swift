/// Why something on the far side of a network (help desk, model, index) gave no usable answer.
///
/// One case per thing that we would do differently. The texts are safe to log: no ticket text, no secrets, no URLs.
package enum UpstreamError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Asked to slow down, and perhaps told for how long (429).
    case throttled(retryAfter: Duration?)
    /// No answer arrived, or one that says "try again": refused connection, time-out, 5xx.
    case unreachable(detail: String)
    /// The credentials were refused (401).
    case unauthorized
    /// The credentials are good but not for this: role, scope, plan, suspension (403). `code` is the vendor's word.
    case forbidden(code: String)
    /// The request was understood and refused for good (400, 404 on a collection, 405, 406, 409, 415).
    case refused(status: Int, code: String)
    /// An answer arrived, but `path` in it was not in the documented shape.
    case malformed(path: String)
    /// The answer was larger than we are willing to hold.
    case tooLarge(limit: Int)
    /// A newer run has written already: ours is stale and must stop.
    case superseded

    /// Bounded, for metric labels.
    package var label: String {
        switch self {
        case .throttled: "throttled"
        case .unreachable: "unreachable"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .refused: "refused"
        case .malformed: "malformed"
        case .tooLarge: "too_large"
        case .superseded: "superseded"
        }
    }

    package var description: String {
        switch self {
        case .throttled(let retryAfter?): "asked to wait \(Int(retryAfter.seconds.rounded(.up))) s"
        case .throttled(nil): "asked to slow down"
        case .unreachable(let detail): "no usable answer: \(detail)"
        case .unauthorized: "credentials refused: set a new key (a help desk's with `freshet company set-key`)"
        case .forbidden(let code):
            "not allowed (\(code)): the key's role or scope does not cover this, or the item is in the trash"
        case .refused(let status, let code): "refused with \(status) (\(code))"
        case .malformed(let path): "unexpected shape at \(path)"
        case .tooLarge(let limit): "answer larger than \(limit) bytes"
        case .superseded: "a newer run has taken over"
        }
    }
}

/// Why our own store could not do what was asked. Nothing was written.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The fence no longer matches: another worker claimed the item.
    case staleFence
    case unknownCompany(CompanyID)
    case companyExists(CompanyID)
    /// The slot of the index has been replaced: whoever writes to it looks again which one to use.
    case retiredSlot
    /// The item was erased, or its requester: nothing of it is taken in.
    case erased
    /// Disk full, I/O error, locked for too long: worth another try later.
    case unavailable(detail: String)
    /// The file is not ours, too new, or damaged: a person must act.
    case unusable(detail: String)

    package var description: String {
        switch self {
        case .staleFence: "another worker has claimed this item"
        case .unknownCompany(let id): "there is no company '\(id)'; `freshet company list` shows those there are"
        case .companyExists(let id):
            "company '\(id)' exists already; choose another id, or `freshet company purge \(id)` first"
        case .retiredSlot: "this slot of the index has been replaced"
        case .erased: "this item was erased: nothing of it is taken in"
        case .unavailable(let detail): "the store cannot write now: \(detail)"
        case .unusable(let detail): "the store cannot be used: \(detail)"
        }
    }
}
