import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetStore

/// Asks the built-in index for the nearest vectors, in a process of its own, so that its memory can be told.
struct VectorSearcher: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vector-searcher", abstract: "Searches vectors and prints how fast.", shouldDisplay: false)

    @Option var directory: String
    @Option var queries: String
    @Option var dimensions: Int
    @Flag(help: "Only open the index of all vectors, until a snapshot of it is kept.") var keeping = false

    static let (all, tenth) = ("all", "tenth")

    static func company(_ name: String) throws -> CompanyID {
        guard let company = CompanyID(name) else { throw Workshop.Failure("no company \(name)") }
        return company
    }

    struct Result: Codable {
        var companyRate: Double
        var allRate: Double
        /// Rows, the nearest first, of each query.
        var company: [[Int]]
        var all: [[Int]]
        /// More than before the index of all vectors was opened.
        var residentMegabytes: Double
        var openingMilliseconds: Double
    }

    func run() async throws {
        let numbers = try Data(contentsOf: URL(fileURLWithPath: queries)).withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        let vectors = stride(from: 0, to: numbers.count, by: dimensions).map { Array(numbers[$0..<$0 + dimensions]) }
        let (all, tenth) = (try Self.company(Self.all), try Self.company(Self.tenth))
        let store = try SQLiteStore(directory: directory, masterKey: try MasterKeyFile.load(directory + "/master.key"))
        let embedder = NoTextEmbedder(dimensions: dimensions)
        if keeping {
            let index = BuiltinIndex(points: store.points, embedder: embedder, snapshots: store.snapshots)
            _ = try await index.nearest(to: vectors[0], limit: 10, kinds: [.ticket], in: all)
            while try await store.snapshots.latest(of: all) == nil { try await Task.sleep(for: .milliseconds(10)) }
            return try store.close()
        }
        // What the process and its connections to the file take by themselves.
        _ = try await BuiltinIndex(points: store.points, embedder: embedder).nearest(
            to: vectors[0], limit: 10, kinds: [.ticket], in: tenth)
        let before = try resident()

        let index = BuiltinIndex(points: store.points, embedder: embedder, snapshots: store.snapshots)
        let started = ContinuousClock.now
        _ = try await index.nearest(to: vectors[0], limit: 10, kinds: [.ticket], in: all)
        let opening = ContinuousClock.now - started
        let memory = try resident() - before
        let (allRate, ofAll) = try await ask(index, vectors, all)
        _ = try await index.nearest(to: vectors[0], limit: 10, kinds: [.ticket], in: tenth)
        let (companyRate, ofTenth) = try await ask(index, vectors, tenth)
        let result = Result(
            companyRate: companyRate, allRate: allRate, company: ofTenth, all: ofAll, residentMegabytes: memory,
            openingMilliseconds: opening.microseconds / 1000)
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
        try store.close()
    }

    private func resident() throws -> Double {
        guard let sample = ProcessSample(of: getpid()) else { throw Workshop.Failure("/proc cannot be read") }
        return sample.residentMegabytes
    }

    private func ask(
        _ index: BuiltinIndex, _ vectors: [[Float]], _ company: CompanyID
    ) async throws -> (rate: Double, rows: [[Int]]) {
        var rows: [[Int]] = []
        let started = ContinuousClock.now
        for vector in vectors {
            let found = try await index.nearest(to: vector, limit: 10, kinds: [.ticket], in: company)
            rows.append(found.map { Int($0.item.originalID) - 1 })
        }
        return (Double(vectors.count) / (ContinuousClock.now - started).inSeconds, rows)
    }
}

/// For searches that bring their vector.
private struct NoTextEmbedder: Embedder {
    let dimensions: Int
    var identity: ModelIdentity { ModelIdentity(provider: "bench", model: "none", version: 1) }
    var usesStatistics: Bool { false }
    func embed(_ text: String, for company: CompanyID) async throws(UpstreamError) -> Embedding {
        Embedding(vector: [Float](repeating: 0, count: dimensions))
    }
    func query(
        _ text: String, among statistics: FeatureStatistics, for company: CompanyID
    ) async throws(UpstreamError) -> [Float] { [Float](repeating: 0, count: dimensions) }
}
