import FreshetCore
import HTTPTypes
import Hummingbird
import Logging

/// Stands in front of every route: asks who it is where the route says so, keeps each to their limit, writes down what
/// people with power do, and turns failures into answers.
struct Doorkeeper: Sendable {
    let bearers: any BearerCheck
    let operatorToken: Secret?
    let limits: RateLimits
    /// `nil`: acts are not recorded.
    let trail: (any AuditTrail)?
    let clock: any WallClock
    let logger: Logger

    /// Who asks.
    private enum Caller {
        case anybody, operators
        case bearer(Bearer)
    }

    /// The route as the router runs it. Never throws: what a route did not foresee is 500 with one text, and logged.
    func guarded(_ route: Route) -> @Sendable (Request, RouteContext) async -> Response {
        { request, context in
            await BlockingReads.on(AnsweringExecutor.shared) { await respond(to: request, context, route) }
        }
    }

    private func respond(to request: Request, _ context: RouteContext, _ route: Route) async -> Response {
        var context = context
        if let id = request.headers[.requestID] { context.logger[metadataKey: "request"] = "\(id)" }
        do {
            let caller = try await admit(request, context, to: route)
            if case .bearer(let bearer) = caller { context.bearer = bearer }
            return try await answer(route, request, context, caller)
        } catch { return response(to: error, route, context) }
    }

    private func response(to error: any Error, _ route: Route, _ context: RouteContext) -> Response {
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
        return RouteFault(500, "Something failed that should not; the operator's log has the request id.").response
    }

    // MARK: - Who

    /// Throws 401, 429, 403, or 404 for a company that is not the asker's: what is foreign looks like what is not there.
    private func admit(_ request: Request, _ context: RouteContext, to route: Route) async throws -> Caller {
        if route.access == .open { return .anybody }
        let caller = try await caller(request)
        if let wait = limits.take(asker(caller), now: clock.now) {
            throw RouteFault(429, "This token asks more than its limit; try again later.", retryAfter: wait)
        }
        switch (route.access, caller) {
        case (.operatorOnly, .operators), (.operatorOrAdmin, .operators): return caller
        case (.bearer(let roles), .bearer(let bearer)) where roles.contains(bearer.role): return caller
        case (.operatorOrAdmin, .bearer(let bearer)) where bearer.role == .admin:
            if let named = context.parameters.get("company"), named != bearer.company.text {
                throw RouteFault.noCompany
            }
            return caller
        case (.bearer, .operators): throw RouteFault(403, "The operator's token belongs to no company.")
        default: throw RouteFault(403, "The token's role does not allow this.")
        }
    }

    private func caller(_ request: Request) async throws -> Caller {
        guard let token = Self.token(request.headers) else { throw Self.unknown }
        if let operatorToken, Self.areEqual(token.bytes, operatorToken.bytes) { return .operators }
        guard let bearer = try await bearers.bearer(of: token) else { throw Self.unknown }
        return .bearer(bearer)
    }

    private static var unknown: RouteFault {
        RouteFault(401, "A bearer token that is known and not expired is needed.")
    }

    private func asker(_ caller: Caller) -> RateLimits.Asker {
        if case .bearer(let bearer) = caller { .init(bearer) } else { .operators }
    }

    /// `Bearer` and a token of RFC 6750's grammar, once and of sane length.
    static func token(_ headers: HTTPFields) -> Secret? {
        let lines = headers[values: .authorization]
        guard lines.count == 1 else { return nil }
        let bytes = Array(lines[0].utf8)
        guard bytes.count > 7, bytes.count <= 8192, Grammar.equals(bytes[..<6], "bearer"), bytes[6] == 0x20 else {
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

    // MARK: - What

    private func answer(
        _ route: Route, _ request: Request, _ context: RouteContext, _ caller: Caller
    ) async throws -> Response {
        guard let act = route.act, let trail, let id = try await begin(act, request, context, caller, trail) else {
            return try await route.handler(request, context)
        }
        let answer: Response
        do {
            answer = try await route.handler(request, context)
        } catch {
            answer = response(to: error, route, context)
        }
        let isDone = answer.status.code < 400
        let outcome = isDone ? ["done", answer.headers[.location]].compactMap { $0 }.joined(separator: " ") : nil
        do {
            try await trail.end(id, outcome: outcome ?? "refused \(answer.status.code)")
        } catch {
            // That it was asked for is on record, and it is done: the asker must not be told otherwise.
            context.logger.error("what became of an act is not on record", metadata: ["act": "\(act)"])
        }
        return answer
    }

    /// Before anything is done. `nil` where the path names what can be no company.
    private func begin(
        _ act: String, _ request: Request, _ context: RouteContext, _ caller: Caller, _ trail: any AuditTrail
    ) async throws -> AdminActID? {
        let company: CompanyID
        let actor: String
        switch caller {
        case .bearer(let bearer): (company, actor) = (bearer.company, bearer.actor)
        case .anybody, .operators:
            guard let named = context.parameters.get("company").flatMap({ CompanyID($0) }) else { return nil }
            (company, actor) = (named, "operator")
        }
        return try await trail.begin(
            AdminAct(
                company: company, at: clock.now, actor: actor, act: act, target: String(request.uri.path.prefix(256)),
                requestID: request.headers[.requestID]))
    }
}
