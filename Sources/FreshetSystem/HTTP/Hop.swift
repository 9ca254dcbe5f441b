/// One step of a request that may be redirected: what to ask now, and what to ask after an answer.
///
/// Pure: it decides what a redirect may take along, and is the only place that does.
struct Hop {
    let request: HTTPRequest
    let deadline: ContinuousClock.Instant
    /// Redirects followed so far.
    let count: Int

    init(_ request: HTTPRequest, deadline: ContinuousClock.Instant) {
        self.init(request, deadline: deadline, count: 0)
    }

    private init(_ request: HTTPRequest, deadline: ContinuousClock.Instant, count: Int) {
        self.request = request
        self.deadline = deadline
        self.count = count
    }

    /// The request that a response leads to; `nil` when the response is the answer.
    func next(after status: Int, _ headers: HTTPHeaders, from address: HTTPAddress) throws(HTTPFailure) -> Hop? {
        guard request.maxRedirects > 0, [301, 302, 303, 307, 308].contains(status),
            let location = headers.first("Location")
        else { return nil }
        guard count < request.maxRedirects else {
            throw .protocolError(detail: "more than \(request.maxRedirects) redirects")
        }
        let target = try Self.target(location, from: address)
        guard address.scheme != "https" || target.scheme == "https" else {
            throw .forbidden(reason: "a redirect from https to http")
        }

        var next = request
        next.url = target.url
        // RFC 9110, 15.4: 303 always becomes GET, and after 301 and 302 every client turns POST into GET.
        if status == 303 && request.method != "HEAD" || status < 303 && request.method == "POST" {
            next.method = "GET"
            next.body = []
            next.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        if address.origin != target.origin {
            guard next.body.isEmpty else { throw .forbidden(reason: "a redirect would carry the body to another host") }
            next.headers.removeAll { !Self.isHarmless($0.name) }
        }
        return Hop(next, deadline: deadline, count: count + 1)
    }

    private static func target(_ location: String, from address: HTTPAddress) throws(HTTPFailure) -> HTTPAddress {
        do throws(HTTPAddress.Fault) {
            return try address.resolving(location)
        } catch {
            switch error {
            case .malformed: throw .protocolError(detail: "a redirect to something that is not a URL")
            case .scheme, .credentials: throw .forbidden(reason: "a redirect elsewhere: \(error.reason)")
            }
        }
    }

    /// What another host may see. A list of what is allowed, since nobody can list every vendor's name for a secret.
    private static func isHarmless(_ name: String) -> Bool {
        [
            "accept", "accept-encoding", "accept-language", "cache-control", "if-match", "if-modified-since",
            "if-none-match", "if-range", "if-unmodified-since", "range", "user-agent",
        ].contains(name.lowercased())
    }
}
