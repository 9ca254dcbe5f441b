import Foundation
import FreshetAdapters
import FreshetCore
import FreshetTestKit
import Testing

@Suite struct BuiltinEmbedderTests {
    private let embedder = BuiltinEmbedder()

    private func similarity(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private func length(_ vector: [Float]) -> Float { similarity(vector, vector).squareRoot() }

    /// FNV-1a over the bits: every component and every feature, in order.
    private func digest(_ embedding: Embedding) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
        for component in embedding.vector { mix(UInt64(component.bitPattern)) }
        for feature in embedding.features { mix(UInt64(feature)) }
        return String(hash, radix: 16)
    }

    /// Stored vectors outlive the process that made them: whoever changes these raises the model's version.
    @Test(arguments: [
        ("NullPointerException when the broker restarts", "515ddaf6fad8a3c3"),
        ("결제 페이지에서 카드 등록이 되지 않습니다", "968719c2f7835366"),
        ("ログイン画面 が開かない error 500, max_connections", "c823d5dd67d242ba"),
        ("", "51d88627df287325"),
    ])
    func `version 1 makes these very bits`(text: String, expected: String) async throws {
        #expect(embedder.identity.name == "builtin/hashed-1024/1")
        #expect(digest(try await embedder.embed(text, for: .acme)) == expected)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `vectors have unit length and features are distinct and ascending`(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let vocabulary = ["disk", "로그인", "Exception", "結果", "timeout", "안됩니다", "500", "naïve", "ошибка", "ไม่ได้"]
        let text = (0..<Int.random(in: 1...60, using: &random))
            .map { _ in vocabulary.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let embedding = try await embedder.embed(text, for: .acme)
        #expect(abs(length(embedding.vector) - 1) < 1e-5, "seed \(seed)")
        #expect(embedding.vector.count == embedder.dimensions)
        #expect(zip(embedding.features, embedding.features.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
        #expect(embedding.features.allSatisfy { Int($0) < BuiltinEmbedder.buckets }, "seed \(seed)")
        var statistics = FeatureStatistics(points: 9, counts: Array(repeating: 0, count: BuiltinEmbedder.buckets))
        for bucket in statistics.counts.indices { statistics.counts[bucket] = UInt32.random(in: 0...9, using: &random) }
        let query = try await embedder.query(text, among: statistics, for: .acme)
        #expect(abs(length(query) - 1) < 1e-5, "seed \(seed)")
    }

    @Test func `a text without words is near to nothing`() async throws {
        for text in ["", " \n\t", "?!… 👍🏽", "---"] {
            let embedding = try await embedder.embed(text, for: .acme)
            #expect(embedding.vector.allSatisfy { $0 == 0 } && embedding.features.isEmpty)
        }
    }

    @Test func `the same words in another form are nearer than other words`() async throws {
        let pairs = [
            ("Cannot connect to database", "connecting to the databases fails", "invoice shows the wrong address"),
            ("로그인이 안 됩니다", "로그인할 수 없어요", "환불은 언제 되나요"),
            ("ログインできません", "ログインに失敗します", "請求書を送ってください"),
            ("NullPointerException on start", "null pointer exception at startup", "memory leak in cache"),
        ]
        for (text, near, far) in pairs {
            let vector = try await embedder.embed(text, for: .acme).vector
            let nearness = similarity(vector, try await embedder.embed(near, for: .acme).vector)
            let distance = similarity(vector, try await embedder.embed(far, for: .acme).vector)
            #expect(nearness > distance + 0.1, "\(text): \(nearness) against \(distance)")
        }
    }

    @Test func `what is rare in the company weighs more in the query and changes nothing stored`() async throws {
        let common = try await embedder.embed("login problem", for: .acme)
        let rare = try await embedder.embed("kerberos problem", for: .acme)
        var statistics = FeatureStatistics(points: 1000, counts: Array(repeating: 0, count: BuiltinEmbedder.buckets))
        for feature in common.features { statistics.counts[Int(feature)] = 900 }
        let plain = try await embedder.query("login kerberos", among: FeatureStatistics(), for: .acme)
        let weighed = try await embedder.query("login kerberos", among: statistics, for: .acme)
        #expect(similarity(weighed, rare.vector) > similarity(plain, rare.vector) + 0.1)
        #expect(similarity(weighed, rare.vector) > similarity(weighed, common.vector) + 0.2)
        #expect(try await embedder.embed("login problem", for: .acme) == common)
    }

    @Test func `the other sizes are other models`() async throws {
        let small = BuiltinEmbedder(dimensions: 512)
        #expect(small.identity.name == "builtin/hashed-512/1")
        #expect(try await small.embed("disk full", for: .acme).vector.count == 512)
    }
}
