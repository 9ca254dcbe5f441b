import Foundation
import FreshetCore
import FreshetStore
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// What only a real Qdrant shows.
@Suite(.serialized, .enabled(if: QdrantPeer.url != nil, Comment(rawValue: QdrantPeer.absence)))
struct `In a real Qdrant` {
    private func send(
        _ world: IndexContractWorld, _ method: String, _ path: String, _ body: String = "",
        in company: CompanyID = .acme
    ) async throws -> String {
        let name = world.configuration.collection(of: company)
        let response = try await world.http.send(world.request(method, "/collections/\(name)" + path, body))
        #expect((200...299).contains(response.status), "\(path) answered \(response.status)")
        return String(decoding: response.body, as: UTF8.self)
    }

    private func plant(
        _ world: IndexContractWorld, id: String, company: String, number: Int64, hash: String = "0"
    ) async throws {
        let vector = Array(repeating: "0.0625", count: 256).joined(separator: ",")
        let zeros = String(repeating: hash, count: 64)
        _ = try await send(
            world, "PUT", "/points?wait=true",
            """
            {"points":[{"id":"\(id)","vector":[\(vector)],"payload":{"company_id":"\(company)","platform":"freshdesk",\
            "doc_type":"ticket","original_id":\(number),"content_hash":"\(zeros)","facets_hash":"\(zeros)",\
            "generation":1,"subject":"planted login"}}]}
            """)
    }

    @Test func `the collection is made for many companies, and as configured`() async throws {
        try await IndexContractWorld.with(.qdrantQuantised) { world in
            try await world.put(1, "Login fails")
            let text = try await send(world, "GET", "")
            for part in [
                #""size":256"#, #""distance":"Cosine""#, #""on_disk":true"#, #""is_tenant":true"#, #""payload_m":16"#,
                #""type":"int8""#, #""facets.tags""#, #""removed.company_id""#,
            ] { #expect(text.contains(part), "\(part)") }
        }
        try await IndexContractWorld.with(.qdrantDedicated) { world in
            for company in [CompanyID.acme, .globex] { try await world.put(1, "Login fails", in: company) }
            let text = try await send(world, "GET", "", in: .globex)
            #expect(!text.contains(#""payload_m":16"#) && text.contains(#""points_count":1"#))
            // A company with a collection of its own takes it along.
            #expect(try await world.index.purge(.acme) == 1)
            let gone = try await world.http.send(
                world.request("GET", "/collections/\(world.configuration.collection(of: .acme))"))
            #expect(gone.status == 404)
        }
    }

    @Test func `a point has the id and the payload that others may rely on`() async throws {
        try await IndexContractWorld.with(.qdrant) { world in
            try await world.put(4711, "Login fails", "The gadget blinks.", generation: 3, hash: "a")
            let answer = try await send(
                world, "POST", "/points/scroll",
                #"{"filter":{"must":[{"key":"company_id","match":{"value":"acme"}}]},"with_payload":true}"#)
            let json = try #require(JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
            let point = try #require(((json["result"] as? [String: Any])?["points"] as? [[String: Any]])?.first)
            let payload = try #require(point["payload"] as? [String: Any])
            #expect(point["id"] as? String == PointID.text(of: world.item(4711)))
            #expect(
                Set(payload.keys) == [
                    "company_id", "platform", "doc_type", "original_id", "subject", "summary", "metadata",
                    "content_hash", "facets_hash", "generation", "created_at", "updated_at", "indexed_at", "facets",
                ])
            #expect(payload["original_id"] as? Int == 4711 && payload["generation"] as? Int == 3)
            #expect(payload["indexed_at"] as? String == world.clock.now.iso8601)
        }
    }

    @Test func `a removal leaves nothing that a company's filter shows, and a purge nothing at all`() async throws {
        try await IndexContractWorld.with(.qdrant) { world in
            for id in 1...3 { try await world.put(Int64(id), "Login fails") }
            try await world.put(1, "Login fails", in: .globex)
            for id in 1...2 { try await world.index.remove(world.item(Int64(id)), generation: 2) }
            #expect(try await send(world, "POST", "/points/count", #"{"exact":true}"#).contains(#""count":4"#))
            let filter = #"{"exact":true,"filter":{"must":[{"key":"company_id","match":{"value":"acme"}}]}}"#
            #expect(try await send(world, "POST", "/points/count", filter).contains(#""count":1"#))
            _ = try await world.index.purge(.acme)
            #expect(try await send(world, "POST", "/points/count", #"{"exact":true}"#).contains(#""count":1"#))
        }
    }

    /// Whoever overtakes between a stale worker's look and its write is safe: Qdrant itself compares.
    @Test func `a write behind the point store's back is fenced all the same`() async throws {
        try await IndexContractWorld.with(.qdrant) { world in
            try await world.put(1, "Login fails", generation: 2)
            let elsewhere = try TemporaryDirectory()
            let store = try SQLiteStore(path: elsewhere.path("freshet.db"), masterKey: .generate())
            try await store.companies.add(
                Company(
                    id: .acme, platform: .freshdesk, url: try #require(URL(string: "https://a.freshdesk.com")),
                    scheme: .standard, createdAt: .epoch), apiKey: Secret("k"), webhookSecret: Secret("whsec_a"))
            // It knows nothing of the first one's tombstones.
            let other = QdrantIndex(
                world.configuration, http: world.http, points: store.points, embedder: world.embedder)
            try await world.index.remove(world.item(1), generation: 5)
            let stale = try await world.point(1, "Login fails", generation: 4)
            await #expect(throws: UpstreamError.superseded) { try await other.upsert(stale) }
            #expect(try await world.index.count(of: .acme) == 0)
        }
    }

    @Test(arguments: [IndexKind.qdrant, .qdrantDedicated])
    func `what others put in is no result, and shows as what it is`(kind: IndexKind) async throws {
        try await IndexContractWorld.with(kind) { world in
            for id in 1...3 { try await world.put(Int64(id), "Login fails", "planted login") }
            // A copy, a stranger that claims to be ours, and another company's in the place of ticket 3.
            try await plant(world, id: UUID().uuidString.lowercased(), company: "acme", number: 1)
            try await plant(world, id: UUID().uuidString.lowercased(), company: "acme", number: 77)
            try await plant(world, id: PointID.text(of: world.item(3)), company: "globex", number: 3)
            #expect(Set(try await world.found("planted login fails")) == [1, 2])
            #expect(try await world.found("planted login fails", in: .globex).isEmpty)
            let listed = try await world.listed(.acme, limit: 2)
            #expect(listed.filter { !$0.isMisplaced }.map(\.item.originalID).sorted() == [1, 2])
            #expect(listed.filter(\.isMisplaced).map(\.item.originalID).sorted() == [1, 77])
            let labels = try await world.index.labels(of: (1...3).map { world.item($0) })
            #expect(labels[world.item(3)]?.item.company == .globex)
            if kind == .qdrantDedicated {
                try await plant(world, id: UUID().uuidString.lowercased(), company: "globex", number: 9)
                let foreign = try await world.listed(.acme, limit: 2).filter { $0.item.company != .acme }
                #expect(foreign.map(\.item.originalID) == [9])
            }
        }
    }

    @Test func `a point without its full text, or with another's, is not taken for whole`() async throws {
        try await IndexContractWorld.with(.qdrant) { world in
            for id in 1...2 { try await world.put(Int64(id), "Login fails", generation: 2, hash: "2") }
            _ = try await world.store.points.purge(.acme)
            #expect(try await world.index.labels(of: [world.item(1)]).isEmpty)
            try await world.put(1, "Login fails", generation: 2, hash: "2")
            var other = try await world.point(1, "Login fails", generation: 2, hash: "7")
            other.embedding.vector = []
            try await world.store.points.upsert(other, terms: FullTextTerms(subject: [], body: []))
            func hash() async throws -> Fingerprint? {
                try await world.index.labels(of: [world.item(1)])[world.item(1)]?.contentHash
            }
            // Neither of the two: whatever is on record, one side differs from it.
            for known in ["2", "7"] { #expect(try await hash() != .repeating(known)) }
            try await world.put(1, "Login fails", generation: 2, hash: "2")
            #expect(try await hash() == .repeating("2"))
            _ = try await send(
                world, "POST", "/points/payload?wait=true",
                #"{"payload":{"content_hash":"\#(String(repeating: "7", count: 64))"},"points":["\#(PointID.text(of: world.item(1)))"]}"#
            )
            #expect(try await hash() != .repeating("2"))
        }
    }

    @Test func `results are those of the built-in index`() async throws {
        var answers: [[[Int64]]] = []
        for kind in [IndexKind.builtin, .qdrant] {
            try await IndexContractWorld.with(kind) { world in
                for id in 1...60 {
                    try await world.put(
                        Int64(id), "Ticket \(id % 7) of the portal", "login \(id % 5) export \(id % 11) kerberos \(id)")
                }
                var found: [[Int64]] = []
                for text in ["portal 3", "kerberos 17", "export login\nthe portal does not open", "exports 4"] {
                    found.append(try await world.found(text))
                }
                answers.append(found)
            }
        }
        for (builtin, qdrant) in zip(answers[0], answers[1]) {
            #expect(builtin.count == qdrant.count)
            #expect(Set(builtin).intersection(qdrant).count >= builtin.count - 1)
            #expect(builtin.first == qdrant.first)
        }
    }
}
