/// One request, taken apart.
struct Call: Sendable {
    var method: String
    /// Percent-decoded.
    var path: [String]
    /// As it was sent: path and query.
    var target: String
    /// Percent-decoded, in order; `+` is a space.
    var query: [(name: String, value: String)]
    /// `http://host:port`, as the client called us, for links.
    var origin: String
    var authorization: String?
    var accept: String?
    var contentType: String?
    var body: [UInt8]

    init(
        method: String, target: String, origin: String, authorization: String? = nil, accept: String? = nil,
        contentType: String? = nil, body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.origin = origin
        self.authorization = authorization
        self.accept = accept
        self.contentType = contentType
        self.body = body
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts[0].split(separator: "/").map { Self.decoded($0, plusIsSpace: false) }
        query =
            parts.count < 2
            ? []
            : parts[1].split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (
                    Self.decoded(sides[0], plusIsSpace: true),
                    sides.count < 2 ? "" : Self.decoded(sides[1], plusIsSpace: true)
                )
            }
    }

    /// Parameters that a fault makes us overlook.
    var overlooked: Set<String> = []

    /// The last value of a parameter that was sent.
    func parameter(_ name: String) -> String? {
        overlooked.contains(name) ? nil : query.last { $0.name == name }?.value
    }

    /// The same request for another page.
    func url(ofPage page: Int) -> String {
        let others = query.filter { $0.name != "page" } + [("page", String(page))]
        return origin + "/" + path.map(percentEncoded).joined(separator: "/") + "?"
            + others.map { percentEncoded($0.name) + "=" + percentEncoded($0.value) }.joined(separator: "&")
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String {
        var out: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        func hex(_ byte: UInt8?) -> UInt8? {
            byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
        }
        while let byte = bytes.next() {
            if byte == UInt8(ascii: "%") {
                let high = bytes.next()
                let low = bytes.next()
                if let h = hex(high), let l = hex(low) {
                    out.append(h << 4 | l)
                } else {
                    out += [byte] + [high, low].compactMap { $0 }
                }
            } else {
                out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// What goes back.
struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    /// Empty: no body and no content type.
    var body: [UInt8] = []

    static let noContent = Answer(status: 204)

    static func json(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter(reservingCapacity: 4096)
        write(&json)
        return Answer(status: status, body: json.bytes)
    }

    func with(_ name: String, _ value: String) -> Answer {
        var copy = self
        copy.headers.append((name, value))
        return copy
    }

    /// Freshdesk's answer for each refusal (freshdesk.md 4).
    init(_ refusal: Refusal) {
        func message(_ status: Int, _ text: String, code: String? = nil) -> Answer {
            .json(status) { json in
                json.beginObject()
                if let code { json.field("code", code) }
                json.field("message", text)
                json.endObject()
            }
        }
        func validation(_ status: Int, _ errors: [FieldError]) -> Answer {
            .json(status) { json in
                json.beginObject()
                json.field("description", "Validation failed")
                json.key("errors")
                json.beginArray()
                for error in errors {
                    json.beginObject()
                    json.field("field", error.field)
                    json.field("message", error.message)
                    json.field("code", error.code.rawValue)
                    json.endObject()
                }
                json.endArray()
                json.endObject()
            }
        }
        switch refusal {
        case .notFound: self = Answer(status: 404)
        case .methodNotAllowed(let used, let allowed):
            let list = allowed.joined(separator: ", ")
            let text = "\(used) method is not allowed. It should be one of these method(s): \(list)"
            self = message(405, text).with("Allow", list)
        case .invalid(let errors): self = validation(400, errors)
        case .conflict(let error): self = validation(409, [error])
        case .invalidJSON:
            self = message(400, "Request body has invalid json format", code: "invalid_json")
        case .notLoggedIn:
            self = message(401, "You have to be logged in to perform this action.", code: "invalid_credentials")
        case .accessDenied:
            self = message(403, "You are not authorized to perform this action.", code: "access_denied")
        case .featureMissing:
            self = message(403, "This feature is not part of your plan.", code: "require_feature")
        case .broken: self = message(500, "Something went wrong on our side.")
        case .notAcceptable: self = message(406, "The only supported Accept is application/json")
        case .unsupportedMediaType: self = message(415, "Content-Type header should be application/json")
        case .tooMany(let retryAfter):
            self = message(429, "You have exceeded the limit of requests per minute")
                .with("Retry-After", String(retryAfter))
        }
    }

    init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
