import Foundation
import FreshetCore

/// The development data for similar tickets, as `data/README.md` of the shared folder describes it.
struct DuplicatesData {
    struct Query: Sendable {
        /// `D00042`, as the judgements say.
        var id: String
        var subject: String
        var description: String

        /// The whole ticket as a question: its subject in the first line.
        var text: String { subject + "\n" + description }
    }

    let ticketsFile: String
    let judgementsFile: String
    let scorer: String
    let queries: [Query]

    /// Throws when a file is missing or not in the described form.
    init(_ shared: URL, in workshop: Workshop) async throws {
        let data = shared.appendingPathComponent("data")
        ticketsFile = data.appendingPathComponent("tickets-dev/tickets.jsonl.gz").path
        judgementsFile = data.appendingPathComponent("tickets-dev/duplicates.qrels.tsv").path
        scorer = data.appendingPathComponent("score.py").path
        for file in [ticketsFile, judgementsFile, scorer] where !FileManager.default.fileExists(atPath: file) {
            throw Workshop.Failure("\(file) is missing")
        }
        let judgements = String(decoding: try Data(contentsOf: URL(fileURLWithPath: judgementsFile)), as: UTF8.self)
        let wanted = Set(
            judgements.split(separator: "\n").dropFirst().compactMap {
                $0.split(separator: "\t").first.map(String.init)
            })
        queries = try await Self.read(ticketsFile, in: workshop).filter { wanted.contains($0.id) }.sorted {
            $0.id < $1.id
        }
        guard queries.count == wanted.count else {
            throw Workshop.Failure("\(wanted.count - queries.count) query tickets are missing")
        }
    }

    /// The ticket's id at the help desk: the digits of its id here.
    static func number(_ id: String) -> Int64? { Int64(id.drop { !$0.isNumber }) }

    /// The other way round.
    static func id(_ number: String) -> String {
        "D" + String(repeating: "0", count: max(0, 5 - number.count)) + number
    }

    /// What `score.py` says of a ranking, in percent.
    struct Scores: Sendable {
        var recall5: Double
        var recall10: Double
        var reciprocalRank10: Double
    }

    /// Scores what each query found, best first.
    func score(_ ranking: [String: [String]], in workshop: Workshop) async throws -> Scores {
        let rows = ranking.sorted { $0.key < $1.key }.flatMap { query, found in
            found.enumerated().map { "\(query)\t\($1)\t\($0 + 1)\t" }
        }
        return try await score(run: try workshop.file("run.tsv", rows.joined(separator: "\n") + "\n"), in: workshop)
    }

    /// The same of a file of rankings.
    func score(run: String, in workshop: Workshop) async throws -> Scores {
        guard let python = Workshop.installed("python3") else { throw Workshop.Failure("score.py needs python3") }
        let said = try await workshop.run(
            path: python, [scorer, "--qrels", judgementsFile, "--run", run, "--k", "5,10", "--json"])
        let answer = JSONValue.object(try House.lastObject(said))
        guard let recall5 = answer.at("R@5", "mean").number, let recall10 = answer.at("R@10", "mean").number,
            let rank = answer.at("MRR@10", "mean").number
        else { throw Workshop.Failure("score.py says something else than expected: \(said.prefix(500))") }
        return Scores(recall5: recall5, recall10: recall10, reciprocalRank10: rank)
    }

    private static func read(_ path: String, in workshop: Workshop) async throws -> [Query] {
        let decoder = JSONDecoder()
        return try await workshop.run(path: "/bin/gzip", ["-dc", path]).split(separator: "\n").map { line in
            let ticket = try decoder.decode(JSONValue.self, from: Data(line.utf8))
            guard let id = ticket.at("id").text, let subject = ticket.at("subject").text,
                let description = ticket.at("description").text
            else { throw Workshop.Failure("a ticket without id, subject or description") }
            return Query(id: id, subject: subject, description: description)
        }
    }
}
