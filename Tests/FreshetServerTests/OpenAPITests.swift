import Foundation
import FreshetCore
import FreshetServer
import FreshetTestKit
import Testing

@Suite struct `The OpenAPI document` {
    @Test func `is served as it is, and every example in it is what it is an example of`() async throws {
        try await Stand.with { stand in
            let answer = try await stand.get("/openapi.json")
            #expect(answer.status == 200 && answer.bodyText == OpenAPIDocument.text)
        }
        #expect(OpenAPIValidator.served.faultsOfItself == [])
        #expect(OpenAPIValidator.served.operations.count >= 17)
    }

    /// The validator must be able to say no, or nothing above means anything.
    @Test(
        arguments: [
            (200, "application/json", #"{"recommendation_id":"r","results":[]}"#, 0),
            (200, "application/json", #"{"recommendation_id":"r"}"#, 1),
            (200, "application/json", #"{"recommendation_id":"r","results":[],"more":1}"#, 1),
            (200, "application/json", #"{"recommendation_id":7,"results":[]}"#, 1),
            (200, "application/json", #"{"recommendation_id":"r","results":[{"original_id":"007"}]}"#, 13),
            (200, "application/json", #"{"recommendation_id":"r","recommendation_id":"r","results":[]}"#, 1),
            (200, "text/html", "", 1), (201, "application/json", "{}", 1),
            (401, "application/problem+json", #"{"type":"about:blank","title":"t","status":401,"detail":"d"}"#, 0),
            (401, "application/problem+json", #"{"type":"about:blank","title":"t","status":200,"detail":"d"}"#, 1),
            (401, "application/json", "{}", 1), (418, "application/problem+json", "{", 1),
        ] as [(Int, String, String, Int)])
    func `does not let pass what is not described`(status: Int, type: String, body: String, count: Int) {
        let fields = [(name: "content-type", value: type), (name: "x-request-id", value: "r-1")]
        let answer = OpenAPIValidator.Answer(status: status, fields: fields, body: Array(body.utf8))
        #expect(OpenAPIValidator.served.faults(of: answer, to: "POST", "/query").count == count)
        let unnamed = OpenAPIValidator.Answer(status: status, fields: [fields[0]], body: Array(body.utf8))
        if count == 0 { #expect(OpenAPIValidator.served.faults(of: unnamed, to: "POST", "/query").count == 1) }
    }

    @Test func `refuses keywords that it does not know`() {
        let schema = JSONSchema(root: .null)
        #expect(schema.faults(.integer(1), .object(["multipleOf": .integer(2)])).count == 1)
        #expect(schema.faults(.string("a"), .object(["format": .string("email")])).count == 1)
        #expect(schema.faults(.integer(1), .object(["type": .string("integer"), "minimum": .integer(1)])).isEmpty)
    }

    @Test(
        arguments: [
            ("/query", #"{"query":"a"}"#, true), ("/query", #"{"query":" "}"#, false),
            ("/query", #"{"query":"a","filters":{"tags":["x"],"created_after":"2026-01-02"}}"#, true),
            ("/query", #"{"query":"a","filters":{"state":"x"}}"#, false),
            ("/ingest", #"{"mode":"sweep","since":"2026-01-01"}"#, false),
            ("/ingest", #"{"mode":"incremental","since":"2026-01-01T00:00:00Z"}"#, true),
            ("/admin/companies/acme/reconciles", #"{"mode":"sweep","rebuild":true}"#, false),
            ("/admin/companies/acme/reconciles", #"{"mode":"audit","rebuild":true,"dry_run":true}"#, true),
            ("/admin/companies/acme/reconciles", #"{"mode":"sweep","ticket_ids":[1,"2"]}"#, true),
            ("/admin/companies/acme/reconciles", #"{"mode":"sweep","ticket_ids":[1],"dry_run":true}"#, false),
            ("/webhooks/freshdesk/acme", #"{"ticket_id":4711,"x":{}}"#, true),
            ("/webhooks/freshdesk/acme", #"{"ticket_id":0}"#, false),
        ] as [(String, String, Bool)])
    func `says of bodies what the routes say`(path: String, body: String, isGood: Bool) throws {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))
        #expect(OpenAPIValidator.served.faults(ofBody: value, to: "POST", path).isEmpty == isGood)
    }
}

/// A linter that nobody here wrote. Runs where `pip install openapi-spec-validator` was done.
@Suite(.enabled("openapi-spec-validator is importable") { try await python("import openapi_spec_validator") == 0 })
struct `openapi-spec-validator` {
    @Test func `has nothing to say about the document`() async throws {
        let directory = try TemporaryDirectory()
        try OpenAPIDocument.text.write(toFile: directory.path("openapi.json"), atomically: true, encoding: .utf8)
        let (status, text) = try await ServiceProcess.run(
            "python3", ["-m", "openapi_spec_validator", directory.path("openapi.json")])
        #expect(status == 0, "\(text)")
    }
}

private func python(_ script: String) async throws -> Int32 {
    try await ServiceProcess.run("python3", ["-c", script]).status
}
