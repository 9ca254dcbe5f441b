/// One path of the API and what may be done there.
struct Endpoint: Sendable {
    /// Carries out a call. `ids` are the numbers in the path, `text` the free part where there is one.
    typealias Handler = @Sendable (inout DeskState, Call, [Int64]) throws(Refusal) -> Answer

    enum Part: Sendable, Equatable {
        case word(String)
        case id
        /// Whatever stands there; the handler reads it from the path.
        case anything
    }

    struct Verb: Sendable {
        var method: String
        var kind: RateLimiter.Kind
        /// Extra credits of each name in `include`.
        var creditsPerInclude: Int64
        var handler: Handler
    }

    let pattern: String
    let parts: [Part]
    private(set) var verbs: [Verb] = []

    /// `tickets/{id}/conversations`; `{*}` stands for anything.
    init(_ pattern: String) {
        self.pattern = pattern
        parts = pattern.split(separator: "/").map {
            switch $0 {
            case "{id}": .id
            case "{*}": .anything
            default: .word(String($0))
            }
        }
    }

    func on(
        _ method: String, kind: RateLimiter.Kind = .other, creditsPerInclude: Int64 = 0, _ handler: @escaping Handler
    ) -> Endpoint {
        var copy = self
        copy.verbs.append(
            Verb(method: method, kind: kind, creditsPerInclude: creditsPerInclude, handler: handler))
        return copy
    }

    func verb(_ method: String) -> Verb? { verbs.first { $0.method == method } }

    /// The ids in `path`; `nil` when it is another path.
    func match(_ path: ArraySlice<String>) -> [Int64]? {
        guard path.count == parts.count else { return nil }
        var ids: [Int64] = []
        for (part, text) in zip(parts, path) {
            switch part {
            case .word(let word): guard word == text else { return nil }
            case .id:
                guard let id = Int64(text), id > 0 else { return nil }
                ids.append(id)
            case .anything: break
            }
        }
        return ids
    }
}
