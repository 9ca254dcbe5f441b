import Foundation
package import FreshetCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Reconciles by HTTP: a company's admin under `/ingest`, the operator under `/admin/companies/{company}`. Items are
/// explained and tried again for both.
///
/// A reconcile, item or company that is not the asker's is not there: 404.
package enum ReconcileRoutes {
    private static let bodyLimit = 64 * 1024

    /// `POST /ingest`, `GET /ingest/{run}`, `GET /ingest/{run}/events`, for the role admin.
    package static func forAdmins(_ reconciling: any Reconciling, clock: any WallClock) -> [Route] {
        let access = Route.Access.bearer([.admin])
        return [
            Route(.post, "/ingest", body: .json(limit: bodyLimit), access: access, act: "reconcile.start") {
                request, context in
                let order = try ReconcileBody.ingest(try await body(of: request))
                let report = try await reconciling.start(order, for: try company(context))
                return try json(202, report.json, location: "/ingest/\(report.reconcile.id)")
            },
            Route(.get, "/ingest/{run}", access: access) { _, context in
                try json(200, try await report(reconciling, context, of: try company(context)).json)
            },
            Route(.get, "/ingest/{run}/events", access: access) { _, context in
                try await events(reconciling, context, of: try company(context), clock)
            },
        ]
    }

    /// Everything about reconciles and items of any company, for the operator.
    package static func forOperators(_ reconciling: any Reconciling, clock: any WallClock) -> [Route] {
        let base = "/admin/companies/{company}"
        return [
            Route(
                .post, base + "/reconciles", body: .json(limit: bodyLimit), access: .operatorOnly,
                act: "reconcile.start"
            ) { request, context in
                let wish = try ReconcileBody.wish(try await body(of: request))
                return try await start(wish, reconciling, for: try named(context))
            },
            Route(.get, base + "/reconciles/{run}", access: .operatorOnly) { _, context in
                try json(200, try await report(reconciling, context, of: try named(context)).json)
            },
            Route(.get, base + "/reconciles/{run}/events", access: .operatorOnly) { _, context in
                try await events(reconciling, context, of: try named(context), clock)
            },
            Route(.delete, base + "/reconciles/{run}", access: .operatorOnly, act: "reconcile.cancel") { _, context in
                let report = try await reconciling.cancel(run(context), of: try named(context))
                return try json(200, try there(report).json)
            },
            Route(.post, base + "/reconciles/{run}/release", access: .operatorOnly, act: "reconcile.release") {
                _, context in
                let count = try await reconciling.release(run(context), of: try named(context))
                return try json(202, .object(["released": .count(try there(count))]))
            },
            Route(.get, base + "/items/{kind}/{id}", access: .operatorOrAdmin) { _, context in
                let (kind, id) = try item(context)
                return try json(200, try there(try await reconciling.explain(kind, id, of: try named(context))).json)
            },
            Route(.post, base + "/items/{kind}/{id}/retry", access: .operatorOrAdmin, act: "item.retry") { _, context in
                let (kind, id) = try item(context)
                guard try await reconciling.retry(kind, id, of: try named(context)) else { throw nothing }
                return try json(202, .object(["marked": .count(1)]))
            },
        ]
    }

    private static func start(
        _ wish: ReconcileBody.Wish, _ reconciling: any Reconciling, for company: CompanyID
    ) async throws -> Response {
        if !wish.order.tickets.isEmpty {
            let count = try await reconciling.mark(wish.order.tickets, of: company)
            return try json(202, .object(["marked": .count(count)]))
        }
        if wish.isDryRun {
            guard wish.order.mode != .audit else {
                return try json(200, try await reconciling.auditPlan(of: company).json)
            }
            return answer(200, try encoded(try await reconciling.plan(wish.order, for: company)))
        }
        let report = try await reconciling.start(wish.order, for: company)
        return try json(
            202, report.json, location: "/admin/companies/\(company)/reconciles/\(report.reconcile.id)")
    }

    // MARK: - Live progress

    /// `progress` at every change, `done` at the end.
    private static func events(
        _ reconciling: any Reconciling, _ context: RouteContext, of company: CompanyID, _ clock: any WallClock
    ) async throws -> Response {
        let id = run(context)
        // Before the first byte, so that what is not there is 404.
        let first = try await report(reconciling, context, of: company)
        return EventStream.response(context, clock: clock) { outlet in
            var latest = first
            outlet.send("progress", try encoded(latest.json))
            while !latest.reconcile.hasEnded {
                try await clock.sleep(for: interval)
                guard let next = try await reconciling.report(on: id, of: company) else { return }
                if next != latest { outlet.send("progress", try encoded(next.json)) }
                latest = next
            }
            outlet.send("done", try encoded(latest.json))
        }
    }

    private static let interval = Duration.milliseconds(250)

    // MARK: - Asking and answering

    private static var nothing: RouteFault { RouteFault(404, "There is nothing of that name in this company.") }

    private static func there<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw nothing }
        return value
    }

    private static func report(
        _ reconciling: any Reconciling, _ context: RouteContext, of company: CompanyID
    ) async throws -> ReconcileReport {
        try there(try await reconciling.report(on: run(context), of: company))
    }

    /// The token's company.
    private static func company(_ context: RouteContext) throws -> CompanyID {
        guard let bearer = context.bearer else { throw RouteFault(401, "A bearer token is needed.") }
        return bearer.company
    }

    /// The path's company.
    private static func named(_ context: RouteContext) throws -> CompanyID {
        guard let company = CompanyID(context.parameters.get("company") ?? "") else { throw nothing }
        return company
    }

    private static func run(_ context: RouteContext) -> String { context.parameters.get("run") ?? "" }

    private static func item(_ context: RouteContext) throws -> (ItemKind, Int64) {
        guard let kind = ItemKind(rawValue: context.parameters.get("kind") ?? ""),
            let text = context.parameters.get("id"), let id = Int64(text), id > 0, String(id) == text
        else { throw nothing }
        return (kind, id)
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        Array(try await request.body.collect(upTo: bodyLimit).readableBytesView)
    }

    private static func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private static func json(_ status: Int, _ value: JSONValue, location: String? = nil) throws -> Response {
        var response = answer(status, try encoded(value))
        if let location { response.headers[.location] = location }
        return response
    }

    private static func answer(_ status: Int, _ body: [UInt8]) -> Response {
        Response(
            status: HTTPResponse.Status(code: status, reasonPhrase: StatusLine.phrase(status)),
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
