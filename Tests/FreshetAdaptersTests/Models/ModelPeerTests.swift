import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// The model adapters against a stand-in for the providers that somebody else wrote. It is named by
/// `FRESHET_PEERS_MODEL_URL` (`http://127.0.0.1:8089`); without it nothing here runs, and the run says so.
@Suite(.enabled("skipped: FRESHET_PEERS_MODEL_URL names no model peer") { ModelPeer.url != nil })
struct ModelPeerTests {
    private static let vendors: [Vendor] = [.openAI, .compatible, .azure, .anthropic]

    private func attempt(_ vendor: Vendor, _ model: String, _ content: Content = .export) async throws -> ModelFault? {
        let url = try #require(ModelPeer.url)
        let summariser = try vendor.summariser(at: url, model: model, .init(deadline: .patient))
        do throws(ModelFault) {
            let summary = try await summariser.attempt(content, for: .acme)
            #expect(!summary.problem.isEmpty && summary.language == "en")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: vendors)
    func `a good answer of every vendor becomes a summary`(vendor: Vendor) async throws {
        #expect(try await attempt(vendor, "model-a") == nil)
    }

    @Test(arguments: vendors)
    func `every bad way of answering is told apart`(vendor: Vendor) async throws {
        #expect(try await attempt(vendor, "m+refusal") == .refusal)
        #expect(try await attempt(vendor, "m+content-filter") == .refusal)
        #expect(try await attempt(vendor, "m+truncated") == .cutOff)
        #expect(try await attempt(vendor, "m+empty") == .empty)
        for how in ["cut", "comma", "fence", "quote", "prose", "two"] {
            #expect(try await attempt(vendor, "m+malformed-json:\(how)") == .notJSON, "\(how)")
        }
        for how in ["missing", "type", "extra", "null"] {
            #expect(try await attempt(vendor, "m+schema-violation:\(how)")?.label == "broken_rule", "\(how)")
        }
        #expect(try await attempt(vendor, "m+hallucination")?.label == "broken_rule")
        #expect(try await attempt(vendor, "m+markup")?.label == "broken_rule")
        #expect(try await attempt(vendor, "m+429") == .throttled(retryAfter: .seconds(1)))
        #expect(
            try await attempt(vendor, "m+quota")?.label
                == (vendor == .anthropic || vendor == .azure ? "throttled" : "exhausted"))
        for mode in ["500", "503", "529", "bad-gateway", "reset"] {
            #expect(try await attempt(vendor, "m+\(mode)")?.label == "unreachable", "\(mode)")
        }
        #expect(try await attempt(vendor, "missing") == .unknownModel)
    }

    @Test func `vectors of the peer come at unit length, and what is wrong with them is found`() async throws {
        let url = try #require(ModelPeer.url)
        func embedder(_ model: String, _ dimensions: Int, asks: Bool = false) throws -> OpenAIEmbedder {
            OpenAIEmbedder(
                service: OpenAIService(
                    name: "openai", flavour: .openAI, base: url + "/v1",
                    credential: ModelCredential(.bearer) { Secret("k") }, http: try HTTPClient(), clock: ManualClock()),
                configuration: .init(model: model, dimensions: dimensions, asksForDimensions: asks), meter: UsageNotes()
            )
        }
        let mini = try embedder("all-MiniLM-L6-v2", 384)
        let near = try await mini.embed("The invoice export stops early", for: .acme).vector
        let also = try await mini.embed("Exporting bills breaks off", for: .acme).vector
        let far = try await mini.embed("My dog likes long walks", for: .acme).vector
        func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(dot(near, near) - 1) < 1e-4 && dot(near, also) > dot(near, far) + 0.2)
        #expect(
            try await embedder("text-embedding-3-small", 512, asks: true).embed("a", for: .acme).vector.count == 512)
        for mode in ["wrong-dims", "short-batch", "zero-vector"] {
            let bad = try embedder("all-MiniLM-L6-v2+\(mode)", 384)
            await #expect(throws: UpstreamError.self, "\(mode)") { try await bad.embed("a text", for: .acme) }
        }
        #expect(try await embedder("all-MiniLM-L6-v2+shuffled", 384).embed("a", for: .acme).vector.count == 384)
    }
}

enum ModelPeer {
    static let url: String? = {
        let url = ProcessInfo.processInfo.environment["FRESHET_PEERS_MODEL_URL"]
        if url == nil { print("ModelPeerTests skipped: FRESHET_PEERS_MODEL_URL names no model peer") }
        return url
    }()
}
