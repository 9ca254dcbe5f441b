import FreshetCore
import FreshetDocuments
import FreshetEngine
import GRDB

/// A point as the audit sees it, with what is on record for its item.
struct PointState: Equatable {
    var isLive: Bool
    var generation: Int64
    var contentHash: String?
    var facetsHash: String?
    var subject: String?

    static let columns = ["tombstone", "generation", "content_hash", "facets_hash", "subject"]

    /// From the key and these columns.
    init(_ row: Row) {
        isLive = !(row[2] as Bool)
        generation = row[3]
        contentHash = row[4]
        facetsHash = row[5]
        subject = row[6]
    }

    static func all(in database: Database) throws -> [Item: PointState] {
        let list = columns.joined(separator: ", ")
        let rows = try database.rowsOfItems(
            "SELECT company_id, original_id, \(list) FROM points", PointState.init)
        return Dictionary(rows) { _, last in last }
    }

    /// What is wrong with the point of an item that stands so at the help desk.
    static func fault(_ point: PointState?, truth: SourceState) -> String? {
        let live = point.flatMap { $0.isLive ? $0 : nil }
        switch truth {
        case .gone(let gone): return live == nil ? nil : "is \(gone.rawValue) and still in the index"
        case .present(let ticket): return fault(live, truth: Document(merging: ticket))
        case .article(let article): return fault(live, truth: Document(merging: article))
        }
    }

    private static func fault(_ live: PointState?, truth document: Document) -> String? {
        let policy = ContentPolicy()
        if policy.exclusion(of: document) != nil {
            return live == nil ? nil : "has no text any more and is still in the index"
        }
        guard let live else { return "is missing from the index" }
        let prints = Fingerprints(of: document, followsResolution: policy.followsResolution)
        if live.contentHash != prints.content.hex { return "stands in the index with other content" }
        return live.facetsHash == prints.facets.hex ? nil : "stands in the index with other labels"
    }
}
