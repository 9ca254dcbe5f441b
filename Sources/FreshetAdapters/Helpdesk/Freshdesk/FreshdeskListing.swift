import Foundation
import FreshetCore

/// Where a listing of tickets stands, and how it goes on without missing a row.
///
/// Rows are listed by rising `updated_at`. A row that changes while it is listed jumps to the end, and all rows behind it
/// move up by one: who simply asks for page 2 after page 1 misses one. So each page begins at a row that has been seen:
///
/// - as a rule at the second of the last row (`updated_since` is inclusive), whose rows are told apart by their ids. That
///   repeats one row in a hundred and needs no page number, so the 30,000 rows that page numbers reach are no limit;
/// - where several rows share that second, within the same window by page number, with a page size chosen so that the
///   page begins on the last row or shortly before. If that row is not there, rows have moved: the window begins anew.
///
/// Rows may repeat after such a restart. Only a second that more rows share than page numbers reach cannot be listed
/// whole: then the listing goes on after that second, and says so.
struct FreshdeskListing: Codable, Equatable, Sendable {
    /// `updated_since` of the present window.
    private(set) var since: Timestamp
    /// Rows of the window that have been read.
    private(set) var offset = 0
    /// The last row read, its second and all rows of that second that were handed out.
    private(set) var anchor: Int64?
    private(set) var second: Timestamp?
    private(set) var seen: [Int64] = []

    init(since: Timestamp) {
        // Freshdesk knows whole seconds.
        self.since = Timestamp(seconds: since.secondsSinceEpoch)
    }

    /// How far page numbers reach.
    struct Depth: Sendable, Equatable {
        var pages = 300
        var perPage = 100
    }

    /// One request: page `page` of `perPage` rows.
    struct Request: Equatable {
        var page: Int
        var perPage: Int
        /// Rows of the window before the page, and up to its end.
        var begin: Int { (page - 1) * perPage }
        var end: Int { page * perPage }
    }

    enum Step: Equatable {
        /// Hand out these rows and go on there; `nil` at the end. `omission` is a second that cannot be listed whole.
        case rows([TicketRowPayload], next: FreshdeskListing?, omission: Timestamp?)
        /// Rows have moved: ask again from the window's beginning.
        case again(FreshdeskListing)
        case malformed(path: String)
    }

    /// The next request: of all page sizes the one whose page holds the last row read and reaches furthest.
    func request(_ depth: Depth) -> Request { Self.request(after: offset, depth) }

    static func request(after offset: Int, _ depth: Depth) -> Request {
        guard offset > 0 else { return Request(page: 1, perPage: depth.perPage) }
        var best: Request?
        for perPage in 1...depth.perPage {
            let request = Request(page: (offset - 1) / perPage + 1, perPage: perPage)
            if request.page <= depth.pages, request.end > (best?.end ?? offset) { best = request }
        }
        // At the very end of the depth there is none; the plain next page is all that is left.
        return best ?? Request(page: offset / depth.perPage + 1, perPage: depth.perPage)
    }

    /// Judges the answer to `request`. `rollsFreely` is for listings whose window is known to obey `updated_since`;
    /// the others change their window only when page numbers reach no further.
    func step(
        after rows: [TicketRowPayload], hasNextPage: Bool, request: Request, depth: Depth, rollsFreely: Bool
    ) -> Step {
        if let disorder = disorder(in: rows) { return .malformed(path: disorder) }
        if offset > 0, request.begin < offset, !rows.contains(where: { $0.id == anchor }) {
            return .again(FreshdeskListing(since: since))
        }
        let known = Set(seen)
        let fresh = rows.filter { row in
            guard let second else { return true }
            return row.updatedAt > second || (row.updatedAt == second && !known.contains(row.id))
        }
        if !hasNextPage, rows.count < request.perPage { return .rows(fresh, next: nil, omission: nil) }
        guard let last = rows.last else { return .malformed(path: "tickets") }

        let onward = advanced(to: last, at: request.begin + rows.count, of: rows)
        let rolled = onward.rolled
        let next = onward.request(depth)
        let afterPage = next.page <= depth.pages ? next.end - onward.offset : 0
        guard rolled.since > since else {
            if afterPage > 0 {
                return onward == self ? .malformed(path: "tickets") : .rows(fresh, next: onward, omission: nil)
            }
            return .rows(fresh, next: FreshdeskListing(since: since + .seconds(1)), omission: since)
        }
        // Whichever brings more new rows.
        let afterRoll = rollsFreely ? depth.perPage - rolled.seen.count : 0
        return .rows(fresh, next: afterPage > max(0, afterRoll) ? onward : rolled, omission: nil)
    }

    /// The place of the first row that is not where it should be: then the server has not understood the question.
    private func disorder(in rows: [TicketRowPayload]) -> String? {
        var earliest = since
        for (index, row) in rows.enumerated() {
            if row.updatedAt < earliest { return "tickets[\(index)].updated_at" }
            earliest = row.updatedAt
        }
        return nil
    }

    private func advanced(to last: TicketRowPayload, at offset: Int, of rows: [TicketRowPayload]) -> FreshdeskListing {
        var onward = self
        onward.offset = offset
        onward.anchor = last.id
        onward.second = last.updatedAt
        let sharing = rows.filter { $0.updatedAt == last.updatedAt }.map(\.id)
        onward.seen = (last.updatedAt == second ? Array(Set(seen).union(sharing)) : sharing).sorted()
        return onward
    }

    /// A new window that begins at the second of the last row.
    private var rolled: FreshdeskListing {
        var window = FreshdeskListing(since: second ?? since)
        window.second = second
        window.seen = seen
        return window
    }
}

extension FreshdeskListing {
    /// Reads what an earlier page gave out; `nil` for a text of any other origin.
    init?(_ position: ListingPosition) {
        do {
            self = try JSONDecoder().decode(FreshdeskListing.self, from: Data(position.text.utf8))
        } catch {
            return nil
        }
        guard offset >= 0, offset < 1 << 20 else { return nil }
    }

    func position() throws(UpstreamError) -> ListingPosition {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return ListingPosition(text: String(decoding: try encoder.encode(self), as: UTF8.self))
        } catch {
            throw .malformed(path: "position")
        }
    }
}
