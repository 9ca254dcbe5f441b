import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

@Suite struct `A Qdrant that fails` {
    @Test func `for a moment is asked again, and the write succeeds`() async throws {
        let peer = try await ScriptedQdrant()
        peer.fail("/points", .status(500), .status(502))
        try await peer.put(1)
        peer.fail("/points", .status(429, headers: ["Retry-After: 0"]), .body(#"{"result":"#))
        try await peer.put(2)
        peer.fail("/points", .body("<html>maintenance</html>"))
        try await peer.put(3)
        #expect(peer.requests("PUT", "/points").count == 8)
        peer.fail("/points", .reset)
        try await peer.put(4)
    }

    @Test(arguments: [
        (ScriptedQdrant.Fault.Answer.status(500), "unreachable"), (.status(503), "unreachable"),
        (.status(302), "unreachable"), (.status(408), "unreachable"), (.reset, "unreachable"),
        (.body("<html>"), "unreachable"), (.body(""), "unreachable"), (.body(#"{"status":"ok"}"#), "malformed"),
        (.status(429), "throttled"), (.status(401), "unauthorized"), (.status(403), "unauthorized"),
        (.status(400), "refused"), (.status(422), "refused"), (.status(413), "refused"),
    ])
    func `for good is a failure of the kind that decides what becomes of the run`(
        answer: ScriptedQdrant.Fault.Answer, label: String
    ) async throws {
        let peer = try await ScriptedQdrant(attempts: 2)
        // The client itself repeats a call once when a connection that was kept turns out to be closed.
        for _ in 0..<4 { peer.fail("/points", answer) }
        do {
            try await peer.put(1)
            Issue.record("the write went through")
        } catch let error as UpstreamError {
            #expect(error.label == label)
            #expect(!error.description.contains("secret words") && !error.description.contains("127.0.0.1/"))
        }
        // Nothing of the write is in the full text, either.
        #expect(try await peer.store.points.count(of: .acme) == 0)
    }

    @Test func `to answer in time ends the call`() async throws {
        let peer = try await ScriptedQdrant(attempts: 2, deadline: .milliseconds(200))
        peer.fail("/count", .silence, .silence)
        await #expect(throws: UpstreamError.unreachable(detail: "no complete answer in time")) {
            _ = try await peer.index.count(of: .acme)
        }
        #expect(peer.requests("POST", "/count").count == 2)
    }

    @Test func `with a long Retry-After is not waited for, and its word is handed on`() async throws {
        let peer = try await ScriptedQdrant()
        peer.fail("/points", .status(429, headers: ["Retry-After: 40"]))
        await #expect(throws: UpstreamError.throttled(retryAfter: .seconds(40))) { try await peer.put(1) }
        #expect(peer.requests("PUT", "/points").count == 1)
    }

    @Test func `one of several writes at once does not fail the others`() async throws {
        let peer = try await ScriptedQdrant()
        try await peer.put(0)
        // Refused is whatever comes first: at most one that goes alone, or several whose members then go alone.
        peer.fail("/points", .status(400))
        let results = await withTaskGroup(of: Bool.self) { group in
            for id in 1...40 {
                group.addTask {
                    do { try await peer.put(Int64(id)) } catch { return false }
                    return true
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(results.filter { !$0 }.count <= 1)
        #expect(results.count == 40)
    }

    @Test func `that is too old is never written to, since it would not compare`() async throws {
        let peer = try await ScriptedQdrant()
        peer.set(version: "1.15.3")
        await #expect(
            throws: UpstreamError.unreachable(
                detail: "this Qdrant is 1.15, and 1.16 or later is needed: upgrade it")
        ) { try await peer.put(1) }
        await #expect(throws: UpstreamError.self) { try await peer.index.check() }
        #expect(peer.requests("PUT", "/points").isEmpty)
        peer.set(version: "2.0.0")
        try await peer.put(1)
    }

    @Test func `with vectors of another size is never written to, and says what to do`() async throws {
        let peer = try await ScriptedQdrant()
        peer.set(dimensions: 384)
        do {
            try await peer.put(1)
            Issue.record("the write went through")
        } catch let error as UpstreamError {
            #expect(error.description.contains("holds vectors of 384 dimensions, the embedder makes 64"))
        }
        #expect(peer.requests("PUT", "/points").isEmpty)
        peer.set(dimensions: 64)
        try await peer.put(1)
        await #expect(throws: UpstreamError.refused(status: 400, code: "wrong_dimension")) {
            try await peer.put(2, vector: [1, 2, 3])
        }
        await #expect(throws: UpstreamError.refused(status: 400, code: "vector_not_finite")) {
            try await peer.put(2, vector: [Float](repeating: .nan, count: 64))
        }
    }

    @Test func `to keep its collection gets it again`() async throws {
        let peer = try await ScriptedQdrant()
        try await peer.put(1)
        let looks = peer.requests("GET", "/collections/tickets").count
        peer.fail("/points", .status(404))
        try await peer.put(2)
        #expect(peer.requests("GET", "/collections/tickets").count == looks + 1)
        // Before it is made there is nothing in it.
        peer.fail("/count", .status(404))
        #expect(try await peer.index.count(of: .globex) == 0)
    }

    @Test func `gets the key with every call, and nobody else does`() async throws {
        let peer = try await ScriptedQdrant(apiKey: Secret("s3cret-key"))
        try await peer.put(1)
        _ = try await peer.index.search(SearchQuery(text: "login"), in: .acme)
        #expect(!peer.requests.isEmpty && peer.requests.allSatisfy { $0.headers["api-key"] == "s3cret-key" })
        #expect(peer.requests.allSatisfy { !$0.path.contains("s3cret") && !$0.body.contains("s3cret") })
    }

    /// Every request that could show or change a company's points names that company; a filter forgotten shows here.
    @Test func `is never asked about points without a company or ids of its own`() async throws {
        let peer = try await ScriptedQdrant()
        let item = Item(company: .acme, platform: .freshdesk, kind: .ticket, originalID: 1)
        try await peer.put(1)
        _ = try await peer.index.search(SearchQuery(text: "login"), in: .acme)
        _ = try await peer.index.count(of: .acme)
        _ = try await peer.index.points(of: .acme, at: nil, limit: 10)
        _ = try await peer.index.labels(of: [item])
        await #expect(throws: UpstreamError.refused(status: 404, code: "no_point")) {
            try await peer.index.relabel(
                item, metadata: .tagged([], at: .epoch), facetsHash: .zero, generation: 2, at: .epoch)
        }
        _ = try await peer.index.purge(.acme)
        let reading = peer.requests.filter { request in
            ["/scroll", "/query", "/count", "/payload", "/delete"].contains { request.path.hasSuffix($0) }
        }
        #expect(reading.count >= 7)
        for request in reading {
            let body = try #require(JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
            let filter = try #require(body["filter"] as? [String: Any])
            let conditions = (filter["must"] as? [[String: Any]] ?? []) + (filter["should"] as? [[String: Any]] ?? [])
            let names = conditions.contains { condition in
                let match = condition["match"] as? [String: Any]
                return (condition["key"] as? String)?.hasSuffix("company_id") == true
                    && match?["value"] as? String == "acme"
            }
            #expect(names || conditions.contains { $0["has_id"] != nil }, "\(request.path)")
        }
    }
}
