import ArgumentParser
import FreshetCore
import FreshetEngine

/// Finds tickets and articles from the command line, as `POST /query` does.
struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds a company's tickets and articles that are like a text.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: CompanyArgument
    @Argument(help: "Words, a sentence, or a whole ticket.") var text: String
    @Option(help: "How many, 1...100.") var limit = 10
    @Option(
        help: ArgumentHelp(
            "What to look for, separated by commas: tickets, articles, attachments.", valueName: "types"))
    var types: Kinds = Kinds(kinds: [.ticket])
    @Option(
        help: ArgumentHelp(
            "Only articles that these may read: \(Visibility.allCases.map(\.rawValue).joined(separator: ", ")). May be repeated.",
            valueName: "audience"))
    var visibility: [Visibility] = []

    struct Kinds: ExpressibleByArgument {
        var kinds: Set<ItemKind>
        var findsAttachments = false

        init(kinds: Set<ItemKind>) { self.kinds = kinds }

        init?(argument: String) {
            kinds = []
            for word in argument.split(separator: ",") {
                if word == "attachments" {
                    findsAttachments = true
                    continue
                }
                guard let kind = ItemKind.allCases.first(where: { $0.rawValue + "s" == word }) else { return nil }
                kinds.insert(kind)
            }
            if kinds.isEmpty, !findsAttachments { return nil }
        }

        var defaultValueDescription: String { kinds.map { $0.rawValue + "s" }.sorted().joined(separator: ",") }
    }

    func validate() throws {
        guard (1...100).contains(limit) else { throw ValidationError("--limit must be 1...100") }
        guard !text.isEmpty, text.utf8.count <= 131_072 else {
            throw ValidationError("the text must not be empty or longer than 128 KiB")
        }
    }

    func run() async throws {
        do {
            let house = try Assembly.open(common)
            let company = try await house.company(target.company)
            let answer = try await house.recommender.query(
                SearchQuery(
                    text: text, kinds: types.kinds, findsAttachments: types.findsAttachments, limit: limit,
                    filters: SearchFilters(visibility: visibility)),
                for: company.id, by: "command line")
            await house.recommendationBook.flush()
            try output.console.result(
                answer.hits.isEmpty ? "Nothing found." : answer.hits.map(line).joined(separator: "\n"),
                json: .object(members(of: answer)))
            if let degradation = answer.degradation, !output.json {
                output.console.note("note: by words only (\(degradation.rawValue)); see `freshet reconcile --rebuild`")
            }
        } catch { throw ExitCodes.explaining(error) }
    }

    private func members(of answer: Recommendation) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "recommendation_id": .string(answer.id), "results": .array(answer.hits.map(json)),
        ]
        if let degradation = answer.degradation { members["degraded"] = .string(degradation.rawValue) }
        return members
    }

    private func line(_ hit: Hit) -> String {
        let score = String(Int((hit.score * 1000).rounded()))
        let padded = String(repeating: "0", count: max(0, 4 - score.count)) + score
        return
            "\(padded.dropLast(3)).\(padded.suffix(3))  \(name(hit))  [\(printable(state(hit)))]  \(printable(hit.subject))"
            + "\n       \(hit.summary.isStandIn ? "(provisional) " : "")\(printable(String(hit.summary.problem.prefix(200))))"
    }

    private func name(_ hit: Hit) -> String {
        hit.attachment.map { "\(hit.item.name) \(printable($0.fileName))" } ?? hit.item.name
    }

    /// Of an article where it stands, and that it is not to be quoted to a requester.
    private func state(_ hit: Hit) -> String {
        guard let place = hit.metadata.article?.place else {
            return hit.metadata.status.name ?? hit.metadata.stage.rawValue
        }
        let way = [place.category.name, place.folder.name].compactMap { $0 }.joined(separator: " / ")
        return place.visibility.isInternal ? "\(way), \(place.visibility.rawValue) only" : way
    }

    private func printable(_ text: String) -> String { Printable.line(text) }

    private func json(_ hit: Hit) -> JSONValue {
        var members = common(hit)
        if hit.summary.isStandIn { members["provisional"] = .bool(true) }
        if let attachment = hit.attachment {
            members["file_name"] = .string(attachment.fileName)
            members["content_type"] = attachment.contentType.map { .string($0) } ?? .null
            members["size"] = .integer(attachment.size)
            members["\(hit.item.kind.rawValue)_id"] = .string(String(hit.item.originalID))
        }
        if let article = hit.metadata.article {
            members["category"] = article.place.category.name.map { .string($0) } ?? .null
            members["folder"] = article.place.folder.name.map { .string($0) } ?? .null
            members["visibility"] = .string(article.place.visibility.rawValue)
            members["internal"] = .bool(article.place.visibility.isInternal)
            members["languages"] = .array(article.languages.map { .string($0) })
        }
        return .object(members)
    }

    private func common(_ hit: Hit) -> [String: JSONValue] {
        [
            "original_id": .string(String(Recommended(hit).originalID)),
            "doc_type": .string(Recommended(hit).kind.rawValue),
            "score": .number(hit.score), "subject": .string(hit.subject),
            "summary": .object([
                "problem": .string(hit.summary.problem), "cause": .string(hit.summary.cause),
                "solution": .string(hit.summary.solution), "result": .string(hit.summary.result),
                "tags": .array(hit.summary.tags.map { .string($0) }), "language": .string(hit.summary.language),
            ]),
            "status": .string(hit.metadata.status.name ?? hit.metadata.stage.rawValue),
            "tags": .array(hit.metadata.tags.map { .string($0) }),
            "created_at": .string(hit.metadata.createdAt.iso8601),
            "updated_at": .string(hit.metadata.updatedAt.iso8601),
            "indexed_at": .string(hit.indexedAt.iso8601), "stale": .bool(hit.isStale),
            "match": .object([
                "terms": .array(hit.match.terms.map { .string($0) }),
                "field": hit.match.field.map { .string($0.rawValue) } ?? .null,
            ]),
        ]
    }
}

extension Visibility: ExpressibleByArgument {}
