import Foundation
import FreshetAdapters
import FreshetCore
import FreshetDocuments
import FreshetStore
import FreshetSystem

/// What is lost between a model's vectors and our answers: the river's own path, vectors alone, beside the same model
/// applied directly to the same texts by a few lines of Python. For summaries, and for titles.
struct ModelRetrieval {
    var url: String
    var model: String
    var dimensions: Int
    var python: String
    /// Applies the model directly.
    var script: String

    /// As `direct.py` has it: servers of one's own want none, or any.
    private var key: String { ProcessInfo.processInfo.environment["OPENAI_API_KEY"] ?? "none" }

    /// Of the house whose backfill asks this model for vectors.
    var settings: [String: String] {
        [
            "FRESHET_MODELS_PROVIDERS": "peer", "FRESHET_MODELS_PEER_KIND": "compatible",
            "FRESHET_MODELS_PEER_URL": url, "FRESHET_MODELS_PEER_API_KEY": key, "FRESHET_MODELS_EMBEDDINGS_USE": "peer",
            "FRESHET_MODELS_EMBEDDINGS_MODEL": model, "FRESHET_MODELS_EMBEDDINGS_DIMENSIONS": String(dimensions),
        ]
    }

    private func embedder(_ http: HTTPClient) -> OpenAIEmbedder {
        OpenAIEmbedder(
            service: OpenAIService(
                name: "peer", flavour: .compatible, base: url,
                credential: ModelCredential(.bearer) { [key] in Secret(key) },
                http: http,
                clock: SystemWallClock()),
            configuration: OpenAIEmbedder.Configuration(model: model, dimensions: dimensions), meter: TokenCounter())
    }

    func measure(_ data: DuplicatesData, in workshop: Workshop) async throws -> Findings {
        var findings = Findings(
            "retrieval", "similar tickets by \(model), vectors alone",
            method: [
                "ours: backfill, embeddings and search of the real parts over HTTP to the model's server; full text silenced",
                "directly: \(script), the same texts to the same server, exact cosine",
                "summaries: as the river embeds them, asked with whole tickets; titles: subjects, asked with subjects",
            ])
        let house = try House(in: workshop, settings: settings)
        let (simulator, address) = try await house.simulator(["--tickets", data.ticketsFile])
        let tenant = try await house.addCompany(at: address)
        Progress.note("retrieval: backfill with vectors by \(model)")
        _ = try await house.freshet("reconcile", tenant.id, "--follow", "--json")
        simulator.kill()
        guard let company = CompanyID(tenant.id) else { throw Workshop.Failure("no company") }
        let store = try house.openStore()
        let embedder = embedder(house.http)

        let records = try await records(store, company)
        let summaries = Side(
            name: "summaries", points: store.points,
            items: records.map { (id($0), embeddingText(subject: $0.titles, summary: $0.summary)) },
            queries: data.queries.map { ($0.id, $0.text, Self.question($0.text)) })
        try await compare(summaries, embedder, company, data, workshop, &findings)

        Progress.note("retrieval: vectors of titles")
        let titled = try await titles(records, embedder, company, store, workshop)
        let titles = Side(
            name: "titles", points: titled.points, items: records.map { (id($0), $0.document.subject) },
            queries: data.queries.map { ($0.id, $0.subject, Self.question($0.subject)) })
        try await compare(titles, embedder, company, data, workshop, &findings)
        try titled.close()
        try store.close()
        return findings
    }

    private struct Side {
        var name: String
        var points: SQLitePoints
        var items: [(id: String, text: String)]
        /// What is asked, and what the index embeds of it.
        var queries: [(id: String, text: String, embedded: String)]
    }

    private struct Known {
        var item: Item
        var document: Document
        var summary: Summary
        var titles: String { document.titles }
    }

    private func id(_ known: Known) -> String { DuplicatesData.id(String(known.item.originalID)) }

    /// The index's own way to put a question, which the direct side gets, too: what is compared is the model's use.
    private static func question(_ text: String) -> String { QuestionText.embedded(of: text) }

    private func records(_ store: SQLiteStore, _ company: CompanyID) async throws -> [Known] {
        var known: [Known] = []
        for change in try await store.points.changes(of: company, after: 0, limit: 1_000_000) {
            guard let record = try await store.documents.record(of: change.item), let document = record.document,
                let summary = record.summary
            else { continue }
            known.append(Known(item: change.item, document: document, summary: summary))
        }
        return known
    }

    private func titles(
        _ records: [Known], _ embedder: OpenAIEmbedder, _ company: CompanyID, _ store: SQLiteStore,
        _ workshop: Workshop
    ) async throws -> SQLiteStore {
        let copy = try SQLiteStore(directory: try workshop.directory("titles"), masterKey: .generate())
        guard let record = try await store.companies.company(company) else { throw Workshop.Failure("no company") }
        try await copy.companies.add(record, apiKey: Secret("none"), webhookSecret: Secret("whsec_bm9uZQ=="))
        let index = BuiltinIndex(points: copy.points, embedder: embedder)
        for start in stride(from: 0, to: records.count, by: 256) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for known in records[start..<min(start + 256, records.count)] {
                    group.addTask {
                        let prints = Fingerprints(of: known.document, followsResolution: true)
                        try await index.upsert(
                            Point(
                                item: known.item, subject: known.document.subject, summary: known.summary, text: "",
                                metadata: known.document.metadata, contentHash: prints.content,
                                facetsHash: prints.facets, generation: 1, indexedAt: known.document.metadata.updatedAt,
                                embedding: try await embedder.embed(known.document.subject, for: company)))
                    }
                }
                try await group.waitForAll()
            }
        }
        return copy
    }

    private func compare(
        _ side: Side, _ embedder: OpenAIEmbedder, _ company: CompanyID, _ data: DuplicatesData, _ workshop: Workshop,
        _ findings: inout Findings
    ) async throws {
        Progress.note("retrieval: \(side.name), ours")
        let index = BuiltinIndex(points: TextlessPoints(inner: side.points), embedder: embedder)
        var ranking: [String: [String]] = [:]
        for query in side.queries {
            guard let number = DuplicatesData.number(query.id) else { continue }
            let itself = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: number)
            let hits = try await index.search(
                SearchQuery(text: query.text, limit: 50, excluding: itself), in: company)
            ranking[query.id] = hits.map { DuplicatesData.id(String($0.item.originalID)) }
        }
        let ours = try await data.score(ranking, in: workshop)

        Progress.note("retrieval: \(side.name), directly")
        guard let interpreter = Workshop.installed(python) else { throw Workshop.Failure("no \(python)") }
        let lines =
            try side.items.map { try Self.line("item", $0.id, $0.text) }
            + side.queries.map { try Self.line("query", $0.id, $0.embedded) }
        let texts = try workshop.file("\(side.name).jsonl", lines.joined(separator: "\n") + "\n")
        let run = texts + ".run.tsv"
        _ = try await workshop.run(path: interpreter, [script, url, model, texts, run])
        let direct = try await data.score(run: run, in: workshop)

        for (name, ours, direct) in [
            ("R@5", ours.recall5, direct.recall5), ("R@10", ours.recall10, direct.recall10),
            ("MRR@10", ours.reciprocalRank10, direct.reciprocalRank10),
        ] {
            findings.add("\(side.name), through Freshet  \(name)", ours, "%")
            findings.add("\(side.name), directly  \(name)", direct, "%")
            findings.add("\(side.name), difference  \(name)", abs(ours - direct), "points", .atMost(0.5))
        }
    }

    private static func line(_ kind: String, _ id: String, _ text: String) throws -> String {
        let value = JSONValue.object(["kind": .string(kind), "id": .string(id), "text": .string(text)])
        return String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}
