import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// Measures retrieval on data that is not part of the project.
///
/// `FRESHET_SHARED` names a folder that holds `data/tickets-dev` and `data/korean-dev`; without it these tests say that
/// they were skipped. Run files for `score.py` are written to the folder that `FRESHET_RUNS` names, where it is set.
/// Needs some minutes in a debug build; for a quick one `swift test -c release -Xswiftc -enable-testing --filter Figures`.
@Suite(.serialized, .enabled(if: Figures.shared != nil, "FRESHET_SHARED is not set: no figures were measured"))
struct BuiltinFiguresTests {
    @Test func `similar tickets: 65 in five, 72 in ten, rank 60, everything built in`() async throws {
        let figures = try await Figures()
        let world = try await IndexWorld()
        let index = BuiltinIndex(points: world.stored, embedder: BuiltinEmbedder(), clock: world.clock)
        let started = ContinuousClock.now
        for ticket in figures.tickets { try await index.upsert(try await ticket.point(at: world.clock.now)) }
        let loaded = ContinuousClock.now
        _ = try await index.search(SearchQuery(text: "first"), in: .acme)
        let opened = ContinuousClock.now
        var run: [String: [String]] = [:]
        for ticket in figures.tickets where figures.relevant[ticket.id] != nil {
            let query = SearchQuery(text: ticket.subject + "\n" + ticket.description, limit: 50)
            run[ticket.id] = try await index.search(query, in: .acme).map { Ticket.id(of: $0.item) }
        }
        let searched = ContinuousClock.now
        var texts: [String: [String]] = [:]
        for ticket in figures.tickets where figures.relevant[ticket.id] != nil {
            let terms = Question(ticket.subject + "\n" + ticket.description).terms
            let frequencies = try await world.stored.frequencies(of: terms.map(\.text), in: .acme)
            let best = FullText.best(of: terms, frequencies: frequencies, points: figures.tickets.count)
            texts[ticket.id] = try await world.stored.match(best, in: .acme, kinds: [.ticket], limit: 51)
                .map { Ticket.id(of: $0.item) }
        }
        print("full text alone: \(figures.measure(texts))")
        try figures.write(texts, as: "full-text")
        let result = figures.measure(run)
        try figures.write(run, as: "builtin")
        print(
            "fused: \(result); upsert \((loaded - started) / figures.tickets.count), open \(opened - loaded),",
            "search \((searched - opened) / run.count)")
        #expect(result.recall5 >= 65 && result.recall10 >= 72 && result.rank10 >= 60)
    }

    @Test func `what summaries lose against whole texts, and each side alone`() async throws {
        let figures = try await Figures()
        let embedder = BuiltinEmbedder()
        for (name, text) in [
            ("vectors of summaries", { @Sendable (ticket: Ticket) in try await ticket.embeddedText() }),
            ("vectors of whole texts", { @Sendable (ticket: Ticket) in ticket.wholeText }),
        ] {
            var embeddings: [Embedding] = []
            var statistics = FeatureStatistics(
                points: figures.tickets.count, counts: Array(repeating: 0, count: BuiltinEmbedder.buckets))
            for ticket in figures.tickets {
                let embedding = try await embedder.embed(try await text(ticket), for: .acme)
                for feature in embedding.features { statistics.counts[Int(feature)] += 1 }
                embeddings.append(embedding)
            }
            var run: [String: [String]] = [:]
            for ticket in figures.tickets where figures.relevant[ticket.id] != nil {
                let query = try await embedder.query(try await text(ticket), among: statistics, for: .acme)
                let scores = embeddings.map { zip($0.vector, query).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
                run[ticket.id] = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(51).map {
                    figures.tickets[$0].id
                }
            }
            let result = figures.measure(run)
            try figures.write(run, as: name.replacing(" ", with: "-"))
            print("\(name): \(result)")
            if name.hasSuffix("summaries") { #expect(result.recall10 >= 68) }
        }
    }

    @Test(arguments: [("korsts", true), ("question-pairs", false)])
    func `Korean pairs: rank correlation 75 and area 92.5`(name: String, isGraded: Bool) async throws {
        let rows = try Figures.table("korean-dev/\(name).pairs.tsv")
        let embedder = BuiltinEmbedder()
        var statistics = FeatureStatistics(points: 0, counts: Array(repeating: 0, count: BuiltinEmbedder.buckets))
        for text in rows.flatMap({ $0[2...3] }) {
            statistics.points += 1
            for feature in try await embedder.embed(text, for: .acme).features { statistics.counts[Int(feature)] += 1 }
        }
        var labels: [Double] = []
        var scores: [Double] = []
        for row in rows {
            let stored = try await embedder.embed(row[2], for: .acme).vector
            let query = try await embedder.query(row[3], among: statistics, for: .acme)
            labels.append(try #require(Double(row[1])))
            scores.append(Double(zip(stored, query).reduce(Float(0)) { $0 + $1.0 * $1.1 }))
        }
        if isGraded {
            let correlation = 100 * Figures.correlation(Figures.ranks(labels), Figures.ranks(scores))
            print("\(name): Spearman \(correlation)")
            #expect(correlation >= 75)
        } else {
            let ranks = Figures.ranks(scores)
            let positive = labels.indices.filter { labels[$0] > 0 }
            let p = Double(positive.count)
            let area =
                100 * (positive.reduce(0) { $0 + ranks[$1] } - p * (p + 1) / 2) / (p * (Double(labels.count) - p))
            print("\(name): AUC \(area)")
            #expect(area >= 92.5)
        }
    }
}

private struct Ticket: Decodable, Sendable {
    var id: String
    var subject: String
    var description: String
    var status: String

    var wholeText: String { subject + "\n" + subject + "\n" + description }

    static func id(of item: Item) -> String {
        let digits = String(item.originalID)
        return "D" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    var content: Content {
        Content(
            subject: subject, description: description, entries: [], attachments: [],
            isResolved: ["Resolved", "Closed"].contains(status))
    }

    func embeddedText() async throws -> String {
        embeddingText(subject: subject, summary: try await BuiltinSummariser().summary(of: content, for: .acme))
    }

    func point(at moment: Timestamp) async throws -> Point {
        Point(
            item: Item(company: .acme, platform: .freshdesk, kind: .ticket, originalID: Int64(id.dropFirst()) ?? 0),
            subject: subject, summary: try await BuiltinSummariser().summary(of: content, for: .acme),
            text: subject + "\n" + description, metadata: .tagged([], at: moment), contentHash: .zero,
            facetsHash: .zero,
            generation: 1, indexedAt: moment,
            embedding: try await BuiltinEmbedder().embed(try await embeddedText(), for: .acme))
    }
}

private struct Figures {
    struct Result: CustomStringConvertible {
        var recall5 = 0.0
        var recall10 = 0.0
        var rank10 = 0.0

        var description: String {
            [("R@5", recall5), ("R@10", recall10), ("MRR@10", rank10)]
                .map { "\($0.0) \(($0.1 * 10).rounded() / 10)" }.joined(separator: " ")
        }
    }

    static var shared: String? { ProcessInfo.processInfo.environment["FRESHET_SHARED"] }

    let tickets: [Ticket]
    let relevant: [String: Set<String>]

    init() async throws {
        let (status, text) = try await ServiceProcess.run("gzip", ["-dc", Self.path("tickets-dev/tickets.jsonl.gz")])
        try #require(status == 0, "\(text)")
        let data = Data(text.utf8)
        tickets = try data.split(separator: 0x0A).map { try JSONDecoder().decode(Ticket.self, from: Data($0)) }
        var relevant: [String: Set<String>] = [:]
        for row in try Self.table("tickets-dev/duplicates.qrels.tsv") { relevant[row[0], default: []].insert(row[1]) }
        self.relevant = relevant
        try #require(tickets.count == 3000 && relevant.count == 223)
    }

    static func path(_ name: String) -> String { (shared ?? "") + "/data/" + name }

    static func table(_ name: String) throws -> [[String]] {
        try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    func measure(_ run: [String: [String]]) -> Result {
        var result = Result()
        for (query, wanted) in relevant {
            let ranking = (run[query] ?? []).filter { $0 != query }.prefix(10)
            result.recall5 += Double(wanted.intersection(ranking.prefix(5)).count) / Double(wanted.count)
            result.recall10 += Double(wanted.intersection(ranking).count) / Double(wanted.count)
            if let place = ranking.firstIndex(where: wanted.contains) { result.rank10 += 1 / Double(place + 1) }
        }
        let scale = 100 / Double(relevant.count)
        return Result(recall5: result.recall5 * scale, recall10: result.recall10 * scale, rank10: result.rank10 * scale)
    }

    func write(_ run: [String: [String]], as name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["FRESHET_RUNS"] else { return }
        let lines = run.sorted { $0.key < $1.key }.flatMap { query, ranking in
            ranking.enumerated().map { "\(query)\t\($1)\t\($0 + 1)\t\(1 / Double($0 + 1))\n" }
        }
        try lines.joined().write(toFile: "\(folder)/\(name).run.tsv", atomically: true, encoding: .utf8)
    }

    /// Ranks from 1; equal values share the mean of theirs.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
            start = end + 1
        }
        return ranks
    }

    static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return ab / (aa * bb).squareRoot()
    }
}
