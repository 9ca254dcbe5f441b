import FreshetCore
import HTTPTypes
import Hummingbird
import Logging

/// Stands in front of every route: asks for a token where the route says so, and turns failures into answers.
struct Doorkeeper: Sendable {
    let bearers: any BearerCheck
    let operatorToken: Secret?
    let logger: Logger

    /// The route as the router runs it. Never throws: what a route did not foresee is 500 with one text, and logged.
    func guarded(_ route: Route) -> @Sendable (Request, RouteContext) async -> Response {
        { request, context in
            var context = context
            if let id = request.headers[.requestID] { context.logger[metadataKey: "request"] = "\(id)" }
            do {
                context.bearer = try await admit(request, by: route.access)
                return try await route.handler(request, context)
            } catch {
                if let fault = RouteFault(error) {
                    if fault.status >= 500 {
                        context.logger.warning(
                            "request failed", metadata: ["route": "\(route.path)", "status": "\(fault.status)"])
                    }
                    return fault.response
                }
                // The error's text could hold anything; its type is enough to find it.
                context.logger.error(
                    "request failed unforeseen", metadata: ["route": "\(route.path)", "error": "\(type(of: error))"])
                return RouteFault(500, "Something failed that should not; the operator's log has the request id.")
                    .response
            }
        }
    }

    /// Who asks; `nil` where nobody has to say. Throws 401 or 403.
    private func admit(_ request: Request, by access: Route.Access) async throws -> Bearer? {
        switch access {
        case .open: return nil
        case .operatorOnly:
            try admitOperator(request)
            return nil
        case .bearer(let roles):
            guard let token = Self.token(request.headers), let bearer = try await bearers.bearer(of: token) else {
                throw RouteFault(401, "A bearer token that is known and not expired is needed.")
            }
            guard roles.contains(bearer.role) else {
                throw RouteFault(403, "The token's role does not allow this.")
            }
            return bearer
        }
    }

    private func admitOperator(_ request: Request) throws {
        guard let expected = operatorToken, let token = Self.token(request.headers),
            Self.areEqual(token.bytes, expected.bytes)
        else { throw RouteFault(401, "The operator's token is needed.") }
    }

    /// `Bearer` and a token of RFC 6750's grammar, once and of sane length.
    static func token(_ headers: HTTPFields) -> Secret? {
        let lines = headers[values: .authorization]
        guard lines.count == 1 else { return nil }
        let bytes = Array(lines[0].utf8)
        guard bytes.count > 7, bytes.count <= 1024, Grammar.equals(bytes[..<6], "bearer"), bytes[6] == 0x20 else {
            return nil
        }
        let token = Array(bytes[7...].drop { $0 == 0x20 })
        let isPlain = token.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                true
            default: false
            }
        }
        return token.isEmpty || !isPlain ? nil : Secret(token)
    }

    /// In a time that depends on the lengths only.
    private static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
