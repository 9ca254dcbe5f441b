import HTTPTypes
import Hummingbird
import NIOCore

/// One subject's share of the OpenAPI document: members of `paths` and of `components/schemas`, as JSON without the braces
/// around them.
///
/// A new route gets a part of its own in a file of its own, or joins one; `OpenAPIDocument.parts` lists them.
struct OpenAPIPart: Sendable {
    let paths: String
    let schemas: String
}

/// The description of the whole surface (OpenAPI 3.1), served at `/openapi.json`.
///
/// Tests hold every answer of the suites to it, and the listener's routes to its operations: what is not described is not
/// served, and what is described is.
package enum OpenAPIDocument {
    static let parts: [OpenAPIPart] = [
        .query, .openings, .feedback, .writing, .reconciles, .items, .reports, .webhooks, .probes, .common,
    ]

    /// Strict JSON.
    package static let text: String = {
        func joined(_ texts: [String]) -> String { texts.filter { !$0.isEmpty }.joined(separator: ",\n") }
        return """
            {
            \(head),
            "paths": {
            \(joined(parts.map(\.paths)))
            },
            "components": {
            \(components),
            "schemas": {
            \(joined(parts.map(\.schemas)))
            }
            }
            }

            """
    }()

    /// `GET /openapi.json`.
    package static let route = Route(.get, "/openapi.json", access: .open) { _, _ in
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
