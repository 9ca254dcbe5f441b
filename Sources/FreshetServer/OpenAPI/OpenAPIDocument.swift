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

    /// The answers that an operation has beside its own: those of `statuses`, which `components/responses` describes, and
    /// whatever else.
    static func refusals(_ statuses: Int...) -> String {
        let described = statuses.compactMap { status in responses[status].map { ("\(status)", $0) } }
        precondition(described.count == statuses.count, "a status that nothing describes")
        return (described + [("default", "Refused")]).map { status, name in
            "\"\(status)\": {\"$ref\": \"#/components/responses/\(name)\"}"
        }.joined(separator: ",\n")
    }

    private static let responses = [
        400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 413: "TooLarge",
        415: "UnsupportedType", 422: "Unprocessable", 429: "TooMany", 503: "Unavailable",
    ]

    /// One kind of server-sent event, its data JSON of the schema with that name.
    static func event(_ name: String, of schema: String) -> String {
        event(name, holding: "{\"$ref\": \"#/components/schemas/\(schema)\"}")
    }

    /// The same with the schema itself.
    static func event(_ name: String, holding schema: String) -> String {
        #"""
        {
          "type": "object",
          "required": ["event", "data"],
          "properties": {
            "event": {"const": "\#(name)"},
            "data": {
              "type": "string",
              "contentMediaType": "application/json",
              "contentSchema": \#(schema)
            }
          },
          "additionalProperties": false
        }
        """#
    }
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
