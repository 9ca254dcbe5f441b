import FreshetCore
import HTTPTypes

/// What is served at which path, decided from the request's head alone, so that nobody's body is read in vain.
struct RouteMap: Sendable {
    enum Plan: Sendable {
        /// `nil` for a platform that we do not know: answered like a company that we do not know.
        case webhook(CompanyID, Platform?)
        case route(label: String, body: Route.Body)
        /// A browser asks which methods a page of another origin may use.
        case preflight(methods: String)
        case refused(Refusal, allow: String? = nil)
    }

    private struct Entry {
        var segments: [[UInt8]?]
        var label: String
        /// Sorted by name.
        var methods: [(method: RequestHead.Method, body: Route.Body)]

        var allow: String {
            var names = methods.map(\.method.rawValue)
            if names.contains("GET") { names.append("HEAD") }
            return names.sorted().joined(separator: ", ")
        }

        func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
            guard path.count == segments.count else { return false }
            return zip(path, segments).allSatisfy { part, segment in
                guard let segment else { return !part.isEmpty && !part.contains(UInt8(ascii: "%")) }
                return part.elementsEqual(segment)
            }
        }
    }

    private let servesWebhooks: Bool
    private var entries: [Entry] = []

    init(routes: [Route], servesWebhooks: Bool) {
        self.servesWebhooks = servesWebhooks
        for route in routes {
            let segments = route.path.utf8.dropFirst().split(
                separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
            ).map { $0.first == UInt8(ascii: "{") ? nil : Array($0) }
            let method = RequestHead.Method(rawValue: route.method.rawValue) ?? .other
            if let index = entries.firstIndex(where: { $0.label == route.path }) {
                entries[index].methods.append((method, route.body))
            } else {
                entries.append(Entry(segments: segments, label: route.path, methods: [(method, route.body)]))
            }
        }
    }

    func plan(_ head: RequestHead) -> Plan {
        guard head.path.first == UInt8(ascii: "/") else { return .refused(.path) }
        let path = head.path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if servesWebhooks, path.first?.elementsEqual("webhooks".utf8) == true {
            guard path.count == 3, let company = Self.company(path[2]), let platform = Self.company(path[1]) else {
                return .refused(.path)
            }
            guard head.method == .post else { return .refused(refusal(of: head.method), allow: "POST") }
            return .webhook(company, Platform(rawValue: platform.text))
        }
        guard let entry = entries.first(where: { $0.matches(path) }) else { return .refused(.path) }
        // HEAD is GET without the body (RFC 9110, section 9.3.2), so every GET route has it.
        let method = head.method == .head ? .get : head.method
        guard let served = entry.methods.first(where: { $0.method == method }) else {
            return .refused(refusal(of: head.method), allow: entry.allow)
        }
        return .route(label: entry.label, body: served.body)
    }

    private func refusal(of method: RequestHead.Method) -> Refusal { method == .trace ? .trace : .method }

    /// A segment in the companies' grammar, which platforms' names share.
    private static func company(_ segment: ArraySlice<UInt8>) -> CompanyID? {
        // Bytes above ASCII would be repaired on the way into a string; the grammar has none.
        guard segment.count <= 63, segment.allSatisfy({ $0 < 0x80 }) else { return nil }
        return CompanyID(String(decoding: segment, as: UTF8.self))
    }
}
