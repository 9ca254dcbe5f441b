import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetStore
import FreshetTestKit

struct Vectors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors",
        abstract: "The built-in index's vector half beside faiss-cpu's exact index and numpy, one query at a time.",
        discussion: """
            Both sides search the same vectors with the same queries in turn, on one thread: all of them, and those of a company \
            that has a tenth. The others are run by --python, which needs `pip install numpy faiss-cpu`; the script is \
            .ci/vectors/peers.py of the sources.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many vectors.") var points = 100_000
    @Option(help: "Their length.") var dimensions = 384
    @Option(help: "How many queries.") var queries = 200
    @Option(help: "How often each is measured, in turn; the medians count.") var rounds = 3
    @Option(help: "The Python to run the others with.") var python = "python3"
    @Option(help: "Its script.") var script = ".ci/vectors/peers.py"

    func validate() throws {
        if !(1000...1_000_000).contains(points) { throw ValidationError("--points must be 1000...1000000") }
        if !(8...4096).contains(dimensions) { throw ValidationError("--dimensions must be 8...4096") }
        if !(1...10_000).contains(queries) { throw ValidationError("--queries must be 1...10000") }
        if !(1...100).contains(rounds) { throw ValidationError("--rounds must be 1...100") }
    }

    func run() async throws {
        try await common.measure([
            VectorsBenchmark(
                points: points, dimensions: dimensions, queries: queries, rounds: rounds, python: python, script: script
            )
        ])
    }
}

struct VectorsBenchmark: Benchmark {
    var points: Int
    var dimensions: Int
    var queries: Int
    var rounds: Int
    var python: String
    var script: String

    /// Every tenth vector is the company's.
    private static let step = 10

    private struct Peers: Decodable {
        var numpy_company, faiss_company, numpy_all, faiss_all: Double
        var company, all: [[Int]]
    }

    func run(in workshop: Workshop) async throws -> [Findings] {
        var findings = Findings(
            "vectors", "the nearest 10 of \(points) vectors of \(dimensions) numbers, one thread",
            method: [
                "vectors and \(queries) queries around 2,000 centres, of length 1; a company has every tenth",
                "ours: the built-in index's vector half on a SQLite file, in a process of its own, one query after the other",
                "faiss-cpu: IndexFlatIP over all, with an id selector for the company; numpy: the company's own contiguous rows",
                "in turn, \(rounds) times; medians. Opening: from a new index to its first answer, a snapshot being there",
            ])
        guard let path = Workshop.installed(python) else {
            throw Workshop.Failure("there is no \(python)")
        }
        Progress.note("vectors: making \(points)")
        let made = MadeVectors(count: points, queries: queries, dimensions: dimensions, seed: 42)
        let vectorsFile = try workshop.numbers("vectors", made.vectors)
        let queriesFile = try workshop.numbers("queries", made.queries)
        let directory = try workshop.directory("vectors")
        try await fill(directory, made)

        var ours: [VectorSearcher.Result] = []
        var peers: [Peers] = []
        let arguments = [
            "vector-searcher", "--directory", directory, "--queries", queriesFile, "--dimensions", "\(dimensions)",
        ]
        _ = try await workshop.run("freshet-bench", arguments + ["--keeping"])
        for round in 1...rounds {
            Progress.note("vectors: round \(round) of \(rounds)")
            let output = try await workshop.run("freshet-bench", arguments)
            ours.append(try JSONDecoder().decode(VectorSearcher.Result.self, from: Data(output.utf8)))
            let theirs = try await workshop.run(
                path: path, [script, vectorsFile, queriesFile, "\(dimensions)", "\(Self.step)"],
                environment: ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"])
            peers.append(try JSONDecoder().decode(Peers.self, from: Data(theirs.utf8)))
        }
        func ratio(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { $0 / $1 }.median }
        let (company, all) = (ours.map(\.companyRate), ours.map(\.allRate))
        findings.add("company: Freshet", company.median, "/s")
        findings.add("company: numpy, contiguous", peers.map(\.numpy_company).median, "/s")
        findings.add("company: faiss, id selector", peers.map(\.faiss_company).median, "/s")
        findings.add("all: Freshet", all.median, "/s")
        findings.add("all: numpy", peers.map(\.numpy_all).median, "/s")
        findings.add("all: faiss", peers.map(\.faiss_all).median, "/s")
        findings.add("company: times faiss", ratio(company, peers.map(\.faiss_company)), "x", .atLeast(4))
        findings.add("company: times numpy", ratio(company, peers.map(\.numpy_company)), "x", .atLeast(1))
        findings.add("all: times faiss", ratio(all, peers.map(\.faiss_all)), "x", .atLeast(2))
        findings.add(
            "company: recall@10", recall(ours[0].company, peers[0].company.map { $0.map { $0 / Self.step } }), "%",
            .atLeast(99))
        findings.add("all: recall@10", recall(ours[0].all, peers[0].all), "%", .atLeast(99))
        findings.add(
            "memory for 100,000 vectors", ours.map(\.residentMegabytes).median * 100_000 / Double(points), "MB",
            .atMost(60))
        findings.add("opening", ours.map(\.openingMilliseconds).median, "ms", .atMost(200))
        return [findings]
    }

    /// Of our answers, the share that the exact index gives too.
    private func recall(_ ours: [[Int]], _ exact: [[Int]]) -> Double {
        let shares = zip(ours, exact).map { Double(Set($0).intersection($1).count) / Double(max(1, $1.count)) }
        return shares.mean * 100
    }

    /// Two companies: one has all vectors, the other every tenth. An item's id is its row and one more.
    private func fill(_ directory: String, _ made: MadeVectors) async throws {
        let store = try SQLiteStore(
            directory: directory, masterKey: try MasterKeyFile.create(directory + "/master.key"))
        let (all, tenth) = (
            try VectorSearcher.company(VectorSearcher.all), try VectorSearcher.company(VectorSearcher.tenth)
        )
        for company in [all, tenth] {
            try await store.companies.add(
                Company(
                    id: company, platform: .freshdesk, url: URL(fileURLWithPath: "/"), scheme: .standard,
                    createdAt: .epoch),
                apiKey: Secret("none"), webhookSecret: Secret("whsec_bm9uZQ=="))
        }
        let summary = Summary(problem: "", cause: "", solution: "", result: "", tags: [], language: "en")
        let hash = Fingerprint(of: "")
        let label = Label(id: 1)
        let metadata = Metadata(
            stage: .open, status: label, priority: label, type: nil, source: label, tags: [], createdAt: .epoch,
            updatedAt: .epoch)
        var batch: [(point: Point, terms: FullTextTerms)] = []
        func write(_ row: Int, as id: Int, to company: CompanyID) async throws {
            batch.append(
                (
                    Point(
                        item: Item(company: company, platform: .freshdesk, kind: .ticket, originalID: Int64(id)),
                        subject: "\(row)", summary: summary, text: "", metadata: metadata, contentHash: hash,
                        facetsHash: hash, generation: 1, indexedAt: .epoch,
                        embedding: Embedding(vector: made.vector(row))),
                    FullTextTerms(subject: [], body: [])
                ))
            if batch.count == 2000 { try await flush() }
        }
        func flush() async throws {
            for result in try await store.points.upsert(batch) { try result.get() }
            batch = []
        }
        for row in 0..<made.count { try await write(row, as: row + 1, to: all) }
        for (place, row) in stride(from: 0, to: made.count, by: Self.step).enumerated() {
            try await write(row, as: place + 1, to: tenth)
        }
        try await flush()
        try store.close()
    }
}

/// Normalised vectors around centres, as texts of a few thousand subjects lie.
struct MadeVectors {
    let dimensions: Int
    let vectors: [Float]
    let queries: [Float]

    var count: Int { vectors.count / dimensions }

    init(count: Int, queries: Int, dimensions: Int, seed: UInt64) {
        self.dimensions = dimensions
        var random = SplitMix64(seed: seed)
        /// Nearly normal: the sum of four uniform ones.
        func number() -> Float {
            var sum: Float = 0
            for _ in 0..<4 { sum += Float.random(in: -1...1, using: &random) }
            return sum
        }
        let centres = (0..<2000 * dimensions).map { _ in number() }
        func rows(_ count: Int) -> [Float] {
            var numbers: [Float] = []
            numbers.reserveCapacity(count * dimensions)
            for _ in 0..<count {
                let centre = Int.random(in: 0..<2000, using: &random) * dimensions
                let row = (0..<dimensions).map { centres[centre + $0] + number() }
                let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for value in row { numbers.append(value / length) }
            }
            return numbers
        }
        vectors = rows(count)
        self.queries = rows(queries)
    }

    func vector(_ row: Int) -> [Float] { Array(vectors[row * dimensions..<(row + 1) * dimensions]) }
}

extension Workshop {
    /// A file of 32-bit floats, little end first.
    func numbers(_ name: String, _ numbers: [Float]) throws -> String {
        let path = path(name)
        let data = numbers.withUnsafeBytes { Data($0) }
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }
}
