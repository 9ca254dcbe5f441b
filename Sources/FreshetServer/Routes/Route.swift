package import FreshetCore
package import HTTPTypes
package import Hummingbird
package import NIOCore

/// One method of one path. The listener knows all of them before it reads a request, so what is not among them is
/// refused without reading a body.
package struct Route: Sendable {
    package enum Body: Sendable, Equatable {
        /// A body is read and ignored, within the listener's limit.
        case none
        /// `application/json`, at most this many bytes and never more than the listener's limit.
        case json(limit: Int)
    }

    /// Who may ask.
    package enum Access: Sendable, Equatable {
        case open
        /// A company's token with one of these roles.
        case bearer(Set<Role>)
        /// The operator's token; closed when none is configured.
        case operatorOnly
        /// The same, or an admin's. Where the path has a `{company}`, an admin's own: another is not there, 404.
        case operatorOrAdmin
    }

    package typealias Handler = @Sendable (Request, RouteContext) async throws -> Response

    package var method: HTTPRequest.Method
    /// Literal segments and `{parameters}`, each filling a whole segment: `/admin/companies/{company}`.
    package var path: String
    package var body: Body
    package var access: Access
    /// What asking for it is called in the audit log, `reconcile.start`; `nil` for what changes nothing.
    package var act: String?
    package var handler: Handler

    package init(
        _ method: HTTPRequest.Method, _ path: String, body: Body = .none, access: Access, act: String? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.access = access
        self.act = act
        self.handler = handler
    }
}

/// What a route learns about its request beside the request.
package struct RouteContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks; set on routes with `bearer` access, and `nil` for the operator.
    package var bearer: Bearer?
    /// Completes when the request's connection is closed, whoever closed it.
    package let connectionClosed: EventLoopFuture<Void>

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connectionClosed = source.channel.closeFuture
    }
}
