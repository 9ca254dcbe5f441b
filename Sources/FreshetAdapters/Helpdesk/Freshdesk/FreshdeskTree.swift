import Foundation
import FreshetCore

/// Where a walk through the knowledge base stands: categories, their folders, the folders in those, their articles.
///
/// One call a step; what is still to be asked is a stack, so the walk is the same after a restart. Lists have no order
/// that we know, so a page begins at the last row that was read: if that row is not there, rows have moved up and the
/// list begins anew. So a row that stays put is never missed, and one may come twice.
struct FreshdeskTree: Codable, Equatable, Sendable {
    /// A list that is still to be read, or to be read on.
    struct Stop: Codable, Equatable, Sendable {
        enum Kind: String, Codable, Sendable { case categories, folders, subfolders, articles }

        var kind: Kind
        var category = Label(id: 0)
        var folder = Label(id: 0)
        /// Of `folder`, those around it considered.
        var visibility = Visibility.everyone
        /// How many folders deep.
        var level = 0
        /// Rows that have been read, and the last of them.
        var offset = 0
        var anchor: Int64?
        var restarts = 0

        var path: String {
            switch kind {
            case .categories: "/api/v2/solutions/categories"
            case .folders: "/api/v2/solutions/categories/\(category.id)/folders"
            case .subfolders: "/api/v2/solutions/folders/\(folder.id)/subfolders"
            case .articles: "/api/v2/solutions/folders/\(folder.id)/articles"
            }
        }
    }

    private(set) var stops: [Stop]
    private(set) var gap: String?

    init() { stops = [Stop(kind: .categories)] }

    /// The list to ask next; `nil` at the end.
    var next: Stop? { stops.last }

    /// Goes on after `rows`, which answered `request` for the next stop; what it named of articles.
    mutating func take(
        _ rows: [TreeRowPayload], hasNextPage: Bool, request: FreshdeskListing.Request, company: CompanyID
    ) throws(UpstreamError) -> [ListedItem] {
        guard var stop = stops.popLast() else { return [] }
        var fresh = rows[...]
        if stop.offset > 0, request.begin < stop.offset {
            guard let place = rows.firstIndex(where: { $0.id == stop.anchor }) else {
                return try startAgain(stop)
            }
            fresh = rows[(place + 1)...]
        }
        if let last = rows.last, hasNextPage || rows.count >= request.perPage {
            // A list that promises more and brings nothing new would be asked for without end.
            guard !fresh.isEmpty || !hasNextPage else { throw .malformed(path: stop.kind.rawValue) }
            if !fresh.isEmpty {
                stop.offset = request.begin + rows.count
                stop.anchor = last.id
                stops.append(stop)
            }
        }
        switch stop.kind {
        case .categories:
            for row in fresh.reversed() {
                stops.append(Stop(kind: .folders, category: Label(id: row.id, name: row.name)))
            }
        case .folders:
            // A folder inside another comes with that one.
            for row in fresh.reversed() where row.parentFolderID == nil { enter(row, from: stop) }
        case .subfolders:
            for row in fresh.reversed() { enter(row, from: stop) }
        case .articles: return try articles(fresh, in: stop, of: company)
        }
        return []
    }

    /// The next stop cannot be read: goes around it.
    mutating func skip(leavingGap gap: String?) {
        _ = stops.popLast()
        self.gap = self.gap ?? gap
    }

    private mutating func startAgain(_ stop: Stop) throws(UpstreamError) -> [ListedItem] {
        guard stop.restarts < Self.restartLimit else {
            throw .unreachable(detail: "the list of \(stop.kind.rawValue) moved while it was read")
        }
        var anew = stop
        anew.offset = 0
        anew.anchor = nil
        anew.restarts += 1
        stops.append(anew)
        return []
    }

    private mutating func enter(_ row: TreeRowPayload, from stop: Stop) {
        guard stop.level < Self.levelLimit else {
            gap = gap ?? "folders are nested more than \(Self.levelLimit) deep"
            return
        }
        var inner = Stop(
            kind: .articles, category: stop.category, folder: Label(id: row.id, name: row.name),
            visibility: Visibility(freshdesk: row.visibility).inside(stop.visibility), level: stop.level + 1)
        if row.subFoldersCount != 0 {
            var below = inner
            below.kind = .subfolders
            stops.append(below)
        }
        inner.kind = .articles
        stops.append(inner)
    }

    private func articles(
        _ rows: ArraySlice<TreeRowPayload>, in stop: Stop, of company: CompanyID
    ) throws(UpstreamError) -> [ListedItem] {
        var items: [ListedItem] = []
        for row in rows {
            guard let updatedAt = row.updatedAt else { throw .malformed(path: "articles.updated_at") }
            items.append(
                ListedItem(
                    item: Item(company: company, platform: .freshdesk, kind: .article, originalID: row.id),
                    updatedAt: updatedAt,
                    place: ArticlePlace(
                        category: stop.category, folder: stop.folder, visibility: stop.visibility,
                        isDraft: row.status != 2)))
        }
        return items
    }

    private static let restartLimit = 3
    private static let levelLimit = 10
}

extension FreshdeskTree {
    /// Reads what an earlier page gave out; `nil` for a text of any other origin.
    init?(_ position: ListingPosition) {
        do {
            self = try JSONDecoder().decode(FreshdeskTree.self, from: Data(position.text.utf8))
        } catch {
            return nil
        }
        guard !stops.isEmpty, stops.allSatisfy({ $0.offset >= 0 && $0.offset < 1 << 20 }) else { return nil }
    }

    /// `nil` at the end of the walk.
    func position() throws(UpstreamError) -> ListingPosition? {
        if stops.isEmpty { return nil }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return ListingPosition(text: String(decoding: try encoder.encode(self), as: UTF8.self))
        } catch {
            throw .malformed(path: "position")
        }
    }
}

extension FreshdeskHelpDesk {
    /// One step of the walk. Lists that the key may not read are gone around, and the gap is told of at the end.
    func articles(at position: ListingPosition?, urgency: Urgency) async throws(UpstreamError) -> ListingPage {
        var tree = FreshdeskTree()
        if let position {
            if let stored = FreshdeskTree(position) { tree = stored } else { warnOfPosition() }
        }
        guard let stop = tree.next else { return ListingPage(items: [], next: nil, calls: 0, gap: tree.gap) }
        let request = FreshdeskListing.request(after: stop.offset, depth)
        var items: [ListedItem] = []
        do {
            let answer = try await api.get(
                stop.path, query: [("per_page", String(request.perPage)), ("page", String(request.page))],
                urgency: urgency)
            let rows = try answer.decode([TreeRowPayload].self, as: stop.kind.rawValue)
            items = try tree.take(
                rows, hasNextPage: answer.hasNextPage, request: request, company: account.company)
        } catch .refused(status: 404, _) where stop.kind != .categories {
            // Removed meanwhile; or an account whose folders hold no folders.
            tree.skip(leavingGap: nil)
        } catch .refused(let status, let code) where stop.kind == .categories {
            tree.skip(leavingGap: "the knowledge base cannot be read: refused with \(status) (\(code))")
        } catch .forbidden(let code) {
            tree.skip(leavingGap: "not all of the knowledge base can be read: not allowed (\(code))")
        }
        return ListingPage(items: items, next: try tree.position(), gap: tree.gap)
    }
}
