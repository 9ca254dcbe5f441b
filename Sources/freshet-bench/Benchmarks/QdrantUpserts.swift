import ArgumentParser
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetStore
import FreshetSystem

struct Qdrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qdrant",
        abstract: "Upserts into a Qdrant, beside the official Python client with the same points.",
        discussion: """
            Ours are fenced and read back, and their full text goes into SQLite. The client is measured doing the same at the \
            Qdrant, and with plain upserts; it keeps no full text. All wait for each write. Collections named bench-… are made and removed. The client is run by --python, which needs \
            `pip install qdrant-client`; the script is .ci/qdrant/upserts.py of the sources.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Where the Qdrant is.") var url = "http://127.0.0.1:6333"
    @Option(help: "A file with its API key.") var apiKeyFile: String?
    @Option(help: "How many points.") var points = 5000
    @Option(help: "Points in a request of the client's; ours has twice as many writes under way.") var batch = 256
    @Option(help: "How often each is measured, in turn; the medians count.") var rounds = 3
    @Option(help: "The Python to run the client with.") var python = "python3"
    @Option(help: "Its script.") var script = ".ci/qdrant/upserts.py"

    func validate() throws {
        if !(1...1_000_000).contains(points) { throw ValidationError("--points must be 1...1000000") }
        if !(1...1024).contains(batch) { throw ValidationError("--batch must be 1...1024") }
        if !(1...100).contains(rounds) { throw ValidationError("--rounds must be 1...100") }
    }

    func run() async throws {
        let key = try apiKeyFile.map {
            Secret(try String(contentsOfFile: $0, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        try await common.measure([
            QdrantBenchmark(
                url: url, apiKey: key, points: points, batch: batch, rounds: rounds, python: python, script: script)
        ])
    }
}

struct QdrantBenchmark: Benchmark {
    var url: String
    var apiKey: Secret?
    var points: Int
    var batch: Int
    var rounds: Int
    var python: String
    var script: String

    func run(in workshop: Workshop) async throws -> [Findings] {
        guard let company = CompanyID("acme") else { throw Workshop.Failure("no company") }
        var findings = Findings(
            "qdrant", "upserts of \(points) points",
            method: [
                "ours: the index's own writes, \(2 * batch) under way, fenced and read back; with full text in a SQLite file, and without",
                "the client: the same points, \(batch) in a request, fenced and read back, and plain; no full text",
                "in turn, \(rounds) times, into fresh collections of the same Qdrant; medians",
            ])
        Progress.note("qdrant: making \(points) points")
        let made = try await makePoints(of: company)
        let http = try HTTPClient()
        let prefix = "bench-" + String(UUID().uuidString.prefix(8)).lowercased()
        var ours: [Double] = []
        var alone: [Double] = []
        var theirs: [Double] = []
        var plain: [Double] = []
        do {
            for round in 1...rounds {
                Progress.note("qdrant: round \(round) of \(rounds)")
                let store = try await store(for: company, in: workshop)
                ours.append(try await write(made, to: "\(prefix)-\(round)", http, store.points))
                alone.append(try await write(made, to: "\(prefix)-\(round)-alone", http, NoTexts()))
                theirs.append(
                    try await client("fenced", from: "\(prefix)-\(round)", to: "\(prefix)-\(round)-client", workshop))
                plain.append(
                    try await client("plain", from: "\(prefix)-\(round)", to: "\(prefix)-\(round)-plain", workshop))
            }
        } catch {
            try await removeCollections(prefix, http)
            throw error
        }
        try await removeCollections(prefix, http)
        findings.add("Freshet, without full text", alone.median, "/s")
        findings.add("Freshet", ours.median, "/s")
        findings.add("qdrant-client, fenced and read back", theirs.median, "/s")
        findings.add("qdrant-client, plain", plain.median, "/s")
        func ratio(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { $0 / $1 * 100 }.median }
        findings.add("the same work: without full text to fenced", ratio(alone, theirs), "%", .atLeast(80))
        findings.add("everything: Freshet to fenced", ratio(ours, theirs), "%")
        findings.add("Freshet to plain", ratio(ours, plain), "%")
        return [findings]
    }

    private func makePoints(of company: CompanyID) async throws -> [Point] {
        var samples = SampleTickets(seed: 42)
        let (summariser, embedder) = (BuiltinSummariser(), BuiltinEmbedder())
        var made: [Point] = []
        for id in 1...Int64(points) {
            let document = Document(merging: samples.ticket(id, of: company))
            let content = document.content(followsResolution: true)
            let summary = try await summariser.summary(of: content, for: company)
            let prints = Fingerprints(of: document, followsResolution: true)
            made.append(
                Point(
                    item: document.item, subject: document.subject, summary: summary, text: document.mergedContent,
                    metadata: document.metadata, contentHash: prints.content, facetsHash: prints.facets, generation: 1,
                    indexedAt: document.metadata.updatedAt,
                    embedding: try await embedder.embed(
                        embeddingText(subject: document.titles, summary: summary), for: company)))
        }
        return made
    }

    private func store(for company: CompanyID, in workshop: Workshop) async throws -> SQLiteStore {
        let store = try SQLiteStore(directory: try workshop.directory("qdrant"), masterKey: .generate())
        try await store.companies.add(
            Company(
                id: company, platform: .freshdesk, url: URL(fileURLWithPath: "/"), scheme: .standard,
                createdAt: .epoch),
            apiKey: Secret("none"), webhookSecret: Secret("whsec_bm9uZQ=="))
        return store
    }

    /// Points a second.
    private func write(
        _ made: [Point], to collection: String, _ http: HTTPClient, _ texts: any PointStore
    ) async throws -> Double {
        let index = QdrantIndex(
            QdrantConfiguration(url: url, apiKey: apiKey, collection: collection, deadline: .seconds(60)), http: http,
            points: texts, embedder: BuiltinEmbedder())
        // Makes the collection, as the client's is made before its time begins.
        try await index.upsert(made[0])
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, point) in made.enumerated() {
                if number >= 2 * batch { try await group.next() }
                group.addTask { try await index.upsert(point) }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - started).inSeconds
        let count = try await index.count(of: made[0].item.company)
        guard count == made.count else { throw Workshop.Failure("\(count) points of \(made.count) are there") }
        return Double(made.count) / seconds
    }

    private func client(
        _ mode: String, from source: String, to target: String, _ workshop: Workshop
    ) async throws -> Double {
        guard let path = Workshop.installed(python) else {
            throw Workshop.Failure("there is no \(python)")
        }
        let output = try await workshop.run(
            path: path, [script, url, source, target, "\(batch)", mode],
            environment: apiKey?.text.map { ["QDRANT_API_KEY": $0] } ?? [:])
        let numbers = output.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 2, numbers[0] > 0 else { throw Workshop.Failure("unexpected output: \(output)") }
        return numbers[1] / numbers[0]
    }

    private func removeCollections(_ prefix: String, _ http: HTTPClient) async throws {
        for round in 1...rounds {
            for suffix in ["", "-alone", "-client", "-plain"] {
                _ = try await http.send(
                    HTTPRequest(
                        "DELETE", "\(url)/collections/\(prefix)-\(round)\(suffix)",
                        headers: apiKey?.text.map { [(name: "api-key", value: $0)] } ?? []))
            }
        }
    }
}

/// Takes everything and keeps nothing.
private struct NoTexts: PointStore {
    func upsert(_ point: Point, terms: FullTextTerms) async throws {}
    func relabel(
        _ item: Item, metadata: Metadata, facetsHash: Fingerprint, generation: Int64, at moment: Timestamp
    ) async throws {}
    func remove(_ item: Item, generation: Int64, at moment: Timestamp) async throws {}
    func changes(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [PointChange] { [] }
    func textChanges(of company: CompanyID, after sequence: Int64, limit: Int) async throws -> [TextChange] { [] }
    func sequence(of company: CompanyID) async throws -> Int64 { 0 }
    func vectors(of items: [Item], in company: CompanyID) async throws -> [Item: [Float]] { [:] }
    func match(
        _ terms: [String], in company: CompanyID, kinds: Set<ItemKind>, limit: Int
    ) async throws -> [(item: Item, score: Double)] { [] }
    func frequencies(of terms: [String], in company: CompanyID) async throws -> [String: Int] { [:] }
    func attachments(named terms: [String], in company: CompanyID, limit: Int) async throws -> [(
        item: Item, attachment: Attachment, score: Double
    )] { [] }
    func hits(_ items: [Item], in company: CompanyID, filters: SearchFilters) async throws -> [Item: Hit] { [:] }
    func labels(of company: CompanyID, after item: Item?, limit: Int) async throws -> [PointLabel] { [] }
    func labels(of items: [Item]) async throws -> [Item: PointLabel] { [:] }
    func count(of company: CompanyID) async throws -> Int { 0 }
    func purge(_ company: CompanyID) async throws -> Int { 0 }
}
